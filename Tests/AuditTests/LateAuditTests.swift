import Audit
import Facts
import Failures
import Foundation
import Gate
import Git
import StateRepository
import TestSupport
import Testing

/// Histories that the real recorder made of observations which came out of order.
@Suite struct LateAuditTests {
  private static let receipt = "observations/site.json"

  private static func observation(
    at minutes: Int64, _ targets: [TargetName: [SubjectReport]], isWhole: Bool = true
  ) throws -> Observation {
    try Observation(
      source: AuditSite.source("site"), authority: .ansible, run: AuditSite.run(minutes), tool: "ansible-core 2.19.14",
      begin: AuditSite.at(minutes), end: AuditSite.at(minutes).advanced(bySeconds: 1),
      evidence: [.init(name: "events.jsonl", digest: Digest(of: Array("\(minutes)".utf8)))], desired: nil,
      rules: Digest(of: Array("rules".utf8)),
      declaration: .init(origin: .inventory, isWhole: isWhole, targets: targets.keys.sorted()),
      targets: targets.sorted { $0.key < $1.key }.map {
        TargetReport(target: $0.key, state: .observed, subjects: $0.value, listsEverySubject: true)
      })
  }

  private static func drifted(_ mode: String = "0644", _ subject: SubjectName = "sshd") -> SubjectReport {
    let delta = Delta([.init(path: "/mode", .values(desired: "0600", observed: .string(mode)))])
    return SubjectReport(subject, .drifted(.changed, delta, .world))
  }

  @Test func `facts that a late run moved, ended and corrected break no rule`() async throws {
    let site = try await AuditSite()
    let recorder = LateRecorder(site)
    try await recorder.record(Self.observation(at: 10, ["web1": [.init("sshd", .inSync)]]), at: 11)
    try await recorder.record(Self.observation(at: 50, ["web1": [Self.drifted()]]), at: 51)
    // It was so earlier; then in sync in between; then otherwise.
    let first = try await recorder.record(Self.observation(at: 30, ["web1": [Self.drifted()]]), at: 61)
    try await recorder.record(Self.observation(at: 40, ["web1": [.init("sshd", .inSync)]]), at: 71)
    try await recorder.record(Self.observation(at: 45, ["web1": [Self.drifted("0777")]]), at: 81)
    try await recorder.record(Self.observation(at: 90, ["web1": [.init("sshd", .inSync)]]), at: 91)
    #expect(first.late?.corrected == 1)
    #expect(try await site.problems() == [])
    // From each commit on, too: what an audit has to know of before, it reads from the tree.
    for commit in try await site.repository.firstParentChain(from: site.tip(), limit: 6) {
      #expect(try await site.problems(after: commit.id) == [])
    }
  }

