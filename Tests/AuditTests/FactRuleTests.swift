import Audit
import Facts
import Gate
import Git
import StateRepository
import Testing

/// Histories that are signed as they should be, and whose facts break one rule each.
@Suite struct FactRuleTests {
  @Test func `a history that keeps every rule is clean`() async throws {
    let site = try await AuditSite(maxAge: 3_600)
    let (first, second, again) = try (
      site.fact(from: 10), site.fact(from: 20, mode: "0666"), site.fact(from: 40)
    )
    try await site.commit(AuditSite.opening(first), site.receipt(at: 10), at: 11)
    try await site.commit(
      AuditSite.ending(first, at: 20, .superseded), AuditSite.opening(second), site.receipt(at: 20), at: 21)
    try await site.commit(AuditSite.ending(second, at: 30), site.receipt(at: 30), at: 31)
    // Opened again at the very instant, and later; and another subject beside it.
    try await site.commit(AuditSite.opening(again), AuditSite.opening(site.fact("motd", from: 40)), at: 41)
    _ = try await site.approve(.waive, again, at: 50)
    let outcome = try await site.audit()
    #expect(outcome.problems.kept == [])
    #expect(outcome.isClean && outcome.commits == 5 && outcome.problems.holes == 0)
    #expect(outcome.files == 16)
  }

  @Test func `a retraction that an operator approved is clean, and one that nobody approved is named`() async throws {
    let site = try await AuditSite()
    let (one, two) = try (site.fact(from: 10), site.fact("motd", from: 10))
    try await site.commit(AuditSite.opening(one), AuditSite.opening(two), at: 11)
    let proposal = try await site.approve(.retract, one, at: 20)
    try await site.commit(
      AuditSite.ending(one, at: 30, .retracted, proposal: proposal.id), AuditSite.record(proposal, at: 30, [one.id]),
      at: 31)
    #expect(try await site.problems() == [])
    let bad = try await site.commit(AuditSite.ending(two, at: 40, .retracted, proposal: proposal.id), at: 41)
    let path = Layout.closed(two.ended(at: AuditSite.at(40), .retracted, by: AuditSite.run(40), proposal: proposal.id))
    #expect(try await site.problems() == [String(.retractionUnapproved, bad, path)])
  }

