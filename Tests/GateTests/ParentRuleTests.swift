import Facts
import Failures
import Foundation
import Git
import Testing

@testable import Gate

private let receipt = "observations/hosts.json"
private let finding = "findings/open/hosts/web1/kernel-0123456789ab.drift.json"

@Suite struct ParentRuleTests {
  @Test
  func `records and changes made by plain git verify, from the introduction and from where one left off`()
    async throws
  {
    let site = try await Site()
    try site.commit([receipt: "1", finding: "{}"], by: "engine")
    let middle = try site.commit([receipt: "2", finding: nil], by: "scout")
    try site.commit(["praxis.yaml": "format: praxis.config/1\nsources: {}\n"], by: "alice")
    let proposal = try site.propose(["known-good/hosts/web1.json": "{}\n"])
    try site.commit(site.ledger(proposal, .withdrawn), by: "engine")
    let history = try await site.verify()
    #expect(history.commits.map(\.commitClass) == [.record, .record, .change, .record])
    #expect(history.commits.map(\.signer?.text) == ["engine", "scout", "alice", "engine"])
    #expect(history.policy.policy.version == 1)
    #expect(try await site.verify(from: middle).commits.count == 2)
    #expect(try await site.verify(from: history.tip).commits.isEmpty)
  }

  @Test(arguments: [
    ("alice", receipt, Failure.Code.roleMissing), ("bob", finding, .roleMissing),
    ("mallory", receipt, .unknownKey),
    ("scout", "observations/network.json", .sourceNotAllowed),
    ("scout", "findings/open/network/a/b.drift.json", .sourceNotAllowed),
    ("scout", "findings/closed/network/a/b.drift/c.json", .sourceNotAllowed),
    ("engine", "praxis.yaml", .roleMissing),
    ("bob", "praxis.yaml", .roleMissing), ("engine", "policy/hooks", .roleMissing),
    ("alice", "policy/hooks", .policyVersion),
    ("engine", "known-good/hosts/web1.json", .notAnInverse),
    ("bob", "known-good/hosts/web1.json", .notAnInverse),
    ("alice", "waivers/f-0123456789ab.json", .notAnInverse),
    ("engine", "approvals/p-1/bob.json", .notAnInverse),
    ("engine", "README.md", .pathMalformed), ("engine", "readme", .pathNotAllowed),
    ("alice", "readme", .pathNotAllowed),
    ("engine", ".gitattributes", .pathMalformed), ("engine", "observations/.gitattributes", .pathMalformed),
    ("engine", "observations/a b.json", .pathMalformed),
    ("engine", "findings/open/hosts/x.json", .pathNotAllowed),
    ("engine", "findings/other/hosts/web1/x.drift.json", .pathNotAllowed),
    ("engine", "findings/open/x_y/web1/x.json", .pathNotAllowed),
    ("engine", "executions/a/b.json", .pathNotAllowed), ("engine", "policy/a/b", .pathNotAllowed),
  ])
  func `a path that is not the signer's is refused`(
    signer: String, path: String, reason: Failure.Code
  ) async throws {
    let site = try await Site()
    try site.commit([path: "x"], by: signer)
    await expect(reason) { try await site.verify() }
  }

  @Test func `an engine's commit that also touches the policy is refused, and named`() async throws {
    let site = try await Site()
    let good = try site.commit([receipt: "1"], by: "engine")
    let bad = try site.commit(site.policy { _ in }.merging([receipt: "2"]) { one, _ in one }, by: "engine")
    try site.commit([receipt: "3"], by: "engine")
    await expect(.mixedPaths) { try await site.verify() }
    do {
      try await site.verify(from: good)
    } catch let error as Failure {
      #expect(error.object == "commit \(bad)")
      #expect(error.isRefusal)
    }
  }

  @Test func `an unsigned commit, an empty one and a link are refused`() async throws {
    let unsigned = try await Site()
    try unsigned.commit([receipt: "1"], by: nil)
    await expect(.unsigned) { try await unsigned.verify() }

    let empty = try await Site()
    try empty.commit([:], by: "engine")
    await expect(.nothingChanged) { try await empty.verify() }

    let link = try await Site()
    try FileManager.default.removeItem(atPath: link.scratch.file("repo/" + receipt))
    try FileManager.default.createSymbolicLink(
      atPath: link.scratch.file("repo/" + receipt), withDestinationPath: "/etc/passwd")
    try link.commit([:], by: "engine")
    await expect(.pathMalformed) { try await link.verify() }
  }

