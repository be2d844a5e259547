import Facts
import Failures

extension Diffing {
  // MARK: One target

  mutating func apply(_ report: TargetReport) throws(Failure) {
    let key = report.target
    let told = report
    let report =
      observation.authority.hasKnownGood ? told.compared(with: knownGood[key], observation.redaction) : told
    let open = openByTarget[key] ?? [:]
    let names = StableSubjectNames(open, redaction)
    let vanished = vanished(open, report)
    var tally = Tally()
    var listed: Set<FindingID> = []
    for subject in report.subjects {
      // Ids cost a digest each; a subject in sync on a target without findings needs none.
      let isSilent = open.isEmpty && subject.state == .inSync
      if isSilent {
        tally.inSync += 1
        continue
      }
      let subject = names.standing(subject)
      let id = FindingID(
        source: observation.source, target: report.target, subject: subject.subject, aspect: .drift)
      let isSame = open[id].map { $0.subject == subject.subject } ?? true
      guard listed.insert(id).inserted, isSame else {
        throw Failure(.collision, id.text, "it names two subjects of one target")
      }
      apply(unaccepted(subject, open[id] ?? moved(subject, open, vanished)), of: report.target, over: open[id], &tally)
    }
    for finding in open.values where finding.aspect == .drift && !listed.contains(finding.id) {
      guard report.provesAbsence(of: finding.subject), !isOfAbsentPlay(finding) else { continue }
      if names.namesMissingEpoch(finding.subject) {
        tally.blind.append(.init(path: finding.subject.text, .unobserved(.redactionKeyMissing)))
      } else {
        end(finding, isGone(finding) ? .resolved : .undeclared)
      }
    }
    let blind = coverage(of: report, &tally)
    apply(coverage: blind, of: report.target)
    targets.append(
      Receipt.Target(
        target: report.target, state: state(of: report, blind),
        reasons: report.reasons, run: observation.run,
        observedAt: observation.begin, inSync: tally.inSync, drifted: tally.drifted,
        unobserved: blind.entries.count, masked: tally.masked,
        knownGood: observation.authority.hasKnownGood ? knownGood[key]?.digest : nil,
        facts: told.blessable.map { Digest(of: $0.sorted()) }))
  }

  /// What was there and never declared is in sync once it is gone; under other rules it may only be out of view. A state that names
  /// it no longer may only have forgotten it.
  func isGone(_ finding: Finding) -> Bool {
    !finding.kind.sides.isDeclared && !observation.authority.hasState
      && recordedState.receipt?.rules == observation.rules
  }

  /// What stands on a state alone and is open of subjects that are not listed any more.
  private func vanished(_ open: [FindingID: Finding], _ report: TargetReport) -> [Finding] {
    let held = open.values.filter { !$0.seen.heldByState.paths.isEmpty }
    guard !held.isEmpty else { return [] }
    let names = Set(report.subjects.map(\.subject))
    return held.filter { !names.contains($0.subject) }.sorted { $0.subject < $1.subject }
  }

  /// What is open of the subject under the name that it had before: the tool says so, or the very same is there under this one, or the
  /// same object by what the provider knows it.
  private func moved(_ subject: SubjectReport, _ open: [FindingID: Finding], _ vanished: [Finding]) -> Finding? {
    if let before = subject.movedFrom { return open.values.first { $0.aspect == .drift && $0.subject == before } }
    if let same = vanished.first(where: { $0.seen.reality != nil && $0.seen.reality == subject.reality }) {
      return same
    }
    guard let own = subject.actual?["id"]?.string else { return nil }
    return vanished.first { finding in
      finding.seen.heldByState.object
        .map { redaction.compare(older: Array($0.utf8), newer: Array(own.utf8)) == .same } ?? false
    }
  }

  func unaccepted(_ report: SubjectReport, _ open: Finding?) -> SubjectReport {
    let isUnmoved = observation.desired != nil && recordedState.receipt?.desired == observation.desired
    guard let open, recordedState.adopted[open.id] == nil,
      let acceptance = StateAcceptance(open, redaction, isDeclarationUnmoved: isUnmoved)
    else { return report }
    return acceptance.applied(to: report)
  }

  struct Tally {
    var inSync = 0
    var drifted = 0
    var masked = 0
    /// What the older side's epoch keeps from being compared.
    var blind: [Delta.Entry] = []
  }

