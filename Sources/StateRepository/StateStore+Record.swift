import Diff
import Facts
import Failures
import Git
import Glibc

/// What recording an observation came to.
package struct Recorded: Sendable {
  /// Nil when the observation stood in the repository already.
  package var commit: ObjectID?
  /// What the observation came to.
  package var outcome: Outcome
  /// How many findings ended as retracted, by approved proposals.
  package var retracted = 0
  /// For an observation that came late: what was recomputed for it.
  package var late: Recomputed?
  /// What became of the work tree, where there is one.
  package var workTree: WorkTreeOutcome?
}

/// What a recorder brings along beside the observation.
package struct RecordingTerms: Sendable {
  /// Whose signature the commit bears.
  package var signer: CommitSigner
  /// The present time.
  package var now: @Sendable () -> Timestamp
  /// The file of the lock that recorders of this host share.
  package var lockFile: String
  /// Throws when main must not be built on, or this signer must not record the source on it.
  package var verify: @Sendable (_ tip: ObjectID, _ source: SourceName) async throws(Failure) -> Void
  /// The redacted observation of a run that was recorded before, where this host still has it: late ones need those after them.
  package var observation: @Sendable (_ source: SourceName, _ run: RunID) throws(Failure) -> Observation?

  package init(
    signer: CommitSigner, lockFile: String, now: @escaping @Sendable () -> Timestamp,
    observation: @escaping @Sendable (SourceName, RunID) throws(Failure) -> Observation? = { _, _ in nil },
    verify: @escaping @Sendable (_ tip: ObjectID, _ source: SourceName) async throws(Failure) -> Void
  ) {
    self.signer = signer
    self.lockFile = lockFile
    self.now = now
    self.observation = observation
    self.verify = verify
  }
}

extension StateStore {
  /// Diffs an observation against what main holds and commits what comes of it: one signed commit, made durable before this returns.
  ///
  /// Whoever loses the race for main diffs again on the new tip, so that neither another engine's run nor an operator's merge is lost.
  @discardableResult
  package func record(
    _ observation: Observation, _ terms: RecordingTerms
  ) async throws(Failure) -> Recorded {
    try await onTip(terms, observation.source) { tip async throws(Failure) in
      let record = try await diffed(observation, at: tip, now: terms.now(), terms.observation)
      if record.outcome.isRepeated {
        // Whoever recorded it may have been killed before the rest followed.
        return Recorded(commit: nil, outcome: record.outcome, workTree: try await catchUp(with: tip, terms))
      }
      let commit = try await commit(record.changes, record.message, run: record.run, on: tip, terms) {
        now, batch throws(Failure) in try record.files(at: now, by: terms.signer.name, into: &batch)
      }
      guard let commit else { return nil }
      return Recorded(
        commit: commit, outcome: record.outcome, retracted: record.retracted, late: record.late,
        workTree: await followed(from: tip, to: commit))
    }
  }

  /// Writes on the tip of main, in turn with the recorders of this host.
  ///
  /// - Parameter write: gives nil where main had moved; then it is called again for the new tip.
  func onTip<Written: Sendable>(
    _ terms: RecordingTerms, _ source: SourceName,
    _ write: (_ tip: ObjectID) async throws(Failure) -> Written?
  ) async throws(Failure) -> Written {
    // Recorders of one host wait for each other; against other hosts and plain git the compare-and-swap on main protects.
    let lock = try await HeldLock.waiting(at: terms.lockFile)
    defer { withExtendedLifetime(lock) {} }
    await removeLeftovers(terms.now())
    for attempt in 1...20 {
      let tip = try await tip()
      // A main that moves while it is verified is one that had moved.
      var hasMoved = false
      do throws(Failure) { try await terms.verify(tip, source) } catch {
        guard error.code == .busy else { throw error }
        hasMoved = true
      }
      if !hasMoved, let written = try await write(tip) {
        _ = try? await repository.foldPacks()
        return written
      }
      try? await Task.sleep(for: .milliseconds(Int.random(in: 1...(8 * attempt))))
    }
    throw Failure(
      .busy, Layout.main, "main moved twenty times while this run was to be recorded",
      hint: "Try again; the observation is kept in the spool.")
  }

  /// A writer that was killed leaves half a pack behind, and no other program would ever remove it.
  package func removeLeftovers(_ now: Timestamp) async {
    // What has not been written for so long belongs to no running program.
    _ = try? await repository.removeLeftovers(olderThan: 900, now: Int(now.wholeSeconds))
  }

  /// What recording an observation would come to, without writing anything.
  ///
  /// - Parameter kept: as ``RecordingTerms/observation``.
  /// - Throws: what recording would throw, but for what a main that does not verify would; `late` above all.
  package func preview(
    _ observation: Observation, now: Timestamp,
    _ kept: @Sendable (SourceName, RunID) throws(Failure) -> Observation?
  ) async throws(Failure) -> RunChanges {
    try await diffed(observation, at: tip(), now: now, kept).shown
  }

