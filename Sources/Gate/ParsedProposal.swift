import Diff
import Facts
import Failures
import Git

/// What a branch asks leave for, read and checked as the merge of it will be.
struct ParsedProposal: Sendable {
  let proposal: Proposal
  let proposer: PersonName
  /// Who agreed on the branch.
  let coApprovers: Set<PersonName>
  let content: ProposedContent
  /// `dry-run.txt`.
  let text: [UInt8]
}

/// A proposal's branch as it stands against main now: what whoever approves has to know.
package struct ProposalReview: Sendable {
  /// What is asked for.
  package let proposal: Proposal
  /// Who signed it.
  package let proposer: PersonName
  /// Who agreed on the branch already.
  package let coApprovers: Set<PersonName>
  /// What it decides.
  package let content: ProposedContent
  /// `dry-run.txt`, held against the content.
  package let text: String
  /// The tip of main that it was held against.
  package let main: ObjectID
  /// Where the branch leaves main.
  package let base: ObjectID
  /// The last commit of the branch.
  package let tip: ObjectID
  /// Every path that a merge would change.
  package let differences: [TreeDifference]
  /// What main has changed since the branch began, or a later run has seen otherwise: it has to be proposed again.
  package let conflicts: [String]
  /// Today's policy.
  package let policy: Policy

  /// How many people have to agree, the merger among them; nil where the policy does not allow the tier.
  package var needed: Int? { policy.tiers[proposal.tier]?.approvals }

  /// Everyone who may approve this under today's policy.
  package var mayApprove: [PersonName] { policy.people.keys.filter { objection(to: $0) == nil }.sorted() }

  /// Why a person may not approve this; nil where they may. How many it takes is another question.
  package func objection(to person: PersonName) -> Failure? {
    if let (reason, message) = policy.objection(
      toApprovalBy: person, of: proposal.source, tier: proposal.tier)
    {
      return Failure(reason, "the approval by \(person)", message, hint: whoMay)
    }
    if person == proposer, !policy.selfApproval.contains(proposal.tier) {
      return Failure(
        .selfApproval, "the approval by \(person)",
        "they proposed it, and may not approve it in \(proposal.tier.rawValue)", hint: whoMay)
    }
    return nil
  }

  private var whoMay: String { "Who may approve it: praxis review \(proposal.id)." }

  /// Why it cannot be approved as it stands at this time; nil where it still applies.
  package func objection(at now: Timestamp) -> Failure? {
    if let path = conflicts.first {
      return Failure(.outdatedProposal, path, "main has changed it since the branch began; propose again")
    }
    guard now < proposal.notAfter else {
      return Failure(
        .proposalExpired, Layout.proposal(proposal.id), "it could be approved until \(proposal.notAfter); propose again"
      )
    }
    return nil
  }

  /// Refuses a proposal that is another than the one that was reviewed.
  package func check(digest: Digest) throws(Failure) {
    guard digest == proposal.digest else {
      throw Failure(
        .digestMismatch, Layout.proposal(proposal.id),
        "its digest is \(proposal.digest), and \(digest) was reviewed; review it again")
    }
  }
}

extension Gate {
  /// Reads a proposal's branch and checks all that does not depend on who approves, as the parent rule will for its merge.
  ///
  /// - Parameters:
  ///   - main: a tip of main that verifies.
  ///   - tip: the end of the branch.
  /// - Throws: the refusal that a merge of this branch would meet.
  package func review(branch tip: ObjectID, onto main: ObjectID) async throws(Failure) -> ProposalReview {
    let inForce = try await inForce(at: main)
    let branch = try await ProposedBranch(onto: main, tip: tip, in: self)
    let changes = try Changes(await differences(from: branch.base, to: tip))
    guard changes.family == .approval else {
      throw Failure(.pathNotAllowed, changes.differences[0].path, "a proposal does not touch it")
    }
    let parsed = try await parse(on: branch, changes, onto: main, under: inForce)
    guard parsed.proposal.textVersion == Proposal.currentTextVersion else {
      throw Failure(
        .textVersion, Layout.text(ofProposal: parsed.proposal.id),
        "another version of praxis wrote it, in a layout in which nothing new is approved; propose again")
    }
    var conflicts: [String] = []
    for difference in changes.differences {
      let now = try await repository.entry(at: difference.path, in: main)
      if now?.id != difference.old?.id || now?.mode != difference.old?.mode { conflicts.append(difference.path) }
    }
    if try await hasBeenSeenOtherwise(parsed, in: main) { conflicts.append(Layout.receipt(of: parsed.proposal.source)) }
    return ProposalReview(
      proposal: parsed.proposal, proposer: parsed.proposer, coApprovers: parsed.coApprovers,
      content: parsed.content, text: String(decoding: parsed.text, as: UTF8.self), main: main,
      base: branch.base, tip: tip, differences: changes.differences, conflicts: conflicts, policy: inForce.policy)
  }

  /// Whether a run after the proposal saw other facts than it would bless.
  private func hasBeenSeenOtherwise(_ parsed: ParsedProposal, in main: ObjectID) async throws(Failure) -> Bool {
    let path = Layout.receipt(of: parsed.proposal.source)
    guard case .bless(let blessings) = parsed.content, let bytes = try await file(path, in: main) else { return false }
    let receipt = try reading(path, refusing: .proposalMalformed) { () throws(Failure) in
      try Receipt(parsing: bytes, document: path)
    }
    return blessings.contains { blessing in
      receipt.targets.first { $0.target == blessing.after.target }?.facts.map { $0 != blessing.after.digest } ?? false
    }
  }

  /// The merge that brought a proposal onto main, what it changed, and the proposal; nil where main does not have it.
  package func approval(
    of id: String, to main: ObjectID
  ) async throws(Failure) -> (merge: ObjectID, proposal: Proposal, differences: [TreeDifference])? {
    guard try await exists(Layout.document(ofProposal: id), in: main) else { return nil }
    let proposal = try await readProposal(id, in: main)
    var next = main
    while next != introduction, let parent = try await commit(next).parents.first {
      if !(try await exists(Layout.document(ofProposal: id), in: parent)) {
        return (next, proposal, try await differences(from: parent, to: next))
      }
      next = parent
    }
    return nil
  }
}
