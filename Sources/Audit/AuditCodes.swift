import Failures

/// The codes of an audit.
extension Failure.Code {
  package static let unknownStart = Self(
    "unknown-start", .wrongInput,
    "The audit cannot go on from there, because none of this installation came so far; begin without --from.")
  package static let checkpointRefused = Self(
    "checkpoint-refused", .refused,
    "The file that says how far the last audit went was not sealed by this installation, or is of another history; begin without --from."
  )

  /// All of them.
  package static let audit: [Self] = [
    .unknownStart, .checkpointRefused,
  ]
}
