import Facts
import Failures
import Files
import Glibc

/// Observations on this host, kept durably from before they are recorded: redacted, in private files, one folder a source.
///
/// What main could not take waits here; what it took stays for a while, as the ground for blessing and for folding late
/// observations. Raw tool output lies beside it, named by run.
package struct Spool: Sendable {
  /// An absolute path; made with mode 0700.
  package let path: String

  /// How many recorded observations of a source are kept.
  package static let keptObservations = 50
  /// How many runs' raw output is kept for each source.
  package static let keptEvidence = 5

  package init(_ path: String) {
    self.path = path
  }

  /// Keeps an observation durably, as not yet recorded.
  package func keep(_ observation: Observation) throws(Failure) {
    let folder = try folder(observation.source, "pending")
    try OwnFile.write(observation.bytes, to: "\(folder)/\(Self.fileName(observation))")
  }

  /// Moves an observation to those that are recorded, and forgets the oldest of them.
  package func markRecorded(_ observation: Observation) throws(Failure) {
    let pending = try folder(observation.source, "pending")
    let recorded = try folder(observation.source, "recorded")
    let name = Self.fileName(observation)
    guard rename("\(pending)/\(name)", "\(recorded)/\(name)") == 0 || errno == ENOENT else {
      throw OwnFile.failure("move", "\(pending)/\(name)")
    }
    let names = try Folder.visibleNames(in: recorded)
    for old in names.dropLast(Self.keptObservations) { unlink("\(recorded)/\(old)") }
  }

  /// Has a run's observation wait again, for a main that lacks it.
  ///
  /// - Returns: whether this host still has it.
  package func markPending(_ source: SourceName, run: RunID) throws(Failure) -> Bool {
    guard let path = try file(of: source, run: run) else { return false }
    let pending = try "\(folder(source, "pending"))/\(path.split(separator: "/").last ?? "")"
    guard path == pending || rename(path, pending) == 0 else { throw OwnFile.failure("move", path) }
    return true
  }

  /// The lock of whoever records what waits of a source.
  package func lock(_ source: SourceName) throws(Failure) -> String {
    try Folder.makeAll("\(path)/\(source)")
    return "\(path)/\(source)/.lock"
  }

  /// The runs whose observations main has not taken, oldest first. Each is read when it is its turn: they may be large.
  package func pending(_ source: SourceName) throws(Failure) -> [Waiting] {
    let folder = try folder(source, "pending")
    return try Folder.visibleNames(in: folder).map { Waiting(path: "\(folder)/\($0)") }
  }

  /// An observation that waits.
  package struct Waiting: Sendable, Hashable {
    fileprivate let path: String

    /// Whether it is this run's.
    package func isOf(_ run: RunID) -> Bool { path.hasSuffix("-\(run).json") }
  }

  /// Reads an observation that waits.
  package func read(_ waiting: Waiting) throws(Failure) -> Observation { try read(waiting.path) }

  /// The sources that this host has observed.
  package func sources() throws(Failure) -> [SourceName] {
    try Folder.visibleNames(in: path).compactMap { SourceName($0) }
  }

  /// How many observations wait, over all sources.
  package func pendingCount() throws(Failure) -> Int {
    var count = 0
    for source in try sources() { count += try pending(source).count }
    return count
  }

  /// The observation of a run; nil when this host does not have it (any more).
  package func observation(_ source: SourceName, run: RunID) throws(Failure) -> Observation? {
    guard let path = try file(of: source, run: run) else { return nil }
    return try read(path)
  }

  /// Whether this host has the observation of a run.
  package func holds(_ source: SourceName, run: RunID) throws(Failure) -> Bool { try file(of: source, run: run) != nil }

  private func file(of source: SourceName, run: RunID) throws(Failure) -> String? {
    for state in ["recorded", "pending"] {
      let folder = try folder(source, state)
      if let name = try Folder.visibleNames(in: folder).first(where: { $0.contains(run.text) }) {
        return "\(folder)/\(name)"
      }
    }
    return nil
  }

  /// A new, empty, private folder for a run's raw output; the oldest runs' are removed, and all of them where the source keeps none.
  ///
  /// What another run may still be writing is left: its observation is not kept yet, and its time is not over.
  package func evidenceFolder(
    _ source: SourceConfiguration, run: RunID, now: Timestamp
  ) throws(Failure) -> String {
    let folder = try folder(source.name, "evidence")
    let ended =
      try Folder.visibleNames(in: self.folder(source.name, "pending"))
      + Folder.visibleNames(in: self.folder(source.name, "recorded"))
    let overdue = RunID(begin: now.advanced(bySeconds: -2 * source.timeoutSeconds), tail: 0).text
    let runs = try Folder.visibleNames(in: folder)
    for old in runs.dropLast(source.keepsEvidence ? Self.keptEvidence - 1 : 0)
    where old < overdue || ended.contains(where: { $0.hasSuffix("-\(old).json") }) {
      Folder.remove("\(folder)/\(old)")
    }
    let path = "\(folder)/\(run.text)"
    try Folder.make(path)
    return path
  }

  /// The folder of a run's raw output; nil when this host does not have it (any more).
  package func evidence(of source: SourceName, run: RunID) throws(Failure) -> String? {
    let folder = try folder(source, "evidence")
    return try Folder.visibleNames(in: folder).contains(run.text) ? "\(folder)/\(run)" : nil
  }

  private func read(_ path: String) throws(Failure) -> Observation {
    let bytes = try OwnFile.read(path, limit: Bounds.document)
    return try Observation(parsing: bytes, document: path)
  }

  /// Sorts by the time of observation.
  private static func fileName(_ observation: Observation) -> String {
    "\(observation.begin.fileName)-\(observation.run).json"
  }

  private func folder(_ source: SourceName, _ state: String) throws(Failure) -> String {
    let path = "\(self.path)/\(source)/\(state)"
    try Folder.makeAll(path)
    return path
  }
}
