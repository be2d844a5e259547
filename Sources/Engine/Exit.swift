import Failures

/// What praxis says with its exit code; docs/exit-codes.md and `praxis explain` tell the same.
package enum Exit: Int32, Sendable, CaseIterable {
  /// Complete, and in sync or waived; or the command did what was asked.
  case success = 0
  /// Nothing was decided; what was recorded before stays.
  case failure = 1
  /// Drift is open and not waived in what was asked for.
  case drift = 2
  /// No drift was observed, but not everything could be observed, or the last observation is too old.
  case incomplete = 3
  /// Refused by the gate; the reason code says which check.
  case refused = 4
  /// Another process holds what is needed; try again.
  case busy = 5
  /// Executed, but failed, ended unknown, or the drift is not gone.
  case driftRemains = 6
  /// Invalid arguments.
  case usage = 64
  /// Whole or not at all.
  case interrupted = 130
}

extension Failure {
  /// The exit code that a command ends with.
  package var exit: Exit {
    switch kind {
    case .refused: .refused
    case .busy: .busy
    case .interrupted: .interrupted
    case .driftRemains: .driftRemains
    case .cannotCheck, .wrongInput, .damaged: .failure
    }
  }
}
