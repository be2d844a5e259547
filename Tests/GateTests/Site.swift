import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// A state repository made with plain git, with the keys of its people beside it.
final class Site: Sendable {
  static let now = Instant(microseconds: 1_790_000_000_000_000)

  let scratch: Scratch
  let introduction: ObjectID
  let repository: Repository
  let folder = "repo"

  /// `engine` records all sources, `scout` only `hosts`; `alice` is admin and operator up to T2, `bob` operator up to T3, `carol`
  /// operator of `network`; `mallory` has a key and no role.
  init(_ edit: (inout Policy) -> Void = { _ in }) async throws {
    scratch = try Scratch()
    var signers: [(person: String, key: PublicKey)] = []
    for name in ["engine", "scout", "alice", "bob", "carol", "mallory"] {
      let key = try await scratch.key(name).publicKey()
      if name != "mallory" { signers.append((name, key)) }
    }
    var policy = try Policy.initial(
      engine: "engine", admins: ["alice"], operators: ["alice", "bob", "carol"])
    policy.people[try Self.person("bob")]?.operator?.upTo = .t3
    policy.people[try Self.person("carol")]?.operator?.sources = .named([try Self.source("network")])
    policy.people[try Self.person("scout")] = .init(engine: .named([try Self.source("hosts")]))
    edit(&policy)
    try scratch.git("init", "-q", "-b", "main", folder)
    let files = [
      "praxis.yaml": Array("format: praxis.config/1\n".utf8), Policy.path: policy.bytes,
      AllowedSigners.path: try AllowedSigners(signers).bytes,
    ]
    for (path, bytes) in files { try scratch.write(bytes, to: "repo/" + path, mode: 0o644) }
    try scratch.git("-C", folder, "add", "-A")
    try scratch.git("-C", folder, "commit", "-q", "-m", "introduction")
    introduction = try #require(ObjectID(hex: try scratch.git("-C", folder, "rev-parse", "HEAD")))
    repository = try Repository.open(at: scratch.file("repo"))
  }

