import Diff
import Facts
import Failures
import Git

extension StateStore {
  /// What is recorded of the whole fleet, with freshness computed for `now`.
  ///
  /// - Parameters:
  ///   - commit: nil for the tip of main.
  ///   - sources: only these; empty for all.
  ///   - isVerified: whether main verifies; where it does not, no waiver counts and nothing is in sync.
  ///   - failed: sources that were to be observed now, and of which nothing was recorded.
  ///   - unrecorded: how many observations wait in the spool of this host.
  package func status(
    at commit: ObjectID? = nil, of sources: [SourceName] = [], now: Timestamp, isVerified: Bool = true,
    failed: [SourceName] = [], unrecorded: Int
  ) async throws(Failure) -> FleetStatus {
    let commit = if let commit { commit } else { try await tip() }
    let loaded = try await configuration(at: commit)
    for name in sources { _ = try loaded.source(named: name) }
    var asked: [(name: SourceName, declared: SourceConfiguration?)] = loaded.configuration.sources
      .filter { sources.isEmpty || sources.contains($0.name) }.map { ($0.name, $0) }
    if sources.isEmpty {
      // A source that an admin took away keeps what was found until its findings are ended; it must not vanish from view.
      asked += try await observedSources(at: commit).filter { loaded.configuration.source(named: $0) == nil }
        .map { ($0, nil) }
    }
    let waivers = Waivers(isVerified ? try await waivers(at: commit) : [])
    var named: [FleetStatus.WaivedFinding] = []
    var counts: [Kind: Int] = [:]
    var rows: [FleetStatus.Source] = []
    var masked = 0
    for (name, declared) in asked {
      let receipt = try await receipt(of: name, at: commit)
      let (open, unread) = try await open(name, receipt, waivers, at: commit)
      if declared == nil, open.isEmpty, unread.isEmpty { continue }
      let unwaived = Self.unwaived(open, waivers, now, &named)
      for finding in unwaived { counts[finding.kind, default: 0] += 1 }
      counts.merge(unread, uniquingKeysWith: +)
      var isStale = declared == nil || failed.contains(name)
      if let declared {
        let stale = try await stale(declared, receipt, at: commit, now)
        for kind in stale { counts[kind, default: 0] += 1 }
        masked += receipt?.targets.reduce(0) { $0 + $1.masked } ?? 0
        isStale = isStale || !stale.isEmpty
      }
      guard let authority = declared?.authority.kind ?? receipt?.authority else { continue }
      rows.append(
        Self.row(
          name, authority, maxAge: declared?.maxAgeSeconds, receipt, open, unwaived: unwaived,
          hasUnread: !unread.isEmpty, isStale: isStale, now))
    }
    return FleetStatus(
      asOf: now, commit: commit.hex, open: .init(counts), waived: named.count { $0.standing == .inForce },
      waivers: named,
      masked: masked, sources: rows, unrecorded: unrecorded, isVerified: isVerified, failed: failed)
  }

  /// The findings of a source that its status depends on, and how many others drift, by kind, as its receipt counts them.
  ///
  /// Only what makes no difference is left unread: drift that no waiver names. How much of it there is, the files tell, and where the
  /// receipt counts otherwise, all of them are read.
  private func open(
    _ source: SourceName, _ receipt: Receipt?, _ waivers: Waivers, at commit: ObjectID
  ) async throws(Failure) -> (read: [Finding], unread: [Kind: Int]) {
    var read: [(path: String, id: ObjectID)] = []
    var unread: [(path: String, id: ObjectID)] = []
    for file in try await repository.files(under: Layout.openFindings(of: source), in: commit) {
      switch Layout.aspect(ofFile: file.path) {
      case .freshness: continue
      case .drift where !waivers.name(Layout.finding(ofFile: file.path)):
        unread.append(file)
      case .drift, .coverage, nil: read.append(file)
      }
    }
    let findings = try await findings(in: read)
    var counts = receipt?.open ?? [:]
    for finding in findings { counts[finding.kind, default: 0] -= 1 }
    counts = counts.filter { $0.value != 0 }
    guard counts.values.reduce(0, +) == unread.count, counts.allSatisfy({ $0.key.aspect == .drift && $0.value > 0 })
    else { return (findings + (try await self.findings(in: unread)), [:]) }
    return (findings, counts)
  }

