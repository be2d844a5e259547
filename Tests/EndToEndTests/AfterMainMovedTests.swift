import Foundation
import Testing

/// What is on main is told as recorded, whatever goes wrong afterwards.
@Suite struct AfterMainMovedTests {
  @Test func `a work tree that cannot follow makes no recorded run and no approval a failure`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    // Another program holds the index: one that is gone would be found out.
    try fleet.write("", to: "state/.git/index.lock")
    let holder = try #require(FileHandle(forWritingAtPath: "\(fleet.path)/state/.git/index.lock"))
    defer { try? holder.close() }
    try fleet.observe(#"{"os":"12.9","kernel":"6.1"}"#)
    let before = try await fleet.git("rev-parse", "main")
    let scan = try await fleet.expect(2, "scan")
    #expect(scan.errors.contains("main has moved, and the work tree of the state repository did not follow"))
    let recorded = try await fleet.git("rev-parse", "main")
    #expect(recorded != before)
    let proposal = try await fleet.propose("bless", "hosts", "web1")
    let approved = try await fleet.expect(0, "approve", proposal.id, "--digest", proposal.digest)
    #expect(approved.errors.contains("work tree"))
    #expect(try await fleet.git("rev-parse", "main^") == recorded)
  }
}
