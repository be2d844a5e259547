import Facts
import Observe
import Testing

/// What single results say.
@Suite struct AnsibleVerdictTests {
  private func subjects(_ results: [String], ok: Int = 0, changed: Int = 0, skipped: Int = 0) throws
    -> [SubjectReport]
  {
    try AnsibleFixture.ingest(lines: AnsibleStream.run(results, ok: ok, changed: changed, skipped: skipped))
      .report(on: "alpha").subjects
  }

  private func only(
    _ event: String, _ result: String, action: String = "ansible.builtin.copy", _ more: String = ""
  )
    throws -> SubjectReport.State?
  {
    let found = try subjects([
      AnsibleStream.result(event, AnsibleStream.task("T", action: action, more), result)
    ])
    #expect(found.count <= 1)
    return found.first?.state
  }

  private func kind(_ diff: String) throws -> Kind? {
    guard case .drifted(let kind, _, _) = try only("ok", #"{"changed":true,"diff":\#(diff)}"#) else {
      return nil
    }
    return kind
  }

  @Test func `an attribute of the host is observed and one of the playbook desired`() throws {
    let diff =
      #"{"before":{"path":"/p","mode":"0644","owner":"root"},"after":{"path":"/p","mode":"0600","owner":"root"}}"#
    let expected = Delta([.init(path: "/mode", .values(desired: "0600", observed: "0644"))])
    #expect(try only("ok", #"{"changed":true,"diff":\#(diff)}"#) == .drifted(.changed, expected, nil))
  }

  @Test func `what is absent is missing and what should be is unexpected`() throws {
    #expect(try kind(#"{"before":{"state":"absent"},"after":{"state":"directory"}}"#) == .missing)
    #expect(try kind(#"{"before":{"state":"absent"},"after":{"state":"touch"}}"#) == .missing)
    #expect(try kind(#"{"before":{"state":"link"},"after":{"state":"absent"}}"#) == .unexpected)
    #expect(try kind(#"[{"before":"","after":"x\n","after_header":"/tmp/y"}]"#) == .missing)
    #expect(try kind(#"[{"before":"","after":"x\n","before_header":"/p"}]"#) == .changed)
    #expect(try kind(#"{"before":{"state":"file"},"after":{"state":"directory"}}"#) == .changed)
  }

