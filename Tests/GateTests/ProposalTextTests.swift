import Facts
import Failures
import Git
import StrictJSON
import Testing

@testable import Gate

private let blessed = "known-good/hosts/web1.json"

/// A text for people that says something else than the proposal does, with its right digest: refused whoever asks.
@Suite struct LyingTextTests {
  private typealias Edit = (inout Proposal, inout [String: String?]) -> Void

  /// Writes another text over the one that praxis would write.
  private func lie(_ site: Site, _ change: @escaping (String) -> String, and edit: @escaping Edit = { _, _ in }) -> Edit
  {
    { proposal, files in
      edit(&proposal, &files)
      let honest = (try? site.honestText(of: proposal, bringing: files)) ?? ""
      let text = change(honest)
      #expect(text != honest)
      proposal.dryRun = Digest(of: Array(text.utf8))
      files["proposals/\(proposal.id)/dry-run.txt"] = text
    }
  }

  /// Reviews, merges by plain git with an operator's signature, verifies and examines.
  private func expectRefused(
    _ site: Site, _ proposal: Proposal, _ reason: Failure.Code = .textMismatch,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let (tip, main) = (try site.id("proposal/\(proposal.id)"), try site.id("main"))
    func review() async throws {
      _ = try await site.gate.review(branch: tip, onto: main)
    }
    await expect(reason, review, sourceLocation: sourceLocation)
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(reason, { try await site.verify() }, sourceLocation: sourceLocation)
    let merge = try site.id("main")
    let commit = try await site.repository.commit(merge)
    let examined = try await site.gate.examine(
      commit, merge, changing: try await site.repository.differences(from: main, to: merge),
      under: try await PolicyInForce.read(from: site.repository, at: main))
    #expect(examined.refusals.map(\.code) == [reason], sourceLocation: sourceLocation)
    try site.git("reset", "-q", "--hard", main.hex)
    try site.git("branch", "-q", "-D", "proposal/\(proposal.id)")
  }

  private static func facts(_ facts: JSON, target: TargetName = "web1", source: String = "hosts") throws -> String {
    let known = KnownGood(
      source: try Site.source(source), target: target, observedAt: Site.now, run: RunID(begin: Site.now, tail: 7),
      tool: "collector", facts: facts)
    return String(decoding: known.bytes, as: UTF8.self)
  }

