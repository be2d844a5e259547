import ArgumentParser
import Engine
import Git
import Report

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Read main from its introduction on and name every commit and file that breaks a rule.",
    discussion: """
      Signatures, classes and paths, policy versions, the form and name of every file, both time axes, the ledger of executions. A \
      clone and the trust file are enough: nothing else is trusted.

      Exit code: 0 clean, 3 no rule is broken but a source was not observed for longer than it allows, 4 a rule is broken, an object is \
      damaged or main is older than this host has verified, 1 not all could be read for another reason.
      """)

  @OptionGroup var options: GlobalOptions
  @Option(
    help: ArgumentHelp(
      "Go on after this commit (40 digits), or after the last audit's 'checkpoint'. An audit of this installation has to have found nothing up to there.",
      valueName: "commit"))
  var from: AuditStart?
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let isQuiet = options.quiet
    let audited = try await session.audit(from: from) { done, all in
      if !isQuiet { ProgressLine.shared.show("audit: commit \(done) of \(all)") }
    }
    json ? options.console.result(audited.json) : options.console.result(audited.text)
    if let forgotten = audited.forgotten { options.console.fail(forgotten) }
    if let exit = audited.exit { throw ExitCode(exit.rawValue) }
  }
}

extension AuditStart: ExpressibleByArgument {
  /// From a word of the command line.
  package init?(argument: String) {
    if argument == "checkpoint" {
      self = .checkpoint
    } else if let id = ObjectID(hex: argument) {
      self = .commit(id)
    } else {
      return nil
    }
  }
}
