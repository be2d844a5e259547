import Crypto
import Facts
import Foundation
import Gate

/// An ed25519 key that follows from a seed and a name, and signs in this process: ssh-keygen takes 4 ms a signature.
struct GeneratedKey {
  let name: String
  let publicKey: PublicKey
  private let key: Curve25519.Signing.PrivateKey

  init(_ name: String, seed: UInt64) throws {
    self.name = name
    key = try Curve25519.Signing.PrivateKey(rawRepresentation: SHA256.hash(data: Data("\(seed) key of \(name)".utf8)))
    publicKey = try PublicKey(
      blob: Self.string(Array(Self.algorithm.utf8)) + Self.string(Array(key.publicKey.rawRepresentation)))
  }

  private static let algorithm = "ssh-ed25519"

  /// An armoured signature in namespace `git`, without a final line break (PROTOCOL.sshsig).
  func sign(_ payload: [UInt8]) throws -> String {
    let magic = Array("SSHSIG".utf8)
    let purpose = Self.string(Array("git".utf8)) + Self.string([]) + Self.string(Array("sha512".utf8))
    let signature = try key.signature(for: magic + purpose + Self.string(Array(SHA512.hash(data: payload))))
    let bytes =
      magic + [0, 0, 0, 1] + Self.string(publicKey.blob) + purpose
      + Self.string(Self.string(Array(Self.algorithm.utf8)) + Self.string(Array(signature)))
    return Self.armour(bytes, "SSH SIGNATURE")
  }

  /// The key as ssh-keygen keeps it, without a passphrase (OpenSSH's PROTOCOL.key).
  var privateKeyFile: [UInt8] {
    let (seed, point) = (Array(key.rawRepresentation), Array(key.publicKey.rawRepresentation))
    // Two equal numbers tell whoever decrypts whether the passphrase was right; here is none.
    var secret: [UInt8] = Array(repeating: 7, count: 8)
    secret += Self.string(Array(Self.algorithm.utf8)) + Self.string(point) + Self.string(seed + point)
    secret += Self.string(Array(name.utf8))
    secret += (1...8).prefix((8 - secret.count % 8) % 8)
    let none = Self.string(Array("none".utf8))
    let bytes =
      Array("openssh-key-v1\0".utf8) + none + none + Self.string([]) + [0, 0, 0, 1] + Self.string(publicKey.blob)
      + Self.string(secret)
    return Array((Self.armour(bytes, "OPENSSH PRIVATE KEY") + "\n").utf8)
  }

  private static func armour(_ bytes: [UInt8], _ what: String) -> String {
    let digits = Array(Data(bytes).base64EncodedString().utf8)
    let lines = stride(from: 0, to: digits.count, by: 70).map {
      String(decoding: digits[$0..<min($0 + 70, digits.count)], as: UTF8.self)
    }
    return (["-----BEGIN \(what)-----"] + lines + ["-----END \(what)-----"]).joined(separator: "\n")
  }

  private static func string(_ bytes: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
  }
}
