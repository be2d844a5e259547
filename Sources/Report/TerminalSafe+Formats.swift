import StrictJSON

extension TerminalSafe {
  /// One cell of a CSV file, quoted by RFC 4180 where it has to be.
  ///
  /// A cell that a spreadsheet would calculate gets a `'` in front (OWASP, "CSV Injection"): one that begins,
  /// behind spaces, with `=`, `+`, `-`, `@`, their full-width forms, TAB or CR. Controls are escaped, so that
  /// a record is one line.
  package static func csvCell(_ text: String) -> String {
    var cell = line(text)
    if let first = text.unicodeScalars.first(where: { $0 != " " }), startsFormula(first) { cell = "'" + cell }
    let mustQuote =
      cell.utf8.first == 0x20 || cell.utf8.last == 0x20
      || cell.utf8.contains { [0x22, 0x2C, 0x3B].contains($0) }
    guard mustQuote else { return cell }
    var quoted = "\""
    for scalar in cell.unicodeScalars {
      if scalar == "\"" { quoted += "\"\"" } else { quoted.unicodeScalars.append(scalar) }
    }
    return quoted + "\""
  }

  private static func startsFormula(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}": true
    default: false
    }
  }

  /// A code span of Markdown, in running text or in a cell of a table.
  ///
  /// In a code span nothing is markup: no HTML, link, image, mention or bare address (CommonMark 6.1). Its
  /// fence is longer than any run of backticks inside. A `|` is written `\|`, which tables of GitHub Flavored
  /// Markdown read as `|`; behind a backslash readers disagree on that, so it is shown as `\u{7c}` there.
  package static func markdownCode(_ text: String) -> String {
    let content = line(text)
    guard content.utf8.contains(where: { $0 != 0x20 }) else { return "(empty)" }
    var cell = ""
    var previous: Unicode.Scalar = " "
    for scalar in content.unicodeScalars {
      switch (scalar, previous) {
      case ("|", "\\"): cell += "\\u{7c}"
      case ("|", _): cell += "\\|"
      default: cell.unicodeScalars.append(scalar)
      }
      previous = scalar
    }
    let fence = String(repeating: "`", count: longestRun(of: 0x60, in: cell) + 1)
    let edges = [cell.utf8.first, cell.utf8.last]
    let padding = edges.contains(0x60) || edges.contains(0x20) ? " " : ""
    return fence + padding + cell + padding + fence
  }

  private static func longestRun(of byte: UInt8, in text: String) -> Int {
    var (longest, current) = (0, 0)
    for other in text.utf8 {
      current = other == byte ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }
}
