import Facts
import Failures
import GRDB
import Git
import Glibc
import StateRepository

/// A cache of what main's line of first parents says, in SQLite: which fact stood in the tree from which commit to which.
///
/// It answers what a walk over Git would, and no more: contents stay in Git. It is brought up to a commit from the commits'
/// differences, and made anew when it is damaged, of another version, or of a history that was rewritten. Whoever deletes it loses
/// nothing, at any time: an open one goes on with the file that it has.
package final class FactIndex: Sendable {
  /// The file; beside it lie SQLite's log and shared memory while it is open.
  package let path: String
  /// One connection: a process asks one question after the other.
  private let queue: DatabaseQueue

  private init(path: String) throws {
    self.path = path
    let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure(.indexFailed, path, "it cannot be opened: \(String(cString: strerror(errno)))")
    }
    close(descriptor)
    var configuration = Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { database in
      try database.execute(
        sql: "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768; PRAGMA trusted_schema = OFF")
    }
    queue = try DatabaseQueue(path: path, configuration: configuration)
  }

  /// The index of a repository, brought up to a commit.
  ///
  /// - Parameters:
  ///   - path: its file, in a folder that is there and that this user alone can reach.
  ///   - repository: the folder of the Git repository.
  ///   - tip: a commit of main, usually its end.
  package static func current(at path: String, of repository: String, upTo tip: ObjectID) throws(Failure)
    -> FactIndex
  {
    if let index = try brought(at: path, of: repository, upTo: tip) { return index }
    discard(at: path)
    if let index = try brought(at: path, of: repository, upTo: tip) { return index }
    throw Failure(.indexDamaged, path, "what was just written cannot be read")
  }

  /// The same, but only where there is one already that can follow; for a recorder that has no time to build.
  ///
  /// - Returns: whether there was one.
  package static func follow(at path: String, of repository: String, to tip: ObjectID) throws(Failure) -> Bool {
    guard access(path, F_OK) == 0 else { return false }
    return try brought(at: path, of: repository, upTo: tip) != nil
  }

  /// - Returns: nil for one that has to go.
  private static func brought(
    at path: String, of repository: String, upTo tip: ObjectID
  ) throws(Failure) -> FactIndex? {
    do {
      let index = try FactIndex(path: path)
      return try index.bringUp(to: tip, of: repository) ? index : nil
    } catch {
      let failure = Failure(error, at: path)
      if failure.code == .indexDamaged { return nil }
      throw failure
    }
  }

  /// Answers from one snapshot of the index: nothing moves while the body runs, and no recorder waits for it.
  ///
  /// - Throws: `Failure`, also where the question itself is off.
  package func read<Value>(_ body: (IndexReader) throws -> Value) throws -> Value {
    do {
      return try queue.read { database in try body(IndexReader(database)) }
    } catch {
      throw Failure(error, at: path)
    }
  }

  /// Removes an index that turned out to be damaged; the next question builds a new one.
  package static func discard(at path: String) {
    for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
  }

  /// Building is following from nothing: all or nothing of it is there, and who asks meanwhile waits, or asks Git.
  ///
  /// - Returns: false when it is of another version, or holds what is no part of this commit's line of first parents.
  private func bringUp(to tip: ObjectID, of repository: String) throws -> Bool {
    if try queue.read({ try Self.isOfThisVersion($0) == true && IndexReader($0).seq(of: tip) != nil }) { return true }
    return try queue.writeWithoutTransaction { database in
      var isPart = false
      try database.inTransaction(.immediate) {
        isPart = try Self.append(database, repository, tip)
        return isPart ? .commit : .rollback
      }
      // Beside a log, readers and a recorder do not wait for each other. The file remembers it.
      if isPart { try database.execute(sql: "PRAGMA journal_mode = WAL") }
      return isPart
    }
  }

  /// Nil where nothing is in it yet.
  private static func isOfThisVersion(_ database: Database) throws -> Bool? {
    guard try database.tableExists("about") else { return nil }
    return try String.fetchOne(database, sql: "SELECT version FROM about") == Schema.version
  }

  private static func append(_ database: Database, _ repository: String, _ tip: ObjectID) throws -> Bool {
    switch try isOfThisVersion(database) {
    case nil:
      try database.execute(sql: Schema.tables)
      try database.execute(sql: "INSERT INTO about VALUES (?, NULL, 0)", arguments: [Schema.version])
    case false?: return false
    case true?:
      guard try String.fetchOne(database, sql: "PRAGMA quick_check(1)") == "ok" else { return false }
    }
    let index = IndexReader(database)
    // Another process may have done it while this one waited for its turn.
    if try index.seq(of: tip) != nil { return true }
    let end = try ObjectID.fetchOne(database, sql: "SELECT tip FROM about")
    var seq = try Int64.fetchOne(database, sql: "SELECT seq FROM about") ?? 0
    let reader = try HistoryReader(at: repository)
    // Of each commit what is needed; whole commits of a long history would fill memory.
    var new: [(id: ObjectID, tree: ObjectID, seconds: Int64)] = []
    var isPart = end == nil
    try reader.firstParents(from: tip) { id, commit in
      if id == end { isPart = true }
      if id != end { new.append((id, commit.tree, commit.committer.seconds)) }
      // A line that went back behind the end has another commit of the index on it.
      return id != end
    }
    guard isPart else { return false }
    var before: ObjectID?
    if let end { before = try reader.commit(end).tree }
    var seconds = try index.transaction(seq: seq)?.seconds ?? .min
    var rows = try HistoryRows(database, reader)
    for (id, tree, committed) in new.reversed() {
      seq += 1
      seconds = max(seconds, committed)
      try rows.add(Transaction(commit: id, seconds: seconds), seq: seq, from: before, to: tree)
      before = tree
    }
    try database.execute(sql: "UPDATE about SET tip = ?, seq = ?", arguments: [tip, seq])
    return true
  }
}
