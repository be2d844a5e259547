import Facts
import StrictJSON

/// The first layout of `dry-run.txt`, for histories that hold proposals in it. Nothing new is approved in it.
///
/// It showed the top of a first known-good alone, and compared a later one as drift is compared: grouped at the source's depth, and across
/// redaction keys by what the engine knew of them. The depth and that knowledge are in no tree. So a text counts as computed where it is the one
/// of some depth, under one of the few states that the engine's keys can have been in; each of them shows every difference of what is
/// readable.
enum FirstProposalText {
  private static let depths = 1...8

  static func isComputed(_ text: [UInt8], for proposal: Proposal, _ content: ProposedContent) -> Bool {
    switch content {
    case .bless(let targets):
      guard proposal.reason == nil else { return false }
      return Knowledge.allCases.contains { knowledge in
        depths.contains { depth in matches(text, bless(proposal.source, targets, depth, knowledge)) }
      }
    case .waive(let waived):
      return matches(text, waive(proposal, waived))
    case .retract(let findings):
      return findings.count == 1 && matches(text, retract(proposal, findings[0]))
    case .run: return true
    }
  }

  private static func matches(_ text: [UInt8], _ lines: [String]) -> Bool {
    text.elementsEqual((lines.joined(separator: "\n") + "\n").utf8)
  }

  // MARK: Bless

  /// What the engine's keys told of secrets that were written under another key before.
  private enum Knowledge: CaseIterable {
    /// No secret had changed its key.
    case noneNeeded
    /// The older key was there, and every secret was the same.
    case allTheSame
    /// The older key was not there.
    case keyMissing
  }

  private static func bless(
    _ source: SourceName, _ targets: [ProposedContent.Blessing], _ depth: Int, _ knowledge: Knowledge
  ) -> [String] {
    var lines = [
      "Bless the observed facts of \(targets.count) target\(targets.count == 1 ? "" : "s") of \(source) as known-good.",
      "",
      "This changes the state repository alone. From its merge on, the facts below are what these targets",
      "are compared with; whatever differs from the known-good before is drift no longer.",
    ]
    for target in targets {
      let after = target.after
      lines.append("")
      let observed = "observed \(after.observedAt) in run \(after.run)"
      guard let before = target.before else {
        lines.append("\(TerminalSafe.escaped(after.target)): first known-good, \(observed)")
        lines += first(after.facts)
        continue
      }
      let changes = KnownGoodChange.list(
        from: before.facts, to: after.facts, groupDepth: depth,
        redaction: redaction(from: before.facts, to: after.facts, knowledge))
      lines.append(
        "\(TerminalSafe.escaped(after.target)): \(changes.count) fact\(changes.count == 1 ? "" : "s") changed, \(observed)"
      )
      for change in changes {
        lines.append("  \(TerminalSafe.escaped(change.subject))")
        lines += change.lines.map { "    \(TerminalSafe.escaped($0))" }
      }
      if changes.isEmpty { lines.append("  only the key changes under which secrets are redacted") }
    }
    return lines
  }

  private static func first(_ facts: JSON) -> [String] {
    guard case .object(let object) = facts else { return [] }
    return object.members.map { name, value in
      let what: String =
        switch value {
        case .object(let inner): "\(inner.count) entries"
        case .array(let elements): "\(elements.count) elements"
        default: String(decoding: CanonicalJSON.line(value).dropLast().prefix(60), as: UTF8.self)
        }
      return "  \(TerminalSafe.escaped("/\(name)")): \(TerminalSafe.escaped(what))"
    }
  }

  private static func redaction(from before: JSON, to after: JSON, _ knowledge: Knowledge) -> Redaction? {
    let old = RedactionTag.epochs(in: CanonicalJSON.line(before))
    guard knowledge != .noneNeeded, let epoch = RedactionTag.epochs(in: CanonicalJSON.line(after)).max() else {
      return nil
    }
    guard knowledge == .allTheSame else { return Redaction(epoch: epoch) }
    var pairs = SecretPairs()
    pairs.add(before, after)
    // One secret has one tag under each key: where the places contradict each other, not every secret is the same.
    guard pairs.older.values.allSatisfy({ $0.count == 1 }),
      Set(pairs.older.values.joined()).count == pairs.older.count
    else { return nil }
    return Redaction(
      epoch: epoch, checks: Dictionary(old.map { ($0, "") }) { first, _ in first },
      older: pairs.older.mapValues { Array($0) })
  }

  // MARK: Waive and retract

  private static func waive(_ proposal: Proposal, _ waived: [ProposedContent.Waiving]) -> [String] {
    let until = waived.first?.after.until
    return [
      "Waive \(waived.count) finding\(waived.count == 1 ? "" : "s") of \(proposal.source) until \(until.map(\.rfc3339) ?? "").",
      "Reason: \(TerminalSafe.escaped(proposal.reason ?? ""))",
      "",
      "This changes the state repository alone. From its merge on, and until then, what is listed below is open but",
      "counts as accepted. Each waiver is bound to the value shown: another value, or another list, is loud again.",
    ] + waived.flatMap { describe($0.finding) }
  }

  private static func retract(_ proposal: Proposal, _ finding: Finding) -> [String] {
    [
      "Retract one finding of \(finding.source) as never true.",
      "Reason: \(TerminalSafe.escaped(proposal.reason ?? ""))",
      "",
      "This changes the state repository alone. The engine's next run over \(TerminalSafe.escaped(finding.target)) ends the",
      "finding as retracted. If that run sees the same difference, a new finding is opened.",
    ] + describe(finding)
  }

  private static func describe(_ finding: Finding) -> [String] {
    ProposalText.describe(finding, notObserved: "not looked at")
  }
}

/// Which tag of a newer key stands where which tag of an older one stood.
private struct SecretPairs {
  private(set) var older: [String: Set<String>] = [:]

  mutating func add(_ before: JSON, _ after: JSON) {
    switch (before, after) {
    case (.string(let old), .string(let new)):
      let (left, right) = (RedactionTag.tags(in: old), RedactionTag.tags(in: new))
      guard left.count == right.count else { return }
      for (old, new) in zip(left, right) where RedactionTag.epochs(in: old) != RedactionTag.epochs(in: new) {
        older[new, default: []].insert(old)
      }
    case (.array(let left), .array(let right)):
      for (old, new) in zip(left, right) { add(old, new) }
    case (.object(let left), .object(let right)):
      for (name, member) in left.members { if let other = right[name] { add(member, other) } }
    default: break
    }
  }
}
