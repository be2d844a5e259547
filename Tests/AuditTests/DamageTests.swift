import Audit
import Facts
import Failures
import Foundation
import Gate
import Git
import StateRepository
import TestSupport
import Testing

/// Objects that are gone, or hold other bytes than their ids say: an audit names them and goes on.
@Suite struct DamageTests {
  private typealias Content = [String: TreeEdit.Change]
  private static let folder = "findings/open/site/web1"

  /// What every audit of these tests has to find, whatever else is damaged: an open fact that is gone.
  private static func vanish(_ fact: Finding) -> Content { [Layout.open(fact): .remove] }

  private static func lines(_ outcome: AuditOutcome) -> [String] {
    outcome.problems.kept.map { AuditSite.line($0.rule, $0.commit, $0.path) }
  }

  private static func line(_ rule: AuditRule, _ commit: ObjectID, _ path: String? = nil) -> String {
    AuditSite.line(rule.rawValue, commit, path)
  }

  /// Six commits, the last but one of which breaks a rule.
  private static func history(_ site: AuditSite) async throws -> (ids: [ObjectID], gone: Finding) {
    let (one, two, three) = try (
      site.fact("one", from: 10), site.fact("two", from: 20), site.fact("three", from: 30)
    )
    let parts: [[Content]] = [
      [AuditSite.opening(one), try site.receipt(at: 10)], [AuditSite.opening(two), try site.receipt(at: 20)],
      [AuditSite.opening(three), try site.receipt(at: 30)], [AuditSite.ending(one, at: 40), try site.receipt(at: 40)],
      [Self.vanish(two)], [AuditSite.ending(three, at: 60), try site.receipt(at: 60)],
    ]
    var ids: [ObjectID] = []
    for (index, content) in parts.enumerated() {
      let whole = content.reduce(into: [:]) { $0.merge($1) { $1 } }
      ids.append(try await site.commit(whole, at: Int64(index) * 10 + 11))
    }
    try site.loosen()
    return (ids, two)
  }

