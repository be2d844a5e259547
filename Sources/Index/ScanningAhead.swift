import Dispatch
import Git

/// Scans the contents of changed files on a thread of its own, while the caller goes on through the trees: both take about as long.
///
/// Changes come out in the order in which they went in, a few thousand at a time, so that memory does not depend on how many
/// there are.
final class ScanningAhead {
  /// A change with what its new content says.
  struct Scanned {
    var seq: Int64
    var change: HistoryReader.FileChange
    var fact: ScannedFact?
  }

  private let queue = DispatchQueue(label: "praxis.index.scan")
  private let scanner: Scanner
  private var waiting: [(seq: Int64, change: HistoryReader.FileChange)] = []
  private var running: Batch?
  private let deliver: (Scanned) throws -> Void

  private static let changesInBatch = 2_000

  /// - Parameters:
  ///   - repository: opened once more, for the other thread alone.
  ///   - deliver: called on the caller's thread.
  init(_ repository: String, deliver: @escaping (Scanned) throws -> Void) throws {
    scanner = Scanner(FileScanner(try HistoryReader(at: repository, treeByteCount: 0, check: .plain)))
    self.deliver = deliver
  }

  func add(_ change: HistoryReader.FileChange, at seq: Int64) throws {
    waiting.append((seq, change))
    if waiting.count >= Self.changesInBatch { try flush() }
  }

  /// Waits for all that was added.
  func finish() throws {
    try flush()
    try collect()
  }

  private func flush() throws {
    try collect()
    let batch = Batch(waiting)
    waiting = []
    running = batch
    let scanner = scanner
    queue.async { batch.run(scanner) }
  }

  private func collect() throws {
    guard let batch = running else { return }
    running = nil
    for scanned in try batch.wait() { try deliver(scanned) }
  }

  /// Only ever used on the queue.
  private final class Scanner: @unchecked Sendable {
    var scanner: FileScanner

    init(_ scanner: FileScanner) { self.scanner = scanner }
  }

  /// Written by the queue before the semaphore is raised, and read after it.
  private final class Batch: @unchecked Sendable {
    private let changes: [(seq: Int64, change: HistoryReader.FileChange)]
    private var scanned: Result<[Scanned], any Error> = .success([])
    private let isDone = DispatchSemaphore(value: 0)

    init(_ changes: [(seq: Int64, change: HistoryReader.FileChange)]) { self.changes = changes }

    func run(_ box: Scanner) {
      scanned = Result {
        try changes.map { seq, change in
          Scanned(seq: seq, change: change, fact: try change.new.flatMap { try box.scanner.scan($0, at: change.path) })
        }
      }
      isDone.signal()
    }

    func wait() throws -> [Scanned] {
      isDone.wait()
      return try scanned.get()
    }
  }
}
