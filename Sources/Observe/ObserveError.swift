import Facts

/// Why an authority could not be asked at all.
///
/// What it could not tell about the fleet is no error: that is in the observation, as `unobserved`.
package struct ObserveError: Error, Hashable, Sendable {
  /// The kinds of failure.
  package enum Code: String, CaseIterable, Sendable, Hashable {
    /// The authority's program is not there, or cannot be run.
    case toolMissing = "tool-missing"
    /// The source's configuration cannot be carried out as it stands.
    case configuration
    /// A folder or file of the source is missing or unreadable.
    case unreadable
    /// `--strict-read-only`: the authority would have run something for real.
    case notReadOnly = "not-read-only"
    /// A `--target` is not declared.
    case unknownTarget = "unknown-target"
    /// The private folder for raw output cannot be written.
    case evidence
    case cancelled
    /// Parts of what was read contradict each other.
    case inconsistent
    /// A dry run whose tool did not come to its proper end, failed somewhere, or did not reach what was chosen.
    case incompleteDryRun = "incomplete-dry-run"
    /// Carrying it out would leave a chosen finding as it is.
    case notCleared = "not-cleared"
    /// Adopting would take in more than the chosen findings.
    case beyondChosen = "beyond-chosen"
    /// What decides on a run cannot be sealed whole.
    case notSealable = "not-sealable"
    /// What decides on a run is not what was approved.
    case sealChanged = "seal-changed"
    /// A recording that does not say when it was made.
    case undated
    /// A recording of another time than somebody says, or of the future.
    case misdated
  }

  /// The kind of the failure, for callers that decide on it.
  package var code: Code
  /// The source that it is about.
  package var source: SourceName
  /// What failed, and on what.
  package var message: String
  /// What to do next; a sentence.
  package var hint: String

  package init(_ code: Code, source: SourceName, _ message: String, hint: String = "") {
    self.code = code
    self.source = source
    self.message = message
    self.hint = hint
  }
}

extension ObserveError: CustomStringConvertible {
  package var description: String { "\(source): \(message)" }
}
