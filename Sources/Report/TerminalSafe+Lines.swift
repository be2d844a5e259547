import StrictJSON

extension TerminalSafe {
  /// All that goes to a terminal, line by line: whatever a report has forgotten is made inert here, and the palette's own colours stay.
  package static func page(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 0x0A }) { return text }
    // By scalars: for Swift a carriage return and a line feed are one character.
    return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var parts = line.split(separator: "\u{1b}", omittingEmptySubsequences: false).map { String($0) }
      var out = TerminalSafe.line(parts.removeFirst(), keeping: .tabs)
      for part in parts {
        let colour = Palette.codes.first { part.hasPrefix($0) }
        out += (colour.map { "\u{1b}\($0)" } ?? "\\u{1b}")
        out += TerminalSafe.line(String(part.dropFirst(colour?.count ?? 0)), keeping: .tabs)
      }
      return out
    }.joined(separator: "\n")
  }

  /// Lines as people read them before they decide: each inert, and a long one on as many rows as it takes.
  ///
  /// What begins a row cannot come from the text: `  | ` a line of it, `  : ` the rest of the one above. A line that is longer than anybody
  /// reads is cut in its middle, and the row in that place says how much is missing.
  ///
  /// - Parameters:
  ///   - columns: of a row.
  ///   - whole: how to see all of it.
  package static func rows(of text: String, columns: Int, whole: String) -> [String] {
    var lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.flatMap { rows(ofLine: String($0), columns: max(20, columns - lineMark.utf8.count), whole: whole) }
  }

  private static let lineMark = "  | "
  private static let restMark = "  : "
  private static let mostRows = 40
  private static let lastRows = 8

  private static func rows(ofLine text: String, columns: Int, whole: String) -> [String] {
    var rows = [""]
    var used = 0
    for scalar in line(text).unicodeScalars {
      let width = Columns.of(scalar)
      if used + width > columns {
        rows.append("")
        used = 0
      }
      rows[rows.count - 1].unicodeScalars.append(scalar)
      used += width
    }
    // What a line is about may stand at its end, behind what anybody has written.
    let missing = rows.dropFirst(mostRows - lastRows).dropLast(lastRows)
    if rows.count > mostRows {
      let count = missing.reduce(0) { $0 + $1.unicodeScalars.count }
      rows.replaceSubrange(missing.indices, with: ["[cut here: \(count) characters of this line; \(whole)]"])
    }
    return rows.enumerated().map { ($0.offset == 0 ? lineMark : restMark) + $0.element }
  }
}