  @Test func `the ledger of executions only grows`() async throws {
    let site = try await Site()
    let proposal = try site.propose([:], action: .converge, tier: .t2, source: "network")
    try site.merge("proposal/\(proposal.id)", by: "alice")
    try site.commit(site.ledger(proposal, .started), by: "engine")
    try site.commit(site.ledger(proposal, .finished) { $0.result = .init(.succeeded, exitCode: 0) }, by: "engine")
    _ = try await site.verify()
    try site.commit(["executions/\(proposal.id).json": nil], by: "engine")
    await expect(.ledgerRemoved) { try await site.verify() }
  }

  @Test func `a commit whose signature belongs to another commit is refused`() async throws {
    let site = try await Site()
    try site.commit([receipt: "1"], by: "engine")
    let signed = try site.git("cat-file", "commit", "HEAD")
    try site.git("reset", "-q", "--soft", "HEAD~1")
    try site.commit([receipt: "2"], by: "engine")
    let other = try site.git("cat-file", "commit", "HEAD")
    let tree = try #require(other.split(separator: "\n").first)
    let forged =
      ([String(tree)]
      + signed.split(separator: "\n", omittingEmptySubsequences: false).dropFirst().map(String.init))
      .joined(separator: "\n") + "\n"
    try site.scratch.write(forged, to: "forged")
    let id = try site.git("hash-object", "-t", "commit", "-w", site.scratch.file("forged"))
    try site.git("update-ref", "refs/heads/main", id)
    await expect(.badSignature) { try await site.verify() }
  }

  @Test func `a commit in another form than the strict one is refused`() async throws {
    let site = try await Site()
    try site.commit([receipt: "1"], by: "engine")
    let text = try site.git("cat-file", "commit", "HEAD") + "\n"
    try site.scratch.write(text.replacing("gpgsig ", with: "gpgsig-junk x\ngpgsig "), to: "forged")
    let id = try site.git("hash-object", "-t", "commit", "-w", "--literally", site.scratch.file("forged"))
    try site.git("update-ref", "refs/heads/main", id)
    await expect(.commitMalformed) { try await site.verify() }
  }

  @Test func `a main that does not come from the introduction, or from what was verified, is refused`()
    async throws
  {
    let site = try await Site()
    let first = try site.commit([receipt: "1"], by: "engine")
    try site.git("reset", "-q", "--hard", site.introduction.hex)
    try site.commit([receipt: "2"], by: "engine")
    await expect(.rewound) { try await site.verify(from: first) }
    try site.git("checkout", "-q", "--orphan", "other")
    let other = try site.commit([receipt: "3"], by: "engine")
    try site.git("update-ref", "refs/heads/main", other.hex)
    await expect(.foreignHistory) { try await site.verify() }
  }

  @Test func `what cannot be read is an inability, not a refusal`() async throws {
    let site = try await Site()
    try site.commit([receipt: "1"], by: "engine")
    let tree = try site.git("rev-parse", "HEAD^{tree}")
    let path = site.scratch.file("repo/.git/objects/\(tree.prefix(2))/\(tree.dropFirst(2))")
    try FileManager.default.removeItem(atPath: path)
    await expect(.notFound) { try await site.verify() }
    #expect(Failure.Code.notFound.kind != .refused)
  }
}

@Suite struct PolicyChangeTests {
  @Test func `an admin adds a person, who may sign from the next commit on`() async throws {
    let site = try await Site()
    let mallory = try SigningKey(path: site.scratch.file("mallory")).publicKey()
    let signers =
      try site.scratch.text("repo/policy/allowed_signers") + "mallory namespaces=\"git\" \(mallory.line)\n"
    var files = try site.policy { $0.people[PersonName("mallory")!] = .init(engine: .all) }
    files[Layout.allowedSigners] = signers
    try site.commit(files, by: "alice")
    try site.commit([receipt: "1"], by: "mallory")
    let history = try await site.verify()
    #expect(history.policy.policy.version == 2)
    #expect(history.commits.map(\.signer?.text) == ["alice", "mallory"])
  }

