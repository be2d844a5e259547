/// Characters that an eye takes for others: a Cyrillic `а` in `раypal`, a division slash in a path.
///
/// Names, values and words of people stand beside each other in ASCII, and who decides compares them by eye. So a letter is marked that
/// stands in a word with letters of ASCII and is of another script, and so is a word that could be one of ASCII as a whole. Text in
/// a script of its own stays as it is, and so do Latin letters with their marks, and Chinese, Japanese and Korean beside ASCII.
enum LookAlikes {
  /// For each scalar whether it is to be escaped; empty where none is.
  static func marks(in scalars: String.UnicodeScalarView) -> [Bool] {
    let all = Array(scalars)
    var marks = [Bool](repeating: false, count: all.count)
    var start = 0
    while start < all.count {
      guard isOfWord(all, start) else {
        marks[start] = isPunctuation(all, start)
        start += 1
        continue
      }
      var end = start + 1
      while end < all.count, isOfWord(all, end) { end += 1 }
      mark(all, start..<end, &marks)
      start = end
    }
    return marks.contains(true) ? marks : []
  }

  private static func mark(_ all: [Unicode.Scalar], _ word: Range<Int>, _ marks: inout [Bool]) {
    guard word.contains(where: { all[$0].value >= 0x80 }) else { return }
    let letters = word.filter { !Columns.isCombining(all[$0]) }
    let hasASCII = letters.contains { all[$0].value < 0x80 }
    let looksASCII = letters.allSatisfy { all[$0].value < 0x80 || isIn(alikeLetters, all[$0].value) }
    for index in letters where all[index].value >= 0x80 {
      let value = all[index].value
      if isIn(alwaysMarked, value) || looksASCII || hasASCII && !isIn(besideASCII, value) { marks[index] = true }
    }
  }

  /// Letters, digits and what stands on them. What follows the backslash of an escape is no part of a word, so that escaping twice
  /// changes nothing.
  private static func isOfWord(_ all: [Unicode.Scalar], _ index: Int) -> Bool {
    let scalar = all[index]
    if scalar.value < 0x80 {
      guard scalar.properties.isAlphabetic || (0x30...0x39).contains(scalar.value) else { return false }
      return index == 0 || all[index - 1] != "\\" || !["t", "n", "r", "u"].contains(scalar)
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber,
      .nonspacingMark, .spacingMark:
      return true
    default: return isIn(alwaysMarked, scalar.value)
    }
  }

  /// Signs that are taken for `/`, `.`, `:`, `;` or `|`; and dashes that join two words, where a `-` is expected.
  private static func isPunctuation(_ all: [Unicode.Scalar], _ index: Int) -> Bool {
    let value = all[index].value
    if value < 0x80 { return false }
    if isIn(alikeSigns, value) { return true }
    guard isIn(dashes, value), index > 0, index + 1 < all.count else { return false }
    return all[index - 1] != " " && all[index + 1] != " "
  }

  // MARK: Tables, ascending

  private static func isIn(_ table: [ClosedRange<UInt32>], _ value: UInt32) -> Bool {
    for range in table where value <= range.upperBound { return value >= range.lowerBound }
    return false
  }

  /// Forms of ASCII's own letters and digits, and letters of Latin that are taken for others.
  private static let alwaysMarked: [ClosedRange<UInt32>] = [
    0xAA...0xAA, 0xBA...0xBA, 0x131...0x131, 0x17F...0x17F, 0x1C0...0x1C3, 0x237...0x237, 0x2102...0x2149,
    0x2160...0x2188, 0x24B6...0x24E9, 0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0x1D400...0x1D7FF,
    0x1F110...0x1F189, 0x1FBF0...0x1FBF9,
  ]

