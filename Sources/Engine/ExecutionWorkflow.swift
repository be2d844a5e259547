import Converge
import Facts
import Failures
import Gate
import Git
import Observe
import Processes
import StateRepository

/// One execution, from the lock to the record of what was seen afterwards.
package struct ExecutionWorkflow: Sendable {
  package let session: Session
  let id: String
  let signer: CommitSigner
  let engine: PersonName
  let remote: Remote?
  let hook: PreExecuteHook

  package init(_ session: Session, _ id: ProposalID) async throws {
    self.session = session
    self.id = id.text
    signer = try session.engineSigner()
    guard let name = PersonName(signer.name) else {
      throw Failure(.noEngine, session.installation.engineFile, "it names no engine that a policy can hold")
    }
    engine = name
    remote = try await Remote(of: session)
    hook = PreExecuteHook(path: session.installation.preExecuteHook)
  }

  static let runFolder = "run"
  static let approvedActs = "approved-acts"
  /// A source's `timeout` is for observation. An execution takes longer, and a half-done one is the worst outcome.
  static let leastTimeLimitSeconds: Int64 = 4 * 3_600

  var store: StateStore { session.store }
  var folder: PrivateFolder { session.executionFolder(id) }
  var executed: ExecutedDigests { session.installation.executed(introduction: session.trust.introduction) }

  /// What became of it.
  package struct Ended: Sendable {
    package var proposal: Proposal
    package var record: ExecutionRecord
    /// What the tool was about to do and had not been shown, so that it did not: one line each.
    package var refused: [String] = []
    /// What kept the remote from hearing of the end; the record is here.
    package var unpublished: String?
  }

  // MARK: The whole of it

  /// Executes the proposal.
  ///
  /// - Throws: a refusal as long as nothing was begun. From the start on there is a record, whatever happens.
  package func execute() async throws -> Ended {
    let lock = try hold()
    defer { withExtendedLifetime(lock) {} }
    if let remote { try await session.join(remote) }
    let ready: Ready
    do {
      ready = try await makeReady()
    } catch let error as Failure where error.code == .executionUnknown {
      return try await closeUnknown()
    }
    let authorization = try await authorize(ready)
    let started = try await begin(ready.approved, .started, claim: nil)
    session.console.setPendingExit(.driftRemains)
    // From here on nothing is given up half-way: the record is written whoever interrupts.
    let outcome = await actuate(authorization, ready, lock)
    do {
      return try await Task { try await conclude(outcome, ready, started) }.value
    } catch {
      throw Failure(
        .executionUnknown, "proposal \(id)",
        "it was run (\(outcome.result.outcome.rawValue)), and the end could not be recorded: \(Failure(error))",
        hint: "Check the targets by hand. Once main is right, praxis execute \(id) records the end as unknown.",
        kind: .driftRemains)
    }
  }

  /// Authorizes a job outside of praxis, which the hook lets through once.
  package func claim(for job: String) async throws -> Ended {
    let lock = try hold()
    defer { withExtendedLifetime(lock) {} }
    if let remote { try await session.join(remote) }
    let ready = try await makeReady()
    defer { folder.remove() }
    let authorization = try await authorize(ready)
    let record = try await begin(ready.approved, .claimed, claim: job)
    return Ended(proposal: authorization.proposal, record: record)
  }

  /// One execution at a time on a host. The tool holds the lock, too: it keeps running after praxis was killed, and
  /// until it has ended its outcome is unknown.
  func hold() throws -> HeldLock {
    let path = session.installation.executionLock(introduction: session.trust.introduction.hex)
    do throws(Failure) {
      return HeldLock(try RepositoryLock(at: path))
    } catch {
      guard error.code == .busy else { throw error }
      throw Failure(
        .executing, path,
        "something is executed on this host: another praxis, or the tool that one left running, holds it",
        hint: "Try again when it has ended. fuser -v \(path) shows the processes.")
    }
  }
}