  @Test func `nobody adds themselves`() async throws {
    let site = try await Site()
    let mallory = try SigningKey(path: site.scratch.file("mallory")).publicKey()
    let signers =
      try site.scratch.text("repo/policy/allowed_signers") + "mallory namespaces=\"git\" \(mallory.line)\n"
    var files = try site.policy { $0.people[PersonName("mallory")!] = .init(admin: true) }
    files[Layout.allowedSigners] = signers
    try site.commit(files, by: "mallory")
    await expect(.unknownKey) { try await site.verify() }

    // The working tree's file makes plain git content, and that is not what is asked.
    let shown = try site.git(
      "-c", "gpg.ssh.allowedSignersFile=policy/allowed_signers", "log", "-1", "--format=%G? %GS")
    #expect(shown == "G mallory")

    let other = try await Site()
    try other.commit(try other.policy { $0.people[PersonName("bob")!]?.admin = true }, by: "bob")
    await expect(.roleMissing) { try await other.verify() }
  }

  @Test func `a key that was removed signs no more`() async throws {
    let site = try await Site()
    var files = try site.policy { $0.people[PersonName("scout")!] = nil }
    files[Layout.allowedSigners] =
      try site.scratch.text("repo/policy/allowed_signers")
      .split(separator: "\n").filter { !$0.hasPrefix("scout ") }.joined(separator: "\n") + "\n"
    try site.commit([receipt: "1"], by: "scout")
    try site.commit(files, by: "alice")
    _ = try await site.verify()
    try site.commit([receipt: "2"], by: "scout")
    await expect(.unknownKey) { try await site.verify() }
  }

  @Test(arguments: [0, 2])
  func `a version that is not the next one is refused`(step: Int) async throws {
    let site = try await Site()
    try site.commit(try site.policy { _ in }, by: "alice")
    try site.commit(try site.policy { $0.version += step - 1 }, by: "alice")
    await expect(.policyVersion) { try await site.verify() }
  }

  @Test func `a policy that does not name the one before is refused`() async throws {
    let site = try await Site()
    try site.commit(try site.policy { $0.previous = Digest(of: []) }, by: "alice")
    await expect(.policyPrevious) { try await site.verify() }
  }

  @Test func `new keys alone need a new version, too`() async throws {
    let site = try await Site()
    let text = try site.scratch.text("repo/policy/allowed_signers")
    let mallory = try SigningKey(path: site.scratch.file("mallory")).publicKey()
    try site.commit([Layout.allowedSigners: text + "alice namespaces=\"git\" \(mallory.line)\n"], by: "alice")
    await expect(.policyVersion) { try await site.verify() }
  }

  @Test func `a policy that is broken, gone, or locks out its admins is refused`() async throws {
    for (text, reason) in [
      ("x", Failure.Code.policyMalformed), (nil, .policyMissing),
    ] as [(String?, Failure.Code)] {
      let site = try await Site()
      try site.commit([Layout.policy: text], by: "alice")
      await expect(reason) { try await site.verify() }
    }
    let site = try await Site()
    try site.commit(try site.policy { $0.adminThreshold = 2 }, by: "alice")
    await expect(.policyInconsistent) { try await site.verify() }
    let other = try await Site()
    try other.commit(["praxis.yaml": nil], by: "alice")
    await expect(.pathNotAllowed) { try await other.verify() }
  }

  @Test func `where two admins are needed, one cannot change anything, and two do by a merge`() async throws {
    let site = try await Site {
      $0.people[PersonName("bob")!]?.admin = true
      $0.adminThreshold = 2
    }
    let files = try site.policy { $0.people[PersonName("carol")!]?.operator?.upTo = .t1 }
    try site.git("checkout", "-q", "-b", "change")
    try site.commit(files, by: "bob")
    try site.git("checkout", "-q", "main")
    try site.commit([receipt: "1"], by: "engine")
    let before = try site.id("HEAD")
    try site.merge("change", by: "alice")
    let history = try await site.verify()
    #expect(history.commits.map(\.commitClass) == [.record, .change])
    #expect(history.policy.policy.version == 2)

    // One admin twice is one admin.
    try site.git("reset", "-q", "--hard", before.hex)
    try site.merge("change", by: "bob")
    await expect(.tooFewApprovals) { try await site.verify() }

    // An admin's signature under an earlier state of the branch is none under its end.
    try site.git("reset", "-q", "--hard", before.hex)
    try site.git("checkout", "-q", "change")
    try site.commit(["praxis.yaml": "format: praxis.config/1\nsources: {}\n"], by: "carol")
    try site.git("checkout", "-q", "main")
    try site.merge("change", by: "alice")
    await expect(.tooFewApprovals) { try await site.verify() }

    try site.git("reset", "-q", "--hard", before.hex)
    try site.commit(files, by: "alice")
    await expect(.tooFewApprovals) { try await site.verify() }
  }
}
