import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import StateRepository

/// Whether main may be built on, and who may say what. What is found is remembered in the seen file.
package struct Verification: Sendable {
  private let session: Session

  package init(_ session: Session) {
    self.session = session
  }

  /// The policy at a commit.
  package func policy(at commit: ObjectID) async throws(Failure) -> Policy {
    try await PolicyInForce.read(from: session.store.repository, at: commit).policy
  }

  /// Checks every commit since the last one that was checked, and remembers the tip.
  ///
  /// - Returns: what main lacks of this host's memory; it may be built on all the same, under a policy that is not older.
  /// - Throws: `unverified` when main must not be built on, with the first commit that breaks a rule; `busy` where main is elsewhere by now.
  @discardableResult
  package func check(_ tip: ObjectID) async throws(Failure) -> ObjectID? {
    do throws(Failure) {
      let verified = try await verify(tip)
      if verified.newer != nil { try verified.seen.check(policyVersion: verified.history.policy.policy.version) }
      return verified.newer
    } catch {
      if let main = try? await session.store.tip(), main != tip {
        throw Failure(.busy, Layout.main, "it moved while it was verified", hint: "Nothing was changed; try again.")
      }
      throw Failure(
        .unverified, Layout.main,
        error.isRefusal ? error.description : "could not verify (\(error.code.word)): \(error)",
        hint: "Nothing is recorded until it is fixed; observations wait in the spool. See praxis doctor.")
    }
  }

  /// Why main must not be built on; nil when it may.
  package func objection(to tip: ObjectID) async -> Failure? {
    do throws(Failure) {
      try await verify(tip)
      return nil
    } catch {
      return error
    }
  }

  /// Why what main says must not be trusted; nil where it verifies. For those who only read: a host that remembers nothing yet
  /// verifies from the introduction on, and is told that it would not notice a history that went back.
  package func objectionToReading(_ tip: ObjectID) async -> Failure? {
    do throws(Failure) {
      guard try seen.read() == nil else {
        return try await verify(tip).newer.map { newer in Self.behind(newer, tip) }
      }
      _ = try await session.gate(.inProcess).verify(to: tip)
      session.console.note("no rollback protection: this host remembers nothing of main; see praxis trust adopt")
      return nil
    } catch {
      return error
    }
  }

  /// The newest commit of main that verifies: its praxis.yaml says what may be run on this host.
  ///
  /// - Returns: the tip; where it does not verify, what this host verified last in this repository, and what stands against the tip.
  /// - Throws: what stands against the tip, where nothing of main was verified here.
  func newestVerified(_ tip: ObjectID) async throws(Failure) -> (commit: ObjectID, objection: Failure?) {
    let memory = try seen.read()
    let objection: Failure?
    if memory == nil {
      do throws(Failure) {
        _ = try await session.gate(.inProcess).verify(to: tip)
        objection = nil
      } catch { objection = error }
    } else {
      objection = await self.objection(to: tip)
    }
    guard let objection else { return (tip, nil) }
    guard let verified = memory?.clones[try place()]?.verifiedTip,
      (try? await session.store.repository.commit(verified)) != nil
    else { throw objection }
    return (verified, objection)
  }

  package static func behind(_ newer: ObjectID, _ tip: ObjectID) -> Failure {
    Failure(
      .behind, "main at \(tip)",
      "this host has verified \(newer), and main does not hold it: where another copy has it, git pull --ff-only; where main went back, see praxis explain rewound"
    )
  }

  /// Begins to remember: from here on a history that goes back is noticed.
  ///
  /// - Throws: `remembered` where this host remembers the history already, in whatever copy of the repository.
  package func adopt(_ tip: ObjectID) async throws {
    let repository = session.store.repository
    try await session.trust.check(against: repository)
    let now = session.now()
    let introduction = session.trust.introduction
    let history = try await session.gate(.inProcess).verify(to: tip)
    var clone = SeenFile.Clone(verifiedTip: tip)
    try await clone.notePublished(tip, from: introduction, in: repository)
    // A host that only audits or asks has nothing but the trust file until now.
    for folder in ["seen", "lock"] { try Folder.makeAll("\(session.installation.state)/\(folder)") }
    try seen.create(
      SeenFile(
        introduction: introduction, verifiedTip: tip, policyVersion: history.policy.policy.version, clockFloor: now,
        clones: [try place(): clone]))
  }

  /// Goes on from an earlier commit than was seen, to which an admin has reset main and which the admin accepts by a signature.
  ///
  /// - Returns: the admin, what is given up, and how many runs of it wait in the spool again.
  /// - Throws: `role-missing` where the key is no admin's; the refusal that main itself meets.
  package func acceptRewind(
    to commit: ObjectID, signedBy key: SigningKey
  ) async throws -> (admin: String, from: ObjectID?, waiting: Int) {
    let tip = try await session.store.tip()
    guard commit == tip else {
      throw Failure(
        .notTheTip, "main", "it is at \(tip), not at \(commit)",
        hint: "Reset main first, here and where it is fetched from: git update-ref refs/heads/main \(commit)")
    }
    let place = try place()
    guard let before = try seen.read() else { throw nothingRemembered() }
    let own = before.clones[place]?.verifiedTip
    let now = session.now()
    let history = try await session.gate(.inProcess).verify(to: commit)
    let line = Set(history.commits.map(\.id)).union([session.trust.introduction])
    guard let lost = [own, before.verifiedTip].compactMap(\.self).first(where: { !line.contains($0) }) else {
      throw Failure(
        .nothingToAccept, "main", "it holds \(own ?? commit), which was seen here last: nothing went back",
        hint: "See praxis trust show.")
    }
    let acceptance = RewindAcceptance(
      introduction: session.trust.introduction, from: lost, to: commit, at: now)
    let armour = try await key.sign(acceptance.statement, namespace: RewindAcceptance.namespace)
    let admin = try await acceptance.verify(
      armour, admins: RewindAcceptance.admins(session.trust, history.policy), at: now)
    // First the record of it, then what it changes: nothing goes back without a trace.
    let log = seen.rewindLog
    let earlier = access(log, F_OK) == 0 ? try OwnFile.read(log, limit: Bounds.ownLog) : []
    try OwnFile.write(earlier + acceptance.line(signedBy: admin, armour), to: log)
    try await seen.update { $0.rewind(to: commit, in: place, policyVersion: history.policy.policy.version) }
    return (admin, acceptance.from, try await session.waitAgain(forRunsUpTo: lost, after: commit))
  }

  /// Remembers main up to an earlier commit, for commits that no other repository has and that give way to a remote's main.
  ///
  /// - Parameter move: moves main. No other process remembers in between what is given up.
  /// - Throws: `behind` where another copy on this host holds more; `rewound` where others have what would be given up.
  func giveUp(after base: ObjectID, for move: () async throws(Failure) -> Void) async throws(Failure) {
    let repository = session.store.repository
    let tip = try await session.store.tip()
    let place = try place()
    let verified = try await verify(tip)
    if let newer = verified.newer { throw Self.behind(newer, tip) }
    if let published = try seen.read()?.clones[place]?.publishedTip,
      try await !repository.holds(published, onFirstParentsOf: base)
    {
      throw Failure(.rewound, Layout.main, "\(published) was on the remote, and would be given up")
    }
    let version = try await policy(at: base).version
    try await seen.update(
      { seen throws(Failure) in seen.rewind(to: base, in: place, policyVersion: version) }, then: move)
  }

  /// An observation from another machine is taken only with the signature of an engine that may record its source.
  package func check(observationFile path: String, _ bytes: [UInt8], of source: SourceName) async throws {
    let tip = try await session.store.tip()
    let policy = try await PolicyInForce.read(from: session.store.repository, at: tip)
    let armour = String(decoding: try OwnFile.readAnybodys("\(path).sig", limit: Bounds.signature), as: UTF8.self)
    let key = try await SSHSignature.verify(
      armour: armour, payload: bytes, keys: policy.signers.keys, namespace: ObservationWorkflow.signatureNamespace,
      at: session.now())
    guard let person = policy.signers.person(of: key), policy.policy.allowsRecording(by: person, of: source) else {
      throw Failure(
        .notAnEngine, path, "it is signed by a key that may not record the source \(source)",
        hint: "An admin gives an engine its sources in policy/policy.yaml.")
    }
  }

  /// The verified history up to a tip, and what this host remembers of it.
  package struct Verified: Sendable {
    package var history: VerifiedHistory
    package var seen: SeenFile
    /// What was verified on this host in another copy of the repository, and main lacks; nil where main holds all of it.
    package var newer: ObjectID?
  }

  /// Verifies main up to a tip, and remembers it.
  ///
  /// Main may lack what was verified in another clone: then it is behind, and whoever reads or executes asks for ``Verified/newer``. It may never
  /// lack what was verified in this one.
  @discardableResult
  package func verify(_ tip: ObjectID) async throws(Failure) -> Verified {
    let repository = session.store.repository
    let introduction = session.trust.introduction
    let place = try place()
    guard let before = try seen.read() else { throw nothingRemembered() }
    let now = session.now()
    var clone = before.clones[place] ?? SeenFile.Clone()
    if let passed = try await passed(tip, before, clone) { return passed }
    let isHeld = try await before.isHeld(by: tip, in: repository)
    let history = try await session.gate().verify(
      to: tip, startingAt: isHeld ? before.verifiedTip : clone.verifiedTip)
    let version = history.policy.policy.version
    if isHeld { try before.check(policyVersion: version) }
    try before.check(now: now)
    try await clone.notePublished(tip, from: introduction, in: repository)
    clone.verifiedTip = tip
    if !isHeld || before.verifiedTip != tip || before.clones[place] != clone {
      try await seen.update { seen async throws(Failure) in
        // What another process has noted meanwhile is as new as this, and stays. What main does not hold any more was given up.
        guard seen.verifiedTip == before.verifiedTip, seen.clones[place] == before.clones[place],
          let main = try await repository.resolve(reference: Layout.main)
        else { return }
        if main != tip, try await !repository.holds(tip, onFirstParentsOf: main) { return }
        seen.clones[place] = clone
        seen.clockFloor = max(seen.clockFloor, now)
        if isHeld {
          seen.verifiedTip = tip
          seen.policyVersion = version
        }
      }
    }
    return Verified(history: history, seen: before, newer: isHeld ? nil : before.verifiedTip)
  }

  /// A tip that was read before another process moved main on, and verified that: main holds what was verified, and that holds this tip. Who
  /// builds on it finds main moved; nil where it is no such tip.
  private func passed(_ tip: ObjectID, _ seen: SeenFile, _ clone: SeenFile.Clone) async throws(Failure) -> Verified? {
    let repository = session.store.repository
    guard let newest = clone.verifiedTip, newest != tip,
      try await !repository.holds(newest, onFirstParentsOf: tip),
      let main = try await repository.resolve(reference: Layout.main),
      try await repository.holds(newest, onFirstParentsOf: main),
      try await repository.holds(tip, onFirstParentsOf: newest)
    else { return nil }
    return Verified(history: try await session.gate().verify(to: tip, startingAt: tip), seen: seen, newer: nil)
  }

  /// Refuses a main that lacks what this host remembers; for those who verify it by themselves. Where nothing is remembered, nothing is lacking.
  package func checkMemory(of tip: ObjectID) async throws(Failure) {
    guard let seen = try seen.read(), let newer = seen.verifiedTip,
      try await !seen.isHeld(by: tip, in: session.store.repository)
    else { return }
    throw Self.behind(newer, tip)
  }

  private var seen: SeenStore { session.installation.seen(introduction: session.trust.introduction) }

  private func place() throws(Failure) -> String { try SeenFile.realPath(session.store.repository.gitFolder) }

  private func nothingRemembered() -> Failure {
    Failure(
      .fileFailed, seen.path, "nothing is remembered of this history here; run praxis trust adopt",
      hint: "Compare main's commit with another host first, and then: praxis trust adopt")
  }
}
