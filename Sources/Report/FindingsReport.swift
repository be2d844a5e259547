import Facts
import StrictJSON

/// A list of findings, for `praxis findings`; in the order in which they are given.
package struct FindingsReport: Sendable {
  /// What its file says its format is.
  package static let format = "praxis.findings/1"

  /// The findings, in the order in which they are shown.
  package var findings: [Finding]
  /// The instant that the question is about; ages are counted up to it.
  package var validAt: Timestamp
  /// Up to when the knowledge goes that answers it.
  package var knownAt: Timestamp
  /// The waivers of the commit that the findings are from.
  package var waivers: Waivers

  package init(_ findings: [Finding], validAt: Timestamp, knownAt: Timestamp, waivers: Waivers = Waivers([])) {
    self.findings = findings
    self.waivers = waivers
    self.validAt = validAt
    self.knownAt = knownAt
  }

  /// A table for people.
  ///
  /// - Parameters:
  ///   - width: in columns. Nil cuts nothing, for what is piped into another program.
  ///   - open: what shortened ids have to be told apart from, beside those that are shown.
  package func table(palette: Palette = .plain, width: Int? = nil, among open: [FindingID] = []) -> String {
    var page = Page(palette: palette, width: width)
    guard !findings.isEmpty else {
      page.line(.init("no findings match"))
      return page.text
    }
    let short = ShortIDs(open + findings.map(\.id))
    page.table(
      Self.columns,
      findings.map { finding in
        [
          .init(short[finding.id]), .init(kind(of: finding), isWaived(finding) ? .dim : Self.style(of: finding)),
          .init(finding.severity.rawValue, finding.severity >= .high ? .bold : nil),
          .init(finding.source.text),
          .init(Self.target(of: finding)), .init(Self.subject(of: finding)), .init(timeOpen(finding)),
          .init(DeltaWords.of(finding.delta)),
        ]
      })
    return page.text
  }

  /// A table for GitHub Flavored Markdown; nothing in it is cut.
  package func markdown() -> String {
    guard !findings.isEmpty else { return "No findings match.\n" }
    var text = "| id | kind | severity | source | target | subject | since | what |\n"
    text += "|---|---|---|---|---|---|---|---|\n"
    for finding in findings {
      let cells = [
        TerminalSafe.markdownCode(finding.id.text), kind(of: finding), finding.severity.rawValue,
        TerminalSafe.markdownCode(finding.source.text), TerminalSafe.markdownCode(finding.target.text),
        TerminalSafe.markdownCode(finding.subject.text), Times.utc(finding.validFrom),
        TerminalSafe.markdownCode(DeltaWords.of(finding.delta)),
      ]
      text += "| " + cells.joined(separator: " | ") + " |\n"
    }
    return text
  }

  /// Comma-separated values by RFC 4180, with a header; the columns never change their order.
  package func csv() -> String {
    var text = Self.csvHeader.joined(separator: ",") + "\r\n"
    for finding in findings {
      let cells = [
        finding.id.text, finding.aspect.rawValue, finding.kind.rawValue, finding.cause?.rawValue ?? "",
        finding.severity.rawValue, finding.authority.rawValue, finding.source.text, finding.target.text,
        finding.subject.text, finding.validFrom.rfc3339, finding.validTo?.rfc3339 ?? "",
        finding.ended?.reason.rawValue ?? "", DeltaWords.of(finding.delta), finding.seen.run.text,
        finding.seen.tool, isWaived(finding) ? "waived" : "",
      ]
      text += cells.map(TerminalSafe.csvCell).joined(separator: ",") + "\r\n"
    }
    return text
  }

  private static let csvHeader = [
    "id", "aspect", "kind", "cause", "severity", "authority", "source", "target", "subject", "validFrom",
    "validTo", "ended", "what", "run", "tool", "waived",
  ]

  /// `praxis.findings/1`: each finding exactly as its file holds it, and beside them how the waivers stand that name one.
  package var json: JSON {
    .object([
      "format": .string(Self.format), "validAt": .string(validAt.rfc3339),
      "knownAt": .string(knownAt.rfc3339), "findings": .array(findings.map(\.json)),
      "waivers": .array(waived.map(WaiverWords.json)),
    ])
  }

  /// The file's content, the same bytes on every machine.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  /// One finding a line, each the whole of its file.
  package var lines: [UInt8] { findings.flatMap { CanonicalJSON.line($0.json) } }

  private static let columns: [Page.Column] = [
    .init(head: "ID"), .init(head: "KIND"), .init(head: "SEVERITY"), .init(head: "SOURCE", minimum: 6),
    .init(head: "TARGET", minimum: 6), .init(head: "SUBJECT", minimum: 8, keepsEnd: true),
    .init(head: "OPEN", isNumber: true),
    .init(head: "WHAT", minimum: 8),
  ]

  /// Those that a waiver names, whether it holds or not.
  var waived: [FleetStatus.WaivedFinding] {
    findings.compactMap { finding in
      guard finding.ended == nil, let (waiver, standing) = waivers.standing(over: finding, at: validAt) else {
        return nil
      }
      return .init(finding: finding, waiver: waiver, standing: standing)
    }
  }

  func isWaived(_ finding: Finding) -> Bool { waivers.accept(finding, at: validAt) }

  private func kind(of finding: Finding) -> String {
    isWaived(finding) ? "\(finding.kind.rawValue), waived" : finding.kind.rawValue
  }

  /// How long it has been open, or was until it ended.
  private func timeOpen(_ finding: Finding) -> String {
    guard let end = finding.validTo, end <= validAt else {
      return Times.length(seconds: validAt.seconds(since: finding.validFrom))
    }
    return "\(Times.length(seconds: end.seconds(since: finding.validFrom))), ended"
  }

  static func style(of finding: Finding) -> Palette.Style {
    switch finding.aspect {
    case .drift: .drift
    case .coverage, .freshness: .unobserved
    }
  }

  static func target(of finding: Finding) -> String {
    finding.target == Finding.wholeSource ? "(whole source)" : finding.target.text
  }

  static func subject(of finding: Finding) -> String {
    finding.subject == Finding.whole ? "(whole target)" : finding.subject.text
  }
}
