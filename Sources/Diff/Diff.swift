import Facts
import Failures

/// Lays an observation over what is believed.
///
/// A pure function: the same arguments give the same outcome on every machine, and "now" is in the observation. Nothing is
/// closed without positive evidence: a finding ends only when its subject was seen in sync, drifted otherwise, or is
/// provably no longer declared.
///
/// - Throws: `late` when a declared target was observed later than this already; `foreign` for another source's belief.
package func diff(
  _ observation: Observation, against belief: Belief, under rules: Rules
) throws(Failure) -> Outcome {
  if let receipt = belief.receipt {
    guard receipt.source == observation.source, receipt.authority == observation.authority else {
      throw Failure(
        .foreign, observation.source.text,
        "the repository holds this source under authority \(receipt.authority.rawValue)")
    }
    if receipt.run == observation.run {
      guard receipt.begin == observation.begin, receipt.end == observation.end,
        receipt.evidence == observation.evidence
      else {
        throw Failure(
          .foreign, observation.source.text, "another observation under the id \(observation.run) is recorded")
      }
      return Outcome(changes: [], receipt: receipt, isRepeated: true)
    }
    if let own = observation.redaction, let known = receipt.redaction, let epoch = own.contradiction(with: known) {
      throw Failure(
        .foreign, observation.source.text,
        "its secrets were redacted under another key \(epoch) than those that are recorded; "
          + "copy the source's keys from the host where it was set up, and observe again")
    }
  }
  guard belief.open.allSatisfy({ $0.source == observation.source }),
    belief.knownGood.allSatisfy({ $0.source == observation.source })
  else {
    throw Failure(
      .foreign, observation.source.text, "what is believed of another source lies beside its own")
  }
  if let newer = newestRecorded(in: belief, of: observation), newer >= observation.begin {
    throw Failure(
      .late, observation.source.text, "observed at \(observation.begin), and \(newer) is recorded already",
      hint:
        "The spool of this host does not hold all that came after it. Observe again; what is recorded stays as it is.")
  }
  var fold = Fold(observation, belief, rules)
  for report in observation.targets {
    try fold.lay(report)
  }
  fold.noticeMissingTargets()
  return fold.outcome
}

/// When that was last looked at of which the observation speaks; what is older than this cannot be told any more.
private func newestRecorded(in belief: Belief, of observation: Observation) -> Instant? {
  let declared = Set(observation.declaration.targets)
  func isMeant(_ target: TargetName) -> Bool {
    observation.declaration.isWhole || declared.contains(target)
  }
  var instants = belief.open.filter { $0.aspect != .freshness && isMeant($0.target) }.map(\.validFrom)
  guard let receipt = belief.receipt else { return instants.max() }
  instants += receipt.targets.filter { isMeant($0.target) }.map(\.observedAt)
  // A whole run speaks of the targets that it does not list, too: what it ended is not opened before its time.
  let listed = Set(receipt.targets.map(\.target))
  if receipt.isWhole, !declared.isSubset(of: listed) { instants.append(receipt.begin) }
  return instants.max()
}

/// The state of one laying-over.
private struct Fold {
  private let observation: Observation
  private let rules: Rules
  private let belief: Belief
  private let openByTarget: [TargetName: [FindingID: Finding]]
  private let knownGood: [TargetName: KnownGood]
  private let lastByTarget: [TargetName: Receipt.Target]
  private let redaction: Redaction
  private let unmatchedPlays: [TargetName]
  private var ended: [Finding] = []
  private var opened: [Finding] = []
  private var counts = Receipt.Changes()
  private var targets: [Receipt.Target] = []

