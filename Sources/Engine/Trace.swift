import Facts
import Failures
import Git
import StateRepository
import StrictJSON

/// What became of one proposal, as the repository tells it.
package struct ProposalTrace: Sendable {
  package enum State: String, Sendable {
    case open, revoked, withdrawn, approved, claimed, started, finished

    fileprivate init(_ state: ExecutionRecord.State) {
      switch state {
      case .claimed: self = .claimed
      case .started: self = .started
      case .finished: self = .finished
      case .withdrawn: self = .withdrawn
      }
    }
  }

  package var id: String
  /// Nil where its branch is gone and main never had it.
  package var proposal: Proposal?
  package var state: State
  package var approval: (commit: ObjectID, at: Timestamp, people: [PersonName])?
  package var record: ExecutionRecord?

  /// When it was proposed, or the first thing that is known of it.
  fileprivate var begin: Timestamp? { proposal?.proposedAt ?? record?.at }
}

/// Findings with the proposals about them.
package struct Trace: Sendable {
  package var findings: [Finding]
  package var proposals: [ProposalTrace]
}

extension ApprovalWorkflow {
  /// The proposals about a finding, the oldest first.
  package func trace(of id: FindingID) async throws -> Trace {
    guard let latest = try await store.facts(of: id, at: main).last else {
      throw try await store.unknownFinding(id.text, at: main)
    }
    var proposals: [ProposalTrace] = []
    for proposal in try await store.proposalIDs(at: main) {
      let trace = try await whatBecame(of: proposal)
      let isAbout =
        trace.proposal?.findings.contains { $0.finding == id } ?? trace.record?.findings.contains(id) ?? false
      if isAbout { proposals.append(trace) }
    }
    proposals.sort { ($0.begin?.rfc3339 ?? "", $0.id) < ($1.begin?.rfc3339 ?? "", $1.id) }
    return Trace(findings: [latest], proposals: proposals)
  }

  /// The findings that a proposal is about.
  package func trace(of id: ProposalID) async throws -> Trace {
    let trace = try await whatBecame(of: id)
    guard trace.proposal != nil || trace.record != nil else { throw try await missing(id) }
    var findings: [Finding] = []
    for finding in trace.proposal?.findings.map(\.finding) ?? trace.record?.findings ?? [] {
      if let latest = try await store.facts(of: finding, at: main).last { findings.append(latest) }
    }
    return Trace(findings: findings, proposals: [trace])
  }

  private func whatBecame(of id: ProposalID) async throws -> ProposalTrace {
    let decided = try await decided(id)
    if case .approved(let proposal, let merge, let record) = decided {
      let commit = try await store.repository.commit(merge)
      let people = try await session.gate().signers(ofApproval: merge)
      return ProposalTrace(
        id: id.text, proposal: proposal, state: record.map { .init($0.state) } ?? .approved,
        approval: (merge, Self.time(commit.committer.seconds), people), record: record)
    }
    var record: ExecutionRecord?
    if case .closed(let closing) = decided { record = closing }
    var proposal: Proposal?
    var state = ProposalTrace.State.open
    if let branch = try await store.proposalBranch(id.text) {
      let path = Layout.document(ofProposal: id.text)
      if let bytes = try await store.file(path, at: branch.tip) {
        proposal = try? Proposal(parsing: bytes, document: path)
      }
      do {
        _ = try await review(id, at: branch.tip)
      } catch let error as Failure where error.code == .approvedBefore {
        state = .revoked
      } catch let error as Failure where error.isRefusal {
        // What cannot be approved as it stands is open all the same; praxis review says why.
      }
    }
    if record?.state == .withdrawn { state = .withdrawn }
    return ProposalTrace(id: id.text, proposal: proposal, state: state, record: record)
  }

  /// A commit's date; one beyond what a timestamp can hold is held at its end.
  private static func time(_ seconds: Int64) -> Timestamp {
    Timestamp(microseconds: max(0, min(seconds, 253_402_300_799)) * 1_000_000)
  }
}
