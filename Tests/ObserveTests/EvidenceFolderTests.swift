import Engine
import Facts
import Failures
import Foundation
import Observe
import TestSupport
import Testing

@Suite struct EvidenceFolderTests {
  @Test(arguments: [
    (FileDamage.pipe, "not a regular file"), (.folder, "not a regular file"), (.device, "not a regular file"),
    (.huge, "more than 1073741824 bytes"), (.unreadable, "cannot be read: "),
  ])
  func `a file that is there and cannot be read is told with the reason, and never passed over`(
    damage: FileDamage, reason: String
  ) throws {
    let scratch = try ScratchFolder()
    try scratch.write("{}", to: "plan.json")
    let folder = EvidenceFolder(scratch.path, source: SourceName("net")!)
    try damage.apply(to: "\(scratch.path)/plan.json")
    #expect(folder.contains("plan.json"))
    let failure = #expect(throws: Failure.self) { try folder.read("plan.json") }
    // Its digest is refused for the same reason, before anything is read.
    #expect(#expect(throws: Failure.self) { try folder.evidence(["plan.json"]) } == failure)
    #expect(failure?.code == .unreadable && failure?.hint.isEmpty == false)
    #expect(failure?.message.contains(reason) == true && failure?.message.contains("plan.json") == true)
  }

  @Test func `a link that leads nowhere is no file that was left out`() throws {
    let scratch = try ScratchFolder()
    let folder = EvidenceFolder(scratch.path, source: SourceName("net")!)
    #expect(try folder.read("plan.json") == nil && !folder.contains("plan.json"))
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/plan.json", withDestinationPath: "\(scratch.path)/gone")
    let failure = #expect(throws: Failure.self) { try folder.read("plan.json") }
    #expect(failure?.message.contains("a link that leads nowhere") == true)
  }

  @Test func `a line without an end is refused at the bound, and nothing behind it is read`() throws {
    let scratch = try ScratchFolder()
    try scratch.write("{}\n", to: "events.jsonl")
    #expect(truncate("\(scratch.path)/events.jsonl", 1 << 28) == 0)
    let folder = EvidenceFolder(scratch.path, source: SourceName("net")!)
    var lines: [[UInt8]?] = []
    let failure = #expect(throws: Failure.self) { _ = try folder.readLines("events.jsonl") { lines.append($0) } }
    #expect(failure?.code == .unreadable && failure?.hint.isEmpty == false && lines == [Array("{}".utf8)])
    #expect(failure?.message.contains("line 2 has more than 67108864 bytes") == true)
  }

  @Test func `what was cancelled reads no further, and is interrupted instead of unreadable`() async throws {
    let scratch = try ScratchFolder()
    try scratch.write("{}", to: "web1.json")
    #expect(truncate("\(scratch.path)/web1.json", 1 << 24) == 0)
    let path = scratch.path
    let folder = EvidenceFolder(path, source: SourceName("net")!)
    let request = SnapshotFixtures.request(.init(collector: .command(["x"])), directory: "/", evidence: "/nonexistent")
    let times = RecordedTimes(begin: SnapshotFixtures.begin, end: SnapshotFixtures.begin)
    let readers: [@Sendable () throws -> Void] = [
      { _ = try folder.read("web1.json") }, { _ = try folder.readLines("web1.json") { _ in } },
      { _ = try folder.evidence(["web1.json"]) },
      { _ = try request.source.authority.asked.ingest(request, times, folder: path) },
    ]
    for read in readers {
      let failure = await Task { () -> Failure? in
        withUnsafeCurrentTask { $0?.cancel() }
        return #expect(throws: Failure.self) { try read() }
      }.value
      #expect(failure?.code == .interrupted)
    }
  }
}
