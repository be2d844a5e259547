import Facts

/// How a text stands in texts of other languages.
enum EncodedForms {
  static func all(of bytes: [UInt8]) -> [[UInt8]] {
    [json(bytes, asciiOnly: false), json(bytes, asciiOnly: true), html(bytes), percent(bytes)]
      + (0..<3).flatMap { base64(bytes, behind: $0) }
  }

  /// What filters of templates make of a text, by which it is known as well: in other case, from its end, and digests without salt.
  static func filtered(_ text: String) -> [String] {
    [text.uppercased(), text.lowercased(), String(text.reversed())] + TextDigests.hexadecimal(of: Array(text.utf8))
  }

  /// RFC 8259, as common writers escape.
  private static func json(_ bytes: [UInt8], asciiOnly: Bool) -> [UInt8] {
    String(decoding: bytes, as: UTF8.self).unicodeScalars.flatMap { scalar -> [UInt8] in
      switch scalar {
      case "\"", "\\": [UInt8(ascii: "\\"), UInt8(scalar.value)]
      case "\n": Array("\\n".utf8)
      case "\r": Array("\\r".utf8)
      case "\t": Array("\\t".utf8)
      default:
        scalar.isASCII || !asciiOnly
          ? Array(String(scalar).utf8)
          : String(scalar).utf16.flatMap { unit in
            let digits = String(unit, radix: 16)
            return Array("\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8)
          }
      }
    }
  }

  /// As Jinja's `escape` writes it.
  private static func html(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "&"): Array("&amp;".utf8)
      case UInt8(ascii: "<"): Array("&lt;".utf8)
      case UInt8(ascii: ">"): Array("&gt;".utf8)
      case UInt8(ascii: "\""): Array("&#34;".utf8)
      case UInt8(ascii: "'"): Array("&#39;".utf8)
      default: [byte]
      }
    }
  }

  /// RFC 3986, with the slash left as it is, which Jinja's `urlencode` does.
  private static func percent(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return bytes.flatMap { byte -> [UInt8] in
      Bytes.isAlphanumeric(byte) || Array("-._~/".utf8).contains(byte)
        ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }

  /// Those characters that it alone decides on where it stands in a longer text (RFC 4648), in both alphabets.
  ///
  /// - Parameter offset: how many bytes stand before it, of which every three make four characters of their own.
  private static func base64(_ bytes: [UInt8], behind offset: Int) -> [[UInt8]] {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
    let padded = [UInt8](repeating: 0, count: offset) + bytes
    let first = (offset * 8 + 5) / 6
    let end = padded.count * 8 / 6
    guard first < end else { return [] }
    return ["+/", "-_"].map { last in
      let alphabet = letters + Array(last.utf8)
      return (first..<end).map { place in
        let bit = place * 6
        let pair = UInt16(padded[bit / 8]) << 8 | UInt16(bit / 8 + 1 < padded.count ? padded[bit / 8 + 1] : 0)
        return alphabet[Int(pair >> UInt16(10 - bit % 8) & 63)]
      }
    }
  }
}
