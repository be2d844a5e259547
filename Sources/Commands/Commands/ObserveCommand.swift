import ArgumentParser
import Engine
import Facts
import Files
import Gate
import StateRepository

struct ObserveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "observe", abstract: "Observe one source and write what was seen to a file; record nothing.",
    discussion: "Beside FILE lies FILE.sig, this engine's signature in namespace praxis-observation.")

  @OptionGroup var options: GlobalOptions
  @Argument var source: SourceName
  @Option(help: "Only this target; may be repeated.") var target: [TargetName] = []
  @Option(name: .shortAndLong, help: "The observation's file.", completion: .file()) var output: String
  @Flag(help: "Refuse to run tasks that run for real even in check mode.") var strictReadOnly = false

  func run() async throws {
    let session = try await options.open()
    let (loaded, chosen) = try await session.sources([source], of: session.configurationOfTools())
    let request = try await session.request(chosen[0], targets: target, loaded, strictReadOnly: strictReadOnly)
    let observation = try await Session.ask(request)
    let bytes = observation.bytes
    let engine = try session.installation.readEngine()
    let armour = try await SigningKey(path: engine.key).sign(bytes, namespace: ObservationWorkflow.signatureNamespace)
    let path = Environment.process.absolute(output)
    try OwnFile.write(Array(armour.utf8), to: "\(path).sig")
    try OwnFile.write(bytes, to: path)
    let states = Dictionary(grouping: observation.targets, by: \.state).mapValues(\.count)
      .sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.value) \($0.key.rawValue)" }
    session.console.note("\(source): \(states.joined(separator: ", ")); written to \(path)")
  }
}
