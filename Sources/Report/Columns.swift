/// How many columns of a terminal a text takes, for text that is already inert.
///
/// Nonspacing and enclosing marks take none; East Asian wide and full-width characters (UAX #11, Unicode 15)
/// take two; all others take one. A terminal that draws otherwise makes a table uneven, nothing worse.
enum Columns {
  static func isCombining(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    default: return false
    }
  }

  static func of(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 { return 1 }
    if isCombining(scalar) { return 0 }
    for range in wide where scalar.value <= range.upperBound {
      return scalar.value >= range.lowerBound ? 2 : 1
    }
    return 1
  }

  /// The text in at most so many columns, `…` in the last one when something was cut.
  static func cut(_ text: String, to columns: Int) -> String {
    guard columns > 0 else { return "" }
    if text.utf8.count <= columns { return text }
    var out = String.UnicodeScalarView()
    var used = 0
    // Scalars that leave a column for the sign; marks on the last of them included.
    var kept = 0
    for scalar in text.unicodeScalars {
      used += of(scalar)
      if used > columns { return String(String.UnicodeScalarView(out.prefix(kept))) + "…" }
      out.append(scalar)
      if used < columns { kept = out.count }
    }
    return text
  }

  /// The end of the text in at most so many columns, `…` in the first one when something was cut.
  static func tail(_ text: String, of columns: Int) -> String {
    guard columns > 0 else { return "" }
    var excess = of(text) - columns
    guard excess > 0 else { return text }
    // One more for the sign; marks that stood on what was cut go with it.
    excess += 1
    let kept = text.unicodeScalars.drop { scalar in
      defer { excess -= of(scalar) }
      return excess > 0 || isCombining(scalar)
    }
    return "…" + String(String.UnicodeScalarView(kept))
  }

  /// Ascending. Wide characters only; the gaps between blocks of one script are closed, as nothing is
  /// assigned there.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x23F0...0x23F0, 0x23F3...0x23F3,
    0x25FD...0x25FE, 0x2614...0x2615, 0x2648...0x2653, 0x267F...0x267F, 0x2693...0x2693, 0x26A1...0x26A1,
    0x26AA...0x26AB, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26CE...0x26CE, 0x26D4...0x26D4, 0x26EA...0x26EA,
    0x26F2...0x26F3, 0x26F5...0x26F5, 0x26FA...0x26FA, 0x26FD...0x26FD, 0x2705...0x2705, 0x270A...0x270B,
    0x2728...0x2728, 0x274C...0x274C, 0x274E...0x274E, 0x2753...0x2755, 0x2757...0x2757, 0x2795...0x2797,
    0x27B0...0x27B0, 0x27BF...0x27BF, 0x2B1B...0x2B1C, 0x2B50...0x2B50, 0x2B55...0x2B55, 0x2E80...0x303E,
    0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF,
    0x1F004...0x1F004, 0x1F0CF...0x1F0CF, 0x1F18E...0x1F18E, 0x1F191...0x1F19A, 0x1F200...0x1F265,
    0x1F300...0x1F320, 0x1F32D...0x1F335, 0x1F337...0x1F37C, 0x1F37E...0x1F393, 0x1F3A0...0x1F3CA,
    0x1F3CF...0x1F3D3, 0x1F3E0...0x1F3F0, 0x1F3F4...0x1F3F4, 0x1F3F8...0x1F43E, 0x1F440...0x1F440,
    0x1F442...0x1F4FC, 0x1F4FF...0x1F53D, 0x1F54B...0x1F54E, 0x1F550...0x1F567, 0x1F57A...0x1F57A,
    0x1F595...0x1F596, 0x1F5A4...0x1F5A4, 0x1F5FB...0x1F64F, 0x1F680...0x1F6C5, 0x1F6CC...0x1F6CC,
    0x1F6D0...0x1F6DF, 0x1F6EB...0x1F6EC, 0x1F6F4...0x1F6FF, 0x1F7E0...0x1F7FF, 0x1F90C...0x1F93A,
    0x1F93C...0x1F945, 0x1F947...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
  ]
}
