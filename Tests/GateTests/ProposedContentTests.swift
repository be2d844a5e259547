import Facts
import Git
import Testing

@testable import Gate

/// What a proposal says about the files that it brings is held against each of them.
@Suite struct ProposedContentTests {
  private static func waiver(_ fact: Finding, nonce: String) -> Waiver {
    Waiver(
      finding: fact.id, kind: .changed, delta: fact.delta.fingerprint, reason: "known", until: Site.now,
      proposer: "engine", proposal: Proposal.id(nonce: nonce))
  }

  /// Proposes a waiver, and more by an edit, and merges it.
  private func waive(
    _ fact: Finding, as text: String? = nil, nonce: String, on site: Site,
    edit: (inout Proposal, inout [String: String?]) -> Void = { _, _ in }
  ) throws {
    let bytes = Self.waiver(fact, nonce: nonce).bytes
    let proposal = try site.propose(
      ["waivers/\(fact.id).json": text ?? String(decoding: bytes, as: UTF8.self)], action: .waive, nonce: nonce,
      findings: [.init(finding: fact.id, delta: fact.delta.fingerprint)]
    ) { proposal, files in
      proposal.reason = "known"
      edit(&proposal, &files)
    }
    try site.merge("proposal/\(proposal.id)", by: "bob")
  }

  /// A site with two findings of one source.
  private func site() async throws -> (Site, Finding, Finding) {
    let site = try await Site()
    let (one, two) = (try Site.fact("/kernel"), try Site.fact("/motd"))
    try site.commit(Site.file(of: one).merging(Site.file(of: two)) { $1 }, by: "engine")
    return (site, one, two)
  }

  @Test func `a proposal to waive one finding does not take another's waiver away`() async throws {
    let (site, one, two) = try await site()
    try waive(two, nonce: "aa", on: site)
    _ = try await site.verify()
    let place = "waivers/\(two.id).json"
    try waive(one, nonce: "bb", on: site) { proposal, files in
      proposal.files.append(.init(path: place, digest: nil))
      files[place] = .some(nil)
    }
    await expect(.proposalMismatch) { try await site.verify() }
  }

  @Test func `a waiver in another form than its own is refused`() async throws {
    let (site, one, _) = try await site()
    let before = try site.id("HEAD")
    let text = String(decoding: Self.waiver(one, nonce: "aa").bytes, as: UTF8.self)
    for other in [text + "\n", text.replacing("  \"reason\"", with: "   \"reason\""), String(text.dropLast())] {
      #expect(other != text)
      try waive(one, as: other, nonce: "aa", on: site)
      await expect(.proposalMalformed) { try await site.verify() }
      try site.git("branch", "-q", "-D", "proposal/\(Proposal.id(nonce: "aa"))")
      try site.git("reset", "-q", "--hard", before.hex)
    }
    try waive(one, as: text, nonce: "aa", on: site)
    _ = try await site.verify()
  }

  @Test(
    arguments: [
      { $0.facts = Digest(of: [1]) }, { $0.run = RunID(begin: Site.now, tail: 8) }, { $0.target = "web3" },
      { $0.observedAt = Site.now.advanced(bySeconds: -1) },
    ] as [@Sendable (inout Receipt.Target) -> Void])
  func `only what the last recorded run saw is blessed`(edit: @Sendable (inout Receipt.Target) -> Void) async throws {
    let blessed = "known-good/hosts/web1.json"
    let known = try Site.knownGood(blessed, "a")
    let honest = Digest(of: try KnownGood(parsing: Array(known.utf8), document: blessed).facts)
    for (receipt, isRefused) in [
      (try Site.receipt { $0.facts = honest }, false), (try Site.receipt(edit), true),
    ] {
      let site = try await Site()
      try site.commit(["observations/hosts.json": String(decoding: receipt.bytes, as: UTF8.self)], by: "engine")
      let proposal = try site.propose([blessed: known])
      try site.merge("proposal/\(proposal.id)", by: "bob")
      if isRefused {
        await expect(.proposalMismatch) { try await site.verify() }
      } else {
        _ = try await site.verify()
      }
    }
  }

