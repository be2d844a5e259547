import Facts
import Failures
import Git
import StrictJSON

extension Gate {
  /// A commit that takes one approval back: its exact inverse, before anything was executed.
  ///
  /// - Returns: the id of the proposal whose approval is taken back.
  func checkRevocation(
    _ changes: Changes, of parent: ObjectID, by person: PersonName, under policy: Policy
  ) async throws(Failure) -> String {
    guard let id = changes.proposalID, try await exists(Layout.document(ofProposal: id), in: parent)
    else {
      throw Failure(
        .notAnInverse, TerminalSafe.escaped(changes.differences[0].path),
        "it came in by fast-forward, squash or rebase; only a signed merge approves a proposal"
      )
    }
    let proposal = try await readProposal(id, in: parent)
    guard let role = policy.roles(of: person).operator else {
      throw Failure(.roleMissing, "the signature of \(person)", "only an operator revokes")
    }
    guard role.sources.contains(proposal.source) else {
      throw Failure(
        .sourceNotAllowed, "the signature of \(person)", "\(person) is not an operator of \(proposal.source)")
    }
    guard proposal.tier <= role.upTo else {
      throw Failure(
        .tierNotAllowed, "the signature of \(person)",
        "\(person) approves and revokes up to \(role.upTo.rawValue)")
    }
    guard !(try await exists(Layout.execution(id), in: parent)) else {
      throw Failure(
        .alreadyExecuted, Layout.execution(id), "what has begun cannot be revoked; propose what undoes it")
    }
    let approval = try await approval(of: id, before: parent)
    guard ParentRule.isInverse(changes.differences, of: approval) else {
      throw Failure(
        .notAnInverse, Layout.proposal(id),
        "it is not the exact inverse of the approval, or a file has changed since; git revert -m 1 -S MERGE makes one"
      )
    }
    return id
  }

  /// What the merge that brought a proposal changed.
  private func approval(of id: String, before commit: ObjectID) async throws(Failure) -> [TreeDifference] {
    var next = commit
    while next != introduction, let parent = try await self.commit(next).parents.first {
      if !(try await exists(Layout.document(ofProposal: id), in: parent)) {
        return try await differences(from: parent, to: next)
      }
      next = parent
    }
    throw Failure(.notAnInverse, Layout.proposal(id), "no approval brought it onto main")
  }
}
