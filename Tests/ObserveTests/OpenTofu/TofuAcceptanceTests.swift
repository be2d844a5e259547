import Diff
import Engine
import Facts
import Foundation
import Observe
import Testing

/// Somebody's refresh took drift into the state: from then on no plan shows it, although nothing was declared and nothing was put back.
@Suite struct TofuAcceptanceTests {
  private static let subject = "driftfile_file.conf"
  static let wrong = Delta([
    .init(path: "/content", .values(desired: "listen localhost\n", observed: "listen everywhere\n"))
  ])

  /// What is recorded of one source, run after run.
  struct Story {
    var recordedState = RecordedState()
    var hour: Int64 = 0
    var drift: Finding? { recordedState.open.first { $0.aspect == .drift } }

    /// - Parameter withValues: whether the observer knows what is open.
    @discardableResult
    mutating func ingest(
      _ name: String, withValues: Bool = true, _ change: (URL) throws -> Void = { _ in }
    ) throws -> [FindingChange] {
      hour += 1
      let begin = TofuFixture.begin.advanced(bySeconds: 3_600 * hour)
      var request = TofuFixture.request()
      request.run = RunID(begin: begin, tail: 1)
      request.openSubjects = withValues ? Set(recordedState.open.map(\.subject)) : []
      let observation = try TofuFixture.withCopy(of: name) { folder in
        try change(folder)
        return try request.source.authority.asked
          .ingest(request, RecordedTimes(begin: begin, end: begin), folder: folder.path)
          .naming(request.redactor, under: nil)
      }
      let outcome = try diff(observation, against: recordedState, under: Rules())
      for change in outcome.changes {
        recordedState.open.removeAll { $0.id == change.finding.id }
        if case .opened(let finding) = change { recordedState.open.append(finding) }
      }
      recordedState.receipt = outcome.receipt
      return outcome.changes
    }

    func end(_ changes: [FindingChange]) -> EndReason? {
      changes.compactMap { if case .ended(let finding) = $0 { finding.ended?.reason } else { nil } }.first
    }
  }

  /// Puts one text for another in all documents of a recording, but for what they say is declared.
  private static func put(_ old: String, _ new: String, _ folder: URL) throws {
    for file in ["refresh-only.json", "plan.json", "state.json"] {
      let path = folder.appending(path: file)
      let text = try String(contentsOf: path, encoding: .utf8)
      let changed = text.replacing("\"content\":\"\(old)", with: "\"content\":\"\(new)")
      try Data(changed.utf8).write(to: path)
    }
  }

  static func declare(_ old: String, _ new: String, _ folder: URL) throws {
    for file in ["refresh-only.json", "plan.json"] { try TofuFixture.replace(old, new, in: file, of: folder) }
  }

  @Test(arguments: [true, false])
  func `drift that somebody took into the state stays open as accepted by nobody`(withValues: Bool) throws {
    var story = Story()
    try story.ingest("laundered-drift")
    #expect(story.drift?.delta == Self.wrong && story.drift?.cause == .world)
    #expect(story.drift?.seen.heldByState.ignored == ["/content"])
    try story.ingest("laundered-accepted", withValues: withValues)
    #expect(story.drift?.delta == Self.wrong && story.drift?.cause == .accepted)
    #expect(story.recordedState.receipt?.targets[0].drifted == 1 && story.recordedState.receipt?.targets[0].inSync == 0)
    #expect(try story.ingest("laundered-accepted", withValues: withValues).isEmpty)
  }

