import Crypto

/// What tools keep beside a text to tell whether it changed.
package enum TextDigests {
  /// MD5, SHA-1 and SHA-2 of these bytes in lower-case hexadecimal digits.
  package static func hexadecimal(of bytes: [UInt8]) -> [String] { all(of: bytes).map(hexadecimal) }

  /// The same, and in Base64.
  package static func written(of text: String) -> Set<String> {
    let digests = all(of: Array(text.utf8))
    return Set(digests.map(hexadecimal) + digests.map(base64))
  }

  private static func all(of bytes: [UInt8]) -> [[UInt8]] {
    [
      Array(Insecure.MD5.hash(data: bytes)), Array(Insecure.SHA1.hash(data: bytes)), Array(SHA256.hash(data: bytes)),
      Array(SHA384.hash(data: bytes)), Array(SHA512.hash(data: bytes)),
    ]
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// RFC 4648.
  private static func base64(_ bytes: [UInt8]) -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = bytes[start..<min(start + 3, bytes.count)]
      let group = (0..<3).reduce(0) { $0 << 8 | (part.count > $1 ? Int(part[start + $1]) : 0) }
      for place in 0..<4 {
        result.append(place > part.count ? UInt8(ascii: "=") : letters[group >> (18 - 6 * place) & 63])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
