import Crypto
import Facts
import Failures
import StrictJSON

/// An SSH public key of a kind that the gate accepts. Two keys are the same when their bytes are; a comment is no part
/// of a key.
package struct PublicKey: Hashable, Sendable, CustomStringConvertible {
  /// The accepted kinds, by their names in OpenSSH.
  package enum Algorithm: String, Hashable, Sendable, CaseIterable {
    case ed25519 = "ssh-ed25519"
    /// ed25519 on a FIDO security key.
    case securityKeyEd25519 = "sk-ssh-ed25519@openssh.com"
    case ecdsaP256 = "ecdsa-sha2-nistp256"
    /// From 3072 bits on.
    case rsa = "ssh-rsa"
  }

  /// The fewest bits of an RSA key.
  package static let minimumRSABits = 3072
  /// OpenSSH's own upper bound (SSHBUF_MAX_BIGNUM).
  static let maximumRSABits = 16_384

  /// The kind of the key.
  package let algorithm: Algorithm
  /// The key in SSH's binary encoding, as the base64 of its line holds it.
  package let blob: [UInt8]
  /// The length in bytes of an RSA modulus; 0 for other kinds.
  let modulusBytes: Int

  /// Reads the binary encoding strictly: nothing missing, nothing left over, numbers in their shortest form.
  ///
  /// - Throws: `key-type-refused`, `key-too-weak` or `key-malformed`.
  package init(blob: [UInt8]) throws(Failure) {
    var reader = SSHReader(blob)
    guard let name = reader.text() else { throw Self.malformed("it does not begin with the name of a type") }
    guard let algorithm = Algorithm(rawValue: name) else { throw Self.refused(type: name) }
    var modulusBytes = 0
    let isOK: Bool
    switch algorithm {
    case .ed25519: isOK = reader.string()?.count == 32
    case .securityKeyEd25519:
      isOK = reader.string()?.count == 32 && reader.text().map { !$0.isEmpty } == true
    case .ecdsaP256:
      let curve = reader.text()
      let point = reader.string()
      // A point that is not on the curve is not a valid key.
      isOK =
        curve == "nistp256" && point?.count == 65 && point?.first == 4
        && (try? P256.Signing.PublicKey(x963Representation: point ?? [])) != nil
    case .rsa:
      let exponent = reader.positiveInteger()
      let modulus = reader.positiveInteger()
      isOK = Self.isOdd(exponent) && exponent != [1] && Self.isOdd(modulus)
      if isOK, let modulus {
        modulusBytes = modulus.count
        try Self.checkLength(of: modulus)
      }
    }
    guard isOK, reader.isAtEnd else { throw Self.malformed("its parts are not those of \(name)") }
    self.algorithm = algorithm
    self.blob = blob
    self.modulusBytes = modulusBytes
  }

  /// Reads one line as a `.pub` file holds it: type, base64 and, if there is one, a comment. A final line break is allowed.
  ///
  /// - Throws: `key-type-refused`, `key-too-weak` or `key-malformed`.
  package init(parsing line: String) throws(Failure) {
    var bytes = Array(line.utf8)
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw Self.malformed("it is not one line of text")
    }
    let parts = bytes.split(separator: UInt8(ascii: " "), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, !parts[0].isEmpty else {
      throw Self.malformed("a line 'ssh-ed25519 AAAA… comment' is needed")
    }
    try self.init(type: String(decoding: parts[0], as: UTF8.self), base64: parts[1])
  }

  init(type: String, base64: some Sequence<UInt8>) throws(Failure) {
    guard Algorithm(rawValue: type) != nil else { throw Self.refused(type: type) }
    guard let blob = Base64.decode(base64) else { throw Self.malformed("its base64 is not canonical") }
    try self.init(blob: blob)
    guard algorithm.rawValue == type else {
      throw Self.malformed("it calls itself \(type) and holds \(algorithm.rawValue)")
    }
  }

  /// `type base64`, as it stands in a `.pub` file and in allowed_signers, without a comment.
  package var line: String { "\(algorithm.rawValue) \(Base64.encode(blob))" }

  /// `SHA256:` and 43 letters, as ssh-keygen shows it.
  package var fingerprint: String {
    let hexadecimal = Array(Digest(of: blob).text.utf8.dropFirst("sha256:".utf8.count))
    let hash = stride(from: 0, to: hexadecimal.count, by: 2).map {
      Self.value(hexadecimal[$0]) << 4 | Self.value(hexadecimal[$0 + 1])
    }
    return "SHA256:" + Base64.encode(hash).prefix { $0 != "=" }
  }

  /// The same as ``fingerprint``.
  package var description: String { fingerprint }

  private static func value(_ digit: UInt8) -> UInt8 { digit < 0x3a ? digit - 0x30 : digit - 0x57 }

  private static func isOdd(_ number: [UInt8]?) -> Bool { number?.last.map { $0 & 1 == 1 } ?? false }

  private static func checkLength(of modulus: [UInt8]) throws(Failure) {
    let bits = modulus.count * 8 - (modulus.first?.leadingZeroBitCount ?? 8)
    guard bits >= minimumRSABits else {
      throw Failure(
        .keyTooWeak, "an ssh-rsa key",
        "it has \(bits) bits; make one of at least \(minimumRSABits), or an ed25519 key")
    }
    guard bits <= maximumRSABits else { throw malformed("\(bits) bits are more than \(maximumRSABits)") }
  }

  private static func malformed(_ message: String) -> Failure {
    Failure(.keyMalformed, "a public key", message)
  }

  private static func refused(type: String) -> Failure {
    let accepted = Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
    return Failure(
      .keyTypeRefused, "a public key",
      "keys of type '\(TerminalSafe.escaped(type))' are not accepted; use one of \(accepted)")
  }
}
