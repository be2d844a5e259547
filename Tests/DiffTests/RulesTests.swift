import Diff
import Facts
import Testing

/// Masking, severity and the side that moved.
struct RulesTests {
  private let ignoreOwner = Rules(
    ignore: [.init(match: .init(source: site, path: "/owner"), reason: "changes by itself")])
  private let both = Delta([
    .init(path: "/mode", .values(desired: "0600", observed: "0644")),
    .init(path: "/owner", .values(desired: "root", observed: "app")),
  ])

  @Test func `what is ignored is masked and counted, and the rest stays drift`() throws {
    var ledger = Ledger()
    let outcome = try ledger.record(observation(at: 1, [whole("web1", [drifted("a", both)])]), ignoreOwner)
    #expect(ledger.open("a")?.delta == mode("0644"))
    #expect(outcome.receipt.targets.first?.masked == 1)
    #expect(outcome.receipt.targets.first?.drifted == 1)
  }

  @Test func `a subject masked as a whole is no drift and not in sync`() throws {
    var ledger = Ledger()
    let owner = mode("app", desired: "root", path: "/owner")
    let outcome = try ledger.record(observation(at: 1, [whole("web1", [drifted("a", owner)])]), ignoreOwner)
    let target = try #require(outcome.receipt.targets.first)
    #expect(ledger.recordedState.open.isEmpty)
    #expect((target.masked, target.drifted, target.inSync) == (1, 0, 0))
  }

  @Test func `where a rule hides all that was compared, the rest is not in sync but not observed`() throws {
    let partly = Delta([
      .init(path: "/mode", .opaque(.notCompared, desired: "0600")),
      .init(path: "/owner", .values(desired: "root", observed: "app")),
    ])
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", partly)])]))
    #expect(ledger.open("a")?.delta == partly)
    let outcome = try ledger.record(observation(at: 2, [whole("web1", [drifted("a", partly)])]), ignoreOwner)
    let target = try #require(outcome.receipt.targets.first)
    #expect((target.state, target.masked, target.drifted, target.unobserved) == (.partly, 1, 0, 1))
    let blind = try #require(ledger.recordedState.open.first)
    #expect(ledger.recordedState.open.count == 1 && blind.aspect == .coverage)
    #expect(blind.delta.entries == [.init(path: "a", .unobserved(.notCompared))])
  }

  @Test func `a new ignore rule redeclares what is open`() throws {
    var ledger = Ledger()
    let owner = mode("app", desired: "root", path: "/owner")
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", owner)])]))
    try ledger.record(observation(at: 2, [whole("web1", [drifted("a", owner)])]), ignoreOwner)
    #expect(ledger.ends(of: "a") == [.redeclared])
  }

