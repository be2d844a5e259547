import ArgumentParser
import Gate
import Report

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "What a word of praxis' means, and what to do.",
    discussion:
      "A kind, a cause, a reason for not having looked, a way in which a finding ended, a verdict, a refusal's reason.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "The word, such as skipped-in-check-mode.") var code: String

  func run() async throws {
    var found = Explanation.all(code: code)
    if let reason = GateError.Reason(rawValue: code) {
      found.append((reason.isRefusal ? "refusal" : "inability to verify", Explanation.words(for: reason)))
    }
    guard !found.isEmpty else {
      throw Failure(.failure, "unknown-code", "praxis has no such word: \(code)", hint: "See praxis help explain.")
    }
    for (topic, explanation) in found {
      options.console.result("\(code) (\(topic)): \(explanation.sentence)")
    }
  }
}
