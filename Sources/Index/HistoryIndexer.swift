import Facts
import GRDB
import Git
import StateRepository

/// A row of `facts` before it is known up to when the tree holds it.
struct FactRow {
  var finding: Int64
  var since: Int64
  var validFrom: Int64
  var validTo: Int64
  var kind: Int
  var severity: Int
  var authority: Int
  var ending: Int
  var isCorrected: Bool
  var blob: ObjectID

  init(_ head: FileHead, _ blob: ObjectID) {
    finding = head.token.bits
    since = 0
    validFrom = head.validFrom.microseconds
    validTo = head.validTo?.microseconds ?? Schema.endOfTime
    kind = head.kind
    severity = head.severity
    authority = head.authority
    ending = head.ending
    isCorrected = head.isCorrected
    self.blob = blob
  }

  func bind(to statement: BoundStatement, until: Int64) {
    statement.bind(1, finding)
    statement.bind(2, since)
    statement.bind(3, until)
    statement.bind(4, validFrom)
    statement.bind(5, validTo)
    statement.bind(6, kind)
    statement.bind(7, severity)
    statement.bind(8, authority)
    statement.bind(9, ending)
    statement.bind(10, isCorrected ? 1 : 0)
    statement.bind(11, blob)
  }
}

/// Where rows go: into the tables at once, or gathered for a whole build.
protocol FactSink {
  /// - Returns: false when a fact of this finding with this content came in the same commit already.
  mutating func add(_ row: FactRow) throws -> Bool
  mutating func remove(_ finding: Int64, _ blob: ObjectID, isOpen: Bool, at seq: Int64) throws
}

/// Brings commits into the tables, in their order.
struct HistoryIndexer<Sink: FactSink> {
  private let insertName: BoundStatement
  private let insertCommit: BoundStatement
  private let insertStrange: BoundStatement
  private let endStrange: BoundStatement
  private var hasStrange: Bool
  var sink: Sink

  init(_ database: Database, _ sink: Sink) throws {
    self.sink = sink
    insertName = try BoundStatement(database, Schema.insertName)
    insertCommit = try BoundStatement(database, Schema.insertCommit)
    insertStrange = try BoundStatement(database, Schema.insertStrange)
    endStrange = try BoundStatement(
      database, "UPDATE strange SET until = ? WHERE path = ? AND blob = ? AND until = \(Schema.forever)")
    hasStrange = try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM strange)") ?? true
  }

  func add(_ transaction: Transaction, seq: Int64) throws {
    insertCommit.bind(1, seq)
    insertCommit.bind(2, transaction.commit)
    insertCommit.bind(3, transaction.seconds)
    try insertCommit.run()
  }

  /// - Parameter scanned: what the new content says; nil where there is none, or none that is a fact in its place.
  mutating func apply(_ change: HistoryReader.FileChange, _ scanned: ScannedFact?, at seq: Int64) throws {
    if let old = change.old {
      if let token = Token(inPath: change.path) {
        try sink.remove(token.bits, old, isOpen: FileScanner.isOpen(change.path), at: seq)
      }
      if hasStrange {
        endStrange.bind(1, seq)
        endStrange.bind(2, change.path)
        endStrange.bind(3, old)
        try endStrange.run()
      }
    }
    guard let new = change.new else { return }
    if let scanned {
      if let names = scanned.names {
        insertName.bind(1, scanned.row.finding)
        insertName.bind(2, names.source)
        insertName.bind(3, names.target.text)
        insertName.bind(4, names.subject.text)
        insertName.bind(5, names.aspect)
        try insertName.run()
      }
      var row = scanned.row
      row.since = seq
      if try sink.add(row) { return }
    }
    hasStrange = true
    insertStrange.bind(1, change.path)
    insertStrange.bind(2, seq)
    insertStrange.bind(3, Schema.forever)
    insertStrange.bind(4, new)
    try insertStrange.run()
  }
}

/// Rows that go into the tables one by one: for the commits of a few runs.
struct DirectSink: FactSink {
  private let insert: BoundStatement
  private let end: BoundStatement
  private let known: BoundStatement

