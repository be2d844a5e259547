import Diff
import Facts
import Failures
import Testing

/// Names are bytes, and time does not run backwards.
struct IdentityTests {
  /// The same letter to an eye and to `String.==`; two hosts to everything else.
  private let composed: TargetName = "caf\u{e9}"
  private let decomposed: TargetName = "cafe\u{301}"

  @Test func `two targets that only look the same keep their findings apart`() throws {
    var ledger = Ledger()
    try ledger.record(
      observation(
        at: 1, [whole(composed, [drifted("a", mode("1"))]), whole(decomposed, [drifted("b", mode("1"))])]))
    #expect(ledger.recordedState.open.count == 2)
    let outcome = try ledger.record(
      observation(at: 2, [whole(composed, [drifted("a", mode("1"))])], isWhole: false))
    #expect(outcome.changes.isEmpty)
    #expect(outcome.receipt.targets.count == 2)
    #expect(ledger.open("b", on: decomposed) != nil)
    try ledger.record(observation(at: 3, [whole(composed, [drifted("a", mode("1"))])]))
    #expect(ledger.coverage(of: decomposed)?.entries == [.init(path: "*", .unobserved(.noLongerDeclared))])
    #expect(ledger.coverage(of: composed) == nil)
    ledger.recordedState.retired = [composed]
    try ledger.record(observation(at: 4, [whole(composed, [drifted("a", mode("1"))])]))
    #expect(ledger.coverage(of: decomposed) != nil)
  }

  @Test func `the same bytes twice are refused`() throws {
    #expect(throws: Failure.self) {
      try observation(at: 1, [whole(composed, []), whole(composed, [])])
    }
  }

  @Test func `a late look at a target that a whole run ended is refused`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", mode("1"))]), whole("web2", [])]))
    ledger.recordedState.retired = ["web1"]
    try ledger.record(observation(at: 5, [whole("web2", [])]))
    #expect(ledger.ends(of: "a") == [.undeclared])
    let late = try observation(at: 3, [whole("web1", [drifted("a", mode("1"))])], isWhole: false)
    #expect(throws: isLate(hour(3), recorded: hour(5))) {
      try diff(late, against: ledger.recordedState, under: Rules())
    }
  }

  @Test func `a finding is never ended before it began, whatever became of the receipt`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 5, [whole("web1", [drifted("a", mode("1"))])]))
    ledger.recordedState.receipt = nil
    for number in [4, 5] as [Int64] {
      let late = try observation(at: number, [whole("web1", [inSync("a")])])
      #expect(throws: Failure.self) { try diff(late, against: ledger.recordedState, under: Rules()) }
    }
    #expect(
      try diff(observation(at: 6, [whole("web1", [inSync("a")])]), against: ledger.recordedState, under: Rules())
        .changes.count == 1)
  }

  @Test func `findings and known-good of another source are refused`() throws {
    let other = try #require(SourceName("other"))
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", mode("1"))])]))
    let seen = try observation(at: 2, [whole("web1", [])], source: other)
    #expect(throws: Failure.self) {
      try diff(seen, against: RecordedState(open: ledger.recordedState.open), under: Rules())
    }
    let facts = KnownGood(
      source: other, target: "web1", observedAt: hour(0), run: run(at: 0), tool: "x", facts: [:])
    let own = try observation(at: 2, [whole("web1", [])])
    #expect(throws: Failure.self) { try diff(own, against: RecordedState(knownGood: [facts]), under: Rules()) }
  }
}
