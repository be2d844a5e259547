import Audit
import Facts
import Failures
import Gate
import Git
import StateRepository
import Testing

/// Going on from where an audit came to, and only from there.
@Suite struct CheckpointTests {
  private static let key = [UInt8](repeating: 7, count: AuditCheckpoint.keyBytes)

  private static func refused(_ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) {
    #expect(sourceLocation: location) {
      try body()
    } throws: { error in
      (error as? Failure)?.code == .checkpointRefused
    }
  }

  @Test func `a checkpoint is read back under its own key and for its own history alone`() async throws {
    let site = try await AuditSite()
    try await site.commit(AuditSite.opening(site.fact(from: 10)), at: 11)
    let checkpoint = AuditCheckpoint(after: try await site.audit(), introduction: site.introduction, before: nil)
    let bytes = checkpoint.bytes(sealedBy: Self.key)
    #expect(
      try AuditCheckpoint(parsing: bytes, sealedBy: Self.key, introduction: site.introduction) == checkpoint)
    #expect(checkpoint.commits == 1 && checkpoint.effective == AuditSite.at(11))
    let other = [UInt8](repeating: 8, count: AuditCheckpoint.keyBytes)
    Self.refused { _ = try AuditCheckpoint(parsing: bytes, sealedBy: other, introduction: site.introduction) }
    let tip = try await site.tip()
    Self.refused { _ = try AuditCheckpoint(parsing: bytes, sealedBy: Self.key, introduction: tip) }
    // No byte can be another one.
    for position in bytes.indices {
      var changed = bytes
      changed[position] ^= 1
      Self.refused { _ = try AuditCheckpoint(parsing: changed, sealedBy: Self.key, introduction: site.introduction) }
    }
  }

  @Test func `an audit that goes on finds what came later, and holds it against what came before`() async throws {
    let site = try await AuditSite(maxAge: 3_600)
    let fact = try site.fact(from: 10)
    try await site.commit(AuditSite.opening(fact), site.receipt(at: 10), at: 11)
    try await site.commit(AuditSite.ending(fact, at: 30), at: 31)
    let start = try await site.commit(AuditSite.opening(site.fact("motd", from: 32)), at: 33)
    let early = try site.fact(from: 29, mode: "0666")
    let bad = try await site.commit(AuditSite.opening(early), at: 41)
    let hole = try await site.commit(site.receipt(at: 100), at: 101)
    let expected = [
      String(.intervalsOverlap, bad, Layout.open(early)), String(.notObserved, hole, "observations/site.json"),
    ]
    #expect(try await site.problems() == expected)
    #expect(try await site.problems(after: start) == expected)
    let outcome = try await site.audit(after: start)
    #expect(outcome.commits == 2 && outcome.start == start)
    #expect(try await site.audit(after: site.tip()).commits == 0)
  }

  @Test func `an audit does not go on from a commit that is not on main`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact(from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    let (_, _, branch) = try await site.propose(.waive, fact, at: 12)
    await #expect(throws: Failure.self) { _ = try await site.audit(after: branch) }
  }
}
