import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// A site whose installation has the pre-execute hook, and what it says to one proposal after another.
final class HookSite: Sendable {
  /// Far enough away: the hook asks the host's own clock.
  static let deadline = Timestamp(microseconds: 4_000_000_000_000_000)
  static let finding = FindingID(
    source: SourceName("hosts")!, target: "web1", subject: "/etc/motd", aspect: .drift)

  let site: Site
  var scratch: Scratch { site.scratch }

  /// As ``Site``, with the trust file and the hook beside it.
  init(_ edit: (inout Policy) -> Void = { _ in }) async throws {
    site = try await Site { policy in
      // Long enough for the deadline above.
      for tier in policy.tiers.keys { policy.tiers[tier]?.validForSeconds = 30_000 * 86_400 }
      edit(&policy)
    }
    try FileManager.default.createDirectory(
      atPath: scratch.file("hooks"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    try await trust()
    try installHook()
  }

  func trust() async throws {
    let file = try await TrustFile.describing(site.introduction, in: site.repository)
    try scratch.write(file.bytes, to: "trust.json")
  }

  /// The hook of this checkout.
  static let hooks = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "../../../hooks"
  ).standardizedFileURL

  /// Puts the hook there, edited where a test needs another word in it.
  func installHook(_ edits: [(String, String)] = []) throws {
    var text = try String(contentsOf: Self.hooks.appendingPathComponent("pre-execute"), encoding: .utf8)
    for (old, new) in edits {
      #expect(text.components(separatedBy: old).count == 2, "\(old) stands in the hook once")
      text = text.replacingOccurrences(of: old, with: new)
    }
    try scratch.write(Array(text.utf8), to: "hooks/pre-execute", mode: 0o755)
  }

  func installEntry(_ name: String, _ text: String, mode: Int = 0o755) throws {
    try scratch.write(Array("#!/bin/sh\n\(text)\n".utf8), to: "hooks/pre-execute.d/\(name)", mode: mode)
  }

  /// A change that can be undone.
  static func change(
    _ action: PlannedChange.Action = .update, target: TargetName = "web1", subject: SubjectName = "/etc/motd",
    isOpaque: Bool = false, type: String? = "copy", path: String? = "/etc/motd", finding: FindingID? = finding
  ) -> PlannedChange {
    PlannedChange(
      target: target, subject: subject, action: action, delta: Digest(of: Array("delta".utf8)), isOpaque: isOpaque,
      type: type, path: path, finding: finding)
  }

  /// Commits a proposal to converge on a branch of its own.
  func propose(
    _ changes: [PlannedChange] = [change()], tier: Tier = .t2, action: Proposal.Action = .converge,
    by name: String = "engine", nonce: String = "00112233445566778899aabbccddeeff", version: Int = 1,
    edit: (inout Proposal, inout [String: String?]) -> Void = { _, _ in }
  ) throws -> Proposal {
    try site.propose(
      [:], action: action, tier: tier, by: name, nonce: nonce,
      findings: [.init(finding: Self.finding, delta: Site.fact("/etc/motd").delta.fingerprint)], version: version
    ) { proposal, files in
      proposal.targets = Array(Set(changes.map(\.target))).sorted()
      proposal.tool = "ansible-core 2.19.0"
      proposal.arguments = ["ansible-playbook", "site.yml", "--limit", "web1"]
      proposal.bundle = Digest(of: Array("bundle".utf8))
      proposal.changes = changes
      proposal.fingerprint = Digest(of: Array("fingerprint".utf8))
      proposal.notAfter = Self.deadline
      edit(&proposal, &files)
    }
  }

  /// Proposes and approves by plain git.
  func approved(
    _ changes: [PlannedChange] = [change()], by name: String = "alice",
    edit: (inout Proposal, inout [String: String?]) -> Void = { _, _ in }
  ) throws -> Proposal {
    let proposal = try propose(changes, edit: edit)
    try site.merge("proposal/\(proposal.id)", by: name)
    return proposal
  }

  /// The merge that brought a proposal.
  func approval(of proposal: Proposal) throws -> String {
    try site.git(
      "log", "--first-parent", "--diff-filter=A", "--format=%H", "-m", "-1", "main", "--",
      "proposals/\(proposal.id)/proposal.json")
  }

  /// What praxis says to the hook; each line can be another.
  func question(_ proposal: Proposal, _ other: [String: String] = [:], bytes: [UInt8]? = nil) throws -> [UInt8] {
    let lines = [
      ("format", "praxis.pre-execute/1"), ("repository", scratch.file("repo/.git")),
      ("trust", scratch.file("trust.json")), ("introduction", site.introduction.hex),
      ("main", try other["main"] ?? site.id("refs/heads/main").hex),
      ("approval", try other["approval"] ?? approval(of: proposal)),
      ("proposal", proposal.id), ("digest", proposal.digest.text), ("engine", "engine"),
    ]
    let head = lines.map { "\($0) \(other[$0] ?? $1)\n" }.joined() + "\n"
    return Array(head.utf8) + (bytes ?? proposal.bytes)
  }

  struct Answer: CustomStringConvertible {
    let status: Int32
    let errors: String

    var last: String { errors.split(separator: "\n").last.map(String.init) ?? "" }
    /// The code between the brackets.
    var code: String? {
      guard last.hasPrefix("refused (") || last.hasPrefix("could not verify (") else { return nil }
      return last.split(separator: "(")[1].split(separator: ")").first.map(String.init)
    }
    var description: String { "\(status): \(errors)" }
  }

  /// Asks in praxis' way.
  func ask(_ proposal: Proposal, _ other: [String: String] = [:], bytes: [UInt8]? = nil) throws -> Answer {
    try ask(question: try question(proposal, other, bytes: bytes))
  }

  /// Asks what was prepared before.
  func ask(question: [UInt8]) throws -> Answer {
    let outcome = try scratch.run(scratch.file("hooks/pre-execute"), [], input: question)
    return Answer(status: outcome.status, errors: outcome.errors)
  }

  /// Asks for a job.
  func ask(_ proposal: Proposal, claim: String) throws -> Answer {
    let outcome = try scratch.run(
      scratch.file("hooks/pre-execute"),
      [
        "--repo", scratch.file("repo"), "--trust", scratch.file("trust.json"), "--proposal", proposal.id, "--claim",
        claim,
      ])
    return Answer(status: outcome.status, errors: outcome.errors)
  }

  /// Commits an execution record.
  @discardableResult
  func record(
    _ proposal: Proposal, _ state: ExecutionRecord.State, claim: String? = nil, by name: String = "engine",
    edit: (inout ExecutionRecord) -> Void = { _ in }
  ) throws -> ObjectID {
    var record = ExecutionRecord(of: proposal, state, at: Site.now, by: "engine")
    record.approval = try approval(of: proposal)
    record.claim = claim
    edit(&record)
    return try site.commit(
      ["executions/\(proposal.id).json": String(decoding: record.bytes, as: UTF8.self)], by: name)
  }
}

/// Expects the hook to say no for exactly this reason.
func expect(_ code: String, _ answer: HookSite.Answer, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(answer.status != 0, "\(answer)", sourceLocation: sourceLocation)
  #expect(answer.code == code, "\(answer)", sourceLocation: sourceLocation)
}

func expectYes(_ answer: HookSite.Answer, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(answer.status == 0, "\(answer)", sourceLocation: sourceLocation)
}
