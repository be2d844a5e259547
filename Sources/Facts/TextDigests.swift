import Crypto
import StrictJSON

/// What tools keep beside a text to tell whether it changed.
package enum TextDigests {
  /// MD5, SHA-1 and SHA-2 of these bytes in lower-case hexadecimal digits.
  package static func hexadecimal(of bytes: [UInt8]) -> [String] { all(of: bytes).map(hexadecimal) }

  /// The same, and in Base64.
  package static func written(of text: String) -> Set<String> {
    let digests = all(of: Array(text.utf8))
    return Set(digests.map(hexadecimal) + digests.map(Base64.encode))
  }

  /// Whether a value is a digest of a text or its length; a length only if it was that of the text before, too: one that is as long by
  /// chance did not follow it.
  package static func follows(_ value: JSON, _ text: String, before: (value: JSON, text: String)?) -> Bool {
    if let digest = value.string { return written(of: text).contains(digest) }
    func isLength(_ value: JSON, _ text: String) -> Bool { value.says(.number("\(text.utf8.count)")) }
    return isLength(value, text) && before.map { isLength($0.value, $0.text) } ?? false
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
}
