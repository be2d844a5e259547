import Facts
import Foundation
import Observe
import Secrets

/// What the snapshot authority's tests share: requests with everything fixed, and the folder of recorded output.
enum SnapshotFixtures {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/snapshot").path

  static let begin = Timestamp(rfc3339: "2026-11-24T03:00:00.000000Z")!

  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(path)")))
  }

  static func redactor() -> Redactor {
    Redactor(
      key: RedactionKey(epoch: "k1", secret: Array(repeating: 7, count: 32))!,
      keyPatterns: Configuration.defaultRedactedKeys)
  }

  static func request(
    _ snapshot: AuthorityConfiguration.Snapshot, directory: String, evidence: String, known: [TargetName] = [],
    only: [TargetName]? = nil, retired: [TargetName] = [], timeout: Int64 = 60
  ) -> ObservationRequest {
    let ticks = Ticks()
    return ObservationRequest(
      source: SourceConfiguration(
        name: SourceName("hosts")!, authority: .snapshot(snapshot), directory: directory,
        timeoutSeconds: timeout,
        retired: retired),
      run: RunID(begin: begin, tail: 0x5f2c), targets: only, redactor: redactor(),
      rules: Digest(of: [UInt8]("rules".utf8)), evidenceFolder: evidence, home: evidence,
      environment: ["PATH": "/usr/bin:/bin"], callbackFolder: "/nonexistent", knownTargets: known,
      now: { ticks.next() })
  }

  /// A second later each time it is asked.
  private final class Ticks: @unchecked Sendable {
    private let lock = NSLock()
    private var count: Int64 = -1

    func next() -> Timestamp {
      lock.withLock {
        count += 1
        return begin.advanced(bySeconds: count)
      }
    }
  }
}

/// A private folder that goes with the test.
final class ScratchFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "praxis-snapshot-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }
}
