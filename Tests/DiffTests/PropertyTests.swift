import Diff
import Facts
import TestSupport
import Testing

/// What holds whatever an authority says, over many random fleets.
struct PropertyTests {
  private static let seeds: [UInt64] = Array(0..<60)

  /// A history of twelve runs; the closure sees each with what was recorded before it and after.
  private func history(
    _ seed: UInt64,
    _ check: (_ observation: Observation, _ before: RecordedState, _ outcome: Outcome, _ ledger: Ledger) throws ->
      Void
  ) throws {
    var generator = FleetGenerator(seed: seed)
    var ledger = Ledger()
    for number in 1...12 as ClosedRange<Int64> {
      if generator.chance(1, of: 5) { ledger.recordedState.retired = ["web2"] }
      if generator.chance(1, of: 5) { ledger.recordedState.retired = [] }
      let observation = try generator.observation(at: number)
      let before = ledger.recordedState
      let outcome = try ledger.record(observation)
      try check(observation, before, outcome, ledger)
    }
  }

  @Test(arguments: seeds)
  func `nothing is closed without positive evidence`(seed: UInt64) throws {
    try history(seed) { observation, before, outcome, _ in
      for case .ended(let finding) in outcome.changes {
        #expect(isProved(finding, by: observation, before, outcome), "\(finding)")
      }
    }
  }

  private func isProved(
    _ finding: Finding, by observation: Observation, _ before: RecordedState, _ outcome: Outcome
  ) -> Bool {
    let report = observation.targets.first { $0.target == finding.target }
    let subject = report?.subjects.first { $0.subject == finding.subject }
    let successor = outcome.changes.contains { change in
      guard case .opened(let opened) = change else { return false }
      return opened.id == finding.id && opened.validFrom == finding.validTo
    }
    switch (finding.aspect, finding.ended?.reason) {
    case (_, .superseded): return successor
    case (.drift, .redeclared): return subject?.state == .inSync
    case (.drift, .resolved):
      // What was never declared is in sync once a whole list does not have it.
      let isGone = finding.kind == .unexpected && subject == nil && report?.listsEverySubject == true
      return subject?.state == .inSync || isGone
    case (.coverage, .resolved): return report?.state == .observed
    case (.drift, .undeclared):
      if let report { return report.listsEverySubject && subject == nil }
      return observation.declaration.isWhole && before.retired.contains(finding.target)
    case (.coverage, .undeclared):
      return report == nil && observation.declaration.isWhole && before.retired.contains(finding.target)
    default: return false
    }
  }

  @Test(arguments: seeds)
  func `a receipt counts what is open after its run, kind by kind`(seed: UInt64) throws {
    try history(seed) { _, _, outcome, ledger throws in
      let open = ledger.recordedState.open.filter { $0.aspect != .freshness }
      #expect(outcome.receipt.open == Dictionary(open.map { ($0.kind, 1) }, uniquingKeysWith: +))
      let read = try Receipt(parsing: outcome.receipt.bytes, document: "receipt")
      #expect(read == outcome.receipt)
    }
  }

  @Test(arguments: seeds)
  func `the same observation twice changes nothing, nor does an equal one later`(seed: UInt64) throws {
    try history(seed) { observation, _, outcome, ledger in
      let again = try diff(observation, against: ledger.recordedState, under: Rules())
      #expect(again.isRepeated && again.changes.isEmpty && again.receipt == outcome.receipt)

      var later = observation
      later.begin = later.begin.advanced(bySeconds: 60)
      later.end = later.end.advanced(bySeconds: 60)
      later.run = RunID(begin: later.begin, tail: 99)
      let equal = try diff(later, against: ledger.recordedState, under: Rules())
      #expect(equal.changes.isEmpty)
      #expect(!equal.isRepeated)
      #expect(equal.receipt.targets.map(\.state) == outcome.receipt.targets.map(\.state))
      #expect(equal.receipt.targets.map(\.drifted) == outcome.receipt.targets.map(\.drifted))
      #expect(equal.receipt.targets.map(\.target) == outcome.receipt.targets.map(\.target))
    }
  }

