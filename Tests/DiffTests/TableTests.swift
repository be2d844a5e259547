import Diff
import Facts
import Failures
import Testing

/// Every row of "what an observation does to a drift finding".
struct TableTests {
  @Test(arguments: [Kind.changed, .missing, .unexpected])
  func `drift where there was no finding opens one, valid from the observation`(kind: Kind) throws {
    var ledger = Ledger()
    let outcome = try ledger.record(
      observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"), kind)])]))
    let finding = try #require(ledger.open("sshd"))
    #expect(finding.kind == kind)
    #expect(finding.validFrom == hour(1))
    #expect(finding.validTo == nil)
    #expect(finding.seen.run == run(at: 1))
    #expect(finding.seen.evidence == Digest(of: "raw".utf8))
    #expect(outcome.receipt.changes.opened == 1)
    #expect(outcome.receipt.targets.first?.drifted == 1)
  }

  @Test func `the same delta again changes no finding and is counted as confirmed`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let before = ledger.recordedState.open
    let outcome = try ledger.record(observation(at: 2, [whole("web1", [drifted("sshd", mode("0644"))])]))
    #expect(outcome.changes.isEmpty)
    #expect(ledger.recordedState.open == before)
    #expect(outcome.receipt.changes.confirmed == 1)
  }

  @Test func `another delta supersedes at the same instant`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let outcome = try ledger.record(observation(at: 2, [whole("web1", [drifted("sshd", mode("0777"))])]))
    #expect(ledger.ends(of: "sshd") == [.superseded])
    #expect(ledger.closed.first?.validTo == hour(2))
    #expect(ledger.open("sshd")?.validFrom == hour(2))
    #expect(ledger.open("sshd")?.delta == mode("0777"))
    #expect(outcome.receipt.changes.superseded == 1)
    #expect(outcome.receipt.changes.opened == 0)
  }

  @Test func `the same delta under another kind supersedes`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"), .changed)])]))
    try ledger.record(observation(at: 2, [whole("web1", [drifted("sshd", mode("0644"), .missing)])]))
    #expect(ledger.ends(of: "sshd") == [.superseded])
    #expect(ledger.open("sshd")?.kind == .missing)
  }

  @Test func `seen in sync resolves`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let outcome = try ledger.record(observation(at: 2, [whole("web1", [inSync("sshd")])]))
    #expect(ledger.ends(of: "sshd") == [.resolved])
    #expect(ledger.closed.first?.validTo == hour(2))
    #expect(ledger.closed.first?.ended?.run == run(at: 2))
    #expect(outcome.receipt.changes.resolved == 1)
    #expect(outcome.receipt.targets.first?.inSync == 1)
  }

  @Test func `in sync because the declaration came to reality is redeclared`() throws {
    var ledger = Ledger()
    let (old, new, real) = (Digest(of: [1]), Digest(of: [2]), Digest(of: [3]))
    var drift = drifted("sshd", mode("0644"))
    (drift.desired, drift.reality) = (old, real)
    try ledger.record(observation(at: 1, [whole("web1", [drift])]))
    let now = SubjectReport("sshd", .inSync, desired: new, reality: real)
    try ledger.record(observation(at: 2, [whole("web1", [now])]))
    #expect(ledger.ends(of: "sshd") == [.redeclared])
  }

  @Test func `in sync is not redeclared where reality moved or is not known`() throws {
    let (old, new, real, moved) = (Digest(of: [1]), Digest(of: [2]), Digest(of: [3]), Digest(of: [4]))
    let cases: [(before: (Digest?, Digest?), now: (Digest?, Digest?))] = [
      ((old, real), (new, moved)), ((old, real), (old, moved)), ((nil, nil), (nil, nil)),
      ((old, real), (old, real)), ((nil, real), (new, real)), ((old, real), (nil, real)),
      ((old, nil), (new, nil)), ((old, real), (new, nil)),
    ]
    for (before, now) in cases {
      var ledger = Ledger()
      var drift = drifted("sshd", mode("0644"))
      (drift.desired, drift.reality) = before
      try ledger.record(observation(at: 1, [whole("web1", [drift])]))
      let seen = SubjectReport("sshd", .inSync, desired: now.0, reality: now.1)
      try ledger.record(observation(at: 2, [whole("web1", [seen])]))
      #expect(ledger.ends(of: "sshd") == [.resolved])
    }
  }

  @Test func `absent from a whole list is undeclared, not fixed`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let outcome = try ledger.record(observation(at: 2, [whole("web1", [inSync("cron")])]))
    #expect(ledger.ends(of: "sshd") == [.undeclared])
    #expect(outcome.receipt.changes.undeclared == 1)
  }

  @Test func `what was never declared is resolved once a whole list does not have it, under the same rules`()
    throws
  {
    for (rules, reason) in [("rules", EndReason.resolved), ("others", .undeclared)] {
      var ledger = Ledger()
      try ledger.record(observation(at: 1, [whole("web1", [drifted("nmap", mode("1"), .unexpected)])]))
      try ledger.record(observation(at: 2, [whole("web1", [])], rules: Digest(of: rules.utf8)))
      #expect(ledger.ends(of: "nmap") == [reason])
    }
  }

  @Test func `absent from a list that is not whole stays open`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let part = TargetReport(
      target: "web1", state: .partly, reasons: [.init(.narrowed)], subjects: [inSync("cron")],
      listsEverySubject: false)
    try ledger.record(observation(at: 2, [part]))
    #expect(ledger.open("sshd")?.validFrom == hour(1))
  }

  @Test func `not observed stays open as it is`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let before = ledger.open("sshd")
    let blind = TargetReport(
      target: "web1", state: .partly,
      subjects: [SubjectReport("sshd", .unobserved(.skippedInCheckMode))], listsEverySubject: true)
    try ledger.record(observation(at: 2, [blind]))
    #expect(ledger.open("sshd") == before)
    try ledger.record(observation(at: 3, [unreachable("web1")]))
    #expect(ledger.open("sshd") == before)
  }

  @Test func `a subject that drifts again has the same id and a second interval`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let first = ledger.open("sshd")
    try ledger.record(observation(at: 2, [whole("web1", [inSync("sshd")])]))
    try ledger.record(observation(at: 3, [whole("web1", [drifted("sshd", mode("0644"))])]))
    #expect(ledger.open("sshd")?.id == first?.id)
    #expect(ledger.open("sshd")?.validFrom == hour(3))
  }

  @Test(arguments: [Delta([.init(path: "/content", .opaque(.binary))]), Delta([])])
  func `an opaque delta is confirmed only while no digest says that its value moved`(opaque: Delta) throws {
    func report(_ reality: UInt8?) -> SubjectReport {
      SubjectReport(
        "logo", .drifted(.changed, opaque, nil), reality: reality.map { Digest(of: [$0]) })
    }
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [report(1)])]))
    #expect(try ledger.record(observation(at: 2, [whole("web1", [report(1)])])).changes.isEmpty)
    #expect(try ledger.record(observation(at: 3, [whole("web1", [report(nil)])])).changes.isEmpty)
    try ledger.record(observation(at: 4, [whole("web1", [report(2)])]))
    #expect(ledger.ends(of: "logo") == [.superseded])
    #expect(ledger.open("logo")?.validFrom == hour(4))
  }

  @Test func `a list of findings ends before others begin, in the order of target, subject and aspect`()
    throws
  {
    var ledger = Ledger()
    try ledger.record(
      observation(
        at: 1,
        [
          whole("web2", [drifted("b", mode("1")), drifted("a", mode("1"))]),
          whole("web1", [drifted("z", mode("1"))]),
        ]))
    let outcome = try ledger.record(
      observation(
        at: 2, [whole("web2", [drifted("b", mode("2")), inSync("a")]), unreachable("web1")]))
    #expect(
      outcome.changes.map { "\($0.finding.target) \($0.finding.subject) \($0.finding.validTo == nil)" } == [
        "web2 a false", "web2 b false", "web1 * true", "web2 b true",
      ])
  }
}

