import Crypto
import Facts

/// A source's key for keyed digests of secrets, the same on every host that observes the source.
package struct RedactionKey: Sendable, Hashable {
  /// Names the key in what is written with it: `[a-z0-9]{1,16}`.
  package var epoch: String
  /// At least 32 random bytes.
  package var secret: [UInt8]

  /// - Returns: nil for an epoch that is no such name or a secret shorter than 32 bytes.
  package init?(epoch: String, secret: [UInt8]) {
    guard (1...16).contains(epoch.utf8.count), secret.count >= 32,
      epoch.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) })
    else { return nil }
    self.epoch = epoch
    self.secret = secret
  }

  /// Reads what ``digits`` writes, in letters of either case; nil for anything else.
  package init?(epoch: String, digits: some Sequence<UInt8>) {
    let digits = Array(digits)
    guard digits.count == 64, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
    let secret = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(decoding: digits[$0...$0 + 1], as: UTF8.self), radix: 16)
    }
    self.init(epoch: epoch, secret: secret)
  }

  /// The secret in lower-case hexadecimal digits, two a byte.
  package var digits: String { Keyed.hexadecimal(secret) }

  /// Tells two keys of one name apart, and tells nothing of either: 64 bits of an HMAC of a fixed text.
  package var check: String {
    String(Keyed.hexadecimal(Array("praxis.redaction-key/1".utf8), secret).prefix(16))
  }
}

enum Keyed {
  /// HMAC-SHA-256 (RFC 2104) in 64 lower-case hexadecimal digits.
  static func hexadecimal(_ bytes: [UInt8], _ secret: [UInt8]) -> String {
    hexadecimal(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: secret)))
  }

  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
