import Facts
import StrictJSON

/// What is recorded of the whole fleet, for `praxis status`.
package struct StatusReport: Sendable {
  /// What is recorded.
  package var status: FleetStatus

  package init(_ status: FleetStatus) {
    self.status = status
  }

  /// Blind spots that are written one by one; the rest are counted.
  static let maximumBlindSpots = 20

  /// The verdict in words, a row for each source, what was not observed and why, and what to do next.
  ///
  /// - Parameter width: in columns; nil cuts nothing.
  package func text(palette: Palette = .plain, width: Int? = nil) -> String {
    var page = Page(palette: palette, width: width)
    page.line(.init(VerdictWords.headline(of: status), Self.style(of: status.verdict)))
    page.line(.init("as of \(Times.utc(status.asOf)), commit \(status.commit.prefix(12))", .dim))
    if status.waived > 0 || status.masked > 0 {
      page.line(
        .init(
          "not counted as drift: \(Explanation.counted(status.waived, "finding")) waived, "
            + "\(Explanation.counted(status.masked, "difference")) masked by ignore rules", .dim))
    }
    if !status.sources.isEmpty {
      page.blank()
      page.table(Self.columns, status.sources.map(Self.row))
    }
    writeBlindSpots(to: &page)
    writeWaivers(to: &page)
    writeNextSteps(to: &page)
    return page.text
  }

  private static let columns: [Page.Column] = [
    .init(head: "SOURCE", minimum: 8), .init(head: "AUTHORITY"), .init(head: "VERDICT"),
    .init(head: "OBSERVED", minimum: 10),
    .init(head: "TARGETS", minimum: 8), .init(head: "IN SYNC", isNumber: true),
    .init(head: "DRIFTED", isNumber: true), .init(head: "UNOBSERVED", isNumber: true),
  ]

  private static func row(_ source: FleetStatus.Source) -> [Page.Span] {
    let isWholeFleetSeen =
      source.targets[.observed] ?? 0 == source.declaredTargets && source.declaredTargets > 0
    return [
      .init(source.name.text, .bold), .init(source.authority.rawValue),
      .init(source.verdict.rawValue, style(of: source.verdict)),
      .init(age(of: source), source.isStale || source.observedAt == nil ? .unobserved : nil),
      .init(targets(of: source), isWholeFleetSeen ? nil : .unobserved), .init("\(source.inSync)"),
      .init("\(source.drifted)", source.drifted > 0 ? .drift : nil),
      .init("\(source.unobserved)", source.unobserved > 0 ? .unobserved : nil),
    ]
  }

  private static func age(of source: FleetStatus.Source) -> String {
    guard let seconds = source.ageSeconds else { return "never" }
    var text = Times.ago(seconds: seconds)
    if source.isStale { text += ", too old" }
    if let limit = source.maxAgeSeconds { text += " (max \(Times.length(seconds: limit)))" }
    return text
  }

  private static func targets(of source: FleetStatus.Source) -> String {
    let others = TargetState.allCases.filter { $0 != .observed }.compactMap { state -> String? in
      guard let count = source.targets[state], count > 0 else { return nil }
      return "\(count) \(state.rawValue)"
    }
    let whole = "\(source.targets[.observed] ?? 0) of \(source.declaredTargets)"
    return others.isEmpty ? whole : "\(whole) (\(others.joined(separator: ", ")))"
  }

  static func style(of verdict: Verdict) -> Palette.Style {
    switch verdict {
    case .inSync: .inSync
    case .drift: .drift
    case .incomplete: .unobserved
    }
  }

  private func writeBlindSpots(to page: inout Page) {
    let spots = status.sources.flatMap { source in source.blindSpots.map { (source: source, spot: $0) } }
    let never = status.sources.filter { $0.observedAt == nil }
    guard !spots.isEmpty || !never.isEmpty else { return }
    page.blank()
    page.line(.init("Not observed:", .bold))
    for source in never {
      page.line(.init("\(source.name): "), .init("never observed", .unobserved), indent: 2)
    }
    for (source, spot) in spots.prefix(Self.maximumBlindSpots) {
      page.line(.init("\(source.name): \(spot.target): "), .init(spot.state.rawValue, .unobserved), indent: 2)
      let reasons = spot.reasons.sorted { ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue) }
      for (why, count) in reasons {
        let number = count > 1 ? "\(count) subjects: " : ""
        page.line(.init(number + Explanation.words(for: why, of: source.authority).sentence), indent: 4)
      }
      if reasons.isEmpty { page.line(.init(Explanation.words(for: spot.state).sentence), indent: 4) }
      if let detail = spot.detail {
        page.line(.init("in detail: "), .init(TerminalSafe.line(detail, columns: 200), .dim), indent: 4)
      }
    }
    if spots.count > Self.maximumBlindSpots {
      page.line(
        .init("and \(spots.count - Self.maximumBlindSpots) more targets (all of them: --json)"), indent: 2)
    }
  }

  private func writeNextSteps(to page: inout Page) {
    var steps: [(command: String, why: String)] = []
    for source in status.sources where source.observedAt == nil || source.isStale {
      steps.append(("praxis scan \(source.name)", "observes it again"))
    }
    if status.open.counts.values.contains(where: { $0 > 0 }) || status.verdict == .drift {
      steps.append(("praxis findings", "lists what is open"))
      steps.append(("praxis show ID", "one finding in full"))
    }
    if status.unrecorded > 0 { steps.append(("praxis doctor", "says why observations are not recorded")) }
    if status.sources.isEmpty { steps.append(("praxis source add", "adds something to observe")) }
    guard !steps.isEmpty else { return }
    let widest = steps.map { Columns.of($0.command) }.max() ?? 0
    page.blank()
    page.line(.init("Next:", .bold))
    for (command, why) in steps {
      let space = String(repeating: " ", count: widest - Columns.of(command))
      page.line(.init(command), .init(space + "  " + why, .dim), indent: 2)
    }
  }
}
