import Diff
import Facts
import Foundation
import Testing

/// What of an accepted drift is over once a value moved, or is declared otherwise.
extension TofuAcceptanceTests {
  private static let constant = #"{"constant_value":"listen localhost\n"}"#
  private static let variable = #"{"references":["var.c"]}"#

  /// - Parameter value: of the variable `c`.
  private static func declare(_ expression: String, c value: String, _ folder: URL) throws {
    try declare(#""content":\#(constant)"#, #""content":\#(expression)"#, folder)
    try declare(#""configuration":{"#, #""variables":{"c":{"value":"\#(value)"}},"configuration":{"#, folder)
  }

  @Test(arguments: [
    (constant, variable, "listen localhost\\n"), (variable, constant, "listen localhost\\n"),
    (constant, #"{"references":["local.c"]}"#, "x"), (#"{"references":["local.c"]}"#, constant, "x"),
    (constant, "{}", "x"), (variable, #"{"references":["var.c.d","var.c"]}"#, "x"),
  ])
  func `the same value declared otherwise, or one that is not shown, ends nothing`(
    then: String, now: String, value: String
  ) throws {
    var story = Story()
    try story.ingest("laundered-drift") { try Self.declare(then, c: value, $0) }
    try story.ingest("laundered-accepted") { try Self.declare(then, c: value, $0) }
    #expect(try story.ingest("laundered-accepted") { try Self.declare(now, c: value, $0) }.isEmpty)
    #expect(story.drift?.delta == Self.wrong && story.drift?.cause == .accepted)
  }

  @Test func `another value of its variable is another declaration, and covers only what is as it says`() throws {
    var story = Story()
    try story.ingest("laundered-drift") { try Self.declare(Self.variable, c: "listen localhost\\n", $0) }
    try story.ingest("laundered-accepted") { try Self.declare(Self.variable, c: "listen localhost\\n", $0) }
    try story.ingest("laundered-accepted") { try Self.declare(Self.variable, c: "new", $0) }
    // An expression around a variable may come to something else than its value.
    #expect(story.drift?.delta == Self.wrong && story.drift?.cause == .accepted)
    let changes = try story.ingest("laundered-accepted") {
      try Self.declare(Self.variable, c: "listen everywhere\\n", $0)
    }
    #expect(story.end(changes) == .redeclared && story.drift == nil)
  }

  @Test func `a digest of the older form proves no new declaration`() throws {
    var story = Story()
    try story.ingest("laundered-drift")
    let older = "hmac-sha256:e1:" + String(repeating: "0", count: 64)
    for index in story.recordedState.open.indices {
      story.recordedState.open[index].seen.heldByState.declarations["content"] = older
    }
    try story.ingest("laundered-accepted")
    #expect(story.drift?.delta == Self.wrong && story.drift?.cause == .accepted)
  }

  /// Puts a content and another attribute in the place of those that were recorded: what is there, and the state's side of a drift.
  private static func put(_ now: (String, String), before: (String, String) = ("", ""), _ folder: URL) throws {
    for file in ["refresh-only.json", "plan.json", "state.json"] {
      let path = folder.appending(path: file)
      var text = try String(contentsOf: path, encoding: .utf8)
      for (old, new) in [("listen everywhere\\n", now), ("listen localhost\\n", before)] {
        let id = #","id":"/srv/demo/cloud/l1conf","#
        text = text.replacing(
          #""content":"\#(old)"\#(id)"mode":"0644""#, with: #""content":"\#(new.0)"\#(id)\#(new.1)"#)
      }
      try Data(text.utf8).write(to: path)
    }
  }

  private static let (declared, drifted) = ("listen localhost\\n", "listen everywhere\\n")

  @Test(arguments: [
    (declared, #""mode":"0644""#, #""mode":"0777""#, #""mode":"0770""#, false),
    ("listen x\\n", #""mode":"0644""#, #""mode":"0777""#, #""mode":"0770""#, false),
    ("listen x\\n", #""size":17"#, #""size":18"#, #""size":9"#, true),
    ("listen x\\n", #""size":17"#, #""size":18"#, #""size":10"#, false),
    ("listen x\\n", #""port":80"#, #""port":81"#, #""port":9"#, false),
    ("listen x\\n", #""sum":"a""#, #""sum":"b""#, #""sum":"c""#, false),
    ("listen x\\n", #""sum":"a""#, #""sum":"b""#, #""sum":"acc81469bc9d052952feace2248af69f""#, true),
    ("listen x\\n", #""sum":"a""#, #""sum":"b""#, #""sum":"becec085de12e908afce3154ccb6f8d9""#, false),
    ("listen x\\n", #""sum":"a""#, #""sum":"b""#, #""sum":"a4hpQl6yny9/zyDpRL+hTSSGJq2tlc+TOpiMw1VKC/Y=""#, true),
  ])
  func `a third value that nobody declares ends with a text only where it follows from it`(
    content: String, before: String, drifted: String, third: String, ends: Bool
  ) throws {
    var story = Story()
    try story.ingest("laundered-drift") {
      try Self.put((Self.drifted, drifted), before: (Self.declared, before), $0)
    }
    #expect(story.drift?.delta.entries.count == 2)
    try story.ingest("laundered-accepted") { try Self.put((Self.drifted, drifted), $0) }
    try story.ingest("laundered-accepted") {
      try Self.declare(#""constant_value":"listen localhost\n"#, #""constant_value":"\#(content)"#, $0)
      try Self.put((content, third), $0)
    }
    #expect((story.drift == nil) == ends)
    if !ends { #expect(story.drift?.cause == .accepted && story.drift?.delta.entries.count == 1) }
  }

  @Test func `a text that is back is over while another part of the drift stays, and one that moved on is told anew`()
    throws
  {
    let lines = (1...9).map { "line \($0)" }.joined(separator: "\\n")
    let edited = lines.replacing("line 5", with: "line five")
    let (mode, wrong) = (#""mode":"0644""#, #""mode":"0777""#)
    var story = Story()
    try story.ingest("laundered-drift") { try Self.put((edited, wrong), before: (lines, mode), $0) }
    try story.ingest("laundered-accepted") { try Self.put((edited, wrong), $0) }
    #expect(story.drift?.delta.entries.map(\.path) == ["/content", "/mode"] && story.drift?.cause == .accepted)
    var other = story
    try other.ingest("laundered-accepted") { try Self.put((lines.replacing("line 1", with: "one"), wrong), $0) }
    #expect(
      other.drift?.delta.entries.first?.content
        == .text(["@@ -1,4 +1,4 @@", "-line 1", "+one", " line 2", " line 3", " line 4"]))
    try story.ingest("laundered-accepted") { try Self.put((lines, wrong), $0) }
    #expect(story.drift?.delta == Delta([.init(path: "/mode", .values(desired: "0644", observed: "0777"))]))
    let changes = try story.ingest("laundered-accepted") { try Self.put((lines, mode), $0) }
    #expect(story.end(changes) == .resolved && story.drift == nil)
  }
}
