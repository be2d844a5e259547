import Facts
import Failures
import Foundation
import Git
import Testing

@testable import StateRepository

/// Commits that are judged before main has them.
@Suite struct DecidingTests {
  @Test func `a prepared commit moves nothing, and main that moved meanwhile is not overwritten`() async throws {
    let scratch = try await Scratch()
    let tip = try await scratch.store.tip()
    let prepared = try await scratch.store.prepare(
      ["executions/p-0123456789ab.json": .put([0x7b, 0x7d])], onto: [tip], message: "x\n", scratch.signer,
      now: Scratch.start)
    #expect(try await scratch.store.tip() == tip)
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    let moved = try await scratch.store.tip()
    let error = await #expect(throws: Failure.self) {
      try await scratch.store.advance(from: tip, to: prepared, by: "operator")
    }
    #expect(error?.code == .busy)
    #expect(try await scratch.store.tip() == moved)
  }

  @Test func `main and its work tree go to the commit together`() async throws {
    let scratch = try await Scratch()
    let tip = try await scratch.store.tip()
    let prepared = try await scratch.store.prepare(
      ["executions/p-0123456789ab.json": .put([0x7b, 0x7d])], onto: [tip], message: "x\n", scratch.signer,
      now: Scratch.start)
    _ = try await scratch.store.advance(from: tip, to: prepared, by: "operator")
    #expect(try await scratch.store.tip() == prepared)
    #expect(try scratch.git("status", "--porcelain").isEmpty)
    #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/state/executions/p-0123456789ab.json"))
  }

  @Test func `a proposal's branch is found here, and at a remote that was fetched`() async throws {
    let scratch = try await Scratch()
    let tip = try await scratch.store.tip()
    #expect(try await scratch.store.proposalBranch("p-0123456789ab") == nil)
    try scratch.git("update-ref", "refs/remotes/origin/proposal/p-0123456789ab", tip.hex)
    let remote = try #require(try await scratch.store.proposalBranch("p-0123456789ab"))
    #expect(!remote.isOwn && remote.tip == tip)
    #expect(try await scratch.store.proposalBranches() == [])
    try scratch.git("branch", "proposal/p-0123456789ab")
    #expect(try await scratch.store.proposalBranch("p-0123456789ab")?.isOwn == true)
    #expect(try await scratch.store.proposalBranches() == ["p-0123456789ab"])
  }
}
