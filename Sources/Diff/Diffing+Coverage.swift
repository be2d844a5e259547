import Facts

extension Diffing {
  // MARK: Coverage

  /// What counts is whether anything is left that was not observed and is not declared to be so.
  func state(of report: TargetReport, _ blind: Delta) -> TargetState {
    if blind.entries.isEmpty { return report.state == .partly ? .observed : report.state }
    return report.state == .observed ? .partly : report.state
  }

  func coverage(of report: TargetReport, _ tally: inout Tally) -> Delta {
    var entries: [Delta.Entry] =
      report.reasons.map { .init(path: Finding.whole.text, .unobserved($0.code)) } + tally.blind
    for subject in report.subjects {
      if case .unobserved(let why) = subject.state {
        let isExpected = rules.expectsFailure(
          why, source: observation.source, target: report.target, subject: subject.subject)
        guard !isExpected else {
          tally.masked += 1
          continue
        }
        entries.append(.init(path: subject.subject.text, .unobserved(why), detail: subject.detail))
      }
    }
    return Delta(entries.inOrder())
  }

  mutating func apply(coverage delta: Delta, of target: TargetName) {
    let id = FindingID(
      source: observation.source, target: target, subject: Finding.whole, aspect: .coverage)
    let open = openByTarget[target]?[id]
    if delta.entries.isEmpty {
      if let open { end(open, .resolved) }
      return
    }
    // Of what was not observed nothing hinges on a secret: a name that cannot be compared is taken for the same.
    if let open, redaction.compare(older: open.delta, newer: delta) != .different {
      counts.confirmed += 1
      return
    }
    if let open { end(open, .superseded) }
    start(
      Finding(
        kind: .unobserved, authority: observation.authority, source: observation.source, target: target,
        subject: Finding.whole,
        severity: rules.severity(
          source: observation.source, target: target, subject: Finding.whole, kind: .unobserved, delta: delta),
        validFrom: observation.begin, delta: delta, seen: sighting()))
  }

  // MARK: Targets that are gone

  /// A target declared last time and missing from this run is a finding, not a silence. It stays one until an admin retires the target.
  mutating func noticeMissingTargets() {
    let declared = Set(observation.declaration.targets)
    var known = (recordedState.receipt?.targets ?? []).filter { !declared.contains($0.target) }
    guard observation.declaration.isWhole else {
      targets += known
      return
    }
    let retired = Set(recordedState.retired)
    // A play that matched no host or had vanished, and no longer does, is not a missing target.
    for play in known where play.isAbsentPlay && !retired.contains(play.target) && !vanishedPlays.contains(play.target)
    {
      for finding in (openByTarget[play.target] ?? [:]).values { end(finding, .resolved) }
    }
    let absent = Set(known.filter(\.isAbsentPlay).map(\.target))
    known.removeAll { absent.contains($0.target) }
    var noticed: Set<TargetName> = []
    let missing = (known.map(\.target) + recordedState.knownGood.map(\.target)).filter {
      !declared.contains($0) && !retired.contains($0) && noticed.insert($0).inserted
    }
    for (target, open) in openByTarget where !declared.contains(target) && retired.contains(target) {
      for finding in open.values { end(finding, .undeclared) }
    }
    for target in missing { miss(target, .noLongerDeclared) }
    // Where a host's tasks are not all known, the play may be among them.
    let isProven = observation.targets.allSatisfy { $0.listsEverySubject || unmatchedPlays.contains($0.target) }
    for play in vanishedPlays where isProven || absent.contains(play) { miss(play, .playVanished) }
  }

  private mutating func miss(_ target: TargetName, _ why: Unobserved) {
    apply(coverage: Delta([.init(path: Finding.whole.text, .unobserved(why))]), of: target)
    targets.append(
      Receipt.Target(
        target: target, state: .failed, reasons: [.init(why)], run: observation.run,
        observedAt: observation.begin, inSync: 0, drifted: 0, unobserved: 1, masked: 0))
  }
}

extension [Delta.Entry] {
  /// By path and then by what they say, each once, so that the same blind spots always make the same delta.
  fileprivate func inOrder() -> [Delta.Entry] {
    var seen: Set<[UInt8]> = []
    return map { entry -> (key: [UInt8], entry: Delta.Entry) in
      var key = [UInt8](entry.path.utf8)
      if case .unobserved(let why) = entry.content { key += [0] + [UInt8](why.rawValue.utf8) }
      return (key, entry)
    }
    .sorted { $0.key.lexicographicallyPrecedes($1.key) }
    .filter { seen.insert($0.key).inserted }
    .map(\.entry)
  }
}
