import Foundation
import Testing

/// The commands of a page of the docs, run one after another in its order, with what the page says each of them answers.
///
/// What differs from run to run (ids, digests, commits, times) is compared by its form, and learned where it first appears: a command that
/// names a proposal of the page names the real one when it runs.
struct Guide {
  struct Step {
    var command: String
    var output: [String]
  }

  private(set) var steps: [Step]
  private var learned: [String: String] = [:]
  /// What stands in the page for the test's own folders.
  var paths: [String: String] = [:]
  let environment: [String: String]
  var folder: String

  init(_ page: String, environment: [String: String], in folder: String) throws {
    let text = try String(contentsOfFile: "\(Tools.package)/\(page)", encoding: .utf8)
    // A block between fences is one that is indented.
    steps = Guide.steps(
      in: text.replacing(/```console\n([^`]*)```/) { "\n" + $0.output.1.replacing(/(?m)^/, with: "    ") + "\n" })
    self.environment = environment
    self.folder = folder
    try #require(!steps.isEmpty, "\(page) shows no session")
  }

  /// Indented blocks: behind `$` stands a command with its output below it; a block of bare commands has none.
  private static func steps(in text: String) -> [Step] {
    var steps: [Step] = []
    var takesOutput = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.isEmpty || line.hasPrefix("    ") else {
        takesOutput = false
        continue
      }
      let words = line.dropFirst(4)
      if let last = steps.last?.command, takesOutput, last.count(where: { $0 == "'" }) % 2 == 1 {
        steps[steps.count - 1].command += "\n" + words
      } else if words.hasPrefix("$ ") {
        steps.append(Step(command: String(words.dropFirst(2)), output: []))
        takesOutput = true
      } else if takesOutput {
        steps[steps.count - 1].output.append(String(words))
      } else if let match = words.firstMatch(of: /^(?:praxis|git) (?:\S| (?! ))+/) {
        steps.append(Step(command: String(match.output), output: []))
      }
    }
    return steps
  }

  /// Runs the next command of the page, which has to begin with `start`, and compares what it says.
  @discardableResult
  mutating func run(
    _ start: String, ends code: Int32 = 0, with replacements: [String: String] = [:], inAnyOrder: Bool = false
  ) async throws -> String {
    let step = try #require(steps.first, "the page ends before \(start)")
    steps.removeFirst()
    try #require(step.command.hasPrefix(start), "the page goes on with: \(step.command)")
    var command = step.command
    let words = learned.merging(paths) { $1 }.merging(replacements) { $1 }
    for (word, real) in words.sorted(by: { ($0.key.count, $0.key) > ($1.key.count, $1.key) }) {
      command = command.replacing(word, with: real)
    }
    let said = try await execute("/bin/bash", ["-c", "exec 2>&1; \(command)"], environment: environment, in: folder)
    try #require(said.code == code, "\(command)\nended with \(said.code)\n\(said.output)")
    compare(step, with: said.output, inAnyOrder: inAnyOrder)
    return said.output
  }

  /// Each line of the page is one of the real ones, in their order where it is one; what ends with `…` begins like one.
  private mutating func compare(_ step: Step, with output: String, inAnyOrder: Bool) {
    var real = output.split(separator: "\n").map(String.init)[...]
    for line in step.output where !["", "…"].contains(line.trimmingCharacters(in: .whitespaces)) {
      let form = Guide.form(of: hidingPaths(line))
      let isBeginning = form.hasSuffix("…")
      guard
        let index = real.firstIndex(where: {
          let found = Guide.form(of: hidingPaths($0))
          return isBeginning ? found.hasPrefix(form.dropLast()) : found == form
        })
      else {
        Issue.record("\(step.command)\nThe page says:\n\(line)\nThe command said:\n\(output)")
        continue
      }
      for (shown, found) in zip(line.matches(of: Guide.naming), real[index].matches(of: Guide.naming)) {
        learned[String(shown.output)] = String(found.output)
      }
      if !inAnyOrder { real = real[(index + 1)...] }
    }
  }

  private func hidingPaths(_ line: String) -> String {
    paths.reduce(line) { $0.replacing($1.value, with: $1.key) }
  }

  /// What a later command can name: a proposal, a digest, a commit.
  nonisolated(unsafe) private static let naming =
    /p-[0-9a-z]{12}|sha256:[0-9a-f]*…?|\b(?=[a-f]*[0-9])[0-9a-f]{7,64}\b…?/

  /// The line without what only this run has, and with one blank for many.
  private static func form(of line: String) -> String {
    line
      .replacing(
        /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+\d\d:\d\d)|\d{4}-\d\d-\d\d \d\d:\d\d UTC/, with: "TIME"
      )
      .replacing(/r-\d{8}t\d{6}z-[0-9a-f]{4}|\d{8}t\d{6}\.\d{6}z-[0-9a-z]{8}/, with: "RUN")
      .replacing(/\b\d{4}-\d\d-\d\d\b/, with: "DATE")
      .replacing(/SHA256:[\w+\/]+/, with: "KEY")
      .replacing(/\b\d+ s\b/, with: "AGE")
      .replacing(/\b(?:terraform|tofu) \d+\.\d+\.\d+/, with: "TOOL")
      .replacing(naming, with: "NAME")
      .replacing(/\s+/, with: " ")
      .trimmingCharacters(in: .whitespaces)
  }
}
