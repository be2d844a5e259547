import Facts

/// Why an observation cannot be laid over what is believed.
package enum DiffError: Error, Hashable, Sendable {
  /// It was taken before one that is already recorded, and the order of observing is what counts, not that of arriving.
  case late(source: SourceName, observedAt: Instant, recorded: Instant)
  /// The belief that it was to be laid over belongs to another source or authority.
  case foreign(source: SourceName, message: String)
  /// Two subjects of one target have the same id; one would hide behind the other.
  case collision(FindingID)
}

extension DiffError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .late(let source, let observedAt, let recorded):
      "\(source): late: observed at \(observedAt), and \(recorded) is recorded already"
    case .foreign(let source, let message): "\(source): \(message)"
    case .collision(let id): "\(id) names two subjects of one target"
    }
  }
}
