import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import StateRepository

/// Lays one observation over a state repository and commits it, in this process; says how long that took and the peak.
struct Recording {
  var repository: String
  var observation: String
  /// The engine's private key.
  var key: String

  func run() async throws -> String {
    let bytes = try OwnFile.readAnybodys(observation, limit: 1 << 30)
    let observation = try Observation(parsing: bytes, document: observation)
    let store = try await StateStore.open(at: repository)
    let signer = CommitSigner(name: "engine", key: SigningKey(path: key))
    let terms = RecordingTerms(
      signer: signer, lockFile: "\(repository).lock", now: { Self.now() }, verify: { _, _ async throws(Failure) in })
    let clock = ContinuousClock()
    let begin = clock.now
    let recorded = try await store.record(observation, terms)
    let took = clock.now - begin
    guard recorded.commit != nil else { throw BenchError("nothing was recorded") }
    return "\(took.inSeconds) \(try Parsing.peakBytes())\n"
  }

  private static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }
}
