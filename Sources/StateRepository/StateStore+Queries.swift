import Facts
import Failures
import Git

/// Whose history is asked for.
package enum HistorySubject: Sendable, Hashable {
  /// One finding.
  case finding(FindingID)
  /// Every finding whose subject matches this pattern.
  case subjects(String)

  /// Whether a fact is meant.
  package func covers(_ fact: Finding) -> Bool {
    switch self {
    case .finding(let id): fact.id == id
    case .subjects(let pattern): Glob(pattern).matches(fact.subject.text)
    }
  }
}

extension StateStore {
  /// Which commit of main is meant, from Git alone.
  ///
  /// - Throws: `before-history` for a time before main begins, `not-on-main` for a commit that is not on its line of first parents.
  package func transaction(_ knownAt: KnownAt, upTo tip: ObjectID) throws(Failure) -> Transaction {
    let line = try TransactionLine(HistoryReader(at: repository.gitFolder), upTo: tip)
    do { return try line.find(knownAt) } catch { throw Failure(error) }
  }

  /// The facts that a commit's tree holds and that are asked for, from Git alone.
  package func facts(matching query: FactQuery, at commit: ObjectID) async throws(Failure) -> [Finding] {
    var all: [Finding] = []
    for source in query.sources.isEmpty ? [nil] : Set(query.sources).map(Optional.some) {
      if query.state != .closed || query.minimumReturns != nil { all += try await openFindings(of: source, at: commit) }
      if query.state != .open || query.minimumReturns != nil { all += try await closedFindings(of: source, at: commit) }
    }
    let found = all.filter(query.matches)
    guard let minimum = query.minimumReturns else { return found }
    let intervals = Dictionary(grouping: all.filter { $0.ended?.reason != .retracted }, by: \.id).mapValues {
      Recurrence.returns(of: $0.map { .init(from: $0.validFrom, to: $0.validTo) }, upTo: query.asOf)
    }
    return found.filter { intervals[$0.id, default: 0] >= minimum }
  }

  /// Every finding that is meant, over both time axes, from Git alone; by id.
  ///
  /// It goes through every commit from the introduction on.
  package func history(of subject: HistorySubject, upTo commit: ObjectID) throws(Failure) -> [FactHistory] {
    let reader = try HistoryReader(at: repository.gitFolder)
    var commits: [FindingID: [FactFiles]] = [:]
    var before: ObjectID?
    for point in try TransactionLine(reader, upTo: commit).points {
      try reader.changes(under: "findings", from: before, to: point.tree) { change throws(Failure) in
        if case .finding(let id) = subject, !Self.mentions(Array(id.token.utf8), change.path) { return }
        for (blob, isNew) in [(change.old, false), (change.new, true)] {
          guard let blob else { continue }
          let fact = try Finding(parsing: reader.blob(blob), document: change.path)
          guard subject.covers(fact) else { continue }
          var files = commits[fact.id, default: []]
          if files.last?.transaction != point.transaction { files.append(FactFiles(point.transaction)) }
          if isNew { files[files.count - 1].come.append(fact) } else { files[files.count - 1].gone.append(fact) }
          commits[fact.id] = files
        }
      }
      before = point.tree
    }
    return commits.values.compactMap(FactHistory.init).sorted { $0.id < $1.id }
  }
}
