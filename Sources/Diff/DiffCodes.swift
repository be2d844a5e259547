import Facts
import Failures

/// The codes of diffing an observation against what is recorded.
extension Failure.Code {
  package static let late = Self(
    "late", .wrongInput,
    "The observation is older than one that is recorded for this source, and the spool does not hold all observations since, so they cannot be recomputed."
  )
  package static let foreign = Self(
    "foreign", .wrongInput,
    "What is recorded belongs to another source, authority, run or redaction key than the observation.")
  package static let collision = Self(
    "collision", .damaged, "Two subjects of one target have the same id; one would hide behind the other.")

  /// All of them.
  package static let diff: [Self] = [.late, .foreign, .collision]
}