  @Test func `a rule without a path masks the whole, of its source, target, subject and kind alone`() throws {
    let rules = Rules(
      ignore: [
        .init(match: .init(source: site, target: "web*", subject: "tmp?", kind: .changed), reason: "x")
      ])
    var ledger = Ledger()
    try ledger.record(
      observation(
        at: 1,
        [
          whole(
            "web1", [drifted("tmp1", both), drifted("tmp22", both), drifted("tmp3", both, .missing)]),
          whole("db1", [drifted("tmp1", both)]),
        ]), rules)
    #expect(
      Set(ledger.recordedState.open.map { "\($0.target) \($0.subject)" }) == ["web1 tmp22", "web1 tmp3", "db1 tmp1"])
    let elsewhere = Rules(ignore: [.init(match: .init(source: SourceName("other")), reason: "x")])
    var other = Ledger()
    try other.record(observation(at: 1, [whole("web1", [drifted("tmp1", both)])]), elsewhere)
    #expect(other.open("tmp1") != nil)
  }

  @Test func `a line that changes by itself is hidden, and the rest of its text is shown`() throws {
    let rules = Rules(ignore: [
      .init(match: .init(subject: "a", path: "/content", line: "# updated *"), reason: "a time stamp")
    ])
    func seen(_ stamp: Int, _ more: [String]) throws -> Ledger {
      var ledger = Ledger()
      let lines = ["@@ -1,3 +1,3 @@", "-# updated 0", "+# updated \(stamp)", " head"] + more
      let delta = Delta([.init(path: "/content", .text(lines + ["@@ -9 +9 @@", "-# updated 1", "+# updated 2"]))])
      try ledger.record(observation(at: 1, [whole("web1", [drifted("a", delta)])]), rules)
      return ledger
    }
    #expect(try seen(1, []).recordedState.open.isEmpty && seen(1, []).recordedState.receipt?.targets.first?.masked == 4)
    let found = try seen(1, ["-x=1", "+x=2"])
    #expect(
      found.open("a")?.delta == Delta([.init(path: "/content", .text(["@@ -1,3 +1,3 @@", " head", "-x=1", "+x=2"]))]))
    #expect(try seen(2, ["-x=1", "+x=2"]).open("a")?.delta == found.open("a")?.delta)
  }

  @Test func `what is back beside a masked line is resolved, and what a new rule masks is not`() throws {
    let rules = Rules(ignore: [.init(match: .init(subject: "a", line: "# updated *"), reason: "a time stamp")])
    func report(_ lines: String...) -> TargetReport {
      whole("web1", [drifted("a", Delta([.init(path: "/content", .text(["@@ -1,2 +1,2 @@"] + lines))]))])
    }
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [report("-# updated 1", "+# updated 2", "-x=1", "+x=2")]), rules)
    let back = try ledger.record(observation(at: 2, [report("-# updated 1", "+# updated 3")]), rules)
    #expect(back.receipt.changes.resolved == 1 && back.receipt.changes.redeclared == 0)
    var other = Ledger()
    try other.record(observation(at: 1, [report("-# updated 1", "+# updated 2")]))
    let masked = try other.record(observation(at: 2, [report("-# updated 1", "+# updated 2")]), rules)
    #expect(masked.receipt.changes.resolved == 0 && masked.receipt.changes.redeclared == 1)
  }

  @Test func `a probe that fails by design is declared by its name, counted, and nothing else is hidden so`() throws {
    let rules = Rules(ignore: [
      .init(match: .init(subject: "probe", kind: .unobserved), reason: "fails where there is no cluster"),
      .init(match: .init(kind: .unobserved), reason: "names no task"),
    ])
    func seen(_ subjects: [SubjectReport]) throws -> Ledger {
      var ledger = Ledger()
      let report = TargetReport(target: "web1", state: .partly, subjects: subjects, listsEverySubject: false)
      try ledger.record(observation(at: 1, [report]), rules)
      return ledger
    }
    let failed = SubjectReport("probe", .unobserved(.failureTaken))
    let expected = try seen([failed])
    #expect(expected.recordedState.open.isEmpty)
    #expect(expected.recordedState.receipt?.targets.map(\.masked) == [1])
    #expect(expected.recordedState.receipt?.targets.map(\.state) == [.observed])
    // Nor is one that ends the play, which is nobody's design.
    #expect(try seen([.init("probe", .unobserved(.taskFailed))]).coverage() != nil)
    #expect(
      try seen([failed, .init("other", .unobserved(.failureTaken))]).coverage()?.entries.map(\.path) == ["other"])
    #expect(try seen([.init("probe", .unobserved(.skippedInCheckMode))]).coverage() != nil)
  }

  @Test func `no ignore rule hides what was not observed`() throws {
    let rules = Rules(ignore: [.init(match: .init(), reason: "all")])
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [unreachable("web1")]), rules)
    #expect(ledger.coverage() != nil)
  }

  @Test func `the first severity rule that matches decides, else medium`() throws {
    let rules = Rules(severity: [
      .init(match: .init(subject: "*sshd*"), severity: .critical),
      .init(match: .init(path: "/mode"), severity: .high),
      .init(match: .init(kind: .unobserved), severity: .low),
      .init(match: .init(subject: "*"), severity: .medium),
    ])
    var ledger = Ledger()
    let owner = mode("app", desired: "root", path: "/owner")
    try ledger.record(
      observation(
        at: 1,
        [
          whole("web1", [drifted("/etc/sshd", both), drifted("b", both), drifted("c", owner)]),
          unreachable("web2"),
        ]), rules)
    #expect(ledger.open("/etc/sshd")?.severity == .critical)
    #expect(ledger.open("b")?.severity == .high)
    #expect(ledger.open("c")?.severity == .medium)
    #expect(ledger.open("*", on: "web2", .coverage)?.severity == .low)
  }
}

