import Diff
import Facts
import TestSupport
import Testing

/// What the clock alone opens, and the source's own next run ends.
struct FreshnessTests {
  private func source(maxAgeHours: Int64? = 6) -> SourceConfiguration {
    SourceConfiguration(
      name: site, authority: .ansible(.init(playbook: "site.yml", inventory: "inventory.ini")),
      directory: "/srv/ansible", maxAgeSeconds: maxAgeHours.map { $0 * 3_600 })
  }

  private func snapshot(maxAgeHours: Int64?) -> SourceConfiguration {
    SourceConfiguration(
      name: site,
      authority: .snapshot(
        .init(collector: .command(["collect"]), baselineMaxAgeSeconds: maxAgeHours.map { $0 * 3_600 })),
      directory: "/srv")
  }

  private func knownGood(_ target: TargetName, at number: Int64) -> KnownGood {
    KnownGood(
      source: site, target: target, observedAt: hour(number), run: run(at: number), tool: "collector",
      facts: [:])
  }

  private func freshness(at now: Int64) -> Freshness {
    Freshness(now: hour(now), run: run(at: now), rules: Rules())
  }

  /// Asks at a time, and trusts the answer.
  @discardableResult
  private func ask(
    _ ledger: inout Ledger, _ source: SourceConfiguration, at now: Int64
  ) -> [FindingChange] {
    let changes = freshness(at: now).changes(
      of: source, receipt: ledger.recordedState.receipt, knownGood: ledger.recordedState.knownGood,
      open: ledger.recordedState.open
    )
    ledger.take(changes)
    return changes
  }

