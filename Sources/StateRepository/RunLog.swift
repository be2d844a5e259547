import Facts
import Failures
import Git

/// The runs of one source that main took, newest commit first, back to a commit that knows of none of a given time.
struct RunLog: Sendable {
  /// One run as it came.
  struct Arrival: Sendable, Hashable {
    var run: Receipt.LateRun
    /// Whether it came after a run that had observed later.
    var isLate: Bool
    /// What it was recorded on.
    var parent: ObjectID
  }

  /// The commit from which the recorded state can be recomputed.
  var base: ObjectID
  /// What came after it, latest first.
  var arrivals: [Arrival]

  /// Finds the latest commit whose recorded state knows of no run that began at or after a time, nor at or after one that came later.
  ///
  /// - Returns: nil where the source's receipts do not tell which runs came, or where more came than are kept.
  static func since(
    _ begin: Timestamp, of source: SourceName, upTo tip: ObjectID, _ repository: Repository
  ) async throws(Failure) -> RunLog? {
    let path = Layout.receipt(of: source)
    func receipt(_ commit: ObjectID) async throws(Failure) -> (id: ObjectID, receipt: Receipt)? {
      guard let entry = try await repository.entry(at: path, in: commit) else { return nil }
      return (entry.id, try Receipt(parsing: await repository.blob(entry.id), document: path))
    }
    var found: [Arrival] = []
    var commit = tip
    var current = try await receipt(tip)
    var earliest = begin
    while let (id, last) = current, last.newest >= earliest {
      let child = commit
      let first = try await repository.commit(child).parents.first
      guard let parent = first else { return nil }
      let before = try await receipt(parent)
      commit = parent
      current = before
      guard before?.id != id else { continue }
      guard let arrival = Arrival(from: before?.receipt, to: last, parent: parent) else { return nil }
      found.append(arrival)
      earliest = min(earliest, arrival.run.begin)
      guard found.count <= Spool.keptObservations else { return nil }
    }
    return RunLog(base: commit, arrivals: found)
  }
}

extension StateStore {
  /// The run that a commit of main records; nil for a commit that is not the work of one run.
  package func run(recordedBy commit: ObjectID) async throws(Failure) -> (source: SourceName, run: RunID)? {
    guard let parent = try await repository.commit(commit).parents.first else { return nil }
    let paths = try await repository.differences(from: parent, to: commit).map(\.path)
    let sources = paths.compactMap(Layout.source(ofReceipt:))
    guard let source = sources.first, sources.count == 1, let after = try await receipt(of: source, at: commit),
      let arrival = RunLog.Arrival(from: try await receipt(of: source, at: parent), to: after, parent: parent)
    else { return nil }
    return (source, arrival.run.run)
  }
}

extension RunLog.Arrival {
  /// The run by which one receipt took another's place; nil where that is not the work of one run.
  fileprivate init?(from before: Receipt?, to after: Receipt, parent: ObjectID) {
    self.parent = parent
    if let last = after.late.last {
      guard let before, Array(after.late.dropLast()) == before.late else { return nil }
      (run, isLate) = (last, true)
    } else {
      (run, isLate) = (.init(run: after.run, begin: after.begin), false)
    }
  }
}
