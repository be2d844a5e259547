/// How a string is written in a fact file: JSON, and nothing in it that an eye or a terminal takes for
/// something else.
///
/// Escaped are: what RFC 8259 asks for; DEL and the C1 controls (terminal escapes); line and paragraph
/// separators; bidirectional controls ("Trojan Source", CVE-2021-42574); all default-ignorable characters,
/// which are invisible (zero width, tags, variation selectors); and the scalars that hold lone surrogates
/// (`JSONStringCoding`). The table is fixed here (Default_Ignorable_Code_Point of Unicode 15), not asked of
/// the running system, because the same fact must be the same bytes on every machine.
enum CanonicalString {
  /// Above U+007F, ascending.
  private static let escaped: [ClosedRange<UInt32>] = [
    0x80...0x9F, 0xAD...0xAD, 0x34F...0x34F, 0x61C...0x61C, 0x115F...0x1160, 0x17B4...0x17B5,
    0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164...0x3164, 0xFE00...0xFE0F,
    0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A,
    0xE0000...0xE0FFF,
  ]

  /// Appends the string with its quotes, or bare; bare, quotes and backslashes stand for themselves. Runs of bytes that need no escape are copied whole.
  static func append(_ string: String, to out: inout [UInt8], isQuoted: Bool = true) {
    if isQuoted { out.append(UInt8(ascii: "\"")) }
    var string = string
    string.withUTF8 { bytes in
      var runStart = 0
      var index = 0
      while index < bytes.count {
        let byte = bytes[index]
        if byte < 0x80 {
          index += 1
          if isPlain(byte) || !isQuoted && (byte == 0x22 || byte == 0x5C) { continue }
          out += bytes[runStart..<index - 1]
          appendEscape(ascii: byte, to: &out)
        } else {
          let (scalar, length) = scalar(at: index, of: bytes)
          index += length
          let surrogate = JSONStringCoding.surrogate(heldBy: scalar.value)
          if surrogate == nil, !mustEscape(scalar.value) { continue }
          out += bytes[runStart..<index - length]
          if let surrogate {
            appendEscape(unit: surrogate, to: &out)
          } else {
            for unit in String(scalar).utf16 { appendEscape(unit: unit, to: &out) }
          }
        }
        runStart = index
      }
      out += bytes[runStart...]
    }
    if isQuoted { out.append(UInt8(ascii: "\"")) }
  }

  /// Printable ASCII that means itself.
  @inline(__always)
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// The character of more than one byte at `index`; a Swift string is valid UTF-8.
  private static func scalar(
    at index: Int, of bytes: UnsafeBufferPointer<UInt8>
  ) -> (scalar: Unicode.Scalar, length: Int) {
    let lead = bytes[index]
    let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    var value = UInt32(lead & (0xFF >> UInt8(length + 1)))
    for next in index + 1..<index + length { value = value << 6 | UInt32(bytes[next] & 0x3F) }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
  }

  private static func mustEscape(_ value: UInt32) -> Bool {
    for range in escaped where value <= range.upperBound { return value >= range.lowerBound }
    return false
  }

  private static func appendEscape(ascii byte: UInt8, to out: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""): out += "\\\"".utf8
    case UInt8(ascii: "\\"): out += "\\\\".utf8
    case 0x08: out += "\\b".utf8
    case 0x09: out += "\\t".utf8
    case 0x0A: out += "\\n".utf8
    case 0x0C: out += "\\f".utf8
    case 0x0D: out += "\\r".utf8
    default: appendEscape(unit: UInt16(byte), to: &out)
    }
  }

  private static func appendEscape(unit: UInt16, to out: inout [UInt8]) {
    out += "\\u".utf8
    for shift in [12, 8, 4, 0] as [UInt16] {
      let digit = UInt8(truncatingIfNeeded: unit >> shift & 0xF)
      out.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
    }
  }
}
