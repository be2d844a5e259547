import Facts
import Foundation
import Git
import Testing

@testable import StateRepository

/// What waivers and retractions on main do to what is recorded. Whether they may be there is the gate's business.
@Suite struct WaiverStatusTests {
  private static let now = Scratch.start.advanced(bySeconds: 60)
  private static let until = Scratch.start.advanced(bySeconds: 3_600)

  private func site(_ scratch: Scratch, at now: Timestamp = now) async throws -> FleetStatus {
    try await scratch.store.status(of: [SourceName("site")!], now: now, unrecorded: 0)
  }

  private func put(_ files: [String: [UInt8]], in scratch: Scratch) async throws {
    let tip = try await scratch.store.tip()
    let commit = try await scratch.store.prepare(
      files.mapValues { .put($0) }, onto: [tip], message: "x\n", scratch.signer, now: Self.now)
    _ = try await scratch.store.advance(from: tip, to: commit, by: "admin")
  }

  /// Waives every open finding as it is now.
  private func waive(in scratch: Scratch) async throws {
    var files: [String: [UInt8]] = [:]
    for finding in try await scratch.store.openFindings(at: scratch.store.tip()) {
      files[Layout.waiver(finding.id)] =
        Waiver(
          finding: finding.id, kind: finding.kind, delta: finding.delta.fingerprint, reason: "known",
          until: Self.until, proposer: "engine", proposal: "p-0123456789ab"
        ).bytes
    }
    try await put(files, in: scratch)
  }

