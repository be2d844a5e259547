import Facts
import Failures
import Files
import Git
import Glibc
import Observe
import Processes
import Secrets
import StateRepository
import StrictJSON

/// Observing and recording: an observation is kept in the spool before anybody hears of it, and recorded from there.
package enum ObservationWorkflow {
  /// The purpose that an observation's signature is made for.
  package static let signatureNamespace = "praxis-observation"
}

extension Session {
  /// Asks a source's authority, and keeps the observation in the spool before it is used anywhere else.
  ///
  /// An authority that cannot be asked is reported as a finding: where the source's targets are known, the failure
  /// itself becomes an observation in which none of them was observed.
  package func observe(
    _ source: SourceConfiguration, targets: [TargetName]?, _ loaded: LoadedConfiguration, strictReadOnly: Bool
  ) async throws -> Observation {
    let request = try await request(source, targets: targets, loaded, strictReadOnly: strictReadOnly)
    let observation: Observation
    defer {
      if !source.keepsEvidence, access(request.evidenceFolder, F_OK) == 0 {
        console.warn(
          "\(source.name): its tool's raw output is not to be kept and could not be removed. Remove it: rm -r \(request.evidenceFolder)"
        )
      }
    }
    do throws(Failure) {
      observation = try await Self.ask(request)
    } catch {
      guard error.recordsAsFailure, !request.knownTargets.isEmpty else { throw error }
      console.warn("\(error)\(error.hint.isEmpty ? "" : ". \(error.hint)")")
      observation = try Self.failed(request, error).naming(request.redactor, under: nil)
    }
    try spool.keep(observation)
    return observation
  }

  /// - Parameter evidenceFolder: gets the raw output; nil for one in the spool.
  package func request(
    _ source: SourceConfiguration, targets: [TargetName]?, _ loaded: LoadedConfiguration, strictReadOnly: Bool,
    evidenceFolder: String? = nil
  ) async throws -> ObservationRequest {
    // One that was put together by hand, after a disk was lost, has keys and trust and nothing else.
    try installation.makeFolders()
    let run = RunID(begin: now(), tail: .random(in: .min ... .max))
    let tip = try await store.tip()
    let receipt = try await store.receipt(of: source.name, at: tip)
    let open =
      source.authority.asked.asksForOpenSubjects ? try await store.openFindings(of: source.name, .drift, at: tip) : []
    let keys = try await RedactionKeys(installation, source.name).all(recorded: receipt?.redaction) {
      Set(try await namedEpochs(of: source.name).keys)
    }
    let console = console
    return ObservationRequest(
      source: source, run: run, targets: targets.flatMap { $0.isEmpty ? nil : $0 },
      redactor: Redactor(
        key: keys[0], older: Array(keys.dropFirst()), keyPatterns: loaded.configuration.redactedKeys),
      rules: loaded.digest,
      evidenceFolder: try evidenceFolder ?? spool.evidenceFolder(source, run: run, now: now()),
      home: installation.toolHome,
      environment: environment.variables, callbackFolder: try ShippedFiles(environment).callbackFolder(),
      knownTargets: Self.knownTargets(source, receipt), openSubjects: Set(open.map(\.subject)),
      ownFolders: [installation.state, installation.configuration, store.repository.gitFolder],
      strictReadOnly: strictReadOnly,
      confinement: await confinement(of: source), now: { now() }, progress: { console.progress(source.name, $0) },
      announce: { console.announce(source.name, $0) })
  }

  private func confinement(of source: SourceConfiguration) async -> Confinement {
    if let reason = source.authority.asked.runsOutsideBecause { return .none(reason) }
    return await confinement()
  }

  /// What holds tools to reading on this host.
  package func confinement() async -> Confinement {
    do throws(Failure) {
      return .sandbox(program: try await Sandbox.find(in: environment.value("PATH") ?? "/usr/bin:/bin"))
    } catch {
      return .none(error.description)
    }
  }

  package static func ask(_ request: ObservationRequest) async throws(Failure) -> Observation {
    defer {
      Folder.remove(
        request.source.keepsEvidence ? "\(request.evidenceFolder)/\(Confinement.scratchFolder)" : request.evidenceFolder
      )
    }
    let observation = try await request.source.authority.asked.observe(request)
    return observation.naming(request.redactor, under: request.confinement)
  }

  private static func knownTargets(_ source: SourceConfiguration, _ receipt: Receipt?) -> [TargetName] {
    if let fixed = source.authority.asked.fixedTargets { return fixed }
    let retired = Set(source.retired)
    return (receipt?.targets ?? []).filter { !$0.isAbsentPlay }.map(\.target).filter { !retired.contains($0) }
  }

  private static func failed(_ request: ObservationRequest, _ error: Failure) throws(Failure) -> Observation {
    let now = request.now()
    return try Observation(
      unobserved: request.targets ?? request.knownTargets, Self.reason(error), source: request.source.name,
      authority: request.source.authority.kind, run: request.run, begin: now, end: now, rules: request.rules)
  }

