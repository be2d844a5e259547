import Facts
import Failures
import Foundation
import Observe
import Testing

/// A host is called observed only with every proof there is.
@Suite struct AnsibleCompletenessTests {
  private static let inSync = AnsibleStream.result("ok", AnsibleStream.task("Copy"), #"{"changed":false}"#)

  private func state(_ lines: [String], code: String? = "0") throws -> TargetState {
    try AnsibleFixture.ingest(lines: lines, code: code).report(on: "alpha").state
  }

  @Test func `a whole run without any gap is observed`() throws {
    #expect(try state(AnsibleStream.run([Self.inSync], ok: 1)) == .observed)
  }

  @Test(arguments: ["own-219-batches", "own-214-batches"])
  func `a stream that is cut behind any line, or within any, is never observed`(name: String) throws {
    let bytes = try Data(contentsOf: AnsibleFixture.root.appending(path: "\(name)/events.jsonl"))
    let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: true)
    #expect(try AnsibleFixture.ingest(case: name).targets.allSatisfy { $0.state == .observed })
    try AnsibleFixture.withFolder { folder in
      try AnsibleFixture.write("0\n", "ansible.rc", in: folder)
      try AnsibleFixture.write("alpha\nbravo\ncharlie\n", "targets.txt", in: folder)
      for count in 0..<lines.count {
        let whole = lines[..<count].map { $0 + [0x0a] }.joined()
        for cut in [Data(whole), Data(whole) + lines[count].prefix(lines[count].count / 2)] {
          try cut.write(to: folder.appending(path: "events.jsonl"))
          let states = try AnsibleFixture.ingest(folder).targets.map(\.state)
          #expect(!states.contains(.observed), "cut after \(count) lines")
        }
      }
    }
  }

