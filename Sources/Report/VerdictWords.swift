import Facts

/// The verdict in one line that says why it is what it is.
enum VerdictWords {
  static func headline(of status: FleetStatus) -> String {
    let gaps = gaps(in: status)
    switch status.verdict {
    case .inSync:
      return "in sync: everything that is declared was observed, and is as declared"
        + (status.waived > 0 ? " or waived" : "")
    case .drift:
      return (["drift: \(drift(in: status))"] + gaps).joined(separator: "; ")
    case .incomplete:
      if status.sources.isEmpty { return "incomplete: no source is configured, so nothing was observed" }
      let why = gaps.isEmpty ? "not everything could be observed" : gaps.joined(separator: "; ")
      return "incomplete: no drift is recorded, but \(why)"
    }
  }

  private static func drift(in status: FleetStatus) -> String {
    let counted = status.open.drift > 0 ? status.open.drift : status.sources.map(\.drifted).reduce(0, +)
    if counted == 0 { return "something is not as declared" }
    return "\(Explanation.counted(counted, "subject")) \(counted == 1 ? "is" : "are") not as declared"
  }

  /// All that keeps the picture from being whole.
  private static func gaps(in status: FleetStatus) -> [String] {
    func targets(_ states: TargetState...) -> Int {
      status.sources.reduce(0) { sum, source in sum + states.reduce(0) { $0 + (source.targets[$1] ?? 0) } }
    }
    func were(_ count: Int, _ noun: String, _ rest: String) -> String? {
      count == 0 ? nil : "\(Explanation.counted(count, noun)) \(count == 1 ? "was" : "were") \(rest)"
    }
    let seen = status.sources.filter { $0.observedAt != nil }
    return [
      were(targets(.unreachable, .failed), "target", "not observed"),
      were(targets(.partly), "target", "only partly observed"),
      were(seen.count(where: \.isStale), "source", "observed too long ago"),
      were(status.sources.count - seen.count, "source", "never observed"),
      were(status.open[.staleBaseline], "known-good", "older than baseline-max-age"),
      were(status.unrecorded, "observation", "in the spool, not recorded yet"),
      were(status.failed.count, "source", "not observed now, or its observation is not recorded"),
      status.isVerified ? nil : "main is not verified",
    ].compactMap(\.self)
  }
}
