import Facts
import StrictJSON

extension ProposalText {
  static func waive(_ proposal: Proposal, _ waived: [ProposedContent.Waiving]) -> [String] {
    let until = waived.first.map { " until \($0.after.until)" } ?? ""
    var lines = ["Waive \(counted(waived.count, "finding")) of \(proposal.source)\(until)."]
    lines += reason(proposal)
    lines += [
      "",
      "This changes the state repository alone. From its merge on, and until then, what is listed below is open but",
      "counts as accepted. Each waiver is bound to the value shown: another value, or another list, is reported again.",
      "Below, - is declared and + is observed.",
    ]
    for one in waived {
      lines += describe(one.finding)
      if let before = one.before {
        lines.append(
          "  replaces the waiver until \(before.until) of \(TerminalSafe.escaped(before.proposal)): \(TerminalSafe.escaped(before.reason))"
        )
      }
    }
    return lines
  }

  static func retract(_ proposal: Proposal, _ findings: [Finding]) -> [String] {
    ["Retract \(counted(findings.count, "finding")) of \(proposal.source) as never true."] + reason(proposal) + [
      "",
      "This changes the state repository alone. The engine's next run over the target ends what is listed below as",
      "retracted. If that run sees the same difference, a new finding is opened. Below, - is declared and + is observed.",
    ] + findings.flatMap { describe($0) }
  }

  static func describe(_ finding: Finding, notObserved: String = notObserved) -> [String] {
    let subject = finding.subject == Finding.whole ? "(whole target)" : TerminalSafe.escaped(finding.subject)
    return [
      "", "\(finding.id): \(finding.kind.rawValue), \(finding.severity.rawValue), since \(finding.validFrom)",
      "  \(TerminalSafe.escaped(finding.target)): \(subject)",
    ] + finding.delta.entries.flatMap { lines($0, notObserved: notObserved) }
  }

  static let notObserved = "not observed"

  /// One place of a delta, with both sides.
  package static func lines(_ entry: Delta.Entry) -> [String] { lines(entry, notObserved: notObserved) }

  private static func lines(_ entry: Delta.Entry, notObserved: String) -> [String] {
    func side(_ json: JSON?) -> String { json.map(value) ?? "(none)" }
    let path = entry.path.isEmpty ? "(all of it)" : TerminalSafe.escaped(entry.path)
    switch entry.content {
    case .values(let desired, let observed):
      return ["    \(path)", "      - \(side(desired))", "      + \(side(observed))"]
    case .text(let diff): return ["    \(path)"] + diff.map { "      \(TerminalSafe.escaped($0))" }
    case .opaque(.notCompared, let desired):
      return ["    \(path): \(side(desired)) is declared; what is there is compared once the rest is as declared"]
    case .opaque(let why, let desired):
      let declared = desired.map { "declared \(value($0)); " } ?? ""
      return ["    \(path): \(declared)it differs, and how is not known (\(why.rawValue))"]
    case .unobserved(let why): return ["    \(path): \(notObserved) (\(why.rawValue))"]
    }
  }
}
