import Facts

/// Keeps drift that somebody took into a tool's state from passing for what is declared.
///
/// Where a plan leaves an attribute as it is, its desired value is the state's. Once a refresh or an apply of something else has
/// written reality there, no plan shows the drift any more, although neither the declaration nor reality moved. Then it stays open
/// until reality is back, the declaration of the subject moves, or an approved adopt covers it.
struct StateAcceptance {
  private let open: Finding
  private let redaction: Redaction
  private let held: [Delta.Entry]

  /// - Returns: nil where nothing of the finding stands on a state.
  init?(_ open: Finding, _ redaction: Redaction) {
    let paths = Set(open.seen.heldByState.paths)
    held = open.delta.entries.filter { paths.contains($0.path) }
    guard open.kind == .changed, !held.isEmpty else { return nil }
    self.open = open
    self.redaction = redaction
  }

  /// The report with what the state took over since the finding was opened.
  func applied(to report: SubjectReport) -> SubjectReport {
    var entries: [Delta.Entry]
    var cause: Cause?
    switch report.state {
    case .inSync: entries = []
    case .drifted(.changed, let delta, let own): (entries, cause) = (delta.entries, own)
    case .drifted, .unobserved: return report
    }
    let before = open.seen.heldByState
    let byState = Set(report.heldByState.paths)
    var result = report
    var (hasHeld, isRestored) = (false, false)
    for entry in held where !isDeclaredAnew(entry.path, in: report.heldByState) {
      if let index = entries.firstIndex(where: { $0.path == entry.path }) {
        // What the plan asks for now is declared.
        guard byState.contains(entry.path) else { continue }
        isRestored = true
        let value = report.actual.map { $0.at(entry.path) ?? .null }
        entries.replaceSubrange(index...index, with: restored(entries[index], to: entry, value).map { [$0] } ?? [])
      } else if let now = remaining(entry, in: report) {
        hasHeld = true
        entries.append(now)
      } else {
        continue
      }
      if !byState.contains(entry.path) {
        if before.ignored.contains(entry.path) {
          result.heldByState.ignored.append(entry.path)
        } else {
          result.heldByState.computed.append(entry.path)
        }
      }
    }
    guard hasHeld || isRestored else { return report }
    if entries.isEmpty {
      result.state = .inSync
      return result
    }
    entries.sort { (JSONPointer($0.path) ?? .root) < (JSONPointer($1.path) ?? .root) }
    result.state = .drifted(.changed, Delta(entries), report.state == .inSync ? .accepted : cause)
    result.desired = open.seen.desired
    if result.heldByState.declarations.isEmpty { result.heldByState.declarations = before.declarations }
    return result
  }

  /// Whether the attribute is declared otherwise than when the finding was opened, or is declared now where nobody did. What nobody
  /// declares is not declared anew, whatever else of the resource is.
  private func isDeclaredAnew(_ path: String, in now: Finding.HeldByState) -> Bool {
    guard let attribute = JSONPointer(path)?.tokens.first, let now = now.declarations[attribute] else { return false }
    if open.seen.heldByState.computed.contains(path) { return true }
    guard let then = open.seen.heldByState.declarations[attribute] else { return false }
    return redaction.compare(older: Array(then.utf8), newer: Array(now.utf8)) == .different
  }

  /// What is left of a drift that no plan shows any more; nil where reality is as it was declared.
  private func remaining(_ entry: Delta.Entry, in report: SubjectReport) -> Delta.Entry? {
    if let now = report.reality, now == open.seen.desired { return nil }
    // Without the values nobody can tell; then it stays.
    guard let actual = report.actual else { return entry }
    let now = actual.at(entry.path) ?? .null
    switch entry.content {
    case .values(let desired, let observed):
      if desired == nil || observed == nil, let list = list(around: entry.path, in: actual) {
        // An element of a list has no place of its own.
        let isThere = list.contains { says(desired ?? observed, $0) }
        return isThere == (observed != nil) ? entry : nil
      }
      if says(desired, now) { return nil }
      if says(observed, now) { return entry }
      // What nobody declares follows from other things, where another part of the same drift is over; else it moved on, and still is
      // not what it was.
      if !open.seen.heldByState.ignored.contains(entry.path), isOverElsewhere(than: entry, in: report) { return nil }
      return .init(path: entry.path, .between(desired: desired ?? .null, observed: now))
    case .text(let hunks):
      guard let text = now.string else { return entry }
      if LineDiff.undone(hunks, from: text) != nil { return entry }
      // That these lines are as they were says nothing of the others.
      return .init(path: entry.path, .opaque(.changed))
    case .opaque, .unobserved: return entry
    }
  }

  private func isOverElsewhere(than entry: Delta.Entry, in report: SubjectReport) -> Bool {
    var left: Set<String> = []
    if case .drifted(_, let delta, _) = report.state { left = Set(delta.entries.map(\.path)) }
    let computed = Set(open.seen.heldByState.computed)
    return open.delta.entries.contains { other in
      guard other.path != entry.path, !computed.contains(other.path), !left.contains(other.path) else { return false }
      return !held.contains(other) || remaining(other, in: report) == nil
    }
  }

  /// A later drift against what was desired before the state took the first one over; nil where reality is back at that.
  private func restored(_ now: Delta.Entry, to before: Delta.Entry, _ value: JSON?) -> Delta.Entry? {
    switch (now.content, before.content) {
    case (.values(let held, let observed), .values(let desired, _)):
      if says(desired, observed ?? .null) { return nil }
      guard let held, !says(desired, held) else { return now }
      return .init(path: now.path, .between(desired: desired ?? .null, observed: observed ?? .null))
    case (.text(let hunks), .text(let earlier)):
      guard let text = value?.string, let held = LineDiff.undone(hunks, from: text),
        let desired = LineDiff.undone(earlier, from: held)
      else { return now }
      let found = LineDiff.hunks(from: desired, to: text)
      return found.isEmpty ? nil : .init(path: now.path, .text(found))
    default: return now
    }
  }

  private func list(around path: String, in actual: JSON) -> [JSON]? {
    guard let pointer = JSONPointer(path), !pointer.tokens.isEmpty else { return nil }
    return actual[JSONPointer(tokens: pointer.tokens.dropLast())]?.array
  }

  /// Whether what was written down says the same as what was seen now, under whichever key its secrets were redacted.
  private func says(_ earlier: JSON?, _ now: JSON) -> Bool {
    let earlier = earlier ?? .null
    return earlier.says(now)
      || redaction.compare(older: CanonicalJSON.line(earlier), newer: CanonicalJSON.line(now)) == .same
  }
}

extension JSON {
  fileprivate func at(_ path: String) -> JSON? { JSONPointer(path).flatMap { self[$0] } }
}