  /// What stands in one word with ASCII without being taken for it: Latin with marks, and the scripts of East Asia.
  private static let besideASCII: [ClosedRange<UInt32>] = [
    0xC0...0x24F, 0x1100...0x11FF, 0x1E00...0x1EFF, 0x2E80...0x303F, 0x3041...0x318F, 0x31A0...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7FF, 0xF900...0xFAFF, 0xFF66...0xFFDC, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x20000...0x3FFFD,
  ]

  /// Letters of other scripts with the shape of a letter or a digit of ASCII.
  private static let alikeLetters: [ClosedRange<UInt32>] = [
    // Greek
    0x37F...0x37F, 0x391...0x392, 0x395...0x397, 0x399...0x39A, 0x39C...0x39D, 0x39F...0x39F, 0x3A1...0x3A1,
    0x3A4...0x3A5, 0x3A7...0x3A7, 0x3B1...0x3B1, 0x3B3...0x3B3, 0x3B9...0x3BA, 0x3BD...0x3BD, 0x3BF...0x3BF,
    0x3C1...0x3C1, 0x3C3...0x3C3, 0x3C5...0x3C5, 0x3C7...0x3C7, 0x3F2...0x3F3, 0x3F9...0x3FA,
    // Cyrillic
    0x405...0x406, 0x408...0x408, 0x410...0x410, 0x412...0x412, 0x415...0x415, 0x417...0x417, 0x41A...0x41A,
    0x41C...0x41E, 0x420...0x423, 0x425...0x425, 0x42C...0x42C, 0x430...0x430, 0x433...0x433, 0x435...0x435,
    0x43A...0x43A, 0x43E...0x43E, 0x440...0x441, 0x443...0x443, 0x445...0x445, 0x44C...0x44C, 0x455...0x456,
    0x458...0x458, 0x461...0x461, 0x474...0x475, 0x4AE...0x4AF, 0x4BB...0x4BB, 0x4C0...0x4C0, 0x4CF...0x4CF,
    0x501...0x501, 0x50C...0x50D, 0x51A...0x51D,
    // Armenian, Hebrew, Arabic
    0x54D...0x54D, 0x54F...0x54F, 0x555...0x555, 0x561...0x561, 0x566...0x566, 0x570...0x570, 0x578...0x578,
    0x57D...0x57D, 0x581...0x581, 0x584...0x585, 0x5C0...0x5C0, 0x5D5...0x5D5, 0x5D8...0x5D8, 0x5DF...0x5DF,
    0x5E1...0x5E1, 0x627...0x627, 0x647...0x647, 0x661...0x661, 0x665...0x665, 0x667...0x667,
    // Scripts that are made of such shapes
    0x10D0...0x10FF, 0x13A0...0x13FD, 0x1C80...0x1C8F, 0x1D00...0x1DBF, 0x2C80...0x2CFF, 0xA4D0...0xA4FF,
    0xA640...0xA69F, 0xA720...0xA7FF, 0xAB30...0xABBF, 0x10280...0x1031F, 0x10400...0x1044F, 0x118A0...0x118FF,
  ]

  private static let alikeSigns: [ClosedRange<UInt32>] = [
    0x2D0...0x2D0, 0x37E...0x37E, 0x589...0x589, 0x5C3...0x5C3, 0x701...0x704, 0x2024...0x2025,
    0x2044...0x2044, 0x204E...0x204F, 0x2215...0x2217, 0x2223...0x2223, 0x2236...0x2236, 0x223C...0x223C,
    0x2571...0x2573, 0x27CB...0x27CD, 0x29F5...0x29F9, 0xA4FD...0xA4FD, 0xA789...0xA789, 0xFE52...0xFE6B,
    0xFF01...0xFF0F, 0xFF1A...0xFF20, 0xFF3B...0xFF40, 0xFF5B...0xFF5E,
  ]

  private static let dashes: [ClosedRange<UInt32>] = [
    0x2010...0x2015, 0x2043...0x2043, 0x2212...0x2212, 0x2796...0x2796, 0xFE58...0xFE58,
  ]
}
