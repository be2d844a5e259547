import Audit
import Converge
import Diff
import Engine
import Facts
import Failures
import Files
import Gate
import Git
import Index
import Observe
import Processes
import Report
import StateRepository

/// Every word that praxis says instead of a sentence: terms, findings and coverage, refusals, failures, exit codes.
package enum Glossary {
  /// One meaning of a code.
  package struct Entry: Sendable, Hashable {
    /// What kind of word it is: `kind of finding`.
    package var topic: String
    /// What it means and what to do.
    package var sentence: String
  }

  /// What a mistyped word may have meant.
  static var words: [String] {
    terms.keys + Failure.Code.all.map(\.word) + Kind.allCases.map(\.rawValue) + Unobserved.allCases.map(\.rawValue)
  }

  /// All that a code can stand for; none for what is not a word of praxis'.
  package static func entries(for code: String) -> [Entry] {
    var found = Explanation.all(code: code).map { Entry(topic: $0.topic, sentence: $0.explanation.sentence) }
    func add(_ topic: String, _ sentence: String?) {
      guard let sentence, !found.contains(where: { $0.sentence == sentence }) else { return }
      found.append(Entry(topic: topic, sentence: sentence))
    }
    if let it = Failure.Code.all.first(where: { $0.word == code }) {
      add(it.kind == .refused ? "refusal" : "failure", it.sentence)
    }
    add("rule of the audit", AuditRule(rawValue: code).map(FailureWords.sentence(for:)))
    add("term", terms[code])
    add("exit code", Int32(code).flatMap(Exit.init(rawValue:)).map(FailureWords.sentence(for:)))
    return found
  }
}

extension Failure.Code {
  /// Every word that a failure can have.
  package static let all: [Self] = [
    shared, files, git, facts, processes, diff, observe, stateRepository, index, gate, converge, audit, engine,
  ].flatMap(\.self)
}
