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

  init(_ head: FileHead, _ blob: ObjectID, since: Int64) {
    finding = head.token.bits
    self.since = since
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
  /// - Returns: false when there is no such row.
  mutating func remove(_ finding: Int64, _ blob: ObjectID, isOpen: Bool, at seq: Int64) throws -> Bool
  /// Whether the names of a finding are still to be told.
  mutating func isNew(_ finding: Int64) throws -> Bool
}

/// Brings commits into the tables, one after the other.
struct HistoryIndexer<Sink: FactSink> {
  private let reader: HistoryReader
  private var scanner = HeadScanner()
  private let insertName: BoundStatement
  private let insertCommit: BoundStatement
  private let insertStrange: BoundStatement
  private let endStrange: BoundStatement
  var sink: Sink

  init(_ reader: HistoryReader, _ database: Database, _ sink: Sink) throws {
    self.reader = reader
    self.sink = sink
    insertName = try BoundStatement(database, Schema.insertName)
    insertCommit = try BoundStatement(database, Schema.insertCommit)
    insertStrange = try BoundStatement(database, Schema.insertStrange)
    endStrange = try BoundStatement(
      database, "UPDATE strange SET until = ? WHERE path = ? AND blob = ? AND until = \(Schema.forever)")
  }

  /// - Parameter before: the tree of the commit's first parent; nil for the introduction.
  mutating func add(_ transaction: Transaction, seq: Int64, tree: ObjectID, after before: ObjectID?) throws {
    insertCommit.bind(1, seq)
    insertCommit.bind(2, transaction.commit)
    insertCommit.bind(3, transaction.seconds)
    try insertCommit.run()
    let reader = reader
    try reader.changes(under: "findings", from: before, to: tree) { change in
      if let old = change.old { try remove(old, change.path, seq) }
      if let new = change.new { try add(new, change.path, seq, reader) }
    }
  }

  private mutating func remove(_ blob: ObjectID, _ path: String, _ seq: Int64) throws {
    if let token = Token(inPath: path),
      try sink.remove(token.bits, blob, isOpen: path.utf8.starts(with: Self.open), at: seq)
    {
      return
    }
    endStrange.bind(1, seq)
    endStrange.bind(2, path)
    endStrange.bind(3, blob)
    try endStrange.run()
  }

  private mutating func add(_ blob: ObjectID, _ path: String, _ seq: Int64, _ reader: HistoryReader) throws {
    let isAdded = try reader.withBlob(blob) { bytes in try add(bytes, blob, path, seq) }
    guard !isAdded else { return }
    insertStrange.bind(1, path)
    insertStrange.bind(2, seq)
    insertStrange.bind(3, Schema.forever)
    insertStrange.bind(4, blob)
    try insertStrange.run()
  }

  /// - Returns: false for what is not a fact in its place.
  private mutating func add(
    _ bytes: UnsafeRawBufferPointer, _ blob: ObjectID, _ path: String, _ seq: Int64
  ) throws -> Bool {
    if let head = scanner.scan(bytes), !head.hasEscapes {
      return try add(head, blob, path, seq)
    }
    // Whatever the scanner does not know is for the strict parser to judge; what it takes is scanned in its canonical form.
    guard let fact = try? Finding(parsing: Array(bytes), document: path) else { return false }
    return try fact.bytes.withUnsafeBytes { canonical in
      guard let head = scanner.scan(canonical) else { return false }
      return try add(head, blob, path, seq, names: (fact.target, fact.subject))
    }
  }

  private mutating func add(
    _ head: FileHead, _ blob: ObjectID, _ path: String, _ seq: Int64, names: (target: String, subject: String)? = nil
  ) throws -> Bool {
    let isOpen = path.utf8.starts(with: Self.open)
    guard Token(inPath: path) == head.token, isOpen == (head.validTo == nil && !head.isCorrected) else { return false }
    if try sink.isNew(head.token.bits) {
      guard
        let target = names?.target ?? String(validating: head.target, as: UTF8.self),
        let subject = names?.subject ?? String(validating: head.subject, as: UTF8.self),
        let source = SourceName(head.source),
        Token(FindingID(source: source, target: target, subject: subject, aspect: Codes.aspects[head.aspect]))
          == head.token
      else { return false }
      insertName.bind(1, head.token.bits)
      insertName.bind(2, head.source)
      insertName.bind(3, target)
      insertName.bind(4, subject)
      insertName.bind(5, head.aspect)
      try insertName.run()
    }
    return try sink.add(FactRow(head, blob, since: seq))
  }

