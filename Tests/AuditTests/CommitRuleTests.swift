import Audit
import Facts
import Foundation
import Gate
import Git
import StateRepository
import Testing

/// Commits that the gate refuses, found by an audit, with all that comes after them.
@Suite struct CommitRuleTests {
  @Test func `every commit that breaks the parent rule is named, not the first alone`() async throws {
    let site = try await AuditSite()
    let stranger = try await site.commit(AuditSite.opening(site.fact("one", from: 10)), by: "mallory", at: 11)
    let wrongRole = try await site.commit(AuditSite.opening(site.fact("two", from: 20)), by: "bob", at: 21)
    try await site.commit(AuditSite.opening(site.fact("three", from: 30)), at: 31)
    let smuggled = try await site.commit(["known-good/site/web1.json": .put(Array("{}\n".utf8))], at: 41)
    let policy = try await site.commit([Layout.policy: .put(Array("version: 7\n".utf8))], by: "alice", at: 51)
    try await site.commit(AuditSite.opening(site.fact("four", from: 60)), at: 61)
    #expect(
      try await site.problems() == [
        String(.unknownKey, stranger, nil), String(.roleMissing, wrongRole, nil),
        String(.notAnInverse, smuggled, "known-good/site/web1.json"),
        String(.documentMalformed, smuggled, "known-good/site/web1.json"),
        String(.policyMalformed, policy, nil),
      ])
  }

  @Test func `a policy that gives a stranger a key does not make what they signed before good`() async throws {
    let site = try await AuditSite()
    let before = try await site.commit(AuditSite.opening(site.fact("one", from: 10)), by: "mallory", at: 11)
    let policy = try Policy(parsing: try await #require(site.store.file(Layout.policy, at: site.tip())))
    let signers = try await AllowedSigners(
      parsing: #require(site.store.file(Layout.allowedSigners, at: site.tip())))
    var next = policy
    next.version = 2
    next.previous = Digest(of: policy.bytes)
    next.people[try #require(PersonName("mallory"))] = .init(engine: .all)
    let key = try SigningKey(path: "\(site.folder)/mallory").publicKey()
    let more = try AllowedSigners(signers.entries.map { ($0.person.text, $0.key) } + [("mallory", key)])
    try await site.commit(
      [Layout.policy: .put(next.bytes), Layout.allowedSigners: .put(more.bytes)], by: "alice", at: 21)
    try await site.commit(AuditSite.opening(site.fact("two", from: 30)), by: "mallory", at: 31)
    #expect(try await site.problems() == [String(.unknownKey, before, nil)])
  }

  @Test func `a commit that breaks the strict form is named and walked past`() async throws {
    let site = try await AuditSite()
    let tip = try await site.commit(AuditSite.opening(site.fact("one", from: 10)), at: 11)
    let good = String(decoding: try await site.repository.commit(tip).bytes, as: UTF8.self)
    // The same parent and tree, and a header that readers disagree about.
    let late = try await site.commit(AuditSite.opening(site.fact("two", from: 90)), at: 31)
    let bad = try await site.push(raw: good.replacingOccurrences(of: "\ngpgsig ", with: "\ngpgsig-junk x\ngpgsig "))
    let after = try await site.made(again: late, onto: bad, by: "engine")
    try site.git("update-ref", "refs/heads/main", after.hex)
    let problems = try await site.problems()
    #expect(problems.first == String(.commitMalformed, bad, nil))
    #expect(problems.contains(String(.fromTheFuture, after, Layout.open(try site.fact("two", from: 90)))))
  }

  @Test func `a signature over another commit, and a commit without one, are named`() async throws {
    let site = try await AuditSite()
    let tip = try await site.commit(AuditSite.opening(site.fact("one", from: 10)), at: 11)
    let good = String(decoding: try await site.repository.commit(tip).bytes, as: UTF8.self)
    let moved = try await site.push(raw: good.replacingOccurrences(of: "\n\nx\n", with: "\n\ny\n"))
    #expect(try await site.problems() == [String(.badSignature, moved, nil)])
    let start = try #require(good.range(of: "gpgsig "))
    let end = try #require(good.range(of: " -----END SSH SIGNATURE-----\n"))
    let bare = try await site.push(raw: good.replacingCharacters(in: start.lowerBound..<end.upperBound, with: ""))
    #expect(try await site.problems() == [String(.unsigned, bare, nil)])
  }

  @Test func `an execution without an approval, or once more, is named`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact("one", from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    let (proposal, files, branch) = try await site.propose(.retract, fact, at: 12)
    let place = Layout.execution(proposal.id)
    let early = try await site.commit(AuditSite.record(proposal, at: 13), at: 13)
    #expect(try await site.problems().contains(String(.ledgerUnapproved, early, place)))
    // Carried out before it was approved: it can be approved no more.
    let merge = try await site.commit(files, by: "bob", at: 14, merging: branch)
    #expect(try await site.problems().contains(String(.proposalClosed, merge, place)))
    let again = try await site.commit(AuditSite.record(proposal, at: 20), at: 21)
    #expect(try await site.problems().contains(String(.ledgerRewritten, again, place)))
    let removed = try await site.commit([place: .remove], at: 31)
    #expect(try await site.problems().contains(String(.ledgerRemoved, removed, place)))
  }

  @Test func `what was approved and revoked does not live again`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact("one", from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    let (proposal, files, branch) = try await site.propose(.waive, fact, at: 12)
    try await site.commit(files, by: "bob", at: 13, merging: branch)
    try await site.commit(files.mapValues { _ in .remove }, by: "bob", at: 14)
    #expect(try await site.problems() == [])
    let again = try await site.commit(files, by: "bob", at: 15, merging: branch)
    #expect(try await site.problems() == [String(.approvedBefore, again, Layout.proposal(proposal.id))])
  }

  @Test func `a main that does not come from the introduction is no audit of it`() async throws {
    let (site, other) = (try await AuditSite(), try await AuditSite())
    try site.git("fetch", "-q", "\(other.folder)/state", "main:other")
    let tip = try await other.tip()
    let audit = Audit(site.repository, introduction: site.introduction, now: AuditSite.at(0))
    let outcome = try await audit.run(to: tip)
    #expect(!outcome.isClean && outcome.problems.kept.map(\.rule) == ["foreign-history"])
    #expect(outcome.commits == 0)
  }
}