/// Which side moved: only what can be proved.
struct CauseTests {
  private let old = Digest(of: [1])
  private let new = Digest(of: [2])

  @Test func `what the authority says stands`() throws {
    var ledger = Ledger()
    let report = SubjectReport("a", .drifted(.changed, mode("1"), .declaration))
    try ledger.record(observation(at: 1, [whole("web1", [report])]))
    #expect(ledger.open("a")?.cause == .declaration)
  }

  @Test func `in sync last time under the same declaration means that the world moved`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [inSync("a")])], desired: old))
    try ledger.record(observation(at: 2, [whole("web1", [drifted("a", mode("1"))])], desired: old))
    #expect(ledger.open("a")?.cause == .world)
  }

  @Test func `nothing is said on a first look, under another declaration or after a partial look`() throws {
    var first = Ledger()
    try first.record(observation(at: 1, [whole("web1", [drifted("a", mode("1"))])], desired: old))
    #expect(try #require(first.open("a")).cause == nil)

    var other = Ledger()
    try other.record(observation(at: 1, [whole("web1", [inSync("a")])], desired: old))
    try other.record(observation(at: 2, [whole("web1", [drifted("a", mode("1"))])], desired: new))
    #expect(try #require(other.open("a")).cause == nil)

    var unknown = Ledger()
    try unknown.record(observation(at: 1, [whole("web1", [inSync("a")])]))
    try unknown.record(observation(at: 2, [whole("web1", [drifted("a", mode("1"))])]))
    #expect(try #require(unknown.open("a")).cause == nil)

    var partial = Ledger()
    try partial.record(observation(at: 1, [unreachable("web1")], desired: old))
    try partial.record(observation(at: 2, [whole("web1", [drifted("a", mode("1"))])], desired: old))
    #expect(try #require(partial.open("a")).cause == nil)
  }

  @Test(arguments: [
    (mode("1", desired: "0"), mode("2", desired: "0"), Cause.world),
    (mode("1", desired: "0"), mode("1", desired: "2"), .declaration),
    (mode("1", desired: "0"), mode("2", desired: "3"), .both),
  ])
  func `one delta after another tells the side by its values`(before: Delta, now: Delta, cause: Cause) throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", before)])]))
    try ledger.record(observation(at: 2, [whole("web1", [drifted("a", now)])]))
    #expect(ledger.open("a")?.cause == cause)
  }

  @Test func `parts that only one delta has tell nothing`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", mode("1"))])]))
    let more = Delta(mode("1").entries + mode("app", desired: "root", path: "/owner").entries)
    try ledger.record(observation(at: 2, [whole("web1", [drifted("a", more)])]))
    #expect(try #require(ledger.open("a")).cause == nil)
  }

  @Test func `the declaration of a narrowed run says nothing of the targets that it left out`() throws {
    var ledger = Ledger()
    try ledger.record(
      observation(at: 1, [whole("web1", [inSync("a")]), whole("web2", [inSync("a")])], desired: old))
    try ledger.record(observation(at: 2, [whole("web2", [inSync("a")])], isWhole: false, desired: new))
    try ledger.record(
      observation(
        at: 3, [whole("web1", [drifted("a", mode("1"))]), whole("web2", [drifted("a", mode("1"))])],
        desired: new))
    #expect(try #require(ledger.open("a", on: "web1")).cause == nil)
    #expect(ledger.open("a", on: "web2")?.cause == .world)
  }

  @Test func `what other rules may have hidden is not said to have moved`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [inSync("a")])], desired: old))
    try ledger.record(
      observation(
        at: 2, [whole("web1", [drifted("a", mode("1"))])], desired: old, rules: Digest(of: "others".utf8)))
    #expect(try #require(ledger.open("a")).cause == nil)
  }

  @Test func `a delta without values tells nothing`() throws {
    var ledger = Ledger()
    try ledger.record(observation(at: 1, [whole("web1", [drifted("a", mode("1"))])], desired: old))
    let text = Delta([.init(path: "/content", .text(["-a", "+b"]))])
    try ledger.record(observation(at: 2, [whole("web1", [drifted("a", text)])], desired: old))
    #expect(try #require(ledger.open("a")).cause == nil)
  }
}
