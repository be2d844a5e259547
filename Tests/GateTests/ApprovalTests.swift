import Facts
import Failures
import Foundation
import Git
import Testing

@testable import Gate

private let receipt = "observations/hosts.json"
private let blessed = "known-good/hosts/web1.json"

@Suite struct ApprovalTests {
  @Test func `a merge by plain git approves, and main may move on while a proposal waits`() async throws {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"])
    try site.commit([receipt: "1"], by: "engine")
    try site.merge("proposal/\(proposal.id)", by: "bob")
    try site.commit([receipt: "2"], by: "engine")
    let history = try await site.verify()
    #expect(history.commits.map(\.commitClass) == [.record, .approval(proposal: proposal.id), .record])
    #expect(history.commits[1].signer?.text == "bob")
  }

  @Test
  func `two proposals made at once are both approved, and their branches go back past what was verified`()
    async throws
  {
    let site = try await Site()
    let one = try site.propose([blessed: "{}\n"])
    let two = try site.propose(["known-good/hosts/web2.json": "{}\n"], nonce: "ff")
    try site.merge("proposal/\(one.id)", by: "bob")
    let middle = try await site.verify().tip
    try site.commit([receipt: "1"], by: "engine")
    try site.merge("proposal/\(two.id)", by: "alice")
    #expect(try await site.verify(from: middle).commits.last?.commitClass == .approval(proposal: two.id))
  }

  @Test func `an approval by somebody who may not approve this is refused`() async throws {
    for (name, reason) in [
      ("carol", Failure.Code.sourceNotAllowed), ("engine", .roleMissing), ("mallory", .unknownKey),
    ] {
      let site = try await Site()
      let proposal = try site.propose([blessed: "{}\n"])
      try site.merge("proposal/\(proposal.id)", by: name)
      await expect(reason) { try await site.verify() }
    }
    let site = try await Site()
    let proposal = try site.propose([:], action: .converge, tier: .t3)
    try site.coApprove(proposal, by: "bob")
    try site.merge("proposal/\(proposal.id)", by: "alice")
    await expect(.tierNotAllowed) { try await site.verify() }
  }

  @Test func `a tier that the policy does not name is forbidden`() async throws {
    let site = try await Site { $0.tiers[.t1] = nil }
    let proposal = try site.propose([blessed: "{}\n"])
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.tierNotAllowed) { try await site.verify() }
  }

  @Test func `whoever proposes does not approve, unless the policy says so`() async throws {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"], by: "bob")
    let before = try site.id("HEAD")
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.selfApproval) { try await site.verify() }
    try site.git("reset", "-q", "--hard", before.hex)
    try site.merge("proposal/\(proposal.id)", by: "alice")
    _ = try await site.verify()

    let alone = try await Site { $0.selfApproval = [.t1] }
    let own = try alone.propose([blessed: "{}\n"], by: "bob")
    try alone.merge("proposal/\(own.id)", by: "bob")
    _ = try await alone.verify()
  }

  @Test func `people are counted, and not their keys`() async throws {
    let site = try await Site {
      $0.tiers[.t2]?.approvals = 2
      $0.selfApproval = [.t2]
    }
    // A second key of bob's.
    let mallory = try SigningKey(path: site.scratch.file("mallory")).publicKey()
    let text = try site.scratch.text("repo/policy/allowed_signers")
    var files = try site.policy { _ in }
    files[Layout.allowedSigners] = text + "bob namespaces=\"git\" \(mallory.line)\n"
    try site.commit(files, by: "alice")

    let proposal = try site.propose([:], action: .converge, tier: .t2, version: 2)
    let before = try site.id("HEAD")
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.tooFewApprovals) { try await site.verify() }

    try site.git("reset", "-q", "--hard", before.hex)
    try site.coApprove(proposal, by: "mallory", as: "bob")
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.tooFewApprovals) { try await site.verify() }

    try site.git("reset", "-q", "--hard", before.hex)
    try site.coApprove(proposal, by: "alice")
    try site.merge("proposal/\(proposal.id)", by: "bob")
    #expect(try await site.verify().commits.last?.signer?.text == "bob")
  }

  @Test func `a co-approval in another's name, for another proposal, or with more in it is refused`()
    async throws
  {
    for variant in 0..<4 {
      let site = try await Site()
      let proposal = try site.propose([blessed: "{}\n"])
      switch variant {
      case 0: try site.coApprove(proposal, by: "bob", as: "alice")
      case 1:
        var other = proposal
        other.targets = ["web2"]
        try site.coApprove(other, by: "bob")
      default:
        try site.git("checkout", "-q", "proposal/\(proposal.id)")
        let agreement = CoApproval(to: proposal, by: try Site.person("bob"))
        let text = String(decoding: agreement.bytes, as: UTF8.self)
        try site.commit(
          variant == 2 ? [agreement.path: text, blessed: "{ }\n"] : [agreement.path: text + "\n"], by: "bob")
        try site.git("checkout", "-q", "main")
      }
      try site.merge("proposal/\(proposal.id)", by: "alice")
      await expect(.coApprovalMalformed) { try await site.verify() }
    }
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"])
    try site.coApprove(proposal, by: "engine")
    try site.merge("proposal/\(proposal.id)", by: "alice")
    await expect(.roleMissing) { try await site.verify() }
  }
}