  private static func reason(_ error: Failure) -> TargetReport.Reason {
    .init(error.code == .timedOut ? .timedOut : .toolFailed, TerminalSafe.escaped(error.message))
  }

  /// A run that would open more findings than the source may have is recorded as one that observed none of its targets.
  private func recordWithinBounds(
    _ observation: Observation, _ terms: RecordingTerms
  ) async throws(Failure) -> Recorded {
    do throws(Failure) { return try await store.record(observation, terms) } catch {
      guard error.code == .tooManyFindings else { throw error }
      console.warn("\(error). \(error.hint)")
      return try await store.record(
        Observation(
          unobserved: observation.declaration.targets, Self.reason(error), source: observation.source,
          authority: observation.authority,
          run: observation.run, begin: observation.begin, end: observation.end, rules: observation.rules), terms)
    }
  }

  /// Records what waits in the spool, oldest first, and then this observation.
  ///
  /// Runs of one source take turns: whoever is first records what the others have observed by then, too.
  package func record(_ observation: Observation, _ terms: RecordingTerms) async throws -> Recorded {
    let turn = try await HeldLock.waiting(at: spool.lock(observation.source))
    defer { withExtendedLifetime(turn) {} }
    var own: Recorded?
    for place in try spool.pending(observation.source) {
      let waiting = place.isOf(observation.run) ? observation : try spool.read(place)
      do throws(Failure) {
        let recorded = try await recordWithinBounds(waiting, terms)
        do { try spool.markRecorded(waiting) } catch {
          console.warn("\(waiting.source): it is recorded, and stays in the spool, too: \(Failure(error).message)")
        }
        if let commit = recorded.commit { letIndexFollow(to: commit) }
        if waiting.run == observation.run { own = recorded } else { console.note(Self.line(recorded)) }
      } catch {
        // What can never be recorded must not stand in the way of what can.
        let isHopeless = [.late, .configuration, .foreign, .collision].contains(error.code)
        guard isHopeless, waiting.run != observation.run else { throw error }
        console.warn("\(waiting.source): the observation of run \(waiting.run) is quarantined: \(error)")
        try spool.markRecorded(waiting)
      }
    }
    // Where another run has recorded it, recording it again says so.
    guard let own else { return try await recordWithinBounds(observation, terms) }
    if let commit = own.commit, let workTree = own.workTree { await tell(workTree, of: commit) }
    return own
  }

  /// Says what did not follow a commit that is on main by now: it is recorded whatever this host makes of it afterwards.
  package func tell(_ workTree: WorkTreeOutcome, of commit: ObjectID) async {
    tell(workTree)
    do throws(Failure) { try await Verification(self).check(commit) } catch {
      console.fail(
        Failure(
          .recordedUnremembered, Layout.main,
          "main is at \(commit) by now, and this host could not verify it or remember that it did: \(error)",
          hint: "It is recorded; do not repeat it. See praxis doctor, and ask again: praxis status."))
    }
  }

  func tell(_ workTree: WorkTreeOutcome) {
    switch workTree {
    case .followed(_, []), .leftAlone(.bare): return
    case .followed(_, let edited):
      let names = edited.prefix(3).joined(separator: ", ") + (edited.count > 3 ? " and \(edited.count - 3) more" : "")
      console.note("the work tree of the state repository follows main, but for what is edited there: \(names)")
    case .leftAlone(.notFollowed(let why)):
      console.warn(
        "main has moved, and the work tree of the state repository did not follow: \(why); see git status there")
    case .leftAlone:
      console.note(
        "the work tree of the state repository was left alone: it is on another branch, or a merge or rebase is not finished; "
          + "see git status there")
    }
  }

  package static func line(_ recorded: Recorded) -> String {
    let receipt = recorded.outcome.receipt
    let name = receipt.source
    guard let commit = recorded.commit else { return "\(name): recorded already" }
    if let late = recorded.late {
      return "\(name): a late run, from \(late.run.begin): later runs replayed over it: \(late.runs), "
        + "findings corrected: \(late.corrected) (\(commit.hex.prefix(10)))"
    }
    var parts = receipt.changes.counts.filter { $0.count > 0 && $0.name != "confirmed" }
      .map { "\($0.count) \($0.name)" }
    if recorded.retracted > 0 { parts.append("\(recorded.retracted) retracted") }
    let blind = receipt.targets.count { $0.state != .observed }
    let findings = parts.isEmpty ? "nothing changed" : parts.joined(separator: ", ")
    return "\(name): \(findings); \(receipt.targets.reduce(0) { $0 + $1.inSync }) in sync"
      + (blind > 0 ? "; \(blind) of \(receipt.targets.count) targets not fully observed" : "")
      + " (\(commit.hex.prefix(10)))"
  }
}

extension Failure {
  /// Whether the authority was asked in vain, rather than the call being wrong or withdrawn.
  package var recordsAsFailure: Bool {
    let vain: [Code] = [
      .toolMissing, .unreadable, .configuration, .inconsistent, .workingDirectory, .invalidInvocation,
      .outputTooLarge, .timedOut,
    ]
    return vain.contains(code)
  }
}
