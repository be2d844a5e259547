import StrictJSON

/// Text for people, line by line. All text that comes in is made inert here, so that no report can forget it;
/// the only escape sequences in what comes out are the palette's own.
struct Page {
  /// A part of a line in one style.
  struct Span {
    var text: String
    var style: Palette.Style?

    init(_ text: String, _ style: Palette.Style? = nil) {
      self.text = text
      self.style = style
    }
  }

  let palette: Palette
  /// In columns; nil cuts nothing.
  let width: Int?
  private(set) var text = ""

  init(palette: Palette, width: Int? = nil) {
    self.palette = palette
    self.width = width
  }

  /// One line; never more than one, whatever the spans hold.
  mutating func line(_ spans: Span..., indent: Int = 0, keeping kept: TerminalSafe.Kept = .nothing) {
    line(spans, indent: indent, keeping: kept)
  }

  mutating func line(_ spans: [Span], indent: Int = 0, keeping kept: TerminalSafe.Kept = .nothing) {
    text += String(repeating: " ", count: indent)
    for span in spans { text += palette.paint(TerminalSafe.line(span.text, keeping: kept), span.style) }
    text += "\n"
  }

  mutating func blank() { text += "\n" }

  /// Columns under their heads, two spaces between them. With a width the flexible ones are cut until it
  /// fits, the widest first; where they cannot be cut enough, a line is longer than the width.
  mutating func table(_ columns: [Column], _ rows: [[Span]], indent: Int = 0) {
    let cells = rows.map { row in row.map { Span(TerminalSafe.line($0.text), $0.style) } }
    let widths = widths(of: columns, cells, indent: indent)
    line(columns.map(\.head), widths, columns, styles: columns.map { _ in .dim }, indent)
    for row in cells { line(row.map(\.text), widths, columns, styles: row.map(\.style), indent) }
  }

  struct Column {
    var head: String
    /// Numbers stand on the right.
    var isNumber = false
    /// The fewest columns to which it may be cut; nil when it may not.
    var minimum: Int?
    /// Whether its end says what it is, as a path's does: then its beginning is cut.
    var keepsEnd = false
  }

  private func widths(of columns: [Column], _ cells: [[Span]], indent: Int) -> [Int] {
    var widths = columns.map { Columns.of($0.head) }
    for row in cells {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], Columns.of(cell.text)) }
    }
    guard let width else { return widths }
    let available = width - indent - 2 * (columns.count - 1)
    var excess = widths.reduce(0, +) - available
    while excess > 0 {
      // Down to the next widest one in one step, so that a very long cell costs no more than a long one.
      let flexible = columns.indices.filter { widths[$0] > columns[$0].minimum ?? .max }
      guard let widest = flexible.max(by: { widths[$0] < widths[$1] }) else { break }
      let next = flexible.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
      let floor = max(columns[widest].minimum ?? 0, min(next, widths[widest] - 1))
      let step = min(excess, widths[widest] - floor)
      widths[widest] -= step
      excess -= step
    }
    return widths
  }

  private mutating func line(
    _ cells: [String], _ widths: [Int], _ columns: [Column], styles: [Palette.Style?], _ indent: Int
  ) {
    text += String(repeating: " ", count: indent)
    for (index, cell) in cells.enumerated() {
      let width = widths[index]
      let cut = columns[index].keepsEnd ? Columns.tail(cell, of: width) : Columns.cut(cell, to: width)
      let space = String(repeating: " ", count: width - Columns.of(cut))
      let isLast = index == cells.count - 1
      if columns[index].isNumber { text += space }
      text += palette.paint(cut, styles[index])
      if !isLast { text += (columns[index].isNumber ? "" : space) + "  " }
    }
    text += "\n"
  }
}