@Suite struct MergeFormTests {
  @Test func `a proposal that brings its own policy is refused`() async throws {
    let site = try await Site()
    let mallory = try SigningKey(path: site.scratch.file("mallory")).publicKey()
    let signers =
      try site.scratch.text("repo/policy/allowed_signers") + "mallory namespaces=\"git\" \(mallory.line)\n"
    let files = try site.policy {
      $0.people[PersonName("mallory")!] = .init(operator: .init(sources: .all, upTo: .t3))
    }
    let proposal = try site.propose([blessed: "{}\n"], by: "mallory") { _, all in
      all.merge(files) { $1 }
      all[Layout.allowedSigners] = signers
    }
    let before = try site.id("HEAD")
    try site.merge("proposal/\(proposal.id)", by: "mallory")
    await expect(.unknownKey) { try await site.verify() }
    try site.git("reset", "-q", "--hard", before.hex)
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.mixedPaths) { try await site.verify() }
  }

  @Test func `fast-forward, squash, extra edits, ours and an octopus are refused, each for its own reason`()
    async throws
  {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"])
    let branch = "proposal/\(proposal.id)"
    let other = try site.propose(["known-good/hosts/web2.json": "{}\n"], nonce: "ff")
    let base = try site.id("HEAD")

    try site.git("merge", "-q", "--ff-only", branch)
    await expect(.notAnInverse) { try await site.verify() }

    try site.git("reset", "-q", "--hard", base.hex)
    try site.commit([receipt: "1"], by: "engine")
    let before = try site.id("HEAD")
    func again() throws { try site.git("reset", "-q", "--hard", before.hex) }

    try site.git("merge", "-q", "--squash", branch)
    try site.commit([:], by: "bob")
    await expect(.notAnInverse) { try await site.verify() }

    try again()
    try site.merge(branch, by: "bob", "-s", "ours")
    await expect(.missingChanges) { try await site.verify() }

    for (path, text, reason) in [
      ("known-good/hosts/web9.json", "{}", Failure.Code.extraChanges), (blessed, "{ }", .extraChanges),
      (receipt, "2", .extraChanges), (blessed, nil, .missingChanges),
    ] as [(String, String?, Failure.Code)] {
      try again()
      try site.merge(branch, by: "bob")
      if let text {
        try site.scratch.write(Array(text.utf8), to: "repo/" + path, mode: 0o644)
      } else {
        try FileManager.default.removeItem(atPath: site.scratch.file("repo/" + path))
      }
      try site.git("add", "-A")
      try site.amend(by: "bob")
      await expect(reason) { try await site.verify() }
    }

    try again()
    try site.merge(branch, by: "bob", "proposal/\(other.id)")
    await expect(.wrongParents) { try await site.verify() }

    // The parents turned round, as a pull does it: main's old tip becomes the second parent.
    try again()
    try site.git("checkout", "-q", branch)
    try site.merge("main", by: "bob")
    try site.git("update-ref", "refs/heads/main", "HEAD")
    await expect(.notAnInverse) { try await site.verify() }
  }

  @Test func `a merge of nothing, of a merge, of records and of an unrelated branch are refused`()
    async throws
  {
    let site = try await Site()
    let old = try site.id("HEAD")
    try site.commit([receipt: "1"], by: "engine")
    let before = try site.id("HEAD")
    func forge(second: ObjectID) throws {
      let tree = try site.git("rev-parse", "HEAD^{tree}")
      let id = try site.scratch.git(
        "-C", "repo", "-c", "gpg.format=ssh", "-c", "user.signingKey=\(site.scratch.file("bob"))",
        "commit-tree", "-S", "-p",
        before.hex, "-p", second.hex, "-m", "x", tree)
      try site.git("update-ref", "refs/heads/main", id)
    }
    try forge(second: old)
    await expect(.branchMalformed) { try await site.verify() }
    try site.git("reset", "-q", "--hard", before.hex)

    try site.git("checkout", "-q", "-b", "side", old.hex)
    try site.commit(["observations/network.json": "1"], by: "engine")
    try site.git("checkout", "-q", "main")
    try site.merge("side", by: "bob")
    await expect(.wrongParents) { try await site.verify() }
    let withMerge = try site.id("HEAD")

    try site.git("reset", "-q", "--hard", before.hex)
    try forge(second: withMerge)
    await expect(.branchMalformed) { try await site.verify() }

    try site.git("reset", "-q", "--hard", before.hex)
    try site.git("checkout", "-q", "--orphan", "unrelated")
    let unrelated = try site.commit([blessed: "1"], by: "engine")
    try site.git("checkout", "-q", "main")
    try forge(second: unrelated)
    await expect(.branchMalformed) { try await site.verify() }
  }

  @Test func `of two proposals that touch one file, the second has to be proposed again`() async throws {
    let site = try await Site()
    let one = try site.propose([blessed: "1\n"])
    let two = try site.propose([blessed: "2\n"], nonce: "ff")
    try site.merge("proposal/\(one.id)", by: "bob")
    try site.merge("proposal/\(two.id)", by: "bob", "-X", "theirs")
    await expect(.outdatedProposal) { try await site.verify() }
  }
}

