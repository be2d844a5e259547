import Engine
import Facts
import StrictJSON

extension Trace {
  package var text: String {
    var lines: [String] = []
    for finding in findings {
      let subject = finding.subject == Finding.whole ? "(whole target)" : TerminalSafe.escaped(finding.subject)
      let end = finding.ended.map { ", \($0.reason.rawValue) \(finding.validTo.map { "\($0)" } ?? "")" } ?? ", open"
      lines.append(
        "finding    \(finding.id)  \(finding.source) \(TerminalSafe.escaped(finding.target)): \(subject)")
      lines.append("           \(finding.kind.rawValue) since \(finding.validFrom)\(end)")
    }
    if proposals.isEmpty { lines.append("No proposal is about it. praxis propose makes one.") }
    for trace in proposals {
      lines.append("")
      guard let proposal = trace.proposal else {
        lines.append(
          "proposal   \(trace.id)  \(trace.state.rawValue) at \(trace.record?.at.rfc3339 ?? "an unknown time")")
        continue
      }
      lines.append(
        "proposal   \(trace.id)  \(proposal.action.rawValue), \(proposal.tier.rawValue), by \(TerminalSafe.escaped(proposal.proposer)) at \(proposal.proposedAt)"
      )
      if let approval = trace.approval {
        lines.append(
          "approval   \(approval.commit.hex.prefix(10))  by \(approval.people.map(\.text).joined(separator: ", ")) at \(approval.at)"
        )
      } else {
        lines.append("approval   none: it is \(trace.state.rawValue)")
      }
      if let record = trace.record, record.state != .withdrawn {
        let words = ExecutionText(proposal, record).text.split(separator: "\n").map(String.init)
        lines.append("execution  \(words[0].dropFirst(trace.id.utf8.count + 2))")
        lines += words.dropFirst().map { "         \($0)" }
        if let run = record.run { lines.append("seen after \(run)") }
      } else if trace.approval != nil, proposal.action.runsATool {
        lines.append("execution  none so far: praxis execute \(trace.id)")
      }
    }
    return lines.joined(separator: "\n")
  }

  package var json: [UInt8] {
    let steps = proposals.map { trace -> JSON in
      .object([
        "id": .string(trace.id), "state": .string(trace.state.rawValue),
        "digest": (trace.proposal?.digest ?? trace.record?.digest).map { .string($0.text) } ?? .null,
        "proposal": trace.proposal?.json ?? .null,
        "approval": trace.approval.map {
          .object([
            "commit": .string($0.commit.hex), "at": .string($0.at.rfc3339),
            "people": .array($0.people.map { .string($0.text) }),
          ])
        } ?? .null,
        "execution": trace.record?.json ?? .null,
      ])
    }
    return CanonicalJSON.bytes(
      .object(["format": "praxis.trace/1", "findings": .array(findings.map(\.json)), "proposals": .array(steps)]))
  }
}
