import StrictJSON

/// Makes text from hosts and tools safe to show: what a terminal would obey, or an eye would not see, stands
/// there as `\u{1b}`.
///
/// Escaped are controls (C0, DEL, C1), format characters (bidirectional controls of CVE-2021-42574, zero
/// width, tags), other default-ignorable characters, line and paragraph separators, every space but U+0020,
/// private use, unassigned code points and noncharacters, combining marks that would stand on a
/// neighbour's text or pile up, and letters and signs that are taken for others (``LookAlikes``). The scalars U+10F800...U+10FFFF hold lone surrogates of JSON strings and are
/// shown as these: `\u{dce9}`.
///
/// A backslash stays as it is, so that escaping twice changes nothing; where `\u{1b}` must be told from the
/// control that it stands for, the JSON forms tell it.
extension TerminalSafe {
  /// What a line may keep of white space beside the space.
  package enum Kept: Sendable, Hashable {
    case nothing
    case tabs
    case tabsAndNewlines
  }

  /// The text on one line: a newline in it is seen as `\n`.
  package static func line(_ text: String, keeping kept: Kept = .nothing) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
    var out = ""
    out.reserveCapacity(text.utf8.count)
    // Marks on the last character so far; nil where there is no letter or sign for them to stand on.
    var marks: Int?
    let lookAlikes = LookAlikes.marks(in: text.unicodeScalars)
    for (index, scalar) in text.unicodeScalars.enumerated() {
      if !lookAlikes.isEmpty, lookAlikes[index] {
        out += escape(scalar)
        marks = nil
      } else if isKept(scalar, kept) {
        out.unicodeScalars.append(scalar)
        marks = nil
      } else if Columns.isCombining(scalar), let count = marks, count < maximumMarks, !mustEscape(scalar) {
        out.unicodeScalars.append(scalar)
        marks = count + 1
      } else if mustEscape(scalar) || Columns.isCombining(scalar) {
        out += escape(scalar)
        marks = nil
      } else {
        out.unicodeScalars.append(scalar)
        marks = scalar.value == 0x20 ? nil : 0
      }
    }
    return out
  }

  /// The same with every character above ASCII escaped, for two texts that look alike and are not.
  package static func ascii(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      if (0x20..<0x7F).contains(scalar.value) {
        out.unicodeScalars.append(scalar)
      } else {
        out += escape(scalar)
      }
    }
    return out
  }

  /// The first columns of the text on one line, with `…` in the last one when something was cut.
  ///
  /// - Parameter columns: of a terminal; 0 and less give an empty text.
  package static func line(_ text: String, columns: Int) -> String {
    Columns.cut(line(text), to: columns)
  }

  /// More than Vietnamese, pointed Hebrew and vocalised Arabic need.
  private static let maximumMarks = 4

  private static func isKept(_ scalar: Unicode.Scalar, _ kept: Kept) -> Bool {
    switch (scalar.value, kept) {
    case (0x09, .tabs), (0x09, .tabsAndNewlines), (0x0A, .tabsAndNewlines): true
    default: false
    }
  }

  private static func mustEscape(_ scalar: Unicode.Scalar) -> Bool {
    if (0x20..<0x7F).contains(scalar.value) { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
      .spaceSeparator:
      return true
    default:
      return scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isNoncharacterCodePoint
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x09: "\\t"
    case 0x0A: "\\n"
    case 0x0D: "\\r"
    case 0x10F800...: "\\u{\(String(scalar.value - 0x10F800 + 0xD800, radix: 16))}"
    case let value: "\\u{\(String(value, radix: 16))}"
    }
  }
}
