/// What is refused in the text itself, before it is parsed.
enum YAMLCharacters {
  /// Finds characters that would make an editor, `git diff` and the parser see different lines or a different order.
  ///
  /// YAML 1.1 breaks lines at U+0085, U+2028 and U+2029, YAML 1.2 and editors do not: a key can hide in what looks like a
  /// comment. Bidirectional controls reorder what is seen (CVE-2021-42574). Written as an escape, `"\u2028"`, each is fine.
  static func objection(to text: String) -> YAMLError? {
    var line = 1
    var isAfterReturn = false
    var isLineStart = true
    for scalar in text.unicodeScalars {
      if isAfterReturn, scalar != "\n" { return YAMLError(line: line, "a carriage return within a line") }
      isAfterReturn = scalar == "\r"
      switch scalar.value {
      case 0x0a: line += 1
      case 0x09, 0x0d, 0x20...0x7e: break
      case 0x00...0x1f, 0x7f...0x9f: return YAMLError(line: line, "a control character")
      case 0x2028, 0x2029: return YAMLError(line: line, "a line separator that most editors do not show")
      case 0x061c, 0x200b...0x200f, 0x202a...0x202e, 0x2060...0x2069, 0xfeff:
        return YAMLError(line: line, "a character that cannot be seen, or changes the order of others")
      default: break
      }
      if isLineStart, scalar == "%" { return YAMLError(line: line, "directives are not allowed") }
      isLineStart = scalar == "\n"
    }
    return isAfterReturn ? YAMLError(line: line, "a carriage return within a line") : nil
  }

  /// Finds text that can be an anchor where there is also text that can be an alias.
  ///
  /// The tree of nodes is refused later for either. But a few nested aliases stand for so many nodes that comparing
  /// keys would never end, so the parser must not see them. Text in quotes or comments may look the same; to refuse
  /// both together there, too, does no harm.
  static func objectionToAliases(in bytes: [UInt8]) -> YAMLError? {
    var anchorLine: Int?
    var hasAlias = false
    var line = 1
    var previous = UInt8(ascii: "\n")
    for (position, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"), " \t\r\n[]{},:?-".utf8.contains(previous),
        position + 1 < bytes.count, !" \t\r\n,[]{}\"'".utf8.contains(bytes[position + 1])
      {
        if byte == UInt8(ascii: "*") { hasAlias = true } else { anchorLine = anchorLine ?? line }
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      previous = byte
    }
    guard hasAlias, let anchorLine else { return nil }
    return YAMLError(line: anchorLine, "anchors and aliases are not allowed")
  }
}