  init(_ observation: Observation, _ belief: Belief, _ rules: Rules) {
    self.observation = observation
    self.belief = belief
    self.rules = rules
    redaction = observation.redaction ?? Redaction(epoch: "")
    unmatchedPlays = observation.targets.filter { $0.reasons.contains { $0.code == .noHostMatched } }.map(\.target)
    openByTarget = Dictionary(
      grouping: belief.open.filter { $0.aspect != .freshness }, by: \.target
    )
    .mapValues { Dictionary($0.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }) }
    knownGood = Dictionary(
      belief.knownGood.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
    lastByTarget = Dictionary(
      (belief.receipt?.targets ?? []).map { ($0.target, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  // MARK: One target

  mutating func lay(_ report: TargetReport) throws(Failure) {
    let key = report.target
    let report =
      observation.authority.hasKnownGood ? report.compared(with: knownGood[key], observation.redaction) : report
    let open = openByTarget[key] ?? [:]
    let names = StandingNames(open, redaction)
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
      lay(unaccepted(subject, open[id] ?? moved(subject, open)), of: report.target, over: open[id], &tally)
    }
    for finding in open.values where finding.aspect == .drift && !listed.contains(finding.id) {
      guard report.provesAbsence(of: finding.subject), !isOfUnmatchedPlay(finding) else { continue }
      if names.namesMissingEpoch(finding.subject) {
        tally.blind.append(.init(path: finding.subject.text, .unobserved(.redactionKeyMissing)))
      } else {
        end(finding, isGone(finding) ? .resolved : .undeclared)
      }
    }
    let blind = coverage(of: report, &tally)
    lay(coverage: blind, of: report.target)
    targets.append(
      Receipt.Target(
        target: report.target, state: state(of: report, blind),
        reasons: report.reasons, run: observation.run,
        observedAt: observation.begin, inSync: tally.inSync, drifted: tally.drifted,
        unobserved: blind.entries.count, masked: tally.masked,
        knownGood: observation.authority.hasKnownGood ? knownGood[key]?.digest : nil))
  }

  /// What was there and never declared is in sync once it is gone; under other rules it may only be out of view. A tofu state that names
  /// it no longer may only have forgotten it.
  private func isGone(_ finding: Finding) -> Bool {
    finding.kind == .unexpected && observation.authority != .tofu && belief.receipt?.rules == observation.rules
  }

  /// What is open of the subject under the name that it had before.
  private func moved(_ subject: SubjectReport, _ open: [FindingID: Finding]) -> Finding? {
    guard let before = subject.movedFrom else { return nil }
    return open.values.first { $0.aspect == .drift && $0.subject == before }
  }

  private func unaccepted(_ report: SubjectReport, _ open: Finding?) -> SubjectReport {
    guard let open, belief.adopted[open.id] == nil, let acceptance = StateAcceptance(open, redaction) else {
      return report
    }
    return acceptance.applied(to: report)
  }

  /// A play that matches nobody may be meant for this host: what was found under it is not over.
  private func isOfUnmatchedPlay(_ finding: Finding) -> Bool {
    unmatchedPlays.contains { finding.subject.text.utf8.starts(with: "\($0) | ".utf8) }
  }

  private struct Tally {
    var inSync = 0
    var drifted = 0
    var masked = 0
    /// What the older side's epoch keeps from being compared.
    var blind: [Delta.Entry] = []
  }

  private mutating func lay(
    _ report: SubjectReport, of target: TargetName, over open: Finding?, _ tally: inout Tally
  ) {
    switch report.state {
    case .inSync:
      tally.inSync += 1
      guard let open else { return }
      let proposal = belief.adopted[open.id]
      end(open, proposal != nil || isOnlyRedeclared(report, since: open) ? .redeclared : .resolved, proposal)
    case .unobserved:
      return
    case .drifted(let kind, let delta, let cause):
      let (shown, hidden) = rules.masking(
        delta, source: observation.source, target: target, subject: report.subject, kind: kind)
      tally.masked += hidden
      if hidden > 0, shown.entries.isEmpty {
        // What the admins declared no longer to matter is drift no longer; it stays counted as masked.
        if let open { end(open, .redeclared) }
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

  /// Whether the digests of both sides prove that the declaration came to reality and not the other way round.
  private func isOnlyRedeclared(_ report: SubjectReport, since open: Finding) -> Bool {
    guard let desired = report.desired, let reality = report.reality, reality == open.seen.reality else { return false }
    // What is declared again lies there as it lay when nobody declared it.
    if open.kind == .unexpected { return true }
    if open.delta.entries.contains(where: { $0.path.isEmpty }),
      !isDeclaredAnew(open.seen.heldByState.declarations, report.heldByState.declarations)
    {
      // A taint, or a replacement that somebody asked for: a plan says so, and no declaration.
      return false
    }
    return open.seen.desired.map { $0 != desired } ?? false
  }

  /// Whether the declaration moved, as far as the tool shows it.
  private func isDeclaredAnew(_ then: [String: String], _ now: [String: String]) -> Bool {
    guard !then.isEmpty, !now.isEmpty else { return true }
    return then.keys != now.keys
      || then.contains { name, value in
        now[name].map { redaction.compare(older: Array(value.utf8), newer: Array($0.utf8)) == .different } ?? true
      }
  }

  /// An opaque delta says nothing of the value; where the digests of the real side do, they decide.
  private func hasMoved(_ open: Finding, _ report: SubjectReport) -> Bool {
    guard open.delta.isOpaque, let before = open.seen.reality, let now = report.reality else { return false }
    return before != now
  }

  /// Which side moved, where the authority itself cannot tell: only what is provable, else nil.
  private func cause(of delta: Delta, after open: Finding?, target: TargetName) -> Cause? {
    if observation.authority == .tofu, open == nil { return nil }
    if let open {
      let line = open.delta.line
      let comparable = redaction.olderEpoch(of: line).map { redaction.express(delta, under: $0) } ?? delta
      // Under two epochs a secret that nobody touched looks like another one.
      guard RedactionTag.epochs(in: line + comparable.line).count <= 1 else { return nil }
      return comparable.movedSides(since: open.delta)
    }
    // The receipt's digests are those of its own run; an entry that a narrowed run carried over has none. Other rules may
    // have hidden then what they show now.
    guard let receipt = belief.receipt, let last = lastByTarget[target], last.run == receipt.run,
      last.state == .observed, receipt.rules == observation.rules
    else { return nil }
    let isDeclarationUnmoved =
      observation.authority.hasKnownGood
      ? last.knownGood != nil && last.knownGood == knownGood[target]?.digest
      : observation.desired != nil && receipt.desired == observation.desired
    // It was wholly observed and this was no finding then, and nobody declared anything else since.
    return isDeclarationUnmoved ? .world : nil
  }

  // MARK: Coverage

  /// What counts is whether anything is left that was not observed and is not declared to be so.
  private func state(of report: TargetReport, _ blind: Delta) -> TargetState {
    if blind.entries.isEmpty { return report.state == .partly ? .observed : report.state }
    return report.state == .observed ? .partly : report.state
  }

  private func coverage(of report: TargetReport, _ tally: inout Tally) -> Delta {
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

  private mutating func lay(coverage delta: Delta, of target: TargetName) {
    let id = FindingID(
      source: observation.source, target: target, subject: Finding.whole, aspect: .coverage)
    let open = openByTarget[target]?[id]
    if delta.entries.isEmpty {
      if let open { end(open, .resolved) }
      return
    }
    // Of what was not looked at nothing hinges on a secret: a name that cannot be compared is taken for the same.
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
    var known = (belief.receipt?.targets ?? []).filter { !declared.contains($0.target) }
    guard observation.declaration.isWhole else {
      targets += known
      return
    }
    // A play that matched nobody and is gone, or matches somebody now, is no target that is missed.
    for play in known where play.isUnmatchedPlay {
      for finding in (openByTarget[play.target] ?? [:]).values { end(finding, .resolved) }
    }
    known.removeAll(where: \.isUnmatchedPlay)
    let retired = Set(belief.retired)
    var noticed: Set<TargetName> = []
    let missing = (known.map(\.target) + belief.knownGood.map(\.target)).filter {
      !declared.contains($0) && !retired.contains($0) && noticed.insert($0).inserted
    }
    for (target, open) in openByTarget where !declared.contains(target) && retired.contains(target) {
      for finding in open.values { end(finding, .undeclared) }
    }
    for target in missing {
      let gone = Delta([.init(path: Finding.whole.text, .unobserved(.noLongerDeclared))])
      lay(coverage: gone, of: target)
      targets.append(
        Receipt.Target(
          target: target, state: .failed, reasons: [.init(.noLongerDeclared)], run: observation.run,
          observedAt: observation.begin, inSync: 0, drifted: 0, unobserved: 1, masked: 0))
    }
  }

  // MARK: Changes

  private func sighting(of report: SubjectReport? = nil) -> Finding.Sighting {
    var held = report?.heldByState ?? .init()
    if case .drifted(_, let delta, _)? = report?.state, !delta.entries.contains(where: { $0.path.isEmpty }) {
      let attributes = Set(held.paths.compactMap { JSONPointer($0)?.tokens.first })
      held.declarations = held.declarations.filter { attributes.contains($0.key) }
    }
    return Finding.Sighting(
      run: observation.run, tool: observation.tool, evidence: observation.evidence.first?.digest,
      desired: report?.desired, reality: report?.reality, heldByState: held)
  }

  private mutating func start(_ finding: Finding) {
    opened.append(finding)
    counts.opened += 1
  }

  private mutating func end(_ finding: Finding, _ reason: EndReason, _ proposal: String? = nil) {
    ended.append(finding.ended(at: observation.begin, reason, by: observation.run, proposal: proposal))
    switch reason {
    case .resolved: counts.resolved += 1
    case .superseded: counts.superseded += 1
    case .redeclared: counts.redeclared += 1
    case .undeclared: counts.undeclared += 1
    case .retracted: break
    }
  }

  var outcome: Outcome {
    // A superseding finding is counted once, as superseded.
    var changes = counts
    changes.opened -= counts.superseded
    var receipt = Receipt(
      source: observation.source, authority: observation.authority, run: observation.run,
      tool: observation.tool,
      begin: observation.begin, end: observation.end, evidence: observation.evidence,
      desired: observation.desired, rules: observation.rules, origin: observation.declaration.origin,
      isWhole: observation.declaration.isWhole,
      targets: targets.sorted { $0.target < $1.target },
      changes: changes, effects: observation.effects)
    receipt.isSandboxed = observation.isSandboxed
    receipt.notes = observation.notes
    receipt.redaction = observation.redaction?.recorded(after: belief.receipt?.redaction) ?? belief.receipt?.redaction
    return Outcome(
      changes: ended.inOrder().map(FindingChange.ended) + opened.inOrder().map(FindingChange.opened),
      receipt: receipt)
  }
}

extension [Finding] {
  /// By target, subject and aspect, byte for byte: independent of the order in which dictionaries gave them.
  fileprivate func inOrder() -> [Finding] {
    sorted { left, right in
      (left.target, left.subject, left.aspect.rawValue) < (right.target, right.subject, right.aspect.rawValue)
    }
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
