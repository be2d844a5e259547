import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// One signature, one commit: what git itself takes for the same signed commit in other bytes is refused.
@Suite struct HookStrictCommitTests {
  /// A site whose main is an approval, and that approval's bytes.
  private func approval() async throws -> (HookSite, Proposal, raw: String) {
    let site = try await HookSite()
    let proposal = try site.approved()
    return (site, proposal, try site.site.git("cat-file", "commit", "HEAD") + "\n")
  }

  /// Puts main at other bytes of the approval, and asks.
  private func ask(_ site: HookSite, _ proposal: Proposal, _ raw: [UInt8]) throws -> HookSite.Answer {
    let outcome = try site.scratch.run(
      "/usr/bin/git", ["-C", "repo", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"], input: raw)
    let id = outcome.output.trimmingCharacters(in: .newlines)
    try #require(outcome.status == 0 && id.utf8.count == 40, "\(outcome)")
    try site.scratch.write("\(id)\n", to: "repo/.git/refs/heads/main")
    return try site.ask(proposal, ["main": id, "approval": id])
  }

  @Test func `the approval's own bytes are accepted`() async throws {
    let (site, proposal, raw) = try await approval()
    expectYes(try ask(site, proposal, Array(raw.utf8)))
  }

  @Test(arguments: [
    ("\ngpgsig ", "\ngpgsig-junk x\ngpgsig "), ("\ngpgsig ", "\ngpgsigner x\n y\ngpgsig "),
    ("\ngpgsig ", "\nencoding UTF-8\ngpgsig "), ("\ngpgsig ", "\nmergetag x\ngpgsig "),
    ("\nauthor ", "\ngpgsig-sha256 x\nauthor "), ("\nauthor ", "\n\nauthor "), ("\nauthor ", "\nauthor x <> "),
    ("-----END SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n junk\n"),
    ("-----END SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n \n"),
    ("-----END SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n -----END SSH SIGNATURE-----\n"),
    ("-----END SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\ngpgsig-junk x\n"),
    ("-----END SSH SIGNATURE-----\n", "-----END SSH SIGNATURE----- \n"),
    ("-----END SSH SIGNATURE-----\n", ""), ("-----BEGIN SSH SIGNATURE-----", "-----BEGIN PGP SIGNATURE-----"),
    ("-----BEGIN SSH SIGNATURE-----\n", "-----BEGIN SSH SIGNATURE-----\n \n"),
    ("\ntree ", "\ntree "), ("tree ", "object "), ("tree ", "tree  "), (" +0000\n", " +00000\n"),
    (" +0000\n", " 0000\n"),
    ("> 17", ">  17"), ("> 17", "> 017"), ("\napprove", "\r\napprove"), ("\napprove", "\napprove\0more"),
    ("\nparent ", "\nparent 0"),
  ])
  func `another form of the same commit is refused`(old: String, new: String) async throws {
    let (site, proposal, raw) = try await approval()
    let position = try #require(old == "\ntree " ? raw.startIndex..<raw.startIndex : raw.range(of: old))
    let other = raw.replacingCharacters(in: position, with: old == "\ntree " ? "\n" : new)
    try #require(other != raw)
    let answer = try ask(site, proposal, Array(other.utf8))
    // A merge may carry a signature of another kind, as a forge makes it, and is unsigned then.
    let codes = new.contains("PGP") ? ["unsigned"] : ["commit-malformed", "repository-failed"]
    #expect(codes.contains(answer.code ?? ""), "\(answer)")
  }

  @Test func `a signature of another commit is none of this one`() async throws {
    let (site, proposal, raw) = try await approval()
    for (old, new) in [("\napprove", "\nApprove"), ("\nauthor Ada", "\nauthor Eve"), (" 1700000000 ", " 1700000001 ")] {
      expect("bad-signature", try ask(site, proposal, Array(raw.replacingOccurrences(of: old, with: new).utf8)))
    }
  }

  @Test func `a commit that is larger than 64 KiB is refused, however well it is signed`() async throws {
    let site = try await HookSite()
    let proposal = try site.propose()
    try site.site.merge("proposal/\(proposal.id)", by: "alice", "-m", String(repeating: "long ", count: 12_000))
    expectYes(try site.ask(proposal))
    try site.site.git("reset", "-q", "--hard", site.site.introduction.hex)
    try site.site.merge("proposal/\(proposal.id)", by: "alice", "-m", String(repeating: "long ", count: 14_000))
    expect("commit-malformed", try site.ask(proposal))
  }

  @Test func `a signature that is written in other lines, twice, or with hidden bits is refused`() async throws {
    let (site, proposal, raw) = try await approval()
    let begin = try #require(raw.range(of: "gpgsig -----BEGIN SSH SIGNATURE-----\n"))
    let end = try #require(raw.range(of: " -----END SSH SIGNATURE-----\n"))
    let body = raw[begin.upperBound..<end.lowerBound].replacingOccurrences(of: "\n ", with: "").filter { $0 != "\n" }
      .drop { $0 == " " }
    func ask(lines: [Substring]) throws -> HookSite.Answer {
      let text = raw[..<begin.upperBound] + lines.map { " \($0)\n" }.joined() + raw[end.lowerBound...]
      return try self.ask(site, proposal, Array(text.utf8))
    }
    func rows(_ width: Int, _ body: Substring) -> [Substring] {
      stride(from: 0, to: body.count, by: width).map { body.dropFirst($0).prefix(width) }
    }
    expectYes(try ask(lines: rows(70, body)))
    for width in [64, 69, 71, 76, 10_000] { expect("commit-malformed", try ask(lines: rows(width, body))) }
    // The last digit before the padding has bits that nobody reads.
    let padding = body.reversed().prefix { $0 == "=" }.count
    if padding > 0 {
      var digits = Array(body)
      let position = digits.count - padding - 1
      let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
      let value = try #require(alphabet.firstIndex(of: digits[position]))
      digits[position] = alphabet[value + 1]
      expect("armour-malformed", try ask(lines: rows(70, Substring(String(digits)))))
    }
    let block = raw[begin.lowerBound..<end.upperBound]
    let twice = raw.replacingOccurrences(of: String(block), with: "\(block)\(block)")
    expect("commit-malformed", try self.ask(site, proposal, Array(twice.utf8)))
  }

  @Test func `a signature that is in another form within is refused before anybody asks whose it is`() async throws {
    let (site, proposal, raw) = try await approval()
    let begin = try #require(raw.range(of: "gpgsig -----BEGIN"))
    let end = try #require(raw.range(of: " -----END SSH SIGNATURE-----\n"))
    let rows = raw[begin.lowerBound..<end.upperBound].replacing("gpgsig ", with: "").split(separator: "\n")
    let good = try SSHSignature(armour: rows.map { $0.drop { $0 == " " } }.joined(separator: "\n"))
    func assembled(
      magic: String = "SSHSIG", version: UInt32 = 1, key: [UInt8]? = nil, reserved: String = "",
      hash: String = "sha512", format: String? = nil, body: [UInt8]? = nil, more: [UInt8] = []
    ) throws -> HookSite.Answer {
      var inner = SSHWriter()
      inner.append(text: format ?? good.format)
      inner.append(raw: body ?? good.body)
      var writer = SSHWriter()
      writer.append(raw: Array(magic.utf8))
      writer.append(version)
      writer.append(string: key ?? good.publicKey.blob)
      writer.append(text: "git")
      writer.append(text: reserved)
      writer.append(text: hash)
      writer.append(string: inner.bytes)
      writer.append(raw: more)
      let digits = Array(Base64.encode(writer.bytes).utf8)
      let lines = stride(from: 0, to: digits.count, by: 70).map {
        " " + String(decoding: digits[$0..<min($0 + 70, digits.count)], as: UTF8.self) + "\n"
      }
      let header = "gpgsig -----BEGIN SSH SIGNATURE-----\n" + lines.joined() + " -----END SSH SIGNATURE-----\n"
      return try ask(site, proposal, Array((raw[..<begin.lowerBound] + header + raw[end.upperBound...]).utf8))
    }
    expectYes(try assembled())
    expect("signature-malformed", try assembled(magic: "SSHSIH"))
    expect("signature-malformed", try assembled(version: 2))
    expect("signature-malformed", try assembled(reserved: "x"))
    expect("signature-malformed", try assembled(hash: "sha1"))
    expect("signature-malformed", try assembled(format: "ssh-rsa"))
    expect("signature-malformed", try assembled(body: [0, 0, 0, 63] + good.body.dropFirst(5)))
    expect("signature-malformed", try assembled(body: good.body + [0]))
    expect("signature-malformed", try assembled(more: [0]))
    var key = SSHWriter()
    key.append(text: "sk-ssh-ed25519@openssh.com")
    key.append(string: [UInt8](repeating: 7, count: 32))
    key.append(text: "ssh:")
    for (flags, code) in [(4, "not-touched"), (1, "unknown-key")] as [(UInt8, String)] {
      expect(
        code,
        try assembled(key: key.bytes, format: "sk-ssh-ed25519@openssh.com", body: good.body + [flags, 0, 0, 0, 42]))
    }
  }

  /// Signs the approval anew with ssh-keygen, in one way or another.
  private func signedAgain(
    with key: String, namespace: String = "git", hash: String = "sha512", by site: HookSite, _ proposal: Proposal
  ) throws -> HookSite.Answer {
    let raw = try site.site.git("cat-file", "commit", "HEAD") + "\n"
    let begin = try #require(raw.range(of: "gpgsig "))
    let end = try #require(raw.range(of: " -----END SSH SIGNATURE-----\n"))
    let payload = raw[..<begin.lowerBound] + raw[end.upperBound...]
    let armour = try site.scratch.keygen(
      "-Y", "sign", "-q", "-n", namespace, "-O", "hashalg=\(hash)", "-f", site.scratch.file(key),
      input: Array(payload.utf8))
    let header = "gpgsig " + armour.trimmingCharacters(in: .newlines).replacingOccurrences(of: "\n", with: "\n ") + "\n"
    let whole = raw[..<begin.lowerBound] + header + raw[end.upperBound...]
    return try ask(site, proposal, Array(whole.utf8))
  }

  @Test func `a signature is made for git, with either hash`() async throws {
    let (site, proposal, _) = try await approval()
    expectYes(try signedAgain(with: "alice", by: site, proposal))
    expectYes(try signedAgain(with: "alice", hash: "sha256", by: site, proposal))
    expect("wrong-namespace", try signedAgain(with: "alice", namespace: "file", by: site, proposal))
    expect("wrong-namespace", try signedAgain(with: "alice", namespace: "git2", by: site, proposal))
  }

  @Test(
    arguments: [
      ("ecdsa", "256", nil), ("rsa", "3072", nil), ("rsa", "2048", "key-too-weak"),
      ("ecdsa", "384", "signers-malformed"),
    ] as [(String, String, String?)])
  func `keys are of the kinds and lengths that praxis accepts`(type: String, bits: String, code: String?)
    async throws
  {
    let site = try await HookSite()
    try site.scratch.keygen("-q", "-t", type, "-b", bits, "-N", "", "-C", "", "-f", site.scratch.file("dora"))
    var files = try site.site.policy { $0.people[try! Site.person("dora")] = $0.people[try! Site.person("bob")] }
    let key = try site.scratch.text("dora.pub").trimmingCharacters(in: .whitespacesAndNewlines)
    files[Layout.allowedSigners] =
      try site.scratch.text("repo/" + Layout.allowedSigners) + "dora namespaces=\"git\" \(key)\n"
    try site.site.commit(files, by: "alice")
    let proposal = try site.propose(version: 2)
    try site.site.merge("proposal/\(proposal.id)", by: "dora")
    let answer = try site.ask(proposal)
    if let code { expect(code, answer) } else { expectYes(answer) }
  }

  @Test(arguments: [
    #"* namespaces="git" KEY"#, #"bob,zoe namespaces="git" KEY"#, #"zoe KEY"#, #"zoe namespaces="git,file" KEY"#,
    #"zoe cert-authority,namespaces="git" KEY"#, #"zoe namespaces="git" valid-before="20300101" KEY"#,
    #"statement namespaces="git" KEY"#, "zoe\tnamespaces=\"git\" KEY", #"zoe namespaces="git" BOB"#,
  ])
  func `a list of keys that is not plain is refused`(line: String) async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let signers = try site.scratch.text("repo/" + Layout.allowedSigners)
    let bob = try #require(signers.split(separator: "\n").first { $0.hasPrefix("bob ") }).split(separator: " ")
    let key = try site.scratch.text("mallory.pub").split(separator: " ")
    var files = try site.site.policy { $0.people[try! Site.person("zoe")] = $0.people[try! Site.person("bob")] }
    files[Layout.allowedSigners] =
      signers
      + line.replacingOccurrences(of: "KEY", with: "\(key[0]) \(key[1])").replacingOccurrences(
        of: "BOB", with: "\(bob[2]) \(bob[3])") + "\n"
    try site.site.commit(files, by: "alice")
    let answer = try site.ask(proposal)
    #expect(["signers-malformed", "policy-malformed"].contains(answer.code), "\(answer)")
  }
}
