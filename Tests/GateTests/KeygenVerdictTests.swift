import Facts
import Foundation
import TestSupport
import Testing

@testable import Gate

private let now = Timestamp(microseconds: 1_790_000_000_000_000)

/// What ssh-keygen has to say before a signature is good: all of it, by programs that say a part.
@Suite struct KeygenVerdictTests {
  /// A program in ssh-keygen's place that says this and ends so.
  private func verify(saying words: String, endingWith code: Int, after more: String = "") async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let payload = Array("what is signed".utf8)
    let signature = try SSHSignature(armour: await key.sign(payload, namespace: "git"))
    let text = words.replacing("FINGERPRINT", with: signature.publicKey.fingerprint)
    try scratch.write(
      Array("#!/bin/sh\nprintf '%s\\n' '\(text)'\n\(more)\nexit \(code)\n".utf8), to: "ssh-keygen", mode: 0o700)
    try await SSHKeygen.verify(signature, over: payload, at: now, by: scratch.file("ssh-keygen"))
  }

  private static let good = "Good \"git\" signature for signer with ED25519 key FINGERPRINT"

  @Test func `a program that says all of it is recorded`() async throws {
    try await verify(saying: Self.good, endingWith: 0)
  }

  @Test(arguments: [1, 2, 255])
  func `good words with a bad end are no verdict`(code: Int) async {
    await expect(.keygenFailed) { try await verify(saying: Self.good, endingWith: code) }
  }

  @Test(arguments: [
    "Could not verify the signature of signer with ED25519 key FINGERPRINT",
    "Good \"file\" signature for signer with ED25519 key FINGERPRINT",
    "Good \"git\" signature for another with ED25519 key FINGERPRINT", "note: key FINGERPRINT",
  ])
  func `a good end with other words is no verdict`(words: String) async {
    await expect(.keygenFailed) { try await verify(saying: words, endingWith: 0) }
  }

  @Test(arguments: [
    "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "FINGERPRINTx", "FINGERPRINT\nand more", "",
  ])
  func `good words about another key are no verdict`(fingerprint: String) async {
    await expect(.keygenFailed) {
      try await verify(saying: "Good \"git\" signature for signer with ED25519 key \(fingerprint)", endingWith: 0)
    }
  }

  @Test func `good words of which a part goes on, or that a signal ends, are no verdict`() async {
    for more in ["sleep 60 &", "kill -9 $$"] {
      await expect(.keygenFailed) { try await verify(saying: Self.good, endingWith: 0, after: more) }
    }
  }

  @Test func `an armour is never larger than the largest that there can be`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let good = try SSHSignature(armour: await key.sign([1], namespace: "git"))
    func armour(namespace: Int) throws -> String {
      var writer = SSHWriter()
      writer.append(raw: Array("SSHSIG".utf8))
      writer.append(1)
      writer.append(string: good.publicKey.blob)
      writer.append(text: String(repeating: "x", count: namespace))
      writer.append(text: "")
      writer.append(text: "sha512")
      var inner = SSHWriter()
      inner.append(text: good.format)
      inner.append(raw: good.body)
      writer.append(string: inner.bytes)
      return try SSHSignature(bytes: writer.bytes).armour
    }
    _ = try SSHSignature(armour: armour(namespace: 11_000))
    await expect(.armourMalformed) { _ = try SSHSignature(armour: armour(namespace: 12_500)) }
    await expect(.signatureMalformed) { _ = try armour(namespace: 0) }
  }

  /// One signature has one form: what is read, whatever was done to it, is written as the bytes that it was read from.
  @Test func `a signature that is accepted is written again as it was`() async throws {
    let scratch = try Scratch()
    var random = SeededGenerator(seed: 8)
    var accepted = 0
    for (kind, bits) in [("ed25519", "256"), ("ecdsa", "256"), ("rsa", "3072")] {
      try scratch.keygen("-q", "-t", kind, "-b", bits, "-N", "", "-f", scratch.file(kind))
      let armour = try await SigningKey(path: scratch.file(kind)).sign([1], namespace: "git")
      let good = try SSHSignature(armour: armour).bytes
      for _ in 0..<3_000 {
        var bytes = good
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
        case 2: bytes.remove(at: position)
        default: bytes.insert(0, at: position)
        }
        guard let signature = try? SSHSignature(bytes: bytes) else { continue }
        accepted += 1
        #expect(signature.bytes == bytes)
      }
    }
    #expect(accepted > 1_000)
  }
}
