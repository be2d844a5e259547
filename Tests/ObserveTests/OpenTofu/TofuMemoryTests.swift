import Diff
import Facts
import Foundation
import Testing

/// What a finding remembers of what was desired, whatever becomes of its subject meanwhile.
extension TofuAcceptanceTests {
  private static let undeclared: String? = nil

  /// One scan: what the state held of `content`, what is there, and how it is declared, as texts of JSON.
  @discardableResult
  private static func scan(
    _ story: inout Story, _ state: String, _ real: String, declared: String? = undeclared,
    _ change: (URL) throws -> Void = { _ in }
  ) throws -> [FindingChange] {
    try story.ingest(state == real ? "laundered-accepted" : "laundered-drift") { folder in
      for file in ["refresh-only.json", "plan.json", "state.json"] {
        let path = folder.appending(path: file)
        let text = try String(contentsOf: path, encoding: .utf8)
          .replacing(#""content":"listen localhost\n""#, with: #""content":\#(state)"#)
          .replacing(#""content":"listen everywhere\n""#, with: #""content":\#(real)"#)
          .replacing(
            #""content":{"constant_value":"listen localhost\n"},"#,
            with: declared.map { #""content":{"constant_value":\#($0)},"# } ?? "")
        try Data(text.utf8).write(to: path)
      }
      try change(folder)
    }
  }

  private static func plan(_ actions: String, _ before: String, _ after: String, _ folder: URL) throws {
    func object(_ content: String) -> String {
      content == "null"
        ? content
        : #"{"content":\#(content),"id":"/srv/demo/cloud/l1conf","mode":"0644","path":"/srv/demo/cloud/l1conf"}"#
    }
    let path = folder.appending(path: "plan.json")
    let text = try String(contentsOf: path, encoding: .utf8)
    let old = try #require(
      try Regex(#""change":\{"actions":\["no-op"\],"before":\{[^{}]*\},"after":\{[^{}]*\}"#).firstMatch(in: text))
    let new = #""change":{"actions":[\#(actions)],"before":\#(object(before)),"after":\#(object(after))"#
    try Data(text.replacingCharacters(in: old.range, with: new).utf8).write(to: path)
  }

  private static func rules(_ ports: Int...) -> String {
    "[" + ports.map { #"{"cidr":["0.0.0.0/0"],"port":\#($0)}"# }.joined(separator: ",") + "]"
  }

  @Test(arguments: ["content", "nested"])
  func `an element that was accepted stays beside the next one`(place: String) throws {
    func list(_ ports: Int...) -> String {
      let rules = "[" + ports.map { #"{"cidr":["0.0.0.0/0"],"port":\#($0)}"# }.joined(separator: ",") + "]"
      return place == "nested" ? #"[{"name":"in","rules":\#(rules)}]"# : rules
    }
    var story = Story()
    try Self.scan(&story, list(1, 2), list(22, 1, 2))
    try Self.scan(&story, list(22, 1, 2), list(22, 1, 2))
    #expect(story.drift?.cause == .accepted)
    try Self.scan(&story, list(22, 1, 2), list(3389, 22, 1, 2))
    #expect(story.drift?.delta.entries.count == 2)
    // The second one is taken away again, then the first one.
    try Self.scan(&story, list(3389, 22, 1, 2), list(22, 1, 2))
    #expect(story.drift?.delta.entries.count == 1)
    try Self.scan(&story, list(22, 1, 2), list(22, 1, 2))
    #expect(story.drift?.cause == .accepted)
    let changes = try Self.scan(&story, list(22, 1, 2), list(1, 2))
    #expect(story.end(changes) == .resolved && story.drift == nil)
  }

  @Test func `an element that was taken away stays missing beside the next one, and an edited one edited`() throws {
    var story = Story()
    try Self.scan(&story, Self.rules(1, 2, 3, 4), Self.rules(2, 3, 4))
    try Self.scan(&story, Self.rules(2, 3, 4), Self.rules(2, 3, 4))
    try Self.scan(&story, Self.rules(2, 3, 4), Self.rules(3, 4))
    try Self.scan(&story, Self.rules(3, 4), Self.rules(3, 4))
    #expect(story.drift?.delta.entries.count == 2 && story.drift?.cause == .accepted)
    try Self.scan(&story, Self.rules(3, 4), Self.rules(1, 2, 9, 4))
    try Self.scan(&story, Self.rules(1, 2, 9, 4), Self.rules(1, 2, 9, 4))
    #expect(
      story.drift?.delta
        == Delta([.init(path: "/content/2/port", .values(desired: .number("3"), observed: .number("9")))]))
    let changes = try Self.scan(&story, Self.rules(1, 2, 9, 4), Self.rules(1, 2, 3, 4))
    #expect(story.end(changes) == .resolved)
  }

  @Test func `a map that nobody declares is told against what it was, at one place`() throws {
    var story = Story()
    try Self.scan(&story, #"{"a":"1"}"#, #"{"a":"1","b":{"x":"1"}}"#)
    try Self.scan(&story, #"{"a":"1","b":{"x":"1"}}"#, #"{"a":"1","b":{"x":"2"}}"#)
    #expect(
      story.drift?.delta == Delta([.init(path: "/content/b", .values(desired: nil, observed: .object(["x": "2"])))]))
    try Self.scan(&story, #"{"a":"1","b":{"x":"2"}}"#, #"{"a":"2"}"#)
    try Self.scan(&story, #"{"a":"2"}"#, #"{"a":"2"}"#)
    #expect(story.drift?.delta == Delta([.init(path: "/content/a", .values(desired: "1", observed: "2"))]))
    let changes = try Self.scan(&story, #"{"a":"2"}"#, #"{"a":"1"}"#)
    #expect(story.end(changes) == .resolved && story.drift == nil)
  }

  @Test(arguments: [
    (#""create""#, "null", #""one""#), (#""delete""#, #""hacked""#, "null"),
    (#""delete","create""#, #""hacked""#, #""one""#), (#""update""#, #""hacked""#, #""one""#),
  ])
  func `what was accepted is not forgotten by being something else for one scan`(
    actions: String, before: String, after: String
  ) throws {
    let (one, hacked) = (#""one""#, #""hacked""#)
    for isDeclared in [true, false] {
      let declared = isDeclared ? one : nil
      var story = Story()
      try Self.scan(&story, one, hacked, declared: declared)
      try Self.scan(&story, hacked, hacked, declared: declared)
      let accepted = story.drift
      try Self.scan(&story, hacked, hacked, declared: declared) { try Self.plan(actions, before, after, $0) }
      #expect(story.drift != nil)
      try Self.scan(&story, hacked, hacked, declared: declared)
      #expect(story.drift?.delta == accepted?.delta && story.drift?.cause == .accepted)
      let changes = try Self.scan(&story, one, one, declared: declared)
      #expect(story.end(changes) == .resolved && story.drift == nil)
    }
  }

  @Test func `what a plan asked for and asks for no more is accepted where nothing came to the other`() throws {
    let (one, hacked) = (#""one""#, #""hacked""#)
    let asked = { (folder: URL) in try Self.plan(#""update""#, hacked, one, folder) }
    var story = Story()
    try Self.scan(&story, one, hacked, declared: one, asked)
    try Self.scan(&story, hacked, hacked, declared: one, asked)
    var redeclared = story
    try Self.scan(&story, hacked, hacked, declared: one)
    #expect(story.drift?.delta == Delta([.init(path: "/content", .values(desired: "one", observed: "hacked"))]))
    #expect(story.drift?.cause == .accepted)
    // Another declaration covers it only where that is what is there.
    try Self.scan(&story, hacked, hacked, declared: #""three""#)
    #expect(story.drift?.delta == Delta([.init(path: "/content", .values(desired: "three", observed: "hacked"))]))
    let changes = try Self.scan(&redeclared, hacked, hacked, declared: hacked)
    #expect(redeclared.end(changes) == .redeclared && redeclared.drift == nil)
  }

  @Test func `what a plan asked for by way of a variable is redeclared once it asks for what is there`() throws {
    func variable(_ value: String, _ folder: URL) throws {
      try Self.declare(#""constant_value":"one""#, #""references":["var.c"]"#, folder)
      try Self.declare(#""configuration":{"#, #""variables":{"c":{"value":"\#(value)"}},"configuration":{"#, folder)
    }
    var story = Story()
    try Self.scan(&story, #""in one""#, #""in hacked""#, declared: #""one""#) {
      try Self.plan(#""update""#, #""in hacked""#, #""in one""#, $0)
      try variable("one", $0)
    }
    var alone = story
    try Self.scan(&alone, #""in hacked""#, #""in hacked""#, declared: #""one""#) { try variable("one", $0) }
    #expect(alone.drift?.cause == .accepted)
    let changes = try Self.scan(&story, #""in two""#, #""in two""#, declared: #""one""#) { try variable("two", $0) }
    #expect(story.end(changes) == .resolved && story.drift == nil)
  }

  @Test func `put back as declared it is resolved, though the state still holds what was taken into it`() throws {
    let (one, hacked) = (#""one""#, #""hacked""#)
    let asked = { (folder: URL) in try Self.plan(#""update""#, hacked, one, folder) }
    var story = Story()
    try Self.scan(&story, one, hacked, declared: one, asked)
    try Self.scan(&story, hacked, hacked, declared: one, asked)
    #expect(story.drift?.cause == .world)
    let changes = try Self.scan(&story, hacked, one, declared: one)
    #expect(story.end(changes) == .resolved && story.drift == nil)
    #expect(try Self.scan(&story, hacked, one, declared: one).isEmpty)
  }

  @Test func `another identity is told against the state's, and stays open once that has it`() throws {
    func identified(_ before: String, _ after: String, _ folder: URL) throws {
      for file in ["refresh-only.json", "plan.json"] {
        let path = folder.appending(path: file)
        let text = try String(contentsOf: path, encoding: .utf8)
          .replacing(
            #""change":{"actions":["update"],"#,
            with:
              #""change":{"before_identity":{"id":"\#(before)"},"after_identity":{"id":"\#(after)"},"actions":["update"],"#
          ).replacing(
            #""change":{"actions":["no-op"],"#,
            with:
              #""change":{"before_identity":{"id":"\#(after)"},"after_identity":{"id":"\#(after)"},"actions":["no-op"],"#
          )
        try Data(text.utf8).write(to: path)
      }
    }
    let same = #""same""#
    var story = Story()
    func seen(_ state: String, _ real: String, drifted: Bool) throws -> [FindingChange] {
      try story.ingest(drifted ? "laundered-drift" : "laundered-accepted") { folder in
        for file in ["refresh-only.json", "plan.json", "state.json"] {
          let path = folder.appending(path: file)
          let text = try String(contentsOf: path, encoding: .utf8)
            .replacing(#""content":"listen localhost\n""#, with: #""content":\#(same)"#)
            .replacing(#""content":"listen everywhere\n""#, with: #""content":\#(same)"#)
          try Data(text.utf8).write(to: path)
        }
        try identified(state, real, folder)
      }
    }
    _ = try seen("1", "2", drifted: true)
    let wrong = Delta([
      .init(path: "", .values(desired: #"identity {"id":"1"}"#, observed: #"identity {"id":"2"}"#))
    ])
    #expect(story.drift?.delta == wrong && story.drift?.cause == .world)
    _ = try seen("2", "2", drifted: false)
    #expect(story.drift?.delta == wrong && story.drift?.cause == .accepted)
    let changes = try seen("2", "1", drifted: true)
    #expect(story.end(changes) == .resolved && story.drift == nil)
  }

  @Test func `a resource that moved in the state alone takes it along, though more of it changed`() throws {
    func name(_ name: String, _ folder: URL) throws {
      for file in ["refresh-only.json", "plan.json", "state.json"] {
        try TofuFixture.replace("driftfile_file.conf", "driftfile_file.\(name)", in: file, of: folder)
        try TofuFixture.replace(#""name":"conf""#, #""name":"\#(name)""#, in: file, of: folder)
      }
      for file in ["refresh-only.jsonl", "plan.jsonl"] {
        try TofuFixture.replace("driftfile_file.conf", "driftfile_file.\(name)", in: file, of: folder)
      }
    }
    var story = Story()
    try Self.scan(&story, #""one""#, #""hacked""#, declared: #""one""#) { try name("old", $0) }
    try Self.scan(&story, #""hacked""#, #""hacked""#, declared: #""one""#) {
      try name("new", $0)
      for file in ["refresh-only.json", "plan.json", "state.json"] {
        try TofuFixture.replace(#""mode":"0644""#, #""mode":"0600""#, in: file, of: $0)
      }
    }
    #expect(story.drift?.subject == "driftfile_file.new" && story.drift?.cause == .accepted)
    #expect(story.drift?.delta == Delta([.init(path: "/content", .values(desired: "one", observed: "hacked"))]))
  }

  @Test func `of what is no longer declared, what is there is shown and not what the state holds`() throws {
    var story = Story()
    try Self.scan(&story, #""one""#, #""hacked""#) { try Self.plan(#""delete""#, #""one""#, "null", $0) }
    guard case .values(nil, let observed?)? = story.drift?.delta.entries.first?.content else {
      Issue.record("it is not shown as unexpected")
      return
    }
    #expect(observed["content"] == "hacked")
  }
}