  init(_ database: Database) throws {
    insert = try BoundStatement(database, Schema.insertFact)
    end = try BoundStatement(
      database, "UPDATE facts SET until = ? WHERE finding = ? AND blob = ? AND until = \(Schema.forever)")
    known = try BoundStatement(database, "SELECT 1 FROM facts WHERE finding = ? AND since = ? AND blob = ?")
  }

  func add(_ row: FactRow) throws -> Bool {
    known.bind(1, row.finding)
    known.bind(2, row.since)
    known.bind(3, row.blob)
    let isThere = try known.step()
    known.reset()
    if isThere { return false }
    row.bind(to: insert, until: Schema.forever)
    try insert.run()
    return true
  }

  func remove(_ finding: Int64, _ blob: ObjectID, isOpen: Bool, at seq: Int64) throws {
    end.bind(1, seq)
    end.bind(2, finding)
    end.bind(3, blob)
    try end.run()
  }
}

/// Rows of a whole history. What is open is held until it ends, which is about as much as the fleet has findings; the rest is
/// written as it comes, and sorted by SQLite at the end, so that memory does not grow with history.
struct GatheringSink: FactSink {
  private var open: [Int64: FactRow] = [:]
  private var staged = 0
  private var isAnyGone = false
  private let stage: BoundStatement
  private let gone: BoundStatement

  static let stageTables = """
    CREATE TABLE stage.facts (
      finding INTEGER, since INTEGER, until INTEGER, valid_from INTEGER, valid_to INTEGER, kind INTEGER,
      severity INTEGER, authority INTEGER, ending INTEGER, corrected INTEGER, blob BLOB);
    CREATE TABLE stage.gone (seq INTEGER, finding INTEGER, blob BLOB);
    """

  init(_ database: Database) throws {
    stage = try BoundStatement(database, "INSERT INTO stage.facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    gone = try BoundStatement(database, "INSERT INTO stage.gone VALUES (?, ?, ?)")
  }

  mutating func add(_ row: FactRow) throws -> Bool {
    guard row.validTo == Schema.endOfTime, !row.isCorrected else {
      try put(row, until: Schema.forever)
      return true
    }
    guard open[row.finding] == nil else { return false }
    open[row.finding] = row
    return true
  }

  mutating func remove(_ finding: Int64, _ blob: ObjectID, isOpen: Bool, at seq: Int64) throws {
    if isOpen {
      guard let row = open[finding], row.blob == blob else { return }
      open[finding] = nil
      try put(row, until: seq)
      return
    }
    // Closed files go only when a late run corrects them, or by hand: few enough to be looked up at the end.
    gone.bind(1, seq)
    gone.bind(2, finding)
    gone.bind(3, blob)
    try gone.run()
    isAnyGone = true
  }

  private mutating func put(_ row: FactRow, until: Int64) throws {
    row.bind(to: stage, until: until)
    try stage.run()
    staged += 1
  }

  mutating func finish(_ database: Database) throws {
    for row in open.values { try put(row, until: Schema.forever) }
    open = [:]
    try database.execute(
      sql: "INSERT OR IGNORE INTO main.facts SELECT * FROM stage.facts ORDER BY finding, since, blob")
    if database.changesCount != staged {
      // One content at two places: nothing that praxis writes, and nothing that these tables can hold.
      try database.execute(
        sql: "INSERT INTO strange VALUES ('findings', 0, \(Schema.forever), zeroblob(20))")
    }
    guard isAnyGone else { return }
    // In the order of the commits, and each the latest row from before it that is not ended yet.
    try database.execute(
      sql: """
        UPDATE main.facts SET until = ended.seq FROM (
          SELECT f.finding, f.since, f.blob, min(g.seq) AS seq FROM stage.gone g
          JOIN main.facts f ON f.finding = g.finding AND f.blob = g.blob AND f.since < g.seq
          GROUP BY f.finding, f.since, f.blob) AS ended
        WHERE facts.finding = ended.finding AND facts.since = ended.since AND facts.blob = ended.blob
          AND facts.until > ended.seq
        """)
  }
}