@Suite struct ProposalFileTests {
  @Test func `a proposal that says other than its branch does is refused`() async throws {
    typealias Edit = (inout Proposal, inout [String: String?]) -> Void
    let variants: [(Failure.Code, Edit)] = [
      (.proposalMismatch, { proposal, _ in proposal.base = String(repeating: "0", count: 40) }),
      (.proposalMismatch, { proposal, _ in proposal.policyVersion = 2 }),
      (.proposalMismatch, { proposal, _ in proposal.proposer = "bob" }),
      (.proposalMismatch, { proposal, _ in proposal.engine = "alice" }),
      (.proposalMismatch, { proposal, _ in proposal.dryRun = Digest(of: [1]) }),
      (.proposalMismatch, { proposal, _ in proposal.files = [] }),
      (
        .proposalMismatch,
        { proposal, _ in proposal.files.append(.init(path: "known-good/hosts/x.json", digest: nil)) }
      ),
      (.proposalMismatch, { proposal, _ in proposal.files[0].digest = Digest(of: [1]) }),
      (.proposalMismatch, { proposal, _ in proposal.files += proposal.files }),
      (.tierTooLow, { proposal, _ in proposal.tier = .t0 }),
      (.pathNotAllowed, { proposal, _ in proposal.action = .waive }),
      (.proposalMalformed, { proposal, _ in proposal.action = .converge }),
      (.sourceNotAllowed, { proposal, _ in proposal.source = SourceName("network")! }),
      (.proposalMismatch, { proposal, all in all["proposals/\(proposal.id)/more.txt"] = "x" }),
      (
        .proposalMalformed,
        { proposal, all in
          let text = String(decoding: proposal.bytes, as: UTF8.self)
          all["proposals/\(proposal.id)/proposal.json"] = text.replacing("  \"tier\"", with: "   \"tier\"")
        }
      ),
      (.proposalMalformed, { _, all in all["proposals/p-000000000000/dry-run.txt"] = "x" }),
      (.proposalMismatch, { proposal, all in all["approvals/\(proposal.id)/alice.json"] = "x" }),
    ]
    for (index, (reason, edit)) in variants.enumerated() {
      let site = try await Site()
      let proposal = try site.propose([blessed: "{}\n"], edit: edit)
      try site.merge("proposal/\(proposal.id)", by: "alice")
      await expect(reason) {
        try await site.verify()
        Issue.record("variant \(index) was accepted")
      }
    }
  }

