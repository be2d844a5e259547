import Failures

/// The codes of the state repository.
extension Failure.Code {
  package static let noMain = Self(
    "no-main", .cannotCheck, "Main, or a branch that is needed, is missing; fetch it, or restore the repository.")
  package static let malformed = Self(
    "malformed", .damaged,
    "A file of the repository is not what praxis would have written; see who changed it, and revert that.")
  package static let clock = Self(
    "clock", .cannotCheck, "The tip of main is ahead of this host's clock; set the clock right.")
  package static let unverified = Self(
    "unverified", .refused,
    "Main does not verify, so nothing is recorded on it; observing goes on into the spool. Run praxis doctor.")
  package static let notSigned = Self(
    "not-signed", .cannotCheck, "The commit could not be signed with the engine's key; check that key.")
  package static let spool = Self(
    "spool", .cannotCheck,
    "A file or folder that praxis keeps on this host, as the spool of observations to be recorded, cannot be read or written."
  )
  package static let tooManyFindings = Self(
    "too-many-findings", .cannotCheck,
    "The run would open more findings than the source's max-findings; it is recorded as one that did not observe.")
  package static let unknownSource = Self(
    "unknown-source", .wrongInput, "praxis.yaml names no such source; praxis source list shows those that it does.")
  package static let unknownFinding = Self(
    "unknown-finding", .wrongInput, "There is no such finding; praxis findings --state all lists every one.")
  package static let beforeHistory = Self(
    "before-history", .wrongInput,
    "The time lies before main's first commit: nothing was known then. Ask for a later one.")
  package static let notOnMain = Self(
    "not-on-main", .wrongInput,
    "The commit is not on main's line of first parents; git log --first-parent main lists those that are.")

  /// All of them.
  package static let stateRepository: [Self] = [
    .noMain, .malformed, .clock, .unverified, .notSigned, .spool, .tooManyFindings, .unknownSource,
    .unknownFinding, .beforeHistory, .notOnMain,
  ]
}
