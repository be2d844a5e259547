import ArgumentParser
import Engine
import Facts
import Failures
import Report
import StateRepository

struct SourceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "source", abstract: "The sources that are observed: add, edit, rename, retire, remove, list, check.",
    subcommands: [
      Add.self, Edit.self, Rename.self, Retire.self, Remove.self, List.self, Check.self, RotateKeyCommand.self,
    ])

  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a source to praxis.yaml, as a commit signed by an admin.")

    @OptionGroup var options: GlobalOptions
    @Argument(completion: Completions.none) var name: SourceName
    @Option(help: "\(AuthorityKind.names()).") var authority: AuthorityKind
    @Option(help: "Where the tool runs.", completion: .directory) var directory: String
    @OptionGroup var settings: SourceSettings
    @OptionGroup var admin: AdminOptions

    func run() async throws {
      let session = try await options.open()
      var source = SourceConfiguration(
        name: name, authority: try settings.details(of: authority),
        directory: Environment.process.absolute(directory),
        maxAgeSeconds: SourceConfiguration.defaultMaxAgeSeconds)
      try settings.apply(to: &source)
      let added = source
      let changed = try await session.deciding(sharedOn: Remote(publishing: session)) {
        try await $0.add(added, admin.signing)
      }
      options.console.result(changed.text("\(name): \(authority.rawValue) source added"))
    }
  }

  struct Edit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Change settings of a source in praxis.yaml, as a commit signed by an admin.",
      discussion: """
        Only what is given changes. A list that is given takes the place of the one that is there; an empty value takes a \
        setting away. The entry is written anew: comments within it are not kept, all others are. A source keeps its authority.
        """)

    @OptionGroup var options: GlobalOptions
    @Argument(completion: Completions.sources) var name: SourceName
    @Option(help: "Where the tool runs.", completion: .directory) var directory: String?
    @OptionGroup var settings: SourceSettings
    @OptionGroup var admin: AdminOptions

    func run() async throws {
      try await SourceCommand.change(name, saying: "edit \(name)", shown: "\(name): source edited", options, admin) {
        source in
        var source = source
        if let directory { source.directory = Environment.process.absolute(directory) }
        source.authority = try settings.details(of: source.authority.kind, over: source.authority.settings)
        try settings.apply(to: &source)
        return source
      }
    }
  }

  struct Rename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Give a source of praxis.yaml another name, as a commit signed by an admin.",
      discussion: """
        A finding's id holds its source's name, so this removes one source and adds another: what was found under the old name \
        ends as undeclared with the next scan, and what is still there is found anew under the new one. See praxis source remove --help.
        """)

    @OptionGroup var options: GlobalOptions
    @Argument(completion: Completions.sources) var old: SourceName
    @Argument(completion: Completions.none) var new: SourceName
    @OptionGroup var admin: AdminOptions

    func run() async throws {
      try await SourceCommand.change(
        old, saying: "rename \(old) to \(new)", shown: "\(old): source renamed to \(new)", options, admin
      ) { source in
        var source = source
        source.name = new
        return source
      }
    }
  }

  struct Retire: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add targets to retired: of a source in praxis.yaml, as a commit signed by an admin.",
      discussion: """
        What is open of a target that is gone for good, or of a play that is meant to match no host, ends as undeclared with the \
        next scan of the whole source that does not find it declared.
        """)

    @OptionGroup var options: GlobalOptions
    @Argument(completion: Completions.sources) var name: SourceName
    @Argument var targets: [TargetName]
    @OptionGroup var admin: AdminOptions

    func run() async throws {
      let session = try await options.open()
      for target in targets {
        try await session.requireKnown([name], target: target.text, at: session.store.tip())
      }
      try await SourceCommand.change(
        name, saying: "retire targets of \(name)", shown: "\(name): \(targets.count) retired", options, admin
      ) { source in
        var source = source
        for target in targets where !source.retired.contains(target) { source.retired.append(target) }
        return source
      }
    }
  }

  struct Remove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a source out of praxis.yaml, as a commit signed by an admin.",
      discussion: """
        What was found stays reported until an engine that records the source has ended it as undeclared, which its next scan \
        does. Proposals for the source are refused from now on. A single target goes with praxis source retire.
        """)

    @OptionGroup var options: GlobalOptions
    @Argument(completion: Completions.sources) var name: SourceName
    @OptionGroup var admin: AdminOptions

    func run() async throws {
      try await SourceCommand.change(
        name, saying: "remove \(name)", shown: "\(name): source removed", options, admin
      ) { _ in nil }
    }
  }

  /// - Parameter shown: what was done, for the answer.
  private static func change(
    _ name: SourceName, saying words: String, shown: String, _ options: GlobalOptions, _ admin: AdminOptions,
    to next: (SourceConfiguration) throws -> SourceConfiguration?
  ) async throws {
    let session = try await options.open()
    let (changed, remains) = try await session.deciding(sharedOn: Remote(publishing: session)) { workflow in
      var isGone = false
      let changed = try await workflow.change(name, saying: words, admin.signing) { source in
        let source = try next(source)
        isGone = source?.name != name
        return source
      }
      return (changed, isGone ? try await workflow.remains(of: name) : nil)
    }
    options.console.result(([changed.text(shown)] + (remains?.lines(of: name) ?? [])).joined(separator: "\n"))
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
