import ArgumentParser
import Engine
import Failures

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "What a word of praxis' means, and what to do.",
    discussion: "A kind, a cause, a reason for not having observed, a way in which a finding ended, a verdict, "
      + "a refusal's or a failure's reason in brackets, an exit code.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "The word, such as skipped-in-check-mode.") var code: String

  func run() async throws {
    let found = Glossary.entries(for: code)
    guard !found.isEmpty else {
      throw Failure(.unknownCode, code, "praxis has no such word", hint: "See praxis help explain.")
    }
    for entry in found {
      options.console.result("\(code) (\(entry.topic)): \(entry.sentence)")
    }
  }
}