  private static var open: String.UTF8View { "findings/open/".utf8 }
}

extension FileHead {
  /// Whether a name is not the text that it stands for.
  var hasEscapes: Bool {
    target.contains(UInt8(ascii: "\\")) || subject.contains(UInt8(ascii: "\\"))
  }
}

/// Rows that go into the tables one by one: for the commits of a few runs.
struct DirectSink: FactSink {
  private let insert: BoundStatement
  private let end: BoundStatement
  private let name: BoundStatement
  private let known: BoundStatement
  private let changes: () -> Int

  init(_ database: Database) throws {
    insert = try BoundStatement(database, Schema.insertFact)
    end = try BoundStatement(
      database, "UPDATE facts SET until = ? WHERE finding = ? AND blob = ? AND until = \(Schema.forever)")
    name = try BoundStatement(database, "SELECT 1 FROM names WHERE finding = ?")
    known = try BoundStatement(database, "SELECT 1 FROM facts WHERE finding = ? AND since = ? AND blob = ?")
    changes = { database.changesCount }
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

  func remove(_ finding: Int64, _ blob: ObjectID, isOpen: Bool, at seq: Int64) throws -> Bool {
    end.bind(1, seq)
    end.bind(2, finding)
    end.bind(3, blob)
    try end.run()
    return changes() > 0
  }

  func isNew(_ finding: Int64) throws -> Bool {
    name.bind(1, finding)
    let isThere = try name.step()
    name.reset()
    return !isThere
  }
}

/// Rows of a whole history. What is open is held until it ends, which is about as much as the fleet has findings; the rest is
/// written as it comes, and sorted by SQLite at the end, so that memory does not grow with history.
struct GatheringSink: FactSink {
  private var open: [Int64: FactRow] = [:]
  private var seen: Set<Int64> = []
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

  mutating func isNew(_ finding: Int64) -> Bool { !seen.contains(finding) }

  mutating func add(_ row: FactRow) throws -> Bool {
    seen.insert(row.finding)
    guard row.validTo == Schema.endOfTime, !row.isCorrected else {
      row.bind(to: stage, until: Schema.forever)
      try stage.run()
      return true
    }
    guard open[row.finding] == nil else { return false }
    open[row.finding] = row
    return true
  }

  mutating func remove(_ finding: Int64, _ blob: ObjectID, isOpen: Bool, at seq: Int64) throws -> Bool {
    if isOpen {
      guard let row = open[finding], row.blob == blob else { return false }
      open[finding] = nil
      row.bind(to: stage, until: seq)
      try stage.run()
      return true
    }
    // Closed files go only when a late run corrects them, or by hand: few enough to be looked up at the end.
    gone.bind(1, seq)
    gone.bind(2, finding)
    gone.bind(3, blob)
    try gone.run()
    return seen.contains(finding)
  }

  mutating func finish(_ database: Database) throws {
    for row in open.values {
      row.bind(to: stage, until: Schema.forever)
      try stage.run()
    }
    open = [:]
    seen = []
    try database.execute(
      sql: "INSERT OR IGNORE INTO main.facts SELECT * FROM stage.facts ORDER BY finding, since, blob")
    let isWhole = try Bool.fetchOne(
      database, sql: "SELECT (SELECT count(*) FROM main.facts) = (SELECT count(*) FROM stage.facts)")
    if isWhole != true {
      // One content at two places: nothing that praxis writes, and nothing that these tables can hold.
      try database.execute(
        sql: "INSERT INTO strange VALUES ('findings', 0, \(Schema.forever), zeroblob(20))")
    }
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
