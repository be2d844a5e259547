import Facts
import Failures
import Foundation
import GRDB
import Git
import StateRepository

/// Brings commits into the tables, in their order.
struct HistoryRows {
  private let reader: HistoryReader
  private let commit: Statement
  private let name: Statement
  private let fact: Statement
  private let factEnd: Statement
  private let unrecognized: Statement
  private let unrecognizedEnd: Statement
  private var named: Set<FindingID> = []

  init(_ database: Database, _ reader: HistoryReader) throws {
    self.reader = reader
    let forever = Schema.forever
    commit = try database.makeStatement(sql: "INSERT INTO commits VALUES (?, ?, ?)")
    name = try database.makeStatement(sql: "INSERT OR IGNORE INTO names VALUES (?, ?, ?, ?)")
    fact = try database.makeStatement(sql: "INSERT INTO facts VALUES (?, ?, \(forever), ?, ?, ?, ?, ?, ?, ?, ?)")
    factEnd = try database.makeStatement(
      sql: "UPDATE facts SET until = ? WHERE finding = ? AND blob = ? AND until = \(forever)")
    unrecognized = try database.makeStatement(sql: "INSERT INTO unrecognized VALUES (?, ?, \(forever), ?)")
    unrecognizedEnd = try database.makeStatement(
      sql: "UPDATE unrecognized SET until = ? WHERE path = ? AND blob = ? AND until = \(forever)")
  }

  /// - Parameters:
  ///   - before: the tree of the commit before; nil for none.
  ///   - tree: that of this commit.
  mutating func add(_ transaction: Transaction, seq: Int64, from before: ObjectID?, to tree: ObjectID) throws {
    try commit.execute(arguments: [seq, transaction.commit, transaction.seconds])
    try reader.changes(under: "findings", from: before, to: tree) { change throws(Failure) in
      do { try add(change, seq) } catch { throw Failure(error, at: "the index") }
    }
  }

  private mutating func add(_ change: HistoryReader.FileChange, _ seq: Int64) throws {
    let finding = Self.finding(inPath: change.path)
    if let old = change.old {
      if let finding { try factEnd.execute(arguments: [seq, finding.text, old]) }
      try unrecognizedEnd.execute(arguments: [seq, change.path, old])
    }
    if let new = change.new, try !add(new, at: change.path, of: finding, seq) {
      try unrecognized.execute(arguments: [change.path, seq, new])
    }
  }

  /// - Returns: false for what is no fact in its place, and for one content at two places.
  private mutating func add(
    _ blob: ObjectID, at path: String, of finding: FindingID?, _ seq: Int64
  ) throws -> Bool {
    let bytes = try reader.blob(blob)
    guard let finding, let found = try? Finding(parsing: bytes, document: path), found.id == finding,
      path.hasPrefix("\(Layout.openFindings)/") == (found.validTo == nil && found.correctedBy == nil)
    else { return false }
    if named.insert(finding).inserted {
      try name.execute(
        arguments: [
          finding.text, found.source.text, Data(found.target.text.utf8), Data(found.subject.text.utf8),
        ])
    }
    do {
      try fact.execute(
        arguments: [
          finding.text, seq, found.validFrom.microseconds, found.validTo?.microseconds, found.kind.rawValue,
          found.severity.rawValue, found.authority.rawValue, found.ended?.reason.rawValue, found.correctedBy != nil,
          blob,
        ])
      return true
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      return false
    }
  }

  /// The finding whose open file, or folder of closed ones, a path names: `findings/open/<source>/<target>/<name>-<token>.<aspect>…`.
  private static func finding(inPath path: String) -> FindingID? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 5)
    guard parts.count > 4, let dot = parts[4].firstIndex(of: UInt8(ascii: ".")) else { return nil }
    return FindingID("f-" + String(decoding: parts[4][..<dot].suffix(12), as: UTF8.self))
  }
}
