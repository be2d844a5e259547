import Converge
import Facts
import Failures
import Gate
import Git
import Observe
import Processes
import StateRepository
import Synchronization

/// One execution, from the lock to the record of what was seen afterwards.
package struct ExecutionWorkflow: Sendable {
  package let session: Session
  private let id: String
  private let signer: CommitSigner
  private let engine: PersonName
  private let remote: Remote?
  private let hook: PreExecuteHook

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

  private static let runFolder = "run"
  /// A source's `timeout` is for looking. Doing takes longer, and nothing is worse than half of it.
  private static let leastTimeLimitSeconds: Int64 = 4 * 3_600

  private var store: StateStore { session.store }
  private var folder: PrivateFolder { session.executionFolder(id) }
  private var executed: ExecutedDigests { session.installation.executed(introduction: session.trust.introduction) }

  /// What became of it.
  package struct Ended: Sendable {
    package var proposal: Proposal
    package var record: ExecutionRecord
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
    try await remote?.catchUp()
    let ready: Ready
    do {
      ready = try await makeReady()
    } catch let error as Failure where error.code == .executionUnknown {
      return try await closeUnknown()
    }
    let authorization = try await authorize(ready)
    let started = try await begin(ready.approved, .started, claim: nil)
    session.console.setPendingExit(.notMended)
    // From here on nothing is given up half-way: the record is written whoever interrupts.
    let outcome = await actuate(authorization, ready, lock)
    do {
      return try await Task { try await conclude(outcome, ready, started) }.value
    } catch {
      throw Failure(
        .executionUnknown, "proposal \(id)",
        "it was run (\(outcome.outcome.rawValue)), and the end could not be recorded: \(Failure(error))",
        hint: "Look at the targets by hand. Once main is well, praxis execute \(id) records the end as unknown.",
        kind: .notMended)
    }
  }

  /// Authorizes a job outside of praxis, which the hook lets through once.
  package func claim(for job: String) async throws -> Ended {
    let lock = try hold()
    defer { withExtendedLifetime(lock) {} }
    try await remote?.catchUp()
    let ready = try await makeReady()
    defer { folder.remove() }
    let authorization = try await authorize(ready)
    let record = try await begin(ready.approved, .claimed, claim: job)
    return Ended(proposal: authorization.proposal, record: record)
  }

  private final class HeldLock: Sendable {
    private let lock: RepositoryLock
    init(_ lock: consuming RepositoryLock) { self.lock = lock }
    var descriptor: Int32 { lock.descriptor }
  }

  /// One execution at a time on a host. The tool holds the lock, too: a praxis that was killed leaves it running, and until it has ended
  /// nobody can say how.
  private func hold() throws -> HeldLock {
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

  // MARK: Before

  /// The proposal as main has it approved now; every commit of main verified.
  private func approved() async throws(Failure) -> ApprovedProposal {
    let tip = try await store.tip()
    let verified = try await Verification(session).verify(tip)
    if let newer = verified.newer { throw Verification.behind(newer, tip) }
    return try await session.gate().approved(
      id, verified.history, by: engine, seen: verified.seen, executed: executed, hasRemote: remote != nil)
  }

  /// praxis.yaml at a commit, if it is what the proposal was made under.
  private func configuration(as proposal: Proposal, at commit: ObjectID) async throws -> LoadedConfiguration {
    let loaded = try await store.configuration(at: commit)
    guard loaded.digest == proposal.rules else {
      throw Failure(.rulesChanged, Layout.configuration, "it has changed since this was proposed; propose again")
    }
    return loaded
  }

  private struct Ready: Sendable {
    var approved: ApprovedProposal
    var dryRun: DryRun
    var request: ObservationRequest
    var authority: any ConvergingAuthority
    var readiness: Readiness
  }

  /// Makes the dry run again, and holds what will run in a private copy.
  private func makeReady() async throws -> Ready {
    let approved = try await approved()
    let proposal = approved.proposal
    try hook.check()
    let loaded = try await configuration(as: proposal, at: approved.main)
    let source = try loaded.source(named: proposal.source)
    do {
      let open =
        proposal.action == .adopt
        ? try await store.openFindings(of: proposal.source, .drift, at: approved.main) : []
      var chosen: [DryRun.Chosen] = []
      for change in proposal.changes {
        guard let finding = change.finding else { continue }
        let accepted = open.first { $0.id == finding }?.acceptedDelta
        chosen.append(.init(finding: finding, target: change.target, subject: change.subject, accepted: accepted))
      }
      let made: DryRun
      let request: ObservationRequest
      do {
        (made, request) = try await session.dryRun(
          proposal.action, source, loaded, chosen, in: folder, again: proposal)
      } catch let error as Failure where error.code == .sealChanged {
        throw Failure(.sealChanged, "proposals/\(id)", error.message)
      } catch let error as Failure where error.saysThatItChanged {
        throw Failure(.dryRunChanged, "proposals/\(id)", error.message)
      }
      var savedPlan: String?
      var bundle = made.bundle
      let authority = try session.converging(source)
      if let name = authority.savedPlan {
        let copy = "\(folder.path)/approved-plan"
        guard let digest = try session.waitingFolder(id).copy(name, to: copy) else {
          throw Failure(
            .planMissing, session.waitingFolder(id).path,
            "the plan that was approved is not on this host; propose again")
        }
        bundle = digest
        savedPlan = copy
      }
      var invocation = Invocation(
        executable: made.program, arguments: made.arguments, environment: made.variables,
        workingDirectory: made.directory,
        timeLimit: .seconds(max(source.timeoutSeconds, Self.leastTimeLimitSeconds)), grace: Actuation.grace)
      invocation.sandbox = try made.sealed.executingView(request)
      if let savedPlan { invocation.sandbox?.mounts.append(.readOnly(savedPlan, at: savedPlan)) }
      let readiness = Readiness(
        engine: engine, rules: loaded.digest, tool: made.tool, bundle: bundle, seal: made.seal,
        invocation: invocation, savedPlan: savedPlan,
        changes: made.changes, fingerprint: made.fingerprint, text: try await text(of: proposal, made))
      return Ready(
        approved: approved, dryRun: made, request: request, authority: authority, readiness: readiness)
    } catch {
      folder.remove()
      throw error
    }
  }

  /// What people would read of this dry run.
  private func text(of proposal: Proposal, _ made: DryRun) async throws -> [UInt8] {
    guard let base = ObjectID(hex: proposal.base) else {
      throw Failure(.proposalMalformed, "proposals/\(id)", "its base is no commit")
    }
    let policy = try await PolicyInForce.read(from: store.repository, at: base).policy
    return Array(Mend.text(of: made, for: proposal, under: policy).utf8)
  }

  private func authorize(_ ready: Ready) async throws -> Authorization {
    do {
      let authorization = try await session.gate().authorize(
        ready.approved, ready.readiness, trust: session.trustPath, hook: hook)
      // What the run may write was checked before the hook ran.
      if let moved = ready.readiness.invocation.sandbox?.moved {
        throw Failure(
          .sealChanged, "proposals/\(id)", "\(moved.path) is not the one any more that it was before the hook ran")
      }
      return authorization
    } catch {
      folder.remove()
      throw error
    }
  }

  // MARK: The ledger

  /// Records on main, by compare-and-swap, that it begins, and has the remote agree. Nothing may run before this returns.
  private func begin(
    _ approved: ApprovedProposal, _ state: ExecutionRecord.State, claim: String?
  ) async throws -> ExecutionRecord {
    var record = ExecutionRecord(
      of: approved.proposal, state, at: session.now(), by: engine.text,
      findings: approved.proposal.findings.map(\.finding))
    record.approval = approved.merge.hex
    record.claim = claim
    record.startedAt = state == .started ? record.at : nil
    for attempt in 1...10 {
      // Main may have moved on meanwhile; a revocation or another's start would be there now.
      let now = try await self.approved()
      _ = try await configuration(as: approved.proposal, at: now.main)
      guard now.merge == approved.merge, now.proposal.digest == approved.proposal.digest else {
        throw Failure(.notApproved, "proposals/\(id)", "main has another approval of it than before")
      }
      do {
        let commit = try await write(record, onto: now.main)
        try await publish(commit, over: now.main)
        try executed.add(record.digest)
        return record
      } catch let error as Failure where error.kind == .busy && attempt < 10 {
        try await Task.sleep(for: .milliseconds(20 * attempt))
      }
    }
    throw Failure(
      .busy, Layout.main, "main moved ten times while the start was to be recorded",
      hint: "Nothing was run; try again.")
  }

  /// Has the remote take the start; where it does not, main goes back to what it was.
  private func publish(_ commit: ObjectID, over before: ObjectID) async throws {
    guard let remote, let refused = try await remote.push(commit) else { return }
    do {
      _ = try await store.advance(from: commit, to: before, by: engine.text)
    } catch {
      throw Failure(
        .remoteRefused, remote.name,
        "it did not take the record of the start (\(refused)), nothing was run, and main has moved on here: reset it to \(before)"
      )
    }
    throw Failure(
      .remoteRefused, remote.name, "it did not take the record of the start, so nothing was run: \(refused)")
  }

  private func write(_ record: ExecutionRecord, onto tip: ObjectID) async throws -> ObjectID {
    let verb = record.state == .finished ? (record.result?.outcome.rawValue ?? "finished") : record.state.rawValue
    let commit = try await store.prepare(
      [Layout.execution(id): .put(record.bytes)], onto: [tip],
      message: "execute: \(verb), \(id)\n\nPraxis-Proposal: \(id)\nPraxis-Digest: \(record.digest)\n", signer,
      now: session.now())
    _ = try await session.gate().verify(to: commit, startingAt: tip)
    _ = try await store.advance(from: tip, to: commit, by: engine.text)
    return commit
  }

  /// Writes a record whatever main does meanwhile.
  private func settle(_ record: ExecutionRecord) async throws {
    for attempt in 1...50 {
      let tip = try await store.tip()
      do {
        _ = try await write(record, onto: tip)
        return
      } catch let error as Failure where error.kind == .busy {
        try? await Task.sleep(for: .milliseconds(20 * attempt))
      }
    }
    throw Failure(
      .busy, Layout.main, "main moved fifty times while the end was to be recorded",
      hint: "The execution is on record as started; see praxis trace \(id).")
  }

  // MARK: The tool

  private func actuate(
    _ authorization: consuming Authorization, _ ready: Ready, _ lock: HeldLock
  ) async -> ExecutionRecord.Result {
    let output = ready.authority.executionOutput
    defer { ready.dryRun.sealed.settleStates(ready.request) }
    let work = PrivateFolder("\(folder.path)/\(Self.runFolder)")
    let progress = ready.request.progress
    let counter = Mutex(0)
    let proposal = authorization.proposal
    do throws(Failure) {
      try work.make()
      let actuated = try await Converge.execute(
        authorization,
        by: Actuation(
          folder: work.path, output: output.file, stem: output.stem, lock: lock.descriptor)
      ) { chunk in
        let done = counter.withLock { count in
          count += chunk.count { $0 == UInt8(ascii: "\n") }
          return count
        }
        progress(.init(step: "executing, events", done: done, expected: nil))
      }
      do throws(Failure) {
        let reading = try ready.authority.executed(ready.request, folder: work.path)
        return ExecutionRecord.Result(actuated, reading, of: proposal)
      } catch {
        return .init(.unknown, exitCode: actuated.exitCode, detail: InertText.line(error.message))
      }
    } catch {
      // It never ran, or its output could not be kept; only the first is known to have left everything as it was.
      return .init(error.code == .workspace ? .failed : .unknown, detail: InertText.line(error.message))
    }
  }

  // MARK: After

  private func conclude(
    _ result: ExecutionRecord.Result, _ ready: Ready, _ started: ExecutionRecord
  ) async throws -> Ended {
    session.console.endProgress()
    defer {
      // What the tool said stays for a while: its digest is in the record.
      folder.keepOnly(ready.request.source.keepsEvidence ? [Self.runFolder] : [])
      session.forgetOldExecutions()
      session.waitingFolder(id).remove()
    }
    var record = started
    record.state = .finished
    record.at = session.now()
    record.result = result
    try await settle(record)
    let proposal = ready.approved.proposal
    if let run = try await lookAgain(proposal.source) {
      let tip = try await store.tip()
      let open = Set(try await store.openFindings(of: proposal.source, at: tip).map(\.id))
      let chosen = proposal.findings.map(\.finding)
      record.run = run
      record.at = session.now()
      record.result?.gone = chosen.filter { !open.contains($0) }
      record.result?.remaining = chosen.filter { open.contains($0) }
      try await settle(record)
    }
    return Ended(proposal: proposal, record: record, unpublished: try await publishEnd())
  }

  private func publishEnd() async throws -> String? {
    guard let remote else { return nil }
    return try await remote.push(store.tip())
  }

  /// The observation after it: what is there counts, whatever the tool said.
  private func lookAgain(_ name: SourceName) async throws -> RunID? {
    do {
      let loaded = try await store.configuration(at: store.tip())
      let observation = try await session.observe(
        loaded.source(named: name), targets: nil, loaded, strictReadOnly: false)
      let recorded = try await session.record(observation, session.recordingTerms())
      session.console.endProgress()
      session.console.note(Session.line(recorded))
      return observation.run
    } catch {
      session.console.endProgress()
      session.console.fail(Failure(error))
      session.console.warn("what is there now was not recorded: praxis scan \(name)")
      return nil
    }
  }

  /// A start without an end, and no process of this host is at it, neither praxis nor the tool (see ``hold()``): nobody knows what was done, and that is what is recorded.
  private func closeUnknown() async throws -> Ended {
    let tip = try await store.tip()
    guard var record = try await store.execution(of: id, at: tip), record.by == engine.text,
      let bytes = try await store.file("\(Layout.proposal(id))/proposal.json", at: tip)
    else {
      throw Failure(
        .executionUnknown, Layout.execution(id), "another engine started it, and did not record how it ended")
    }
    let proposal = try Proposal(parsing: bytes, document: "\(Layout.proposal(id))/proposal.json")
    record.state = .finished
    record.at = session.now()
    record.result = .init(
      .unknown,
      left: proposal.changes.map { .init(target: $0.target, subject: $0.subject, isApproved: true) },
      detail: "it was started and did not come to an end that anybody recorded")
    try await settle(record)
    return Ended(proposal: proposal, record: record, unpublished: try await publishEnd())
  }
}

extension Failure {
  /// Whether a dry run that is made again failed because something is not as it was, rather than because it could not be made.
  fileprivate var saysThatItChanged: Bool { code == .notCleared || code == .beyondChosen }
}