  @Test func `a root directory that is gone is named, and what follows is judged again`() async throws {
    let site = try await AuditSite()
    let (ids, gone) = try await Self.history(site)
    #expect(Self.lines(try await site.reopenedAudit()) == [Self.line(.factVanished, ids[4], Layout.open(gone))])
    try site.remove("\(ids[1].hex)^{tree}")
    let outcome = try await site.reopenedAudit()
    #expect(
      Self.lines(outcome) == [
        Self.line(.objectDamaged, ids[1]), Self.line(.notCompared, ids[1]),
        Self.line(.notCompared, ids[1], Layout.configuration), Self.line(.notCompared, ids[2]),
        Self.line(.notCompared, ids[2]), Self.line(.factVanished, ids[4], Layout.open(gone)),
      ])
    #expect(!outcome.isClean && outcome.commits == 6)
  }

  @Test func `a directory with a flipped byte is named with its path, and files beside it are checked`() async throws {
    let site = try await AuditSite()
    let (ids, gone) = try await Self.history(site)
    try site.flip("\(ids[2].hex):\(Self.folder)")
    #expect(
      Self.lines(try await site.reopenedAudit()) == [
        Self.line(.objectDamaged, ids[2], Self.folder), Self.line(.notCompared, ids[2]),
        Self.line(.notCompared, ids[3], Self.folder), Self.line(.notCompared, ids[3]),
        Self.line(.factVanished, ids[4], Layout.open(gone)),
      ])
  }

  @Test func `in a commit with a damaged directory, a bad file elsewhere is still found`() async throws {
    let site = try await AuditSite()
    try await site.commit(AuditSite.opening(site.fact("one", from: 10)), at: 11)
    let receipt = "observations/site.json"
    let bad = try await site.commit(
      AuditSite.opening(site.fact("two", from: 20)), [receipt: .put(Array("{}\n".utf8))], at: 21)
    try site.loosen()
    try site.remove("\(bad.hex):\(Self.folder)")
    #expect(
      Self.lines(try await site.reopenedAudit()) == [
        Self.line(.objectDamaged, bad, Self.folder), Self.line(.notCompared, bad),
        Self.line(.documentMalformed, bad, receipt),
      ])
  }

  @Test func `a commit that is gone ends what can be reached, and what follows it is still judged`() async throws {
    let site = try await AuditSite()
    let (ids, gone) = try await Self.history(site)
    try site.remove(ids[2].hex)
    let outcome = try await site.reopenedAudit()
    #expect(
      Self.lines(outcome) == [
        Self.line(.objectDamaged, ids[2]), Self.line(.notCompared, ids[3]),
        Self.line(.factVanished, ids[4], Layout.open(gone)),
      ])
    #expect(outcome.start == ids[3] && outcome.commits == 2)
    // From a commit behind it, which a checkpoint vouches for, nothing is left out but what lies before.
    #expect(
      Self.lines(try await site.reopenedAudit(after: ids[3])) == [
        Self.line(.objectDamaged, ids[2]), Self.line(.factVanished, ids[4], Layout.open(gone)),
      ])
  }

  @Test func `a newest commit and an introduction that are damaged are named`() async throws {
    let site = try await AuditSite()
    let (ids, gone) = try await Self.history(site)
    let folder = try site.copy()
    try site.remove(ids[5].hex)
    #expect(Self.lines(try await site.reopenedAudit(to: ids[5])) == [Self.line(.objectDamaged, ids[5])])
    try site.restore(folder)
    try site.flip(site.introduction.hex)
    #expect(
      Self.lines(try await site.reopenedAudit()) == [
        Self.line(.objectDamaged, site.introduction), Self.line(.notCompared, ids[0]),
        Self.line(.factVanished, ids[4], Layout.open(gone)),
      ])
  }

  @Test func `with the first policy gone, not one commit passes as allowed`() async throws {
    let site = try await AuditSite()
    let (ids, gone) = try await Self.history(site)
    try site.remove("\(site.introduction.hex):\(Layout.policy)")
    let lines = Self.lines(try await site.reopenedAudit())
    #expect(lines.first == Self.line(.objectDamaged, site.introduction, Layout.policy))
    for id in ids { #expect(lines.contains(Self.line(.notCompared, id))) }
    #expect(lines.contains(Self.line(.factVanished, ids[4], Layout.open(gone))))
  }

  @Test func `a praxis yaml that is damaged is named, and makes no other commit suspect`() async throws {
    let site = try await AuditSite()
    let yaml = Array("format: praxis.config/1\nsources: {}\n".utf8)
    let change = try await site.commit([Layout.configuration: .put(yaml)], by: "alice", at: 11)
    try await site.commit(AuditSite.opening(site.fact(from: 20)), at: 21)
    try site.loosen()
    try site.flip("\(change.hex):\(Layout.configuration)")
    let lines = Self.lines(try await site.reopenedAudit())
    #expect(
      Set(lines) == [
        Self.line(.objectDamaged, change, Layout.configuration), Self.line(.notCompared, change, Layout.configuration),
      ])
  }

  @Test func `a receipt that is damaged makes no hole of its run`() async throws {
    let site = try await AuditSite(maxAge: 3_600)
    try await site.commit(site.receipt(at: 10), at: 11)
    let damaged = try await site.commit(site.receipt(at: 60), at: 61)
    let next = try await site.commit(site.receipt(at: 110), at: 111)
    try site.loosen()
    try site.remove("\(damaged.hex):observations/site.json")
    #expect(
      Self.lines(try await site.reopenedAudit()) == [
        Self.line(.objectDamaged, damaged, "observations/site.json"),
        Self.line(.notCompared, next, "observations/site.json"),
      ])
  }

  @Test func `the branch of an approval that is gone is named with the merge`() async throws {
    let site = try await AuditSite()
    let fact = try site.fact(from: 10)
    try await site.commit(AuditSite.opening(fact), at: 11)
    let proposal = try await site.approve(.waive, fact, at: 20)
    let merge = try await site.tip()
    try await site.commit(site.receipt(at: 30), at: 31)
    try site.loosen()
    try site.remove("\(merge.hex)^2")
    #expect(
      Self.lines(try await site.reopenedAudit()) == [Self.line(.objectDamaged, merge), Self.line(.notCompared, merge)])
    #expect(proposal.action == .waive)
  }

  @Test func `what this host cannot reach is no damage, and no audit at all`() async throws {
    let site = try await AuditSite()
    let (ids, _) = try await Self.history(site)
    let place = try site.place(of: "\(ids[2].hex):\(Self.folder)")
    try FileManager.default.removeItem(atPath: place)
    // A link to itself cannot be opened by anybody, root included.
    try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: place)
    await #expect { try await site.reopenedAudit() } throws: { ($0 as? Failure)?.code == .io }
  }

  @Test func `a clone that is cut off is no damage, and no audit at all`() async throws {
    let site = try await AuditSite()
    let (ids, _) = try await Self.history(site)
    try site.remove(ids[2].hex)
    try "\(ids[3].hex)\n".write(toFile: "\(site.folder)/state/shallow", atomically: true, encoding: .utf8)
    await #expect { try await site.reopenedAudit() } throws: {
      ($0 as? Failure)?.message.contains("cut off") == true
    }
  }

  /// What an audit reads of a pack decides, not where the byte stands: an object that still is what its id says is sound.
  @Test func `a flipped byte anywhere in a pack is either without effect on any object, or named`() async throws {
    let site = try await AuditSite()
    for minute in stride(from: Int64(10), through: 50, by: 10) {
      try await site.commit(
        AuditSite.opening(site.fact("s\(minute)", from: minute)), site.receipt(at: minute), at: minute + 1)
    }
    try site.git("repack", "-q", "-a", "-d", "--depth=20", "--window=20")
    let ids = try site.git("rev-list", "--objects", "--no-object-names", "main").split(separator: "\n")
      .compactMap { ObjectID(hex: String($0)) }
    let packs = try FileManager.default.contentsOfDirectory(atPath: "\(site.folder)/state/objects/pack")
    let name = try #require(packs.first { $0.hasSuffix(".pack") })
    let whole = Array(try Data(contentsOf: URL(fileURLWithPath: "\(site.folder)/state/objects/pack/\(name)")))
    var random = SeededGenerator(seed: 4)
    var damaged = 0
    for _ in 0..<120 {
      var bytes = whole
      let place = Int.random(in: 12..<bytes.count, using: &random)
      bytes[place] ^= UInt8(1) << UInt8.random(in: 0..<8, using: &random)
      let copy = try site.copy()
      defer { try? FileManager.default.removeItem(atPath: copy) }
      let file = "\(copy)/objects/pack/\(name)"
      try FileManager.default.removeItem(atPath: file)
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      let repository = try Repository.open(at: copy)
      var isSound = true
      for id in ids where isSound { isSound = (try? await repository.rawObject(id)) != nil }
      let audit = Audit(repository, introduction: site.introduction, now: AuditSite.at(1_000_000))
      let outcome = try await audit.run(to: site.tip())
      #expect(outcome.isClean == isSound, "byte \(place)")
      if !isSound {
        damaged += 1
        #expect(outcome.problems.kept.contains { $0.rule == AuditRule.objectDamaged.rawValue }, "byte \(place)")
      }
    }
    #expect(damaged > 60)
  }
}

