import Facts
import Failures
import Git
import StrictJSON

/// The parent rule, as functions of values: whether a commit of a class may be, given who signed it, what it changes and the
/// policy in its first parent.
enum ParentRule {
  /// A record: facts and receipts of the engine's own sources, and the ledger of executions, which only grows.
  static func checkRecord(_ changes: Changes, by person: PersonName, under policy: Policy) throws(Failure) {
    guard let sources = policy.roles(of: person).engine else {
      throw Failure(
        .roleMissing, "the signature of \(person)", "only an engine records, and \(person) is none")
    }
    for (difference, area) in zip(changes.differences, changes.areas) {
      switch area {
      case .findings(let source), .receipt(let source):
        guard sources.contains(source) else {
          throw Failure(.sourceNotAllowed, difference.path, "\(person) does not record for \(source)")
        }
      case .execution:
        guard difference.new != nil else {
          throw Failure(.ledgerRemoved, difference.path, "an execution record is deleted, and has to stay")
        }
      default:
        throw Failure(.pathNotAllowed, difference.path, "a record does not touch it")
      }
    }
  }

  /// A change: enough admins, and a policy that follows the one before.
  ///
  /// - Parameter after: the policy in the commit's own tree; nil where the commit leaves policy/ alone.
  static func checkChange(
    _ changes: Changes, by people: Set<PersonName>, from before: PolicyInForce, to after: PolicyInForce?
  ) throws(Failure) {
    if let person = people.filter({ !before.policy.roles(of: $0).admin }).min() {
      throw Failure(
        .roleMissing, "the signature of \(person)", "only an admin changes \(changes.differences[0].path)")
    }
    guard people.count >= before.policy.adminThreshold else {
      throw Failure(
        .tooFewApprovals, "its signatures",
        "\(people.count) of the \(before.policy.adminThreshold) admins that a change takes have signed it")
    }
    if changes.differences.contains(where: { $0.path == Layout.configuration && $0.new == nil }) {
      throw Failure(.pathNotAllowed, Layout.configuration, "it may be changed and not removed")
    }
    guard let after else { return }
    guard after.policy.version == before.policy.version + 1 else {
      throw Failure(
        .policyVersion, Layout.policy,
        "its version is \(after.policy.version); after \(before.policy.version) comes \(before.policy.version + 1)"
      )
    }
    guard after.policy.previous == before.digest else {
      throw Failure(
        .policyPrevious, Layout.policy, "'previous' has to be \(before.digest), the policy before it")
    }
  }

  /// A merge brings exactly what its branch changed, onto files that are as the branch found them.
  ///
  /// - Parameters:
  ///   - branch: what differs from the branch's base to its tip.
  ///   - merge: what differs from the merge's first parent to the merge.
  static func checkMerge(_ merge: [TreeDifference], bringsExactly branch: [TreeDifference]) throws(Failure) {
    let brought = Dictionary(merge.map { ($0.path, $0) }) { first, _ in first }
    let proposed = Dictionary(branch.map { ($0.path, $0) }) { first, _ in first }
    for difference in merge where proposed[difference.path] == nil {
      throw Failure(
        .extraChanges, TerminalSafe.escaped(difference.path), "the merge changes it, and its branch did not")
    }
    for difference in branch {
      guard let own = brought[difference.path] else {
        throw Failure(
          .missingChanges, TerminalSafe.escaped(difference.path),
          "the branch changes it, and the merge leaves it as it was; or main had changed it likewise before")
      }
      guard own.old == difference.old else {
        throw Failure(
          .outdatedProposal, TerminalSafe.escaped(difference.path),
          "main has changed it since the branch began; propose again")
      }
      guard own.new == difference.new else {
        throw Failure(
          .extraChanges, TerminalSafe.escaped(difference.path), "the merge has another content than its branch")
      }
    }
  }

  /// Whether the people who agreed suffice: each may approve this source and tier, the proposer is not among them unless policy
  /// lets them, and they are enough.
  static func checkApproval(
    of proposal: Proposal, proposedBy proposer: PersonName, approvedBy people: Set<PersonName>,
    under policy: Policy
  ) throws(Failure) {
    for person in people.sorted() {
      if let (reason, message) = policy.objection(
        toApprovalBy: person, of: proposal.source, tier: proposal.tier)
      {
        throw Failure(reason, "the approval by \(person)", message)
      }
    }
    if people.contains(proposer), !policy.selfApproval.contains(proposal.tier) {
      throw Failure(
        .selfApproval, "the approval by \(proposer)",
        "they proposed it, and may not approve it in \(proposal.tier.rawValue)")
    }
    let needed = policy.tiers[proposal.tier]?.approvals ?? Int.max
    guard people.count >= needed else {
      throw Failure(
        .tooFewApprovals, "its signatures",
        "\(people.count) of the \(needed) people that \(proposal.tier.rawValue) takes have signed")
    }
  }

  /// Whether a change undoes another one to the byte.
  static func isInverse(_ one: [TreeDifference], of other: [TreeDifference]) -> Bool {
    one.count == other.count
      && zip(one, other).allSatisfy { $0.path == $1.path && $0.old == $1.new && $0.new == $1.old }
  }
}