  @Test func `waived drift is in sync until the waiver ends, and then it is reported and named`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    #expect(try await site(scratch).verdict == .drift)
    try await waive(in: scratch)
    let waived = try await site(scratch)
    #expect(waived.verdict == .inSync && waived.waived == 1 && waived.open.drift == 0)
    #expect(waived.waivers.map(\.standing) == [.inForce])
    #expect(waived.sources[0].drifted == 1)
    #expect(try await site(scratch, at: Timestamp(microseconds: Self.until.microseconds - 1)).verdict == .inSync)
    let over = try await site(scratch, at: Self.until)
    #expect(over.verdict == .drift && over.waived == 0 && over.open.drift == 1)
    #expect(over.waivers.map(\.standing) == [.expired])
  }

  @Test func `another value is reported again, and the first one is accepted again when it comes back`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    try await waive(in: scratch)
    try await scratch.store.record(observation(70, subjects: [drifted("a", "0666")]), scratch.terms(at: Self.until))
    let moved = try await site(scratch)
    #expect(moved.verdict == .drift && moved.waivers.map(\.standing) == [.otherDelta])
    try await scratch.store.record(observation(80, subjects: [drifted("a")]), scratch.terms(at: Self.until))
    #expect(try await site(scratch).verdict == .inSync)
  }

  @Test func `a waiver of a value does not accept what was not compared beside it`() async throws {
    let scratch = try await Scratch()
    let partly = SubjectReport(
      "a",
      .drifted(
        .changed,
        Delta([
          .init(path: "/content", .values(desired: "x", observed: "y")),
          .init(path: "/mode", .opaque(.notCompared, desired: "0600")),
        ]), .world))
    try await scratch.store.record(observation(1, subjects: [partly]), scratch.terms)
    try await waive(in: scratch)
    let waived = try await site(scratch)
    #expect(waived.verdict == .incomplete && waived.waived == 1)
  }

  @Test func `a waived list of what was not seen is complete, and one task more is reported`() async throws {
    let scratch = try await Scratch()
    func blind(_ number: Int, _ tasks: [String]) throws -> Observation {
      try observation(
        number,
        subjects: [.init("motd", .inSync)] + tasks.map { .init(SubjectName($0), .unobserved(.skippedInCheckMode)) },
        state: .partly)
    }
    try await scratch.store.record(blind(1, ["make db"]), scratch.terms)
    #expect(try await site(scratch).verdict == .incomplete)
    try await waive(in: scratch)
    #expect(try await site(scratch).verdict == .inSync)
    try await scratch.store.record(blind(70, ["make db", "migrate"]), scratch.terms(at: Self.until))
    #expect(try await site(scratch).verdict == .incomplete)
    try await scratch.store.record(
      observation(80, subjects: [drifted("motd"), .init("make db", .unobserved(.skippedInCheckMode))], state: .partly),
      scratch.terms(at: Self.until))
    #expect(try await site(scratch).verdict == .drift)
  }

  @Test func `a waiver does not hide that nobody looked, and none counts where main does not verify`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    var waiver = Waiver(
      finding: try await scratch.store.openFindings(at: scratch.store.tip())[0].id, kind: .changed,
      delta: drifted("a").delta, reason: "known", until: Scratch.start.advanced(bySeconds: 90_000_000),
      proposer: "engine", proposal: "p-0123456789ab")
    try await put([Layout.waiver(waiver.finding): waiver.bytes], in: scratch)
    #expect(try await site(scratch, at: Scratch.start.advanced(bySeconds: 7 * 3_600)).verdict == .incomplete)
    let unverified = try await scratch.store.status(now: Self.now, isVerified: false, unrecorded: 0)
    #expect(unverified.sources.last?.verdict == .drift && unverified.waived == 0)
    waiver.until = Self.now
    #expect(
      waiver.standing(over: try await scratch.store.openFindings(at: scratch.store.tip())[0], at: Self.now) == .expired)
  }

  @Test func `drift that is only counted weighs as much as drift that is read, and a wrong count changes nothing`()
    async throws
  {
    let scratch = try await Scratch()
    let subjects = [drifted("a"), drifted("b"), SubjectReport("c", .unobserved(.skippedInCheckMode))]
    try await scratch.store.record(observation(1, subjects: subjects, state: .partly), scratch.terms)
    let counted = try await site(scratch)
    #expect(counted.verdict == .drift && counted.open.drift == 2 && counted.open[.unobserved] == 1)
    let path = "observations/site.json"
    let receipt = try #require(try await scratch.store.receipt(of: SourceName("site")!, at: scratch.store.tip()))
    #expect(receipt.open == [.changed: 2, .unobserved: 1])
    for open: [Kind: Int]? in [nil, [:], [.changed: 1, .unobserved: 1], [.changed: 2], [.changed: 1, .missing: 2]] {
      var other = receipt
      other.open = open
      try await put([path: other.bytes], in: scratch)
      #expect(try await site(scratch).sources == counted.sources)
      #expect(try await site(scratch).open == counted.open)
    }
    try await put([path: receipt.bytes], in: scratch)
    let one = try #require(try await drift(scratch).first)
    let waiver = Waiver(
      finding: one.id, kind: one.kind, delta: one.delta.fingerprint, reason: "known", until: Self.until,
      proposer: "engine", proposal: "p-0123456789ab")
    try await put([Layout.waiver(one.id): waiver.bytes], in: scratch)
    let waived = try await site(scratch)
    #expect(waived.verdict == .drift && waived.waived == 1 && waived.open.drift == 1)
  }

  private func drift(_ scratch: Scratch) async throws -> [Finding] {
    try await scratch.store.openFindings(at: scratch.store.tip()).filter { $0.aspect == .drift }
  }

  /// A retraction as its approval leaves it on main.
  private func retract(_ finding: Finding, at instant: Timestamp, in scratch: Scratch) async throws -> Proposal {
    let nonce = "00112233445566778899aabbccddeeff"
    let proposal = Proposal(
      id: Proposal.id(nonce: nonce), action: .retract, source: finding.source, targets: [finding.target],
      findings: [.init(finding: finding.id, delta: finding.delta.fingerprint)], reason: "a broken probe", files: [],
      dryRun: Digest(of: []), rules: Digest(of: []), base: "00", policyVersion: 1, tier: .t1, proposer: "engine",
      engine: "engine", nonce: nonce, proposedAt: instant, notAfter: Self.until)
    try await put(["\(Layout.proposal(proposal.id))/proposal.json": proposal.bytes], in: scratch)
    return proposal
  }

  @Test func `an approved retraction is carried out once, by the next run over its target`() async throws {
    let scratch = try await Scratch()
    let late = scratch.terms(at: Self.until)
    try await scratch.store.record(observation(1, subjects: [drifted("a"), drifted("b")]), scratch.terms)
    let open = try await scratch.store.openFindings(at: scratch.store.tip())
    let finding = try #require(open.first { $0.subject == "a" })
    let proposal = try await retract(finding, at: Scratch.start.advanced(bySeconds: 5), in: scratch)
    // A run that looked before anybody proposed it leaves it, and so does one of other targets.
    let early = try await scratch.store.record(observation(4, subjects: [drifted("a"), drifted("b")]), late)
    #expect(early.retracted == 0)
    var elsewhere = try observation(8, subjects: [], target: "web2")
    elsewhere.declaration.isWhole = false
    let other = try await scratch.store.record(elsewhere, late)
    #expect(other.retracted == 0)
    let recorded = try await scratch.store.record(
      observation(10, subjects: [.init("a", .inSync), drifted("b")]), late)
    #expect(recorded.retracted == 1)
    let tip = try await scratch.store.tip()
    let closed = try #require(try await scratch.store.closedFindings(like: finding, at: tip).first)
    #expect(closed.ended == .init(reason: .retracted, run: recorded.outcome.receipt.run, proposal: proposal.id))
    #expect(try await drift(scratch).map(\.subject) == ["b"])
    let record = try #require(try await scratch.store.execution(of: proposal.id, at: tip))
    #expect(record.state == .finished && record.findings == [finding.id] && record.digest == proposal.digest)
    #expect(try scratch.git("log", "-1", "--format=%s").contains(", 1 retracted,"))
    // The same difference later is new evidence.
    let again = try await scratch.store.record(observation(20, subjects: [drifted("a"), drifted("b")]), late)
    #expect(again.retracted == 0)
    #expect(try await drift(scratch).count == 2)
  }

  @Test func `a retracted difference that the same run sees again is open at once`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    let finding = try await scratch.store.openFindings(at: scratch.store.tip())[0]
    _ = try await retract(finding, at: Scratch.start.advanced(bySeconds: 5), in: scratch)
    let recorded = try await scratch.store.record(
      observation(10, subjects: [drifted("a")]), scratch.terms(at: Self.until))
    #expect(recorded.retracted == 1 && recorded.outcome.receipt.changes.opened == 1)
    let open = try await scratch.store.openFindings(at: scratch.store.tip())
    #expect(open.map(\.validFrom) == [recorded.outcome.receipt.begin])
    #expect(try scratch.git("diff", "--name-only", "drift/desired", "drift/observed").contains("web1/site/"))
  }

  @Test func `what ended or moved before the run is not retracted in another's place`() async throws {
    let scratch = try await Scratch()
    let late = scratch.terms(at: Self.until)
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    let finding = try await scratch.store.openFindings(at: scratch.store.tip())[0]
    try await scratch.store.record(observation(6, subjects: [.init("a", .inSync)]), late)
    try await scratch.store.record(observation(7, subjects: [drifted("a")]), late)
    let proposal = try await retract(finding, at: Scratch.start.advanced(bySeconds: 5), in: scratch)
    let recorded = try await scratch.store.record(observation(10, subjects: [drifted("a")]), late)
    #expect(recorded.retracted == 0)
    #expect(
      try await scratch.store.openFindings(at: scratch.store.tip()).map(\.validFrom) == [
        Scratch.start.advanced(bySeconds: 7)
      ])
    #expect(try await scratch.store.execution(of: proposal.id, at: scratch.store.tip())?.findings == [])
  }
}

extension SubjectReport {
  fileprivate var delta: Digest {
    guard case .drifted(_, let delta, _) = state else { return Digest(of: []) }
    return delta.fingerprint
  }
}
