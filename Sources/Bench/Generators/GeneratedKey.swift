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
    let digits = Array(Data(bytes).base64EncodedString().utf8)
    let lines = stride(from: 0, to: digits.count, by: 70).map {
      String(decoding: digits[$0..<min($0 + 70, digits.count)], as: UTF8.self)
    }
    return (["-----BEGIN SSH SIGNATURE-----"] + lines + ["-----END SSH SIGNATURE-----"]).joined(separator: "\n")
  }

  private static func string(_ bytes: [UInt8]) -> [UInt8] {
    withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Array($0) } + bytes
  }
}
