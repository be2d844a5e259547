/// What an audit checks beyond the parent rule; the gate's own refusals have their own codes. Codes may be added; none changes its meaning.
package enum AuditRule: String, Hashable, Sendable, CaseIterable {
  // MARK: Documents

  /// A file is not what its place asks for: other keys, other types, parts that contradict each other.
  case documentMalformed = "document-malformed"
  /// A file says what it should and is not written in its one form.
  case notCanonical = "not-canonical"
  /// A file lies under a name that does not belong to its content.
  case nameMismatch = "name-mismatch"
  /// An object of the repository cannot be read, or has another content than its id says.
  case objectDamaged = "object-damaged"
  /// Something could not be held against the rules, because an object that this takes is damaged.
  case notCompared = "not-compared"

  // MARK: Facts

  /// An open fact is gone or another one, and was neither ended nor corrected.
  case factVanished = "fact-vanished"
  /// An ended fact was edited or removed, and not corrected.
  case closedFactRewritten = "closed-fact-rewritten"
  /// Two facts of one subject and aspect are true at the same time.
  case intervalsOverlap = "intervals-overlap"
  /// A fact ended because another took its place, and no other begins there.
  case noSuccessor = "no-successor"
  /// A fact was retracted without an approved proposal that says so.
  case retractionUnapproved = "retraction-unapproved"
  /// A fact is called undeclared without a run of its source, or a removed source's fact is said to have ended otherwise.
  case endUnproved = "end-unproved"
  /// Something is said to be true, or to have been seen, after it was recorded.
  case fromTheFuture = "from-the-future"

  // MARK: Receipts

  /// A receipt is older than the one before it.
  case receiptWentBack = "receipt-went-back"
  /// A run's receipt is another one than before, and no run that came late explains it.
  case receiptRewritten = "receipt-rewritten"
  /// No observation for longer than the source allows. Not a violation: it says what is unknown.
  case notObserved = "not-looked"

  /// How much it weighs.
  package var grade: AuditProblem.Grade { self == .notObserved ? .hole : .violation }

  /// What to do about it; a sentence.
  package var remedy: String {
    switch self {
    case .documentMalformed, .notCanonical, .nameMismatch:
      "See who signed the commit (git show --show-signature) and how the file was written; praxis writes no such file."
    case .objectDamaged: "Run git fsck --strict, and fetch the object from another clone."
    case .notCompared: "Fix what is named as object-damaged, and audit again: whatever is hidden there is not known."
    case .factVanished, .closedFactRewritten:
      "Ask who runs the engine why; what was recorded before is in the commit's parent (git show COMMIT^:PATH)."
    case .intervalsOverlap, .noSuccessor:
      "Compare the subject's facts (git log -p -- its folder under findings/closed) with the observations in the engine's spool."
    case .retractionUnapproved:
      "Ask who had the fact taken back; a retraction takes a proposal that an operator approved."
    case .endUnproved:
      "Compare with what the source's runs saw; a removed source's facts end as undeclared, after an admin's commit."
    case .fromTheFuture: "Check the clocks of the observed host and of the engine at that time."
    case .receiptWentBack: "Check the engine's clock, and whether two engines recorded the source."
    case .receiptRewritten:
      "Compare the receipt with the one in the commit's parent, and with the observations in the engine's spool."
    case .notObserved:
      "Find out why the source's runs did not happen; nothing is known of what drifted and was fixed meanwhile."
    }
  }
}