  @Test(arguments: [
    (#"{"changed":true}"#, Opaque.changed), (#"{"changed":true,"diff":[]}"#, .changed),
    (#"{"changed":true,"diff":{"before":{"path":"/p"},"after":{"path":"/p"}}}"#, .changed),
    (#"{"changed":true,"diff":[{"src_binary":1,"dst_binary":1}]}"#, .binary),
    (#"{"changed":true,"diff":[{"before":"x","src_binary":1}]}"#, .binary),
    (#"{"changed":true,"diff":[{"src_larger":104448,"dst_larger":104448}]}"#, .tooLarge),
    (#"{"changed":true,"diff":{"prepared":">> a"}}"#, .prepared),
    (#"{"changed":true,"censored":"x"}"#, .hidden),
  ])
  func `a change that is not shown is drift all the same`(result: String, why: Opaque) throws {
    guard case .drifted(.changed, let delta, nil) = try only("ok", result) else {
      Issue.record("no drift")
      return
    }
    #expect(delta.entries.map(\.content) == [.opaque(why)])
    #expect(delta.isOpaque)
  }

  @Test func `a diff too large to keep is opaque, and still tells one change from another`() throws {
    func report(_ letter: String) throws -> SubjectReport? {
      let text = (0..<20_000).map { "\(letter) line \($0)\\n" }.joined()
      let result = #"{"changed":true,"diff":{"before":"\#(text)","after":"x\n","before_header":"/p"}}"#
      return try subjects([AnsibleStream.result("ok", AnsibleStream.task("T"), result)], ok: 1, changed: 1)
        .first
    }
    let (first, second) = (try report("a"), try report("b"))
    #expect(first?.state == second?.state)
    #expect(first?.reality != nil && first?.reality != second?.reality)
    #expect(first?.desired == second?.desired)
  }

  @Test func `unchanged is in sync, unless the diff says otherwise`() throws {
    #expect(
      try only("ok", #"{"changed":false,"diff":{"before":{"state":"file"},"after":{"state":"touch"}}}"#)
        == .inSync)
    #expect(try only("ok", #"{"changed":false}"#) == .inSync)
    guard case .drifted = try only("ok", #"{"changed":false,"diff":{"before":"a\n","after":"b\n"}}"#) else {
      Issue.record("a silenced difference was taken for in sync")
      return
    }
    // A field that is missing has no meaning: it is no no_log, and an include has none.
    #expect(try only("ok", "{}") == .unobserved(.unreadable))
    #expect(try only("ok", "{}", action: "ansible.builtin.include_tasks") == nil)
  }

  @Test(arguments: [
    "debug", "ansible.builtin.set_fact", "ansible.builtin.assert", "ansible.legacy.stat",
    "ansible.builtin.setup",
    "community.general.thing_info", "ansible.builtin.package_facts", "ansible.builtin.include_tasks",
    "wait_for",
  ])
  func `a task that proves nothing is no subject, unless it fails`(action: String) throws {
    #expect(try only("ok", #"{"changed":false}"#, action: action) == nil)
    #expect(try only("failed", #"{"failed":true,"msg":"no"}"#, action: action) == .unobserved(.taskFailed))
  }

  @Test(arguments: [
    (#"{"skipped":true}"#, Unobserved.skippedInCheckMode),
    (#"{"skipped":true,"msg":"remote module (x) does not support check mode"}"#, .skippedInCheckMode),
    (#"{"skipped":true,"msg":"Command would have run if not in check mode","rc":0}"#, .skippedInCheckMode),
    (
      #"{"skipped":true,"skip_reason":"Conditional result was False","false_condition":"not ansible_check_mode"}"#,
      .conditionOnCheckMode
    ),
    (#"{"skipped":true,"censored":"x"}"#, .skippedInCheckMode),
  ])
  func `a skip that check mode caused is unobserved`(result: String, why: Unobserved) throws {
    #expect(try only("skipped", result) == .unobserved(why))
  }

  @Test func `a plain condition means that nothing is declared, an unknown one that nobody knows`() throws {
    let told = #"{"skipped":true,"skip_reason":"Conditional result was False","false_condition":"os == 'x'"}"#
    let untold = #"{"skipped":true,"skip_reason":"Conditional result was False"}"#
    #expect(try only("skipped", told) == nil)
    #expect(try only("skipped", untold) == .unobserved(.conditionUnknown))
  }

  @Test(arguments: ["uri", "wait_for", "ansible.builtin.tempfile", "wait_for_connection", "async_status"])
  func `what acts or waits and says nothing is a gap where check mode skips it`(action: String) throws {
    #expect(try only("skipped", #"{"skipped":true}"#, action: action) == .unobserved(.skippedInCheckMode))
  }

  @Test func `a touch is done by being touched, and what else differs is drift`() throws {
    func touched(_ more: String = "", state: String = "file") throws -> SubjectReport.State? {
      let (before, after) = (#""atime":1,"mtime":1,"state":"\#(state)""#, #""atime":2,"mtime":2,"state":"touch""#)
      return try only("ok", #"{"changed":true,"diff":{"before":{\#(before)\#(more)},"after":{\#(after)}}}"#)
    }
    #expect(try touched() == .inSync)
    let mode = Delta([.init(path: "/mode", .values(desired: nil, observed: "0600"))])
    #expect(try touched(#","mode":"0600""#) == .drifted(.changed, mode, nil))
    guard case .drifted(.missing, _, _) = try touched(state: "absent") else {
      Issue.record("a missing file is called touched")
      return
    }
  }

  @Test func `a handler follows from what notified it`() throws {
    let handler = AnsibleStream.result(
      "ok", AnsibleStream.task("H", #","handler":true"#), #"{"changed":true}"#)
    let notifier = AnsibleStream.task("T", #","notifies":["H"],"uses":["q"]"#)
    let ask = AnsibleStream.result(
      "skipped", AnsibleStream.task("Ask", action: "command", #","sets":["q"]"#), #"{"skipped":true}"#)
    let changed = AnsibleStream.result("ok", notifier, #"{"changed":true}"#)
    #expect(try subjects([changed, handler], ok: 2, changed: 2).map(\.subject) == ["site.yml: P | T"])
    let found = try subjects([ask, changed, handler], ok: 2, changed: 2, skipped: 1)
    #expect(found.last?.subject == "site.yml: P | H" && found.last?.state == .unobserved(.dependsOnUnobserved))
  }

  @Test func `a handler counts where nothing else differs`() throws {
    let handler = AnsibleStream.result(
      "ok", AnsibleStream.task("H", #","handler":true"#), #"{"changed":true}"#)
    let drift = AnsibleStream.result("ok", AnsibleStream.task("T"), #"{"changed":true}"#)
    #expect(try subjects([drift, handler], ok: 2, changed: 2).map(\.subject) == ["site.yml: P | T"])
    #expect(try subjects([handler], ok: 1, changed: 1).map(\.subject) == ["site.yml: P | H"])
  }

  @Test func `a loop's items are its subjects, and a lost one is noticed`() throws {
    let task = AnsibleStream.task("L", #","loop":true"#)
    let items = ["a", "b"].map {
      AnsibleStream.result("item_ok", task, #"{"changed":false,"item":"\#($0)"}"#)
    }
    func whole(_ count: Int) -> String {
      AnsibleStream.result("ok", task, #"{"changed":false}"#).replacing(
        #""items":0"#, with: #""items":\#(count)"#)
    }
    #expect(
      try subjects(items + [whole(2)], ok: 1).map(\.subject) == [
        "site.yml: P | L | a", "site.yml: P | L | b",
      ])
    let lost = try AnsibleFixture.ingest(lines: AnsibleStream.run(items + [whole(3)], ok: 1)).report(
      on: "alpha")
    #expect(lost.state == .partly && lost.reasons.map(\.code) == [.incompleteOutput])
  }

  @Test func `one subject met again on a host has a number`() throws {
    let results = (0..<3).map { _ in
      AnsibleStream.result("ok", AnsibleStream.task("T"), #"{"changed":false}"#)
    }
    #expect(
      try subjects(results, ok: 3).map(\.subject) == [
        "site.yml: P | T", "site.yml: P | T #2", "site.yml: P | T #3",
      ])
  }

  @Test func `what is unproven stays so through facts, and ends when a task really sets it`() throws {
    let ask = AnsibleStream.task("Ask", action: "ansible.builtin.command", #","sets":["r"]"#)
    let keep = AnsibleStream.task("Keep", action: "ansible.builtin.set_fact", #","sets":["f"],"uses":["r"]"#)
    let use = AnsibleStream.task("Use", #","uses":["f"]"#)
    let results = [
      AnsibleStream.result(
        "skipped", ask, #"{"skipped":true,"msg":"Command would have run if not in check mode"}"#),
      AnsibleStream.result("ok", keep, #"{"changed":false}"#),
      AnsibleStream.result("ok", use, #"{"changed":true}"#),
      AnsibleStream.result(
        "ok", AnsibleStream.task("Ask again", #","sets":["r","f"]"#), #"{"changed":false}"#),
      AnsibleStream.result("ok", use, #"{"changed":true}"#),
    ]
    let states = try subjects(results, ok: 4, changed: 2, skipped: 1).map(\.state)
    try #require(states.count == 4)
    #expect(states[0] == .unobserved(.skippedInCheckMode) && states[1] == .unobserved(.dependsOnUnobserved))
    #expect(states[2] == .inSync)
    guard case .drifted = states[3] else {
      Issue.record("a proven value is still called unproven")
      return
    }
  }

  @Test func `twenty thousand events are read`() throws {
    let hosts = (0..<100).map { TargetName("host\($0)") }
    let results = (0..<200).flatMap { number in
      let task = AnsibleStream.task("T\(number)")
      return hosts.map { AnsibleStream.result("ok", task, #"{"changed":false}"#, host: $0) }
    }
    let counts = hosts.map { #""\#($0)":{"ok":200,"changed":0,"failures":0,"unreachable":0,"skipped":0}"# }
    let stats = #"{"event":"stats","play":null,"complete":true,"hosts":{\#(counts.joined(separator: ","))}}"#
    let lines =
      [AnsibleStream.start, AnsibleStream.playbook(), AnsibleStream.play(hosts)] + results + [stats]
    let found = try AnsibleFixture.ingest(lines: lines, targets: hosts)
    #expect(found.targets.allSatisfy { $0.state == .observed && $0.subjects.count == 200 })
  }
}
