/// Whether what was asked about looks as declared.
public enum Verdict: String, Sendable, Hashable, CaseIterable {
  /// Wholly looked at, recently enough, and nothing drifts that is not waived.
  case inSync = "in-sync"
  /// Something drifts.
  case drift
  /// No drift was seen, but not everything was looked at, or too long ago.
  case incomplete
}

/// What is believed of the whole fleet at one commit, with freshness computed for the time of asking.
public struct FleetStatus: Sendable, Hashable {
  /// The time that it is computed for.
  public var asOf: Instant
  /// The commit of main, in hexadecimal.
  public var commit: String
  /// What is open.
  public var open: OpenCounts
  /// Open findings that a waiver accepts; they are not counted in ``open``.
  public var waived: Int
  /// Every waiver that names an open finding, whether it holds or not.
  public var waivers: [WaivedFinding]
  /// Differences that ignore rules hide.
  public var masked: Int
  /// The sources, in the order of their names.
  public var sources: [Source]
  /// Observations that lie in the spool because main could not take them.
  public var unrecorded: Int

  /// What it comes to.
  public var verdict: Verdict {
    if sources.contains(where: { $0.verdict == .drift }) { return .drift }
    let isWhole = !sources.isEmpty && sources.allSatisfy { $0.verdict == .inSync } && unrecorded == 0
    return isWhole ? .inSync : .incomplete
  }

  /// From its parts.
  public init(
    asOf: Instant, commit: String, open: OpenCounts, waived: Int, waivers: [WaivedFinding] = [], masked: Int,
    sources: [Source], unrecorded: Int
  ) {
    self.asOf = asOf
    self.commit = commit
    self.open = open
    self.waived = waived
    self.waivers = waivers
    self.masked = masked
    self.sources = sources
    self.unrecorded = unrecorded
  }

  /// An open finding that a waiver names.
  public struct WaivedFinding: Sendable, Hashable {
    /// The finding.
    public var finding: Finding
    /// The waiver.
    public var waiver: Waiver
    /// Whether it holds.
    public var standing: Waiver.Standing

    /// From its parts.
    public init(finding: Finding, waiver: Waiver, standing: Waiver.Standing) {
      self.finding = finding
      self.waiver = waiver
      self.standing = standing
    }
  }

  /// Open findings by kind, those left out that a waiver accepts.
  public struct OpenCounts: Sendable, Hashable {
    /// How many of each.
    public var counts: [Kind: Int]

    /// From its parts.
    public init(_ counts: [Kind: Int] = [:]) {
      self.counts = counts
    }

    /// How many of this kind.
    public subscript(kind: Kind) -> Int { counts[kind] ?? 0 }
    /// Findings of drift.
    public var drift: Int { self[.changed] + self[.missing] + self[.unexpected] }
    /// Findings of staleness.
    public var stale: Int { self[.staleObservation] + self[.staleBaseline] }
  }

  /// One source as its last run saw it.
  public struct Source: Sendable, Hashable {
    /// Its name.
    public var name: SourceName
    /// Who says what should be.
    public var authority: AuthorityKind
    /// What it comes to.
    public var verdict: Verdict
    /// When the longest-unseen target was last looked at; nil when no run is recorded.
    public var observedAt: Instant?
    /// How long ago, in seconds.
    public var ageSeconds: Int64?
    /// The source's limit, in seconds.
    public var maxAgeSeconds: Int64?
    /// One for each target.
    public var targets: [TargetState: Int]
    /// Subjects that are as declared.
    public var inSync: Int
    /// Subjects seen drifting, waived or not.
    public var drifted: Int
    /// What was not looked at.
    public var unobserved: Int
    /// What was not looked at, target by target: the target and why, for people.
    public var blindSpots: [BlindSpot]

    /// How many targets are declared.
    public var declaredTargets: Int { targets.values.reduce(0, +) }
    /// Whether it is older than its limit.
    public var isStale: Bool {
      guard let ageSeconds, let maxAgeSeconds else { return false }
      return ageSeconds >= maxAgeSeconds
    }

    /// From its parts.
    public init(
      name: SourceName, authority: AuthorityKind, verdict: Verdict, observedAt: Instant?, ageSeconds: Int64?,
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

  /// One target that was not wholly looked at.
  public struct BlindSpot: Sendable, Hashable {
    /// The target, as its authority names it.
    public var target: TargetName
    /// How far it was seen.
    public var state: TargetState
    /// Each reason with how many subjects it stands for; the whole target counts as one.
    public var reasons: [Unobserved: Int]
    /// The tool's own words, where it gave any.
    public var detail: String?

    /// From its parts.
    public init(target: TargetName, state: TargetState, reasons: [Unobserved: Int], detail: String?) {
      self.target = target
      self.state = state
      self.reasons = reasons
      self.detail = detail
    }
  }
}
