/// Whether what was asked about is as declared.
package enum Verdict: String, Sendable, Hashable, CaseIterable {
  /// Fully observed, recently enough, and nothing drifts that is not waived.
  case inSync = "in-sync"
  /// Something drifts.
  case drift
  /// No drift was seen, but not everything was observed, or too long ago.
  case incomplete
}

/// What is recorded of the whole fleet at one commit, with freshness computed for the time of asking.
package struct FleetStatus: Sendable, Hashable {
  /// The time that it is computed for.
  package var asOf: Timestamp
  /// The commit of main, in hexadecimal.
  package var commit: String
  /// What is open.
  package var open: OpenCounts
  /// Open findings that a waiver accepts; they are not counted in ``open``.
  package var waived: Int
  /// Every waiver that names an open finding, whether it holds or not.
  package var waivers: [WaivedFinding]
  /// Differences that ignore rules hide.
  package var masked: Int
  /// The sources, in the order of their names.
  package var sources: [Source]
  /// Observations that lie in the spool because main could not take them.
  package var unrecorded: Int
  /// Whether main verifies. What stands on one that does not could have been put there by anybody.
  package var isVerified: Bool
  /// Sources that were to be observed now, and of which nothing was recorded: what is known of them is from before.
  package var failed: [SourceName]

  /// What it comes to.
  package var verdict: Verdict {
    if sources.contains(where: { $0.verdict == .drift }) { return .drift }
    let isWhole =
      !sources.isEmpty && sources.allSatisfy { $0.verdict == .inSync } && unrecorded == 0 && failed.isEmpty
      && isVerified
    return isWhole ? .inSync : .incomplete
  }

  package init(
    asOf: Timestamp, commit: String, open: OpenCounts, waived: Int, waivers: [WaivedFinding] = [], masked: Int,
    sources: [Source], unrecorded: Int, isVerified: Bool = true, failed: [SourceName] = []
  ) {
    self.asOf = asOf
    self.commit = commit
    self.open = open
    self.waived = waived
    self.waivers = waivers
    self.masked = masked
    self.sources = sources
    self.unrecorded = unrecorded
    self.isVerified = isVerified
    self.failed = failed
  }

  /// An open finding that a waiver names.
  package struct WaivedFinding: Sendable, Hashable {
    /// The finding.
    package var finding: Finding
    /// The waiver.
    package var waiver: Waiver
    /// Whether it holds.
    package var standing: Waiver.Standing

    package init(finding: Finding, waiver: Waiver, standing: Waiver.Standing) {
      self.finding = finding
      self.waiver = waiver
      self.standing = standing
    }
  }

  /// Open findings by kind, those left out that a waiver accepts.
  package struct OpenCounts: Sendable, Hashable {
    /// How many of each.
    package var counts: [Kind: Int]

    package init(_ counts: [Kind: Int] = [:]) {
      self.counts = counts
    }

    /// How many of this kind.
    package subscript(kind: Kind) -> Int { counts[kind] ?? 0 }
    /// Findings of drift.
    package var drift: Int { counts.reduce(0) { $0 + ($1.key.aspect == .drift ? $1.value : 0) } }
  }

  /// One source as its last run saw it.
  package struct Source: Sendable, Hashable {
    /// Its name.
    package var name: SourceName
    /// Who says what should be.
    package var authority: AuthorityKind
    /// What it comes to.
    package var verdict: Verdict
    /// When the target that was not observed for the longest time was last observed; nil when no run is recorded.
    package var observedAt: Timestamp?
    /// How long ago, in seconds.
    package var ageSeconds: Int64?
    /// The source's limit, in seconds.
    package var maxAgeSeconds: Int64?
    /// One for each target.
    package var targets: [TargetState: Int]
    /// Subjects that are as declared.
    package var inSync: Int
    /// Subjects seen drifting, waived or not.
    package var drifted: Int
    /// What was not observed.
    package var unobserved: Int
    /// What was not observed, target by target: the target and why, for people.
    package var blindSpots: [BlindSpot]

    /// How many targets are declared.
    package var declaredTargets: Int { targets.values.reduce(0, +) }
    /// Whether it is older than its limit.
    package var isStale: Bool {
      guard let ageSeconds, let maxAgeSeconds else { return false }
      return ageSeconds >= maxAgeSeconds
    }

    package init(
      name: SourceName, authority: AuthorityKind, verdict: Verdict, observedAt: Timestamp?, ageSeconds: Int64?,
      maxAgeSeconds: Int64?, targets: [TargetState: Int], inSync: Int, drifted: Int, unobserved: Int,
      blindSpots: [BlindSpot]
    ) {
      self.name = name
      self.authority = authority
      self.verdict = verdict
      self.observedAt = observedAt
      self.ageSeconds = ageSeconds
      self.maxAgeSeconds = maxAgeSeconds
      self.targets = targets
      self.inSync = inSync
      self.drifted = drifted
      self.unobserved = unobserved
      self.blindSpots = blindSpots
    }
  }

  /// One target that was not fully observed.
  package struct BlindSpot: Sendable, Hashable {
    /// The target, as its authority names it.
    package var target: TargetName
    /// How far it was seen.
    package var state: TargetState
    /// Each reason with how many subjects it stands for; the whole target counts as one.
    package var reasons: [Unobserved: Int]
    /// The tool's own words, where it gave any.
    package var detail: String?

    package init(target: TargetName, state: TargetState, reasons: [Unobserved: Int], detail: String?) {
      self.target = target
      self.state = state
      self.reasons = reasons
      self.detail = detail
    }
  }
}
