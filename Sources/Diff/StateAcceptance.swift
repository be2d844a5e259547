import Facts
import StrictJSON

/// Keeps drift that a refresh or an apply took into a tool's state from passing for what is declared.
///
/// Where a plan leaves an attribute as it is, its desired value is the state's. Once a refresh or an apply of something else has
/// written reality there, no plan shows the drift any more, although neither the declaration nor reality moved. Therefore a finding
/// remembers what was desired of each of its attributes as a whole, whatever it is found to be meanwhile (missing, unexpected, to be
/// replaced), until reality is back at that, the attribute is declared as it is there, or an approved adopt covers it.
struct StateAcceptance {
  let open: Finding
  let redaction: Redaction
  /// Nothing of the declaration, as files, has changed since the run before.
  private let isDeclarationUnmoved: Bool
  /// Attributes of which only the state held what was desired.
  private let held: Set<String>
  private let attributes: [String]

  /// - Returns: nil where there is nothing to remember.
  init?(_ open: Finding, _ redaction: Redaction, isDeclarationUnmoved: Bool) {
    let seen = open.seen.heldByState
    held = seen.attributes
    // What a plan asked for, and what is declared for certain: the tool may have been told since to leave it alone.
    let asked =
      open.kind == .changed
      ? Set(open.delta.entries.map { Delta.attribute(of: $0.path) }).filter { seen.declarations[$0] != nil } : []
    attributes = held.union(seen.values.keys).union(asked).sorted()
    guard open.aspect == .drift, open.authority.hasState, !attributes.isEmpty else { return nil }
    self.open = open
    self.redaction = redaction
    self.isDeclarationUnmoved = isDeclarationUnmoved
  }

  /// What becomes of one attribute.
  private enum Fate {
    /// Reality is as declared: what the report has of it is the state's lag, if anything.
    case over
    /// What is planned now says it all; nil where it is known only after an apply.
    case asked(JSON?)
    /// It stays, with these entries instead of the report's; nil where what was desired is not known whole.
    case stays(desired: JSON?, [Delta.Entry])
  }

  /// The report with what the state took over since the finding was opened.
  func applied(to report: SubjectReport) -> SubjectReport {
    var entries: [Delta.Entry] = []
    var own: Cause?
    switch report.state {
    case .unobserved: return report
    case .inSync: break
    case .drifted(.changed, let delta, let cause): (entries, own) = (delta.entries, cause)
    case .drifted: return remembering(in: report)
    }
    var result = report
    var (hasMore, hasOther) = (false, false)
    for attribute in attributes {
      let theirs = entries.filter { Delta.attribute(of: $0.path) == attribute }
      switch fate(of: attribute, theirs, in: report) {
      case .over:
        hasOther = hasOther || !theirs.isEmpty
        entries.removeAll { Delta.attribute(of: $0.path) == attribute }
        result.forget(attribute)
      case .asked(let desired):
        result.remember(attribute, desired ?? self.desired(attribute), of: open, isHeld: held.contains(attribute))
      case .stays(let desired, let found):
        hasMore = hasMore || theirs.isEmpty
        hasOther = hasOther || theirs != found
        entries.removeAll { Delta.attribute(of: $0.path) == attribute }
        entries += found
        result.remember(attribute, desired, of: open, isHeld: true)
        for entry in found { result.hold(entry.path, as: open) }
        if report.heldByState.declarations[attribute] == nil || !isDeclaredAnew(attribute, in: report) {
          result.heldByState.declarations[attribute] = open.seen.heldByState.declarations[attribute]
        }
      }
    }
    guard hasMore || hasOther else { return result.kept }
    if entries.isEmpty {
      result.state = .inSync
      return result.kept
    }
    entries.sort { (JSONPointer($0.path) ?? .root) < (JSONPointer($1.path) ?? .root) }
    result.state = .drifted(.changed, Delta(entries), report.state == .inSync ? .accepted : own)
    result.desired = open.seen.desired
    return result.kept
  }

  /// What is found to be something else than changed for a while goes on remembering.
  private func remembering(in report: SubjectReport) -> SubjectReport {
    var result = report
    for attribute in attributes {
      result.remember(attribute, desired(attribute), of: open, isHeld: held.contains(attribute))
      let known = open.seen.heldByState.declarations[attribute]
      result.heldByState.declarations[attribute] = known ?? result.heldByState.declarations[attribute]
    }
    return result.kept
  }

