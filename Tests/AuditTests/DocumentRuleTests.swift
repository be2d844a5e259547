import Audit
import Facts
import Foundation
import Gate
import Git
import StateRepository
import TestSupport
import Testing

/// Files that are not what their places ask for, and receipts with time between them.
@Suite struct DocumentRuleTests {
  private static func text(_ bytes: [UInt8], replacing old: String, by new: String) -> TreeEdit.Change {
    .put(Array(String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: old, with: new).utf8))
  }

  @Test func `a fact with a key that is not known, written otherwise or under another name is named`() async throws {
    let site = try await AuditSite()
    let (one, two, three) = try (
      site.fact("one", from: 10), site.fact("two", from: 10), site.fact("three", from: 10)
    )
    let elsewhere = Layout.open(one).replacingOccurrences(of: "one", with: "other")
    let bad = try await site.commit(
      [Layout.open(one): Self.text(one.bytes, replacing: "\"format\"", by: "\"extra\": 1,\n  \"format\"")], at: 11)
    let worse = try await site.commit(
      [Layout.open(two): Self.text(two.bytes, replacing: ": ", by: ":  ")], at: 21)
    let worst = try await site.commit([elsewhere: .put(three.bytes)], at: 31)
    #expect(
      try await site.problems() == [
        String(.documentMalformed, bad, Layout.open(one)), String(.notCanonical, worse, Layout.open(two)),
        String(.nameMismatch, worst, elsewhere),
      ])
  }

  @Test func `an open fact among the ended ones and an ended one among the open are named`() async throws {
    let site = try await AuditSite()
    let (one, two) = try (site.fact("one", from: 10), site.fact("two", from: 10))
    let ended = two.ended(at: AuditSite.at(11), .resolved, by: AuditSite.run(11))
    let bad = try await site.commit([Layout.closed(one): .put(one.bytes), Layout.open(two): .put(ended.bytes)], at: 12)
    #expect(
      Set(try await site.problems()) == [
        String(.documentMalformed, bad, Layout.closed(one)), String(.documentMalformed, bad, Layout.open(two)),
      ])
  }

  @Test func `a receipt, a praxis.yaml and an execution that are not well written are named`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact(from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    let proposal = try await site.approve(.retract, fact, at: 12)
    let receipt = "observations/site.json"
    let bad = try await site.commit([receipt: .put(Array("{}\n".utf8))], at: 21)
    let configuration = try await site.commit(
      [Layout.configuration: .put(Array("format: praxis.config/1\nsurprise: 1\n".utf8))], by: "alice", at: 31)
    let place = Layout.execution(proposal.id)
    guard case .put(let record)? = AuditSite.record(proposal, at: 40)[place] else { return }
    let worst = try await site.commit([place: Self.text(record, replacing: "\n}", by: "\n }")], at: 41)
    let problems = try await site.problems()
    #expect(
      problems.filter { !$0.hasPrefix("ledger") } == [
        String(.documentMalformed, bad, receipt), String(.documentMalformed, configuration, Layout.configuration),
        String(.notCanonical, worst, place),
      ])
    #expect(problems.contains(String(.ledgerRewritten, worst, place)))
  }

  @Test func `a receipt from the future and one that went back are named`() async throws {
    let site = try await AuditSite()
    let path = "observations/site.json"
    let bad = try await site.commit(site.receipt(at: 30), at: 21)
    let worse = try await site.commit(site.receipt(at: 20), at: 31)
    let future = String(.fromTheFuture, bad, path)
    #expect(try await site.problems() == [future, future, String(.receiptWentBack, worse, path)])
  }

  @Test func `a hole between receipts is told and breaks no rule`() async throws {
    let site = try await AuditSite(maxAge: 3_600)
    let path = "observations/site.json"
    try await site.commit(site.receipt(at: 10), at: 11)
    try await site.commit(site.receipt(at: 70), at: 71)
    #expect(try await site.problems() == [])
    let late = try await site.commit(site.receipt(at: 131), at: 132)
    let outcome = try await site.audit()
    #expect(
      outcome.problems.kept.map { AuditSite.line($0.rule, $0.commit, $0.path) } == [String(.notObserved, late, path)])
    #expect(outcome.isClean && outcome.problems.holes == 1 && outcome.problems.violations == 0)
    #expect(outcome.problems.kept[0].grade == .hole)
  }

  @Test func `a target that narrowed runs left out is a hole, and so is the time to the newest commit`() async throws {
    let site = try await AuditSite(maxAge: 3_600)
    try await site.commit(site.receipt(at: 10, targets: ["web1": 10, "web2": 10]), at: 11)
    try await site.commit(site.receipt(at: 60, targets: ["web1": 60, "web2": 10]), at: 61)
    let last = try await site.commit(site.receipt(at: 100, targets: ["web1": 100, "web2": 100]), at: 101)
    let kept = try await site.audit().problems.kept
    #expect(kept.count == 1 && kept[0].commit == last && kept[0].message.contains("web2"))
    let tip = try await site.commit(AuditSite.opening(site.fact(from: 200)), at: 201)
    let more = try await site.audit().problems.kept
    #expect(more.count == 2 && more[1].commit == tip && more[1].message.contains("web1 and 1 more"))
  }

  @Test func `an object with another content than its id says is named, and the rest is read`() async throws {
    let site = try await AuditSite()
    let (one, two) = try (site.fact("one", from: 10), site.fact("two", from: 10))
    let bad = try await site.commit(AuditSite.opening(one), AuditSite.opening(two), at: 11)
    let worse = try await site.commit(AuditSite.opening(site.fact("three", from: 40)), at: 21)
    // Objects of their own, one of them with the content of another.
    try site.loosen()
    func file(_ bytes: [UInt8]) throws -> String {
      let hex = try ObjectID(hashing: bytes, as: .blob).hex
      return "\(site.folder)/state/objects/\(hex.prefix(2))/\(hex.dropFirst(2))"
    }
    try FileManager.default.removeItem(atPath: file(one.bytes))
    try FileManager.default.copyItem(atPath: file(two.bytes), toPath: file(one.bytes))
    #expect(
      try await site.problems() == [
        String(.objectDamaged, bad, Layout.open(one)),
        String(.fromTheFuture, worse, Layout.open(try site.fact("three", from: 40))),
      ])
  }
}

extension AuditSite {
  func unpack(_ pack: String) throws {
    let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: pack)))
    let said = try spawn(
      "/usr/bin/git", ["-C", "\(folder)/state", "unpack-objects", "-q"],
      environment: ["PATH": "/usr/bin:/bin", "HOME": folder], in: folder, input: bytes)
    #expect(said.status == 0, "\(said.errors)")
  }
}
