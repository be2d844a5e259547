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
  public var asOf: Instant
  /// The commit of main, in hexadecimal.
  public var commit: String
  public var open: OpenCounts
  /// Open findings that a waiver accepts; they are not counted in ``open``.
  public var waived: Int
  /// Every waiver that names an open finding, whether it holds or not.
  public var waivers: [WaivedFinding]
  /// Differences that ignore rules hide.
  public var masked: Int
  public var sources: [Source]
  /// Observations that lie in the spool because main could not take them.
  public var unrecorded: Int

  public var verdict: Verdict {
    if sources.contains(where: { $0.verdict == .drift }) { return .drift }
    let isWhole = !sources.isEmpty && sources.allSatisfy { $0.verdict == .inSync } && unrecorded == 0
    return isWhole ? .inSync : .incomplete
  }

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
    public var finding: Finding
    public var waiver: Waiver
    public var standing: Waiver.Standing

    public init(finding: Finding, waiver: Waiver, standing: Waiver.Standing) {
      self.finding = finding
      self.waiver = waiver
      self.standing = standing
    }
  }

  /// Open findings by kind, those left out that a waiver accepts.
  public struct OpenCounts: Sendable, Hashable {
    public var counts: [Kind: Int]

    public init(_ counts: [Kind: Int] = [:]) {
      self.counts = counts
    }

    public subscript(kind: Kind) -> Int { counts[kind] ?? 0 }
    public var drift: Int { self[.changed] + self[.missing] + self[.unexpected] }
    public var stale: Int { self[.staleObservation] + self[.staleBaseline] }
  }

  public struct Source: Sendable, Hashable {
    public var name: SourceName
    public var authority: Authority
    public var verdict: Verdict
    /// When the longest-unseen target was last looked at; nil when no run is recorded.
    public var observedAt: Instant?
    public var ageSeconds: Int64?
    public var maxAgeSeconds: Int64?
    public var targets: [TargetState: Int]
    public var inSync: Int
    /// Subjects seen drifting, waived or not.
    public var drifted: Int
    public var unobserved: Int
    /// What was not looked at, target by target: the target and why, for people.
    public var blindSpots: [BlindSpot]

    public var declaredTargets: Int { targets.values.reduce(0, +) }
    public var isStale: Bool {
      guard let ageSeconds, let maxAgeSeconds else { return false }
      return ageSeconds >= maxAgeSeconds
    }

    public init(
      name: SourceName, authority: Authority, verdict: Verdict, observedAt: Instant?, ageSeconds: Int64?,
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
    public var target: String
    public var state: TargetState
    /// Each reason with how many subjects it stands for; the whole target counts as one.
    public var reasons: [Unobserved: Int]
    /// The tool's own words, where it gave any.
    public var detail: String?

    public init(target: String, state: TargetState, reasons: [Unobserved: Int], detail: String?) {
      self.target = target
      self.state = state
      self.reasons = reasons
      self.detail = detail
    }
  }
}