  @Test func `what is called undeclared without a run or a removal is named, and so is a removal that no admin made`()
    async throws
  {
    let site = try await AuditSite()
    let (one, two) = try (site.fact(from: 10), site.fact("motd", from: 10))
    try await site.commit(AuditSite.opening(one), AuditSite.opening(two), site.receipt(at: 10), at: 11)
    let bad = try await site.commit(AuditSite.ending(one, at: 20, .undeclared), at: 21)
    let receipt = try Layout.receipt(of: AuditSite.source("site"))
    let worse = try await site.commit(AuditSite.ending(two, at: 30, .undeclared), [receipt: .remove], at: 31)
    let path = Layout.closed(one.ended(at: AuditSite.at(20), .undeclared, by: AuditSite.run(20)))
    #expect(
      try await site.problems() == [
        String(.endUnproved, bad, path), AuditSite.line("receipt-removed", worse, receipt),
      ])
  }

  @Test func `a source that an admin removed ends as undeclared, and is not missed until it is back`() async throws {
    let site = try await AuditSite(maxAge: 3_600)
    let (one, two) = try (site.fact(from: 10), site.fact("motd", from: 10))
    try await site.commit(AuditSite.opening(one), AuditSite.opening(two), site.receipt(at: 10), at: 11)
    let declaring = try #require(try await site.store.file(Layout.configuration, at: site.tip()))
    let receipt = try Layout.receipt(of: AuditSite.source("site"))
    try await site.commit([Layout.configuration: .put(Array(ConfigurationFile.initial.utf8))], by: "alice", at: 20)
    try await site.commit(
      AuditSite.ending(one, at: 21, .undeclared), AuditSite.ending(two, at: 21, .undeclared), [receipt: .remove],
      at: 22)
    try await site.commit([Layout.configuration: .put(declaring)], by: "alice", at: 500)
    let again = try site.fact(from: 510)
    try await site.commit(AuditSite.opening(again), site.receipt(at: 510), at: 511)
    #expect(try await site.problems() == [])
    try await site.commit([Layout.configuration: .put(Array(ConfigurationFile.initial.utf8))], by: "alice", at: 520)
    let bad = try await site.commit(AuditSite.ending(again, at: 521), [receipt: .remove], at: 522)
    let path = Layout.closed(again.ended(at: AuditSite.at(521), .resolved, by: AuditSite.run(521)))
    #expect(try await site.problems() == [String(.endUnproved, bad, path)])
  }

  @Test func `a fact that is gone without an end is named`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact(from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    let bad = try await site.commit([Layout.open(fact): .remove], at: 21)
    #expect(try await site.problems() == [String(.factVanished, bad, Layout.open(fact))])
  }

  @Test func `an open fact that was edited in place is named`() async throws {
    let site = try await AuditSite()
    try await site.commit(AuditSite.opening(site.fact(from: 10)), at: 11)
    let edited = try site.fact(from: 10, mode: "0600")
    let bad = try await site.commit(AuditSite.opening(edited), at: 21)
    #expect(try await site.problems() == [String(.factVanished, bad, Layout.open(edited))])
  }

  @Test func `an end that says another thing than what had been recorded is named`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact(from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    let other = try site.fact(from: 10, mode: "0640")
    let bad = try await site.commit(AuditSite.ending(other, at: 20), at: 21)
    #expect(try await site.problems() == [String(.factVanished, bad, Layout.open(fact))])
  }

  @Test func `an ended fact that is removed or edited is named`() async throws {
    let site = try await AuditSite()
    let (one, two) = try (site.fact(from: 10), site.fact("motd", from: 10))
    try await site.commit(AuditSite.opening(one), AuditSite.opening(two), at: 11)
    try await site.commit(AuditSite.ending(one, at: 20), AuditSite.ending(two, at: 20), at: 21)
    let gone = Layout.closed(one.ended(at: AuditSite.at(20), .resolved, by: AuditSite.run(20)))
    let edited = Layout.closed(two.ended(at: AuditSite.at(20), .resolved, by: AuditSite.run(20)))
    let bad = try await site.commit([gone: .remove], at: 31)
    let worse = try await site.commit(
      [edited: .put(two.ended(at: AuditSite.at(25), .resolved, by: AuditSite.run(20)).bytes)], at: 41)
    #expect(
      try await site.problems() == [
        String(.closedFactRewritten, bad, gone), String(.closedFactRewritten, worse, edited),
        String(.nameMismatch, worse, edited),
      ])
  }

  @Test func `a correction keeps what was recorded and is clean`() async throws {
    let site = try await AuditSite()
    let (one, two) = try (site.fact(from: 10), site.fact("motd", from: 10))
    try await site.commit(AuditSite.opening(one), AuditSite.opening(two), at: 11)
    let ended = two.ended(at: AuditSite.at(30), .resolved, by: AuditSite.run(30))
    try await site.commit(AuditSite.ending(two, at: 30), at: 31)
    // A run of minute 20 comes late: what was open had ended by then, and what had ended at 30 ended at 20.
    let late = AuditSite.run(20)
    let (openAside, endedAside) = (one.corrected(by: late), ended.corrected(by: late))
    let (wasOpen, wasEnded) = (
      one.ended(at: AuditSite.at(20), .resolved, by: late), two.ended(at: AuditSite.at(20), .resolved, by: late)
    )
    try await site.commit(
      [
        Layout.open(one): .remove, Layout.closed(openAside): .put(openAside.bytes),
        Layout.closed(wasOpen): .put(wasOpen.bytes),
        Layout.closed(ended): .remove, Layout.closed(endedAside): .put(endedAside.bytes),
        Layout.closed(wasEnded): .put(wasEnded.bytes),
      ], at: 41)
    #expect(try await site.problems() == [])
    // Later facts of both subjects go on from there.
    try await site.commit(
      AuditSite.opening(site.fact(from: 25)), AuditSite.opening(site.fact("motd", from: 22)), at: 51)
    #expect(try await site.problems() == [])
  }

  @Test func `a correction of what nobody recorded is named`() async throws {
    let site = try await AuditSite()
    let invented = try site.fact(from: 10).corrected(by: AuditSite.run(20))
    let path = Layout.closed(invented)
    let bad = try await site.commit([path: .put(invented.bytes)], at: 31)
    #expect(try await site.problems() == [String(.closedFactRewritten, bad, path)])
  }

  @Test func `facts of one subject that are true at the same time are named`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact(from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    try await site.commit(AuditSite.ending(fact, at: 30), at: 31)
    let early = try site.fact(from: 29, mode: "0666")
    let bad = try await site.commit(AuditSite.opening(early), at: 41)
    #expect(try await site.problems() == [String(.intervalsOverlap, bad, Layout.open(early))])
  }

  @Test func `an ended fact that is put between others over one of them is named`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact(from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    try await site.commit(AuditSite.ending(fact, at: 30), at: 31)
    let fits = try site.fact(from: 31, mode: "0666").ended(at: AuditSite.at(35), .resolved, by: AuditSite.run(35))
    try await site.commit([Layout.closed(fits): .put(fits.bytes)], at: 41)
    #expect(try await site.problems() == [])
    let over = try site.fact(from: 20, mode: "0666").ended(at: AuditSite.at(32), .resolved, by: AuditSite.run(32))
    let bad = try await site.commit([Layout.closed(over): .put(over.bytes)], at: 51)
    let problems = try await site.problems()
    #expect(problems.first == String(.intervalsOverlap, bad, Layout.closed(over)))
    #expect(problems.count == 2 && problems[1] == String(.intervalsOverlap, bad, Layout.closed(fits)))
  }

  @Test func `a fact that was superseded by nothing is named`() async throws {
    let site = try await AuditSite()
    let (one, two) = try (site.fact(from: 10), site.fact("motd", from: 10))
    try await site.commit(AuditSite.opening(one), AuditSite.opening(two), at: 11)
    let bad = try await site.commit(AuditSite.ending(one, at: 20, .superseded), at: 21)
    let path = Layout.closed(one.ended(at: AuditSite.at(20), .superseded, by: AuditSite.run(20)))
    #expect(try await site.problems() == [String(.noSuccessor, bad, path)])
    let late = try await site.commit(
      AuditSite.ending(two, at: 20, .superseded), AuditSite.opening(site.fact("motd", from: 21, mode: "0666")), at: 31)
    let other = Layout.closed(two.ended(at: AuditSite.at(20), .superseded, by: AuditSite.run(20)))
    #expect(try await site.problems() == [String(.noSuccessor, bad, path), String(.noSuccessor, late, other)])
  }

  @Test func `what is said to be true after it was recorded is named`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact(from: 16)
    try await site.commit(AuditSite.opening(fact), at: 11)
    #expect(try await site.problems() == [])
    let early = try site.fact("motd", from: 27)
    let bad = try await site.commit(AuditSite.opening(early), at: 21)
    let worse = try await site.commit(AuditSite.ending(fact, at: 60), at: 31)
    let end = Layout.closed(fact.ended(at: AuditSite.at(60), .resolved, by: AuditSite.run(60)))
    #expect(
      try await site.problems() == [
        String(.fromTheFuture, bad, Layout.open(early)), String(.fromTheFuture, worse, end),
      ])
  }

  @Test func `a commit dated before its parent is taken for as late as that`() async throws {
    let site = try await AuditSite()
    try await site.commit(AuditSite.opening(site.fact(from: 30)), at: 31)
    let back = try await site.commit(AuditSite.opening(site.fact("motd", from: 34)), at: 40, dated: 5)
    #expect(try await site.repository.commit(back).committer.seconds == AuditSite.at(5).wholeSeconds)
    #expect(try await site.problems() == [])
  }
}
