import Converge
import Facts
import Failures
import Gate
import Git
import Observe
import Processes
import StateRepository
import StrictJSON
import Synchronization

extension ExecutionWorkflow {
  // MARK: The tool

  /// What came of the tool's run.
  struct Acted: Sendable {
    var result: ExecutionRecord.Result
    var refused: [String] = []
  }

  func actuate(
    _ authorization: consuming Authorization, _ ready: Ready, _ lock: HeldLock
  ) async -> Acted {
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
        return Acted(
          result: .init(actuated, reading, of: proposal, isToBeHeld: ready.dryRun.heldTo != nil),
          refused: reading.refused)
      } catch {
        return Acted(result: .init(.unknown, exitCode: actuated.exitCode, detail: TerminalSafe.escaped(error.message)))
      }
    } catch {
      // It never ran, or its output could not be kept; only the first is known to have left everything as it was.
      return Acted(
        result: .init(error.code == .workspace ? .failed : .unknown, detail: TerminalSafe.escaped(error.message)))
    }
  }

  // MARK: After

  func conclude(
    _ acted: Acted, _ ready: Ready, _ started: ExecutionRecord
  ) async throws -> Ended {
    defer {
      // What the tool said stays for a while: its digest is in the record.
      folder.keepOnly(ready.request.source.keepsEvidence ? [Self.runFolder] : [])
      session.forgetOldExecutions()
      session.waitingFolder(id).remove()
    }
    var record = started
    record.state = .finished
    record.at = session.now()
    record.result = acted.result
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
    return Ended(
      proposal: proposal, record: record, refused: acted.refused, unpublished: try await publishEnd())
  }

  func publishEnd() async throws -> String? {
    guard let remote else { return nil }
    return try await remote.push(store.tip())
  }

  /// The observation after it: what is there counts, whatever the tool said.
  func lookAgain(_ name: SourceName) async throws -> RunID? {
    do {
      let loaded = try await session.configurationOfTools()
      let observation = try await session.observe(
        loaded.source(named: name), targets: nil, loaded, strictReadOnly: false)
      let recorded = try await session.record(observation, session.recordingTerms())
      session.console.note(Session.line(recorded))
      return observation.run
    } catch {
      session.console.fail(Failure(error))
      session.console.warn("what is there now was not recorded: praxis scan \(name)")
      return nil
    }
  }

  /// Closes an execution that started and did not end, and on which no process of this host works, neither praxis nor
  /// the tool (see ``hold()``). It is unknown what was done, and that is recorded.
  func closeUnknown() async throws -> Ended {
    let tip = try await store.tip()
    guard var record = try await store.execution(of: id, at: tip), record.by == engine.text,
      let bytes = try await store.file(Layout.document(ofProposal: id), at: tip)
    else {
      throw Failure(
        .executionUnknown, Layout.execution(id), "another engine started it, and did not record how it ended")
    }
    let proposal = try Proposal(parsing: bytes, document: Layout.document(ofProposal: id))
    record.state = .finished
    record.at = session.now()
    record.result = .init(
      .unknown,
      left: proposal.changes.map { .init(target: $0.target, subject: $0.subject, isApproved: true) },
      detail: "it was started, and no end of it is recorded")
    try await settle(record)
    return Ended(proposal: proposal, record: record, unpublished: try await publishEnd())
  }
}
