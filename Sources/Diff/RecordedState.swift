import Facts

/// What is recorded of one source before an observation of it.
package struct RecordedState: Sendable, Hashable {
  /// The source's open findings, all aspects.
  package var open: [Finding]
  /// The receipt of its last run.
  package var receipt: Receipt?
  /// Its known-good facts, for snapshots.
  package var knownGood: [KnownGood]
  /// Targets that an admin took out of the source.
  package var retired: [TargetName]
  /// Open findings that an approved proposal had the tool's state adopt, with the proposal's id.
  package var adopted: [FindingID: String] = [:]

  package init(
    open: [Finding] = [], receipt: Receipt? = nil, knownGood: [KnownGood] = [], retired: [TargetName] = []
  ) {
    self.open = open
    self.receipt = receipt
    self.knownGood = knownGood
    self.retired = retired
  }
}

/// One change of what is recorded. A run may have hundreds of thousands, which stand in several lists at once: so that a list holds no copies,
/// they lie beside it.
package indirect enum FindingChange: Sendable, Hashable {
  case opened(Finding)
  /// The finding as it stands from now on under findings/closed.
  case ended(Finding)

  /// The finding.
  package var finding: Finding {
    switch self {
    case .opened(let finding), .ended(let finding): finding
    }
  }
}

/// What an observation comes to.
package struct Outcome: Sendable, Hashable {
  /// Ended facts first, then opened ones; each in the order of target, subject and aspect.
  package var changes: [FindingChange]
  /// The receipt of the last run.
  package var receipt: Receipt
  /// The observation stands in the repository already; there is nothing to write.
  package var isRepeated: Bool

  package init(changes: [FindingChange], receipt: Receipt, isRepeated: Bool = false) {
    self.changes = changes
    self.receipt = receipt
    self.isRepeated = isRepeated
  }
}
