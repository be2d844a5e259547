import ArgumentParser
import Converge
import Engine
import Failures
import Glibc
import Processes
import StrictJSON

/// `praxis`.
package struct PraxisCommand: AsyncParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "praxis",
    abstract: "Finds where a fleet differs from what is declared, and keeps every finding as a fact in Git.",
    discussion: """
      praxis observes, through OpenTofu or Terraform, Ansible and your own collectors, and writes what it found into a Git \
      repository that plain git can read. Observing changes nothing; a fix needs a proposal that a person approved.

      Exit codes: 0 in sync (or done), 1 error, 2 drift, 3 not everything could be observed, 4 refused, 5 busy, \
      6 executed and drift remains, 64 invalid arguments, 130 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      InitCommand.self, SourceCommand.self, DoctorCommand.self, ScanCommand.self, ObserveCommand.self,
      DiffCommand.self, IngestCommand.self, StatusCommand.self, FindingsCommand.self, ShowCommand.self,
      HistoryCommand.self,
      ProposeCommand.self, ReviewCommand.self, ApproveCommand.self, RevokeCommand.self, WithdrawCommand.self,
      ExecuteCommand.self, SyncCommand.self, MaintainCommand.self, TraceCommand.self, AuditCommand.self,
      EngineCommand.self, PolicyCommand.self,
      TrustCommand.self,
      ExplainCommand.self,
    ])

  package init() {}

  /// Parses the command line, runs the command, and ends the process with its exit code.
  package static func start() async {
    var exit = Exit.success.rawValue
    // What is opened next would get the number of an output that the caller closed, and the answer would be written into it.
    for descriptor in Int32(0)...2 where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDONLY) }
    // A reader that goes away breaks nothing off. It is a handler and not SIG_IGN, which every program that is started would inherit.
    signal(SIGPIPE) { _ in }
    do {
      let words = GlobalOptions.behindTheCommand(Array(CommandLine.arguments.dropFirst()))
      try refuseMistyped(words)
      var command = try await asyncParseAsRoot(words)
      if let asynchronous = command as? any AsyncParsableCommand {
        try await run(asynchronous)
      } else {
        try command.run()
      }
    } catch let code as ExitCode {
      exit = code.rawValue
    } catch let failure as Failure {
      TerminalConsole(color: .never, isQuiet: false).fail(failure)
      exit = failure.exit.rawValue
    } catch {
      // Help, version, and words that are off: ArgumentParser knows how to say them.
      exit = Self.exitCode(for: error).rawValue
      let console = TerminalConsole(color: .never, isQuiet: false)
      exit == Exit.success.rawValue ? console.result(fullMessage(for: error)) : console.note(fullMessage(for: error))
    }
    // Whoever reads half of an answer, or none, must not take it for a whole one.
    if let failure = UnwrittenResult.failure {
      TerminalConsole(color: .never, isQuiet: false).fail(failure)
      exit = failure.exit.rawValue
    }
    Glibc.exit(exit)
  }

  /// Names the command that was meant. ArgumentParser does so for options, and calls a mistyped command an unexpected argument.
  static func refuseMistyped(_ words: [String]) throws(ValidationError) {
    var command: any ParsableCommand.Type = self
    for word in words {
      let commands = command.configuration.subcommands
      if let next = commands.first(where: { $0._commandName == word }) {
        command = next
        continue
      }
      guard !commands.isEmpty, !word.hasPrefix("-"), word != "help",
        let meant = Failure.nearest(to: word, among: commands.map { $0._commandName })
      else { return }
      throw ValidationError("Unexpected argument '\(TerminalSafe.escaped(word))'. Did you mean '\(meant)'?")
    }
  }

  private static func run(_ command: any AsyncParsableCommand) async throws {
    let box = Unsent(command)
    do {
      // A tool that changes the fleet gets its time to stop; a second signal must not cut it off.
      let patience = command is ExecuteCommand ? Actuation.grace : .seconds(10)
      try await Interruption.withInterruption(patience: patience) {
        var command = box.value
        try await command.run()
      }
    } catch let code as ExitCode {
      throw code
    } catch is Interrupted where PendingExit.value != nil {
      throw ExitCode((PendingExit.value ?? .interrupted).rawValue)
    } catch is Interrupted {
      throw Failure(CancellationError())
    } catch {
      if isForArgumentParser(error) { throw error }
      throw Failure(error)
    }
  }

  private static func isForArgumentParser(_ error: any Error) -> Bool {
    error is ValidationError || error is CleanExit
  }
}

/// Carries the parsed command into the task that runs it; nothing else holds it.
private struct Unsent<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
