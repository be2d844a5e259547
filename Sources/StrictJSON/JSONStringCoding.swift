/// How a JSON string becomes a Swift string without loss.
///
/// RFC 8259 allows `\udce9`, a surrogate without its other half, and Python programs (Ansible) write it for
/// each byte that was not UTF-8. A Swift string cannot hold a surrogate; U+FFFD in its place would make
/// different strings equal, and drift between them would be lost. So:
///
/// - a lone surrogate U+D800+x is held as the scalar U+10F800+x, in the last 2,048 code points of plane 16,
///   which is private use and practically never met;
/// - a real character of U+10F800...U+10FFFF, raw or as an escaped pair, is held as its two surrogates, each
///   mapped that way;
/// - the writer turns every scalar of the range back into its `\uXXXX` escape.
///
/// Different texts stay different, and what is written is read back as the same string. The one thing JSON
/// cannot say is "a lone high surrogate, then a lone low one": no reader of a document yields it, and a
/// program that glues two such strings together has written the character that the two make.
enum JSONStringCoding {
  /// Surrogate U+D800+x is held as this + x.
  static let heldSurrogates: UInt32 = 0x10F800

  /// The surrogate code unit that a scalar of the held range stands for.
  static func surrogate(heldBy scalar: UInt32) -> UInt16? {
    scalar >= heldSurrogates ? UInt16(0xD800 + (scalar - heldSurrogates)) : nil
  }

  /// The UTF-8 of a string's value. `raw` is what stands between the quotes and was validated by the reader.
  static func decoded(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(raw.count)
    var index = 0
    while index < raw.count {
      let byte = raw[index]
      if byte == 0x5C {
        index = appendEscape(at: index, of: raw, to: &out)
      } else if byte == 0xF4, raw[index + 1] == 0x8F, raw[index + 2] >= 0xA0 {
        let scalar =
          0x10F000 | UInt32(raw[index + 2] & 0x3F) << 6 | UInt32(raw[index + 3] & 0x3F)
        appendHeldPair(scalar, to: &out)
        index += 4
      } else {
        out.append(byte)
        index += 1
      }
    }
    return out
  }

  /// Appends what the escape at `index` means and returns the index after it.
  private static func appendEscape(
    at index: Int, of raw: UnsafeBufferPointer<UInt8>, to out: inout [UInt8]
  ) -> Int {
    switch raw[index + 1] {
    case UInt8(ascii: "b"): out.append(0x08)
    case UInt8(ascii: "f"): out.append(0x0C)
    case UInt8(ascii: "n"): out.append(0x0A)
    case UInt8(ascii: "r"): out.append(0x0D)
    case UInt8(ascii: "t"): out.append(0x09)
    case UInt8(ascii: "u"):
      let unit = hexadecimal(raw, index + 2)
      guard unit & 0xF800 == 0xD800 else {
        append(unit, to: &out)
        return index + 6
      }
      if unit < 0xDC00, index + 12 <= raw.count, raw[index + 6] == 0x5C, raw[index + 7] == UInt8(ascii: "u") {
        let low = hexadecimal(raw, index + 8)
        if low & 0xFC00 == 0xDC00 {
          let scalar = 0x10000 + ((unit - 0xD800) << 10 | (low - 0xDC00))
          if scalar >= heldSurrogates { appendHeldPair(scalar, to: &out) } else { append(scalar, to: &out) }
          return index + 12
        }
      }
      append(heldSurrogates + (unit - 0xD800), to: &out)
      return index + 6
    case let same: out.append(same)
    }
    return index + 2
  }

  private static func appendHeldPair(_ scalar: UInt32, to out: inout [UInt8]) {
    let bits = scalar - 0x10000
    append(heldSurrogates + (bits >> 10), to: &out)
    append(heldSurrogates + 0x400 + (bits & 0x3FF), to: &out)
  }

  private static func hexadecimal(_ raw: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt32 {
    var value: UInt32 = 0
    for index in start..<start + 4 {
      value = value << 4 | UInt32(hexadecimalDigit(raw[index]) ?? 0)
    }
    return value
  }

  /// The value of a hexadecimal digit of either case.
  @inline(__always)
  static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  private static func append(_ scalar: UInt32, to out: inout [UInt8]) {
    switch scalar {
    case ..<0x80:
      out.append(UInt8(scalar))
    case ..<0x800:
      out.append(0xC0 | UInt8(scalar >> 6))
      out.append(0x80 | UInt8(scalar & 0x3F))
    case ..<0x10000:
      out.append(0xE0 | UInt8(scalar >> 12))
      out.append(0x80 | UInt8(scalar >> 6 & 0x3F))
      out.append(0x80 | UInt8(scalar & 0x3F))
    default:
      out.append(0xF0 | UInt8(scalar >> 18))
      out.append(0x80 | UInt8(scalar >> 12 & 0x3F))
      out.append(0x80 | UInt8(scalar >> 6 & 0x3F))
      out.append(0x80 | UInt8(scalar & 0x3F))
    }
  }
}
