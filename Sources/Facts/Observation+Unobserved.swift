import Failures

extension Observation {
  /// One that praxis makes itself, in which no target was observed, and why.
  ///
  /// - Throws: `inconsistent` where there is no target.
  package init(
    unobserved targets: [TargetName], _ reason: TargetReport.Reason, source: SourceName, authority: AuthorityKind,
    run: RunID, begin: Timestamp, end: Timestamp, rules: Digest
  ) throws(Failure) {
    try self.init(
      source: source, authority: authority, run: run, tool: "praxis", begin: begin, end: end, evidence: [],
      desired: nil,
      rules: rules, declaration: .init(origin: .list, isWhole: false, targets: targets),
      targets: targets.map {
        TargetReport(target: $0, state: .failed, reasons: [reason], listsEverySubject: false)
      })
  }
}
