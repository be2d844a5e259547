import Facts
import Failures
import Git

/// What the parent rule says of one commit of main: all of it, so that an audit can go on.
package struct ExaminedCommit: Sendable {
  /// What it is; nil where that could not be told.
  package let commitClass: CommitClass?
  /// Who signed it; nil where no key of the policy did, or a forge merged it.
  package let signer: PersonName?
  /// Every objection.
  package let refusals: [Failure]
  /// The policy that decides on the next commit: the one in its own tree, or the one before where that is none.
  package let policy: PolicyInForce
}

extension Gate {
  /// Holds one commit of main against the parent rule as ``verify(to:startingAt:)`` does, and does not stop at what breaks it.
  ///
  /// - Parameters:
  ///   - differences: what it changes of its first parent.
  ///   - policy: the policy in its first parent, or the last one that could be read.
  /// - Throws: an inability alone; what breaks the rule is in the result.
  package func examine(
    _ commit: RawCommit, _ id: ObjectID, changing differences: [TreeDifference], under policy: PolicyInForce
  ) async throws(Failure) -> ExaminedCommit {
    var refusals: [Failure] = []
    func take(_ error: Failure) throws(Failure) {
      guard error.isRefusal else { throw error }
      refusals.append(error)
    }
    var signer: PersonName?
    var isSigned = true
    do throws(Failure) {
      signer = try await merger(of: commit, under: policy)
    } catch {
      try take(error)
      isSigned = false
    }
    var commitClass: CommitClass?
    do throws(Failure) {
      if isSigned {
        (commitClass, _) = try await judge(commit, id, by: signer, changing: differences, under: policy)
      } else {
        _ = try Changes(differences)
      }
    } catch {
      try take(error)
    }
    return ExaminedCommit(
      commitClass: commitClass, signer: signer, refusals: refusals,
      policy: try await self.policy(after: differences, at: id, else: policy))
  }

  private func policy(
    after differences: [TreeDifference], at id: ObjectID, else before: PolicyInForce
  ) async throws(Failure) -> PolicyInForce {
    guard differences.contains(where: { $0.path.hasPrefix("policy/") }) else { return before }
    do throws(Failure) {
      return try await inForce(at: id)
    } catch {
      guard error.isRefusal else { throw error }
      return before
    }
  }
}
