import Facts
import Observe
import Testing

/// What dynamic includes bring is counted, also where they never came to it.
@Suite struct AnsibleIncludeTests {
  private static let rest =
    #"{"name":"Rest","action":"copy","path":"in.yml:3","passed":true,"changed_when":[]}"#
  private static let include = AnsibleStream.task(
    "Parts", action: "include_tasks", #","file":"in.yml","brings":[BRINGS]"#
  )
  .replacing(
    "BRINGS",
    with: [
      #"{"name":"In","action":"copy","path":"in.yml:1","passed":true,"changed_when":[]}"#, rest,
      #"{"name":"Says","action":"debug","path":"in.yml:4","passed":true,"changed_when":[]}"#,
      #"{"name":"Rescues","action":"copy","path":"in.yml:5","passed":false,"changed_when":[]}"#,
      #"{"name":"Deeper","action":"include_tasks","path":"in.yml:6","passed":true,"file":"{{ x }}.yml","brings":null}"#,
    ].joined(separator: ","))
  private static let failing = AnsibleStream.task("Fails")

  private func unobserved(_ tasks: [String], _ events: [String]) throws -> [String] {
    let lines =
      [AnsibleStream.start, AnsibleStream.playbook(), AnsibleStream.play(tasks: tasks)] + events
      + [AnsibleStream.stats(failures: 1)]
    let found = try AnsibleFixture.ingest(lines: lines, code: "2").report(on: "alpha")
    #expect(found.state == .partly)
    return found.subjects.filter(\.isUnobserved).map { $0.subject.text.replacing("site.yml: P | ", with: "") }
  }

  private func failed(_ task: String) -> String { AnsibleStream.result("failed", task, #"{"failed":true}"#) }

  @Test func `behind a failure, what each include would have brought is named, and a computed one by its file`() throws
  {
    #expect(
      try unobserved([Self.failing, Self.include], [failed(Self.failing)])
        == ["Fails", "Parts", "In", "Rest", "Deeper", "Deeper | the tasks of {{ x }}.yml"])
  }

  @Test func `a failure within an include keeps back what its file brings after it`() throws {
    let within = AnsibleStream.task("In", #","path":"in.yml:1","included":true"#)
    let came = AnsibleStream.result("ok", Self.include, #"{"changed":false}"#)
    #expect(
      try unobserved([Self.include], [came, failed(within)])
        == ["In", "Rest", "Deeper", "Deeper | the tasks of {{ x }}.yml"])
    // Where nobody knows what the file brings, that there may be more is told all the same.
    let elsewhere = AnsibleStream.task("In", #","path":"other.yml:1","included":true"#)
    #expect(try unobserved([], [failed(elsewhere)]) == ["In", "In | what its include brings after it"])
  }

  @Test func `an include that was not observed hides its tasks by name`() throws {
    let ask = AnsibleStream.result(
      "skipped", AnsibleStream.task("Ask", action: "command", #","sets":["q"]"#), #"{"skipped":true}"#)
    let skipped = AnsibleStream.result(
      "skipped", AnsibleStream.task("Parts", action: "include_tasks", #","uses":["q"]"#),
      #"{"skipped":true,"false_condition":"q.stdout == '7'","skip_reason":"Conditional"}"#)
    #expect(
      try unobserved([Self.include, Self.failing], [ask, skipped, failed(Self.failing)])
        == ["Ask", "Parts", "Fails", "In", "Rest", "Deeper", "Deeper | the tasks of {{ x }}.yml"])
  }

  @Test func `two tasks of one name that were not reached are two`() throws {
    let again = Self.rest.replacing(#""name""#, with: #""uuid":"2","name""#)
    let other = Self.rest.replacing(#""name""#, with: #""uuid":"3","name""#)
    #expect(try unobserved([Self.failing, again, other], [failed(Self.failing)]) == ["Fails", "Rest", "Rest #2"])
  }
}
