import Facts
import StrictJSON

/// The findings as forges show them beside code. Each lies at its file in the state repository, which is there.
extension FindingsReport {
  /// A log of SARIF 2.1.0 (OASIS), as GitHub's code scanning reads it. What a waiver accepts is there as suppressed.
  package var sarif: [UInt8] {
    let rules = Set(findings.map(\.kind.rawValue)).sorted().map { kind -> JSON in ["id": .string(kind)] }
    let results = findings.map { finding -> JSON in
      var result: JSONObject = [
        "ruleId": .string(finding.kind.rawValue), "level": .string(Self.level(of: finding.severity)),
        "message": ["text": .string(Self.sarifText(headline(of: finding)))],
        "locations": [
          [
            "physicalLocation": ["artifactLocation": ["uri": .string(Self.path(of: finding))]],
            "logicalLocations": [
              ["fullyQualifiedName": .string("\(finding.source) \(Self.inert(finding.target.text))")]
            ],
          ]
        ],
        "partialFingerprints": ["praxis/v1": .string(finding.id.text)],
      ]
      let kept = isWaived(finding) ? waivers.standing(over: finding, at: validAt)?.waiver : nil
      result["suppressions"] = .array(
        kept.map { [["kind": "external", "justification": .string(Self.inert($0.reason))]] } ?? [])
      return .object(result)
    }
    return CanonicalJSON.bytes([
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
      "runs": [["tool": ["driver": ["name": "praxis", "rules": .array(rules)]], "results": .array(results)]],
    ])
  }

  /// A report of code quality as GitLab reads it: an array of issues. What a waiver accepts is not in it.
  package var codeQuality: [UInt8] {
    let issues = findings.filter { !isWaived($0) }.map { finding -> JSON in
      [
        "description": .string(headline(of: finding)), "check_name": .string(finding.kind.rawValue),
        "fingerprint": .string(finding.id.text), "severity": .string(Self.issueSeverity(of: finding.severity)),
        "location": ["path": .string(Self.path(of: finding)), "lines": ["begin": 1]],
      ]
    }
    return CanonicalJSON.bytes(.array(issues))
  }

  private func headline(of finding: Finding) -> String {
    Self.inert(
      "\(finding.source) \(Self.target(of: finding)): \(Self.subject(of: finding)): \(DeltaWords.of(finding.delta))")
  }

  private static func path(of finding: Finding) -> String {
    finding.ended == nil ? Layout.open(finding) : Layout.closed(finding)
  }

  private static func inert(_ text: String) -> String { TerminalSafe.line(text) }

  /// In a message of SARIF, brackets make a link (3.11.6).
  private static func sarifText(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing("]", with: "\\]")
  }

  private static func level(of severity: Severity) -> String {
    switch severity {
    case .critical, .high: "error"
    case .medium: "warning"
    case .low: "note"
    }
  }

  private static func issueSeverity(of severity: Severity) -> String {
    switch severity {
    case .critical: "blocker"
    case .high: "critical"
    case .medium: "major"
    case .low: "minor"
    }
  }
}