  @Test func `stale from the deadline on, not from when somebody noticed`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [])]))
    #expect(ask(&ledger, source(), at: 6).isEmpty)
    #expect(ask(&ledger, source(), at: 20).count == 1)
    let finding = try #require(ledger.open("*", on: "*", .freshness))
    #expect(finding.kind == .staleObservation)
    #expect(finding.validFrom == hour(7))
    #expect(ask(&ledger, source(), at: 21).isEmpty)
  }

  @Test func `stale at the deadline itself`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [])]))
    #expect(ask(&ledger, source(), at: 7).count == 1)
  }

  @Test func `the source's own next run ends it, at its begin`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [])]))
    ask(&ledger, source(), at: 20)
    try ledger.record(observation(at: 21, [whole("web1", [])]))
    #expect(ledger.open("*", on: "*", .freshness) != nil, "diffing an observation against it is not what ends it")
    ask(&ledger, source(), at: 22)
    #expect(ledger.ends(of: "*", on: "*", .freshness) == [.resolved])
    #expect(ledger.closed.first?.validTo == hour(21))
  }

  @Test func `the longest-unseen target counts, so a narrowed run does not refresh the others`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", []), whole("web2", [])]))
    try ledger.record(observation(at: 6, [whole("web1", [])], isWhole: false))
    #expect(Freshness.deadline(of: source(), receipt: ledger.recordedState.receipt) == hour(7))
    ask(&ledger, source(), at: 8)
    #expect(ledger.open("*", on: "*", .freshness)?.validFrom == hour(7))
    try ledger.record(observation(at: 9, [whole("web1", [])], isWhole: false))
    #expect(ask(&ledger, source(), at: 10).isEmpty)
  }

  @Test func `a run that is overdue again when it is recorded makes two spells`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [])]))
    ask(&ledger, source(), at: 8)
    try ledger.record(observation(at: 10, [whole("web1", [])]))
    ask(&ledger, source(), at: 30)
    #expect(ledger.closed.first?.validFrom == hour(7))
    #expect(ledger.closed.first?.validTo == hour(10))
    #expect(ledger.open("*", on: "*", .freshness)?.validFrom == hour(16))
  }

  @Test func `one spell goes on where another target was overdue before the narrowed run`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", []), whole("web2", [])]))
    try ledger.record(observation(at: 2, [whole("web2", [])], isWhole: false))
    ask(&ledger, source(), at: 9)
    try ledger.record(observation(at: 10, [whole("web1", [])], isWhole: false))
    #expect(ask(&ledger, source(), at: 11).isEmpty)
    #expect(ledger.open("*", on: "*", .freshness)?.validFrom == hour(7))
  }

  @Test func `no limit and no run make nothing stale`() throws {
    var ledger = Ledger()
    #expect(ask(&ledger, source(), at: 99).isEmpty)
    try ledger.record(observation(at: 1, [whole("web1", [])]))
    #expect(ask(&ledger, source(maxAgeHours: nil), at: 99).isEmpty)
  }

  @Test func `a run from before the deadline does not end what began at it`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [])]))
    ask(&ledger, source(), at: 20)
    #expect(ask(&ledger, source(maxAgeHours: 100), at: 20).isEmpty)
    #expect(ledger.open("*", on: "*", .freshness) != nil)
  }

  @Test func `a known-good that is too old is a finding of its target`() throws {
    var ledger = Ledger()
    ledger.recordedState.knownGood = [knownGood("web1", at: 1), knownGood("web2", at: 5)]
    ask(&ledger, snapshot(maxAgeHours: 10), at: 12)
    let finding = try #require(ledger.recordedState.open.first)
    #expect(ledger.recordedState.open.count == 1)
    #expect((finding.kind, finding.target, finding.validFrom) == (.staleBaseline, "web1", hour(11)))
    #expect(ask(&ledger, snapshot(maxAgeHours: 10), at: 13).isEmpty)
    ask(&ledger, snapshot(maxAgeHours: 10), at: 15)
    #expect(ledger.recordedState.open.count == 2)
  }

  @Test func `blessing anew ends it with the next run, and taking the known-good away is not resolved`()
    throws
  {
    for (facts, reason) in [([knownGood("web1", at: 14)], EndReason.resolved), ([], .undeclared)] {
      var ledger = Ledger()
      ledger.recordedState.knownGood = [knownGood("web1", at: 1)]
      ask(&ledger, snapshot(maxAgeHours: 10), at: 12)
      ledger.recordedState.knownGood = facts
      try ledger.record(
        observation(
          at: 15, [TargetReport(target: "web1", state: .observed, listsEverySubject: true, facts: [:])],
          authority: .snapshot))
      ask(&ledger, snapshot(maxAgeHours: 10), at: 15)
      #expect(ledger.ends(of: "*", on: "web1", .freshness) == [reason])
      #expect(ledger.closed.first { $0.aspect == .freshness }?.validTo == hour(15))
    }
  }

  @Test func `a limit beyond all time is never reached`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [])]))
    var patient = source()
    patient.maxAgeSeconds = .max
    #expect(ask(&ledger, patient, at: 99).isEmpty)
  }

  @Test func `what is open of other sources and aspects is left alone`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", mode("1"))]), unreachable("web2")]))
    #expect(ask(&ledger, source(), at: 2).isEmpty)
    let other = SourceConfiguration(
      name: SourceName("other")!, authority: source().authority, directory: "/srv", maxAgeSeconds: 1)
    ask(&ledger, source(), at: 20)
    #expect(
      freshness(at: 21).changes(of: other, receipt: nil, knownGood: [], open: ledger.recordedState.open).isEmpty)
  }

  @Test func `severity rules hold for it`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [])]))
    let rules = Rules(severity: [.init(match: .init(kind: .staleObservation), severity: .high)])
    let changes = Freshness(now: hour(20), run: run(at: 20), rules: rules).changes(
      of: source(), receipt: ledger.recordedState.receipt, knownGood: [], open: [])
    #expect(changes.map(\.finding.severity) == [.high])
  }

  @Test(arguments: Array(0..<40) as [UInt64])
  func `spells of staleness never overlap and are never empty`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var ledger = Ledger()
    var now: Int64 = 1
    try ledger.record(observation(at: now, [whole("web1", []), whole("web2", [])]))
    for _ in 0..<40 {
      let seenAt = now + Int64.random(in: 1...9, using: &random)
      // Recorded at once, or long after.
      now = seenAt + (Bool.random(using: &random) ? 0 : Int64.random(in: 0...20, using: &random))
      if Bool.random(using: &random) {
        let isWhole = Bool.random(using: &random)
        let targets: [TargetName] = isWhole ? ["web1", "web2"] : [["web1"], ["web2"]].randomElement(using: &random)!
        try ledger.record(observation(at: seenAt, targets.map { whole($0, []) }, isWhole: isWhole))
      }
      ask(&ledger, source(), at: now)
      let isStale = Freshness.deadline(of: source(), receipt: ledger.recordedState.receipt)! <= hour(now)
      #expect((ledger.open("*", on: "*", .freshness) != nil) == isStale)
    }
    let spells = (ledger.closed + ledger.recordedState.open).sorted { $0.validFrom < $1.validFrom }
    for spell in spells { if let end = spell.validTo { #expect(spell.validFrom < end) } }
    for (earlier, later) in zip(spells, spells.dropFirst()) {
      let end = try #require(earlier.validTo)
      #expect(end <= later.validFrom)
    }
  }
}
