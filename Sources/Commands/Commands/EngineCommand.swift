import ArgumentParser
import Engine
import Facts
import Report

struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine", abstract: "This host's engine: join a repository that is there, exchange its key.",
    subcommands: [Join.self, RotateKey.self])

  struct Join: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make this host an engine of a repository that others set up.",
      discussion: """
        In a clone, with a copy of the trust file from another host: makes the engine's key, verifies main, and prints what an admin has to \
        sign. After a lost disk, the same name takes a new key in the place of the old one.
        """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "The clone's folder.", completion: .directory) var folder: String
    @Option(help: "The copy of another host's trust.json.", completion: .file()) var trustFrom: String
    @Option(help: "The engine's name in the policy.") var name: PersonName

    func run() async throws {
      let environment = Environment.process
      let offer = try await EngineSetUp(console: options.console, environment: environment).join(
        as: name, trusting: environment.absolute(trustFrom), repository: environment.absolute(folder),
        trustPath: options.trustPath(Installation(environment)))
      options.console.result(offer.text)
    }
  }

  struct RotateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give this host's engine a new key.",
      discussion: """
        The first call makes the key and prints what an admin has to sign; the old one signs until then. Once main has the change, a second \
        call takes the new key into use.
        """)
    @OptionGroup var options: GlobalOptions

    func run() async throws {
      let session = try await options.open()
      let offer = try await EngineSetUp(console: options.console, environment: .process).rotateKey(in: session)
      options.console.result(offer.text)
      guard offer.isInForce else { return options.console.note("Next, once main has it: praxis engine rotate-key.") }
    }
  }
}
