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
    discussion: "Exit code: 0 in sync, 2 drift, 3 not everything could be looked at.")

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
      var waiting = chosen[...]
      for source in waiting.prefix(4) { group.addTask { await observe(source, session, loaded) } }
      waiting = waiting.dropFirst(4)
      while let (name, result) = try await group.next() {
        try Task.checkCancellation()
        if let source = waiting.popFirst() { group.addTask { await observe(source, session, loaded) } }
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
