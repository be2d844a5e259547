import Facts
import Testing

@testable import Gate

@Suite struct AllowedSignersTests {
  @Test func `what is written is read back`() async throws {
    let scratch = try Scratch()
    let alice = try #require(PersonName("alice"))
    let engine = try #require(PersonName("engine"))
    let signers = try AllowedSigners([
      .init(person: alice, key: await scratch.key("laptop").publicKey(), comment: "alice at her laptop"),
      .init(person: alice, key: await scratch.key("token").publicKey()),
      .init(person: engine, key: await scratch.key("engine").publicKey()),
    ])
    let again = try AllowedSigners(parsing: Array("# people\n\n".utf8) + signers.bytes)
    #expect(again == signers)
    #expect(again.keys(of: alice).count == 2)
    #expect(again.person(of: again.keys[2]) == engine)
  }

  @Test func `plain git verifies a commit with the file`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("alice")
    let alice = try #require(PersonName("alice"))
    let signers = try AllowedSigners([.init(person: alice, key: key.publicKey(), comment: "x")])
    try scratch.git("init", "-q", "-b", "main", "repo")
    try scratch.write(signers.bytes, to: "repo/policy/allowed_signers")
    try scratch.git("-C", "repo", "add", ".")
    try scratch.git(
      "-C", "repo", "-c", "gpg.format=ssh", "-c", "user.signingKey=\(key.path)", "commit", "-q", "-S", "-m",
      "x")
    let shown = try scratch.git(
      "-C", "repo", "-c", "gpg.ssh.allowedSignersFile=policy/allowed_signers", "log", "--show-signature",
      "--format=%G? %GS")
    #expect(
      try shown.contains("Good \"git\" signature for alice with ED25519 key \(key.publicKey().fingerprint)"))
    #expect(shown.contains("G alice"))
  }

  @Test func `one key for two people is refused, with the line`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key").publicKey().line
    let text = "alice namespaces=\"git\" \(key)\n\nbob namespaces=\"git\" \(key)\n"
    await expect(.signersMalformed) { _ = try AllowedSigners(parsing: Array(text.utf8)) }
    do {
      _ = try AllowedSigners(parsing: Array(text.utf8))
    } catch {
      #expect(error.object == "policy/allowed_signers line 3")
    }
  }

  @Test func `patterns, lists, authorities and other options are refused`() async throws {
    let scratch = try Scratch()
    let key = try await scratch.key("key").publicKey().line
    for line in [
      "* namespaces=\"git\" \(key)", "*@example.org namespaces=\"git\" \(key)",
      "a?b namespaces=\"git\" \(key)",
      "!bob,alice namespaces=\"git\" \(key)", "alice,bob namespaces=\"git\" \(key)",
      "\"alice\" namespaces=\"git\" \(key)",
      "Alice namespaces=\"git\" \(key)", "statement namespaces=\"git\" \(key)",
      "alice cert-authority \(key)", "alice cert-authority,namespaces=\"git\" \(key)",
      "alice namespaces=\"git\",cert-authority \(key)", "alice namespaces=\"*\" \(key)",
      "alice namespaces=\"git,file\" \(key)", "alice namespaces=\"git\",valid-before=\"20300101\" \(key)",
      "alice \(key)", "alice  namespaces=\"git\" \(key)", " alice namespaces=\"git\" \(key)",
      "alice\tnamespaces=\"git\" \(key)", "alice namespaces=\"git\" \(key)\r",
      "alice namespaces=\"git\" \(key) \u{0}x",
      "alice namespaces=\"git\" \(key) caf\u{e9}", "alice",
    ] {
      await expect(.signersMalformed) { _ = try AllowedSigners(parsing: Array("\(line)\n".utf8)) }
    }
  }

  @Test func `a key of a refused kind is refused, with the line`() async throws {
    await expect(.keyTypeRefused) {
      _ = try AllowedSigners(parsing: Array("alice namespaces=\"git\" ssh-dss AAAA\n".utf8))
    }
  }
}