  mutating func apply(
    _ report: SubjectReport, of target: TargetName, over open: Finding?, _ tally: inout Tally
  ) {
    switch report.state {
    case .inSync:
      tally.inSync += 1
      guard let open else { return }
      let proposal = recordedState.adopted[open.id]
      end(open, proposal != nil || isOnlyRedeclared(report, since: open) ? .redeclared : .resolved, proposal)
    case .unobserved:
      return
    case .drifted(let kind, let delta, let cause):
      let (shown, hidden) = rules.masking(
        delta, source: observation.source, target: target, subject: report.subject, kind: kind)
      tally.masked += hidden
      if hidden > 0, shown.entries.allSatisfy(\.isNotCompared) {
        // What the admins declared no longer to matter is drift no longer; it stays counted as masked.
        if shown.leavesSomeOut { tally.blind.append(.init(path: report.subject.text, .unobserved(.notCompared))) }
        if let open { end(open, isHiddenNow(open) ? .redeclared : .resolved) }
        return
      }
      if let open, open.kind == kind {
        switch redaction.compare(older: open.delta, newer: shown) {
        case .same where !hasMoved(open, report) && (cause != .accepted || open.cause == .accepted):
          tally.drifted += 1
          counts.confirmed += 1
          return
        case .unknown:
          tally.blind.append(.init(path: report.subject.text, .unobserved(.redactionKeyMissing)))
          return
        case .same, .different: break
        }
      }
      tally.drifted += 1
      if let open { end(open, .superseded) }
      let finding = Finding(
        kind: kind, cause: cause ?? self.cause(of: shown, after: open, target: target),
        authority: observation.authority, source: observation.source, target: target, subject: report.subject,
        severity: rules.severity(
          source: observation.source, target: target, subject: report.subject, kind: kind, delta: shown),
        validFrom: observation.begin, delta: shown, seen: sighting(of: report))
      start(finding)
    }
  }

  /// Whether a rule has come that hides all of what was open, rather than reality having moved back.
  private func isHiddenNow(_ open: Finding) -> Bool {
    let (shown, hidden) = rules.masking(
      open.delta, source: open.source, target: open.target, subject: open.subject, kind: open.kind)
    return hidden > 0 && shown.entries.allSatisfy(\.isNotCompared)
  }

  /// Whether the digests of both sides prove that the declaration came to reality and not the other way round.
  func isOnlyRedeclared(_ report: SubjectReport, since open: Finding) -> Bool {
    guard let desired = report.desired, let reality = report.reality, reality == open.seen.reality else { return false }
    // It is declared again, and reality is what it was while it was not declared.
    if !open.kind.sides.isDeclared { return true }
    if open.delta.entries.contains(where: { $0.path.isEmpty }),
      !isDeclaredAnew(open.seen.heldByState.declarations, report.heldByState.declarations)
    {
      // A taint, or a replacement that an operator asked for: the plan says so, and no declaration.
      return false
    }
    return open.seen.desired.map { $0 != desired } ?? false
  }

  /// Whether the declaration moved, as far as the tool shows it.
  func isDeclaredAnew(_ then: [String: String], _ now: [String: String]) -> Bool {
    guard !then.isEmpty, !now.isEmpty else { return true }
    return then.keys != now.keys
      || then.contains { name, value in
        now[name].map { redaction.proves($0, isAnotherDeclarationThan: value) } ?? true
      }
  }

  /// An opaque delta says nothing of the value; where the digests of the real side do, they decide.
  func hasMoved(_ open: Finding, _ report: SubjectReport) -> Bool {
    guard open.delta.isOpaque, let before = open.seen.reality, let now = report.reality else { return false }
    return before != now
  }

  /// Which side moved, where the authority itself cannot tell: only what is provable, else nil.
  func cause(of delta: Delta, after open: Finding?, target: TargetName) -> Cause? {
    if observation.authority.hasState, open == nil { return nil }
    if let open {
      let line = open.delta.line
      let comparable = redaction.olderEpoch(of: line).map { redaction.express(delta, under: $0) } ?? delta
      // Under two epochs, an unchanged secret looks like another one.
      guard RedactionTag.epochs(in: line + comparable.line).count <= 1 else { return nil }
      return comparable.movedSides(since: open.delta)
    }
    // The receipt's digests are those of its own run; an entry that a narrowed run carried over has none. Other rules may
    // have hidden then what they show now.
    guard let receipt = recordedState.receipt, let last = lastByTarget[target], last.run == receipt.run,
      last.state == .observed, receipt.rules == observation.rules
    else { return nil }
    let isDeclarationUnmoved =
      observation.authority.hasKnownGood
      ? last.knownGood != nil && last.knownGood == knownGood[target]?.digest
      : observation.desired != nil && receipt.desired == observation.desired
    // The target was fully observed and this was no finding then, and the declaration has not changed since.
    return isDeclarationUnmoved ? .world : nil
  }
}
