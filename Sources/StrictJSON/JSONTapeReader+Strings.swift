extension JSONTapeReader {
  /// Reads the string whose quote is at `position`. Eight bytes at a time while they need no care.
  @inline(__always)
  mutating func readString() throws(JSONFault) -> JSONToken {
    let start = position + 1
    var isPlain = true
    var next = start
    while true {
      next = firstSpecialByte(from: next)
      guard next < end else { throw JSONFault(.truncated, at: end) }
      let byte = base[next]
      if byte == UInt8(ascii: "\"") {
        position = next + 1
        return JSONToken(isPlain ? .plainString : .encodedString, offset: start, length: next - start)
      }
      if byte == UInt8(ascii: "\\") {
        isPlain = false
        next = try endOfEscape(at: next)
      } else if byte < 0x20 {
        throw JSONFault(byte == 0 ? .nul : .controlCharacter, at: next)
      } else {
        next = try endOfMultibyte(at: next, isPlain: &isPlain)
      }
    }
  }

  /// The first quote, backslash, control character or byte of a multi-byte character, or `end`.
  ///
  /// The usual arithmetic in a word (Hacker's Delight, 6-1): a byte's high bit is set where it is zero after
  /// the exclusive or. A borrow can mark a byte falsely only above a byte that is marked rightly, so that the
  /// lowest mark is always right.
  @inline(__always)
  private func firstSpecialByte(from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    var index = start
    while index &+ 8 <= end {
      let word = UInt64(
        littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
      let quote = word ^ 0x2222_2222_2222_2222
      let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
      let marks =
        (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
          | ((word &- 0x2020_2020_2020_2020) & ~word) | word) & highs
      if marks != 0 { return index &+ (marks.trailingZeroBitCount >> 3) }
      index &+= 8
    }
    while index < end {
      let byte = base[index]
      if byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C { return index }
      index &+= 1
    }
    return end
  }

  /// Checks the escape at `start`. Surrogates need no partner: see `JSONStringCoding`.
  private func endOfEscape(at start: Int) throws(JSONFault) -> Int {
    guard start + 1 < end else { throw JSONFault(.truncated, at: end) }
    switch base[start + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
      UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start + 2
    case UInt8(ascii: "u"):
      for index in start + 2..<start + 6 {
        guard index < end else { throw JSONFault(.truncated, at: end) }
        guard JSONStringCoding.hexadecimalDigit(base[index]) != nil else {
          throw JSONFault(.invalidEscape, at: start)
        }
      }
      return start + 6
    default:
      throw JSONFault(.invalidEscape, at: start)
    }
  }

  /// Checks the character at `start` by table 3-7 of the Unicode Standard (well-formed UTF-8).
  private func endOfMultibyte(at start: Int, isPlain: inout Bool) throws(JSONFault) -> Int {
    let lead = base[start]
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: length = 3
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: length = 4
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: throw JSONFault(.invalidUTF8, at: start)
    }
    for index in start + 1..<start + length {
      guard index < end else { throw JSONFault(.truncated, at: end) }
      guard (index == start + 1 ? second : 0x80...0xBF).contains(base[index]) else {
        throw JSONFault(.invalidUTF8, at: start)
      }
    }
    if lead == 0xF4, base[start + 1] == 0x8F, base[start + 2] >= 0xA0 { isPlain = false }
    return start + length
  }
}