  @Test(arguments: seeds)
  func `coverage never shrinks in silence`(seed: UInt64) throws {
    try history(seed) { observation, before, outcome, ledger in
      for report in observation.targets {
        #expect((ledger.coverage(of: report.target) == nil) == (report.state == .observed))
      }
      let declared = Set(observation.declaration.targets)
      for last in before.receipt?.targets ?? [] where !declared.contains(last.target) {
        let entry = outcome.receipt.targets.first { $0.target == last.target }
        if !observation.declaration.isWhole {
          #expect(entry == last)
        } else if before.retired.contains(last.target) {
          #expect(entry == nil)
        } else {
          #expect(
            ledger.coverage(of: last.target)?.entries == [.init(path: "*", .unobserved(.noLongerDeclared))])
          #expect(entry?.state == .failed)
        }
      }
    }
  }

  @Test(arguments: seeds)
  func `intervals of one id are never empty and never overlap`(seed: UInt64) throws {
    try history(seed) { observation, _, _, ledger in
      guard observation.begin == hour(12) else { return }
      for (_, facts) in Dictionary(grouping: ledger.closed + ledger.recordedState.open, by: \.id) {
        let inOrder = facts.sorted { $0.validFrom < $1.validFrom }
        for fact in inOrder {
          if let end = fact.validTo { #expect(end > fact.validFrom) }
        }
        for (earlier, later) in zip(inOrder, inOrder.dropFirst()) {
          let end = try #require(earlier.validTo)
          #expect(end <= later.validFrom)
        }
      }
    }
  }

  @Test(arguments: seeds)
  func `what is open is what was said last of each subject`(seed: UInt64) throws {
    var model = NaiveModel()
    try history(seed) { observation, before, _, ledger in
      model.apply(observation, retired: Set(before.retired))
      #expect(NaiveModel.lines(ledger.recordedState.open) == model.open)
    }
  }

  @Test(arguments: seeds)
  func `the order in which things are given does not matter`(seed: UInt64) throws {
    var shuffler = SeededGenerator(seed: seed &+ 1_000)
    try history(seed) { observation, before, outcome, _ in
      var other = observation
      for index in other.targets.indices {
        other.targets[index].subjects.shuffle(using: &shuffler)
        other.targets[index].reasons.shuffle(using: &shuffler)
      }
      other.targets.shuffle(using: &shuffler)
      var recordedState = before
      recordedState.open.shuffle(using: &shuffler)
      recordedState.receipt?.targets.shuffle(using: &shuffler)
      let result = try diff(other, against: recordedState, under: Rules())
      #expect(result.changes == outcome.changes)
      #expect(result.receipt.changes == outcome.receipt.changes)
      #expect(result.receipt.targets.map(\.target) == outcome.receipt.targets.map(\.target))
    }
  }

  @Test(arguments: seeds)
  func `the receipt's numbers add up`(seed: UInt64) throws {
    try history(seed) { observation, before, outcome, ledger in
      let changes = outcome.receipt.changes
      var ends: [EndReason: Int] = [:]
      var starts = 0
      for change in outcome.changes {
        switch change {
        case .opened: starts += 1
        case .ended(let finding): ends[try #require(finding.ended).reason, default: 0] += 1
        }
      }
      #expect(changes.opened + changes.superseded == starts)
      #expect(changes.superseded == ends[.superseded, default: 0])
      #expect(changes.resolved == ends[.resolved, default: 0])
      #expect(changes.redeclared == ends[.redeclared, default: 0])
      #expect(changes.undeclared == ends[.undeclared, default: 0])
      #expect(
        ledger.recordedState.open.count == before.open.count + starts - ends.values.reduce(0, +))
      for report in observation.targets {
        let entry = try #require(outcome.receipt.targets.first { $0.target == report.target })
        let blind = report.subjects.filter(\.isUnobserved).count
        #expect(entry.inSync + entry.drifted + blind == report.subjects.count)
        #expect(entry.unobserved == blind + report.reasons.count)
        #expect(entry.run == observation.run && entry.observedAt == observation.begin)
      }
    }
  }

  @Test func `a long history holds all of it, and every kind of end was met`() throws {
    var reasons: Set<EndReason> = []
    for seed in Self.seeds {
      try history(seed) { _, _, outcome, _ in
        for case .ended(let finding) in outcome.changes { reasons.insert(try #require(finding.ended).reason) }
      }
    }
    #expect(reasons == [.resolved, .superseded, .redeclared, .undeclared])
  }
}
