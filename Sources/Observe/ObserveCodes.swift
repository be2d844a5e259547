import Facts
import Failures

/// The codes of asking an authority.
extension Failure.Code {
  package static let unreadable = Self(
    "unreadable", .cannotCheck,
    "A folder or file of the source is missing or unreadable; check its path and permissions.")
  package static let timedOut = Self(
    "timed-out", .cannotCheck,
    "A tool of the source did not end within the source's timeout and was ended; see what is slow, or raise timeout in praxis.yaml."
  )
  package static let notReadOnly = Self(
    "not-read-only", .refused,
    "Under strict read-only a task would have run for real, and nothing was run from there on; take the task out, or leave the option off."
  )
  package static let unknownTarget = Self(
    "unknown-target", .wrongInput,
    "The target that was asked for is not declared; leave --target out to see which there are.")
  package static let evidence = Self(
    "evidence", .cannotCheck,
    "The private folder for the tool's raw output cannot be written; check the space and the permissions of praxis' state folder."
  )
  package static let incompleteDryRun = Self(
    "incomplete-dry-run", .refused,
    "The tool's dry run failed somewhere, was cut short, or did not reach what was chosen; half an answer is never proposed. Fix that first."
  )
  package static let notCleared = Self(
    "not-cleared", .refused,
    "Carrying it out would leave a chosen finding as it is, so there is nothing to approve; change the declaration instead."
  )
  package static let beyondChosen = Self(
    "beyond-chosen", .refused,
    "Adopting would take in more drift than was named; name all of it, or fix the rest first.")
  package static let notSealable = Self(
    "not-sealable", .refused,
    "What the tool draws on cannot be copied whole, so praxis cannot guarantee that what runs is what was approved; keep it all in the source's directory."
  )
  package static let undated = Self(
    "undated", .wrongInput,
    "The recording does not say when it was made, so what it proves is not known; record it with times, or give --observed-at for facts."
  )
  package static let misdated = Self(
    "misdated", .wrongInput,
    "The recording says another time than --observed-at, or one in the future; its own times count, so leave --observed-at out."
  )
  package static let otherRecording = Self(
    "other-recording", .wrongInput,
    "The recording is of another playbook, inventory, set of variables or state than the source's; record the source itself. Where its state was made anew, a live praxis scan takes the new one."
  )

  /// All of them.
  package static let observe: [Self] = [
    .unreadable, .timedOut, .notReadOnly, .unknownTarget, .evidence, .incompleteDryRun, .notCleared, .beyondChosen,
    .notSealable, .undated, .misdated, .otherRecording,
  ]
}

extension Failure {
  /// Why an authority could not be asked at all. What it could not tell about the fleet is no error: that is in the observation, as
  /// `unobserved`.
  package init(_ code: Code, source: SourceName, _ message: String, hint: String = "") {
    self.init(code, source.text, message, hint: hint)
  }
}
