import Diff
import Facts
import Failures
import Git

extension StateStore {
  /// The recorded state, recomputed with an observation that was made before a recorded one: as though all had come in
  /// the order in which they were made.
  ///
  /// - Parameters:
  ///   - recordedState: what is recorded at the tip.
  ///   - kept: observations that were recorded before, where this host has them.
  /// - Returns: nil where the observation is not late, or cannot be folded in because not all after it are kept; then Diff says
  ///   whether it is refused.
  func recomputed(
    with observation: Observation, over recordedState: RecordedState, at tip: ObjectID,
    _ kept: @Sendable (SourceName, RunID) throws(Failure) -> Observation?
  ) async throws(Failure) -> RunRecord? {
    guard let receipt = recordedState.receipt, receipt.run != observation.run, observation.begin < receipt.newest,
      let runLog = try await RunLog.since(observation.begin, of: observation.source, upTo: tip, repository)
    else { return nil }
    if runLog.arrivals.contains(where: { $0.run.run == observation.run && $0.run.begin == observation.begin }) {
      return RunRecord(Outcome(changes: [], receipt: receipt, isRepeated: true), [])
    }
    let declaration = observation.declaration
    let run = Receipt.LateRun(
      run: observation.run, begin: observation.begin, targets: declaration.isWhole ? nil : declaration.targets,
      toolRun: observation.toolRun)
    let own = RunLog.Arrival(run: run, isLate: true, parent: tip)
    let current = try await facts(of: observation.source, from: runLog.base, to: tip, open: recordedState.open)
    let order = (runLog.arrivals + [own]).sorted {
      ($0.run.begin, $0.run.run.text) < ($1.run.begin, $1.run.run.text)
    }
    var recomputation = Recomputation(recordedState: RecordedState(), current: current)
    for arrival in order {
      let terms = try await terms(of: arrival, in: observation.source, at: tip)
      if recomputation.isEmpty {
        recomputation.begin(with: try await self.recordedState(of: terms.source, at: runLog.base))
      }
      let next = arrival == own ? observation : try kept(observation.source, arrival.run.run)
      guard let next, next.begin == arrival.run.begin else { return nil }
      try recomputation.apply(next, terms.source, terms.knownGood, terms.rules)
    }
    return recomputation.record(of: own.run, over: receipt, runs: order.count { $0.run.begin > observation.begin })
  }

  /// The terms under which a run is diffed. A run that came in its turn is diffed under what it was recorded on, a late
  /// one under what was in force when it observed, so that it makes no difference when it comes.
  private func terms(
    of arrival: RunLog.Arrival, in source: SourceName, at tip: ObjectID
  ) async throws(Failure) -> (source: SourceConfiguration, knownGood: [KnownGood], rules: Rules) {
    var commit = arrival.parent
    if arrival.isLate {
      commit = (try? transaction(.time(arrival.run.begin), upTo: arrival.parent).commit) ?? arrival.parent
    }
    var loaded = try await configuration(at: commit)
    if loaded.configuration.source(named: source) == nil {
      commit = tip
      loaded = try await configuration(at: tip)
    }
    let found = try loaded.source(named: source)
    let knownGood = found.authority.kind.hasKnownGood ? try await self.knownGood(of: source, at: commit) : []
    return (found, knownGood, loaded.configuration.rules)
  }

  /// The facts of a source that may have to change: what is open, and what came to be closed since a commit.
  private func facts(
    of source: SourceName, from base: ObjectID, to tip: ObjectID, open: [Finding]
  ) async throws(Failure) -> [Finding] {
    let folder = "\(Layout.closedFindings(of: source))/"
    let differences = try await repository.differences(from: base, to: tip)
    var found = open
    for difference in differences where difference.path.utf8.starts(with: folder.utf8) {
      guard let new = difference.new else { continue }
      let bytes = try await repository.blob(new.id)
      found.append(
        try Finding(parsing: bytes, document: difference.path))
    }
    // What depends on the clock alone is no part of the recomputation, and what was corrected before is not trusted.
    return found.filter { $0.aspect != .freshness && $0.correctedBy == nil }
  }
}

