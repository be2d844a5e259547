import Facts
import Failures
import Foundation
import GRDB
import Git
import StateRepository

/// One fact as the index knows it; what it says stands in Git under `blob`.
package struct IndexedFact: Sendable, Hashable {
  /// The finding's id.
  package let finding: FindingID
  /// The content of its file.
  package let blob: ObjectID
}

/// Answers from one snapshot of the index; it is of no use outside of ``FactIndex/read(_:)``.
package struct IndexReader {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  // MARK: Transactions

  /// The place of a commit on main's line; nil where the index does not have it.
  func seq(of commit: ObjectID) throws -> Int64? {
    try SQLRequest<Int64>(literal: "SELECT seq FROM commits WHERE id = \(commit)").fetchOne(database)
  }

  func transaction(seq: Int64) throws -> Transaction? { try transactions("seq = \(seq)").first }

  /// Which commit is meant, up to a tip that the index knows.
  package func transaction(_ knownAt: KnownAt, upTo tip: ObjectID) throws -> Transaction {
    let last = try place(of: tip)
    return try knownAt.find(
      latest: { seconds in
        // Effective times never go back, so that the last one by time is the last one on the line.
        try transactions("seconds <= \(seconds) AND seq <= \(last) ORDER BY seconds DESC, seq DESC LIMIT 1").first
      },
      named: { prefix in
        guard let lowest = Self.id(prefix, filledWith: "0"), let highest = Self.id(prefix, filledWith: "f") else {
          return []
        }
        return try transactions("id BETWEEN \(lowest) AND \(highest) AND seq <= \(last) LIMIT 2")
      },
      first: { try transaction(seq: 1) })
  }

  private static func id(_ prefix: String, filledWith digit: Character) -> ObjectID? {
    ObjectID(hex: prefix + String(repeating: digit, count: max(0, 2 * ObjectID.byteCount - prefix.utf8.count)))
  }

  private func transactions(_ condition: SQL) throws -> [Transaction] {
    try SQLRequest<Row>(literal: "SELECT id, seconds FROM commits WHERE \(condition)").fetchAll(database).map {
      Transaction(commit: try $0.decode(forColumn: "id"), seconds: try $0.decode(forColumn: "seconds"))
    }
  }

  private func place(of commit: ObjectID) throws -> Int64 {
    guard let seq = try seq(of: commit) else {
      throw Failure(.indexUnknownCommit, commit.hex, "it is not on the line that the index knows")
    }
    return seq
  }

  // MARK: Facts

  /// The facts that a commit's tree holds and that are asked for; in no order.
  package func facts(matching query: FactQuery, at commit: ObjectID) throws -> [IndexedFact] {
    let seq = try place(of: commit)
    try refuseStrange("since <= \(seq) AND until > \(seq)")
    var found: [IndexedFact] = []
    let hasPatterns = query.target != nil || query.subject != nil
    let columns: SQL = hasPatterns ? "finding, blob, target, subject" : "finding, blob"
    let rows = try SQLRequest<Row>(
      literal: "SELECT \(columns) FROM facts JOIN names USING (finding) WHERE \(Self.condition(query, seq))"
    ).fetchCursor(database)
    while let row = try rows.next() {
      if hasPatterns {
        let (target, subject) = (try Self.name(row, 2), try Self.name(row, 3))
        if !query.names(target: TargetName(target), subject: SubjectName(subject)) { continue }
      }
      found.append(IndexedFact(finding: try Self.id(row), blob: try row.decode(atIndex: 1)))
    }
    guard let minimum = query.minimumReturns else { return found }
    var returns: [FindingID: Int] = [:]
    return try found.filter { fact in
      let number = try returns[fact.finding] ?? self.returns(of: fact.finding, at: seq, upTo: query.asOf)
      returns[fact.finding] = number
      return number >= minimum
    }
  }

  private static func condition(_ query: FactQuery, _ seq: Int64) -> SQL {
    var all: [SQL] = ["since <= \(seq) AND until > \(seq) AND NOT corrected"]
    switch query.state {
    case .open: all.append("valid_to IS NULL")
    case .closed: all.append("valid_to IS NOT NULL")
    case .all: break
    }
    // Every name in the index is the one that its finding's id is made of.
    if let findings = query.findings { all.append("finding IN \(findings.map(\.text))") }
    if let instant = query.validAt?.microseconds {
      all.append("valid_from <= \(instant) AND (valid_to IS NULL OR valid_to > \(instant))")
    }
    if let latest = query.latestBegin { all.append("valid_from <= \(latest.microseconds)") }
    if let earliest = query.earliestBegin { all.append("valid_from > \(earliest.microseconds)") }
    if !query.kinds.isEmpty { all.append("kind IN \(query.kinds.map(\.rawValue))") }
    if let severity = query.severity {
      all.append("severity IN \(Severity.allCases.filter { $0 >= severity }.map(\.rawValue))")
    }
    if !query.authorities.isEmpty { all.append("authority IN \(query.authorities.map(\.rawValue))") }
    if !query.sources.isEmpty { all.append("source IN \(query.sources.map(\.text))") }
    return all.joined(separator: " AND ")
  }

  private static func name(_ row: Row, _ index: Int) throws -> String {
    String(decoding: try row.decode(Data.self, atIndex: index), as: UTF8.self)
  }

  private static func id(_ row: Row) throws -> FindingID {
    guard let id = FindingID(try row.decode(atIndex: 0)) else {
      throw Failure(.indexDamaged, "findings", "no finding has such an id")
    }
    return id
  }

  private func returns(of finding: FindingID, at seq: Int64, upTo instant: Timestamp) throws -> Int {
    let rows = try SQLRequest<Row>(
      literal: """
        SELECT valid_from, valid_to FROM facts WHERE finding = \(finding.text) AND since <= \(seq) AND until > \(seq)
          AND NOT corrected AND ending IS NOT \(EndReason.retracted.rawValue)
        """
    ).fetchAll(database)
    let intervals = try rows.map { row in
      let end = try row.decode(Int64?.self, atIndex: 1)
      return Recurrence.Interval(
        from: Timestamp(microseconds: try row.decode(atIndex: 0)), to: end.map { Timestamp(microseconds: $0) })
    }
    return Recurrence.returns(of: intervals, upTo: instant)
  }

  // MARK: Histories

  /// What a commit took away and brought of one finding's files, by their contents.
  package struct ChangedFiles: Sendable, Hashable {
    /// The commit.
    package let transaction: Transaction
    /// Contents that are gone.
    package var gone: [ObjectID] = []
    /// Contents that came.
    package var come: [ObjectID] = []
  }

  /// The findings that are meant, by the order of their ids' letters.
  package func findings(_ subject: HistorySubject) throws -> [FindingID] {
    switch subject {
    case .finding(let id): return [id]
    case .subjects(let pattern):
      let glob = Glob(pattern)
      return try Row.fetchAll(database, sql: "SELECT finding, subject FROM names ORDER BY finding")
        .filter { glob.matches(try Self.name($0, 1)) }.map(Self.id)
    }
  }

  /// What each commit up to one did to a finding's files, oldest first.
  package func history(of finding: FindingID, upTo commit: ObjectID) throws -> [ChangedFiles] {
    let last = try place(of: commit)
    try refuseStrange("since <= \(last)")
    let rows = try SQLRequest<Row>(
      literal: """
        SELECT seq, id, seconds, blob, seq = since FROM facts JOIN commits ON seq IN (since, until)
        WHERE finding = \(finding.text) AND seq <= \(last) ORDER BY seq, since, blob
        """
    ).fetchAll(database)
    var commits: [ChangedFiles] = []
    for row in rows {
      let transaction = Transaction(commit: try row.decode(atIndex: 1), seconds: try row.decode(atIndex: 2))
      if commits.last?.transaction != transaction { commits.append(ChangedFiles(transaction: transaction)) }
      if try row.decode(atIndex: 4) {
        commits[commits.count - 1].come.append(try row.decode(atIndex: 3))
      } else {
        commits[commits.count - 1].gone.append(try row.decode(atIndex: 3))
      }
    }
    return commits
  }

  private func refuseStrange(_ condition: SQL) throws {
    let request = SQLRequest<String>(literal: "SELECT path FROM unrecognized WHERE \(condition) LIMIT 1")
    if let path = try request.fetchOne(database) {
      throw Failure(.indexUnrecognized, path, "it is not where, or not what, this version writes")
    }
  }
}
