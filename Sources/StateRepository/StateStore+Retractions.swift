import Diff
import Facts
import Failures
import Git

/// An approved retraction that a run carries out.
struct Retraction: Sendable {
  var proposal: Proposal
  /// The findings that are still recorded as the proposal named them; none when they ended otherwise meanwhile.
  var findings: [Finding]
}

extension StateStore {
  /// The approved retractions that a run has to carry out: of its source, of targets that it is about, and not carried out before.
  ///
  /// Only a fact that was recorded when the proposal was made is meant: what opened since is new evidence, the same value or not.
  func retractions(
    for observation: Observation, open: [Finding], at tip: ObjectID
  ) async throws(Failure) -> [Retraction] {
    let covered = Set(observation.declaration.targets)
    var found: [Retraction] = []
    for proposal in try await pendingProposals(.retract, of: observation.source, at: tip) {
      guard
        observation.declaration.isWhole || covered.isSuperset(of: proposal.targets),
        observation.begin > proposal.proposedAt
      else { continue }
      let meant = open.filter { finding in
        finding.validFrom <= proposal.proposedAt
          && proposal.findings.contains { $0.finding == finding.id && $0.delta == finding.delta.fingerprint }
      }
      found.append(Retraction(proposal: proposal, findings: meant))
    }
    return found
  }

  /// Open findings whose value an approved proposal has had the tool's state adopt since they were opened, and before this observation.
  func adopted(_ open: [Finding], before observation: Observation, at tip: ObjectID) async throws(Failure)
    -> [FindingID: String]
  {
    let held = open.filter { !$0.seen.heldByState.paths.isEmpty }
    guard !held.isEmpty else { return [:] }
    let paths = try await repository.files(under: Layout.executions, in: tip).map(\.path)
    var found: [FindingID: String] = [:]
    for path in paths {
      guard let bytes = try await file(path, at: tip) else { continue }
      let record = try ExecutionRecord(parsing: bytes, document: path)
      guard record.action == .adopt, record.result?.outcome == .succeeded, record.at <= observation.begin,
        let bytes = try await file(Layout.document(ofProposal: record.proposal), at: tip)
      else { continue }
      let proposal = try Proposal(parsing: bytes, document: path)
      for finding in held
      where finding.validFrom <= record.at
        && proposal.findings.contains(.init(finding: finding.id, delta: finding.delta.fingerprint))
      { found[finding.id] = proposal.id }
    }
    return found
  }

  /// Proposals on main of one action and source that have no record in executions/.
  private func pendingProposals(
    _ action: Proposal.Action, of source: SourceName, at tip: ObjectID
  ) async throws(Failure) -> [Proposal] {
    let paths = try await repository.files(under: Layout.proposals, in: tip).map(\.path)
    var pending: [Proposal] = []
    for path in paths where path.hasSuffix("/proposal.json") {
      let id = String(path.dropFirst(Layout.proposals.utf8.count + 1).prefix { $0 != "/" })
      guard try await file(Layout.execution(id), at: tip) == nil, let bytes = try await file(path, at: tip) else {
        continue
      }
      let proposal = try Proposal(parsing: bytes, document: path)
      if proposal.action == action, proposal.source == source { pending.append(proposal) }
    }
    return pending
  }
}

extension Retraction {
  /// The findings' ends, valid from the run's begin on.
  func changes(by receipt: Receipt) -> [FindingChange] {
    findings.map {
      .ended($0.ended(at: receipt.begin, .retracted, by: receipt.run, proposal: proposal.id))
    }
  }

  func record(at now: Timestamp, by engine: String, run: RunID) -> ExecutionRecord {
    ExecutionRecord(of: proposal, .finished, at: now, by: engine, run: run, findings: findings.map(\.id).sorted())
  }
}
