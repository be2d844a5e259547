import Facts
import Failures
import Gate
import Git
import StateRepository

/// What bringing main and a remote's main together came to.
package struct Synchronized: Sendable {
  /// Where both are now.
  package var commit: ObjectID
  /// How many commits of main this host had not.
  package var fetched = 0
  /// How many commits of main the remote had not.
  package var pushed = 0
  /// Runs that were recorded again, because the remote's main had moved on before they reached it.
  package var recordedAgain: [RunID] = []
  /// Runs that could not be: the remote has a newer one of their source, from another engine, that this host cannot recompute.
  package var leftOut: [(source: SourceName, run: RunID)] = []
  /// Proposals whose branches the remote had not.
  package var proposals: [String] = []
}

extension Session {
  /// Brings main and the remote's main together: what the remote has is verified before main has it, and what main has is pushed.
  ///
  /// Where each has what the other has not, the runs that only this host has wait in the spool again, and are recorded on top of the
  /// remote's main: what they are compared with has changed. What a person has decided is not repeated by a program.
  ///
  /// - Throws: `remote-diverged` where main has more than runs that this host can record again; then nothing has changed.
  package func synchronize(with remote: Remote) async throws -> Synchronized {
    var done = Synchronized(commit: try await store.tip())
    try await Verification(self).check(done.commit)
    // Also what an interrupted run or sync left waiting.
    try await recordWaiting(of: store.configuration(at: done.commit).configuration.sources.map(\.name))
    for attempt in 1...Self.mostRaces {
      do {
        let lock = try await HeldLock.waiting(at: installation.sharingLock(introduction: trust.introduction.hex))
        defer { withExtendedLifetime(lock) {} }
        if try await step(towards: remote, &done) { return done }
      } catch let error as Failure where error.code == .busy {
        // Every other engine that waits would try again at the same time; who has lost more often comes sooner.
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...max(10, 400 / attempt))))
      }
    }
    throw Failure(
      .busy, "remote \(remote.name)", "its main moved \(Self.mostRaces) times while this host's runs were to reach it",
      hint: "Nothing is lost. Try again: praxis sync")
  }

  /// Fetches, and does what is next.
  ///
  /// - Returns: whether both are at one commit by now.
  /// - Throws: `busy` where one of them moved meanwhile.
  private func step(towards remote: Remote, _ done: inout Synchronized) async throws -> Bool {
    try await remote.fetch()
    let ours = try await store.tip()
    let theirs = try await remote.main()
    guard ours != theirs else {
      try await Verification(self).check(ours)
      done.commit = ours
      done.proposals = try await publishProposals(on: remote, at: ours)
      return true
    }
    let fork = try await store.repository.fork(of: ours, and: theirs)
    guard let theirs, fork.base != theirs else {
      try await remote.publish(ours, over: theirs)
      done.pushed += fork.one.count
      return false
    }
    guard let base = fork.base else {
      throw Failure(.foreignHistory, "refs/remotes/\(remote.name)/main", "it and main have no commit in common")
    }
    let given = try await take(theirs, from: remote, over: ours, inPlaceOf: fork.one, after: base)
    if !given.isEmpty {
      let recorded = try await runs(after: theirs)
      let declared = try await Set(store.configuration(at: store.tip()).configuration.sources.map(\.name))
      for run in given {
        if recorded.contains(run.run) {
          done.recordedAgain.append(run.run)
        } else if declared.contains(run.source) {
          done.leftOut.append(run)
        }
      }
    }
    done.fetched += fork.other.count
    return false
  }

  /// A main that others push to all the time lets one more through each time.
  private static let mostRaces = 40

  /// Takes the remote's main in the place of runs that it has not, and records these again.
  private func take(
    _ theirs: ObjectID, from remote: Remote, over ours: ObjectID, inPlaceOf own: [ObjectID], after base: ObjectID
  ) async throws -> [(source: SourceName, run: RunID)] {
    _ = try await gate().verify(to: theirs, startingAt: base)
    var again: [(source: SourceName, run: RunID)] = []
    do {
      let lock = try await HeldLock.waiting(at: installation.lock(introduction: trust.introduction.hex))
      defer { withExtendedLifetime(lock) {} }
      guard try await store.tip() == ours else { return [] }
      for commit in own {
        // What is open of a removed source is ended again by the next scan.
        if try await store.endsRemoved(commit) { continue }
        guard let run = try await store.run(recordedBy: commit), try spool.holds(run.source, run: run.run) else {
          throw Self.diverged(remote, at: commit, base)
        }
        again.append(run)
      }
      // In this order nothing is lost wherever it breaks off: what waits is recorded by the next run, whichever main that finds.
      for run in again { _ = try spool.markPending(run.source, run: run.run) }
      let move = { () async throws(Failure) in _ = try await store.advance(from: ours, to: theirs, by: "praxis") }
      if own.isEmpty { try await move() } else { try await Verification(self).giveUp(after: base, for: move) }
      try await Verification(self).check(theirs)
    }
    try await recordWaiting(of: Set(again.map(\.source)).sorted())
    return again
  }

  /// The runs that main has on top of a commit.
  private func runs(after commit: ObjectID) async throws -> Set<RunID> {
    var found: Set<RunID> = []
    for own in try await store.repository.fork(of: store.tip(), and: commit).one {
      if let run = try await store.run(recordedBy: own) { found.insert(run.run) }
    }
    return found
  }

  private static func diverged(_ remote: Remote, at commit: ObjectID, _ base: ObjectID) -> Failure {
    Failure(
      .remoteDiverged, "refs/remotes/\(remote.name)/main",
      "it does not have \(commit), which is not a run that this host can record again, and main does not have what it has",
      hint:
        "Decide it again on the remote's main: an admin moves main back here (git reset --keep \(base), in a bare repository git "
        + "update-ref refs/heads/main \(base)) and accepts that (praxis trust accept-rewind \(base)); then praxis sync. Runs wait in "
        + "the spool and are recorded again."
    )
  }

  /// Has the runs wait in the spool again that a main held up to a commit and holds no longer.
  ///
  /// - Returns: how many of them this host still has.
  func waitAgain(forRunsUpTo lost: ObjectID, after kept: ObjectID) async throws(Failure) -> Int {
    guard (try? await store.repository.commit(lost)) != nil else { return 0 }
    var count = 0
    for commit in try await store.repository.fork(of: lost, and: kept).one {
      guard let run = try await store.run(recordedBy: commit) else { continue }
      if try spool.markPending(run.source, run: run.run) { count += 1 }
    }
    return count
  }

  /// Records what waits in the spool of these sources.
  func recordWaiting(of sources: [SourceName]) async throws {
    for source in sources {
      guard let newest = try spool.pending(source).last else { continue }
      let observation = try spool.read(newest)
      do {
        _ = try await record(observation, recordingTerms())
      } catch let error as Failure where error.code == .late || error.code == .unknownSource {
        // Another engine's newer run of the same source is on main, and this host cannot recompute it; or an admin has removed the
        // source meanwhile.
        let why = error.code == .late ? "older than what main has" : "of a source that was removed"
        console.warn("\(source): the run \(observation.run) is \(why), and is not recorded: \(error)")
        try spool.markRecorded(observation)
      }
    }
  }

  /// Pushes the branches of proposals that nobody has decided on yet.
  private func publishProposals(on remote: Remote, at main: ObjectID) async throws -> [String] {
    var published: [String] = []
    proposals: for id in try await store.proposalBranches() {
      let reference = Layout.proposalBranch(id)
      guard let tip = try await store.repository.resolve(reference: reference),
        try await store.repository.resolve(reference: remote.tracking(reference)) != tip,
        try await store.file(Layout.document(ofProposal: id), at: main) == nil,
        try await store.execution(of: id, at: main) == nil
      else { continue }
      for commit in try await store.repository.fork(of: tip, and: main).one
      where try await store.run(recordedBy: commit) != nil {
        console.warn(
          "proposal \(id) stands on a run that was recorded again since. Take it away (git branch -D proposal/\(id)), and propose again."
        )
        continue proposals
      }
      if let refused = try await remote.push(tip, to: reference) {
        console.warn("proposal \(id): the remote \(remote.name) does not take its branch: \(refused)")
      } else {
        published.append(id)
      }
    }
    return published
  }
}

extension Session {
  /// Shares what this host has, where the installation says so. A remote that cannot be reached is told, and is no reason not to observe.
  package func publish() async throws {
    guard let remote = try await Remote(publishing: self) else { return }
    do {
      _ = try await synchronize(with: remote)
    } catch let error as Failure where error.kind != .interrupted {
      console.warn(
        "this host's runs are not shared: \(error) (\(error.code.word)). Nothing is lost; try again: praxis sync")
    }
  }
}
