import ArgumentParser
import Engine
import Facts
import Report

struct EngineCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine",
    abstract: "This host's engine: join a repository that is there, exchange its key, share redaction keys.",
    subcommands: [Join.self, RotateKey.self, RequestKeys.self, ShareKeys.self, TakeKeys.self])

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
  struct RequestKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Ask for the redaction keys of this engine's sources.",
      discussion: """
        Writes a request that this engine signs, and prints where it lies; praxis engine join has made the first one. It is no secret. Whoever \
        runs an engine that has the keys gets it, and seals them: praxis engine share-keys.
        """)
    @OptionGroup var options: GlobalOptions

    func run() async throws { options.console.result(try await options.open().requestKeys()) }
  }

  struct ShareKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Seal redaction keys for another engine.",
      discussion: """
        Of each source that the policy lets both engines record, all epochs. The request has to be signed by an engine of the policy. \
        Nobody but that engine can open FILE, and it takes FILE from no other engine: praxis engine take-keys.
        """)
    @OptionGroup var options: GlobalOptions
    @Option(help: "The other engine's request.", completion: .file()) var to: String
    @Option(name: .shortAndLong, help: "The file to write; one that is there is not overwritten.", completion: .file())
    var output: String

    func run() async throws {
      let environment = Environment.process
      let done = try await options.open().shareKeys(
        to: environment.absolute(to), output: environment.absolute(output))
      options.console.result(done.text)
      options.console.note("Next, on \(done.engine): praxis engine take-keys FILE.")
    }
  }

  struct TakeKeys: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take over redaction keys that another engine sealed for this one.",
      discussion: """
        Everything is checked before anything is written: who signed, for whom, and what main says of each key. A key that is here is never \
        replaced by another one. A call that was broken off is made again.
        """)
    @OptionGroup var options: GlobalOptions
    @Argument(help: "What praxis engine share-keys wrote.", completion: .file()) var file: String

    func run() async throws {
      options.console.result(try await options.open().takeKeys(from: Environment.process.absolute(file)).text)
    }
  }
}