  /// An observation diffed against what is recorded at a tip: in its turn, or folded in where it belongs.
  private func diffed(
    _ observation: Observation, at tip: ObjectID, now: Timestamp,
    _ kept: @Sendable (SourceName, RunID) throws(Failure) -> Observation?
  ) async throws(Failure) -> RunRecord {
    let loaded = try await configuration(at: tip)
    let source = try loaded.source(named: observation.source)
    var recordedState = try await recordedState(of: source, at: tip)
    var record: RunRecord
    if let late = try await recomputed(with: observation, over: recordedState, at: tip, kept) {
      record = late
    } else {
      let retractions = try await retractions(for: observation, open: recordedState.open, at: tip)
      let taken = Set(retractions.flatMap(\.findings).map(\.id))
      recordedState.open.removeAll { taken.contains($0.id) }
      recordedState.adopted = try await adopted(recordedState.open, before: observation, at: tip)
      record = RunRecord(try diff(observation, against: recordedState, under: loaded.configuration.rules), retractions)
    }
    guard !record.outcome.isRepeated else { return record }
    let opened = record.outcome.changes.count { if case .opened = $0 { true } else { false } }
    guard opened <= source.findingsLimit else {
      throw Failure(
        .tooManyFindings, source.name.text,
        "the run would open \(opened) findings, and max-findings allows \(source.findingsLimit)",
        hint:
          "Where that many are to be expected, raise max-findings of \(source.name) in praxis.yaml, or split the source."
      )
    }
    record.freshness = try await freshness(after: record.outcome, loaded.configuration, at: tip, now)
    return record
  }

  /// Any run notices every source that is overdue: a dead scheduler must not pass for a fleet in sync.
  private func freshness(
    after outcome: Outcome, _ configuration: Configuration, at tip: ObjectID, _ now: Timestamp
  ) async throws(Failure) -> [FindingChange] {
    let freshness = Freshness(now: now, run: outcome.receipt.run, rules: configuration.rules)
    var changes: [FindingChange] = []
    for source in configuration.sources {
      let isOwn = source.name == outcome.receipt.source
      let isTimed = source.maxAgeSeconds != nil || source.authority.baselineMaxAgeSeconds != nil
      let open = try await openFindings(of: source.name, .freshness, at: tip)
      guard isTimed || !open.isEmpty else { continue }
      changes += freshness.changes(
        of: source, receipt: isOwn ? outcome.receipt : try await receipt(of: source.name, at: tip),
        knownGood: try await knownGood(of: source.name, at: tip), open: open)
    }
    return changes
  }

  /// - Parameter files: of the commit; contents of findings go into the batch.
  /// - Returns: nil when main had moved.
  func commit(
    _ changes: [FindingChange], _ message: String, run: RunID, on tip: ObjectID, _ terms: RecordingTerms,
    _ files: (Timestamp, inout ObjectBatch) throws(Failure) -> [String: TreeEdit.Change]
  ) async throws(Failure) -> ObjectID? {
    let now = terms.now()
    // Contents go into the batch as they are made: there they lie compressed, and the edit names them by their ids.
    var batch = ObjectBatch()
    let edit = try TreeEdit(files(now, &batch))
    let parent = try await repository.commit(tip)
    let mainTree = try await repository.apply(edit, to: parent.tree, into: &batch)
    try Self.checkClock(now, against: parent, tip)
    let who = try Self.signature(terms, after: parent)
    let commit = try await signed(
      tree: mainTree, parents: [tip], who, message, terms.signer)
    let id = try batch.add(commit: commit)
    let branches = try await driftBranches(
      changes, main: id, on: tip, who, terms.signer, into: &batch)
    do throws(Failure) {
      try await repository.write(batch)
      try await repository.updateReference(
        Layout.main, to: id, expecting: tip, message: "praxis: record \(run)")
    } catch {
      if error.code == .modified || error.code == .locked { return nil }
      throw error
    }
    await move(branches, "praxis: \(run)")
    return id
  }

  /// Brings what is made of main up to it where its recorder was killed, or had no room: the branches of drift, and the work tree.
  ///
  /// Whoever calls it holds the recorders' lock.
  package func catchUp(with tip: ObjectID, _ terms: RecordingTerms) async throws(Failure) -> WorkTreeOutcome {
    var batch = ObjectBatch()
    let who = try Self.signature(terms, after: try await repository.commit(tip))
    let branches = try await driftBranches([], main: tip, on: tip, who, terms.signer, into: &batch)
    if !branches.isEmpty { try await repository.write(batch) }
    await move(branches, "praxis: catch up with \(tip)")
    return await followed(from: tip, to: tip)
  }

  /// The branches of drift are a view; whoever finds them behind builds them again.
  private func move(_ branches: [GeneratedBranch], _ message: String) async {
    for branch in branches {
      try? await repository.updateReference(branch.name, to: branch.id, expecting: branch.old, message: message)
    }
  }

  /// A commit's effective time never lies before its parent's; git cannot clamp, praxis can.
  private static func signature(_ terms: RecordingTerms, after parent: RawCommit) throws(Failure) -> Signature {
    try Signature(
      name: terms.signer.name, email: "\(terms.signer.name)@praxis",
      seconds: max(terms.now().wholeSeconds, parent.committer.seconds))
  }

  private static func checkClock(_ now: Timestamp, against tip: RawCommit, _ id: ObjectID) throws(Failure) {
    let ahead = tip.committer.seconds - now.wholeSeconds
    guard ahead <= 300 else {
      throw Failure(
        .clock, id.hex, "the tip of main is \(ahead) seconds ahead of this host's clock",
        hint: "Set the clock; the observation is kept in the spool.")
    }
  }

  func signed(
    tree: ObjectID, parents: [ObjectID], _ who: Signature, _ message: String, _ signer: CommitSigner
  ) async throws(Failure) -> RawCommit {
    let unsigned = try RawCommit(tree: tree, parents: parents, author: who, committer: who, message: message)
    let armour = try await signer.sign(unsigned.signedPayload)
    return try unsigned.signed(with: armour)
  }
}
