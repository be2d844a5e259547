import Converge
import Facts
import Failures
import Gate
import StateRepository

/// What is put on a branch for people to decide: each proposal is held to all rules before anybody is asked.
package struct ProposalWorkflow {
  private let session: Session
  private let terms: ProposalTerms

  /// - Parameter signing: the operator who proposes; nil: the engine does.
  package init(_ session: Session, _ signing: Signing?) async throws {
    self.session = session
    // A proposal that stands on a run which is recorded again later stands on nothing.
    try await session.publish()
    let deciding = try await ApprovalWorkflow(session)
    let policy = deciding.policy.policy
    let signer: CommitSigner
    let engine: @Sendable (SourceName) -> String
    if let signing {
      signer = try await deciding.signer(signing).signer
      // An operator names the first engine that records the source; the gate refuses a source without one.
      engine = { source in
        policy.people.keys.filter { policy.allowsRecording(by: $0, of: source) }.min()?.text ?? "none"
      }
    } else {
      signer = try session.engineSigner()
      let name = signer.name
      engine = { _ in name }
    }
    terms = ProposalTerms(signer: signer, engine: engine, policy: policy, now: session.now())
  }

  /// Has the tool make its dry run, and proposes what it shows.
  package func fix(
    _ action: Proposal.Action, _ findings: [GivenID<FindingID>], reason: String?
  ) async throws -> ProposalReview {
    let convergence = Convergence(store: session.store)
    let plan = try await convergence.plan(action, session.findings(findings))
    let made = try await session.dryRun(for: plan)
    // A dry run takes its time; the proposal is as old as it is.
    var terms = terms
    terms.now = session.now()
    do {
      return try await reviewed(convergence.propose(plan, made, reason: reason, terms))
    } catch {
      session.waitingFolder(plan.id).remove()
      throw error
    }
  }

  /// As ``Bless/propose(_:targets:_:)``.
  package func bless(_ source: SourceName, _ targets: [TargetName]) async throws -> ProposalReview {
    try await reviewed(
      Bless(store: session.store, spool: session.spool).propose(source, targets: targets, terms))
  }

  /// As ``Waive/propose(_:until:reason:_:)``.
  package func waive(
    _ findings: [GivenID<FindingID>], until end: Timestamp, reason: String
  ) async throws -> ProposalReview {
    try await reviewed(
      Waive(store: session.store).propose(session.findings(findings), until: end, reason: reason, terms))
  }

  /// As ``Retract/propose(_:reason:_:)``.
  package func retract(_ finding: GivenID<FindingID>, reason: String) async throws -> ProposalReview {
    let id = try await session.finding(finding, at: session.store.tip())
    return try await reviewed(Retract(store: session.store).propose(id, reason: reason, terms))
  }

  /// What the gate says of it; a proposal that cannot be approved is deleted.
  private func reviewed(_ proposed: Proposed) async throws -> ProposalReview {
    let review: ProposalReview
    do {
      // Main may have moved on since this began, and the branch with it.
      review = try await session.gate().review(branch: proposed.commit, onto: ApprovalWorkflow(session).main)
    } catch {
      try? await session.store.repository.deleteReference(proposed.branch, expecting: proposed.commit)
      throw error
    }
    try await session.publish()
    return review
  }
}
