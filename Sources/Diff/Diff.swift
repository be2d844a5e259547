import Facts
import Failures
import StrictJSON

/// Diffs an observation against what is recorded.
///
/// A pure function: the same arguments give the same outcome on every machine, and "now" is in the observation. Nothing is
/// closed without positive evidence: a finding ends only when its subject was seen in sync, drifted otherwise, or is
/// provably no longer declared.
///
/// - Throws: `late` when a declared target was observed later than this already; `foreign` for another source's recorded state.
package func diff(
  _ observation: Observation, against recordedState: RecordedState, under rules: Rules
) throws(Failure) -> Outcome {
  if let receipt = recordedState.receipt {
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
  guard recordedState.open.allSatisfy({ $0.source == observation.source }),
    recordedState.knownGood.allSatisfy({ $0.source == observation.source })
  else {
    throw Failure(
      .foreign, observation.source.text, "findings of another source lie among its own")
  }
  if let newer = newestRecorded(in: recordedState, of: observation), newer >= observation.begin {
    throw Failure(
      .late, observation.source.text, "observed at \(observation.begin), and \(newer) is recorded already",
      hint:
        "The spool of this host does not hold all that came after it. Observe again; what is recorded stays as it is.")
  }
  var diffing = Diffing(observation, recordedState, rules)
  for report in observation.targets {
    try diffing.apply(report)
  }
  diffing.noticeMissingTargets()
  return diffing.outcome
}

/// When the targets of the observation were last observed; an older observation cannot be recorded any more.
private func newestRecorded(in recordedState: RecordedState, of observation: Observation) -> Timestamp? {
  let declared = Set(observation.declaration.targets)
  func isMeant(_ target: TargetName) -> Bool {
    observation.declaration.isWhole || declared.contains(target)
  }
  var instants = recordedState.open.filter { $0.aspect != .freshness && isMeant($0.target) }.map(\.validFrom)
  guard let receipt = recordedState.receipt else { return instants.max() }
  instants += receipt.targets.filter { isMeant($0.target) }.map(\.observedAt)
  // A whole run speaks of the targets that it does not list, too: what it ended is not opened before its time.
  let listed = Set(receipt.targets.map(\.target))
  if receipt.isWhole, !declared.isSubset(of: listed) { instants.append(receipt.begin) }
  return instants.max()
}

/// The state of one diff of an observation against what is recorded.
struct Diffing {
  /// Of how many objects a receipt keeps the digests: enough that some of them live on.
  private static let recordedObjects = 16

  let observation: Observation
  let rules: Rules
  let recordedState: RecordedState
  let openByTarget: [TargetName: [FindingID: Finding]]
  let knownGood: [TargetName: KnownGood]
  let lastByTarget: [TargetName: Receipt.Target]
  let redaction: Redaction
  let unmatchedPlays: [TargetName]
  let vanishedPlays: Set<TargetName>
  var ended: [Finding] = []
  var opened: [Finding] = []
  var counts = Receipt.Changes()
  var targets: [Receipt.Target] = []

  init(_ observation: Observation, _ recordedState: RecordedState, _ rules: Rules) {
    self.observation = observation
    self.recordedState = recordedState
    self.rules = rules
    redaction = observation.redaction ?? Redaction(epoch: "")
    unmatchedPlays = observation.targets.filter { $0.reasons.contains { $0.code == .noHostMatched } }.map(\.target)
    vanishedPlays = Self.vanishedPlays(observation, recordedState)
    openByTarget = Dictionary(
      grouping: recordedState.open.filter { $0.aspect != .freshness }, by: \.target
    )
    .mapValues { Dictionary($0.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }) }
    knownGood = Dictionary(
      recordedState.knownGood.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
    lastByTarget = Dictionary(
      (recordedState.receipt?.targets ?? []).map { ($0.target, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  // MARK: Changes

  func sighting(of report: SubjectReport? = nil) -> Finding.Sighting {
    var held = report?.heldByState ?? .init()
    if case .drifted(_, let delta, _)? = report?.state, !delta.entries.contains(where: { $0.path.isEmpty }) {
      let attributes = held.attributes.union(held.values.keys)
        .union(delta.entries.map { Delta.attribute(of: $0.path) })
      held.declarations = held.declarations.filter { attributes.contains($0.key) }
    }
    return Finding.Sighting(
      run: observation.run, tool: observation.tool, evidence: observation.evidence.first?.digest,
      desired: report?.desired, reality: report?.reality, heldByState: held)
  }

  mutating func start(_ finding: Finding) {
    opened.append(finding)
    counts.opened += 1
  }

  mutating func end(_ finding: Finding, _ reason: EndReason, _ proposal: String? = nil) {
    ended.append(finding.ended(at: observation.begin, reason, by: observation.run, proposal: proposal))
    switch reason {
    case .resolved: counts.resolved += 1
    case .superseded: counts.superseded += 1
    case .redeclared: counts.redeclared += 1
    case .undeclared: counts.undeclared += 1
    case .retracted: break
    }
  }

  /// How many findings are open after the run, by kind. What depends on the clock alone is noticed by other runs, too.
  private var open: [Kind: Int] {
    let gone = Set(ended.map(\.id))
    var counts: [Kind: Int] = [:]
    for finding in recordedState.open where finding.aspect != .freshness && !gone.contains(finding.id) {
      counts[finding.kind, default: 0] += 1
    }
    for finding in opened { counts[finding.kind, default: 0] += 1 }
    return counts
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
    receipt.open = open
    receipt.isSandboxed = observation.isSandboxed
    receipt.notes = observation.notes
    receipt.toolRun = observation.toolRun
    // A run that could not tell leaves what is known as it is; other targets are kept elsewhere.
    let known = recordedState.receipt?.lineage(of: observation.declaration.targets)
    receipt.lineage = observation.lineage ?? known
    if receipt.lineage == nil {
      let own = observation.objects.sorted().prefix(Self.recordedObjects)
      receipt.objects = own.isEmpty ? recordedState.receipt?.objects ?? [] : Array(own)
    }
    if let known, receipt.lineage != known {
      receipt.notes.append("the state is another one than that of the run before")
    }
    receipt.redaction =
      observation.redaction?.recorded(after: recordedState.receipt?.redaction) ?? recordedState.receipt?.redaction
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
