/// RFC 4648, section 4, in its one canonical form: padded, unused bits zero, nothing else in between.
package enum Base64 {
  /// Padded, and without line ends.
  package static func encode(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var position = 0
    while position < bytes.count {
      let group = bytes[position..<min(position + 3, bytes.count)]
      var bits: UInt32 = 0
      for index in 0..<3 {
        bits = bits << 8 | UInt32(index < group.count ? group[group.startIndex + index] : 0)
      }
      for index in 0..<4 {
        text.append(index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : padding)
      }
      position += 3
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Nil for anything that ``encode(_:)`` would not have written.
  package static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    let text = Array(text)
    guard text.count % 4 == 0 else { return nil }
    let digits = text.prefix { $0 != padding }
    guard text.count - digits.count <= 2, text[digits.count...].allSatisfy({ $0 == padding }) else {
      return nil
    }
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var width = 0
    for digit in digits {
      guard let value = value(of: digit) else { return nil }
      bits = (bits << 6 | value) & 0xffff
      width += 6
      if width >= 8 {
        width -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(width)))
      }
    }
    guard bits & ((1 << UInt32(width)) - 1) == 0 else { return nil }
    return bytes
  }

  private static let padding = UInt8(ascii: "=")
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  private static func value(of digit: UInt8) -> UInt32? {
    switch digit {
    case 0x41...0x5a: UInt32(digit - 0x41)
    case 0x61...0x7a: UInt32(digit - 0x61) + 26
    case 0x30...0x39: UInt32(digit - 0x30) + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
