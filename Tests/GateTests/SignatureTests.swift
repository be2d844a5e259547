import Facts
import Failures
import Foundation
import Testing

@testable import Gate

private let now = Timestamp(microseconds: 1_790_000_000_000_000)
private let payload = Array("tree 1234\n\nwhat is signed\n".utf8)

@Suite struct SignatureTests {
  @Test(arguments: ["ed25519", "ecdsa", "rsa"])
  func `each accepted kind of key signs, is read back byte for byte and verifies`(kind: String) async throws {
    let scratch = try Scratch()
    try scratch.keygen(
      "-q", "-t", kind, "-b", ["ecdsa": "256", "rsa": "3072"][kind, default: "256"], "-N", "", "-f",
      scratch.file("key"))
    let key = SigningKey(path: scratch.file("key"))
    #expect(try key.publicKey() == PublicKey(parsing: scratch.text("key.pub")))
    let armour = try await key.sign(payload, namespace: "git")
    let signature = try SSHSignature(armour: armour)
    #expect(signature.armour == armour)
    #expect(signature.namespace == "git")
    #expect(signature.hashAlgorithm == .sha512)
    let signer = try await SSHSignature.verify(
      armour: armour, payload: payload, keys: [key.publicKey()], namespace: "git", at: now)
    #expect(try signer == key.publicKey())
  }

