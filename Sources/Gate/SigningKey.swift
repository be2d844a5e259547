import Facts
import Failures
import Files
import Glibc
import StrictJSON

/// A key that signs: a private key file, or a public one whose private half the agent holds or lies beside it.
package struct SigningKey: Sendable, Hashable {
  /// The file that was named, or the setting that holds the key.
  package let path: String
  /// The public half, where it is in no file.
  private let inAgent: PublicKey?

  /// Names a key's file; nothing is read before it is used.
  package init(path: String) { (self.path, inAgent) = (path, nil) }

  /// A key's file that somebody typed.
  ///
  /// - Throws: `file-missing` as wrong input.
  package init(named path: String) throws(Failure) {
    try OwnFile.checkNamed(path)
    self.init(path: path)
  }

  /// A key that an agent holds.
  ///
  /// - Parameter setting: where it is named, for messages.
  package init(inAgent key: PublicKey, namedBy setting: String) { (path, inAgent) = (setting, key) }

  /// The key's public half, from a `.pub` file, or from a private key in OpenSSH's own format, with or without a passphrase.
  ///
  /// - Throws: `file-…` where the file cannot be read or, holding a private key, is open to others; `key-…` for what it holds.
  package func publicKey() throws(Failure) -> PublicKey {
    if let inAgent { return inAgent }
    // Mounted secrets are links; what counts is who can write or read the file itself.
    let file = try OwnFile.realPath(path)
    let bytes = try OwnFile.read(file, limit: Bounds.key, inSafeFolder: false)
    do throws(Failure) {
      if let blob = Self.publicBlob(ofPrivateKey: bytes) {
        _ = try OwnFile.read(file, limit: Bounds.key, allowing: .ownerAlone, inSafeFolder: false)
        return try PublicKey(blob: blob)
      }
      guard let text = String(validating: bytes, as: UTF8.self), !text.hasPrefix("-----BEGIN") else {
        throw Failure(
          .keyMalformed, "its content",
          "it is neither a public key nor a private one in OpenSSH's format; ssh-keygen -p -f FILE converts older formats"
        )
      }
      return try PublicKey(parsing: text)
    } catch {
      throw error.object == file ? error : error.within(path)
    }
  }

  /// Signs bytes.
  ///
  /// - Parameter namespace: the purpose, `git` for commits.
  /// - Returns: the armour with a final line break.
  /// - Throws: `signing-failed` where the private half cannot be used, `keygen-failed` where ssh-keygen did not run.
  package func sign(_ payload: [UInt8], namespace: String) async throws(Failure) -> String {
    let publicKey = try publicKey()
    let answer: SSHKeygen.Answer
    if inAgent == nil {
      answer = try await Self.askKeygen(path, payload, namespace)
    } else {
      let folder = try TemporaryFolder()
      let file = "\(folder.path)/key.pub"
      try OwnFile.create(Array("\(publicKey.line)\n".utf8), at: file)
      answer = try await Self.askKeygen(file, payload, namespace)
    }
    guard answer.code == 0 else { throw await whyNotSigned(publicKey, answer.errors) }
    let signature = try SSHSignature(armour: answer.output)
    guard signature.publicKey == publicKey, signature.namespace == namespace,
      signature.armour == answer.output
    else {
      throw Failure(.signingFailed, path, "ssh-keygen signed with another key or for another purpose")
    }
    return answer.output
  }

  private static func askKeygen(
    _ file: String, _ payload: [UInt8], _ namespace: String
  ) async throws(Failure) -> SSHKeygen.Answer {
    // A touch on a security key, or the question of an agent, takes a person's time.
    try await SSHKeygen.run(
      ["-Y", "sign", "-n", namespace, "-f", file], input: payload, seesAgent: true, limit: .seconds(Bounds.signing))
  }

  /// What ssh-keygen says of a key that no agent holds is that it finds no private key, or that nobody typed a passphrase.
  private func whyNotSigned(_ key: PublicKey, _ words: String) async -> Failure {
    let said = TerminalSafe.escaped(
      words.suffix(300).split(separator: "\n").last.map(String.init) ?? "ssh-keygen says nothing")
    let file = inAgent == nil ? (path.hasSuffix(".pub") ? String(path.dropLast(4)) : path) : "FILE"
    let add = "ssh-add \(file)"
    guard getenv("SSH_AUTH_SOCK") != nil else {
      return Failure(
        .signingFailed, path,
        "no agent runs here (SSH_AUTH_SOCK is not set), and without one it cannot be used: \(said)",
        hint: "Type: eval \"$(ssh-agent)\"; \(add) and then the praxis command again.")
    }
    let agent = try? await SSHKeygen.run(["-L"], seesAgent: true, by: "/usr/bin/ssh-add")
    guard let agent, agent.code < 2 else {
      return Failure(
        .signingFailed, path, "the agent of SSH_AUTH_SOCK does not answer: \(said)",
        hint: "Start one: eval \"$(ssh-agent)\"; \(add) and then the praxis command again.")
    }
    guard agent.output.split(separator: "\n").contains(where: { $0.hasPrefix(key.line) }) else {
      return Failure(
        .signingFailed, path, "the agent does not hold it: \(said)",
        hint: "Unlock the agent if it is locked (ssh-add -X), else: \(add) and then the praxis command again.")
    }
    return Failure(
      .signingFailed, path, "the agent holds it and did not sign with it: \(said)",
      hint: "Confirm it where the agent asks, or take it out and in again: ssh-add -d \(file); \(add)")
  }

  /// Makes a new ed25519 key without a passphrase: `path` for its owner alone, and `path.pub`.
  ///
  /// - Parameter comment: stands in the public file; visible ASCII and blanks.
  /// - Throws: `key-exists` where either file is there already; nothing is ever overwritten.
  package static func generate(at path: String, comment: String) async throws(Failure) -> SigningKey {
    guard comment.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else {
      throw Failure(.keyMalformed, path, "the comment of a key holds visible ASCII and blanks only")
    }
    // Made in a folder beside the place and then linked there: ssh-keygen replaces a file.
    let folder = try TemporaryFolder(in: OwnFile.folder(of: path))
    let made = folder.path + "/key"
    let answer = try await SSHKeygen.run(["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", made])
    guard answer.code == 0 else {
      throw Failure(
        .keygenFailed, path, "no key was made: \(TerminalSafe.escaped(String(answer.errors.suffix(300))))")
    }
    try OwnFile.synchronise(made)
    try OwnFile.synchronise(made + ".pub")
    try place(made, at: path)
    do throws(Failure) {
      try place(made + ".pub", at: path + ".pub")
    } catch {
      unlink(path)
      throw error
    }
    try OwnFile.synchronise(OwnFile.folder(of: path))
    return SigningKey(path: path)
  }

  private static func place(_ made: String, at path: String) throws(Failure) {
    guard try OwnFile.place(made, at: path) else {
      throw Failure(.keyExists, path, "it is there already and is not overwritten")
    }
  }

  /// The public half that every private key file of OpenSSH holds in the clear (PROTOCOL.key); nil for another file.
  private static func publicBlob(ofPrivateKey bytes: [UInt8]) -> [UInt8]? {
    var lines = bytes.split(separator: UInt8(ascii: "\n"))
    guard lines.first?.elementsEqual("-----BEGIN OPENSSH PRIVATE KEY-----".utf8) == true,
      lines.last?.elementsEqual("-----END OPENSSH PRIVATE KEY-----".utf8) == true
    else { return nil }
    lines = lines.dropFirst().dropLast()
    guard let content = Base64.decode(lines.joined()) else { return nil }
    var reader = SSHReader(content)
    let magic = Array("openssh-key-v1\0".utf8)
    guard reader.bytes(magic.count) == magic, reader.string() != nil, reader.string() != nil,
      reader.string() != nil, reader.uint32() == 1
    else { return nil }
    return reader.string()
  }
}
