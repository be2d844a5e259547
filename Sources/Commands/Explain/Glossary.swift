import Audit
import Converge
import Engine
import Facts
import Gate
import Git
import Observe
import Processes
import Report
import StateRepository

/// Every word that praxis says instead of a sentence: findings and coverage, refusals, failures, exit codes.
package enum Glossary {
  /// One meaning of a code.
  package struct Entry: Sendable, Hashable {
    /// What kind of word it is: `kind of finding`.
    package var topic: String
    /// What it means and what to do.
    package var sentence: String
  }

  /// All that a code can stand for; none for what is no word of praxis'.
  package static func entries(for code: String) -> [Entry] {
    var found = Explanation.all(code: code).map { Entry(topic: $0.topic, sentence: $0.explanation.sentence) }
    func add(_ topic: String, _ sentence: String?) {
      guard let sentence, !found.contains(where: { $0.sentence == sentence }) else { return }
      found.append(Entry(topic: topic, sentence: sentence))
    }
    if let it = GateError.Reason(rawValue: code) {
      add(it.isRefusal ? "refusal of the gate" : "failure of the gate", Explanation.words(for: it).sentence)
    }
    add("failure of asking an authority", ObserveError.Code(rawValue: code).map(FailureWords.sentence(for:)))
    add("failure of the state repository", StateError.Code(rawValue: code).map(FailureWords.sentence(for:)))
    add("failure of a proposal", ConvergeError.Code(rawValue: code).map(FailureWords.sentence(for:)))
    add("failure of reading a document", FactsError.Code(rawValue: code).map(FailureWords.sentence(for:)))
    add("failure of git", GitError.Code(rawValue: code).map(FailureWords.sentence(for:)))
    add("failure of running a program", ProcessError.Code(rawValue: code).map(FailureWords.sentence(for:)))
    add("rule of the audit", AuditRule(rawValue: code).map(FailureWords.sentence(for:)))
    add("failure of an audit", AuditError.Code(rawValue: code).map(FailureWords.sentence(for:)))
    add("failure of a command", FailureWords.own[code])
    add("exit code", Int32(code).flatMap(Exit.init(rawValue:)).map(FailureWords.sentence(for:)))
    return found
  }
}
