import Diff
import Facts
import Failures
import Gate
import Git
import Observe
import StateRepository

/// Proposes to fix open drift with the tool that owns it: to converge the world to the declaration, or to have the tool's state adopt the world.
package struct Convergence: Sendable {
  private let store: StateStore

  package init(store: StateStore) {
    self.store = store
  }

  /// What is to be fixed, before anybody asked the tool.
  package struct Plan: Sendable {
    /// To converge or to adopt.
    package let action: Proposal.Action
    let nonce = Draft.newNonce()
    let tip: ObjectID
    let findings: [Finding]
    /// The proposal's id: what is kept on this host for it is named by it.
    package var id: String { Proposal.id(nonce: nonce) }
    /// The source, as main has it.
    package let source: SourceConfiguration
    /// praxis.yaml at that commit.
    package let loaded: LoadedConfiguration
    /// The findings.
    package var chosen: [DryRun.Chosen] {
      findings.map { .init(finding: $0.id, target: $0.target, subject: $0.subject, accepted: $0.acceptedDelta) }
    }
  }

  /// Reads what is to be fixed.
  ///
  /// - Parameters:
  ///   - action: converge or adopt.
  ///   - ids: open drift of one source.
  /// - Throws: `not-convergeable` for what no tool fixes.
  package func plan(_ action: Proposal.Action, _ ids: [FindingID]) async throws(Failure) -> Plan {
    let (tip, findings) = try await OpenFindings(store).named(ids)
    let loaded = try await store.configuration(at: tip)
    let source = try loaded.source(named: findings[0].source)
    for finding in findings { try Self.check(finding, action, source) }
    return Plan(action: action, tip: tip, findings: findings, source: source, loaded: loaded)
  }

  /// Puts a proposal with all that its dry run shows on `proposal/<id>`.
  ///
  /// - Parameters:
  ///   - made: the dry run; one that is not complete does not exist.
  ///   - reason: why, where the proposer gives a reason.
  /// - Throws: `tier-forbidden` where the policy does not allow what it shows at all.
  package func propose(
    _ plan: Plan, _ made: DryRun, reason: String?, _ terms: ProposalTerms
  ) async throws(Failure) -> Proposed {
    let (action, source, findings) = (plan.action, plan.source, plan.findings)
    let reason = try reason.map { (reason) throws(Failure) in try OpenFindings.checked(reason) }
    var draft = Draft(
      nonce: plan.nonce, action: action, source: source.name, targets: Set(made.changes.map(\.target)).sorted(),
      findings: findings.map { .init(finding: $0.id, delta: $0.delta.fingerprint) }, reason: reason,
      summary: "\(action.rawValue) \(findings.count) finding\(findings.count == 1 ? "" : "s") of \(source.name)")
    let (tier, why) = terms.policy.tier(of: action, changing: made.changes, seal: made.seal)
    guard terms.policy.tiers[tier] != nil else {
      throw Failure(
        .tierForbidden, source.name.text,
        "the policy does not allow \(tier.rawValue) at all" + (why.map { ", and this is it: \($0)" } ?? ""),
        hint: "An admin can allow it in \(Layout.policy).")
    }
    draft.execution = made
    return try await draft.put(in: store, on: plan.tip, rules: plan.loaded.digest, terms)
  }

  /// `dry-run.txt` as a dry run gives it.
  package static func text(of made: DryRun, for proposal: Proposal, under policy: Policy) -> String {
    let why = policy.tier(of: proposal.action, changing: made.changes, seal: made.seal).why
    return ProposalText.computed(for: proposal, .run(why: why)) + DryRunText.details(made)
  }

  private static func check(
    _ finding: Finding, _ action: Proposal.Action, _ source: SourceConfiguration
  ) throws(Failure) {
    guard finding.aspect == .drift else {
      throw Failure(
        .notConvergeable, finding.id.text,
        "\(finding.kind.rawValue) is no drift; there is nothing that a tool could fix",
        hint: "Observe again: praxis scan \(finding.source).")
    }
    let authority = source.authority.kind
    guard !authority.hasKnownGood else {
      throw Failure(
        .notConvergeable, finding.id.text, "no tool fixes what differs from a \(authority.rawValue)",
        hint: "Fix it by hand and scan, or bless what is there: praxis propose bless \(finding.source) TARGET.")
    }
    guard action == .converge || authority.hasState else {
      throw Failure(
        .notConvergeable, finding.id.text,
        "only a \(AuthorityKind.names(where: \.hasState)) source has a state that could adopt what is there",
        hint: "Change the declaration, or waive the finding.")
    }
  }
}
