import Facts
import Observe
import Testing

/// What a task says of itself where the tool compares nothing: its arguments, and its words.
@Suite struct AnsibleWordsTests {
  private func only(
    _ event: String, _ result: String, action: String = "user", _ more: String = "", task: String = ""
  ) throws -> SubjectReport {
    let line = AnsibleStream.result(event, AnsibleStream.task("T", action: action, task), result)
    let told = line.replacing(#","managed":{}"#, with: more.isEmpty ? #","managed":{}"# : more)
    let lines = AnsibleStream.run([told], ok: 1, changed: event == "ok" ? 1 : 0)
    return try #require(AnsibleFixture.ingest(lines: lines).report(on: "alpha").subjects.first)
  }

  private func drift(_ report: SubjectReport) throws -> (kind: Kind, entries: [Delta.Entry]) {
    guard case .drifted(let kind, let delta, _) = report.state else { throw Missing() }
    return (kind, delta.entries)
  }
  private struct Missing: Error {}

  @Test func `where the tool does not say how it differs, the arguments say what is declared`() throws {
    let told = #","managed":{"name":"games"},"declared":{"shell":"/bin/false","name":"games"}"#
    let found = try drift(only("ok", #"{"changed":true}"#, told))
    #expect(found.kind == .changed)
    #expect(found.entries == [.init(path: "", .opaque(.changed, desired: ["name": "games", "shell": "/bin/false"]))])
    let prepared = try drift(only("ok", #"{"changed":true,"diff":{"prepared":"x"}}"#, told))
    #expect(prepared.entries.map(\.content) == [.opaque(.prepared, desired: ["name": "games", "shell": "/bin/false"])])
    // Both sides are known where the tool shows them.
    let shown = try drift(only("ok", #"{"changed":true,"diff":{"before":{"a":1},"after":{"a":2}}}"#, told))
    #expect(shown.entries == [.init(path: "/a", .values(desired: 2, observed: 1))])
  }

  @Test func `what is declared absent and is there is unexpected, whatever the tool shows of it`() throws {
    let told = #","managed":{"name":"games","state":"absent"},"declared":{"name":"games","state":"absent"}"#
    let found = try drift(only("ok", #"{"changed":true}"#, told))
    #expect(found.kind == .unexpected)
    #expect(found.entries.map(\.content) == [.opaque(.changed, desired: ["name": "games", "state": "absent"])])
    #expect(try drift(only("ok", #"{"changed":true,"diff":{"prepared":"x"}}"#, told)).kind == .unexpected)
    // A line that should not be in a file leaves the file as it is.
    let line = #"{"changed":true,"diff":[{"before":"a\nb\n","after":"a\n","before_header":"/p"}]}"#
    #expect(try drift(only("ok", line, action: "lineinfile", told)).kind == .changed)
    #expect(try only("ok", #"{"changed":false}"#, told).state == .inSync)
  }

  @Test func `a secret among the arguments is hidden, by its own key and by the name that another one gives it`() throws
  {
    let told = #","declared":{"option":"admin_password","value":"CANARY1","password":"CANARY2","state":"present"}"#
    let report = try only("ok", #"{"changed":true}"#, told)
    let text = String(decoding: Delta(try drift(report).entries).line, as: UTF8.self)
    #expect(!text.contains("CANARY") && text.contains("admin_password") && text.contains("present"))
  }

  @Test func `a task that failed is told in the tool's own words, which are never compared`() throws {
    func failed(_ words: String, hidden: Bool = false) throws -> SubjectReport {
      try only(
        "failed", #"{"failed":true,"msg":"\#(words)"}"#, #","managed":{},"ignore_errors":true"#,
        task: hidden ? #","no_log":true"# : "")
    }
    let report = try failed("no such\\u001b[31m group, password=CANARY")
    #expect(report.state == .unobserved(.failureTaken))
    let words = try #require(report.detail)
    #expect(words.hasPrefix("no such") && !words.contains("CANARY"))
    #expect(try #require(failed(String(repeating: "x", count: 9_000)).detail).utf8.count < 500)
    #expect(try failed("x", hidden: true).detail == nil)
    let entries = ["a", "b"].map { Delta([.init(path: "T", .unobserved(.taskFailed), detail: $0)]) }
    #expect(entries[0].fingerprint == entries[1].fingerprint && entries[0] != entries[1])
  }

  @Test(arguments: [
    "Error while resolving value for 'content': The lookup plugin 'password' failed: [Errno 30] Read-only file system: b'/x'",
    "An unhandled exception occurred while running the lookup plugin 'password'. Error was a <class 'OSError'>, original message: [Errno 30] Read-only file system: b'/x'",
  ])
  func `a lookup that would write on the engine is called so, in the tool's words`(words: String) throws {
    let report = try only("failed", #"{"failed":true,"msg":"\#(words)"}"#, #","managed":{},"ignore_errors":true"#)
    #expect(report.state == .unobserved(.wouldWrite) && report.detail?.contains("'password'") == true)
    // So is a module that runs on the engine itself; a host's own disk is another matter.
    for (connection, why) in [("local", Unobserved.wouldWrite), ("ssh", .taskFailed)] {
      let failed = #"{"failed":true,"msg":"MODULE FAILURE","exception":"[Errno 30] Read-only file system: '/etc/x'"}"#
      let report = try only("failed", failed, #","machine":{"host":"h","connection":"\#(connection)"}"#)
      #expect(report.state == .unobserved(why))
    }
  }
}
