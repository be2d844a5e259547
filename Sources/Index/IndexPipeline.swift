import Dispatch
import GRDB
import Git
import StateRepository

/// Reads the contents of changed files on a thread of its own, while the caller goes on through commits and trees and writes rows: both
/// take about as long.
///
/// Changes are written in the order in which they were added, some thousands at a time, so that memory does not depend on how many there are.
/// The database is used on the caller's thread alone.
final class IndexPipeline {
  private let queue = DispatchQueue(label: "praxis.index")
  private let scanner: Scanner
  private var indexer: HistoryIndexer<GatheringSink>
  private var waiting: [Batch.Change] = []
  private var running: Batch?

  private static let changesInBatch = 2_000

  /// - Parameter repository: opened once more, for the other thread alone.
  init(_ repository: String, into database: Database) throws {
    scanner = Scanner(FileScanner(try HistoryReader(at: repository, treeByteCount: 0)))
    indexer = try HistoryIndexer(database, GatheringSink(database))
  }

  func add(_ transaction: Transaction, at seq: Int64) throws { try indexer.add(transaction, seq: seq) }

  func add(_ change: HistoryReader.FileChange, at seq: Int64) throws {
    waiting.append((seq, change))
    if waiting.count >= Self.changesInBatch { try flush() }
  }

  /// Waits for all that was added, and puts what was gathered into the tables.
  func finish(_ database: Database) throws {
    // The first writes the batch before the last one, the second the last one.
    try flush()
    try flush()
    try indexer.sink.finish(database)
  }

  /// Lets the other thread go on with what waits, and writes what it has done.
  private func flush() throws {
    let done = running
    let scanned = try done?.wait() ?? []
    let batch = Batch(waiting)
    running = batch
    waiting = []
    waiting.reserveCapacity(Self.changesInBatch)
    queue.async { [scanner] in batch.run(scanner) }
    guard let done else { return }
    for ((seq, change), fact) in zip(done.changes, scanned) { try indexer.apply(change, fact, at: seq) }
  }

  /// Only ever used on the queue.
  private final class Scanner: @unchecked Sendable {
    var scanner: FileScanner

    init(_ scanner: FileScanner) { self.scanner = scanner }
  }

  /// Its outcome is written by the queue before the semaphore is raised, and read after it.
  private final class Batch: @unchecked Sendable {
    typealias Change = (seq: Int64, change: HistoryReader.FileChange)

    let changes: [Change]
    private var scanned: Result<[ScannedFact?], any Error> = .success([])
    private let isDone = DispatchSemaphore(value: 0)

    init(_ changes: [Change]) { self.changes = changes }

    func run(_ box: Scanner) {
      scanned = Result {
        try changes.map { _, change in try change.new.flatMap { try box.scanner.scan($0, at: change.path) } }
      }
      isDone.signal()
    }

    /// What the new content of each change says; nil where there is none, or none that is a fact in its place.
    func wait() throws -> [ScannedFact?] {
      isDone.wait()
      return try scanned.get()
    }
  }
}