  static func person(_ name: String) throws -> PersonName { try #require(PersonName(name)) }
  static let finding = FindingID("f-0123456789ab")!
  static func source(_ name: String) throws -> SourceName { try #require(SourceName(name)) }

  @discardableResult
  func git(_ arguments: String...) throws -> String { try scratch.git(["-C", folder] + arguments) }

  func id(_ revision: String) throws -> ObjectID {
    try #require(ObjectID(hex: try git("rev-parse", "--verify", revision)))
  }

  private func signing(_ name: String, _ arguments: [String]) throws {
    try scratch.git(
      ["-C", folder, "-c", "gpg.format=ssh", "-c", "user.signingKey=\(scratch.file(name))"] + arguments)
  }

  /// Changes files (nil removes) and commits them where HEAD is, signed by plain git.
  @discardableResult
  func commit(_ files: [String: String?], by name: String?, message: String = "x") throws -> ObjectID {
    for (path, text) in files {
      if let text {
        try scratch.write(Array(text.utf8), to: "repo/" + path, mode: 0o644)
      } else {
        try FileManager.default.removeItem(atPath: scratch.file("repo/" + path))
      }
    }
    try git("add", "-A")
    if let name {
      try signing(name, ["commit", "-q", "-S", "--allow-empty", "-m", message])
    } else {
      try git("commit", "-q", "-m", message)
    }
    return try id("HEAD")
  }

  func merge(_ branch: String, by name: String, _ more: String...) throws {
    try signing(name, ["merge", "-q", "--no-ff", "-S", "-m", "approve"] + more + [branch])
  }

  func revert(_ revision: String, by name: String) throws {
    try signing(name, ["revert", "--no-edit", "-m", "1", "-S", revision])
  }

  func amend(by name: String) throws { try signing(name, ["commit", "-q", "--amend", "-S", "--no-edit"]) }

  @discardableResult
  func verify(from last: ObjectID? = nil) async throws -> VerifiedHistory {
    try await History.verify(
      repository, from: introduction, to: try id("refs/heads/main"), startingAt: last, at: Self.now)
  }

  /// Policy and signers as main has them, edited.
  func policy(_ edit: (inout Policy) -> Void) throws -> [String: String?] {
    let bytes = try scratch.read("repo/" + Policy.path)
    var policy = try Policy(parsing: bytes)
    policy.version += 1
    policy.previous = Digest(of: bytes)
    edit(&policy)
    return [Policy.path: String(decoding: policy.bytes, as: UTF8.self)]
  }

  /// Commits a proposal on a new branch from HEAD and comes back to main.
  func propose(
    _ files: [String: String], action: Proposal.Action = .bless, tier: Tier = .t1, source: String = "hosts",
    by name: String = "engine", nonce: String = "00112233445566778899aabbccddeeff",
    findings: [Proposal.Subject] = [],
    version: Int = 1, edit: (inout Proposal, inout [String: String?]) -> Void = { _, _ in }
  ) throws -> Proposal {
    let dryRun = "what would change\n"
    var proposal = Proposal(
      id: Proposal.id(nonce: nonce), action: action, source: try Self.source(source), targets: ["web1"],
      findings: findings,
      files: files.sorted { $0.key < $1.key }.map {
        .init(path: $0.key, digest: Digest(of: Array($0.value.utf8)))
      },
      dryRun: Digest(of: Array(dryRun.utf8)), rules: Digest(of: []), base: try id("HEAD").hex,
      policyVersion: version,
      tier: tier, proposer: name, engine: "engine", nonce: nonce, proposedAt: Self.now,
      notAfter: Self.now.advanced(bySeconds: 3_600))
    var all: [String: String?] = files
    if action.runsATool {
      let finding = findings.first ?? .init(finding: Self.finding, delta: Digest(of: []))
      proposal.findings = findings.isEmpty ? [finding] : findings
      proposal.tool = "terraform 1.11.4"
      proposal.arguments = ["apply", Proposal.savedPlan]
      proposal.bundle = Digest(of: [1])
      proposal.fingerprint = Digest(of: [2])
      proposal.seal = Seal(digest: Digest(of: [4]), isSandboxed: true, writes: ["/srv"])
      proposal.changes = [
        PlannedChange(
          target: "web1", subject: "file.a", action: .update, delta: Digest(of: [3]), type: "file", path: "/etc/a",
          finding: finding.finding)
      ]
    }
    edit(&proposal, &all)
    let place = "proposals/\(proposal.id)/proposal.json"
    if all[place] == nil { all[place] = String(decoding: proposal.bytes, as: UTF8.self) }
    if all["proposals/\(proposal.id)/dry-run.txt"] == nil {
      all["proposals/\(proposal.id)/dry-run.txt"] = dryRun
    }
    if all["approvals/\(proposal.id)/statement.json"] == nil {
      all["approvals/\(proposal.id)/statement.json"] = String(decoding: proposal.statement, as: UTF8.self)
    }
    try git("checkout", "-q", "-b", "proposal/\(proposal.id)")
    try commit(all, by: name)
    try git("checkout", "-q", "main")
    return proposal
  }

  /// A record of a proposal's execution, as its file on main.
  func ledger(
    _ proposal: Proposal, _ state: ExecutionRecord.State, by name: String = "engine",
    _ edit: (inout ExecutionRecord) -> Void = { _ in }
  ) -> [String: String?] {
    var record = ExecutionRecord(of: proposal, state, at: Self.now, by: name)
    edit(&record)
    return ["executions/\(proposal.id).json": String(decoding: record.bytes, as: UTF8.self)]
  }

  /// Adds a co-approval to a proposal's branch and comes back to main.
  func coApprove(_ proposal: Proposal, by name: String, as person: String? = nil) throws {
    try git("checkout", "-q", "proposal/\(proposal.id)")
    let agreement = CoApproval(to: proposal, by: try Self.person(person ?? name))
    try commit([agreement.path: String(decoding: agreement.bytes, as: UTF8.self)], by: name)
    try git("checkout", "-q", "main")
  }
}
