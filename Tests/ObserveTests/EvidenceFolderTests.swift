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
}
