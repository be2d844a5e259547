import Facts

/// How a text stands in texts of other languages, as common writers write it.
enum EncodedForms {
  /// Each once, and none that is the text itself. Every one takes time linear in the text.
  static func escaped(_ bytes: [UInt8]) -> Set<[UInt8]> {
    var forms = Set(json(bytes))
    // A JSON text that is a value of another one.
    for form in forms where form != bytes { forms.formUnion(json(form)) }
    forms.formUnion(markup(bytes) + percent(bytes) + shell(bytes) + hexadecimal(bytes))
    forms.remove(bytes)
    return forms
  }

  /// What filters of templates make of a text, by which it is known as well: in other case, from its end, and digests without salt.
  static func filtered(_ text: String) -> [String] {
    [text.uppercased(), text.lowercased(), String(text.reversed())] + TextDigests.hexadecimal(of: Array(text.utf8))
  }

  /// RFC 8259: with what has to be escaped alone, with all beyond ASCII, as Go does for HTML, and as Jinja does for attributes.
  private static func json(_ bytes: [UInt8]) -> [[UInt8]] {
    let plain = replacing(bytes) { byte in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
      case 0x0a: Array("\\n".utf8)
      case 0x0d: Array("\\r".utf8)
      case 0x09: Array("\\t".utf8)
      case 0x08: Array("\\b".utf8)
      case 0x0c: Array("\\f".utf8)
      case ..<0x20: unit(UInt16(byte))
      default: nil
      }
    }
    let forHTML = escapingScalars(replacing(plain) { "<>&".utf8.contains($0) ? unit(UInt16($0)) : nil }) {
      $0 == 0x2028 || $0 == 0x2029
    }
    let forAttributes = replacing(forHTML) { $0 == UInt8(ascii: "'") ? unit(UInt16($0)) : nil }
    return [plain, forHTML, forAttributes].flatMap { [$0, escapingScalars($0) { $0 > 0x7f }] }
  }

  private static func escapingScalars(_ bytes: [UInt8], where isEscaped: (UInt32) -> Bool) -> [UInt8] {
    guard bytes.contains(where: { $0 > 0x7f }) else { return bytes }
    var result: [UInt8] = []
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      if isEscaped(scalar.value) {
        for part in UTF16.encode(scalar)! { result += unit(part) }
      } else {
        result += Array(String(scalar).utf8)
      }
    }
    return result
  }

  private static func unit(_ unit: UInt16) -> [UInt8] {
    Array("\\u".utf8) + [12, 8, 4, 0].map { digits[Int(unit >> $0 & 15)] }
  }

  /// XML and HTML, by how each writes quotes.
  private static func markup(_ bytes: [UInt8]) -> [[UInt8]] {
    let text = replacing(bytes) { byte in
      switch byte {
      case UInt8(ascii: "&"): Array("&amp;".utf8)
      case UInt8(ascii: "<"): Array("&lt;".utf8)
      case UInt8(ascii: ">"): Array("&gt;".utf8)
      default: nil
      }
    }
    return [
      ("\"", "'"), ("&quot;", "'"), ("&#34;", "&#39;"), ("&quot;", "&#39;"), ("&quot;", "&apos;"),
      ("&quot;", "&#x27;"),
    ].map { double, single in
      replacing(text) { byte in
        byte == UInt8(ascii: "\"") ? Array(double.utf8) : byte == UInt8(ascii: "'") ? Array(single.utf8) : nil
      }
    }
  }

  /// RFC 3986, and Jinja and JavaScript, which leave more as it is; and forms, where a blank is a plus.
  private static func percent(_ bytes: [UInt8]) -> [[UInt8]] {
    ["", "/", "!*'()"].flatMap { kept in
      [digits, Array("0123456789ABCDEF".utf8)].flatMap { digits in
        [Array("%20".utf8), Array("+".utf8)].map { blank in
          replacing(bytes) { byte in
            if Bytes.isAlphanumeric(byte) || "-._~".utf8.contains(byte) || kept.utf8.contains(byte) { return nil }
            return byte == 0x20 ? blank : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
          }
        }
      }
    }
  }

  /// Within single quotes of a shell or of YAML and SQL, and within double quotes of a shell.
  private static func shell(_ bytes: [UInt8]) -> [[UInt8]] {
    ["'\\''", "'\"'\"'", "''"].map { quote in
      replacing(bytes) { $0 == UInt8(ascii: "'") ? Array(quote.utf8) : nil }
    } + [replacing(bytes) { "\"\\$`".utf8.contains($0) ? [UInt8(ascii: "\\"), $0] : nil }]
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> [[UInt8]] {
    [digits, Array("0123456789ABCDEF".utf8)].map { digits in
      bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }
  }

  private static let digits = Array("0123456789abcdef".utf8)

  private static func replacing(_ bytes: [UInt8], _ replacement: (UInt8) -> [UInt8]?) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for byte in bytes {
      if let other = replacement(byte) { result += other } else { result.append(byte) }
    }
    return result
  }

  /// The text in Base64 behind any number of bytes, and as UTF-16 (`textencodebase64`), too.
  static func base64(_ bytes: [UInt8]) -> Set<[UInt8]> {
    let wide = String(decoding: bytes, as: UTF8.self).utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    return Set((0..<3).flatMap { base64(bytes, behind: $0) + base64(wide, behind: $0) })
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
