import Facts
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
  package func keep(_ observation: Observation) throws(StateError) {
    let folder = try folder(observation.source, "pending")
    try PrivateFile.write(observation.bytes, to: "\(folder)/\(Self.fileName(observation))")
  }

  /// Moves an observation to those that are recorded, and forgets the oldest of them.
  package func markRecorded(_ observation: Observation) throws(StateError) {
    let pending = try folder(observation.source, "pending")
    let recorded = try folder(observation.source, "recorded")
    let name = Self.fileName(observation)
    guard rename("\(pending)/\(name)", "\(recorded)/\(name)") == 0 || errno == ENOENT else {
      throw PrivateFile.failure("move", "\(pending)/\(name)")
    }
    let names = try PrivateFile.names(in: recorded)
    for old in names.dropLast(Self.keptObservations) { unlink("\(recorded)/\(old)") }
  }

  /// The runs whose observations main has not taken, oldest first. Each is read when it is its turn: they may be large.
  package func pending(_ source: SourceName) throws(StateError) -> [Waiting] {
    let folder = try folder(source, "pending")
    return try PrivateFile.names(in: folder).map { Waiting(path: "\(folder)/\($0)") }
  }

  /// An observation that waits.
  package struct Waiting: Sendable, Hashable {
    fileprivate let path: String

    /// Whether it is this run's.
    package func isOf(_ run: RunID) -> Bool { path.hasSuffix("-\(run).json") }
  }

  /// Reads an observation that waits.
  package func read(_ waiting: Waiting) throws(StateError) -> Observation { try read(waiting.path) }

  /// How many observations wait, over all sources.
  package func pendingCount() throws(StateError) -> Int {
    var count = 0
    for name in try PrivateFile.names(in: path) {
      guard let source = SourceName(name) else { continue }
      count += try PrivateFile.names(in: folder(source, "pending")).count
    }
    return count
  }

  /// The observation of a run; nil when this host does not have it (any more).
  package func observation(_ source: SourceName, run: RunID) throws(StateError) -> Observation? {
    for state in ["recorded", "pending"] {
      let folder = try folder(source, state)
      for name in try PrivateFile.names(in: folder) where name.contains(run.text) {
        return try read("\(folder)/\(name)")
      }
    }
    return nil
  }

  /// A new, empty, private folder for a run's raw output; the oldest runs' are removed, and all of them where the source keeps none.
  package func evidenceFolder(_ source: SourceConfiguration, run: RunID) throws(StateError) -> String {
    let folder = try folder(source.name, "evidence")
    let runs = try PrivateFile.names(in: folder)
    for old in runs.dropLast(source.keepsEvidence ? Self.keptEvidence - 1 : 0) {
      PrivateFile.removeTree("\(folder)/\(old)")
    }
    let path = "\(folder)/\(run.text)"
    try PrivateFile.makeFolder(path)
    return path
  }

  private func read(_ path: String) throws(StateError) -> Observation {
    let bytes = try PrivateFile.read(path, limit: 1 << 30)
    return try facts { () throws(FactsError) in try Observation(parsing: bytes, document: path) }
  }

  /// Sorts by the time of looking.
  private static func fileName(_ observation: Observation) -> String {
    "\(observation.begin.fileName)-\(observation.run).json"
  }

  private func folder(_ source: SourceName, _ state: String) throws(StateError) -> String {
    let path = "\(self.path)/\(source)/\(state)"
    try PrivateFile.makeFolders(path)
    return path
  }
}
