import Facts
import Failures
import Git

extension Gate {
  /// The records of executions that a commit brings: each belongs to its proposal, and its state only moves on.
  ///
  /// - Parameters:
  ///   - parent: the commit's first parent, whose tree says what was approved then.
  ///   - person: the engine that signed the commit.
  func checkLedger(
    _ changes: Changes, at commit: ObjectID, onto parent: ObjectID, by person: PersonName
  ) async throws(Failure) {
    for (difference, area) in zip(changes.differences, changes.areas) {
      guard case .execution(let id) = area, difference.new != nil else { continue }
      let place = difference.path
      let record = try await record(at: place, in: commit)
      let before = difference.old == nil ? nil : try await self.record(at: place, in: parent)
      guard record.proposal == id else {
        throw Failure(.ledgerRewritten, place, "it is the record of another proposal")
      }
      guard record.by == person.text else {
        throw Failure(.ledgerRewritten, place, "it names another engine than the one that signed it")
      }
      try Self.check(record, after: before, at: place)
      try await checkApproved(record, at: place, in: parent)
    }
  }

  private func record(at place: String, in commit: ObjectID) async throws(Failure) -> ExecutionRecord {
    guard let bytes = try await file(place, in: commit) else {
      throw Failure(.ledgerRewritten, place, "it is not there as a plain file")
    }
    let record = try reading(place, refusing: .ledgerRewritten) { () throws(Failure) in
      try ExecutionRecord(parsing: bytes, document: place)
    }
    guard record.bytes == bytes else { throw Failure(.ledgerRewritten, place, "it is not canonical") }
    return record
  }

  /// What was recorded stays: a start gets an end once, and an end what was seen afterwards, once.
  private static func check(
    _ record: ExecutionRecord, after before: ExecutionRecord?, at place: String
  ) throws(Failure) {
    func refuse(_ message: String) -> Failure { Failure(.ledgerRewritten, place, message) }
    guard let before else {
      guard record.state != .finished || !record.action.runsATool else {
        throw refuse("it ends what was never recorded as begun")
      }
      return
    }
    guard record.digest == before.digest, record.action == before.action, record.by == before.by,
      record.approval == before.approval, record.claim == before.claim, record.startedAt == before.startedAt
    else { throw refuse("it says another thing than before of what was begun") }
    switch (before.state, record.state) {
    case (.started, .finished): return
    case (.finished, .finished):
      var rest = record.result
      rest?.gone = before.result?.gone
      rest?.remaining = before.result?.remaining
      guard before.run == nil, rest == before.result, record.action.runsATool else {
        throw refuse("how it ended is recorded once")
      }
    default:
      throw refuse("from \(before.state.rawValue) it does not become \(record.state.rawValue)")
    }
  }

  /// Nothing is carried out that main did not have as approved, and nothing is withdrawn that it had.
  private func checkApproved(
    _ record: ExecutionRecord, at place: String, in parent: ObjectID
  ) async throws(Failure) {
    let isOnMain = try await exists(Layout.document(ofProposal: record.proposal), in: parent)
    if record.state == .withdrawn {
      guard !isOnMain else {
        throw Failure(.ledgerRewritten, place, "what is approved is revoked and not withdrawn")
      }
      return
    }
    guard isOnMain else {
      throw Failure(.ledgerUnapproved, place, "main did not have the proposal as approved then")
    }
    let proposal = try await readProposal(record.proposal, in: parent)
    guard proposal.digest == record.digest, proposal.action == record.action else {
      throw Failure(.ledgerUnapproved, place, "main had another proposal as approved then")
    }
    // Whichever engine records an observation next carries out a retraction.
    guard proposal.engine == record.by || !proposal.action.runsATool else {
      throw Failure(.ledgerUnapproved, place, "the proposal names another engine")
    }
  }
}
