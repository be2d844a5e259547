import ArgumentParser
import Engine
import Facts
import Failures
import Observe
import Report
import StateRepository
import StrictJSON

struct ScanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan", abstract: "Look at every source, or those named, and record what is found.",
    discussion: "Exit code: 0 in sync, 2 drift, 3 not everything could be observed.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Sources; none: all.") var sources: [SourceName] = []
  @Option(help: "Only this target; may be repeated. Other targets keep their findings and their age.")
  var target: [TargetName] = []
  @Flag(help: "Refuse to run tasks that run for real even in check mode.") var strictReadOnly = false
  @Flag(help: "The status as JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let (loaded, chosen) = try await session.sources(sources)
    let terms = try session.recordingTerms()
    var failures: [(source: SourceName, failure: Failure)] = []
    // The authorities are asked at the same time: most of it is waiting. What they saw is recorded one by one.
    try await withThrowingTaskGroup(of: (SourceName, Result<Observation, Failure>).self) { group in
      var queue = ScanQueue(chosen)
      while let source = queue.next() { group.addTask { await observe(source, session, loaded) } }
      while let (name, result) = try await group.next() {
        try Task.checkCancellation()
        queue.end(name)
        while let source = queue.next() { group.addTask { await observe(source, session, loaded) } }
        do {
          let observation = try result.get()
          let recorded = try await session.record(observation, terms)
          ProgressLine.shared.clear()
          session.console.note(Session.line(recorded))
        } catch {
          let failure = Failure(error)
          if failure.exit == .interrupted { throw failure }
          ProgressLine.shared.clear()
          session.console.fail(failure)
          failures.append((name, failure))
        }
      }
    }
    ProgressLine.shared.clear()
    try await StatusCommand.conclude(session, options.console, about: chosen.map(\.name), json: json, after: failures)
  }

  private func observe(
    _ source: SourceConfiguration, _ session: Session, _ loaded: LoadedConfiguration
  ) async -> (SourceName, Result<Observation, Failure>) {
    do {
      let observation = try await session.observe(source, targets: target, loaded, strictReadOnly: strictReadOnly)
      return (source.name, .success(observation))
    } catch {
      return (source.name, .failure(Failure(error)))
    }
  }
}

/// Which source is asked next: a few at the same time, and of those over one root module, which lock one state, one.
private struct ScanQueue {
  private static let most = 4
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
    source.authority.kind == .tofu ? source.directory : source.name.text
  }
}