  /// The findings that no waiver accepts now; what any waiver names is noted with how it stands.
  private static func unwaived(
    _ open: [Finding], _ waivers: Waivers, _ now: Timestamp, _ named: inout [FleetStatus.WaivedFinding]
  ) -> [Finding] {
    open.filter { finding in
      guard let (waiver, standing) = waivers.standing(over: finding, at: now) else { return true }
      named.append(.init(finding: finding, waiver: waiver, standing: standing))
      return standing != .inForce
    }
  }

  private func stale(
    _ source: SourceConfiguration, _ receipt: Receipt?, at commit: ObjectID, _ now: Timestamp
  ) async throws(Failure) -> [Kind] {
    var kinds: [Kind] = []
    if let deadline = Freshness.deadline(of: source, receipt: receipt), deadline <= now {
      kinds.append(.staleObservation)
    }
    if let limit = source.authority.baselineMaxAgeSeconds {
      for facts in try await knownGood(of: source.name, at: commit)
      where facts.observedAt.advanced(bySeconds: limit) <= now {
        kinds.append(.staleBaseline)
      }
    }
    return kinds
  }

  private static func row(
    _ name: SourceName, _ authority: AuthorityKind, maxAge: Int64?, _ receipt: Receipt?, _ open: [Finding],
    unwaived: [Finding], hasUnread: Bool, isStale: Bool, _ now: Timestamp
  ) -> FleetStatus.Source {
    let targets = receipt?.targets ?? []
    let oldest = targets.map(\.observedAt).min()
    let hasDrift = hasUnread || unwaived.contains { $0.aspect == .drift }
    // A target that was only partly observed is accepted by a waiver of what was not seen, and by nothing else.
    let blind = open.filter { $0.aspect == .coverage }
    let unwaivedCoverage = unwaived.filter { $0.aspect == .coverage }
    let accepted = Set(open.map(\.id)).subtracting(unwaived.map(\.id))
    let isBlind =
      receipt == nil || isStale || !unwaivedCoverage.isEmpty || targets.isEmpty
      // A waiver accepts the value that is there, and a part of that value is unknown.
      || open.contains { accepted.contains($0.id) && $0.delta.leavesSomeOut }
      || targets.contains { target in
        target.state != .observed && !blind.contains { $0.target == target.target }
      }
    return FleetStatus.Source(
      name: name, authority: authority,
      verdict: hasDrift ? .drift : (isBlind ? .incomplete : .inSync), observedAt: oldest,
      ageSeconds: oldest.map { now.seconds(since: $0) }, maxAgeSeconds: maxAge,
      targets: Dictionary(targets.map { ($0.state, 1) }, uniquingKeysWith: +),
      inSync: targets.reduce(0) { $0 + $1.inSync }, drifted: targets.reduce(0) { $0 + $1.drifted },
      unobserved: targets.reduce(0) { $0 + $1.unobserved },
      blindSpots: targets.filter { $0.state != .observed }.map { blindSpot($0, open) })
  }

  private static func blindSpot(_ target: Receipt.Target, _ open: [Finding]) -> FleetStatus.BlindSpot {
    var reasons: [Unobserved: Int] = [:]
    for finding in open where finding.aspect == .coverage && finding.target == target.target {
      for case .unobserved(let why) in finding.delta.entries.map(\.content) { reasons[why, default: 0] += 1 }
    }
    return .init(
      target: target.target, state: target.state, reasons: reasons,
      detail: target.reasons.compactMap(\.detail).first)
  }
}
