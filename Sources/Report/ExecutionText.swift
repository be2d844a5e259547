import Facts
import StrictJSON

extension ExecutionRecord {
  /// Whether it ended well and nothing of what was to go was seen afterwards.
  package var endsDrift: Bool { result?.outcome == .succeeded && result?.remaining?.isEmpty == true }
}

/// What became of an execution, for people.
package struct ExecutionText {
  private let proposal: Proposal
  private let record: ExecutionRecord

  package init(_ proposal: Proposal, _ record: ExecutionRecord) {
    self.proposal = proposal
    self.record = record
  }

  package var text: String {
    if record.state == .claimed {
      return """
        \(record.proposal): claimed for \(record.claim ?? "")
        In the job, in front of the tool:  hooks/pre-execute --repo DIR --trust FILE --proposal \(record.proposal) --claim \(record.claim ?? "")
        """
    }
    guard let result = record.result else { return "\(record.proposal): \(record.state.rawValue) at \(record.at)" }
    var lines = ["\(record.proposal): \(headline(result))"]
    if let detail = result.detail { lines.append("  \(TerminalSafe.escaped(detail))") }
    lines += list("changed", result.changes.filter(\.isApproved))
    lines += list("changed, and NOT APPROVED", result.changes.filter { !$0.isApproved })
    lines += list(result.outcome == .unknown ? "outcome unknown" : "not changed", result.left)
    if let gone = result.gone, !gone.isEmpty {
      lines.append("  gone       \(gone.map(\.text).joined(separator: ", "))")
    }
    if let remaining = result.remaining, !remaining.isEmpty {
      lines.append("  remaining  \(remaining.map(\.text).joined(separator: ", "))")
      if record.action == .adopt {
        lines.append(
          "  The state has it now, and the declaration asks for something else: change the declaration, then scan.")
      }
    }
    if result.gone == nil { lines.append("  what is there now was not seen: praxis scan \(proposal.source)") }
    if result.outcome == .unknown {
      lines.append(
        "  Inspect \(proposal.targets.map { TerminalSafe.escaped($0) }.joined(separator: ", ")) by hand, then scan and propose what is still to be done."
      )
      lines.append("  Nothing is tried again by itself.")
    }
    if result.outcome == .failed {
      lines.append("  Inspect it: praxis trace \(record.proposal); then propose what is still to be done.")
    }
    return lines.joined(separator: "\n")
  }

  private func headline(_ result: ExecutionRecord.Result) -> String {
    switch result.outcome {
    case .succeeded: record.endsDrift ? "carried out; the drift is gone" : "carried out; the drift is not gone"
    case .failed:
      "failed"
        + (result.exitCode.map { $0 == 0 ? ", although the tool ended with 0" : ", exit code \($0)" } ?? "")
    case .unknown: "ended unknown"
    }
  }

  private func list(_ what: String, _ changes: [ExecutionRecord.Change]) -> [String] {
    guard !changes.isEmpty else { return [] }
    return ["  \(what):"]
      + changes.map { "    \(TerminalSafe.escaped($0.target)): \(TerminalSafe.escaped($0.subject))" }
  }
}
