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

  /// Decides in turn, on the main of a remote where decisions are shared.
  ///
  /// - Throws: `remote-diverged` where main has a decision that the remote has not: no program repeats it.
  package func deciding<Value>(
    sharedOn remote: Remote?, _ body: (ApprovalWorkflow) async throws -> Value
  ) async throws -> Value {
    var joins = 0
    while true {
      do {
        return try await inTurn { try await body(ApprovalWorkflow(self, sharedOn: remote)) }
      } catch let error as Failure where error.code == .remoteDiverged {
        guard let remote, joins < Self.mostJoins else { throw error }
        joins += 1
        // Not within the turn: it has this host's runs recorded again, each in its own.
        try await join(remote)
      }
    }
  }

  /// Brings main up to the remote's, with the runs that the remote has not on top of it.
  func join(_ remote: Remote) async throws {
    do { try await remote.catchUp() } catch let error as Failure
      where error.code == .remoteDiverged && remote.sharesRuns
    {
      _ = try await synchronize(with: remote)
    }
  }

  /// Scans of this host that come between are rarer than that.
  private static let mostJoins = 5
}
