/// How a string is written in a fact file: JSON, and nothing in it that an eye or a terminal takes for something else.
///
/// Escaped are: what RFC 8259 asks for; DEL and the C1 controls (terminal escapes); line and paragraph separators;
/// bidirectional controls ("Trojan Source", CVE-2021-42574); all default-ignorable characters, which are invisible
/// (zero width, tags, variation selectors); and the scalars that hold lone surrogates (`JSONStringCoding`). The
/// table is fixed here (Default_Ignorable_Code_Point of Unicode 15), not asked of the running system, because the same
/// fact must be the same bytes on every machine.
enum CanonicalString {
  /// Above U+007F, ascending.
  private static let escaped: [ClosedRange<UInt32>] = [
    0x80...0x9F, 0xAD...0xAD, 0x34F...0x34F, 0x61C...0x61C, 0x115F...0x1160, 0x17B4...0x17B5,
    0x180B...0x180F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164...0x3164, 0xFE00...0xFE0F,
    0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A,
    0xE0000...0xE0FFF,
  ]

  /// Appends the string with its quotes.
  static func append(_ string: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for scalar in string.unicodeScalars {
      let value = scalar.value
      switch value {
      case 0x22: out += "\\\"".utf8
      case 0x5C: out += "\\\\".utf8
      case 0x08: out += "\\b".utf8
      case 0x09: out += "\\t".utf8
      case 0x0A: out += "\\n".utf8
      case 0x0C: out += "\\f".utf8
      case 0x0D: out += "\\r".utf8
      case ..<0x20, 0x7F: appendEscape(UInt16(value), to: &out)
      case ..<0x7F: out.append(UInt8(value))
      default:
        if let surrogate = JSONStringCoding.surrogate(heldBy: value) {
          appendEscape(surrogate, to: &out)
        } else if mustEscape(value) {
          for unit in UTF16.encode(scalar) ?? .init() { appendEscape(unit, to: &out) }
        } else {
          out += UTF8.encode(scalar) ?? .init()
        }
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  private static func mustEscape(_ value: UInt32) -> Bool {
    for range in escaped where value <= range.upperBound { return value >= range.lowerBound }
    return false
  }

  private static func appendEscape(_ unit: UInt16, to out: inout [UInt8]) {
    out += "\\u".utf8
    for shift in [12, 8, 4, 0] as [UInt16] {
      let digit = UInt8(truncatingIfNeeded: unit >> shift & 0xF)
      out.append(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
    }
  }
}
