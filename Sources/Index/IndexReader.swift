import Facts
import GRDB
import Git
import StateRepository

/// One fact as the index knows it; its delta stands in Git under `blob`.
public struct IndexedFact: Sendable, Hashable {
  /// The finding's id.
  public var finding: FindingID {
    Token(bits: token).id ?? FindingID(source: source, target: target, subject: subject, aspect: kind.aspect)
  }
  fileprivate var token: Int64
  /// The content of its file.
  public var blob: ObjectID
  /// What the fact says.
  public var kind: Kind
  /// How much it matters.
  public var severity: Severity
  /// Who says what should be.
  public var authority: AuthorityKind
  /// From when on it is true.
  public var validFrom: Instant
  /// When it ended; nil while it goes on.
  public var validTo: Instant?
  /// Its source.
  public var source: SourceName
  /// Its target.
  public var target: TargetName
  /// Its subject.
  public var subject: SubjectName
}

/// Answers from one snapshot of the index; it is of no use outside of ``FactIndex/read(_:)``.
public struct IndexReader {
  private let database: Database

  init(_ database: Database) {
    self.database = database
  }

  // MARK: Transactions

  /// The place of a commit on main's line; nil where the index does not have it.
  func seq(of commit: ObjectID) throws -> Int64? {
    let query = try BoundStatement(database, "SELECT seq FROM commits WHERE id = ?")
    defer { query.reset() }
    query.bind(1, commit)
    return try query.step() ? query.int(0) : nil
  }

  func end() throws -> (tip: ObjectID, seq: Int64) {
    let query = try BoundStatement(database, "SELECT tip, seq FROM about")
    defer { query.reset() }
    guard try query.step() else { throw IndexError(.damaged, "about", "it is empty") }
    return (try query.id(0), query.int(1))
  }

  func transaction(seq: Int64) throws -> Transaction? {
    try transactions("seq = ? LIMIT 1") { $0.bind(1, seq) }.first
  }

  /// Which commit is meant, up to a tip that the index knows.
  public func transaction(_ knownAt: KnownAt, upTo tip: ObjectID) throws -> Transaction {
    let last = try place(of: tip)
    return try knownAt.find(
      latest: { seconds in
        // Effective times never go back, so that the last one by time is the last one on the line.
        try transactions("seconds <= ? AND seq <= ? ORDER BY seconds DESC, seq DESC LIMIT 1") {
          $0.bind(1, seconds)
          $0.bind(2, last)
        }.first
      },
      named: { prefix in
        guard let lowest = Self.id(prefix, filledWith: "0"), let highest = Self.id(prefix, filledWith: "f") else {
          return []
        }
        return try transactions("id BETWEEN ? AND ? AND seq <= ? LIMIT 2") {
          $0.bind(1, lowest)
          $0.bind(2, highest)
          $0.bind(3, last)
        }
      },
      first: { try transaction(seq: 1) })
  }

  /// SQLite compares ids byte by byte, so that those that begin alike lie side by side.
  private static func id(_ prefix: String, filledWith digit: Character) -> ObjectID? {
    ObjectID(hex: prefix + String(repeating: digit, count: max(0, 2 * ObjectID.byteCount - prefix.utf8.count)))
  }

  private func transactions(_ condition: String, _ bind: (BoundStatement) -> Void) throws -> [Transaction] {
    let query = try BoundStatement(database, "SELECT id, seconds FROM commits WHERE \(condition)")
    defer { query.reset() }
    bind(query)
    var found: [Transaction] = []
    while try query.step() { found.append(Transaction(commit: try query.id(0), seconds: query.int(1))) }
    return found
  }

  private func place(of commit: ObjectID) throws -> Int64 {
    guard let seq = try seq(of: commit) else {
      throw IndexError(.unknownCommit, commit.hex, "it is not on the line that the index knows")
    }
    return seq
  }

  // MARK: Facts

