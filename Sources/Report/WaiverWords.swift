import Facts
import StrictJSON

/// How a waiver stands, in words.
enum WaiverWords {
  /// Of one waiver and its finding, on one line.
  static func line(_ waived: FleetStatus.WaivedFinding) -> String {
    let finding = waived.finding
    return "\(finding.id) \(finding.source): \(FindingsReport.target(of: finding)): "
      + "\(FindingsReport.subject(of: finding)): \(standing(waived)), by \(waived.waiver.proposal): \(waived.waiver.reason)"
  }

  static func standing(_ waived: FleetStatus.WaivedFinding) -> String {
    switch waived.standing {
    case .inForce: "waived until \(Times.utc(waived.waiver.until))"
    case .expired: "its waiver expired at \(Times.utc(waived.waiver.until))"
    case .otherDelta: "its waiver is for another value than it has now"
    case .notWaivable: "it has a waiver, and is of a sort that cannot be waived"
    }
  }

  static func json(_ waived: FleetStatus.WaivedFinding) -> JSON {
    .object([
      "finding": .string(waived.finding.id.text), "source": .string(waived.finding.source.text),
      "standing": .string(waived.standing.rawValue), "until": .string(waived.waiver.until.rfc3339),
      "reason": .string(waived.waiver.reason), "proposal": .string(waived.waiver.proposal),
    ])
  }
}

extension StatusReport {
  /// What is accepted, and what was and is no longer.
  func writeWaivers(to page: inout Page) {
    let lapsed = status.waivers.filter { $0.standing != .inForce }
    let holding = status.waivers.filter { $0.standing == .inForce }
    for (title, waivers, style) in [
      ("Waived:", holding, Palette.Style.dim), ("Waivers that do not hold:", lapsed, .drift),
    ] where !waivers.isEmpty {
      page.blank()
      page.line(.init(title, .bold))
      for waived in waivers.prefix(Self.maximumBlindSpots) {
        page.line(.init(WaiverWords.line(waived), style), indent: 2)
      }
      if waivers.count > Self.maximumBlindSpots {
        page.line(.init("and \(waivers.count - Self.maximumBlindSpots) more (all of them: --json)"), indent: 2)
      }
    }
  }
}

extension Explanation {
  /// What it means and what to do.
  package static func words(for standing: Waiver.Standing) -> Explanation {
    switch standing {
    case .inForce: Explanation("The finding is accepted for now; it counts as waived and not as open.")
    case .expired:
      Explanation(
        "The waiver's time is over, so the finding is reported again.",
        "Fix it, or waive it again (praxis propose waive).")
    case .otherDelta:
      Explanation(
        "The finding says something else than what was waived, so it is reported again.",
        "See it (praxis show), and fix it or waive it again.")
    case .notWaivable:
      Explanation("The finding is opaque or about the clock, and a waiver of it counts for nothing.", "Fix it.")
    }
  }
}
