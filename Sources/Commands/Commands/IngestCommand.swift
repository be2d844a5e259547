import ArgumentParser
import Engine
import Facts
import Observe
import StateRepository

struct IngestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ingest", abstract: "Record what a tool said elsewhere, such as a CI job's artifacts.",
    discussion: """
      tofu: refresh-only.jsonl, refresh-only.json (show -json), refresh-only.rc, state.json (show -json before the run), and \
      plan.jsonl, plan.json, plan.rc of the normal plan. ansible: events.jsonl or run.json, ansible.rc, targets.txt (the \
      declared hosts, one a line). snapshot: <target>.json each.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument var source: SourceName
  @Option(name: .customLong("from"), help: "The folder with the tool's output.") var folder: String
  @Option(help: "When the tool began to look, RFC 3339.") var observedAt: Instant
  @Flag(help: "The status as JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let (loaded, chosen) = try await session.sources([source])
    let now = Environment.process.now()
    guard observedAt <= now else {
      throw Failure(.failure, "bad-time", "--observed-at lies in the future")
    }
    let request = try await session.request(chosen[0], targets: nil, loaded, strictReadOnly: false)
    let path = Environment.process.absolute(folder)
    var observation: Observation
    switch chosen[0].authority {
    case .tofu: observation = try OpenTofu.ingest(request, begin: observedAt, end: now, folder: path)
    case .ansible: observation = try AnsibleAuthority.ingest(request, begin: observedAt, end: now, folder: path)
    case .snapshot: observation = try SnapshotAuthority.ingest(request, begin: observedAt, end: now, folder: path)
    }
    observation = observation.naming(request.redactor, under: nil)
    if observation.begin < observedAt {
      session.console.warn(
        "\(source): the recording says that it began at \(observation.begin); that counts, not --observed-at")
    }
    try session.spool.keep(observation)
    session.console.note(Session.line(try await session.record(observation, session.recordingTerms())))
    try await StatusCommand.conclude(session, options.console, about: [source], json: json, after: [])
  }
}
