import Diff
import Facts
import Failures
import Git

/// What was recomputed for a run that came late.
package struct Recomputed: Sendable, Hashable {
  /// The run that came late.
  package var run: Receipt.LateRun
  /// How many runs after it were recomputed.
  package var runs: Int
  /// How many facts turned out not to be so; they are marked as corrected.
  package var corrected: Int
}

/// What recording an observation does to what is recorded.
package struct RunChanges: Sendable, Hashable {
  /// Facts that are recorded from now on.
  package var opened: [Finding] = []
  /// Facts that come to their end.
  package var ended: [Finding] = []
  /// Facts that turned out not to be so; each with the late run that says so.
  package var corrected: [Finding] = []
  /// For an observation that comes late: what is recomputed for it.
  package var late: Recomputed?
  /// Whether it is recorded already, so that nothing changes.
  package var isRepeated = false

  /// No change at all.
  package init() {}
}

/// What one run's commit says, before it is written.
struct RunRecord: Sendable {
  var outcome: Outcome
  var retractions: [Retraction]
  var freshness: [FindingChange] = []
  var late: Recomputed?
  /// What a late run comes to beside what depends on the clock.
  private var folded = RunChanges()
  /// What a late run does to files beside its open findings: what is corrected goes aside, what has ended otherwise comes.
  private var other: [String: TreeEdit.Change] = [:]

  init(_ outcome: Outcome, _ retractions: [Retraction]) {
    self.outcome = outcome
    self.retractions = retractions
  }

  /// Of a late run.
  ///
  /// - Parameters:
  ///   - outcome: with how the open findings change.
  ///   - folded: the same for all findings.
  ///   - files: all that changes under findings/.
  init(late: Recomputed, _ outcome: Outcome, _ folded: RunChanges, files: [String: TreeEdit.Change]) {
    self.outcome = outcome
    self.late = late
    self.folded = folded
    retractions = []
    other = files
  }

  var run: RunID { late?.run.run ?? outcome.receipt.run }
  var retracted: Int { retractions.reduce(0) { $0 + $1.findings.count } }

  /// How the open findings change.
  var changes: [FindingChange] {
    retractions.flatMap { $0.changes(by: outcome.receipt) } + outcome.changes + freshness
  }

  /// The same for whoever is to be shown what the run does.
  var shown: RunChanges {
    var shown = folded
    shown.late = late
    shown.isRepeated = outcome.isRepeated
    for change in late == nil ? changes : freshness {
      switch change {
      case .opened(let fact): shown.opened.append(fact)
      case .ended(let fact): shown.ended.append(fact)
      }
    }
    return shown
  }

  var message: String {
    late.map { RunMessage.text(late: $0, outcome.receipt) } ?? RunMessage.text(outcome.receipt, retracted: retracted)
  }

  /// The files of the commit; the contents of findings go into the batch.
  func files(
    at now: Timestamp, by engine: String, into contents: inout ObjectBatch
  ) throws(Failure) -> [String: TreeEdit.Change] {
    var files: [String: TreeEdit.Change] = [:]
    for (path, change) in other {
      if case .put(let bytes) = change {
        files[path] = .use(try contents.add(blob: bytes))
      } else {
        files[path] = change
      }
    }
    // A late run's own changes stand among its files already.
    files.merge(try (late == nil ? changes : freshness).files(into: &contents)) { $1 }
    files[Layout.receipt(of: outcome.receipt.source)] = .put(outcome.receipt.bytes)
    for retraction in retractions {
      let record = retraction.record(at: now, by: engine, run: outcome.receipt.run)
      files[Layout.execution(retraction.proposal.id)] = .put(record.bytes)
    }
    return files
  }
}

extension [FindingChange] {
  /// The files of facts that come and go; their contents go into the batch.
  func files(into contents: inout ObjectBatch) throws(Failure) -> [String: TreeEdit.Change] {
    var files: [String: TreeEdit.Change] = [:]
    for case .ended(let finding) in self {
      var open = finding
      open.validTo = nil
      open.ended = nil
      files[Layout.open(open)] = .remove
      files[Layout.closed(finding)] = .use(try contents.add(blob: finding.bytes))
    }
    for case .opened(let finding) in self {
      files[Layout.open(finding)] = .use(try contents.add(blob: finding.bytes))
    }
    return files
  }
}