  /// The facts that a commit's tree holds and that are asked for; in no order.
  public func facts(matching query: FactQuery, at commit: ObjectID) throws -> [IndexedFact] {
    let seq = try place(of: commit)
    try refuseStrange(at: seq)
    let statement = try BoundStatement(
      database, "\(Self.selected) \(Self.conditions(query))", isKept: false)
    defer { statement.reset() }
    statement.bind(1, seq)
    var found: [IndexedFact] = []
    let hasPatterns = query.target != nil || query.subject != nil
    var source: SourceName?
    while try statement.step() {
      let fact = try Self.fact(statement, after: source)
      source = fact.source
      if hasPatterns, !query.names(target: fact.target, subject: fact.subject) { continue }
      found.append(fact)
    }
    guard let minimum = query.minimumReturns else { return found }
    var returns: [Int64: Int] = [:]
    return try found.filter { fact in
      if let known = returns[fact.token] { return known >= minimum }
      let number = try self.returns(of: fact.token, at: seq, upTo: query.asOf)
      returns[fact.token] = number
      return number >= minimum
    }
  }

  /// The facts of one finding that were believed at a commit and held at an instant; one at most for each aspect.
  public func facts(of finding: FindingID, validAt instant: Instant, at commit: ObjectID) throws -> [IndexedFact] {
    guard let token = Token(finding) else { return [] }
    let seq = try place(of: commit)
    try refuseStrange(at: seq)
    let statement = try BoundStatement(
      database,
      """
      \(Self.selected) f.finding = ?2 AND f.since <= ?1 AND f.until > ?1 AND f.corrected = 0 AND f.valid_from <= ?3
      AND f.valid_to > ?3
      """)
    defer { statement.reset() }
    statement.bind(1, seq)
    statement.bind(2, token.bits)
    statement.bind(3, instant.microseconds)
    var found: [IndexedFact] = []
    while try statement.step() { found.append(try Self.fact(statement, after: nil)) }
    return found
  }

  /// The columns of ``fact(_:after:)``, up to the conditions.
  private static let selected = """
    SELECT f.finding, f.blob, f.kind, f.severity, f.authority, f.valid_from, f.valid_to, n.source, n.target, n.subject
    FROM facts f JOIN names n ON n.finding = f.finding WHERE
    """

  /// All numbers come from enumerations and from values with a type of their own, so that none of this is anybody's text.
  private static func conditions(_ query: FactQuery) -> String {
    var all = ["f.since <= ?1", "f.until > ?1", "f.corrected = 0"]
    func among(_ column: String, _ codes: [Int]) {
      all.append("\(column) IN (\(codes.map(String.init).joined(separator: ", ")))")
    }
    switch query.state {
    case .open: all.append("f.valid_to = \(Schema.endOfTime)")
    case .closed: all.append("f.valid_to < \(Schema.endOfTime)")
    case .all: break
    }
    if let findings = query.findings {
      // Every name in the index is the one that its finding's id is made of.
      all.append("f.finding IN (\(findings.compactMap(Token.init).map { String($0.bits) }.joined(separator: ", ")))")
    }
    if let instant = query.validAt?.microseconds {
      all.append("f.valid_from <= \(instant) AND f.valid_to > \(instant)")
    }
    if let latest = query.latestBegin { all.append("f.valid_from <= \(latest.microseconds)") }
    if let earliest = query.earliestBegin { all.append("f.valid_from > \(earliest.microseconds)") }
    if !query.kinds.isEmpty { among("f.kind", query.kinds.compactMap(Codes.kinds.firstIndex)) }
    if let severity = query.severity {
      among("f.severity", Codes.severities.indices.filter { Codes.severities[$0] >= severity })
    }
    if !query.authorities.isEmpty { among("f.authority", query.authorities.compactMap(Codes.authorities.firstIndex)) }
    if !query.sources.isEmpty {
      // A source's name is of letters, digits and hyphens alone.
      all.append("n.source IN (\(query.sources.map { "'\($0.text)'" }.joined(separator: ", ")))")
    }
    return all.joined(separator: " AND ")
  }

  /// - Parameter source: of the row before, most likely this one's.
  private static func fact(_ statement: BoundStatement, after source: SourceName?) throws -> IndexedFact {
    let (kind, severity, authority) = (statement.int(2), statement.int(3), statement.int(4))
    guard Codes.kinds.indices.contains(Int(kind)), Codes.severities.indices.contains(Int(severity)),
      Codes.authorities.indices.contains(Int(authority)), let source = Self.source(statement.text(7), after: source)
    else { throw IndexError(.damaged, "facts", "a row says what no finding can") }
    let end = statement.int(6)
    return IndexedFact(
      token: statement.int(0), blob: try statement.id(1), kind: Codes.kinds[Int(kind)],
      severity: Codes.severities[Int(severity)], authority: Codes.authorities[Int(authority)],
      validFrom: Instant(microseconds: statement.int(5)),
      validTo: end == Schema.endOfTime ? nil : Instant(microseconds: end), source: source,
      target: TargetName(statement.text(8)), subject: SubjectName(statement.text(9)))
  }