/// Several observations applied one after another, compared with what is recorded now.
private struct Recomputation {
  private var recordedState: RecordedState
  /// The source's facts that may change.
  private let current: [Finding]
  private var closed: [Finding] = []
  private(set) var isEmpty = true

  init(recordedState: RecordedState, current: [Finding]) {
    self.recordedState = recordedState
    self.current = current
  }

  mutating func begin(with recordedState: RecordedState) {
    self.recordedState = recordedState
    self.recordedState.open.removeAll { $0.aspect == .freshness }
    isEmpty = false
  }

  mutating func apply(
    _ observation: Observation, _ source: SourceConfiguration, _ knownGood: [KnownGood], _ rules: Rules
  ) throws(Failure) {
    recordedState.knownGood = knownGood
    recordedState.retired = source.retired
    recordedState.adopted = [:]
    for fact in current where fact.ended?.run == observation.run && fact.ended?.reason == .redeclared {
      recordedState.adopted[fact.id] = fact.ended?.proposal
    }
    retract(as: observation)
    let outcome = try diff(observation, against: recordedState, under: rules)
    for case .ended(let fact) in outcome.changes {
      recordedState.open.removeAll { $0.id == fact.id }
      closed.append(fact)
    }
    for case .opened(let fact) in outcome.changes { recordedState.open.append(fact) }
    recordedState.receipt = outcome.receipt
  }

  /// An approved retraction that a run carried out is carried out again, where the same is still recorded.
  private mutating func retract(as observation: Observation) {
    for fact in current where fact.ended?.reason == .retracted && fact.ended?.run == observation.run {
      guard
        let index = recordedState.open.firstIndex(where: {
          $0.id == fact.id && $0.delta.fingerprint == fact.delta.fingerprint && $0.validFrom < observation.begin
        })
      else { continue }
      let open = recordedState.open.remove(at: index)
      closed.append(
        open.ended(at: observation.begin, .retracted, by: observation.run, proposal: fact.ended?.proposal))
    }
  }

  /// - Parameter runs: how many were recomputed after the late one.
  func record(of late: Receipt.LateRun, over before: Receipt, runs: Int) -> RunRecord? {
    guard var receipt = recordedState.receipt else { return nil }
    receipt.late = before.late + [late]
    var wanted: [String: [UInt8]] = [:]
    for fact in recordedState.open { wanted[Layout.open(fact)] = fact.bytes }
    for fact in closed { wanted[Layout.closed(fact)] = fact.bytes }
    // A fact that only comes to its end was right as far as it went.
    let ending = Set(
      closed.map { fact -> Finding in
        var open = fact
        open.validTo = nil
        open.ended = nil
        return open
      })
    var files: [String: TreeEdit.Change] = [:]
    var changes: [FindingChange] = []
    var folded = RunChanges()
    for fact in current {
      let path = fact.ended == nil ? Layout.open(fact) : Layout.closed(fact)
      if wanted[path] == fact.bytes {
        wanted[path] = nil
        continue
      }
      if fact.ended == nil { changes.append(.ended(fact)) }
      files[path] = .remove
      guard !ending.contains(fact) else { continue }
      let aside = fact.corrected(by: late.run)
      files[Layout.closed(aside)] = .put(aside.bytes)
      folded.corrected.append(aside)
    }
    for (path, bytes) in wanted { files[path] = .put(bytes) }
    folded.opened = recordedState.open.filter { wanted[Layout.open($0)] != nil }
    folded.ended = closed.filter { wanted[Layout.closed($0)] != nil }
    changes += folded.opened.map(FindingChange.opened)
    return RunRecord(
      late: Recomputed(run: late, runs: runs, corrected: folded.corrected.count),
      Outcome(changes: changes, receipt: receipt),
      folded, files: files)
  }
}