  @Test func `a fingerprint is the one that ssh-keygen shows`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let shown = try scratch.keygen("-l", "-f", scratch.file("key.pub"))
    #expect(try shown.split(separator: " ")[1] == key.publicKey().fingerprint)
  }

  @Test func `a generated key is its owner's alone and never replaces one`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let attributes = try FileManager.default.attributesOfItem(atPath: key.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let before = try scratch.read("key")
    await expect(.keyExists) { _ = try await scratch.key("key") }
    try FileManager.default.removeItem(atPath: scratch.file("key"))
    await expect(.keyExists) { _ = try await scratch.key("key") }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("key")))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["key.pub"])
    #expect(!before.isEmpty)
  }

  @Test func `a public key file signs when its private half lies beside it`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let byPublic = SigningKey(path: key.path + ".pub")
    let armour = try await byPublic.sign(payload, namespace: "git")
    try await SSHSignature.verify(
      armour: armour, payload: payload, keys: [key.publicKey()], namespace: "git", at: now)
  }

  @Test func `a key with a passphrase and no agent is an inability that says what to do`() async throws {
    let scratch = try Scratch()
    try scratch.keygen("-q", "-t", "ed25519", "-N", "a passphrase", "-f", scratch.file("key"))
    let key = SigningKey(path: scratch.file("key"))
    await expect(.signingFailed) { _ = try await key.sign(payload, namespace: "git") }
  }

  @Test func `a private key that others may read is not used`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: key.path)
    await expect(.filePermissions) { _ = try SigningKey(path: key.path).publicKey() }
  }

  @Test func `another payload is refused`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let armour = try await key.sign(payload, namespace: "git")
    await expect(.badSignature) {
      try await SSHSignature.verify(
        armour: armour, payload: payload + [0x0a], keys: [key.publicKey()], namespace: "git", at: now)
    }
  }

  @Test func `a signature for another purpose is refused`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let armour = try await key.sign(payload, namespace: "file")
    await expect(.wrongNamespace) {
      try await SSHSignature.verify(
        armour: armour, payload: payload, keys: [key.publicKey()], namespace: "git", at: now)
    }
  }

  @Test func `a signature whose namespace was rewritten is refused`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    var bytes = try SSHSignature(armour: await key.sign(payload, namespace: "tig")).bytes
    let position = try #require(bytes.firstRange(of: Array("tig".utf8))?.lowerBound)
    bytes.replaceSubrange(position..<position + 3, with: "git".utf8)
    let forged = try SSHSignature(bytes: bytes)
    await expect(.badSignature) {
      try await SSHSignature.verify(
        armour: forged.armour, payload: payload, keys: [key.publicKey()], namespace: "git", at: now)
    }
  }

  @Test func `a good signature of somebody else is refused`() async throws {
    let scratch = try Scratch()
    let alice = try await scratch.key("alice")
    let mallory = try await scratch.key("mallory")
    let armour = try await mallory.sign(payload, namespace: "git")
    await expect(.unknownKey) {
      try await SSHSignature.verify(
        armour: armour, payload: payload, keys: [alice.publicKey()], namespace: "git", at: now)
    }
    // The name of an allowed key on it does not help.
    let body = try SSHSignature(armour: armour)
    var writer = SSHWriter()
    writer.append(raw: Array("SSHSIG".utf8))
    writer.append(1)
    try writer.append(string: alice.publicKey().blob)
    writer.append(text: "git")
    writer.append(text: "")
    writer.append(text: "sha512")
    var inner = SSHWriter()
    inner.append(text: body.format)
    inner.append(raw: body.body)
    writer.append(string: inner.bytes)
    let forged = try SSHSignature(bytes: writer.bytes).armour
    await expect(.badSignature) {
      try await SSHSignature.verify(
        armour: forged, payload: payload, keys: [alice.publicKey()], namespace: "git", at: now)
    }
  }

  @Test func `every byte of a signature counts`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let bytes = try SSHSignature(armour: await key.sign(payload, namespace: "git")).bytes
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 0x10
      var refusal: Failure?
      do throws(Failure) {
        let armour = try SSHSignature(bytes: changed).armour
        try await SSHSignature.verify(
          armour: armour, payload: payload, keys: [key.publicKey()], namespace: "git", at: now)
      } catch {
        refusal = error
      }
      #expect(refusal?.isRefusal == true, "byte \(position): \(String(describing: refusal))")
    }
  }

  @Test func `armour in any form but the canonical one is refused`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let armour = try await key.sign(payload, namespace: "git")
    let rows = armour.split(separator: "\n").map(String.init)
    let base64 = rows.dropFirst().dropLast().joined()
    let begin = try #require(rows.first)
    let end = try #require(rows.last)
    let variants = [
      "wrapped at 76": "\(begin)\n\(base64.prefix(76))\n\(base64.dropFirst(76))\n\(end)\n",
      "wrapped at 64":
        ([begin] + stride(from: 0, to: base64.count, by: 64).map { String(base64.dropFirst($0).prefix(64)) }
        + [end]).joined(separator: "\n"),
      "another begin": armour.replacingOccurrences(of: begin, with: "-----BEGIN PGP SIGNATURE-----"),
      "another end": armour.replacingOccurrences(of: end, with: "-----END PGP SIGNATURE-----"),
      "on one line": "\(begin)\n\(base64)\n\(end)\n",
      "text before": "x\n" + armour,
      "text behind": armour + "x\n",
      "twice": armour + armour,
      "two final line breaks": armour + "\n",
      "CRLF": armour.replacingOccurrences(of: "\n", with: "\r\n"),
      "a blank at a line's end": armour.replacingOccurrences(of: "\n-----END", with: " \n-----END"),
      "an empty line": armour.replacingOccurrences(of: "\n-----END", with: "\n\n-----END"),
      "no base64": "\(begin)\n\(end)\n",
      "without an end": rows.dropLast().joined(separator: "\n"),
      "OpenPGP": "-----BEGIN PGP SIGNATURE-----\n\n\(base64)\n-----END PGP SIGNATURE-----\n",
      "X.509": "-----BEGIN SIGNED MESSAGE-----\n\(base64)\n-----END SIGNED MESSAGE-----\n",
      "nothing": "",
    ]
    for (name, variant) in variants {
      await expect(.armourMalformed) {
        _ = try SSHSignature(armour: variant)
        Issue.record("accepted: \(name)")
      }
    }
  }

  @Test func `bytes behind the signature, a reserved field and SHA-1 are refused`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key")
    let good = try SSHSignature(armour: await key.sign(payload, namespace: "git"))
    await expect(.signatureMalformed) { _ = try SSHSignature(bytes: good.bytes + [0]) }
    func assembled(
      version: UInt32 = 1, namespace: String = "git", reserved: String = "", hash: String = "sha512",
      format: String? = nil
    ) -> [UInt8] {
      var inner = SSHWriter()
      inner.append(text: format ?? good.format)
      inner.append(raw: good.body)
      var writer = SSHWriter()
      writer.append(raw: Array("SSHSIG".utf8))
      writer.append(version)
      writer.append(string: good.publicKey.blob)
      writer.append(text: namespace)
      writer.append(text: reserved)
      writer.append(text: hash)
      writer.append(string: inner.bytes)
      return writer.bytes
    }
    #expect(assembled() == good.bytes)
    await expect(.signatureMalformed) { _ = try SSHSignature(bytes: assembled(version: 2)) }
    await expect(.signatureMalformed) { _ = try SSHSignature(bytes: assembled(reserved: "x")) }
    await expect(.signatureMalformed) { _ = try SSHSignature(bytes: assembled(hash: "sha1")) }
    await expect(.signatureMalformed) { _ = try SSHSignature(bytes: assembled(namespace: "")) }
    await expect(.signatureMalformed) { _ = try SSHSignature(bytes: assembled(format: "rsa-sha2-512")) }
  }
}

