import Facts
import Gate
import Git
import StateRepository

/// Whether main may be built on, and who may say what.
struct Verification: Sendable {
  private let session: Session

  init(_ session: Session) {
    self.session = session
  }

  func policy(at commit: ObjectID) async throws(GateError) -> Policy {
    try await PolicyInForce.read(from: session.store.repository, at: commit).policy
  }

  func check(_ tip: ObjectID) async throws(StateError) {
  }

  func outcome(_ tip: ObjectID) async throws -> String? { nil }

  func check(observationFile path: String, _ bytes: [UInt8], of source: SourceName) async throws {
  }
}