extension AuditSite {
  /// Gives every object a file of its own.
  func loosen() throws {
    let packs = "\(folder)/state/objects/pack"
    for name in try FileManager.default.contentsOfDirectory(atPath: packs) where name.hasSuffix(".pack") {
      try FileManager.default.moveItem(atPath: "\(packs)/\(name)", toPath: "\(folder)/\(name)")
      try FileManager.default.removeItem(atPath: "\(packs)/\(name.dropLast(4))idx")
      try unpack("\(folder)/\(name)")
    }
  }

  /// Where the object that git calls so lies.
  func place(of name: String) throws -> String {
    let hex = try git("rev-parse", name)
    return "\(folder)/state/objects/\(hex.prefix(2))/\(hex.dropFirst(2))"
  }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: place(of: name)) }

  /// Flips one bit in the middle of an object's file.
  func flip(_ name: String) throws {
    let place = try place(of: name)
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: place)))
    bytes[bytes.count / 2] ^= 4
    try FileManager.default.removeItem(atPath: place)
    try Data(bytes).write(to: URL(fileURLWithPath: place))
  }

  /// A copy of the repository.
  func copy() throws -> String {
    let copy = "\(folder)/copy-\(UUID().uuidString)"
    try FileManager.default.copyItem(atPath: "\(folder)/state", toPath: copy)
    return copy
  }

  func restore(_ copy: String) throws {
    try FileManager.default.removeItem(atPath: "\(folder)/state")
    try FileManager.default.moveItem(atPath: copy, toPath: "\(folder)/state")
  }

  /// As ``audit(after:)``, by somebody who has not read any of the objects before.
  func reopenedAudit(after start: ObjectID? = nil, to tip: ObjectID? = nil) async throws -> AuditOutcome {
    let audit = Audit(
      try Repository.open(at: "\(folder)/state"), introduction: introduction, now: Self.at(1_000_000))
    let end = if let tip { tip } else { try await self.tip() }
    return try await audit.run(to: end, after: start)
  }
}