  @Test func `what a later run saw otherwise has to be proposed again`() async throws {
    let blessed = "known-good/hosts/web1.json"
    let known = try Site.knownGood(blessed, "a")
    let honest = Digest(of: try KnownGood(parsing: Array(known.utf8), document: blessed).facts)
    for (later, conflicts) in [(honest, []), (Digest(of: [1]), ["observations/hosts.json"])] {
      let site = try await Site()
      func observe(_ facts: Digest, run tail: UInt16) throws {
        let receipt = try Site.receipt {
          $0.facts = facts
          if tail > 0 { $0.run = RunID(begin: Site.now, tail: tail) }
        }
        try site.commit(["observations/hosts.json": String(decoding: receipt.bytes, as: UTF8.self)], by: "engine")
      }
      try observe(honest, run: 0)
      let proposal = try site.propose([blessed: known])
      try observe(later, run: 9)
      let review = try await site.gate.review(
        branch: site.id("proposal/\(proposal.id)"), onto: site.id("HEAD"))
      #expect(review.conflicts == conflicts)
    }
  }

  @Test func `a proposal in another proposal's folder is refused, also by whoever only reads it`() async throws {
    let site = try await Site()
    let proposal = try site.propose(["known-good/hosts/web1.json": "{}\n"]) { proposal, files in
      var other = proposal
      other.nonce = String(repeating: "f", count: 32)
      other.id = Proposal.id(nonce: other.nonce)
      files["proposals/\(proposal.id)/proposal.json"] = String(decoding: other.bytes, as: UTF8.self)
    }
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.proposalMismatch) { try await site.verify() }
    let main = try site.id("HEAD")
    await expect(.proposalMismatch) {
      _ = try await site.gate.approval(of: proposal.id, to: main)
    }
  }

  @Test func `a proposal is valid for as long as its tier is, and no longer`() async throws {
    for (more, isRefused) in [(0, false), (1, true)] as [(Int64, Bool)] {
      let site = try await Site { $0.tiers[.t1]?.validForSeconds = 7_200 }
      let proposal = try site.propose(["known-good/hosts/web1.json": "{}\n"]) { proposal, _ in
        proposal.notAfter = Timestamp(microseconds: Site.now.advanced(bySeconds: 7_200).microseconds + more)
      }
      try site.merge("proposal/\(proposal.id)", by: "bob")
      if isRefused {
        await expect(.proposalMismatch) { try await site.verify() }
      } else {
        _ = try await site.verify()
      }
    }
  }

  @Test func `a waiver says what its proposal says, in each of its parts`() async throws {
    let (site, one, two) = try await site()
    let before = try site.id("HEAD")
    let edits: [(inout Waiver) -> Void] = [
      { $0.finding = two.id }, { $0.proposal = "p-000000000000" }, { $0.proposer = "bob" }, { $0.reason = "another" },
      { $0.delta = Digest(of: [1]) },
    ]
    for edit in edits {
      var waiver = Self.waiver(one, nonce: "aa")
      edit(&waiver)
      // Of both findings, so that the other one is not a stranger.
      try waive(one, as: String(decoding: waiver.bytes, as: UTF8.self), nonce: "aa", on: site) { proposal, _ in
        proposal.findings.append(.init(finding: two.id, delta: two.delta.fingerprint))
      }
      await expect(.proposalMismatch) { try await site.verify() }
      try site.git("branch", "-q", "-D", "proposal/\(Proposal.id(nonce: "aa"))")
      try site.git("reset", "-q", "--hard", before.hex)
    }
  }

  @Test func `a branch of more than 64 commits is refused`() async throws {
    let site = try await Site()
    for (count, isRefused) in [(64, false), (65, true)] {
      let main = try site.id("main")
      try site.git("checkout", "-q", "-b", "change-\(count)")
      for number in 1...count {
        let text = "format: praxis.config/1\nsources: {}\n# \(count) \(number)\n"
        try site.commit(["praxis.yaml": text], by: "alice")
      }
      try site.git("checkout", "-q", "main")
      try site.merge("change-\(count)", by: "alice")
      if isRefused {
        await expect(.branchMalformed) { try await site.verify() }
      } else {
        _ = try await site.verify(from: main)
      }
    }
  }
}
