import Facts
import Failures

/// An SSH signature over a message, as OpenSSH's PROTOCOL.sshsig describes it, in its one canonical form.
package struct SSHSignature: Hashable, Sendable {
  /// The hash of the message that was signed.
  package enum HashAlgorithm: String, Hashable, Sendable, CaseIterable {
    case sha256, sha512
  }

  /// The purpose that Git gives the signatures of commits and tags.
  package static let gitNamespace = "git"

  /// The key that signed.
  package let publicKey: PublicKey
  /// The purpose that was signed for.
  package let namespace: String
  /// The hash of the message that was signed.
  package let hashAlgorithm: HashAlgorithm
  /// The name of the signature's own format: that of the key, but for RSA `rsa-sha2-256` or `rsa-sha2-512`.
  package let format: String
  /// What follows the name of the format.
  let body: [UInt8]

  /// Reads an armoured signature.
  ///
  /// - Parameter armour: as `ssh-keygen -Y sign` prints it, or without the final line break, as a commit holds it.
  /// - Throws: `armour-malformed`, `signature-malformed`, `not-touched`, or as ``PublicKey/init(blob:)`` does.
  package init(armour: String) throws(Failure) {
    try self.init(bytes: Self.dearmour(armour))
  }

  init(bytes: [UInt8]) throws(Failure) {
    var reader = SSHReader(bytes)
    guard reader.bytes(Self.magic.count) == Self.magic else { throw Self.malformed("it is no SSHSIG") }
    guard reader.uint32() == Self.version else { throw Self.malformed("its version is not \(Self.version)") }
    guard let key = reader.string() else { throw Self.malformed("its key is cut short") }
    publicKey = try PublicKey(blob: key)
    guard let namespace = reader.text(), !namespace.isEmpty else {
      throw Self.malformed("it has no namespace")
    }
    self.namespace = namespace
    guard reader.string()?.isEmpty == true else { throw Self.malformed("its reserved field is not empty") }
    guard let hash = reader.text().flatMap(HashAlgorithm.init(rawValue:)) else {
      throw Self.malformed("its hash is neither sha256 nor sha512")
    }
    hashAlgorithm = hash
    guard let signature = reader.string(), reader.isAtEnd else {
      throw Self.malformed("it is cut short, or something follows it")
    }
    var inner = SSHReader(signature)
    guard let format = inner.text(), publicKey.algorithm.signatureFormats.contains(format) else {
      throw Self.malformed("the format of its signature is not one of its key")
    }
    self.format = format
    body = Array(inner.rest)
    try Self.check(&inner, by: publicKey)
  }

  /// The signature in SSH's binary encoding.
  package var bytes: [UInt8] {
    var signature = SSHWriter()
    signature.append(text: format)
    signature.append(raw: body)
    var writer = SSHWriter()
    writer.append(raw: Self.magic)
    writer.append(Self.version)
    writer.append(string: publicKey.blob)
    writer.append(text: namespace)
    writer.append(text: "")
    writer.append(text: hashAlgorithm.rawValue)
    writer.append(string: signature.bytes)
    return writer.bytes
  }

  /// The armour, with a final line break.
  package var armour: String {
    let digits = Array(Base64.encode(bytes).utf8)
    var lines = [Self.begin]
    for start in stride(from: 0, to: digits.count, by: Self.columns) {
      lines.append(String(decoding: digits[start..<min(start + Self.columns, digits.count)], as: UTF8.self))
    }
    return lines.joined(separator: "\n") + "\n\(Self.end)\n"
  }

  static let magic = Array("SSHSIG".utf8)
  private static let version: UInt32 = 1
  private static let begin = "-----BEGIN SSH SIGNATURE-----"
  private static let end = "-----END SSH SIGNATURE-----"
  private static let columns = 70

  private static func dearmour(_ armour: String) throws(Failure) -> [UInt8] {
    func refusal(_ message: String) -> Failure { Failure(.armourMalformed, "a signature", message) }
    var text = Array(armour.utf8)
    guard text.count <= Bounds.signature else { throw refusal("it is larger than any signature") }
    if text.last == UInt8(ascii: "\n") { text.removeLast() }
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    guard let first = lines.first, first.elementsEqual(begin.utf8) else {
      throw refusal("it does not begin with '\(begin)'; only SSH signatures are accepted")
    }
    guard lines.count > 2, let last = lines.last, last.elementsEqual(end.utf8) else {
      throw refusal("it does not end with '\(end)'")
    }
    let rows = lines.dropFirst().dropLast()
    guard let final = rows.last, (1...columns).contains(final.count),
      rows.dropLast().allSatisfy({ $0.count == columns })
    else { throw refusal("it is not wrapped at \(columns) columns") }
    guard let bytes = Base64.decode(rows.joined()) else { throw refusal("its base64 is not canonical") }
    return bytes
  }

  /// The lengths that each kind of signature has (RFC 8709; RFC 8332; RFC 5656, section 3.1.2; PROTOCOL.u2f).
  private static func check(_ reader: inout SSHReader, by key: PublicKey) throws(Failure) {
    let isOK: Bool
    switch key.algorithm {
    case .ed25519: isOK = isCanonicalEd25519(reader.string())
    case .rsa: isOK = reader.string()?.count == key.modulusBytes
    case .ecdsaP256:
      var numbers = SSHReader(reader.string() ?? [])
      let isPair = [numbers.positiveInteger(), numbers.positiveInteger()].allSatisfy {
        ($0?.count ?? 33) <= 32
      }
      isOK = isPair && numbers.isAtEnd
    case .securityKeyEd25519:
      let value = reader.string()
      let flags = reader.bytes(1)?.first
      isOK = isCanonicalEd25519(value) && flags != nil && reader.uint32() != nil
      if isOK, let flags, flags & 1 == 0 {
        throw Failure(
          .notTouched, "a signature",
          "the security key signed without being touched; sign with a key made without no-touch-required")
      }
    }
    guard isOK, reader.isAtEnd else {
      throw malformed("its parts do not have the lengths that \(key.algorithm.rawValue) has")
    }
  }

  /// 64 bytes whose second half, a little-endian number, lies below the order of the group (RFC 8032, section 5.1.7).
  ///
  /// OpenSSH 9.2 takes larger numbers, too, so that anybody could make a second signature from a first one; swift-crypto does not.
  private static func isCanonicalEd25519(_ value: [UInt8]?) -> Bool {
    guard let value, value.count == 64 else { return false }
    return value[32...].reversed().lexicographicallyPrecedes(groupOrder)
  }

  /// 2^252 + 27742317777372353535851937790883648493, big-endian.
  private static let groupOrder: [UInt8] =
    [0x10] + [UInt8](repeating: 0, count: 15) + [
      0x14, 0xde, 0xf9, 0xde, 0xa2, 0xf7, 0x9c, 0xd6, 0x58, 0x12, 0x63, 0x1a, 0x5c, 0xf5, 0xd3, 0xed,
    ]

  private static func malformed(_ message: String) -> Failure {
    Failure(.signatureMalformed, "a signature", message)
  }
}

extension PublicKey.Algorithm {
  /// SHA-1 signatures of RSA keys (`ssh-rsa`) are not among them.
  var signatureFormats: [String] {
    switch self {
    case .rsa: ["rsa-sha2-256", "rsa-sha2-512"]
    default: [rawValue]
    }
  }
}
