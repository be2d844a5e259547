import Facts
import Gate
import Git
import StateRepository

/// A valid state repository of many findings, commits and versions, the same for the same seed.
///
/// Runs of ten sources take turns every twenty minutes. Each changes facts of a few targets: they open, are superseded, resolved,
/// and open again, so that every finding has about as many versions as every other. In between lie a handful of policy changes,
/// approved waivers and retractions, and approvals that are revoked.
struct GeneratedHistory {
  /// How many (source, target, subject) drift at some time; a multiple of 1,000.
  var findings = 100_000
  /// Commits on main after the introduction.
  var commits = 5_000
  /// How many facts open in all.
  var versions = 1_000_000
  var seed: UInt64 = 1

  static let sources = 10
  static let subjects = 100
  /// When the introduction was made: 2026-01-01.
  static let begin = Timestamp(microseconds: 1_767_225_600_000_000)
  static let secondsBetweenCommits: Int64 = 1_200
  private static let policyChanges = 5
  private static let decisions = 20

  /// Makes `state` (a bare repository) and `trust.json` in a folder.
  func write(into folder: String, _ say: (String) -> Void) async throws {
    guard findings >= 1_000, findings.isMultiple(of: 1_000), commits >= 20, versions >= commits else {
      throw BenchError("findings come in thousands, there are 20 commits at least, and no fewer versions than commits")
    }
    let people = try GeneratedPeople(seed: seed)
    var names: [SourceName] = []
    for number in 0..<Self.sources {
      guard let name = SourceName("\(number.isMultiple(of: 2) ? "site" : "network")-\(number)") else { continue }
      names.append(name)
    }
    let facts = GeneratedFacts(
      sources: names, targets: findings / Self.sources / Self.subjects, subjects: Self.subjects)
    let repository = try Repository.create(at: "\(folder)/state", bare: true)
    let writer = try await HistoryWriter(
      repository,
      files: [
        Layout.configuration: try configuration(facts), Layout.policy: people.policy.bytes,
        Layout.allowedSigners: try people.signers.bytes,
      ], by: people.admin, at: Self.begin)
    let introduction = writer.tip
    var decisions = GeneratedDecisions(people: people, writer: writer)
    var runs = GeneratedRuns(facts: facts, seed: seed)
    try await fill(&decisions, &runs, say)
    let trust = try await TrustFile.describing(introduction, in: repository)
    try trust.write(to: "\(folder)/trust.json")
  }

  private func fill(
    _ decisions: inout GeneratedDecisions, _ runs: inout GeneratedRuns, _ say: (String) -> Void
  ) async throws {
    let decisionEvery = max(8, commits / Self.decisions)
    let policyEvery = max(10, commits / (Self.policyChanges + 1))
    for number in 0..<commits {
      let now = Self.begin.advanced(bySeconds: Int64(number + 1) * Self.secondsBetweenCommits)
      if number % 250 == 249 { say("commit \(number + 1) of \(commits), \(runs.opened) facts opened") }
      if number > 0, number % policyEvery == 0 {
        try await decisions.changePolicy(at: now)
      } else if try await decisions.continues(at: now) {
        continue
      } else {
        if number % decisionEvery == decisionEvery / 2 { try await decisions.propose(runs, at: now) }
        let quota = versions * (number + 1) / commits - runs.opened
        let (changes, receipt, key) = runs.next(opening: quota, at: now, decisions.people)
        var recorded = decisions.carriedOut(by: receipt, &runs)
        recorded[Layout.receipt(of: receipt.source)] = .put(receipt.bytes)
        try await decisions.writer.commit(
          changes.merging(recorded) { _, new in new }, by: key, at: receipt.end.advanced(bySeconds: 5),
          message: runs.message(receipt))
      }
    }
    say("\(runs.opened) facts opened in \(commits) commits")
    try await decisions.writer.finish()
  }

  private func configuration(_ facts: GeneratedFacts) throws -> [UInt8] {
    var bytes = Array(ConfigurationFile.initial.utf8)
    for (number, name) in facts.sources.enumerated() {
      bytes = try ConfigurationFile.adding(
        SourceConfiguration(
          name: name,
          authority: number.isMultiple(of: 2)
            ? .ansible(.init(playbook: "site.yml", inventory: "inventory.ini")) : .tofu(.init()),
          directory: "/srv/\(name)", maxAgeSeconds: 6 * 3_600), to: bytes)
    }
    return bytes
  }
}