/// What cannot be applied to a recorded state.
struct RefusalTests {
  @Test func `the same run again is repeated and writes nothing`() throws {
    var ledger = Ledger()
    let seen = try observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])])
    let first = try ledger.record(seen)
    let second = try diff(seen, against: ledger.recordedState, under: Rules())
    #expect(second.isRepeated)
    #expect(second.changes.isEmpty)
    #expect(second.receipt == first.receipt)
  }

  @Test func `another observation under a recorded run's id is refused, not passed over`() throws {
    var ledger = Ledger()
    let seen = try observation(at: 1, [whole("web1", [])])
    try ledger.record(seen)
    var other = seen
    other.evidence = [.init(name: "out.jsonl", digest: Digest(of: "other".utf8))]
    #expect(throws: Failure.self) { try diff(other, against: ledger.recordedState, under: Rules()) }
  }

  @Test func `an observation from before the recorded one is late`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 5, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let late = try observation(at: 4, [whole("web1", [inSync("sshd")])])
    #expect(throws: isLate(hour(4), recorded: hour(5))) {
      try diff(late, against: ledger.recordedState, under: Rules())
    }
  }

  @Test func `a narrowed run is late only for its own targets`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", []), whole("web2", [])]))
    try ledger.record(observation(at: 5, [whole("web1", [])], isWhole: false))
    try ledger.record(observation(at: 4, [whole("web2", [drifted("sshd", mode("0644"))])], isWhole: false))
    #expect(ledger.open("sshd", on: "web2")?.validFrom == hour(4))
    let late = try observation(at: 3, [whole("web1", []), whole("web2", [])])
    #expect(throws: Failure.self) { try diff(late, against: ledger.recordedState, under: Rules()) }
  }

  @Test func `a whole run is late when any target was looked at since`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", []), whole("web2", [])]))
    try ledger.record(observation(at: 5, [whole("web1", [])], isWhole: false))
    let late = try observation(at: 3, [whole("web2", [])])
    #expect(throws: isLate(hour(3), recorded: hour(5))) {
      try diff(late, against: ledger.recordedState, under: Rules())
    }
  }

  @Test func `the recordedState of another source or authority is foreign`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("sshd", mode("0644"))])]))
    let other = try observation(at: 2, [whole("web1", [])], authority: .tofu)
    let elsewhere = try observation(at: 2, [whole("web1", [])], source: #require(SourceName("other")))
    for foreign in [other, elsewhere] {
      do throws(Failure) {
        _ = try diff(foreign, against: ledger.recordedState, under: Rules())
        Issue.record("it was accepted")
      } catch {
        guard error.code == .foreign else {
          Issue.record("\(error)")
          continue
        }
      }
    }
  }
}