  @Test func `a text that hides a backdoor in a known-good, or one line of it, is refused`() async throws {
    let site = try await Site()
    let good: JSON = ["kernel": "6.1", "users": ["alice"]]
    let first = try site.propose([blessed: Self.facts(good)])
    try site.merge("proposal/\(first.id)", by: "bob")
    _ = try await site.verify()
    let bad = try Self.facts(["kernel": "6.2", "users": ["alice", "backdoor"]])
    let lies: [(String) -> String] = [
      {
        $0.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("backdoor") }.joined(
          separator: "\n")
      },
      { $0.replacing("backdoor", with: "bob") }, { $0 + "\n" }, { String($0.dropLast()) },
      { _ in "1 fact changed: /kernel\n" }, { _ in "" },
    ]
    for change in lies {
      try await expectRefused(site, site.propose([blessed: bad], nonce: "ff", edit: lie(site, change)))
    }
    // The other way round: an honest text over a known-good with another fact in it.
    let honest = try site.propose([blessed: bad], nonce: "ff")
    let text = try site.git("show", "proposal/\(honest.id):proposals/\(honest.id)/dry-run.txt") + "\n"
    try site.git("branch", "-q", "-D", "proposal/\(honest.id)")
    let worse = try Self.facts(["kernel": "6.2", "users": ["alice", "backdoor", "mallory"]])
    try await expectRefused(site, site.propose([blessed: worse], nonce: "ff", edit: lie(site, { _ in text })))
    let right = try site.propose([blessed: bad], nonce: "ee")
    try site.merge("proposal/\(right.id)", by: "bob")
    _ = try await site.verify()
  }

  @Test func `a text of a waiver or a retraction that names another finding is refused`() async throws {
    let site = try await Site()
    let (one, two) = (try Site.fact("/kernel"), try Site.fact("/sudoers"))
    try site.commit(Site.file(of: one).merging(Site.file(of: two)) { $1 }, by: "engine")
    func named(_ proposal: inout Proposal) { proposal.reason = "known" }
    let waiver = Waiver(
      finding: two.id, kind: two.kind, delta: two.delta.fingerprint, reason: "known", until: Site.now,
      proposer: "engine", proposal: Proposal.id(nonce: "aa"))
    let subject = Proposal.Subject(finding: two.id, delta: two.delta.fingerprint)
    let files = ["waivers/\(two.id).json": String(decoding: waiver.bytes, as: UTF8.self)]
    for (action, brought) in [(Proposal.Action.waive, files), (.retract, [:])] {
      let lies: [(String) -> String] = [
        { $0.replacing(two.id.text, with: one.id.text).replacing("/sudoers", with: "/kernel") },
        { $0.replacing("      + \"2\"\n", with: "") }, { $0.replacing("known", with: "harmless") },
      ]
      for change in lies {
        try await expectRefused(
          site,
          site.propose(
            brought, action: action, nonce: "aa", findings: [subject],
            edit: lie(site, change) { proposal, _ in proposal.reason = "known" }))
      }
      let right = try site.propose(brought, action: action, nonce: "aa", findings: [subject]) { proposal, _ in
        proposal.reason = "known"
      }
      try site.merge("proposal/\(right.id)", by: "bob")
      _ = try await site.verify()
      try site.git("reset", "-q", "--hard", "HEAD~1")
      try site.git("branch", "-q", "-D", "proposal/\(right.id)")
    }
  }

  @Test func `the head of a text of what a tool runs is computed from the proposal`() async throws {
    let site = try await Site()
    let lies: [(String) -> String] = [
      { $0.replacing("Tier T2: nothing is deleted or replaced, and nothing runs unseen", with: "Tier T1: harmless") },
      { $0.replacing("file.a", with: "file.b") }, { $0.replacing("1 change", with: "no change") },
      { $0.replacing("    apply", with: "    plan") }, { "Nothing would change.\n\n" + $0 },
    ]
    for change in lies {
      try await expectRefused(
        site, site.propose([:], action: .converge, tier: .t2, source: "network", edit: lie(site, change)))
    }
    let right = try site.propose([:], action: .converge, tier: .t2, source: "network")
    try site.merge("proposal/\(right.id)", by: "bob")
    _ = try await site.verify()
  }

  @Test func `what a tool is to change is held against the findings that it would end`() async throws {
    let site = try await Site()
    let finding = try Site.fact("file.a", of: "network")
    let lies: [(Failure.Code, Edit)] = [
      (
        .sourceNotAllowed,
        { proposal, _ in
          let other = FindingID("f-0123456789ab")!
          proposal.findings = [.init(finding: other, delta: finding.delta.fingerprint)]
          proposal.changes[0].finding = other
        }
      ),
      (
        .proposalMismatch,
        { proposal, _ in proposal.findings = [.init(finding: finding.id, delta: Digest(of: []))] }
      ),
      (.proposalMismatch, { proposal, _ in proposal.changes[0].subject = "file.b" }),
      (
        .proposalMismatch,
        { proposal, _ in
          proposal.targets = ["web1", "web2"]
          proposal.changes[0].target = "web2"
        }
      ),
    ]
    for (reason, edit) in lies {
      for action in [Proposal.Action.converge, .adopt] {
        try await expectRefused(
          site, site.propose([:], action: action, tier: .t2, source: "network", edit: edit), reason)
      }
    }
  }

  @Test func `what a proposal says of its files is what they hold`() async throws {
    let site = try await Site()
    let (one, two) = (try Site.fact("/kernel"), try Site.fact("/sudoers"))
    try site.commit(Site.file(of: one).merging(Site.file(of: two)) { $1 }, by: "engine")
    let known = try Site.knownGood(blessed, "1")
    let variants: [(Failure.Code, [String: String], Edit)] = [
      // A target more, a target less, one twice, another one.
      (.proposalMismatch, [blessed: known], { proposal, _ in proposal.targets = ["web1", "web2"] }),
      (.proposalMismatch, [blessed: known], { proposal, _ in proposal.targets = [] }),
      (.proposalMismatch, [blessed: known], { proposal, _ in proposal.targets = ["web1", "web1"] }),
      (.proposalMismatch, [blessed: known], { proposal, _ in proposal.targets = ["web2"] }),
      (.proposalMismatch, [blessed: try Self.facts(["a": 1], target: "web2")], { _, _ in }),
      (.proposalMismatch, [blessed: try Self.facts(["a": 1], source: "network")], { _, _ in }),
      (.proposalMalformed, [blessed: known + "\n"], { _, _ in }),
      (.proposalMalformed, [blessed: known.replacing("\"facts\"", with: "\"more\"")], { _, _ in }),
      // A finding that is not there, one with another value, one twice.
      (
        .sourceNotAllowed, [blessed: known],
        { proposal, _ in proposal.findings = [.init(finding: FindingID("f-0123456789ab")!, delta: Digest(of: []))] }
      ),
      (
        .proposalMismatch, [blessed: known],
        { proposal, _ in proposal.findings = [.init(finding: one.id, delta: Digest(of: []))] }
      ),
      (
        .proposalMismatch, [blessed: known],
        { proposal, _ in
          proposal.findings = [one, one].map { .init(finding: $0.id, delta: $0.delta.fingerprint) }
        }
      ),
    ]
    for (reason, files, edit) in variants {
      try await expectRefused(site, site.propose(files, edit: edit), reason)
    }
    func subject(_ fact: Finding) -> Proposal.Subject { .init(finding: fact.id, delta: fact.delta.fingerprint) }
    let retractions: [Edit] = [
      { proposal, _ in proposal.reason = nil }, { proposal, _ in proposal.targets = ["web1", "web2"] },
      { proposal, _ in proposal.findings = [] },
    ]
    for edit in retractions {
      let proposal = try site.propose([:], action: .retract, findings: [subject(one)]) { proposal, files in
        proposal.reason = "known"
        edit(&proposal, &files)
      }
      try await expectRefused(site, proposal, .proposalMismatch)
    }
    // Of two findings with one waiver, the other would be accepted unseen.
    let waiver = Waiver(
      finding: one.id, kind: one.kind, delta: one.delta.fingerprint, reason: "known", until: Site.now,
      proposer: "engine", proposal: Proposal.id(nonce: "aa"))
    let waivers: [(Waiver, [Finding])] = [(waiver, [one, two])]
    for (waiver, facts) in waivers {
      let proposal = try site.propose(
        ["waivers/\(one.id).json": String(decoding: waiver.bytes, as: UTF8.self)], action: .waive, nonce: "aa",
        findings: facts.map(subject)
      ) { proposal, _ in proposal.reason = "known" }
      try await expectRefused(site, proposal, .proposalMismatch)
    }
    var otherKind = waiver
    otherKind.kind = .missing
    let proposal = try site.propose(
      ["waivers/\(one.id).json": String(decoding: otherKind.bytes, as: UTF8.self)], action: .waive, nonce: "aa",
      findings: [subject(one)]
    ) { proposal, _ in proposal.reason = "known" }
    try await expectRefused(site, proposal, .proposalMismatch)
  }

  @Test func `a text in another version's layout is not approved, and one of a later version not verified`()
    async throws
  {
    let site = try await Site()
    try await expectRefused(
      site, site.propose([blessed: "1"]) { proposal, _ in proposal.textVersion = 3 }, .textVersion)
    // The first layout stands in no file. Its honest text verifies as history, and nothing new is approved in it.
    let known = try Site.knownGood(blessed, "1")
    let text = """
      Bless the observed facts of 1 target of hosts as known-good.

      This changes the state repository alone. From its merge on, the facts below are what these targets
      are compared with; whatever differs from the known-good before is drift no longer.

      web1: first known-good, observed \(Site.now) in run \(RunID(begin: Site.now, tail: 7))
        /text: "1"

      """
    func old(_ text: String) throws -> Proposal {
      try site.propose([blessed: known]) { proposal, files in
        proposal.textVersion = 1
        proposal.dryRun = Digest(of: Array(text.utf8))
        files["proposals/\(proposal.id)/dry-run.txt"] = text
      }
    }
    try await expectRefused(site, old(text.replacing("\"1\"", with: "\"0\"")))
    let proposal = try old(text)
    let (tip, main) = (try site.id("proposal/\(proposal.id)"), try site.id("main"))
    await expect(.textVersion) {
      _ = try await site.gate.review(branch: tip, onto: main)
    }
    try site.merge("proposal/\(proposal.id)", by: "bob")
    _ = try await site.verify()
  }
}
