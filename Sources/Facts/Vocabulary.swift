/// Three kinds of statement about one subject, kept apart so that their intervals never get into each other's way.
package enum Aspect: String, Sendable, Hashable, CaseIterable {
  /// It is not as declared.
  case drift
  /// It was not, or not fully, observed.
  case coverage
  /// What we know of it is too old.
  case freshness
}

/// What a finding says.
package enum Kind: String, Sendable, Hashable, CaseIterable {
  /// There, but not as declared.
  case changed
  /// Declared, not there.
  case missing
  /// There, not declared.
  case unexpected
  /// Not observed, so neither in sync nor drifted.
  case unobserved
  /// The source's last run is older than its `max-age`.
  case staleObservation = "stale-observation"
  /// The known-good facts are older than the source's `baseline-max-age`.
  case staleBaseline = "stale-baseline"

  /// Whether the subject is declared, and whether it is there: a side that is absent has no content.
  package var sides: (isDeclared: Bool, isThere: Bool) { (self != .unexpected, self != .missing) }

  /// The aspect under which a finding of this kind stands.
  package var aspect: Aspect {
    switch self {
    case .changed, .missing, .unexpected: .drift
    case .unobserved: .coverage
    case .staleObservation, .staleBaseline: .freshness
    }
  }
}

/// Which side moved.
package enum Cause: String, Sendable, Hashable, CaseIterable {
  /// Reality moved away from what is declared.
  case world
  /// The declaration moved and has not been applied.
  case declaration
  case both
  /// Reality moved, and the tool's state took that over without an approval: its plans show the drift no longer.
  case accepted
}

/// How much a finding matters to its site; set by `rules.severity`.
package enum Severity: String, Sendable, Hashable, CaseIterable, Comparable {
  case low, medium, high, critical

  /// In their order.
  package static func < (left: Severity, right: Severity) -> Bool {
    left.rank < right.rank
  }

  private var rank: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }
}

/// Why a finding ended.
package enum EndReason: String, Sendable, Hashable, CaseIterable {
  /// Seen in sync.
  case resolved
  /// Another delta took its place at the same instant.
  case superseded
  /// The desired side changed so that it is drift no longer; reality did not move.
  case redeclared
  /// No longer declared at all, with proof: gone from view is not fixed.
  case undeclared
  /// Never true.
  case retracted
}

/// How far an action reaches.
package enum Tier: String, Sendable, Hashable, CaseIterable, Comparable {
  /// Reads.
  case t0 = "T0"
  /// Changes the state repository alone.
  case t1 = "T1"
  /// Changes the fleet in a way that can be undone.
  case t2 = "T2"
  /// Destroys or replaces, or does what its dry run could not show.
  case t3 = "T3"

  /// By bytes.
  package static func < (left: Tier, right: Tier) -> Bool { left.rawValue < right.rawValue }
}

/// What a single run could say of one target.
package enum TargetState: String, Sendable, Hashable, CaseIterable {
  /// Fully observed.
  case observed
  /// Observed, but not everything that is declared for it.
  case partly
  case unreachable
  case failed
}
