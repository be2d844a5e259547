import ArgumentParser
import Report

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "What a word of praxis' means, and what to do.",
    discussion: "A kind, a cause, a reason for not having looked, a way in which a finding ended, a verdict.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "The word, such as skipped-in-check-mode.") var code: String

  func run() async throws {
    let found = Explanation.all(code: code)
    guard !found.isEmpty else {
      throw Failure(.failure, "unknown-code", "praxis has no such word: \(code)", hint: "See praxis help explain.")
    }
    for (topic, explanation) in found {
      options.console.result("\(code) (\(topic)): \(explanation.sentence)")
    }
  }
}
