import Facts

/// A subject's name may hold a secret, and another epoch would make another subject of it. It keeps the name under which a
/// finding of it stands.
struct StableSubjectNames {
  private let names: Set<SubjectName>
  private let redaction: Redaction
  private let older: [String]

  init(_ open: [FindingID: Finding], _ redaction: Redaction) {
    self.redaction = redaction
    names = Set(open.values.filter { $0.aspect == .drift }.map(\.subject))
    older = redaction.older.isEmpty ? [] : redaction.checks.keys.filter { $0 != redaction.epoch }.sorted()
  }

  func standing(_ report: SubjectReport) -> SubjectReport {
    guard !older.isEmpty, !names.isEmpty, !names.contains(report.subject) else { return report }
    for epoch in older {
      let name = SubjectName(redaction.express(report.subject.text, under: epoch))
      if names.contains(name) {
        var copy = report
        copy.subject = name
        return copy
      }
    }
    return report
  }

  /// Whether a name holds a secret of an epoch that has no key here, so that its absence proves nothing.
  func namesMissingEpoch(_ subject: SubjectName) -> Bool {
    guard !redaction.epoch.isEmpty else { return false }
    return RedactionTag.epochs(in: subject.text).contains { redaction.checks[$0] == nil }
  }
}