  private func fate(of attribute: String, _ theirs: [Delta.Entry], in report: SubjectReport) -> Fate {
    guard !attribute.isEmpty else { return fate(ofIdentity: theirs, in: report) }
    let isHeld = held.contains(attribute)
    let byState = Set(report.heldByState.paths)
    let asked = theirs.filter { !byState.contains($0.path) }
    guard let actual = report.actual else {
      // Without the values this cannot be determined; then what is held stays.
      if !isHeld || report.reality != nil && report.reality == open.seen.desired {
        return theirs.isEmpty ? .over : .asked(nil)
      }
      return .stays(desired: desired(attribute), theirs.isEmpty ? recorded(attribute) : theirs)
    }
    let now = actual[attribute] ?? .null
    var desired = self.desired(attribute) ?? undone(attribute, in: actual)
    let isAnew = isDeclaredAnew(attribute, in: report)
    let declared = report.declared?[attribute]
    if asked.isEmpty, isAnew, let declared {
      if now.isBlock(askedBy: declared) { return .over }
      // A block does not show what a provider adds to it.
      if !declared.isOfBlocks(there: now) { desired = declared }
    }
    if desired == nil, asked.isEmpty, report.reality != nil, report.reality == open.seen.desired { return .over }
    let left = desired.map { entries(from: $0, to: now, at: attribute) }
    if left?.isEmpty == true, asked.isEmpty { return .over }
    if !asked.isEmpty {
      let uncovered = (left ?? []).filter { entry in !asked.contains { $0.covers(entry) } }
      guard isHeld, !uncovered.isEmpty else { return .asked(report.desired(of: attribute)) }
      return .stays(desired: desired, theirs + uncovered.filter { entry in !theirs.contains { $0.path == entry.path } })
    }
    if !isHeld, !isLeftAlone(attribute, now, desired, declared, isAnew) { return .over }
    if follows(attribute, now, desired, in: report, actual) || isOfAnother(attribute, actual) { return .over }
    return .stays(desired: desired, left ?? recorded(attribute, now))
  }

  /// Whether the tool asks no more for what it asked for, although neither reality nor the declaration came to the other.
  private func isLeftAlone(
    _ attribute: String, _ now: JSON, _ desired: JSON?, _ declared: JSON?, _ isAnew: Bool
  ) -> Bool {
    if let declared {
      // A provider may have its own way of writing what it was told.
      return !now.isBlock(askedBy: declared) && !declared.isOfBlocks(there: now)
        && now.string?.lowercased() ?? "" != declared.string?.lowercased() ?? "-"
    }
    guard let desired, !isAnew, isDeclarationUnmoved else { return false }
    let before = open.delta.entries.filter { Delta.attribute(of: $0.path) == attribute }
    return Delta(entries(from: desired, to: now, at: attribute)).line == Delta(before).line
  }

  private func fate(ofIdentity theirs: [Delta.Entry], in report: SubjectReport) -> Fate {
    guard let desired = desired("") else { return .asked(nil) }
    guard let identity = report.identity else {
      return .stays(desired: desired, theirs.isEmpty ? recorded("") : theirs)
    }
    let left = entries(from: desired, to: .string(identity), at: "")
    let others = theirs.filter { !report.heldByState.paths.contains($0.path) }
    return left.isEmpty && others.isEmpty ? .over : .stays(desired: desired, others + left)
  }

  /// Whether the attribute is declared otherwise than when the finding was opened, or is declared now and was not then.
  /// An attribute that is not declared is not declared anew, whatever else of the resource is.
  private func isDeclaredAnew(_ attribute: String, in report: SubjectReport) -> Bool {
    guard let now = report.heldByState.declarations[attribute] else { return false }
    if isComputed(attribute) { return true }
    guard let then = open.seen.heldByState.declarations[attribute] else { return false }
    return redaction.proves(now, isAnotherDeclarationThan: then)
  }

  private func isComputed(_ attribute: String) -> Bool {
    open.seen.heldByState.computed.contains { Delta.attribute(of: $0) == attribute }
  }

  // MARK: What an undeclared value says

  /// Whether an undeclared value is a digest or the length of a text whose own part of the drift is over.
  private func follows(
    _ attribute: String, _ now: JSON, _ desired: JSON?, in report: SubjectReport, _ actual: JSON
  ) -> Bool {
    guard isComputed(attribute) else { return false }
    return attributes.contains { other in
      guard other != attribute, !isComputed(other), let text = actual[other]?.string else { return false }
      var left: [Delta.Entry] = []
      if case .drifted(_, let delta, _) = report.state {
        left = delta.entries.filter { Delta.attribute(of: $0.path) == other }
      }
      guard case .over = fate(of: other, left, in: report) else { return false }
      let before = desired.flatMap { value in self.desired(other)?.string.map { (value: value, text: $0) } }
      return TextDigests.follows(now, text, before: before)
    }
  }

  /// Whether it is an undeclared value of another object than the one that was found, which was to be made anew.
  private func isOfAnother(_ attribute: String, _ actual: JSON) -> Bool {
    guard isComputed(attribute), let known = open.seen.heldByState.object, let id = actual["id"]?.string else {
      return false
    }
    let isRemade = open.kind != .changed || open.delta.entries.contains(where: \.path.isEmpty)
    return isRemade && redaction.compare(older: Array(known.utf8), newer: Array(id.utf8)) == .different
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
