import Facts
import Failures
import Foundation
import Observe
import Testing

/// Ways in which a check run that looks well proves nothing, and what must not tell two equal runs apart; see docs/traps.md.
@Suite struct AnsibleTrapTests {
  private static let inSync = AnsibleStream.result("ok", AnsibleStream.task("Copy"), #"{"changed":false}"#)

  @Test func `a closing event that calls the stream incomplete is trusted`() throws {
    let lines = AnsibleStream.run([Self.inSync], ok: 1).map {
      $0.replacing(#""complete":true"#, with: #""complete":false"#)
    }
    let report = try AnsibleFixture.ingest(lines: lines).report(on: "alpha")
    #expect(report.state == .partly && !report.listsEverySubject)
    #expect(report.reasons.map(\.code) == [.incompleteOutput])
  }

  @Test func `the path of a temporary file never makes a delta differ`() throws {
    func report(_ path: String) throws -> TargetReport {
      let diff =
        #"[{"before":"a\n","after":"b\n","before_header":"/etc/motd","after_header":"\#(path)"}]"#
      return try AnsibleFixture.ingest(
        lines: AnsibleStream.run(
          [AnsibleStream.result("ok", AnsibleStream.task("Copy"), #"{"changed":true,"diff":\#(diff)}"#)], ok: 1,
          changed: 1)
      ).report(on: "alpha")
    }
    let first = try report("/root/.ansible/tmp/ansible-local-1a2b/tmpx7/motd.j2")
    #expect(first.drifted.count == 1)
    #expect(try report("/tmp/other/motd.j2") == first)
  }

  @Test(arguments: ["copy", "template", "file"])
  func `a module's run for real tells how the host was before, and is told as an effect`(action: String) throws {
    let task = AnsibleStream.task("Real", action: "ansible.builtin.\(action)", #","check_mode":false"#)
      .replacing(#""check_mode":true,"#, with: "")
    let found = try AnsibleFixture.ingest(
      lines: AnsibleStream.run([AnsibleStream.result("ok", task, #"{"changed":true}"#)], ok: 1, changed: 1))
    #expect(try found.report(on: "alpha").drifted == ["site.yml: P | Real"])
    #expect(found.effects == ["site.yml: P | Real"])
  }

  @Test func `a playbook that says of a hidden task that it changes nothing proves nothing by it`() throws {
    let task = AnsibleStream.task("Hidden", action: "ansible.builtin.copy", #","changed_when":["False"],"no_log":true"#)
      .replacing(#""changed_when":[],"#, with: "").replacing(#""no_log":false,"#, with: "")
    let found = try AnsibleFixture.ingest(
      lines: AnsibleStream.run([AnsibleStream.result("ok", task, #"{"changed":false,"censored":true}"#)], ok: 1))
    #expect(try found.report(on: "alpha").subjects.map(\.state) == [.unobserved(.overruled)])
  }

  @Test(arguments: [#""False""#, #""'restarted' in r.msg""#, #""not quiet""#, #""{{ false }}""#])
  func `no condition of a playbook's own proves a module's host well`(condition: String) throws {
    for (more, result) in [("", #"{"changed":false}"#), (#","no_log":true"#, #"{"changed":false,"censored":true}"#)] {
      let task = AnsibleStream.task("User", action: "ansible.builtin.user", #","changed_when":[\#(condition)]"# + more)
        .replacing(#""changed_when":[],"#, with: "")
      let found = try AnsibleFixture.ingest(lines: AnsibleStream.run([AnsibleStream.result("ok", task, result)], ok: 1))
      #expect(try found.report(on: "alpha").subjects.map(\.state) == [.unobserved(.overruled)])
    }
  }

  @Test(arguments: ["not ansible_diff_mode", "ansible_check_mode", "ansible_diff_mode and x"])
  func `what a run for real decides otherwise leaves nothing out`(condition: String) throws {
    let skipped = #"{"skipped":true,"false_condition":"\#(condition)","skip_reason":"Conditional"}"#
    let report = try AnsibleFixture.ingest(
      lines: AnsibleStream.run([AnsibleStream.result("skipped", AnsibleStream.task("Copy"), skipped)], skipped: 1)
    ).report(on: "alpha")
    #expect(report.subjects.map(\.state) == [.unobserved(.conditionOnCheckMode)])
  }

  @Test func `what is begun and not waited for is no drift and not in sync`() throws {
    for changed in [true, false] {
      let result = #"{"changed":\#(changed),"ansible_job_id":"j1.2","started":1,"finished":0}"#
      let report = try AnsibleFixture.ingest(
        lines: AnsibleStream.run(
          [AnsibleStream.result("ok", AnsibleStream.task("Later"), result)], ok: 1, changed: changed ? 1 : 0)
      ).report(on: "alpha")
      #expect(report.subjects.map(\.state) == [.unobserved(.skippedInCheckMode)])
    }
  }

  @Test func `what waits for a change as a handler does is a gap as a handler's is`() throws {
    func state(_ action: String, _ condition: String, _ more: String = "") throws -> [SubjectReport.State] {
      let task = AnsibleStream.task("Then", action: "ansible.builtin.\(action)", more)
      let skipped = #"{"skipped":true,"false_condition":"\#(condition)","skip_reason":"Conditional"}"#
      return try AnsibleFixture.ingest(
        lines: AnsibleStream.run(
          [
            AnsibleStream.result("ok", AnsibleStream.task("Copy"), #"{"changed":false}"#),
            AnsibleStream.result("skipped", task, skipped),
          ], ok: 1, skipped: 1)
      ).report(on: "alpha").subjects.map(\.state)
    }
    #expect(try state("copy", "base is changed") == [.inSync, .unobserved(.notNotified)])
    #expect(try state("template", "base.changed and x") == [.inSync, .unobserved(.notNotified)])
    #expect(try state("copy", "wanted == 'unchanged'") == [.inSync])
    #expect(try state("command", "base is changed") == [.inSync])
    #expect(try state("service", "base is changed", #","state":"restarted""#) == [.inSync])
  }

  @Test(arguments: [true, false])
  func `a module that looks at a part of what it would set proves nothing`(changes: Bool) throws {
    let task = AnsibleStream.task("Clone", action: "ansible.builtin.git", #","overlooks":true"#)
    let result = #"{"changed":\#(changes),"diff":{"before":"a\n","after":"\#(changes ? "b" : "a")\n"}}"#
    let report = try AnsibleFixture.ingest(
      lines: AnsibleStream.run(
        [AnsibleStream.result("ok", task, result)], ok: 1, changed: changes ? 1 : 0)
    ).report(on: "alpha")
    #expect(report.subjects.map(\.isUnobserved) == [!changes])
  }

  @Test func `what is taken from other hosts is not known once one of them is lost`() throws {
    let hosts = AnsibleStream.task("Hosts", #","uses":["hostvars"]"#)
    let own = AnsibleStream.task("Own", #","uses":["mine"]"#)
    let due = AnsibleStream.task("Due", #","uses":["ansible_play_hosts"]"#)
    let lines = [
      AnsibleStream.start, AnsibleStream.playbook(), AnsibleStream.play(["alpha", "bravo"]),
      AnsibleStream.result(
        "unreachable", AnsibleStream.task("Facts", action: "setup"), #"{"unreachable":true}"#, host: "bravo"),
      AnsibleStream.result("ok", hosts, #"{"changed":true,"diff":[{"before":"b\n","after":"\n"}]}"#),
      AnsibleStream.result("ok", own, #"{"changed":false}"#),
      AnsibleStream.result("skipped", due, #"{"skipped":true,"false_condition":"x","skip_reason":"Conditional"}"#),
      AnsibleStream.stats(ok: 2, changed: 1, skipped: 1),
    ]
    let report = try AnsibleFixture.ingest(lines: lines, targets: ["alpha", "bravo"]).report(on: "alpha")
    #expect(try report.subject("| Hosts").state == .unobserved(.dependsOnUnobserved))
    #expect(try report.subject("| Due").state == .unobserved(.dependsOnUnobserved))
    #expect(try report.subject("| Own").state == .inSync)
  }

  @Test func `a host that the run did not come to has the tasks that it should have passed`() throws {
    let lines = [
      AnsibleStream.start, AnsibleStream.playbook(),
      AnsibleStream.play(["alpha", "bravo"], tasks: [AnsibleStream.task("Copy")]),
      AnsibleStream.result("failed", AnsibleStream.task("Copy"), #"{"failed":true,"changed":false,"msg":"no"}"#),
      AnsibleStream.stats(failures: 1),
    ]
    let report = try AnsibleFixture.ingest(lines: lines, targets: ["alpha", "bravo"]).report(on: "bravo")
    #expect(report.reasons.map(\.code) == [.notReached] && !report.listsEverySubject)
    #expect(try report.subject("| Copy").state == .unobserved(.notReached))
  }

  @Test func `a stream without its head is never whole`() throws {
    let task = AnsibleStream.task("Copy", action: "ansible.builtin.copy")
    let lines = AnsibleStream.run([AnsibleStream.result("ok", task, #"{"changed":false}"#)], ok: 1)
    #expect(try AnsibleFixture.ingest(lines: lines).report(on: "alpha").state == .observed)
    for left in [[0], [1], [0, 1]] {
      let cut = lines.enumerated().filter { !left.contains($0.offset) }.map(\.element)
      #expect(try AnsibleFixture.ingest(lines: cut).report(on: "alpha").reasons.map(\.code) == [.incompleteOutput])
    }
    let real = lines.map { $0.replacing(#""check":true"#, with: #""check":null"#) }
    #expect(real != lines)
    #expect(try AnsibleFixture.ingest(lines: real).report(on: "alpha").reasons.map(\.code) == [.incompleteOutput])
  }

  @Test func `a recording of other hosts is of another inventory`() throws {
    let task = AnsibleStream.task("Copy", action: "ansible.builtin.copy")
    let lines = AnsibleStream.run([AnsibleStream.result("ok", task, #"{"changed":false}"#)], ok: 1)
    #expect(throws: Failure.self) { try AnsibleFixture.ingest(lines: lines, targets: ["bravo", "charlie"]) }
    #expect(try AnsibleFixture.ingest(lines: lines, targets: ["alpha", "bravo"]).targets.count == 2)
  }

  @Test(arguments: ["own-214-nothing-to-do", "own-219-nothing-to-do"])
  func `a playbook in which nothing can be in sync is an error for every host`(name: String) throws {
    let found = try AnsibleFixture.ingest(case: name)
    #expect(found.targets.map(\.target) == ["alpha", "bravo", "charlie"])
    #expect(found.targets.allSatisfy { $0.state == .failed && $0.reasons.map(\.code) == [.nothingDeclared] })
  }

  /// What the two versions word differently is the same to praxis.
  @Test(arguments: ["awkward-converged", "awkward-drift", "nothing-to-do", "converged", "batches", "failing"])
  func `two versions of ansible say the same of one fleet`(name: String) throws {
    let (old, new) = (
      try AnsibleFixture.ingest(case: "own-214-\(name)"), try AnsibleFixture.ingest(case: "own-219-\(name)")
    )
    #expect(old.targets.map(\.target) == new.targets.map(\.target))
    for (one, other) in zip(old.targets, new.targets) {
      #expect(one.state == other.state)
      #expect(Set(one.subjects.map(\.subject)) == Set(other.subjects.map(\.subject)))
      #expect(Set(one.drifted) == Set(other.drifted))
    }
  }

  @Test(arguments: ["own-214", "own-219"])
  func `hosts at their own pace are fully observed, and every awkward change is drift`(version: String) throws {
    let calm = try AnsibleFixture.ingest(case: "\(version)-awkward-converged")
    #expect(calm.targets.allSatisfy { $0.state == .observed && $0.drifted.isEmpty && $0.subjects.count == 10 })
    let found = try AnsibleFixture.ingest(case: "\(version)-awkward-drift")
    #expect(found.targets.allSatisfy { $0.state == .observed })
    let alpha = try found.report(on: "alpha")
    for part in [
      "Content and mode together", "Fetched", "The whole tree", "A block of lines", "One word", "No diff shown",
      "Included file",
    ] {
      #expect(alpha.drifted.contains { $0.text.contains("| \(part)") }, "\(part)")
    }
    #expect(alpha.drifted.count == 7)
    let bravo = try found.report(on: "bravo").drifted
    #expect(bravo.count == 2 && bravo.contains { $0.text.contains("Content and mode together") })
    #expect(try found.report(on: "charlie").drifted.isEmpty)
  }
}
