import Facts
import StrictJSON

/// `dry-run.txt`: what people read before they approve a proposal.
///
/// It is a function of the proposal and of what its base and its files hold, so that whoever reviews, approves, verifies or audits computes
/// it again and trusts no file. What a tool would change stands in no tree: of that text, the head is computed here, and the
/// rest again with the dry run that is made before the execution.
///
/// All that comes from hosts and people stands in it as inert text, one line each.
package enum ProposalText {
  /// The whole text of a proposal that changes the state repository alone; the head of the text where a tool runs.
  package static func computed(for proposal: Proposal, _ content: ProposedContent) -> String {
    let lines: [String] =
      switch content {
      case .bless(let targets): bless(proposal, targets)
      case .waive(let waived): waive(proposal, waived)
      case .retract(let findings): retract(proposal, findings)
      case .run(let why): run(proposal, why: why)
      }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Whether a text says what the proposal and its content come to, in the layout that the proposal names.
  package static func isComputed(_ text: [UInt8], for proposal: Proposal, _ content: ProposedContent) -> Bool {
    guard proposal.textVersion != 1 else { return FirstProposalText.isComputed(text, for: proposal, content) }
    let computed = Self.computed(for: proposal, content).utf8
    return proposal.action.runsATool ? text.starts(with: computed) : text.elementsEqual(computed)
  }

  // MARK: Parts of a line

  static func counted(_ count: Int, _ what: String) -> String { "\(count) \(what)\(count == 1 ? "" : "s")" }

  static func reason(_ proposal: Proposal) -> [String] {
    proposal.reason.map { ["Reason: \(TerminalSafe.escaped($0))"] } ?? []
  }

  static func value(_ json: JSON) -> String {
    TerminalSafe.escaped(String(decoding: CanonicalJSON.line(json).dropLast(), as: UTF8.self))
  }
}
