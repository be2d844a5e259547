import Crypto
import FoundationEssentials

/// A key for what is sealed for its owner alone: X25519 in HPKE (RFC 9180, base mode), with HKDF-SHA256 and ChaCha20-Poly1305.
package struct AgreementKey: Sendable {
  private let key: Curve25519.KeyAgreement.PrivateKey
  private static var suite: HPKE.Ciphersuite { .Curve25519_SHA256_ChachaPoly }
  private static let encapsulatedBytes = 32

  /// A new one.
  package init() { key = Curve25519.KeyAgreement.PrivateKey() }

  /// - Returns: nil for what is not the 32 bytes of a key.
  package init?(secret: [UInt8]) {
    guard let key = try? Curve25519.KeyAgreement.PrivateKey(rawRepresentation: secret) else { return nil }
    self.key = key
  }

  /// 32 bytes.
  package var secret: [UInt8] { Array(key.rawRepresentation) }
  /// 32 bytes.
  package var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

  /// Seals bytes for the owner of a key.
  ///
  /// - Parameter info: what whoever opens it has to know as well.
  /// - Returns: the encapsulated key, and behind it the sealed bytes; nil where nothing can be sealed for such a key.
  package static func seal(_ bytes: [UInt8], for publicKey: [UInt8], info: [UInt8]) -> [UInt8]? {
    guard let key = try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: publicKey),
      var sender = try? HPKE.Sender(recipientKey: key, ciphersuite: suite, info: Data(info)),
      let sealed = try? sender.seal(bytes)
    else { return nil }
    return Array(sender.encapsulatedKey) + Array(sealed)
  }

  /// What was sealed for this key under the same `info`; nil for anything else.
  package func open(_ sealed: [UInt8], info: [UInt8]) -> [UInt8]? {
    guard sealed.count > Self.encapsulatedBytes,
      var recipient = try? HPKE.Recipient(
        privateKey: key, ciphersuite: Self.suite, info: Data(info),
        encapsulatedKey: Data(sealed[..<Self.encapsulatedBytes])),
      let bytes = try? recipient.open(sealed[Self.encapsulatedBytes...])
    else { return nil }
    return Array(bytes)
  }
}
