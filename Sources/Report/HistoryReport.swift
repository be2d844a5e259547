import Facts
import StrictJSON

/// Findings over both time axes, for `praxis history`.
package struct HistoryReport: Sendable {
  /// What its file says its format is.
  package static let format = "praxis.history/1"

  /// One finding.
  package struct Timeline: Sendable {
    /// Any of its facts, for its names.
    package var sample: Finding
    /// What came to be known, oldest first.
    package var steps: [Step]
    /// What is recorded at the end, oldest first.
    package var facts: [Finding]

    package init(sample: Finding, steps: [Step], facts: [Finding]) {
      self.sample = sample
      self.steps = steps
      self.facts = facts
    }
  }

  /// What one commit changed.
  package struct Step: Sendable {
    /// The commit's id.
    package var commit: String
    /// Its effective time.
    package var time: Timestamp
    /// What it changed.
    package var changes: [Change]

    package init(commit: String, time: Timestamp, changes: [Change]) {
      self.commit = commit
      self.time = time
      self.changes = changes
    }
  }

  /// What happened to a fact.
  package enum Verb: String, Sendable, Hashable, CaseIterable {
    case opened, ended, corrected, removed
  }

  /// One change of the recorded state.
  package struct Change: Sendable {
    /// What happened.
    package var verb: Verb
    /// The fact from then on.
    package var fact: Finding

    package init(verb: Verb, fact: Finding) {
      self.verb = verb
      self.fact = fact
    }
  }

  /// The findings, in the order in which they are shown.
  package var timelines: [Timeline]
  /// Up to when the knowledge goes.
  package var knownAt: Timestamp

  package init(_ timelines: [Timeline], knownAt: Timestamp) {
    self.timelines = timelines
    self.knownAt = knownAt
  }

  /// Two lists for each finding: what came to be known with which commit, and what is recorded of which time now.
  ///
  /// All that comes from a host stands behind a label or is indented, so that it can pose as no line of ours.
  package func text(palette: Palette = .plain) -> String {
    var page = Page(palette: palette)
    for (index, timeline) in timelines.enumerated() {
      if index > 0 { page.blank() }
      write(timeline, to: &page)
    }
    return page.text
  }

  private func write(_ timeline: Timeline, to page: inout Page) {
    let sample = timeline.sample
    page.line(.init(sample.id.text, .bold), .init("  \(sample.aspect.rawValue)"))
    page.line(.init("what ", .dim), .init(FindingsReport.subject(of: sample)))
    page.line(
      .init("where ", .dim),
      .init("\(FindingsReport.target(of: sample)), source \(sample.source) (\(sample.authority.rawValue))"))
    page.blank()
    page.line(.init("When we came to know it:", .bold))
    for step in timeline.steps {
      page.line(.init("\(Times.utc(step.time))  commit \(step.commit.prefix(12))"), indent: 2)
      for change in step.changes {
        page.line(.init(Self.words(change), Self.style(of: change)), indent: 4)
        page.line(.init(DeltaWords.of(change.fact.delta), .dim), indent: 6)
      }
    }
    page.blank()
    page.line(.init("What is recorded of which time:", .bold))
    if timeline.facts.isEmpty { page.line(.init("nothing: it was never so"), indent: 2) }
    for fact in timeline.facts {
      page.line(.init(FindingReport.interval(of: fact)), indent: 2)
      page.line(.init(DeltaWords.of(fact.delta), .dim), indent: 4)
    }
  }

  private static func words(_ change: Change) -> String {
    let fact = change.fact
    let from = Times.utc(fact.validFrom)
    let interval = fact.validTo.map { "from \(from) to \(Times.utc($0))" } ?? "since \(from)"
    switch change.verb {
    case .opened: return "\(fact.kind.rawValue) \(interval)"
    case .ended:
      return "\(fact.kind.rawValue) \(interval): \(fact.ended.map { FindingReport.words(for: $0) } ?? "ended")"
    case .corrected:
      return "\(fact.kind.rawValue) \(interval) was not so: corrected by run \(fact.correctedBy?.text ?? "")"
    case .removed: return "\(fact.kind.rawValue) \(interval) is no longer recorded; its file is gone"
    }
  }

  private static func style(of change: Change) -> Palette.Style? {
    switch change.verb {
    case .opened: FindingsReport.style(of: change.fact)
    case .ended: .inSync
    case .corrected, .removed: .dim
    }
  }

  /// `praxis.history/1`: each fact exactly as its file holds it.
  package var json: JSON {
    .object([
      "format": .string(Self.format), "knownAt": .string(knownAt.rfc3339),
      "findings": .array(timelines.map(Self.json)),
    ])
  }

  /// The file's content, the same bytes on every machine.
  package var bytes: [UInt8] { CanonicalJSON.bytes(json) }

  private static func json(_ timeline: Timeline) -> JSON {
    let sample = timeline.sample
    return .object([
      "id": .string(sample.id.text), "aspect": .string(sample.aspect.rawValue),
      "authority": .string(sample.authority.rawValue), "source": .string(sample.source.text),
      "target": .name(sample.target), "subject": .name(sample.subject),
      "transactions": .array(
        timeline.steps.map { step in
          .object([
            "commit": .string(step.commit), "time": .string(step.time.rfc3339),
            "changes": .array(
              step.changes.map { .object(["change": .string($0.verb.rawValue), "fact": $0.fact.json]) }),
          ])
        }),
      "facts": .array(timeline.facts.map(\.json)),
    ])
  }
}
