import Failures
import Git

extension Session {
  /// Decides on main as it is. Where main moves meanwhile, decides again, in turn with this host's recorders, so that scans starve nobody.
  ///
  /// Other hosts and plain git know no lock; against them the tries are bounded.
  ///
  /// - Parameter body: reads main anew each time, and ends with `busy` where main moved before it could be written.
  package func inTurn<Value>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch let error as Failure where error.code == .busy {}
    let lock = try await HeldLock.waiting(at: installation.lock(introduction: trust.introduction.hex))
    defer { withExtendedLifetime(lock) {} }
    for attempt in 1..<10 {
      do { return try await body() } catch let error as Failure where error.code == .busy {
        try await Task.sleep(for: .milliseconds(20 * attempt))
      }
    }
    return try await body()
  }
}
