import Facts
import Failures
import Observe
import StateRepository

extension Session {
  /// Observes sources at the same time, for most of it is waiting, and records what was seen one by one.
  ///
  /// - Returns: the sources that could not be observed or recorded, and why; each was told.
  /// - Throws: where it was interrupted.
  package func scan(
    _ sources: [SourceConfiguration], targets: [TargetName], _ loaded: LoadedConfiguration, strictReadOnly: Bool
  ) async throws -> [(source: SourceName, failure: Failure)] {
    let terms = try recordingTerms()
    var failures: [(source: SourceName, failure: Failure)] = []
    try await withThrowingTaskGroup(of: (SourceName, Result<Observation, Failure>).self) { group in
      var queue = ScanQueue(sources)
      while true {
        while let source = queue.next() {
          group.addTask { await outcome(of: source, targets, loaded, strictReadOnly) }
        }
        guard let (name, result) = try await group.next() else { break }
        try Task.checkCancellation()
        queue.end(name)
        do {
          console.note(Self.line(try await record(try result.get(), terms)))
        } catch {
          let failure = Failure(error)
          if failure.exit == .interrupted { throw failure }
          console.fail(failure)
          failures.append((name, failure))
        }
      }
    }
    return failures
  }

  private func outcome(
    of source: SourceConfiguration, _ targets: [TargetName], _ loaded: LoadedConfiguration, _ strictReadOnly: Bool
  ) async -> (SourceName, Result<Observation, Failure>) {
    do {
      let observation = try await observe(source, targets: targets, loaded, strictReadOnly: strictReadOnly)
      return (source.name, .success(observation))
    } catch {
      return (source.name, .failure(Failure(error)))
    }
  }
}

/// Which source is observed next: a few at the same time, and one alone of those whose tools lock the same thing.
struct ScanQueue {
  static let most = 4
  private var waiting: [SourceConfiguration]
  private var running: [SourceName: String] = [:]

  init(_ sources: [SourceConfiguration]) { waiting = sources }

  mutating func next() -> SourceConfiguration? {
    guard running.count < Self.most,
      let index = waiting.firstIndex(where: { !running.values.contains(Self.lock(of: $0)) })
    else { return nil }
    let source = waiting.remove(at: index)
    running[source.name] = Self.lock(of: source)
    return source
  }

  mutating func end(_ source: SourceName) { running[source] = nil }

  private static func lock(of source: SourceConfiguration) -> String {
    source.authority.asked.locksItsDirectory ? "directory \(source.directory)" : "source \(source.name)"
  }
}
