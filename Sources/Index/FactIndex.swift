import Facts
import GRDB
import Git
import Glibc
import StateRepository

/// A cache of what main's line of first parents says, in SQLite: which fact stood in the tree from which commit to which.
///
/// It answers what a walk over Git would, and no more: contents stay in Git. It is brought up to a commit from the commits'
/// differences, and made anew when it is missing, damaged, of another version, or of a history that was rewritten. Whoever
/// deletes it loses nothing, at any time: an open one goes on with the file that it has.
public final class FactIndex: Sendable {
  /// The file; beside it lie SQLite's log and shared memory while it is open, and a lock.
  public let path: String
  /// One connection: a process asks one question after the other, and opening a second one would cost it more than the answer.
  private let queue: DatabaseQueue

  private init(path: String) throws {
    self.path = path
    try CheckedPages.install()
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
  public static func current(at path: String, of repository: String, upTo tip: ObjectID) throws(IndexError) -> FactIndex
  {
    do {
      if let index = try opened(at: path), try index.bringUp(to: tip, of: repository) { return index }
      return try rebuilt(at: path, of: repository, upTo: tip)
    } catch {
      throw IndexError(error, at: path)
    }
  }

  /// The same, but only where there is one already that can follow; for a recorder that has no time to build.
  ///
  /// - Returns: whether there was one.
  public static func follow(at path: String, of repository: String, to tip: ObjectID) throws(IndexError) -> Bool {
    do {
      guard let index = try opened(at: path) else { return false }
      return try index.bringUp(to: tip, of: repository)
    } catch {
      throw IndexError(error, at: path)
    }
  }

  /// Answers from one snapshot of the index: nothing moves while the body runs, and no recorder waits for it.
  ///
  /// - Throws: `IndexError`, and `StateError` where the question itself is off.
  public func read<Value>(_ body: (IndexReader) throws -> Value) throws -> Value {
    do {
      return try queue.read { database in try body(IndexReader(database)) }
    } catch let error as StateError {
      throw error
    } catch {
      throw IndexError(error, at: path)
    }
  }

  /// Removes an index that turned out to be damaged; the next question builds a new one.
  public static func discard(at path: String) {
    for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
  }

  // MARK: Bringing it up

  /// - Returns: nil when there is none, or none of this version.
  private static func opened(at path: String) throws -> FactIndex? {
    guard access(path, F_OK) == 0 else { return nil }
    do {
      let index = try FactIndex(path: path)
      let version = try index.queue.read { try String.fetchOne($0, sql: "SELECT version FROM about") }
      return version == Schema.version ? index : nil
    } catch let error as DatabaseError where error.resultCode != .SQLITE_BUSY && error.resultCode != .SQLITE_LOCKED {
      return nil
    }
  }

  /// - Returns: false when what it holds is no part of this commit's line of first parents.
  private func bringUp(to tip: ObjectID, of repository: String) throws -> Bool {
    do {
      if try queue.read({ try IndexReader($0).seq(of: tip) }) != nil { return true }
      return try queue.writeWithoutTransaction { database in
        try Self.letReadersGoOn(database)
        var isPart = false
        try database.inTransaction(.immediate) {
          isPart = try Self.append(database, repository, tip)
          return isPart ? .commit : .rollback
        }
        return isPart
      }
    } catch let error as DatabaseError where IndexError(error, at: path).code == .damaged {
      return false
    }
  }

  /// Turns the log on, beside which readers and a recorder do not wait for each other. The file remembers it.
  private static func letReadersGoOn(_ database: Database) throws {
    let mode = try String.fetchOne(database, sql: "PRAGMA journal_mode = WAL")
    guard mode == "wal" else {
      throw IndexError(.file, "the log", "SQLite stays with the journal \(mode ?? "nobody knows which")")
    }
  }

  private static func append(_ database: Database, _ repository: String, _ tip: ObjectID) throws -> Bool {
    let index = IndexReader(database)
    // Another process may have done it while this one waited for its turn.
    if try index.seq(of: tip) != nil { return true }
    let (end, last) = try index.end()
    let reader = try HistoryReader(at: repository, treeByteCount: 8 << 20)
    var new: [(id: ObjectID, commit: CommitHead)] = []
    var isPart = false
    try reader.firstParents(from: tip) { id, commit in
      if id == end { isPart = true }
      if isPart { return false }
      new.append((id, CommitHead(commit)))
      // A line that went back behind the end has another commit of the index on it.
      return true
    }
    guard isPart else { return false }
    var before = try reader.commit(end).tree
    var seconds = try index.transaction(seq: last)?.seconds ?? 0
    var seq = last
    var indexer = try HistoryIndexer(database, DirectSink(database))
    var scanner = FileScanner(reader)
    for (id, commit) in new.reversed() {
      seq += 1
      seconds = max(seconds, commit.seconds)
      try indexer.add(Transaction(commit: id, seconds: seconds), seq: seq)
      try reader.changes(under: "findings", from: before, to: commit.tree) { change in
        let scanned = try change.new.flatMap { try scanner.scan($0, at: change.path) }
        try indexer.apply(change, scanned, at: seq)
      }
      before = commit.tree
    }
    try noteEnd(database, tip, seq)
    return true
  }

  private static func noteEnd(_ database: Database, _ tip: ObjectID, _ seq: Int64) throws {
    let note = try BoundStatement(database, "UPDATE about SET tip = ?, seq = ?")
    note.bind(1, tip)
    note.bind(2, seq)
    try note.run()
  }

  // MARK: Building

  /// Builds beside the place and moves it there whole; who holds the old one keeps it.
  private static func rebuilt(at path: String, of repository: String, upTo tip: ObjectID) throws -> FactIndex {
    let lock = try waitForLock("\(path).lock")
    defer { withExtendedLifetime(lock) {} }
    // Another process may have built it while this one waited.
    if let index = try opened(at: path), try index.bringUp(to: tip, of: repository) { return index }
    let (scratch, stage) = ("\(path).\(getpid()).new", "\(path).\(getpid()).stage")
    for place in [scratch, stage] {
      discard(at: place)
      let descriptor = open(place, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        throw IndexError(.file, place, "it cannot be made: \(String(cString: strerror(errno)))")
      }
      close(descriptor)
    }
    defer { for place in [scratch, stage] { discard(at: place) } }
    try build(scratch, stage, repository, tip)
    discard(at: path)
    guard rename(scratch, path) == 0 else {
      throw IndexError(.file, path, "it cannot be put in place: \(String(cString: strerror(errno)))")
    }
    let index = try FactIndex(path: path)
    try index.queue.writeWithoutTransaction(letReadersGoOn)
    return index
  }

  private static func build(_ scratch: String, _ stage: String, _ repository: String, _ tip: ObjectID) throws {
    try CheckedPages.install()
    var configuration = Configuration()
    configuration.prepareDatabase { database in
      try CheckedPages.reserve(database, "main")
      // Nobody else sees the file yet, and a build that is cut off is thrown away: no journal, and one flush at the end.
      try database.execute(
        sql:
          "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -12288; PRAGMA threads = 1"
      )
    }
    let queue = try DatabaseQueue(path: scratch, configuration: configuration)
    try queue.inDatabase { database in
      try database.execute(sql: "ATTACH DATABASE ? AS stage", arguments: [stage])
      try CheckedPages.reserve(database, "stage")
      try database.execute(sql: "PRAGMA stage.journal_mode = OFF; PRAGMA stage.synchronous = OFF")
      try database.execute(sql: Schema.tables + GatheringSink.stageTables)
      try database.inTransaction {
        try fill(database, repository, tip)
        return .commit
      }
      try database.execute(sql: "DETACH DATABASE stage")
    }
    try queue.close()
    let descriptor = open(scratch, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    guard descriptor >= 0, fsync(descriptor) == 0 else {
      throw IndexError(.file, scratch, "it cannot be made durable: \(String(cString: strerror(errno)))")
    }
  }

  private static func fill(_ database: Database, _ repository: String, _ tip: ObjectID) throws {
    let reader = try HistoryReader(at: repository, treeByteCount: 16 << 20)
    var line: [(id: ObjectID, commit: CommitHead)] = []
    try reader.firstParents(from: tip) { id, commit in
      line.append((id, CommitHead(commit)))
      return true
    }
    let pipeline = try IndexPipeline(repository, into: database)
    var (seq, seconds): (Int64, Int64) = (0, .min)
    var before: ObjectID?
    for (id, commit) in line.reversed() {
      seq += 1
      seconds = max(seconds, commit.seconds)
      try pipeline.add(Transaction(commit: id, seconds: seconds), at: seq)
      try reader.changes(under: "findings", from: before, to: commit.tree) { try pipeline.add($0, at: seq) }
      before = commit.tree
    }
    try pipeline.finish(database)
    try database.execute(sql: Schema.lookups)
    try database.execute(
      sql: "INSERT INTO about (version, tip, seq) VALUES (?, zeroblob(20), 0)", arguments: [Schema.version])
    try noteEnd(database, tip, seq)
  }

  private static func waitForLock(_ path: String) throws -> BuildLock {
    for attempt in 1...600 {
      do throws(GitError) {
        return BuildLock(try RepositoryLock(at: path))
      } catch {
        guard error.code == .busy, attempt < 600 else {
          throw IndexError(error.code == .busy ? .busy : .file, path, error.description)
        }
        usleep(100_000)
      }
    }
    throw IndexError(.busy, path, "another process builds the index")
  }
}

/// Holds the lock; the lock itself cannot be copied.
private final class BuildLock {
  private let lock: RepositoryLock

  init(_ lock: consuming RepositoryLock) { self.lock = lock }
}

/// What of a commit the index needs; whole commits of a long history would fill memory.
private struct CommitHead {
  var tree: ObjectID
  var seconds: Int64

  init(_ commit: RawCommit) {
    tree = commit.tree
    seconds = commit.committer.seconds
  }
}