  @Test func `a waiver is for a finding of the proposal's own source`() async throws {
    let site = try await Site()
    let (own, other) = (try Site.fact(), try Site.fact("x", of: "network"))
    let (id, foreign) = (own.id, other.id)
    try site.commit(Site.file(of: own).merging(Site.file(of: other)) { $1 }, by: "engine")
    let before = try site.id("HEAD")
    func waive(
      _ finding: FindingID, about subject: FindingID, nonce: String, delta: Digest = own.delta.fingerprint,
      edit: (inout Waiver) -> Void = { _ in }
    ) throws {
      try site.git("reset", "-q", "--hard", before.hex)
      var waiver = Waiver(
        finding: finding, kind: .changed, delta: own.delta.fingerprint, reason: "known", until: Site.now,
        proposer: "engine", proposal: Proposal.id(nonce: nonce))
      edit(&waiver)
      let proposal = try site.propose(
        ["waivers/\(finding).json": String(decoding: waiver.bytes, as: UTF8.self)], action: .waive, nonce: nonce,
        findings: [.init(finding: subject, delta: delta)]
      ) { proposal, _ in proposal.reason = "known" }
      try site.merge("proposal/\(proposal.id)", by: "bob")
    }
    try waive(id, about: id, nonce: "aa")
    _ = try await site.verify()
    try waive(id, about: foreign, nonce: "bb")
    await expect(.proposalMismatch) { try await site.verify() }
    try waive(foreign, about: foreign, nonce: "cc")
    await expect(.sourceNotAllowed) { try await site.verify() }
    // What is waived is what the proposal shows: its value, its reason, its id.
    try waive(id, about: id, nonce: "dd", delta: Digest(of: [1]))
    await expect(.proposalMismatch) { try await site.verify() }
    try waive(id, about: id, nonce: "ee") { $0.reason = "another" }
    await expect(.proposalMismatch) { try await site.verify() }
    try waive(id, about: id, nonce: "ff") { $0.proposal = "p-000000000000" }
    await expect(.proposalMismatch) { try await site.verify() }
    try waive(id, about: id, nonce: "ab") { $0.kind = .staleObservation }
    await expect(.proposalMalformed) { try await site.verify() }
  }

  @Test func `a proposal that was approved is not proposed again in another form`() async throws {
    let site = try await Site()
    let one = try site.propose([blessed: "1\n"])
    try site.merge("proposal/\(one.id)", by: "bob")
    try site.git("branch", "-q", "-D", "proposal/\(one.id)")
    let two = try site.propose([blessed: "2\n"])
    #expect(one.id == two.id)
    try site.merge("proposal/\(two.id)", by: "bob")
    await expect(.approvedBefore) { try await site.verify() }
  }

  @Test func `a proposal of somebody without a role for its source is refused`() async throws {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"], by: "carol")
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.roleMissing) { try await site.verify() }
  }
}

