import Facts
import Failures
import Git
import StateRepository

/// Proposes to accept open findings for a time, each by the value that it has now.
package struct Waive: Sendable {
  private let store: StateStore

  package init(store: StateStore) {
    self.store = store
  }

  /// Puts a proposal on `proposal/<id>`.
  ///
  /// - Parameters:
  ///   - ids: open findings of one source.
  ///   - until: the first instant at which the waivers hold no longer.
  /// - Throws: `not-waivable` for an opaque delta, which has no value to be bound to, and for a statement about the clock.
  package func propose(
    _ ids: [FindingID], until: Timestamp, reason: String, _ terms: ProposalTerms
  ) async throws(Failure) -> Proposed {
    guard until > terms.now else {
      throw Failure(
        .badUntil, until.rfc3339, "a waiver has to end in the future",
        hint: "A date without a time means its first instant, UTC.")
    }
    let (tip, findings) = try await OpenFindings(store).named(ids)
    let reason = try OpenFindings.checked(reason)
    for finding in findings {
      if let objection = Waiver.objection(to: finding) { throw Self.refusal(objection, finding) }
    }
    var draft = Draft(
      action: .waive, source: findings[0].source, targets: OpenFindings.targets(of: findings),
      findings: findings.map { .init(finding: $0.id, delta: $0.delta.fingerprint) }, reason: reason,
      summary:
        "waive \(findings.count) finding\(findings.count == 1 ? "" : "s") of \(findings[0].source) until \(until)"
    )
    for finding in findings {
      let waiver = Waiver(
        finding: finding.id, kind: finding.kind, delta: finding.delta.fingerprint, reason: reason, until: until,
        proposer: terms.signer.name, proposal: draft.id)
      draft.files[Layout.waiver(finding.id)] = waiver.bytes
    }
    let rules = try await store.configuration(at: tip).digest
    return try await draft.put(in: store, on: tip, rules: rules, terms)
  }

  private static func refusal(_ objection: Waiver.Objection, _ finding: Finding) -> Failure {
    switch objection {
    case .opaque:
      Failure(
        .notWaivable, finding.id.text,
        "its delta is opaque: what is there is not kept (too large, binary, or not said by the tool), so a waiver could not tell it from the next",
        hint: "Fix it, or make the tool show it (praxis show \(finding.id)).")
    case .freshness:
      Failure(
        .notWaivable, finding.id.text, "\(finding.kind.rawValue) is about the clock and cannot be waived",
        hint: finding.kind == .staleBaseline
          ? "Bless again: praxis propose bless \(finding.source)." : "Observe again: praxis scan \(finding.source).")
    case .notTraceable:
      Failure(
        .notWaivable, finding.id.text,
        "what was not observed on \(finding.target) cannot be listed, so what would be accepted is not known",
        hint: "Let the task that decides on it read in check mode (praxis explain not-traceable).")
    case .ended:
      Failure(.notOpen, finding.id.text, "it is no longer open", hint: "See praxis show \(finding.id).")
    }
  }
}
