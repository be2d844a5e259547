/// Which facts are asked for. What is left out asks for all.
package struct FactQuery: Sendable, Hashable {
  /// Whether what is recorded to go on is meant, what has ended, or both.
  package enum State: String, Sendable, Hashable, CaseIterable {
    case open, closed, all
  }

  /// Of these sources; none: of all.
  package var sources: [SourceName] = []
  /// Of targets that match this pattern of `*` and `?`.
  package var target: String?
  /// Of subjects that match this pattern.
  package var subject: String?
  /// Of these kinds; none: of all.
  package var kinds: [Kind] = []
  /// At least of this severity.
  package var severity: Severity?
  /// Of these authorities; none: of all.
  package var authorities: [AuthorityKind] = []
  /// Open, closed or both.
  package var state = State.open
  /// Only what was true at this instant: its interval holds it.
  package var validAt: Timestamp?
  /// Up to when ages and returns are counted.
  package var asOf: Timestamp
  /// In seconds: only what began at least so long before `asOf`.
  package var minimumAge: Int64?
  /// In seconds: only what began less than so long before `asOf`.
  package var maximumAge: Int64?
  /// Only of findings that came back at least so often up to `asOf`.
  package var minimumReturns: Int?

  /// Everything that is open.
  package init(asOf: Timestamp) {
    self.asOf = asOf
  }

  /// Whether a fact is meant, but for how often its finding came back. What was corrected is no longer recorded, so it never is.
  package func matches(_ fact: Finding) -> Bool {
    fact.correctedBy == nil && holds(fact.validFrom, fact.validTo)
      && (sources.isEmpty || sources.contains(fact.source))
      && (kinds.isEmpty || kinds.contains(fact.kind))
      && (severity.map { fact.severity >= $0 } ?? true)
      && (authorities.isEmpty || authorities.contains(fact.authority))
      && names(target: fact.target, subject: fact.subject)
  }

  /// Whether the patterns match.
  package func names(target: TargetName, subject: SubjectName) -> Bool {
    (self.target.map { Glob($0).matches(target.text) } ?? true)
      && (self.subject.map { Glob($0).matches(subject.text) } ?? true)
  }

  /// The only findings that can be meant; nil where the names leave a choice.
  package var findings: [FindingID]? {
    guard let target, let subject, !sources.isEmpty, Glob(target).isLiteral, Glob(subject).isLiteral else { return nil }
    return Set(sources).flatMap { source in
      Aspect.allCases.map {
        FindingID(source: source, target: TargetName(target), subject: SubjectName(subject), aspect: $0)
      }
    }
  }

  private func holds(_ from: Timestamp, _ to: Timestamp?) -> Bool {
    switch state {
    case .open where to != nil, .closed where to == nil: return false
    default: break
    }
    if let validAt, !(from <= validAt && (to.map { validAt < $0 } ?? true)) { return false }
    return (latestBegin.map { from <= $0 } ?? true) && (earliestBegin.map { from > $0 } ?? true)
  }

  /// Facts have to begin at or before this.
  package var latestBegin: Timestamp? { minimumAge.map { asOf.advanced(bySeconds: -$0) } }
  /// Facts have to begin after this.
  package var earliestBegin: Timestamp? { maximumAge.map { asOf.advanced(bySeconds: -$0) } }
}

/// How often a finding came back after it had gone.
package struct Recurrence: Sendable {
  /// One fact's interval.
  package struct Interval: Sendable, Hashable {
    /// When it begins, and when it ends; nil while it goes on.
    package var from: Timestamp
    /// See `from`.
    package var to: Timestamp?

    package init(from: Timestamp, to: Timestamp?) {
      self.from = from
      self.to = to
    }
  }

  /// The number of returns: spells without a gap, less the first one. One delta that takes another's place is no return.
  ///
  /// - Parameter intervals: of the facts of one finding that are recorded and were not retracted, in any order.
  package static func returns(of intervals: [Interval], upTo instant: Timestamp) -> Int {
    var spells = 0
    var end: Timestamp?
    for interval in intervals.sorted(by: { $0.from < $1.from }) where interval.from <= instant {
      if spells == 0 || end.map({ interval.from > $0 }) == true { spells += 1 }
      end = interval.to
    }
    return max(0, spells - 1)
  }
}