@Suite struct RevocationTests {
  @Test func `a revert by plain git revokes, and the approval never lives again`() async throws {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"])
    try site.merge("proposal/\(proposal.id)", by: "bob")
    let approval = try site.id("HEAD")
    try site.commit([receipt: "1"], by: "engine")
    try site.revert(approval.hex, by: "alice")
    let history = try await site.verify()
    #expect(history.commits.last?.commitClass == .revocation(proposal: proposal.id))
    let revoked = try site.id("HEAD")

    try site.scratch.git(
      "-C", "repo", "-c", "gpg.format=ssh", "-c", "user.signingKey=\(site.scratch.file("bob"))", "revert",
      "--no-edit", "-S", "HEAD")
    await expect(.notAnInverse) { try await site.verify() }

    // git itself holds the branch for merged, so the merge is made by hand.
    try site.git("reset", "-q", "--hard", revoked.hex)
    let paths = try site.git("diff", "--name-only", "\(approval.hex)^1", approval.hex).split(separator: "\n")
      .map(String.init)
    for path in paths { try site.git("checkout", "-q", approval.hex, "--", path) }
    let tree = try site.git("write-tree")
    let again = try site.scratch.git(
      "-C", "repo", "-c", "gpg.format=ssh", "-c", "user.signingKey=\(site.scratch.file("bob"))",
      "commit-tree", "-S", "-p",
      revoked.hex, "-p", "refs/heads/proposal/\(proposal.id)", "-m", "x", tree)
    try site.git("update-ref", "refs/heads/main", again)
    await expect(.approvedBefore) { try await site.verify() }
  }

  @Test func `only an operator of the source revokes`() async throws {
    for (name, reason) in [
      ("engine", Failure.Code.roleMissing), ("carol", .sourceNotAllowed), ("mallory", .unknownKey),
    ] {
      let site = try await Site()
      let proposal = try site.propose([blessed: "{}\n"])
      try site.merge("proposal/\(proposal.id)", by: "bob")
      try site.revert("HEAD", by: name)
      await expect(reason) { try await site.verify() }
    }
  }

  @Test func `whoever may not approve a tier may not revoke it, and a tier forbidden since can be revoked`()
    async throws
  {
    let site = try await Site()
    let proposal = try site.propose([:], action: .converge, tier: .t3)
    try site.coApprove(proposal, by: "bob")
    try site.git("branch", "-q", "before")
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.tooFewApprovals) { try await site.verify() }
    try site.git("reset", "-q", "--hard", "before")

    try site.commit(try site.policy { $0.people[PersonName("alice")!]?.operator?.upTo = .t3 }, by: "alice")
    try site.merge("proposal/\(proposal.id)", by: "alice")
    let approval = try site.id("HEAD")
    try site.commit(
      try site.policy {
        $0.people[PersonName("alice")!]?.operator?.upTo = .t2
        $0.tiers[.t3] = nil
      }, by: "alice")
    let before = try site.id("HEAD")
    try site.revert(approval.hex, by: "alice")
    await expect(.tierNotAllowed) { try await site.verify() }
    try site.git("reset", "-q", "--hard", before.hex)
    try site.revert(approval.hex, by: "bob")
    #expect(try await site.verify().commits.last?.commitClass == .revocation(proposal: proposal.id))
  }

  @Test func `what was executed, and what is not a whole approval, cannot be revoked`() async throws {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"])
    try site.merge("proposal/\(proposal.id)", by: "bob")
    let approval = try site.id("HEAD")
    try site.commit([blessed: nil], by: "bob")
    await expect(.notAnInverse) { try await site.verify() }

    try site.git("reset", "-q", "--hard", approval.hex)
    try site.commit(["proposals/\(proposal.id)/dry-run.txt": nil], by: "bob")
    await expect(.notAnInverse) { try await site.verify() }

    try site.git("reset", "-q", "--hard", approval.hex)
    try site.commit(site.ledger(proposal, .finished), by: "engine")
    try site.revert(approval.hex, by: "bob")
    await expect(.alreadyExecuted) { try await site.verify() }
  }

  @Test func `what a later approval has changed cannot be revoked`() async throws {
    let site = try await Site()
    let one = try site.propose([blessed: "1\n"])
    try site.merge("proposal/\(one.id)", by: "bob")
    let two = try site.propose([blessed: "2\n"], nonce: "ff")
    try site.merge("proposal/\(two.id)", by: "bob")
    _ = try await site.verify()
    // Everything that the first approval added goes, its file in the second one's form.
    try site.commit(
      [
        blessed: nil, "proposals/\(one.id)/proposal.json": nil, "proposals/\(one.id)/dry-run.txt": nil,
        "approvals/\(one.id)/statement.json": nil,
      ], by: "bob")
    await expect(.notAnInverse) { try await site.verify() }
  }
}