  private static func source(_ text: String, after known: SourceName?) -> SourceName? {
    if let known, known.text == text { return known }
    return SourceName(text)
  }

  private func returns(of token: Int64, at seq: Int64, upTo instant: Instant) throws -> Int {
    let query = try BoundStatement(
      database,
      """
      SELECT valid_from, valid_to FROM facts
      WHERE finding = ? AND since <= ? AND until > ? AND corrected = 0 AND ending != \(Self.retracted)
      """)
    defer { query.reset() }
    query.bind(1, token)
    query.bind(2, seq)
    query.bind(3, seq)
    var intervals: [Recurrence.Interval] = []
    while try query.step() {
      let end = query.int(1)
      intervals.append(
        .init(
          from: Instant(microseconds: query.int(0)),
          to: end == Schema.endOfTime ? nil : Instant(microseconds: end)))
    }
    return Recurrence.returns(of: intervals, upTo: instant)
  }

  private static let retracted = (Codes.reasons.firstIndex(of: .retracted) ?? -2) + 1

  // MARK: Histories

  /// What a commit took away and brought of one finding's files, by their contents.
  public struct ChangedFiles: Sendable, Hashable {
    /// The commit.
    public var transaction: Transaction
    /// Contents that are gone.
    public var gone: [ObjectID] = []
    /// Contents that came.
    public var come: [ObjectID] = []
  }

  /// The findings that are meant, by the order of their ids' letters.
  public func findings(_ subject: HistorySubject) throws -> [FindingID] {
    switch subject {
    case .finding(let id): return [id]
    case .subjects(let pattern):
      let glob = Glob(pattern)
      let query = try BoundStatement(database, "SELECT finding, subject FROM names ORDER BY finding")
      defer { query.reset() }
      var found: [FindingID] = []
      while try query.step() {
        if glob.matches(query.text(1)), let id = Token(bits: query.int(0)).id { found.append(id) }
      }
      return found
    }
  }

  /// What each commit up to one did to a finding's files, oldest first.
  public func history(of finding: FindingID, upTo commit: ObjectID) throws -> [ChangedFiles] {
    guard let token = Token(finding) else { return [] }
    let last = try place(of: commit)
    try refuseStrange(upTo: last)
    let query = try BoundStatement(
      database, "SELECT since, until, blob FROM facts WHERE finding = ? AND since <= ? ORDER BY since, blob")
    defer { query.reset() }
    query.bind(1, token.bits)
    query.bind(2, last)
    var changes: [(seq: Int64, isNew: Bool, blob: ObjectID)] = []
    while try query.step() {
      let blob = try query.id(2)
      changes.append((query.int(0), true, blob))
      if query.int(1) <= last { changes.append((query.int(1), false, blob)) }
    }
    changes.sort { $0.seq < $1.seq }
    let commitOf = try BoundStatement(database, "SELECT id, seconds FROM commits WHERE seq = ?")
    defer { commitOf.reset() }
    var commits: [ChangedFiles] = []
    var current: Int64 = -1
    for change in changes {
      if change.seq != current {
        current = change.seq
        commitOf.reset()
        commitOf.bind(1, current)
        guard try commitOf.step() else { throw IndexError(.damaged, "commits", "one is missing") }
        commits.append(
          ChangedFiles(transaction: Transaction(commit: try commitOf.id(0), seconds: commitOf.int(1))))
      }
      if change.isNew {
        commits[commits.count - 1].come.append(change.blob)
      } else {
        commits[commits.count - 1].gone.append(change.blob)
      }
    }
    return commits
  }

  private func refuseStrange(at seq: Int64) throws {
    try refuse("SELECT path FROM strange WHERE since <= ?1 AND until > ?1 LIMIT 1", seq)
  }

  private func refuseStrange(upTo seq: Int64) throws {
    try refuse("SELECT path FROM strange WHERE since <= ?1 LIMIT 1", seq)
  }

  private func refuse(_ sql: String, _ seq: Int64) throws {
    let query = try BoundStatement(database, sql)
    defer { query.reset() }
    query.bind(1, seq)
    if try query.step() {
      throw IndexError(.strange, query.text(0), "it is not where, or not what, this version writes")
    }
  }
}
