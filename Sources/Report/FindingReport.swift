import Facts

/// One finding in full, for `praxis show`.
package struct FindingReport: Sendable {
  /// The finding.
  package var finding: Finding
  /// Its earlier intervals, the latest first.
  package var history: [Finding]
  /// The instant up to which its age is counted.
  package var asOf: Timestamp
  /// The waivers of the commit that it is from.
  package var waivers: Waivers

  package init(
    _ finding: Finding, history: [Finding] = [], asOf: Timestamp, waivers: Waivers = Waivers([])
  ) {
    self.finding = finding
    self.waivers = waivers
    self.history = history
    self.asOf = asOf
  }

  /// What it says, its delta as a diff, and its earlier intervals. Nothing is cut.
  ///
  /// All that comes from a host stands behind a label or is indented, so that it can pose as no line of ours.
  package func text(palette: Palette = .plain) -> String {
    var page = Page(palette: palette)
    let style = FindingsReport.style(of: finding)
    page.line(.init(finding.id.text, .bold), .init("  "), .init(finding.kind.rawValue, style))
    for (label, value) in facts {
      page.line(.init(label, .dim), .init(String(repeating: " ", count: 10 - label.utf8.count) + value))
    }
    page.blank()
    page.line(.init(Explanation.words(for: finding.kind, of: finding.authority).sentence))
    page.blank()
    DeltaText.write(finding.delta, of: finding.authority, to: &page)
    if !history.isEmpty {
      page.blank()
      page.line(.init("Before:", .bold))
      for earlier in history { page.line(.init(Self.interval(of: earlier)), indent: 2) }
    }
    return page.text
  }

  private var facts: [(label: String, value: String)] {
    var facts = [
      ("what", FindingsReport.subject(of: finding)),
      (
        "where",
        "\(FindingsReport.target(of: finding)), source \(finding.source) (\(finding.authority.rawValue))"
      ),
      ("since", since),
    ]
    if finding.ended == nil, let (waiver, standing) = waivers.standing(over: finding, at: asOf) {
      let words = WaiverWords.standing(.init(finding: finding, waiver: waiver, standing: standing))
      facts.append(("waiver", "\(words), by \(waiver.proposal): \(waiver.reason)"))
    }
    if let end = finding.ended, let to = finding.validTo {
      facts.append(("ended", "\(Times.utc(to)), \(Self.words(for: end))"))
    }
    facts.append(("severity", finding.severity.rawValue))
    if let cause = finding.cause {
      facts.append(("cause", "\(cause.rawValue): \(Explanation.words(for: cause).sentence)"))
    }
    facts.append(("seen by", "\(finding.seen.tool), run \(finding.seen.run)"))
    if let evidence = finding.seen.evidence { facts.append(("evidence", evidence.text)) }
    return facts
  }

  private var since: String {
    let from = Times.utc(finding.validFrom)
    if let to = finding.validTo {
      return "\(from), for \(Times.length(seconds: to.seconds(since: finding.validFrom)))"
    }
    return "\(from), \(Times.ago(seconds: asOf.seconds(since: finding.validFrom)))"
  }

  static func interval(of finding: Finding) -> String {
    let from = Times.utc(finding.validFrom)
    guard let to = finding.validTo, let end = finding.ended else {
      return "\(from) until now: \(finding.kind.rawValue), open"
    }
    let length = Times.length(seconds: to.seconds(since: finding.validFrom))
    return "\(from) to \(Times.utc(to)) (\(length)): \(finding.kind.rawValue), \(words(for: end))"
  }

  static func words(for end: Finding.End) -> String {
    let proposal = end.proposal.map { ", proposal \($0)" } ?? ""
    return "\(end.reason.rawValue) by run \(end.run)\(proposal): \(Explanation.words(for: end.reason).sentence)"
  }
}
