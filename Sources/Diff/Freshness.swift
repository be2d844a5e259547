import Facts

/// What depends on the clock alone: sources that were not observed in time, and known-good facts that are too old.
package struct Freshness: Sendable {
  private let now: Timestamp
  private let run: RunID
  private let rules: Rules

  /// - Parameters:
  ///   - now: the clock of whoever asks; Diff has none.
  ///   - run: the run that the changes are recorded with.
  package init(now: Timestamp, run: RunID, rules: Rules) {
    self.now = now
    self.run = run
    self.rules = rules
  }

  /// What opens and what ends for one source.
  ///
  /// A finding is valid from its deadline, not from when a run noticed it; the source's own next run ends it.
  package func changes(
    of source: SourceConfiguration, receipt: Receipt?, knownGood: [KnownGood], open: [Finding]
  ) -> [FindingChange] {
    let open = Dictionary(
      open.filter { $0.source == source.name && $0.aspect == .freshness }.map { ($0.id, $0) },
      uniquingKeysWith: { first, _ in first })
    var wanted: [Finding] = []
    if let deadline = Self.deadline(of: source, receipt: receipt), deadline <= now {
      wanted.append(
        finding(.staleObservation, source, target: Finding.wholeSource, from: deadline, limit: source.maxAgeSeconds)
      )
    }
    if let limit = source.authority.baselineMaxAgeSeconds {
      for facts in knownGood where facts.source == source.name {
        let deadline = facts.observedAt.advanced(bySeconds: limit)
        if deadline <= now {
          wanted.append(finding(.staleBaseline, source, target: facts.target, from: deadline, limit: limit))
        }
      }
    }
    let lastRun = receipt?.begin ?? now
    var ended: [Finding] = []
    var opened: [Finding] = []
    for finding in wanted {
      guard let standing = open[finding.id] else {
        opened.append(finding)
        continue
      }
      // A run came in between and is overdue by now itself: two spells with a fresh time between them, not one.
      if finding.kind == .staleObservation, standing.validFrom < lastRun, lastRun < finding.validFrom {
        ended.append(standing)
        opened.append(finding)
      }
    }
    let ids = Set(wanted.map(\.id))
    // An interval has to hold an instant; a run from before the deadline does not end what began at it.
    ended += open.values.filter { !ids.contains($0.id) && $0.validFrom < lastRun }
    let isKnown = Set(knownGood.filter { $0.source == source.name }.map(\.target))
    return ended.sorted { $0.id < $1.id }.map { finding in
      let isGone = finding.kind == .staleBaseline && !isKnown.contains(finding.target)
      return .ended(finding.ended(at: lastRun, isGone ? .undeclared : .resolved, by: run))
    } + opened.sorted { $0.id < $1.id }.map(FindingChange.opened)
  }

  /// When the source is overdue: its longest-unseen target and its limit. Nil without a limit or without any run.
  package static func deadline(of source: SourceConfiguration, receipt: Receipt?) -> Timestamp? {
    guard let limit = source.maxAgeSeconds, let oldest = receipt?.targets.map(\.observedAt).min() else {
      return nil
    }
    return oldest.advanced(bySeconds: limit)
  }

  private func finding(
    _ kind: Kind, _ source: SourceConfiguration, target: TargetName, from deadline: Timestamp, limit: Int64?
  ) -> Finding {
    let delta = Delta([
      .init(
        path: "/age", .values(desired: limit.map { .string("at most \($0) s") }, observed: .string("older")))
    ])
    return Finding(
      kind: kind, authority: source.authority.kind, source: source.name, target: target,
      subject: Finding.whole,
      severity: rules.severity(
        source: source.name, target: target, subject: Finding.whole, kind: kind, delta: delta),
      validFrom: deadline, delta: delta, seen: .init(run: run, tool: "praxis", evidence: nil))
  }
}
