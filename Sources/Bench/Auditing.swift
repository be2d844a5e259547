import Audit
import Facts
import Gate
import Git
import StateRepository

/// Verifies and audits a generated history in this process; says how long that took and the process' peak.
struct Auditing {
  /// Holds `state` and `trust.json`.
  var folder: String

  /// What is verified of each commit.
  enum Part: String {
    /// That its signature is good and by a key of the policy.
    case signatures
    /// That, and what it changes.
    case parentRule = "parent-rule"
  }

  func audit() async throws -> String {
    let trust = try TrustFile.read(at: "\(folder)/trust.json")
    let store = try await StateStore.open(at: "\(folder)/state")
    let clock = ContinuousClock()
    let begin = clock.now
    let outcome = try await Audit(store.repository, introduction: trust.introduction, now: Self.now)
      .run(to: store.tip())
    let took = clock.now - begin
    guard outcome.isClean, outcome.problems.holes == 0 else {
      throw BenchError("the generated history is not clean: \(outcome.problems.kept.prefix(3))")
    }
    return try said(took, outcome.commits)
  }

  func verify(_ part: Part) async throws -> String {
    let trust = try TrustFile.read(at: "\(folder)/trust.json")
    let store = try await StateStore.open(at: "\(folder)/state")
    let tip = try await store.tip()
    let clock = ContinuousClock()
    let begin = clock.now
    var commits = 0
    switch part {
    case .parentRule:
      let history = try await Gate(
        store.repository, from: trust.introduction, signatures: .inProcess, at: Self.now
      ).verify(to: tip)
      commits = history.commits.count
    case .signatures:
      let policy = try await PolicyInForce.read(from: store.repository, at: tip)
      for (_, commit) in try await store.repository.firstParentChain(from: tip, limit: Int.max) {
        try await SSHSignature.verify(
          armour: commit.signature ?? "", payload: commit.signedPayload, keys: policy.signers.keys,
          namespace: SSHSignature.gitNamespace, by: .inProcess, at: Self.now)
        commits += 1
      }
    }
    return try said(clock.now - begin, commits)
  }

  private static let now = GeneratedHistory.begin.advanced(bySeconds: 100 * 365 * 86_400)

  private func said(_ took: Duration, _ commits: Int) throws -> String {
    "\(took.inSeconds) \(try Parsing.peakBytes()) \(commits)\n"
  }
}
