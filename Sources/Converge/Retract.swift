import Facts
import Failures
import Git
import StateRepository

/// Proposes to take an open finding back as never true: the tool was wrong, or was asked the wrong thing.
///
/// The approval itself touches no finding. The engine ends it with its next run over the finding's target, in a record that names
/// the proposal (``StateStore/record(_:_:)``); what that run sees is applied to what is left, so that drift that is real after
/// all is open again at once.
package struct Retract: Sendable {
  private let store: StateStore

  package init(store: StateStore) {
    self.store = store
  }

  /// Puts a proposal on `proposal/<id>`.
  ///
  /// - Throws: `not-waivable` for a statement about the clock, which ends by itself.
  package func propose(
    _ id: FindingID, reason: String, _ terms: ProposalTerms
  ) async throws(Failure) -> Proposed {
    let (tip, findings) = try await OpenFindings(store).named([id])
    let finding = findings[0]
    guard finding.aspect != .freshness else {
      throw Failure(
        .notWaivable, id.text, "\(finding.kind.rawValue) is about the clock and cannot be retracted",
        hint: "Observe again: praxis scan \(finding.source).")
    }
    let reason = try OpenFindings.checked(reason)
    let draft = Draft(
      action: .retract, source: finding.source, targets: [finding.target],
      findings: [.init(finding: finding.id, delta: finding.delta.fingerprint)], reason: reason,
      summary: "retract \(finding.id) of \(finding.source)")
    let rules = try await store.configuration(at: tip).digest
    return try await draft.put(in: store, on: tip, rules: rules, terms)
  }
}
