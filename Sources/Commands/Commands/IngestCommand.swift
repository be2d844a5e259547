import ArgumentParser
import Engine
import Facts
import StateRepository
import StrictJSON

struct IngestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest", abstract: "Record what a tool said elsewhere, such as a CI job's artifacts.",
    discussion: """
      tofu: refresh-only.jsonl, refresh-only.json (show -json), refresh-only.rc, state.json (show -json before the run), \
      stored.json (state pull), and plan.jsonl, plan.json, plan.rc of the normal plan. ansible: events.jsonl or run.json, ansible.rc, targets.txt (the \
      declared hosts, one a line). snapshot: <target>.json each.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument var source: SourceName
  @Option(name: .customLong("from"), help: "The folder with the tool's output.", completion: .directory) var folder:
    String
  @Option(help: "When the facts were read, RFC 3339. Output of tofu and ansible says it itself.")
  var observedAt: Timestamp?
  @Flag(help: "The status as JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let (loaded, chosen) = try await session.sources([source])
    let recorded = try await session.ingest(
      chosen[0], loaded, from: Environment.process.absolute(folder), observedAt: observedAt)
    session.console.note(Session.line(recorded))
    try await session.publish()
    try await StatusCommand.conclude(session, options.console, about: [source], json: json, after: [])
  }
}
