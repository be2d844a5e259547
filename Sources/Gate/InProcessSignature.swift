import Crypto

/// Who does the arithmetic of a signature. Its form is checked before, in one place for both.
package enum SignatureChecker: String, Hashable, Sendable, CaseIterable {
  /// OpenSSH's own program, which plain git asks, too: 4 ms a signature.
  case sshKeygen = "ssh-keygen"
  /// swift-crypto in this process, many times as fast, for long histories. Keys of kinds that it does not have (RSA, security keys) go to
  /// ssh-keygen all the same.
  case inProcess = "in-process"
}

extension SSHSignature {
  /// Whether the signature belongs to a message, found without another program; nil where that takes ssh-keygen.
  func isGood(over message: [UInt8]) -> Bool? {
    switch publicKey.algorithm {
    case .ed25519: isGoodEd25519(over: signedBytes(message))
    case .ecdsaP256: isGoodP256(over: signedBytes(message))
    case .rsa, .securityKeyEd25519: nil
    }
  }

  /// What is signed in a message's stead (PROTOCOL.sshsig, "Blob format").
  private func signedBytes(_ message: [UInt8]) -> [UInt8] {
    var writer = SSHWriter()
    writer.append(raw: Self.magic)
    writer.append(text: namespace)
    writer.append(text: "")
    writer.append(text: hashAlgorithm.rawValue)
    switch hashAlgorithm {
    case .sha256: writer.append(string: Array(SHA256.hash(data: message)))
    case .sha512: writer.append(string: Array(SHA512.hash(data: message)))
    }
    return writer.bytes
  }

  private func isGoodEd25519(over bytes: [UInt8]) -> Bool {
    var key = SSHReader(publicKey.blob)
    var signature = SSHReader(body)
    guard key.text() != nil, let point = key.string(), let value = signature.string(),
      let key = try? Curve25519.Signing.PublicKey(rawRepresentation: point)
    else { return false }
    return key.isValidSignature(value, for: bytes)
  }

  /// RFC 5656, section 3.1: two numbers, over the SHA-256 of what is signed.
  private func isGoodP256(over bytes: [UInt8]) -> Bool {
    var key = SSHReader(publicKey.blob)
    var signature = SSHReader(body)
    guard key.text() != nil, key.text() != nil, let point = key.string(),
      let key = try? P256.Signing.PublicKey(x963Representation: point), let pair = signature.string()
    else { return false }
    var numbers = SSHReader(pair)
    var raw: [UInt8] = []
    for _ in 0..<2 {
      guard let number = numbers.positiveInteger(), number.count <= 32 else { return false }
      raw += [UInt8](repeating: 0, count: 32 - number.count) + number
    }
    guard let value = try? P256.Signing.ECDSASignature(rawRepresentation: raw) else { return false }
    return key.isValidSignature(value, for: bytes)
  }
}
