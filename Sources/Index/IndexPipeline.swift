import Dispatch
import GRDB
import Git
import StateRepository

/// Reads contents and writes rows on a thread of its own, while the caller goes on through commits and trees: both take about as
/// long.
///
/// What is added is worked on in its order, some thousands at a time, so that memory does not depend on how much there is. The database is
/// the other thread's alone until ``finish()`` returns.
final class IndexPipeline {
  /// What the caller found.
  enum Step {
    case commit(Transaction)
    case change(HistoryReader.FileChange)
  }

  private let queue = DispatchQueue(label: "praxis.index")
  private let writer: Writer
  private var waiting: [(step: Step, seq: Int64)] = []
  private var running: Batch?

  private static let stepsInBatch = 2_000

  /// - Parameter repository: opened once more, for the other thread alone.
  init(_ repository: String, into database: Database) throws {
    writer = Writer(
      indexer: try HistoryIndexer(database, GatheringSink(database)),
      scanner: FileScanner(try HistoryReader(at: repository, treeByteCount: 0, check: .plain)))
  }

  /// The other thread has to be done with the database when somebody gives up.
  deinit {
    running?.waitForEnd()
    writer.indexer = nil
  }

  func add(_ step: Step, at seq: Int64) throws {
    waiting.append((step, seq))
    if waiting.count >= Self.stepsInBatch { try flush() }
  }

  /// Waits for all that was added, and puts what was gathered into the tables.
  func finish(_ database: Database) throws {
    try flush()
    try collect()
    try writer.indexer?.sink.finish(database)
    // The database cannot be closed while there are statements, and the queue may hold the writer for a moment longer.
    writer.indexer = nil
  }

  private func flush() throws {
    try collect()
    let batch = Batch(waiting)
    waiting = []
    waiting.reserveCapacity(Self.stepsInBatch)
    running = batch
    let writer = writer
    queue.async { batch.run(writer) }
  }

  private func collect() throws {
    guard let batch = running else { return }
    running = nil
    try batch.wait()
  }

  /// Only ever used on the queue, or while it has nothing to do.
  private final class Writer: @unchecked Sendable {
    /// Until the end.
    var indexer: HistoryIndexer<GatheringSink>?
    var scanner: FileScanner

    init(indexer: HistoryIndexer<GatheringSink>, scanner: FileScanner) {
      self.indexer = indexer
      self.scanner = scanner
    }

    func write(_ step: Step, at seq: Int64) throws {
      switch step {
      case .commit(let transaction): try indexer?.add(transaction, seq: seq)
      case .change(let change):
        let fact = try change.new.flatMap { try scanner.scan($0, at: change.path) }
        try indexer?.apply(change, fact, at: seq)
      }
    }
  }

  /// Its outcome is written by the queue before the semaphore is raised, and read after it.
  private final class Batch: @unchecked Sendable {
    private let steps: [(step: Step, seq: Int64)]
    private var outcome: Result<Void, any Error> = .success(())
    private let isDone = DispatchSemaphore(value: 0)

    init(_ steps: [(step: Step, seq: Int64)]) { self.steps = steps }

    func run(_ writer: Writer) {
      outcome = Result { for (step, seq) in steps { try writer.write(step, at: seq) } }
      isDone.signal()
    }

    func waitForEnd() { isDone.wait() }

    func wait() throws {
      waitForEnd()
      try outcome.get()
    }
  }
}