  @Test func `a change of something else that is declared does not cover it, one of its own block does`() throws {
    var story = Story()
    try story.ingest("laundered-drift")
    try story.ingest("laundered-accepted") {
      try Self.declare(#""root_module":{"resources":["#, #""root_module":{"outputs":{"x":{}},"resources":["#, $0)
    }
    #expect(story.drift?.cause == .accepted)
    let changes = try story.ingest("laundered-accepted") {
      try Self.declare(#""constant_value":"listen localhost"#, #""constant_value":"listen everywhere"#, $0)
    }
    #expect(story.end(changes) == .redeclared && story.drift == nil)
  }

  @Test(arguments: [
    (#""expressions":{"#, #""expressions":{"another":{"constant_value":"x"},"#),
    (#""path":{"constant_value":"/srv/demo/cloud/l1conf"}"#, #""path":{"constant_value":"/srv/demo/cloud/other"}"#),
    (#""expressions":{"#, #""for_each_expression":{"references":["var.files"]},"expressions":{"#),
    (#""configuration":{"#, #""variables":{"unrelated":{"value":"new"}},"configuration":{"#),
  ])
  func `whatever else of the resource is declared anew does not cover it`(old: String, new: String) throws {
    var story = Story()
    try story.ingest("laundered-drift")
    try story.ingest("laundered-accepted") { try Self.declare(old, new, $0) }
    #expect(story.drift?.delta == Self.wrong && story.drift?.cause == .accepted)
  }

  @Test func `lines that are back do not cover others that moved`() throws {
    let declared = (1...9).map { "line \($0)" }.joined(separator: "\\n")
    let edited = declared.replacing("line 5", with: "line five")
    var story = Story()
    try story.ingest("laundered-drift") {
      try Self.put("listen localhost", declared, $0)
      try Self.put("listen everywhere", edited, $0)
    }
    try story.ingest("laundered-accepted") {
      try Self.put("listen everywhere", declared.replacing("line 1", with: "line one"), $0)
    }
    #expect(story.drift != nil)
  }

  @Test func `what nobody declares stays open at a third value, too`() throws {
    let undeclared = { (folder: URL) in
      try Self.declare(#""content":{"constant_value":"listen localhost\n"},"#, "", folder)
    }
    var story = Story()
    try story.ingest("laundered-drift", undeclared)
    #expect(story.drift?.seen.heldByState.computed == ["/content"])
    try story.ingest("laundered-accepted") {
      try undeclared($0)
      try Self.put("listen everywhere", "listen nowhere", $0)
    }
    #expect(story.drift != nil)
  }

  @Test func `what nobody declared and somebody declares now, as it is there, is redeclared`() throws {
    var story = Story()
    try story.ingest("laundered-drift") {
      try Self.declare(#""content":{"constant_value":"listen localhost\n"},"#, "", $0)
    }
    let changes = try story.ingest("laundered-accepted") {
      try Self.declare(#""constant_value":"listen localhost"#, #""constant_value":"listen everywhere"#, $0)
    }
    #expect(story.end(changes) == .redeclared && story.drift == nil)
  }

  @Test(arguments: [true, false])
  func `a resource that moved to another address takes it along`(isPlanned: Bool) throws {
    var story = Story()
    try story.ingest("laundered-drift") { folder in
      for file in ["refresh-only.json", "plan.json", "state.json"] {
        try TofuFixture.replace("driftfile_file.conf", "driftfile_file.old", in: file, of: folder)
        try TofuFixture.replace(#""name":"conf""#, #""name":"old""#, in: file, of: folder)
      }
      for file in ["refresh-only.jsonl", "plan.jsonl"] {
        try? TofuFixture.replace("driftfile_file.conf", "driftfile_file.old", in: file, of: folder)
      }
    }
    #expect(story.drift?.subject == "driftfile_file.old")
    try story.ingest("laundered-accepted") { folder in
      // Else somebody's refresh has written the move into the state already.
      guard isPlanned else { return }
      let address =
        #""address":"driftfile_file.conf","mode":"managed","type":"driftfile_file","name":"conf","provider_name""#
      let moved = address.replacing(#"","mode""#, with: #"","previous_address":"driftfile_file.old","mode""#)
      try TofuFixture.replace(address, moved, in: "plan.json", of: folder)
    }
    #expect(story.drift?.subject == "driftfile_file.conf" && story.drift?.delta == Self.wrong)
    #expect(story.recordedState.open.filter { $0.aspect == .drift }.count == 1)
  }

  @Test func `the next drift is told against what was declared, and reality that is back ends it`() throws {
    var story = Story()
    try story.ingest("laundered-drift")
    try story.ingest("laundered-accepted")
    try story.ingest("laundered-drift") {
      try Self.put("listen everywhere", "listen nowhere", $0)
      try Self.put("listen localhost", "listen everywhere", $0)
    }
    let later = Delta([
      .init(path: "/content", .values(desired: "listen localhost\n", observed: "listen nowhere\n"))
    ])
    #expect(story.drift?.delta == later && story.drift?.cause == .world)
    // The state still lags: what the tool calls drift is reality as it was declared.
    var back = story
    let ended = try back.ingest("laundered-drift") {
      try Self.put("listen everywhere", "listen HERE", $0)
      try Self.put("listen localhost", "listen everywhere", $0)
      try Self.put("listen HERE", "listen localhost", $0)
    }
    #expect(back.end(ended) == .resolved && back.drift == nil)
    let changes = try story.ingest("laundered-accepted") { try Self.put("listen everywhere", "listen localhost", $0) }
    #expect(story.end(changes) == .resolved && story.drift == nil)
  }

  @Test func `a text of many lines, and a third value, stay open as well`() throws {
    let declared = (1...9).map { "line \($0)" }.joined(separator: "\\n")
    let edited = declared.replacing("line 5", with: "line five")
    var story = Story()
    try story.ingest("laundered-drift") {
      try Self.put("listen localhost", declared, $0)
      try Self.put("listen everywhere", edited, $0)
    }
    let first = story.drift
    try story.ingest("laundered-accepted") { try Self.put("listen everywhere", edited, $0) }
    #expect(story.drift?.delta == first?.delta && story.drift?.cause == .accepted)
    try story.ingest("laundered-accepted") { try Self.put("listen everywhere", "something else", $0) }
    #expect(story.drift != nil)
    let changes = try story.ingest("laundered-accepted") { try Self.put("listen everywhere", declared, $0) }
    #expect(story.end(changes) == .resolved)
  }

  @Test func `a replacement that somebody asked for ends without a word of the declaration`() throws {
    var story = Story()
    try story.ingest("laundered-accepted") { folder in
      for (old, new) in [
        (
          #""change":{"actions":["no-op"]"#,
          #""action_reason":"replace_by_request","change":{"actions":["delete","create"]"#
        ),
        (
          #""after":{"content":"listen everywhere\n","id":"/srv/demo/cloud/l1conf","#,
          #""after":{"content":"listen everywhere\n","#
        ),
        (#""after_unknown":{}"#, #""after_unknown":{"id":true}"#),
      ] { try TofuFixture.replace(old, new, in: "plan.json", of: folder) }
    }
    #expect(story.drift != nil && story.drift?.cause == nil)
    let changes = try story.ingest("laundered-accepted")
    #expect(story.end(changes) == .resolved && story.drift == nil)
  }

  @Test func `where the configuration asks for what is there, only the state lags, and that is no drift`() throws {
    let declared = { (folder: URL) in
      try Self.declare(#""constant_value":"listen localhost"#, #""constant_value":"listen everywhere"#, folder)
    }
    var story = Story()
    try story.ingest("laundered-drift", declared)
    #expect(story.drift == nil && story.recordedState.receipt?.targets[0].inSync == 1)
    // What was open of it is redeclared by that.
    try story.ingest("laundered-drift")
    let changes = try story.ingest("laundered-drift", declared)
    #expect(story.end(changes) == .redeclared && story.drift == nil)
  }

  @Test func `an approved adopt ends it, and says by which proposal`() throws {
    var story = Story()
    try story.ingest("laundered-drift")
    story.recordedState.adopted = [try #require(story.drift).id: "p-1"]
    let changes = try story.ingest("laundered-accepted")
    #expect(changes.first?.finding.ended?.reason == .redeclared && changes.first?.finding.ended?.proposal == "p-1")
    #expect(story.drift == nil)
  }
}
