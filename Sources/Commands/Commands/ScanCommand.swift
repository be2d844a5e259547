import ArgumentParser
import Engine
import Facts
import Failures
import Report

struct ScanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan", abstract: "Observe every source, or those named, and record what is found.",
    discussion: "Exit code: 0 in sync, 2 drift, 3 not everything could be observed.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "Sources; none: all.") var sources: [SourceName] = []
  @Option(help: "Only this target; may be repeated. Other targets keep their findings and their age.")
  var target: [TargetName] = []
  @Flag(help: "Refuse to run tasks that run for real even in check mode.") var strictReadOnly = false
  @Flag(help: "The status as JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    if try await session.endRemovedSources() { try await session.publish() }
    let (loaded, chosen) = try await session.sources(sources, of: session.configurationOfTools())
    let failures = try await session.scan(chosen, targets: target, loaded, strictReadOnly: strictReadOnly)
    try await session.publish()
    try await StatusCommand.conclude(session, options.console, about: sources, json: json, after: failures)
  }
}
