import Diff
import Facts
import StrictJSON
import Testing

/// "Not looked at" is a finding of its own, one for each target.
struct CoverageTests {
  private func partly(_ blind: [(SubjectName, Unobserved)], _ reasons: [Unobserved] = []) -> TargetReport {
    TargetReport(
      target: "web1", state: .partly, reasons: reasons.map { .init($0) },
      subjects: blind.map { SubjectReport($0.0, .unobserved($0.1)) }, listsEverySubject: true)
  }

  @Test func `all that was not observed on a target is one finding`() throws {
    var ledger = Ledger()
    let outcome = try ledger.record(
      observation(at: 1, [partly([("b", .taskFailed), ("a", .hidden)], [.narrowed]), unreachable("web2")]))
    #expect(ledger.recordedState.open.map(\.aspect) == [.coverage, .coverage])
    #expect(
      ledger.coverage()?.entries == [
        .init(path: "*", .unobserved(.narrowed)), .init(path: "a", .unobserved(.hidden)),
        .init(path: "b", .unobserved(.taskFailed)),
      ])
    #expect(ledger.open("*", .coverage)?.kind == .unobserved)
    #expect(ledger.coverage(of: "web2")?.entries == [.init(path: "*", .unobserved(.unreachable))])
    #expect(outcome.receipt.targets.map(\.unobserved) == [3, 1])
    #expect(outcome.receipt.targets.map(\.state) == [.partly, .unreachable])
  }

  @Test func `another list supersedes, the same in another order does not`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [partly([("a", .hidden), ("b", .hidden)])]))
    #expect(
      try ledger.record(observation(at: 2, [partly([("b", .hidden), ("a", .hidden)])])).changes.isEmpty)
    try ledger.record(observation(at: 3, [partly([("a", .hidden), ("b", .hidden), ("c", .hidden)])]))
    #expect(ledger.ends(of: "*", .coverage) == [.superseded])
    try ledger.record(observation(at: 4, [partly([("a", .hidden)])]))
    #expect(ledger.ends(of: "*", .coverage) == [.superseded, .superseded])
    #expect(ledger.open("*", .coverage)?.validFrom == hour(4))
  }

  @Test func `another reason for the same blind spot supersedes`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [partly([("a", .hidden)])]))
    try ledger.record(observation(at: 2, [partly([("a", .taskFailed)])]))
    #expect(ledger.ends(of: "*", .coverage) == [.superseded])
  }

  @Test func `the words of a tool are not compared`() throws {
    func failed(_ words: String) -> TargetReport {
      TargetReport(
        target: "web1", state: .failed, reasons: [.init(.toolFailed, words)], listsEverySubject: false)
    }
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [failed("timeout after 10.1 s")]))
    #expect(try ledger.record(observation(at: 2, [failed("timeout after 10.2 s")])).changes.isEmpty)
  }

  @Test func `fully observed resolves`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [unreachable("web1")]))
    try ledger.record(observation(at: 2, [whole("web1", [inSync("a")])]))
    #expect(ledger.ends(of: "*", .coverage) == [.resolved])
    #expect(ledger.recordedState.open.isEmpty)
  }

  @Test func `a narrowed run leaves the others and their age alone`() throws {
    var ledger = Ledger()
    try ledger.record(
      observation(at: 1, [whole("web1", [drifted("a", mode("1"))]), unreachable("web2")]))
    let outcome = try ledger.record(observation(at: 2, [whole("web1", [inSync("a")])], isWhole: false))
    #expect(outcome.changes.count == 1)
    #expect(ledger.coverage(of: "web2") != nil)
    #expect(outcome.receipt.targets.map(\.target) == ["web1", "web2"])
    #expect(outcome.receipt.targets.map(\.observedAt) == [hour(2), hour(1)])
    #expect(outcome.receipt.targets.map(\.run) == [run(at: 2), run(at: 1)])
  }

  @Test func `a target gone from a whole run is no longer declared until an admin retires it`() throws {
    var ledger = Ledger()
    try ledger.record(
      observation(at: 1, [whole("web1", [drifted("a", mode("1"))]), whole("web2", [inSync("a")])]))
    let outcome = try ledger.record(observation(at: 2, [whole("web2", [inSync("a")])]))
    #expect(ledger.open("a")?.validFrom == hour(1))
    #expect(ledger.coverage()?.entries == [.init(path: "*", .unobserved(.noLongerDeclared))])
    #expect(outcome.receipt.targets.map(\.state) == [.failed, .observed])
    for number in 3...4 as ClosedRange<Int64> {
      let again = try ledger.record(observation(at: number, [whole("web2", [inSync("a")])]))
      #expect(again.changes.isEmpty)
      #expect(again.receipt.changes.confirmed == 1)
      #expect(again.receipt.targets.count == 2)
    }
    ledger.recordedState.retired = ["web1"]
    let last = try ledger.record(observation(at: 5, [whole("web2", [inSync("a")])]))
    #expect(ledger.ends(of: "*", .coverage) == [.undeclared] && ledger.ends(of: "a") == [.undeclared])
    #expect(last.receipt.targets.map(\.target) == ["web2"])
    #expect(ledger.recordedState.open.isEmpty)
  }

  @Test func `what an admin retired and the inventory still lists is looked at as ever`() throws {
    var ledger = Ledger()
    ledger.recordedState.retired = ["web1"]
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", mode("1"))])]))
    try ledger.record(observation(at: 2, [unreachable("web1")]))
    #expect(ledger.open("a") != nil)
    #expect(ledger.coverage() != nil)
  }

  @Test func `a play that matches nobody keeps what was found under it, and is gone once it matches`() throws {
    var ledger = Ledger()
    let subject: SubjectName = "site.yml: B | b"
    try ledger.record(observation(at: 1, [whole("web1", [drifted(subject, mode("1")), drifted("a", mode("1"))])]))
    let nobody = TargetReport(
      target: "site.yml: B", state: .failed, reasons: [.init(.noHostMatched)], listsEverySubject: false)
    try ledger.record(observation(at: 2, [whole("web1", []), nobody]))
    #expect(ledger.open(subject) != nil && ledger.ends(of: "a") == [.undeclared])
    #expect(ledger.coverage(of: "site.yml: B") != nil)
    let outcome = try ledger.record(observation(at: 3, [whole("web1", [inSync(subject)])]))
    #expect(ledger.recordedState.open.isEmpty && outcome.receipt.targets.map(\.target) == ["web1"])
  }

  @Test func `a play that vanished keeps what was found under it until an admin retires it or it is back`() throws {
    let (kept, other): (SubjectName, SubjectName) = ("site.yml: B | b", "site.yml: A | a")
    func begun() throws -> Ledger {
      var ledger = Ledger()
      try ledger.record(observation(at: 1, [whole("web1", [drifted(kept, mode("1")), drifted(other, mode("1"))])]))
      // Where a host's tasks are not all known, nobody can say that it vanished.
      try ledger.record(observation(at: 2, [whole("web1", [inSync(other)]), unreachable("web2")]))
      #expect(ledger.open(kept) != nil && ledger.coverage(of: "site.yml: B") == nil)
      try ledger.record(observation(at: 3, [whole("web1", [inSync(other)]), whole("web2", [])]))
      #expect(ledger.open(kept) != nil && ledger.ends(of: other) == [.resolved])
      #expect(ledger.coverage(of: "site.yml: B")?.entries == [.init(path: "*", .unobserved(.playVanished))])
      return ledger
    }
    var retired = try begun()
    retired.recordedState.retired = ["site.yml: B"]
    try retired.record(observation(at: 4, [whole("web1", [inSync(other)]), whole("web2", [])]))
    #expect(retired.recordedState.open.isEmpty && retired.ends(of: kept) == [.undeclared])
    var back = try begun()
    let outcome = try back.record(observation(at: 4, [whole("web1", [inSync(kept)]), whole("web2", [])]))
    #expect(back.recordedState.open.isEmpty && back.ends(of: kept) == [.resolved])
    #expect(outcome.receipt.targets.map(\.target) == ["web1", "web2"])
  }

  @Test func `what is not in the list is over, but for what was not observed`() throws {
    var ledger = Ledger()
    let names: [SubjectName] = ["P | T | /etc/a", "P | T #2", "P | T", "P | Tea"]
    try ledger.record(observation(at: 1, [whole("web1", names.map { drifted($0, mode("1")) })]))
    var report = TargetReport(
      target: "web1", state: .partly, subjects: [.init("P | Ask", .unobserved(.skippedInCheckMode))],
      listsEverySubject: true)
    report.unlisted = ["P | Tea"]
    try ledger.record(observation(at: 2, [report]))
    #expect(ledger.recordedState.open.filter { $0.aspect == .drift }.map(\.subject) == ["P | Tea"])
  }

  @Test func `the silence of a collector proves nothing`() throws {
    var ledger = Ledger()
    let facts: JSON = ["kernel": "6.1"]
    ledger.recordedState.knownGood = ["web1", "web2"].map {
      KnownGood(
        source: site, target: $0, observedAt: hour(0), run: run(at: 0), tool: "collector", facts: facts)
    }
    func seen(_ target: TargetName, _ kernel: JSON) -> TargetReport {
      TargetReport(target: target, state: .observed, listsEverySubject: true, facts: ["kernel": kernel])
    }
    try ledger.record(
      observation(
        at: 1, [seen("web1", "6.2"), seen("web2", "6.1")], authority: .snapshot, origin: .collector))
    try ledger.record(
      observation(at: 2, [seen("web2", "6.1")], authority: .snapshot, origin: .collector))
    #expect(ledger.open("/kernel")?.validFrom == hour(1))
    #expect(ledger.coverage()?.entries == [.init(path: "*", .unobserved(.noLongerDeclared))])
  }

  @Test func `facts that a run was not to look at are not missing`() throws {
    var ledger = Ledger()
    ledger.recordedState.knownGood = [
      KnownGood(
        source: site, target: "web1", observedAt: hour(0), run: run(at: 0), tool: "collector",
        facts: ["kernel": "6.1", "os": ["name": "debian"]])
    ]
    var report = TargetReport(target: "web1", state: .observed, listsEverySubject: true, facts: ["kernel": "6.2"])
    report.include = ["/kernel"]
    try ledger.record(observation(at: 1, [report], authority: .snapshot, origin: .collector))
    #expect(ledger.recordedState.open.map(\.subject) == ["/kernel"])
  }

  @Test func `a known-good whose target no run declares is missed from the first run on`() throws {
    var ledger = Ledger()
    ledger.recordedState.knownGood = [
      KnownGood(
        source: site, target: "web1", observedAt: hour(0), run: run(at: 0), tool: "collector", facts: [:])
    ]
    let other = TargetReport(target: "web2", state: .observed, listsEverySubject: true, facts: [:])
    let outcome = try ledger.record(observation(at: 1, [other], authority: .snapshot, origin: .collector))
    #expect(ledger.coverage()?.entries == [.init(path: "*", .unobserved(.noLongerDeclared))])
    #expect(outcome.receipt.targets.map(\.target) == ["web1", "web2"])
  }
}
