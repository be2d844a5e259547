import ArgumentParser
import Engine
import Facts
import Failures
import Report
import StateRepository
import StrictJSON

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "The verdict for each source, what was observed, and how long ago.",
    discussion: "Exit code: 0 in sync, 2 drift, 3 not everything is known. Age is computed when you ask.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var knowledge: KnowledgeOptions
  @Argument(help: "Sources; none: all.") var sources: [SourceName] = []
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    guard let knownAt = knowledge.knownAt else {
      // What a removed source still has open is reported, also where no other source is left.
      let removed = try await session.store.removedSources(at: session.store.tip())
      if removed.isEmpty || !sources.isEmpty { _ = try await session.sources(sources) }
      return try await Self.conclude(session, options.console, about: sources, json: json, after: [])
    }
    let answers = try await FactQueries(session, upTo: session.store.tip(), usesIndex: !knowledge.withoutIndex)
    guard let past = try await Past(knownAt, answers) else { return }
    try await Self.conclude(session, options.console, about: sources, json: json, after: [], past: past)
  }

  /// Shows the status and ends with its verdict; what failed on the way weighs more.
  static func conclude(
    _ session: Session, _ console: TerminalConsole, about sources: [SourceName], json: Bool,
    after failures: [(source: SourceName, failure: Failure)], past: Past? = nil
  ) async throws {
    let tip = try await session.store.tip()
    let unverified = failures.isEmpty ? try await session.warnUnlessVerified(tip) : nil
    let isVerified = failures.isEmpty ? unverified == nil : await Verification(session).objectionToReading(tip) == nil
    let ends = failures.map(\.failure.exit) + (unverified.map { [$0.exitOfAnswer] } ?? [])
    let worst = ends.max { $0.gravity < $1.gravity }
    let status: FleetStatus
    do {
      status = try await session.store.status(
        at: past?.transaction.commit ?? tip, of: sources, now: past?.instant ?? Environment.process.now(),
        isVerified: isVerified, failed: failures.map(\.source),
        // What waits now was not known then.
        unrecorded: past == nil ? session.spool.pendingCount() : 0)
    } catch {
      // A refusal that came before is what it ends with.
      guard let worst, worst.gravity > Failure(error).exit.gravity else { throw error }
      console.fail(Failure(error))
      throw ExitCode(worst.rawValue)
    }
    let report = StatusReport(status)
    if json {
      console.result(report.bytes)
    } else {
      console.result(report.text(palette: console.palette, width: console.width))
    }
    if let worst, worst != .incomplete || status.verdict != .drift {
      throw ExitCode(worst.rawValue)
    }
    switch status.verdict {
    case .inSync: return
    case .drift: throw ExitCode(Exit.drift.rawValue)
    case .incomplete: throw ExitCode(Exit.incomplete.rawValue)
    }
  }
}

extension Failure {
  /// What an answer over a main that this objects to ends with. Nothing is wrong with one that is behind, but for its age.
  var exitOfAnswer: Exit { code == .behind ? .incomplete : exit }
}

extension Exit {
  /// Which of several failures a command ends with.
  var gravity: Int {
    switch self {
    case .refused: 3
    case .failure: 2
    case .busy: 1
    default: 0
    }
  }
}
