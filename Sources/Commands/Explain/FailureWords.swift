import Audit
import Engine

/// What exit codes and the rules of an audit mean: whole sentences for people. A failure's code has its own.
///
/// Every switch is exhaustive: a new one does not compile without words.
enum FailureWords {
  static func sentence(for exit: Exit) -> String {
    switch exit {
    case .success:
      "Complete, and in sync or waived; or the command did what was asked."
    case .failure:
      "An error: nothing was decided, and what was recorded before stays. The message says what to do."
    case .drift:
      "Drift is open and not waived in what was asked for. List it with praxis findings."
    case .incomplete:
      "No drift was seen, but not everything could be observed, or what is known is too old. praxis status says what."
    case .refused:
      "Refused by the gate; the reason code behind the message says which check."
    case .busy:
      "Another process holds what is needed. Try again."
    case .driftRemains:
      "It was carried out, but failed, ended unknown, or the drift is not gone. praxis trace says what is known."
    case .usage:
      "Invalid arguments. See praxis help."
    case .interrupted:
      "Interrupted; nothing is half done."
    }
  }

  static func sentence(for rule: AuditRule) -> String {
    let meaning =
      switch rule {
      case .documentMalformed:
        "A file is not what its place asks for: other keys, other types, or parts that contradict each other."
      case .notCanonical: "A file says what it should and is not written in its one form."
      case .nameMismatch: "A file's name does not match its content."
      case .objectDamaged: "An object of the repository cannot be read, or has another content than its id says."
      case .notCompared: "A part could not be checked against the rules, because an object that this needs is damaged."
      case .factVanished: "What was recorded is gone or another fact, and was neither ended nor corrected."
      case .closedFactRewritten: "An ended fact was edited or removed, and not corrected."
      case .intervalsOverlap: "Two facts of one subject and aspect are true at the same time."
      case .noSuccessor: "A fact ended because another took its place, and no other begins there."
      case .retractionUnapproved: "A fact was taken back without an approved proposal that says so."
      case .endUnproved:
        "A fact is called undeclared without a run of its source, or one of a removed source is said to have ended otherwise."
      case .fromTheFuture: "Something is said to be true, or to have been seen, after it was recorded."
      case .receiptWentBack: "A receipt is older than the one before it."
      case .receiptRewritten: "A run's receipt is another one than before, and no run that came late explains it."
      case .notObserved: "The source was not observed for longer than its max-age allows; no rule is broken."
      }
    return "\(meaning) \(rule.remedy)"
  }
}
