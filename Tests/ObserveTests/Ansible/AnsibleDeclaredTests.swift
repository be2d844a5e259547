import Facts
import Observe
import Testing

/// Coverage is counted from what the plays declare: each task and handler of each host is seen, drifted, not due, or a gap with its reason.
@Suite struct AnsibleDeclaredTests {
  private let copy = AnsibleStream.task("Copy")
  private let asked = AnsibleStream.result(
    "skipped", AnsibleStream.task("Ask", action: "command", #","sets":["q"]"#), #"{"skipped":true}"#)
  private let inSync = AnsibleStream.result("ok", AnsibleStream.task("Copy"), #"{"changed":false}"#)

  private func report(
    _ play: String, _ events: [String], ok: Int = 0, changed: Int = 0, skipped: Int = 0
  ) throws -> TargetReport {
    let lines =
      [AnsibleStream.start, AnsibleStream.playbook(), play] + events
      + [AnsibleStream.stats(ok: ok, changed: changed, skipped: skipped)]
    return try AnsibleFixture.ingest(lines: lines).report(on: "alpha")
  }

  private func handlers(_ tasks: String...) -> String {
    AnsibleStream.play(tasks: [copy]).replacing(
      #""tasks":"#, with: #""handlers":[\#(tasks.joined(separator: ","))],"tasks":"#)
  }

  @Test(arguments: [
    ("copy", "", true), ("command", "", false), ("template", #","state":null"#, true),
    ("service", #","state":"restarted""#, false), ("systemd", #","state":"{{ wanted }}""#, false),
    ("service", #","state":"started""#, true), ("file", #","state":"touch""#, false), ("debug", "", false),
  ])
  func `what only a handler declares is a gap, and what it only does is none`(action: String, more: String, isGap: Bool)
    throws
  {
    let play = handlers(AnsibleStream.task("H", action: action, more))
    let notifies = AnsibleStream.task("Copy", #","notifies":["H"]"#)
    let found = try report(play, [AnsibleStream.result("ok", notifies, #"{"changed":false}"#)], ok: 1)
    #expect(found.subjects.map(\.subject).contains("site.yml: P | H") == isGap)
    #expect(found.state == (isGap ? .partly : .observed))
    if isGap { #expect(try found.subject("| H").state == .unobserved(.notNotified)) }
    // Where no task that is due may notify it, it is not declared for the host.
    let leftOut = AnsibleStream.result(
      "skipped", notifies, #"{"skipped":true,"false_condition":"x","skip_reason":"Conditional"}"#)
    #expect(
      try report(
        play, [leftOut, AnsibleStream.result("ok", AnsibleStream.task("Other"), #"{"changed":false}"#)],
        ok: 1, skipped: 1
      ).state == .observed)
  }

  @Test(arguments: [("x", "x", true), ("base is changed", "base is changed", false), ("q", "q", false)])
  func `a handler that was notified and is left out by its own condition is no gap, where that proves it`(
    condition: String, uses: String, isProven: Bool
  ) throws {
    let handler = AnsibleStream.task("H", #","uses":["\#(uses)"]"#)
    let notifies = AnsibleStream.task("Copy", #","notifies":["H"]"#)
    let leftOut = AnsibleStream.result(
      "skipped", handler.replacing(#""name":"H""#, with: #""name":"H","handler":true"#),
      #"{"skipped":true,"false_condition":"\#(condition)","skip_reason":"Conditional"}"#)
    let found = try report(
      handlers(AnsibleStream.task("H")),
      [asked, AnsibleStream.result("ok", notifies, #"{"changed":true}"#), leftOut], ok: 1, changed: 1, skipped: 2)
    #expect(found.provesAbsence(of: "site.yml: P | H") == isProven)
  }

  @Test func `handlers of a role that came in while the play ran are declared, too`() throws {
    let notifies = AnsibleStream.task("Copy", #","notifies":["r : H"]"#)
    let found = try report(
      AnsibleStream.play(tasks: [copy]),
      [
        AnsibleStream.result("ok", notifies, #"{"changed":false}"#),
        #"{"event":"handlers","play":{"index":0,"name":"P"},"handlers":[\#(AnsibleStream.task("r : H"))]}"#,
      ], ok: 1)
    #expect(try found.subject("r : H").state == .unobserved(.notNotified))
  }

  @Test func `an include that is not proven leaves what it sets unproven, and one that is proven says nothing of it`()
    throws
  {
    let use = AnsibleStream.result("ok", AnsibleStream.task("Use", #","uses":["port"]"#), #"{"changed":true}"#)
    func include(_ condition: String) -> String {
      AnsibleStream.task("Parts", action: "include_tasks", #","sets":["port"],"uses":["\#(condition)"]"#)
    }
    for (name, isUnproven) in [("q", true), ("plain", false)] {
      let found = try report(
        AnsibleStream.play(), [asked, AnsibleStream.result("ok", include(name), #"{"changed":false}"#), use], ok: 2,
        changed: 1, skipped: 1)
      #expect(try found.subject("Use").isUnobserved == isUnproven)
    }
  }

  @Test func `a fact that is set for another host is unproven there`() throws {
    let play = AnsibleStream.play(["alpha", "bravo"])
    let fact = AnsibleStream.task("Fact", action: "set_fact", #","sets":["far"],"uses":["q"],"delegate_facts":true"#)
    let delegated = AnsibleStream.result("ok", fact, #"{"changed":false}"#, #","delegated":"bravo""#)
    let use = AnsibleStream.task("Use", #","uses":["far"]"#)
    let lines =
      [AnsibleStream.start, AnsibleStream.playbook(), play, asked, delegated]
      + ["alpha", "bravo"].map { AnsibleStream.result("ok", use, #"{"changed":true}"#, host: $0) }
    let found = try AnsibleFixture.ingest(lines: lines + [AnsibleStream.stats(ok: 2, changed: 1, skipped: 1)])
    #expect(try found.report(on: "bravo").subject("Use").isUnobserved)
    #expect(try !found.report(on: "alpha").subject("Use").isUnobserved)
  }

  @Test func `where a task that adds hosts was not observed, the list of hosts is not whole`() throws {
    let add = AnsibleStream.task("Add", action: "add_host", #","uses":["q"]"#)
    let skipped = #"{"skipped":true,"false_condition":"q.stdout == '8'","skip_reason":"Conditional"}"#
    let found = try report(
      AnsibleStream.play(),
      [asked, AnsibleStream.result("skipped", add, skipped), AnsibleStream.result("ok", copy, #"{"changed":true}"#)],
      ok: 1, changed: 1, skipped: 2)
    #expect(found.reasons.map(\.code) == [.notTraceable] && found.drifted.count == 1)
  }

  private func ending(_ ends: String, _ more: String = "") -> String {
    AnsibleStream.task("end", action: "meta", #","ends":"\#(ends)""# + more)
  }

  private func start(_ task: String) -> String {
    #"{"event":"task","play":{"index":0,"name":"P"},"task":\#(task)}"#
  }

  @Test(arguments: ["end_host", "end_play", "end_batch"])
  func `what a meta task leaves out under a plain condition is not due, and a gap behind an unproven one`(ends: String)
    throws
  {
    let first = AnsibleStream.result("ok", AnsibleStream.task("First"), #"{"changed":false}"#)
    let play = AnsibleStream.play(tasks: [AnsibleStream.task("First"), ending(ends), copy])
    let ended = try report(play, [first, start(ending(ends))], ok: 1)
    #expect(ended.state == .observed && ended.subjects.map(\.subject) == ["site.yml: P | First"])
    let unproven = try report(play, [asked, first, start(ending(ends, #","uses":["q"]"#))], ok: 1, skipped: 1)
    #expect(try unproven.subject("Copy").state == .unobserved(.dependsOnUnobserved))
    // Skipped, it ends nothing, and a task without a result is one that was not reached.
    let skipped = AnsibleStream.result("skipped", ending(ends), #"{"skipped":true}"#)
    let passed = try report(play, [first, start(ending(ends)), skipped], ok: 1, skipped: 1)
    #expect(try passed.subject("Copy").state == .unobserved(.notReached))
  }

  @Test func `a play that matches nobody is a target of its own, unless an admin retired it`() throws {
    let play = AnsibleStream.play(["alpha"], tasks: [copy])
    let nobody =
      #"{"event":"play","play":{"index":1,"name":"B"},"hosts":["databses"],"matches":false,"targets":[],"#
      + #""tasks":[\#(copy)]}"#
    let lines = [AnsibleStream.start, AnsibleStream.playbook(), play, inSync, nobody, AnsibleStream.stats(ok: 1)]
    let found = try AnsibleFixture.ingest(lines: lines)
    #expect(found.targets.map(\.target) == ["alpha", "site.yml: B"])
    #expect(try found.report(on: "site.yml: B").reasons == [.init(.noHostMatched, "hosts: databses")])
    let narrowed = try AnsibleFixture.withFolder { folder in
      try AnsibleFixture.write(lines.map { $0 + "\n" }.joined(), "events.jsonl", in: folder)
      try AnsibleFixture.write("0\n", "ansible.rc", in: folder)
      try AnsibleFixture.write("alpha\n", "targets.txt", in: folder)
      return try AnsibleFixture.ingest(folder, targets: ["alpha"])
    }
    #expect(narrowed.targets.map(\.target) == ["alpha"])
  }

  @Test func `a task that was held to check mode leaves what it sets unproven`() throws {
    let held = AnsibleStream.task("Real", #","held":true,"sets":["q"]"#)
    let use = AnsibleStream.task("Use", #","uses":["q"]"#)
    let found = try report(
      AnsibleStream.play(),
      [
        AnsibleStream.result("ok", held, #"{"changed":false}"#), AnsibleStream.result("ok", use, #"{"changed":true}"#),
      ], ok: 2, changed: 1)
    #expect(try found.subject("Real").state == .inSync)
    #expect(try found.subject("Use").state == .unobserved(.dependsOnUnobserved))
  }

  @Test func `where variables have no name, nothing after them is proven, and nobody can waive that`() throws {
    let include = AnsibleStream.task("Vars", action: "include_vars", #","sets":["*"],"uses":["q"]"#)
    let found = try report(
      AnsibleStream.play(),
      [
        asked, AnsibleStream.result("ok", include, #"{"changed":false}"#),
        AnsibleStream.result("ok", copy, #"{"changed":true}"#),
      ], ok: 2, changed: 1, skipped: 1)
    #expect(found.reasons.map(\.code) == [.notTraceable] && !found.listsEverySubject)
    #expect(found.subjects.allSatisfy(\.isUnobserved) && found.subjects.count == 3)
    let finding = Finding(
      kind: .unobserved, authority: .ansible, source: SourceName("site")!, target: "alpha", subject: Finding.whole,
      severity: .medium, validFrom: AnsibleFixture.begin,
      delta: Delta(found.reasons.map { .init(path: Finding.whole.text, .unobserved($0.code)) }),
      seen: .init(run: RunID(begin: AnsibleFixture.begin, tail: 1), tool: "ansible", evidence: nil))
    #expect(Waiver.objection(to: finding) == .notTraceable)
  }

  @Test func `what a task that was not observed may have hidden stays open, and nothing else`() throws {
    func include(_ more: String) -> String {
      AnsibleStream.result(
        "skipped", AnsibleStream.task("Parts", action: "include_tasks", #","uses":["q"]"# + more),
        #"{"skipped":true,"false_condition":"q.stdout == '7'","skip_reason":"Conditional"}"#)
    }
    let use = AnsibleStream.result("ok", AnsibleStream.task("Use", #","uses":["q"]"#), #"{"changed":true}"#)
    let play = AnsibleStream.play(tasks: [copy])
    let found = try report(
      play, [asked, use, inSync, include(#","brings":["r : In"]"#)], ok: 2, changed: 1, skipped: 2)
    for (name, isOver) in [
      ("Use | /a", false), ("Use #2", false), ("r : In | /b", false), ("Parts", false), ("Used", true),
      ("Copy | b", true),
    ] { #expect(found.provesAbsence(of: "site.yml: P | \(name)") == isOver, "\(name)") }
    // Behind an include that nobody can read there may be any task.
    let unread = try report(play, [asked, use, inSync, include("")], ok: 2, changed: 1, skipped: 2)
    #expect(!unread.provesAbsence(of: "site.yml: P | Gone"))
    // A failure keeps back tasks that are known by name, but for those of an include.
    let failed = AnsibleStream.result("failed", copy, #"{"failed":true}"#)
    let rest = AnsibleStream.play(tasks: [copy, AnsibleStream.task("Rest")])
    for (play, isWhole) in [(rest, true), (AnsibleStream.play(tasks: [AnsibleStream.task("Rest")]), false)] {
      let lines = [AnsibleStream.start, AnsibleStream.playbook(), play, failed, AnsibleStream.stats(failures: 1)]
      let found = try AnsibleFixture.ingest(lines: lines, code: "2").report(on: "alpha")
      #expect(try found.subject("Rest").state == .unobserved(.notReached))
      #expect(found.provesAbsence(of: "site.yml: P | Gone") == isWhole)
      #expect(!found.provesAbsence(of: "site.yml: P | Rest | /x"))
    }
  }

  @Test func `a name that is computed hangs on anything that is not proven, and on nothing else`() throws {
    let task = AnsibleStream.task("Computed", #","uses":["*","name"]"#)
    let drift = AnsibleStream.result("ok", task, #"{"changed":true}"#)
    #expect(try report(AnsibleStream.play(), [drift], ok: 1, changed: 1).drifted.count == 1)
    let found = try report(AnsibleStream.play(), [asked, drift], ok: 1, changed: 1, skipped: 1)
    #expect(try found.subject("Computed").state == .unobserved(.dependsOnUnobserved))
  }
}
