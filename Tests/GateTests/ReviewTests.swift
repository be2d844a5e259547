import Facts
import Git
import Testing

@testable import Gate

private let blessed = "known-good/hosts/web1.json"

/// What whoever approves is told beforehand.
@Suite struct ReviewTests {
  private func review(_ site: Site, _ proposal: Proposal) async throws -> ProposalReview {
    try await site.gate.review(branch: try site.id("proposal/\(proposal.id)"), onto: try site.id("main"))
  }

  @Test func `a review says who may approve, and what it brings`() async throws {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"], by: "alice")
    let review = try await review(site, proposal)
    #expect(review.proposer.text == "alice" && review.proposal == proposal && review.needed == 1)
    #expect(review.mayApprove.map(\.text) == ["bob"])
    #expect(review.objection(to: try Site.person("alice"))?.code == .selfApproval)
    #expect(review.objection(to: try Site.person("carol"))?.code == .sourceNotAllowed)
    #expect(review.objection(to: try Site.person("engine"))?.code == .roleMissing)
    #expect(review.differences.contains { $0.path == blessed && $0.old == nil })
    #expect(review.conflicts.isEmpty && review.objection(at: Site.now) == nil)
    #expect(try review.check(digest: proposal.digest) == ())
    await expect(.digestMismatch) { try review.check(digest: Digest(of: [])) }
  }

  @Test func `a proposal can be approved before its last instant and not at it`() async throws {
    let site = try await Site()
    let review = try await review(site, try site.propose([blessed: "{}\n"]))
    let end = review.proposal.notAfter
    #expect(review.objection(at: Timestamp(microseconds: end.microseconds - 1)) == nil)
    #expect(review.objection(at: end)?.code == .proposalExpired)
  }

  @Test func `a file that main changed meanwhile makes a proposal outdated`() async throws {
    let site = try await Site()
    let one = try site.propose([blessed: "1\n"])
    let two = try site.propose([blessed: "2\n"], nonce: "ff")
    try site.merge("proposal/\(one.id)", by: "bob")
    let review = try await review(site, two)
    #expect(review.conflicts == [blessed])
    #expect(review.objection(at: Site.now)?.code == .outdatedProposal)
    await expect(.approvedBefore) { _ = try await self.review(site, one) }
  }

  @Test func `what was withdrawn or carried out is reviewed and merged no more`() async throws {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"])
    try site.commit(site.ledger(proposal, .withdrawn), by: "engine")
    await expect(.proposalClosed) { _ = try await self.review(site, proposal) }
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.proposalClosed) { try await site.verify() }
  }

  @Test func `a branch of records or of a policy is not a proposal to review`() async throws {
    let site = try await Site()
    for (files, name) in [(["observations/hosts.json": "1"], "engine"), (try site.policy { _ in }, "alice")]
      as [([String: String?], String)]
    {
      try site.git("checkout", "-q", "-B", "side", "main")
      try site.commit(files, by: name)
      try site.git("checkout", "-q", "main")
      let (tip, main) = (try site.id("side"), try site.id("main"))
      await expect(.pathNotAllowed) {
        _ = try await site.gate.review(branch: tip, onto: main)
      }
    }
  }

  @Test func `the merge that approved a proposal is found again`() async throws {
    let site = try await Site()
    let proposal = try site.propose([blessed: "{}\n"])
    func approval() async throws -> ObjectID? {
      try await site.gate.approval(of: proposal.id, to: try site.id("main"))?.merge
    }
    #expect(try await approval() == nil)
    try site.merge("proposal/\(proposal.id)", by: "bob")
    let merge = try site.id("main")
    try site.commit(["observations/hosts.json": "1"], by: "engine")
    #expect(try await approval() == merge)
    try site.revert(merge.hex, by: "bob")
    #expect(try await approval() == nil)
  }
}
