import ArgumentParser
import Engine
import Facts
import Failures
import Report
import StateRepository

/// A length of time as praxis.yaml has it.
struct Length: ExpressibleByArgument {
  var seconds: Int64

  init(seconds: Int64) { self.seconds = seconds }

  init?(argument: String) {
    guard let seconds = ConfigurationFile.seconds(argument) else { return nil }
    self.seconds = seconds
  }

  var defaultValueDescription: String { seconds % 3_600 == 0 ? "\(seconds / 3_600)h" : "\(seconds / 60)m" }
}

struct SourceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "source", abstract: "The sources that are observed: add, list, check.",
    subcommands: [Add.self, List.self, Check.self, RotateKeyCommand.self])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a source to praxis.yaml, as a commit signed by an admin.")

    @OptionGroup var options: GlobalOptions
    @Argument(completion: Completions.none) var name: SourceName
    @Option(help: "\(AuthorityKind.names()).") var authority: AuthorityKind
    @Option(help: "Where the tool runs.", completion: .directory) var directory: String
    @Option(help: "tofu: the program; default tofu, else terraform.") var binary: String?
    @Option(help: "tofu: the workspace.") var workspace: String?
    @Option(help: "tofu: a variables file; may be repeated.") var varFile: [String] = []
    @Option(help: "ansible: the playbook.") var playbook: String?
    @Option(help: "ansible and ansible-facts: the inventory.") var inventory: String?
    @Option(help: "ansible: the folder of ansible-playbook, where it is not on the path.") var binaryDirectory: String?
    @Option(help: "ansible: a file with the vault's password.") var vaultPasswordFile: String?
    @Option(help: "ansible: a file of extra variables; may be repeated.") var extraVarsFile: [String] = []
    @Flag(help: "ansible: refuse a playbook with tasks that run for real in check mode.") var strictReadOnly = false
    @Option(help: "ansible: a task with check_mode: false that may run for real in a scan; may be repeated.")
    var allowRealTask: [String] = []
    @Option(help: "snapshot: ansible-facts.") var collector: String?
    @Option(parsing: .remaining, help: "snapshot: a program and its arguments that print the facts; comes last.")
    var command: [String] = []
    @Option(help: "snapshot: a target that the collector has to report; may be repeated.") var target: [TargetName] = []
    @Option(help: "snapshot: a pattern of facts to keep; may be repeated.") var include: [String] = []
    @Option(help: "A path that an execution reads beside the directory; may be repeated.") var reads: [String] = []
    @Option(help: "A path of the engine's host that an execution may write; may be repeated.") var writes: [String] = []
    @Flag(help: "Keep none of its tools' raw output, which holds secrets as the tools wrote them.")
    var withoutEvidence = false
    @Option(help: "A variable of the environment to pass on; may be repeated.") var pass: [String] = []
    @Option(help: ArgumentHelp("A variable with a fixed value; may be repeated.", valueName: "name=value"))
    var setEnvironment: [String] = []
    @Option(help: "Report stale-observation when the last observation is older than this.")
    var maxAge = Length(seconds: SourceConfiguration.defaultMaxAgeSeconds)
    @Option(help: "Time limit of a run, such as 30m.") var timeout = Length(seconds: Bounds.run)
    @OptionGroup var admin: AdminOptions

    func run() async throws {
      let session = try await options.open()
      let source = SourceConfiguration(
        name: name, authority: try details(), directory: Environment.process.absolute(directory),
        environment: try passed(), maxAgeSeconds: maxAge.seconds, timeoutSeconds: timeout.seconds,
        reads: reads.map { Environment.process.absolute($0) }, writes: writes.map { Environment.process.absolute($0) },
        keepsEvidence: !withoutEvidence)
      let remote = try await Remote(publishing: session)
      let changed = try await session.inTurn {
        try await ApprovalWorkflow(session, sharedOn: remote).add(source, admin.signing)
      }
      options.console.result(changed.text("\(name): \(authority.rawValue) source added"))
    }

    private func details() throws -> AuthorityConfiguration {
      var given = GivenSettings(authority)
      given.add("binary", binary)
      given.add("workspace", workspace)
      given.add("var-files", varFile)
      given.add("binary-directory", binaryDirectory.map { Environment.process.absolute($0) })
      given.add("playbook", playbook)
      given.add("inventory", inventory)
      given.add("vault-password-file", vaultPasswordFile)
      given.add("extra-vars-files", extraVarsFile)
      given.add("strict-read-only", strictReadOnly ? "true" : nil)
      given.add("allow-real-tasks", allowRealTask)
      given.add("collector", collector)
      given.add("command", command)
      given.add("targets", target.map(\.text))
      given.add("include", include)
      let details = try AuthorityConfiguration(authority, reading: &given)
      try given.finish()
      return details
    }

    private func passed() throws -> SourceConfiguration.PassedEnvironment {
      var fixed: [String: String] = [:]
      for argument in setEnvironment {
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
      return .init(pass: pass, set: fixed)
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The sources of praxis.yaml.")
    @OptionGroup var options: GlobalOptions
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      let session = try await options.open()
      let loaded = try await session.store.configuration(at: session.store.tip())
      let report = SourcesReport(loaded.configuration.sources)
      json ? options.console.result(report.json) : options.console.result(report.text)
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Whether each source's tool and folder are there; observes nothing.")
    @OptionGroup var options: GlobalOptions
    @Argument var names: [SourceName] = []

    func run() async throws {
      let session = try await options.open()
      let (_, sources) = try await session.sources(names)
      let checks = sources.flatMap { SourceChecks.run($0, path: Environment.process.value("PATH") ?? "") }
      if !checks.isEmpty { options.console.result(HealthReport(checks).text) }
      if checks.contains(where: { !$0.isOK }) { throw ExitCode(Exit.failure.rawValue) }
    }
  }
}
