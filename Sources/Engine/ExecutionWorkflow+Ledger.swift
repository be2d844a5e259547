import Converge
import Facts
import Failures
import Gate
import Git
import Observe
import Processes
import StateRepository

extension ExecutionWorkflow {
  // MARK: The ledger

  /// Records on main, by compare-and-swap, that it begins, and has the remote agree. Nothing may run before this returns.
  func begin(
    _ approved: ApprovedProposal, _ state: ExecutionRecord.State, claim: String?
  ) async throws -> ExecutionRecord {
    var record = ExecutionRecord(
      of: approved.proposal, state, at: session.now(), by: engine.text,
      findings: approved.proposal.findings.map(\.finding))
    record.approval = approved.merge.hex
    record.claim = claim
    record.startedAt = state == .started ? record.at : nil
    return try await session.inTurn {
      // Main may have moved on meanwhile; a revocation or another's start would be there now.
      let now = try await self.approved()
      _ = try await store.configuration(as: approved.proposal, at: now.main)
      guard now.merge == approved.merge, now.proposal.digest == approved.proposal.digest else {
        throw Failure(.notApproved, Layout.proposal(id), "main has another approval of it than before")
      }
      let commit = try await write(record, onto: now.main)
      try await publish(commit, over: now.main)
      try executed.add(record.digest)
      return record
    }
  }

  /// Has the remote take the start; where it does not, main goes back to what it was.
  func publish(_ commit: ObjectID, over before: ObjectID) async throws {
    guard let remote, let refused = try await remote.push(commit) else { return }
    do {
      _ = try await store.advance(from: commit, to: before, by: engine.text)
    } catch {
      throw Failure(
        .remoteRefused, remote.name,
        "it did not take the record of the start (\(refused)), nothing was run, and main has moved on here: reset it to \(before)"
      )
    }
    throw Failure(
      .remoteRefused, remote.name, "it did not take the record of the start, so nothing was run: \(refused)")
  }

  func write(_ record: ExecutionRecord, onto tip: ObjectID) async throws -> ObjectID {
    let verb = record.state == .finished ? (record.result?.outcome.rawValue ?? "finished") : record.state.rawValue
    let commit = try await store.prepare(
      [Layout.execution(id): .put(record.bytes)], onto: [tip],
      message: "execute: \(verb), \(id)\n\nPraxis-Proposal: \(id)\nPraxis-Digest: \(record.digest)\n", signer,
      now: session.now())
    _ = try await session.gate().verify(to: commit, startingAt: tip)
    // Not remembered yet: a remote may refuse it, and then main goes back.
    _ = try await store.advance(from: tip, to: commit, by: engine.text)
    return commit
  }

  /// Writes a record whatever main does meanwhile.
  func settle(_ record: ExecutionRecord) async throws {
    try await session.inTurn { _ = try await write(record, onto: store.tip()) }
  }
}