@Suite struct PublicKeyTests {
  @Test func `kinds that are not accepted are refused by name`() async throws {
    let scratch = try Scratch()
    try scratch.keygen("-q", "-t", "ecdsa", "-b", "384", "-N", "", "-f", scratch.file("p384"))
    let line = try scratch.text("p384.pub")
    await expect(.keyTypeRefused) { _ = try PublicKey(parsing: line) }
    await expect(.keyTypeRefused) { _ = try PublicKey(parsing: "ssh-dss AAAAB3NzaC1kc3M= old") }
    await expect(.keyTypeRefused) { _ = try PublicKey(parsing: "ssh-ed25519-cert-v01@openssh.com AAAA x") }
    do {
      _ = try PublicKey(parsing: line)
    } catch {
      #expect(error.message.contains("ecdsa-sha2-nistp384"))
    }
  }

  @Test func `an RSA key of more bits than OpenSSH takes is refused`() async throws {
    func key(bits: Int) throws -> PublicKey {
      var writer = SSHWriter()
      writer.append(text: "ssh-rsa")
      writer.append(string: [1, 0, 1])
      writer.append(string: [0x00, 0x80] + [UInt8](repeating: 1, count: bits / 8 - 1))
      return try PublicKey(blob: writer.bytes)
    }
    #expect(try key(bits: 16_384).algorithm == .rsa)
    await expect(.keyMalformed) { _ = try key(bits: 16_392) }
  }

  @Test func `an RSA key of 2048 bits is too weak`() async throws {
    let scratch = try Scratch()
    try scratch.keygen("-q", "-t", "rsa", "-b", "2048", "-N", "", "-f", scratch.file("rsa"))
    await expect(.keyTooWeak) { _ = try PublicKey(parsing: scratch.text("rsa.pub")) }
    await expect(.keyTooWeak) { _ = try SigningKey(path: scratch.file("rsa")).publicKey() }
  }

  @Test func `a key that is cut, padded, mislabelled or not one line is refused`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key").publicKey()
    let base64 = Base64.encode(key.blob)
    #expect(try PublicKey(parsing: "ssh-ed25519 \(base64)") == key)
    #expect(try PublicKey(parsing: "ssh-ed25519 \(base64) with a comment\n") == key)
    for line in [
      "", "ssh-ed25519", " ssh-ed25519 \(base64)", "ssh-ed25519 \(base64)=",
      "ssh-ed25519 \(base64.dropLast(4))",
      "ssh-ed25519 \(Base64.encode(key.blob + [0]))", "ssh-rsa \(base64)", "ssh-ed25519\t\(base64)",
      "ssh-ed25519 \(base64)\nssh-ed25519 \(base64)", "ssh-ed25519 \(base64)\r\n",
      "ssh-ed25519 \(base64) a comment\nand another line", "ssh-ed25519 \(base64) a \u{7f} comment",
    ] {
      await expect(.keyMalformed) { _ = try PublicKey(parsing: line) }
    }
    for length in [31, 33] {
      var writer = SSHWriter()
      writer.append(text: "ssh-ed25519")
      writer.append(string: [UInt8](repeating: 7, count: length))
      await expect(.keyMalformed) { _ = try PublicKey(blob: writer.bytes) }
    }
  }

  @Test func `a signature of an untouched security key is refused`() async throws {
    var key = SSHWriter()
    key.append(text: "sk-ssh-ed25519@openssh.com")
    key.append(string: [UInt8](repeating: 7, count: 32))
    key.append(text: "ssh:")
    func signature(flags: UInt8) -> [UInt8] {
      var inner = SSHWriter()
      inner.append(text: "sk-ssh-ed25519@openssh.com")
      inner.append(string: [UInt8](repeating: 9, count: 64))
      inner.append(raw: [flags])
      inner.append(42)
      var writer = SSHWriter()
      writer.append(raw: Array("SSHSIG".utf8))
      writer.append(1)
      writer.append(string: key.bytes)
      writer.append(text: "git")
      writer.append(text: "")
      writer.append(text: "sha512")
      writer.append(string: inner.bytes)
      return writer.bytes
    }
    #expect(try SSHSignature(bytes: signature(flags: 1)).publicKey.algorithm == .securityKeyEd25519)
    await expect(.notTouched) { _ = try SSHSignature(bytes: signature(flags: 4)) }
  }

  @Test func `base64 is read in its canonical form only`() {
    for bytes in [[], [1], [1, 2], [1, 2, 3], Array(0...255)] as [[UInt8]] {
      let text = Base64.encode(bytes)
      #expect(text == Data(bytes).base64EncodedString())
      #expect(Base64.decode(text.utf8) == bytes)
    }
    for text in ["AA", "AA=", "AB==", "AAB=", "A===", "====", "AA==AAAA", "AA=A", "A A=", "AA-_", "AAAA\n"] {
      #expect(Base64.decode(text.utf8) == nil, "\(text)")
    }
  }
}
