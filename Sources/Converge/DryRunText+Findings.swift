import Facts

extension DryRunText {
  static func waive(_ findings: [Finding], until: Instant, reason: String) -> String {
    var lines = [
      "Waive \(findings.count) finding\(findings.count == 1 ? "" : "s") of \(findings[0].source) until \(until).",
      "Reason: \(InertText.line(reason))",
      "",
      "This changes the state repository alone. From its merge on, and until then, what is listed below is open but",
      "counts as accepted. Each waiver is bound to the value shown: another value, or another list, is loud again.",
    ]
    for finding in findings { lines += describe(finding) }
    return lines.joined(separator: "\n") + "\n"
  }

  static func retract(_ finding: Finding, reason: String) -> String {
    var lines = [
      "Retract one finding of \(finding.source) as never true.",
      "Reason: \(InertText.line(reason))",
      "",
      "This changes the state repository alone. The engine's next run over \(InertText.line(finding.target)) ends the",
      "finding as retracted. If that run sees the same difference, a new finding is opened.",
    ]
    lines += describe(finding)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func describe(_ finding: Finding) -> [String] {
    let subject = finding.subject == Finding.whole ? "(whole target)" : InertText.line(finding.subject)
    return [
      "", "\(finding.id): \(finding.kind.rawValue), \(finding.severity.rawValue), since \(finding.validFrom)",
      "  \(InertText.line(finding.target)): \(subject)",
    ] + finding.delta.entries.flatMap(lines)
  }

  static func lines(_ entry: Delta.Entry) -> [String] {
    func value(_ json: JSON?) -> String {
      guard let json else { return "(none)" }
      return InertText.line(String(decoding: CanonicalJSON.line(json).dropLast(), as: UTF8.self))
    }
    let path = entry.path.isEmpty ? "(all of it)" : InertText.line(entry.path)
    switch entry.content {
    case .values(let desired, let observed):
      return ["    \(path)", "      - \(value(desired))", "      + \(value(observed))"]
    case .text(let diff): return ["    \(path)"] + diff.map { "      \(InertText.line($0))" }
    case .opaque(let why): return ["    \(path): it differs, and how is not known (\(why.rawValue))"]
    case .unobserved(let why): return ["    \(path): not looked at (\(why.rawValue))"]
    }
  }
}
