import Facts
import StrictJSON

/// Keeps drift that a refresh or an apply took into a tool's state from passing for what is declared.
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

  /// Whether the attribute is declared otherwise than when the finding was opened, or is declared now and was not then.
  /// An attribute that is not declared is not declared anew, whatever else of the resource is.
  private func isDeclaredAnew(_ path: String, in now: Finding.HeldByState) -> Bool {
    guard let attribute = JSONPointer(path)?.tokens.first, let now = now.declarations[attribute] else { return false }
    if open.seen.heldByState.computed.contains(path) { return true }
    guard let then = open.seen.heldByState.declarations[attribute] else { return false }
    return redaction.proves(now, isAnotherDeclarationThan: then)
  }

  /// What is left of a drift that no plan shows any more; nil where reality is as it was declared.
  private func remaining(_ entry: Delta.Entry, in report: SubjectReport) -> Delta.Entry? {
    if let now = report.reality, now == open.seen.desired { return nil }
    // Without the values this cannot be determined; then the entry stays.
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
      // A value that is not declared ends together with a text whose drift is over, only where it is known to follow
      // from that text. Otherwise it moved on, and still is not what it was.
      if !open.seen.heldByState.ignored.contains(entry.path), follows(entry, now, in: report, actual) { return nil }
      return .init(path: entry.path, .between(desired: desired ?? .null, observed: now))
    case .text(let hunks):
      guard let text = now.string else { return entry }
      if LineDiff.undone(hunks, from: text) != nil { return entry }
      // That these lines are as they were says nothing of the others, but the digest of the whole does.
      return isDeclared(entry.path, in: actual) ? nil : .init(path: entry.path, .opaque(.movedOn))
    case .opaque, .unobserved: return entry
    }
  }

  /// Whether an undeclared value is a digest or the length of a text whose own part of the drift is over.
  private func follows(_ entry: Delta.Entry, _ now: JSON, in report: SubjectReport, _ actual: JSON) -> Bool {
    var left: Set<String> = []
    if case .drifted(_, let delta, _) = report.state { left = Set(delta.entries.map(\.path)) }
    let computed = Set(open.seen.heldByState.computed)
    return open.delta.entries.contains { other in
      guard other.path != entry.path, !computed.contains(other.path), !left.contains(other.path),
        let text = actual.at(other.path)?.string,
        // The text is declared anew where it is held and neither as it was nor drifted any more.
        !held.contains(other) || isDeclaredAnew(other.path, in: report.heldByState)
          || remaining(other, in: report) == nil
      else { return false }
      if let now = now.string, TextDigests.written(of: text).contains(now) { return true }
      return now.says(.number("\(text.utf8.count)")) && wasLength(entry, of: other)
    }
  }

  /// Whether a value moved with the length of a text when the drift was found: one that is as long by chance did not.
  private func wasLength(_ entry: Delta.Entry, of text: Delta.Entry) -> Bool {
    guard case .values(.number(let desired)?, .number(let observed)?) = entry.content, let desired = Int(desired),
      let observed = Int(observed)
    else { return false }
    switch text.content {
    case .values(let before, let after):
      return before?.string?.utf8.count == desired && after?.string?.utf8.count == observed
    case .text(let hunks):
      let lines = hunks.filter { !$0.hasPrefix("@@ ") }
      func bytes(_ sign: String) -> Int { lines.reduce(0) { $0 + ($1.hasPrefix(sign) ? $1.utf8.count : 0) } }
      return observed != desired && observed - desired == bytes("+") - bytes("-")
    case .opaque, .unobserved: return false
    }
  }

  /// Whether a text is as it was declared: with all else of the drift put right, the whole is what the digest of the desired side is of.
  private func isDeclared(_ path: String, in actual: JSON) -> Bool {
    guard let digest = open.seen.desired else { return false }
    var whole = actual
    for entry in open.delta.entries where entry.path != path {
      var desired: JSON?
      switch entry.content {
      case .values(let value, let observed) where value != nil || observed != nil: desired = value ?? .null
      case .text(let hunks):
        desired = actual.at(entry.path)?.string.map { .string(LineDiff.undone(hunks, from: $0) ?? $0) }
      case .values, .opaque, .unobserved: break
      }
      guard let desired, let tokens = JSONPointer(entry.path)?.tokens,
        let put = whole.putting(desired, at: tokens[...])
      else { return false }
      whole = put
    }
    return Digest(of: whole) == digest
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

  /// The same with another value in the place of one that is there; nil where none is.
  fileprivate func putting(_ value: JSON, at path: ArraySlice<String>) -> JSON? {
    guard let name = path.first else { return value }
    guard case .object(var object) = self, let inner = object[name]?.putting(value, at: path.dropFirst()) else {
      return nil
    }
    object[name] = inner
    return .object(object)
  }
}

extension Redaction {
  /// Whether two digests of how an attribute is declared prove that it is declared otherwise. Two of different forms, such as one of a
  /// value and one of an expression, prove nothing.
  func proves(_ now: String, isAnotherDeclarationThan then: String) -> Bool {
    // An older one names no form, and begins with that of its digest.
    guard now.prefix(while: { $0 != ":" }) == then.prefix(while: { $0 != ":" }) else { return false }
    return compare(older: Array(then.utf8), newer: Array(now.utf8)) == .different
  }
}