  @Test(arguments: ["own-219-batches", "own-214-batches"])
  func `a lost result leaves its host unobserved`(name: String) throws {
    let text = try String(
      contentsOf: AnsibleFixture.root.appending(path: "\(name)/events.jsonl"), encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    for (index, line) in lines.enumerated() where line.contains(#""event": "ok""#) {
      var rest = lines
      rest.remove(at: index)
      let found = try AnsibleFixture.ingest(lines: rest, targets: ["alpha", "bravo", "charlie"])
      #expect(found.targets.filter { $0.state != .observed }.count == 1)
    }
  }

  @Test func `two runs in one recording, and the head of another run, are refused`() throws {
    let run = AnsibleStream.run([Self.inSync], ok: 1)
    #expect(throws: Failure.self) { try AnsibleFixture.ingest(lines: run + run) }
    func moved(from start: String, to end: String) -> [String] {
      [run[0].replacing("{", with: #"{"at":"\#(start)","#, maxReplacements: 1)] + run[1..<(run.count - 1)]
        + [run[run.count - 1].replacing("{", with: #"{"at":"\#(end)","#, maxReplacements: 1)]
    }
    let (early, late) = ("2026-11-24T03:00:00Z", "2026-11-24T03:00:10Z")
    #expect(try AnsibleFixture.ingest(lines: moved(from: early, to: late)).targets[0].state == .observed)
    #expect(throws: Failure.self) { try AnsibleFixture.ingest(lines: moved(from: late, to: early)) }
  }

  @Test(arguments: [
    ("2", Unobserved.incompleteOutput), ("4", .incompleteOutput),
    ("1", Unobserved.toolFailed), ("3", .toolFailed), ("250", .toolFailed), ("124", .timedOut),
    ("137", .toolFailed), ("", .incompleteOutput), ("zero", .incompleteOutput),
  ])
  func `an exit code of no whole run leaves every host unproven`(code: String, why: Unobserved) throws {
    let report = try AnsibleFixture.ingest(lines: AnsibleStream.run([Self.inSync], ok: 1), code: code)
      .report(on: "alpha")
    #expect(report.state == .partly)
    #expect(report.reasons.map(\.code) == [why])
  }

  @Test func `a run without an exit code is unproven`() throws {
    #expect(try state(AnsibleStream.run([Self.inSync], ok: 1), code: nil) == .partly)
  }

  @Test(arguments: [
    "Using /etc/ansible/ansible.cfg as config file", "{", "[]", #"{"event":"later"}"#,
    #"{"event":"callback_error","during":"v2_runner_on_ok","error":"KeyError"}"#,
  ])
  func `a line that is no known event leaves every host unproven`(line: String) throws {
    var lines = AnsibleStream.run([Self.inSync], ok: 1)
    for position in [0, 3, lines.count] {
      lines = AnsibleStream.run([Self.inSync], ok: 1)
      lines.insert(line, at: position)
      #expect(try state(lines) == .partly, "at \(position)")
    }
  }

  @Test(arguments: [
    #","tags":["motd"]"#, #","skip_tags":["slow"]"#, #","start_at_task":"Last""#, #","limit":"alpha""#,
    #","diff":false"#,
  ])
  func `a narrowed run is never observed`(option: String) throws {
    let key = option.split(separator: ":")[0]
    let options = AnsibleStream.playbook().replacing(
      try Regex(String(key) + #":(\[[^\]]*\]|[a-z]+)"#), with: option)
    let lines = [AnsibleStream.start, options, AnsibleStream.play(), Self.inSync, AnsibleStream.stats(ok: 1)]
    let report = try AnsibleFixture.ingest(lines: lines).report(on: "alpha")
    #expect(report.reasons.map(\.code) == [.narrowed])
    #expect(!report.listsEverySubject)
  }

  @Test func `a run that was no check run is refused`() throws {
    let lines = AnsibleStream.run([Self.inSync], ok: 1).map {
      $0.replacing(#""check":true"#, with: #""check":false"#)
    }
    #expect(throws: Failure.self) { try AnsibleFixture.ingest(lines: lines) }
  }

  @Test func `a run that was stopped before a task that is not read-only is an error`() throws {
    let refused = #"{"event":"refused","play":null,"task":\#(AnsibleStream.task("Write"))}"#
    let error = #expect(throws: Failure.self) {
      try AnsibleFixture.ingest(lines: [AnsibleStream.start, refused], code: "3")
    }
    #expect(error?.code == .notReadOnly)
  }

  @Test
  func `a declared host that is missing from the recap is not reported, and an undeclared one is named`()
    throws
  {
    let found = try AnsibleFixture.ingest(
      lines: [
        AnsibleStream.start, AnsibleStream.playbook(), AnsibleStream.play(["alpha"]),
        AnsibleStream.result("ok", AnsibleStream.task("Copy"), #"{"changed":false}"#, host: "other"),
        AnsibleStream.stats("other", ok: 1),
      ])
    #expect(try found.report(on: "alpha").reasons.map(\.code) == [.notReported])
    #expect(try found.report(on: "other").reasons.map(\.code) == [.wrongTarget])
  }

  @Test func `a recap that counts more than was reported is not trusted`() throws {
    #expect(try state(AnsibleStream.run([Self.inSync], ok: 2)) == .partly)
    #expect(try state(AnsibleStream.run([Self.inSync], ok: 1, changed: 1)) == .partly)
    #expect(try state(AnsibleStream.run([Self.inSync], ok: 1, skipped: 1)) == .partly)
  }

  @Test func `what was seen to differ is reported however the run ended`() throws {
    let drift = AnsibleStream.result("ok", AnsibleStream.task("Copy"), #"{"changed":true}"#)
    for code in ["0", "1", "124", "137"] {
      let lines = [AnsibleStream.start, AnsibleStream.playbook(), AnsibleStream.play(), drift]
      #expect(try AnsibleFixture.ingest(lines: lines, code: code).report(on: "alpha").drifted.count == 1)
    }
  }

  @Test func `a recording without a list of targets is refused`() throws {
    try AnsibleFixture.withFolder { folder in
      try AnsibleFixture.write("", "events.jsonl", in: folder)
      let error = #expect(throws: Failure.self) { try AnsibleFixture.ingest(folder) }
      #expect(error?.code == .configuration)
    }
  }
}
