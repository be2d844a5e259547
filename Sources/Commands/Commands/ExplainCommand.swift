import ArgumentParser
import Engine
import Failures

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explains a word of praxis, and says what to do.",
    discussion: "Explains every code that stands for a sentence (a kind, a cause, a reason for not having observed, an "
      + "end of a finding, a verdict, the reason of a refusal or a failure, a rule of the audit, an exit code), and these "
      + "terms: \(Glossary.terms.keys.sorted().joined(separator: ", ")).")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "The word, such as skipped-in-check-mode.") var code: String

  func run() async throws {
    let found = Glossary.entries(for: code)
    guard !found.isEmpty else {
      throw Failure(
        .unknownCode, code, "it is no code and no term of praxis",
        hint: Failure.didYouMean(code, among: Glossary.words) + "See praxis help explain.")
    }
    for entry in found {
      options.console.result("\(code) (\(entry.topic)): \(entry.sentence)")
    }
  }
}
