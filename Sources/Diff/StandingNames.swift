import Facts

/// A subject's name may hold a secret, and another epoch would make another subject of it. It keeps the name under which a
/// finding of it stands.
struct StandingNames {
  private let names: Set<[UInt8]>
  private let redaction: Redaction
  private let older: [String]

  init(_ open: [FindingID: Finding], _ redaction: Redaction) {
    self.redaction = redaction
    names = Set(open.values.filter { $0.aspect == .drift }.map { Array($0.subject.utf8) })
    older = redaction.older.isEmpty ? [] : redaction.checks.keys.filter { $0 != redaction.epoch }.sorted()
  }

  func standing(_ report: SubjectReport) -> SubjectReport {
    guard !older.isEmpty, !names.isEmpty, !names.contains(Array(report.subject.utf8)) else { return report }
    for epoch in older {
      let name = redaction.express(report.subject, under: epoch)
      if names.contains(Array(name.utf8)) {
        var copy = report
        copy.subject = name
        return copy
      }
    }
    return report
  }

  /// Whether a name holds a secret of an epoch that has no key here, so that its absence proves nothing.
  func namesMissingEpoch(_ subject: String) -> Bool {
    guard !redaction.epoch.isEmpty else { return false }
    return RedactionTag.epochs(in: subject).contains { redaction.checks[$0] == nil }
  }
}
