import Facts
import Failures
import Foundation
import Observe
import StrictJSON
import Testing

@testable import Snapshots

@Suite struct SetupEventsTests {
  private static let start =
    #"{"ansible": "2.19.14", "event": "start", "format": "praxis.ansible-events/1", "play": null}"#
  private static let web1 = ok("web1", #"{"ansible_kernel": "6.1", "gather_subset": ["all"]}"#)

  @Test func `a host's facts come under short names, with the version of the tool`() {
    let (reading, tool) = read([Self.start, Self.web1, Self.stats(["web1": "ok"])])
    #expect(tool == "ansible-core 2.19.14")
    #expect(reading.diagnostics.isEmpty)
    #expect(reading.answers == ["web1": .facts(["kernel": "6.1", "gather_subset": ["all"]])])
  }

  @Test func `a host that was not reached, one that failed and one under no_log are no facts`() {
    let (reading, _) = read([
      Self.start,
      #"{"event": "unreachable", "host": "a", "result": {"unreachable": true, "msg": "ssh: password=hunter2"}}"#,
      #"{"event": "failed", "host": "b", "result": {"failed": true, "msg": "no python"}}"#,
      #"{"event": "ok", "host": "c", "result": {"censored": true}}"#,
      Self.stats(["a": "unreachable", "b": "failures", "c": "ok"]),
    ])
    guard case .unreachable(let why?) = reading.answers["a"] else {
      return #expect(Bool(false), "a was not reached")
    }
    #expect(why.hasPrefix("ssh: password=[redacted "))
    #expect(reading.answers["b"] == .failed(.init(.toolFailed, "no python")))
    guard case .failed(let reason) = reading.answers["c"] else {
      return #expect(Bool(false), "c says nothing")
    }
    #expect(reason.code == .toolFailed)
    #expect(reading.diagnostics.isEmpty)
  }

  @Test(arguments: [
    [start, web1],
    [start, web1, stats(["web1": "ok"], complete: false)],
    [start, web1, stats(["web1": "ok"]), #"{"event": "task"}"#],
    [start, "Using /etc/ansible/ansible.cfg as config file", web1, stats(["web1": "ok"])],
    [start, #"{"event": "callback_error", "during": "x"}"#, web1, stats(["web1": "ok"])],
    [start.replacing("events/1", with: "events/2"), web1, stats(["web1": "ok"])],
    [start, #"{"event": "ok", "result": {"ansible_facts": {}}}"#, web1, stats(["web1": "ok"])],
  ])
  func `a stream that is not whole is a problem for all`(_ lines: [String]) {
    #expect(read(lines).0.diagnostics.map(\.code) == [.incompleteOutput])
  }

  @Test func `a stream that is cut anywhere is a problem for all`() {
    let whole =
      [UInt8]([Self.start, Self.web1, Self.stats(["web1": "ok"])].joined(separator: "\n").utf8) + [10]
    for length in 0..<whole.count {
      var tool = ""
      let reading = SnapshotReading(
        setup: Array(whole.prefix(length)), redactor: SnapshotFixtures.redactor(), tool: &tool)
      #expect(!reading.diagnostics.isEmpty, "cut behind \(length) bytes")
    }
  }

  @Test func `facts of a host that the summary does not confirm are no facts`() {
    for stats in [Self.stats([:]), Self.stats(["web1": "unreachable"]), Self.stats(["web1": "failures"])] {
      guard case .failed(let reason) = read([Self.start, Self.web1, stats]).0.answers["web1"] else {
        #expect(Bool(false), "\(stats)")
        continue
      }
      #expect(reason.code == .incompleteOutput)
    }
  }

  @Test func `a host that answers twice has no answer`() {
    let (reading, _) = read([Self.start, Self.web1, Self.web1, Self.stats(["web1": "ok"])])
    guard case .failed(let reason) = reading.answers["web1"] else {
      return #expect(Bool(false), "which one holds?")
    }
    #expect(reason.code == .incompleteOutput)
  }

  @Test func `the inventory's hosts are those below all, each once`() throws {
    let listing = #"""
      {"_meta": {"hostvars": {"x": {}}}, "all": {"children": ["ungrouped", "web", "loop"]}, "loop": {"children": ["all"]},
       "ungrouped": {"hosts": ["db1"]}, "web": {"hosts": ["web1", "db1"], "children": ["empty"]}, "other": {"hosts": ["no"]}}
      """#
    let hosts = try #require(SetupCollector.hosts(inInventory: Array(listing.utf8)))
    #expect(hosts.sorted() == ["db1", "web1"])
    #expect(SetupCollector.hosts(inInventory: Array("[]".utf8)) == nil)
    #expect(SetupCollector.hosts(inInventory: Array(#"{"all": {"hosts": ["a\nb"]}}"#.utf8)) == nil)
  }

  @Test func `more targets than the limit are a problem, and the first ones are kept`() throws {
    let lines = (0...Bounds.targets).map { "{\"target\": \"t\($0)\", \"facts\": {}}\n" }.joined()
    let reading = try reading(collector: Array(lines.utf8))
    #expect(reading.targets.count == Bounds.targets)
    #expect(reading.diagnostics.map(\.code) == [.incompleteOutput])
  }

  @Test func `a target with more bytes than the limit is a problem`() throws {
    let long = String(repeating: "x", count: Bounds.target)
    let reading = try reading(
      collector: Array(
        "{\"target\": \"a\", \"facts\": {\"x\": \"\(long)\"}}\n{\"target\": \"b\", \"facts\": {}}\n".utf8))
    #expect(reading.targets == ["b"])
    #expect(reading.diagnostics.map(\.code) == [.incompleteOutput])
  }

  @Test(arguments: ["", "a\u{7}b", "a\nb", "\u{1b}[31m", String(repeating: "x", count: 254)])
  func `what cannot be a target's name is a problem for all`(_ name: String) throws {
    let line = CanonicalJSON.line(["target": .string(name), "facts": [:]]) + [10]
    let reading = try reading(collector: line)
    #expect(reading.targets.isEmpty && reading.diagnostics.map(\.code) == [.incompleteOutput])
  }

  @Test func `words of a tool are redacted before they are cut, and bounded`() throws {
    let words = "password=\(String(repeating: "s", count: 700))\n" + String(repeating: "é", count: 600)
    let excerpt = Excerpt.of(words, redactor: SnapshotFixtures.redactor())
    #expect(excerpt.utf8.count <= 600 && !excerpt.contains("s") && excerpt.allSatisfy { $0 == "é" })
    #expect(Excerpt.of([10, 32], redactor: SnapshotFixtures.redactor()) == nil)
  }

  // MARK: Machinery

  private func reading(collector bytes: [UInt8]) throws -> SnapshotReading {
    let path = NSTemporaryDirectory() + "praxis-collector-\(UUID().uuidString)"
    let source = try #require(SourceName("site"))
    try EvidenceFolder.make(path, source)
    defer { try? FileManager.default.removeItem(atPath: path) }
    let folder = EvidenceFolder(path, source: source)
    try folder.write(bytes, to: "collector.jsonl")
    return try SnapshotReading(collector: "collector.jsonl", in: folder)
  }

  private func read(_ lines: [String]) -> (SnapshotReading, String) {
    var tool = "ansible-core"
    let reading = SnapshotReading(
      setup: lines.flatMap { [UInt8]($0.utf8) + [10] }, redactor: SnapshotFixtures.redactor(), tool: &tool)
    return (reading, tool)
  }

  private static func ok(_ host: TargetName, _ facts: String) -> String {
    #"{"event": "ok", "host": "\#(host)", "result": {"ansible_facts": \#(facts)}}"#
  }

  private static func stats(_ hosts: [String: String], complete: Bool = true) -> String {
    let counts = hosts.map { host, state in
      let each = ["ok", "unreachable", "failures"].map { "\"\($0)\": \($0 == state ? 1 : 0)" }.joined(
        separator: ", ")
      return "\"\(host)\": {\(each)}"
    }
    return
      #"{"complete": \#(complete), "event": "stats", "hosts": {\#(counts.joined(separator: ", "))}, "play": null}"#
  }
}