  @Test func `a hole that a late run fills is not told, and one that it does not is`() async throws {
    let site = try await AuditSite(maxAge: 3_600)
    let recorder = LateRecorder(site)
    let both: [TargetName: [SubjectReport]] = ["web1": [.init("sshd", .inSync)], "web2": [.init("sshd", .inSync)]]
    try await recorder.record(Self.observation(at: 10, both), at: 11)
    let late = try await recorder.record(Self.observation(at: 120, both), at: 121).commit
    func holes() async throws -> [AuditProblem] { try await site.audit().problems.kept }
    let before = try await holes()
    #expect(
      before.map(\.commit) == [late] && before[0].message.contains("web1 and 1 more not observed for up to 6600 s"))
    // A look at web1 alone says nothing of web2.
    try await recorder.record(
      Self.observation(at: 65, ["web1": [.init("sshd", .inSync)]], isWhole: false), at: 131)
    let narrowed = try await holes()
    #expect(narrowed.map(\.commit) == [late] && narrowed[0].message.contains("web2 not observed for up to 6600 s"))
    // All were looked at, and for web2 too long before the next one still.
    try await recorder.record(Self.observation(at: 40, both), at: 141)
    #expect(try await holes().map(\.message).first?.contains("web2 not observed for up to 4800 s") == true)
    try await recorder.record(Self.observation(at: 90, both), at: 151)
    let outcome = try await site.audit()
    #expect(outcome.problems.kept == [] && outcome.problems.holes == 0 && outcome.isClean)
  }

  @Test func `between a late run and the first one that was recorded, nothing was observed`() async throws {
    let site = try await AuditSite(maxAge: 3_600)
    let recorder = LateRecorder(site)
    let all: [TargetName: [SubjectReport]] = ["web1": [.init("sshd", .inSync)]]
    try await recorder.record(Self.observation(at: 120, all), at: 121)
    let late = try await recorder.record(Self.observation(at: 10, all), at: 131).commit
    let kept = try await site.audit().problems.kept
    #expect(kept.map(\.commit) == [late] && kept[0].rule == AuditRule.notObserved.rawValue)
    #expect(kept.first?.message.contains("6600 s") == true)
    try await recorder.record(Self.observation(at: 65, all), at: 141)
    #expect(try await site.audit().problems.kept == [])
  }

  @Test func `a narrowed run that was too late to be folded, and touches other targets, is no step back`() async throws
  {
    let site = try await AuditSite()
    let recorder = LateRecorder(site)
    let (one, two): ([TargetName: [SubjectReport]], [TargetName: [SubjectReport]]) = (
      ["web1": [.init("sshd", .inSync)]], ["web2": [Self.drifted()]]
    )
    try await recorder.record(Self.observation(at: 10, one.merging(two) { $1 }), at: 11)
    try await recorder.record(Self.observation(at: 30, one, isWhole: false), at: 31)
    recorder.forgetAll()
    let recorded = try await recorder.record(Self.observation(at: 20, two, isWhole: false), at: 41)
    #expect(recorded.late == nil && recorded.commit != nil)
    #expect(try await site.problems() == [])
  }

  @Test(arguments: [UInt64](0..<6))
  func `many runs in any order, whole and narrowed, break no rule`(
    seed: UInt64
  ) async throws {
    var random = SeededGenerator(seed: seed &+ 500)
    let observations = try stride(from: Int64(10), through: 90, by: 10).map { minute in
      var targets = ["web1", "web2", "web3"].filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
      if targets.isEmpty { targets = ["web2"] }
      let reports = targets.map { target in
        let subjects = (["a", "b"] as [SubjectName]).filter { _ in Int.random(in: 0..<5, using: &random) > 0 }.map {
          subject in
          Bool.random(using: &random)
            ? SubjectReport(subject, .inSync)
            : Self.drifted(["0644", "0777"].randomElement(using: &random) ?? "", subject)
        }
        return (TargetName(target), subjects)
      }
      return try Self.observation(
        at: minute, Dictionary(uniqueKeysWithValues: reports), isWhole: Int.random(in: 0..<3, using: &random) > 0)
    }
    let site = try await AuditSite()
    let recorder = LateRecorder(site)
    for (turn, observation) in observations.shuffled(using: &random).enumerated() {
      try await recorder.record(observation, at: 100 + Int64(turn))
    }
    #expect(try await site.problems() == [], "seed \(seed)")
    try site.git("fsck", "--strict", "--no-dangling")
  }

  @Test func `a receipt that is tampered with after a late run is named`() async throws {
    let site = try await AuditSite()
    let recorder = LateRecorder(site)
    let all: [TargetName: [SubjectReport]] = ["web1": [.init("sshd", .inSync)]]
    try await recorder.record(Self.observation(at: 10, all), at: 11)
    try await recorder.record(Self.observation(at: 50, all), at: 51)
    try await recorder.record(Self.observation(at: 30, all), at: 61)
    try await recorder.record(Self.observation(at: 40, all), at: 71)
    let good = try await site.tip()
    let receipt = try #require(try await site.store.receipt(of: AuditSite.source("site"), at: good))
    #expect(receipt.late.map(\.run) == [AuditSite.run(30), AuditSite.run(40)])
    let tampered: [(String, (inout Receipt) -> Void)] = [
      ("the late runs are forgotten", { $0.late = [] }),
      ("one of them is", { $0.late.removeFirst() }),
      ("they are in another order", { $0.late.reverse() }),
      ("one is of another time", { $0.late[1].begin = AuditSite.at(20) }),
      ("one was about other targets", { $0.late[0].targets = ["web9"] }),
      (
        "another one is there, and looked after all",
        {
          $0.late.append(.init(run: AuditSite.run(60), begin: AuditSite.at(60)))
        }
      ),
      ("one came twice", { $0.late.append($0.late[0]) }),
      (
        "two are new at once",
        {
          $0.late += [
            .init(run: AuditSite.run(20), begin: AuditSite.at(20)),
            .init(run: AuditSite.run(25), begin: AuditSite.at(25)),
          ]
        }
      ),
      (
        "the run's evidence is another one",
        {
          $0.late.append(.init(run: AuditSite.run(20), begin: AuditSite.at(20)))
          $0.evidence = []
        }
      ),
      ("a target counts as in sync", { $0.targets[0].inSync += 1 }),
      (
        "a target was looked at earlier",
        {
          $0.late.append(.init(run: AuditSite.run(20), begin: AuditSite.at(20)))
          $0.targets[0].observedAt = AuditSite.at(20)
        }
      ),
    ]
    for (what, change) in tampered {
      try site.git("update-ref", "refs/heads/main", good.hex)
      var other = receipt
      change(&other)
      let bad = try await site.commit([Self.receipt: .put(other.bytes)], at: 80)
      let problems = try await site.problems()
      #expect(!problems.isEmpty, "\(what)")
      let known = [String(.receiptRewritten, bad, Self.receipt), String(.receiptWentBack, bad, Self.receipt)]
      for problem in problems { #expect(known.contains(problem), "\(what): \(problem)") }
    }
    // A first receipt has nothing to have come late after.
    let other = try await AuditSite()
    let bad = try await other.commit([Self.receipt: .put(receipt.bytes)], at: 80)
    #expect(try await other.problems() == [String(.receiptRewritten, bad, Self.receipt)])
  }
}

/// Records with a spool that can be made to forget.
private final class LateRecorder: @unchecked Sendable {
  private let site: AuditSite
  private let lock = NSLock()
  private var kept: [RunID: Observation] = [:]

  init(_ site: AuditSite) { self.site = site }

  func forgetAll() { lock.withLock { kept = [:] } }

  @discardableResult
  func record(_ observation: Observation, at minutes: Int64) async throws -> Recorded {
    let terms = RecordingTerms(
      signer: try site.signer("engine"), lockFile: "\(site.folder)/lock", now: { AuditSite.at(minutes) },
      observation: { [self] _, run throws(Failure) in lock.withLock { kept[run] } }
    ) { _, _ async throws(Failure) in }
    let recorded = try await site.store.record(observation, terms)
    lock.withLock { kept[observation.run] = observation }
    return recorded
  }
}
