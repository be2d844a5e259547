import Diff
import Facts
import Failures
import Git

extension StateStore {
  /// The sources that main holds a receipt of, and that its praxis.yaml does not declare: an admin has removed them, and what was found is
  /// not ended yet.
  package func removedSources(at commit: ObjectID) async throws(Failure) -> [SourceName] {
    let configuration = try await configuration(at: commit).configuration
    return try await observedSources(at: commit).filter { configuration.source(named: $0) == nil }
  }

  /// Ends what is open of a source that praxis.yaml of main's tip does not declare, as undeclared, and takes its receipt away: one signed
  /// commit that names the admin's.
  ///
  /// Without the receipt a source that comes back under this name is not observed until a run has observed it.
  ///
  /// - Returns: the commit, how many findings ended, and what became of the work tree; nil where there is nothing to end.
  package func end(
    removed source: SourceName, _ terms: RecordingTerms
  ) async throws(Failure) -> (commit: ObjectID, findings: Int, workTree: WorkTreeOutcome)? {
    struct Written: Sendable {
      var commit: ObjectID?
      var findings = 0
      var workTree: WorkTreeOutcome?
    }
    let written = try await onTip(terms, source) { tip async throws(Failure) -> Written? in
      guard try await removedSources(at: tip).contains(source) else { return Written() }
      let now = terms.now()
      let run = RunID(begin: now, tail: .random(in: .min ... .max))
      let ended = try await openFindings(of: source, at: tip).map { finding in
        // An interval has to hold an instant, whatever the clock of the run before was.
        let first = Timestamp(microseconds: finding.validFrom.microseconds + 1)
        return FindingChange.ended(finding.ended(at: max(now, first), .undeclared, by: run))
      }
      let message = RunMessage.text(
        removed: source, in: try await removal(of: source, upTo: tip).hex, run, undeclared: ended.count)
      let commit = try await commit(ended, message, run: run, on: tip, terms) { _, batch throws(Failure) in
        try ended.files(into: &batch).merging([Layout.receipt(of: source): .remove]) { $1 }
      }
      guard let commit else { return nil }
      return Written(commit: commit, findings: ended.count, workTree: await followed(from: tip, to: commit))
    }
    guard let commit = written.commit, let workTree = written.workTree else { return nil }
    return (commit, written.findings, workTree)
  }

  /// The commit of main by which praxis.yaml lost a source.
  private func removal(of source: SourceName, upTo tip: ObjectID) async throws(Failure) -> ObjectID {
    var commit = tip
    var known = try await repository.entry(at: Layout.configuration, in: tip)?.id
    while let parent = try await repository.commit(commit).parents.first {
      let before = try await repository.entry(at: Layout.configuration, in: parent)?.id
      if before != known, try await configuration(at: parent).configuration.source(named: source) != nil { break }
      (commit, known) = (parent, before)
    }
    return commit
  }

  /// Whether a commit of main ends a removed source.
  package func endsRemoved(_ commit: ObjectID) async throws(Failure) -> Bool {
    guard let parent = try await repository.commit(commit).parents.first else { return false }
    return try await repository.differences(from: parent, to: commit).contains {
      $0.new == nil && Layout.source(ofReceipt: $0.path) != nil
    }
  }
}
