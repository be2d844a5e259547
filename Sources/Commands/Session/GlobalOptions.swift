import ArgumentParser
import Engine
import Facts

/// What every command takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: "The state repository; else $PRAXIS_REPO, else the one around the current folder.", completion: .directory)
  var repo: String?

  @Option(help: "The trust file; else $PRAXIS_TRUST, else the one of this installation.", completion: .file())
  var trust: String?

  @Flag(name: .long, help: "Say nothing but results and errors.")
  var quiet = false

  @Option(help: "auto, always or never.")
  var color: TerminalConsole.Color = .auto

  /// The trust file that counts for this call.
  func trustPath(_ installation: Installation) -> String { Session.trustPath(trust, installation, .process) }

  var console: TerminalConsole { TerminalConsole(color: color, isQuiet: quiet) }

  /// Opens the repository that these options name.
  func open() async throws -> Session {
    try await Session.open(repository: repo, trust: trust, console: console, environment: .process)
  }

  /// Lets these options stand before the command, too: `praxis --repo PATH status`.
  ///
  /// ArgumentParser reads options where their command is; what stands before it is moved behind it.
  static func behindTheCommand(_ arguments: [String]) -> [String] {
    var moved: [String] = []
    var rest = arguments[...]
    while let first = rest.first {
      if first == "--quiet" || ["--repo=", "--trust=", "--color="].contains(where: first.hasPrefix) {
        moved.append(rest.removeFirst())
      } else if ["--repo", "--trust", "--color"].contains(first), rest.count > 1 {
        moved += [rest.removeFirst(), rest.removeFirst()]
      } else {
        break
      }
    }
    guard !moved.isEmpty else { return arguments }
    let words = rest.first.map { ["source", "propose", "policy", "trust", "engine"].contains($0) } == true ? 2 : 1
    return rest.prefix(words) + moved + rest.dropFirst(words)
  }
}

extension TerminalConsole.Color: ExpressibleByArgument {}

extension SourceName: ExpressibleByArgument {
  /// Those of the state repository.
  package static var defaultCompletionKind: CompletionKind { Completions.sources }

  /// From a word of the command line.
  package init?(argument: String) { self.init(argument) }
}

extension GivenID: ExpressibleByArgument {
  /// Those of the state repository.
  package static var defaultCompletionKind: CompletionKind {
    ID.self == FindingID.self ? Completions.findings : Completions.proposals
  }

  /// From a word of the command line.
  package init?(argument: String) { self.init(argument) }
}

extension Timestamp: ExpressibleByArgument {
  /// From a word of the command line.
  package init?(argument: String) { self.init(rfc3339: argument) }
}

extension TargetName: ExpressibleByArgument {
  /// From a word of the command line.
  package init?(argument: String) { self.init(argument) }
}

extension AuthorityKind: ExpressibleByArgument {}
extension Kind: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}

/// Under whose name and key a person acts.
struct SigningOptions: ParsableArguments {
  @Option(name: .customLong("as"), help: "Your name in the policy; the key has to be yours.")
  var person: String?

  @Option(
    help: ArgumentHelp(
      "The file of your key, or of its public half where an agent holds it; else this installation's operator key, else what git signs with (user.signingkey).",
      valueName: "key"), completion: .file())
  var signWith: String?

  var isGiven: Bool { person != nil || signWith != nil }
  var signing: Signing { Signing(person: person, key: signWith) }
}

/// Under whose name and key an admin decides.
struct AdminOptions: ParsableArguments {
  @Option(help: "The admin's name in the policy; the key has to be theirs.")
  var admin: String?

  @Option(
    help: ArgumentHelp(
      "The file of the admin's key, or of its public half where an agent holds it; else this installation's admin key, else what git signs with (user.signingkey).",
      valueName: "key"), completion: .file())
  var signWith: String?

  var signing: Signing { Signing(person: admin, key: signWith, own: "admin") }
}

extension PersonName: ExpressibleByArgument {
  /// From a word of the command line.
  package init?(argument: String) { self.init(argument) }
}
