import ArgumentParser
import Engine
import Facts
import Gate

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a state repository, its policy and this host's trust in it.",
    discussion: """
      For a quick start, --generate-keys makes keys for an engine, an admin and the two operators that T3 takes, all without \
      a passphrase, in this installation's private folder. For a site, give the public keys of its people. All of it is \
      made, or nothing.
      """)

  @OptionGroup var options: GlobalOptions

  @Argument(help: "The new repository's folder.", completion: .directory)
  var folder: String

  @Option(help: ArgumentHelp("An admin and the file of their public key; may be repeated.", valueName: "name=key"))
  var admin: [String] = []

  @Option(help: ArgumentHelp("An operator and the file of their public key; may be repeated.", valueName: "name=key"))
  var `operator`: [String] = []

  @Option(
    help: "The engine's key: the private key's file, or the public one's where an agent holds the private half.",
    completion: .file())
  var engineKey: String?

  @Option(help: "The engine's name in the policy.")
  var engineName = "engine"

  @Flag(help: "Make the repository bare, for a host without people.")
  var bare = false

  @Flag(
    help:
      "This host alone executes: no shared remote has to take the record of a start. An admin changes it in the policy."
  )
  var withoutRemote = false

  @Flag(help: "Make keys for an engine, an admin and two operators.")
  var generateKeys = false

  func validate() throws {
    if generateKeys {
      guard admin.isEmpty, `operator`.isEmpty, engineKey == nil else {
        throw ValidationError("--generate-keys makes all keys; give none beside it.")
      }
    } else if admin.isEmpty || `operator`.isEmpty || engineKey == nil {
      throw ValidationError("Give --admin, --operator and --engine-key, or --generate-keys for a quick start.")
    }
  }

  func run() async throws {
    let console = options.console
    let installation = Installation(.process)
    let trustPath = options.trustPath(installation)
    let path = Environment.process.absolute(folder)
    let people = try people()
    let outcome = try await SetUp(
      console: console, environment: .process, trustPath: trustPath, repository: path, isBare: bare,
      withoutRemote: withoutRemote, people: people
    ).make()
    console.result("state repository: \(path)")
    switch outcome {
    case .made(let introduction):
      console.result("introduction:     \(introduction.hex), pinned in \(trustPath)")
    case .finished(let introduction):
      console.result("introduction:     \(introduction.hex)")
      console.warn(
        "An earlier praxis init was interrupted and is completed now. The arguments of this call were not used.")
      return
    }
    switch people {
    case .generated:
      let names = ["engine", "admin"] + SetUp.generatedOperators
      console.result("keys:             \(installation.keys)/{\(names.joined(separator: ","))}, without a passphrase")
      console.note(
        "T3 takes two people: \(SetUp.generatedOperators.joined(separator: " and ")). Give each key to its person and remove it here; while both lie here, one person can approve alone."
      )
    case .given(_, _, let operators) where Set(operators.map(\.name)).count < 2:
      console.note(
        "T3 takes two operators, and the policy has one: until an admin names another in \(Layout.policy), nothing of T3 can be approved."
      )
    case .given: break
    }
    if !withoutRemote {
      console.note(
        "Before anything is executed: give it a remote (git -C \(path) remote add origin URL). Or init with --without-remote if this host alone executes."
      )
    }
    console.note(
      "Next: praxis source add NAME --authority \(AuthorityKind.allCases.map(\.rawValue).joined(separator: "|")) …, then praxis scan."
    )
  }

  private func people() throws -> SetUp.People {
    guard !generateKeys else { return .generated }
    let key = Environment.process.absolute(engineKey ?? "")
    return .given(
      engine: .init(name: engineName, key: key), admins: try admin.map(Self.person),
      operators: try `operator`.map(Self.person))
  }

  private static func person(_ argument: String) throws -> SetUp.Person {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw ValidationError("NAME=KEY is needed, not \(argument).")
    }
    return SetUp.Person(name: parts[0], key: try SigningKey(named: Environment.process.absolute(parts[1])).publicKey())
  }
}
