import ArgumentParser
import Engine
import Facts
import StateRepository

/// A length of time as praxis.yaml has it.
struct Length: ExpressibleByArgument {
  var seconds: Int64

  init?(argument: String) {
    guard let seconds = ConfigurationFile.seconds(argument) else { return nil }
    self.seconds = seconds
  }
}

/// The settings of a source as options; what is not given stays as it is.
struct SourceSettings: ParsableArguments {
  enum Evidence: EnumerableFlag {
    case withEvidence, withoutEvidence

    static func help(for value: Self) -> ArgumentHelp? {
      switch value {
      case .withEvidence: "Keep its tools' raw output of the last runs."
      case .withoutEvidence: "Keep none of its tools' raw output, which holds secrets as the tools wrote them."
      }
    }
  }

  @Option(help: "tofu: the program; default tofu, else terraform.") var binary: String?
  @Option(help: "tofu: the workspace.") var workspace: String?
  @Option(help: "tofu: a variables file; may be repeated.") var varFile: [String] = []
  @Option(help: "ansible: the playbook.") var playbook: String?
  @Option(help: "ansible and ansible-facts: the inventory.") var inventory: String?
  @Option(help: "ansible: the folder of ansible-playbook, where it is not on the path.") var binaryDirectory: String?
  @Option(help: "ansible: a file with the vault's password.") var vaultPasswordFile: String?
  @Option(help: "ansible: a file of extra variables; may be repeated.") var extraVarsFile: [String] = []
  @Flag(
    inversion: .prefixedNo, help: "ansible: refuse a playbook with tasks that run for real in check mode.")
  var strictReadOnly: Bool?
  @Option(help: "ansible: a task with check_mode: false that may run for real in a scan; may be repeated.")
  var allowRealTask: [String] = []
  @Option(help: "snapshot: ansible-facts.") var collector: String?
  @Option(parsing: .remaining, help: "snapshot: a program and its arguments that print the facts; comes last.")
  var command: [String] = []
  @Option(help: "snapshot: a target that the collector has to report; may be repeated.") var target: [TargetName] = []
  @Option(help: "snapshot: a pattern of facts to keep; may be repeated.") var include: [String] = []
  @Option(help: "A path that an execution reads beside the directory; may be repeated.") var reads: [String] = []
  @Option(help: "A path of the engine's host that an execution may write; may be repeated.") var writes: [String] = []
  @Flag var evidence: Evidence?
  @Option(help: "A variable of the environment to pass on; may be repeated.") var pass: [String] = []
  @Option(help: ArgumentHelp("A variable with a fixed value; may be repeated.", valueName: "name=value"))
  var setEnvironment: [String] = []
  @Option(help: "Report stale-observation when the last observation is older than this; 24h where nothing is said.")
  var maxAge: Length?
  @Option(help: "Time limit of a run; 30m where nothing is said.") var timeout: Length?

  /// All but those of its authority.
  func apply(to source: inout SourceConfiguration) throws {
    source.environment.pass = Self.list(pass) ?? source.environment.pass
    source.environment.set = try fixed() ?? source.environment.set
    source.reads = paths(reads) ?? source.reads
    source.writes = paths(writes) ?? source.writes
    if let maxAge { source.maxAgeSeconds = maxAge.seconds }
    if let timeout { source.timeoutSeconds = timeout.seconds }
    if let evidence { source.keepsEvidence = evidence == .withEvidence }
  }

  /// - Parameter present: what is set already.
  func details(of authority: AuthorityKind, over present: [Setting] = []) throws -> AuthorityConfiguration {
    var given = GivenSettings(authority, over: present)
    given.add("binary", binary)
    given.add("workspace", workspace)
    given.add("var-files", varFile)
    given.add("binary-directory", binaryDirectory.map { $0.isEmpty ? $0 : Environment.process.absolute($0) })
    given.add("playbook", playbook)
    given.add("inventory", inventory)
    given.add("vault-password-file", vaultPasswordFile)
    given.add("extra-vars-files", extraVarsFile)
    given.add("strict-read-only", strictReadOnly.map { $0 ? "true" : "" })
    given.add("allow-real-tasks", allowRealTask)
    given.add("collector", collector)
    given.add("command", command)
    given.add("targets", target.map(\.text))
    given.add("include", include)
    let details = try AuthorityConfiguration(authority, reading: &given)
    try given.finish()
    return details
  }

  /// Nil where nothing is given; an empty text is none.
  private static func list(_ given: [String]) -> [String]? { given.isEmpty ? nil : given.filter { !$0.isEmpty } }

  private func paths(_ given: [String]) -> [String]? { Self.list(given)?.map { Environment.process.absolute($0) } }

  private func fixed() throws -> [String: String]? {
    guard let given = Self.list(setEnvironment) else { return nil }
    var fixed: [String: String] = [:]
    for argument in given {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw ValidationError("--set-environment needs NAME=VALUE.") }
      // praxis.yaml is in Git, and what is in Git stays there.
      guard !Configuration.defaultRedactedKeys.contains(where: { Glob($0).matches(parts[0], ignoringCase: true) })
      else {
        throw ValidationError(
          "\(parts[0]) looks like a secret, and praxis.yaml is kept in Git. Set it in praxis' environment and use --pass."
        )
      }
      fixed[parts[0]] = parts[1]
    }
    return fixed
  }
}
