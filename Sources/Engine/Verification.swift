import Facts
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
  package func policy(at commit: ObjectID) async throws(GateError) -> Policy {
    try await PolicyInForce.read(from: session.store.repository, at: commit).policy
  }

  /// Checks every commit since the last one that was checked, and remembers the tip.
  ///
  /// - Throws: `unverified` when main must not be built on, with the first commit that breaks a rule.
  package func check(_ tip: ObjectID) async throws(StateError) {
    do throws(GateError) {
      try await verify(tip)
    } catch {
      throw StateError(
        .unverified, Layout.main, error.description,
        hint: "Nothing is recorded until it is mended; observations wait in the spool. See praxis doctor.")
    }
  }

  /// Why main must not be built on; nil when it may.
  package func objection(to tip: ObjectID) async -> GateError? {
    do throws(GateError) {
      try await verify(tip)
      return nil
    } catch {
      return error
    }
  }

  /// Why what main says must not be believed; nil where it verifies. For those who only read: a host that remembers nothing yet
  /// verifies from the introduction on, and is told that it would not notice a history that went back.
  package func objectionToReading(_ tip: ObjectID) async -> GateError? {
    do throws(GateError) {
      guard access(try seenPath(), F_OK) != 0 else { return await objection(to: tip) }
      _ = try await History.verify(
        session.store.repository, from: session.trust.introduction, to: tip, signatures: .inProcess,
        at: session.now())
      session.console.note("no rollback protection: this host remembers nothing of main; see praxis trust adopt")
      return nil
    } catch {
      return error
    }
  }

  /// Begins to remember: from here on a history that goes back is noticed.
  package func adopt(_ tip: ObjectID) async throws {
    let repository = session.store.repository
    try await session.trust.check(against: repository)
    let now = session.now()
    let history = try await History.verify(
      repository, from: session.trust.introduction, to: tip, signatures: .inProcess, at: now)
    var seen = SeenFile(
      repository: try SeenFile.realPath(repository.gitFolder), introduction: session.trust.introduction,
      clockFloor: now)
    seen.note(verified: tip, policyVersion: history.policy.policy.version, now: now)
    _ = try await seen.notePublished(tip, in: repository)
    // A host that only audits or asks has nothing but the trust file until now.
    try PrivateFile.makeFolders("\(session.installation.state)/seen")
    try seen.write(to: seenPath())
  }

  /// Goes on from an earlier commit than was seen, to which an admin has reset main and which the admin accepts by a signature.
  ///
  /// - Returns: the admin, and what is given up.
  /// - Throws: `role-missing` where the key is no admin's; the refusal that main itself meets.
  package func acceptRewind(
    to commit: ObjectID, signedBy key: SigningKey
  ) async throws -> (admin: String, from: ObjectID?) {
    let repository = session.store.repository
    let tip = try await session.store.tip()
    guard commit == tip else {
      throw Failure(
        .failure, "not-the-tip", "main is at \(tip), not at \(commit)",
        hint: "Reset main first, here and where it is fetched from: git update-ref refs/heads/main \(commit)")
    }
    let path = try seenPath()
    var seen = try SeenFile.read(
      at: path, repository: SeenFile.realPath(repository.gitFolder), introduction: session.trust.introduction)
    let now = session.now()
    let history = try await History.verify(
      repository, from: session.trust.introduction, to: commit, signatures: .inProcess, at: now)
    if let verified = seen.verifiedTip, history.commits.contains(where: { $0.id == verified }) || verified == commit {
      throw Failure(
        .failure, "nothing-to-accept", "main holds \(verified), which was seen here last: nothing went back",
        hint: "See praxis trust show.")
    }
    let acceptance = RewindAcceptance(
      introduction: session.trust.introduction, from: seen.verifiedTip, to: commit, at: now)
    let armour = try await key.sign(acceptance.statement, namespace: RewindAcceptance.namespace)
    let admin = try await acceptance.verify(
      armour, admins: RewindAcceptance.admins(session.trust, history.policy), at: now)
    // First the record of it, then what it changes: nothing goes back without a trace.
    let log = "\(path.dropLast(".json".count)).rewinds.jsonl"
    let before = access(log, F_OK) == 0 ? try PrivateFile.read(log, limit: 16 << 20) : []
    try PrivateFile.write(before + acceptance.line(signedBy: admin, armour), to: log)
    seen.rewind(to: commit, policyVersion: history.policy.policy.version)
    try seen.write(to: path)
    return (admin, acceptance.from)
  }

  /// An observation from another machine is taken only with the signature of an engine that may record its source.
  package func check(observationFile path: String, _ bytes: [UInt8], of source: SourceName) async throws {
    let tip = try await session.store.tip()
    let policy = try await PolicyInForce.read(from: session.store.repository, at: tip)
    let armour = String(decoding: try PrivateFile.readAnybodys("\(path).sig", limit: 1 << 16), as: UTF8.self)
    let key = try await SSHSignature.verify(
      armour: armour, payload: bytes, keys: policy.signers.keys, namespace: ObservationWorkflow.signatureNamespace,
      at: session.now())
    guard let person = policy.signers.person(of: key), policy.policy.allowsRecording(by: person, of: source) else {
      throw Failure(
        .refused, "not-an-engine", "\(path) is signed by a key that may not record the source \(source)",
        hint: "An admin gives an engine its sources in policy/policy.yaml.")
    }
  }

  /// The verified history up to a tip, and what this host remembers of it.
  @discardableResult
  package func verify(_ tip: ObjectID) async throws(GateError) -> (history: VerifiedHistory, seen: SeenFile) {
    let repository = session.store.repository
    let path = try seenPath()
    guard access(path, F_OK) == 0 else {
      throw GateError(
        .fileFailed, path, "nothing is remembered of this repository here; run praxis trust adopt")
    }
    let now = session.now()
    var seen = try SeenFile.read(
      at: path, repository: SeenFile.realPath(repository.gitFolder), introduction: session.trust.introduction)
    let history = try await History.verify(
      repository, from: session.trust.introduction, to: tip, startingAt: seen.verifiedTip, at: now)
    try seen.check(policyVersion: history.policy.policy.version, now: now)
    let isNew = try await seen.notePublished(tip, in: repository)
    guard seen.verifiedTip != tip || isNew else { return (history, seen) }
    seen.note(verified: tip, policyVersion: history.policy.policy.version, now: now)
    try seen.write(to: path)
    return (history, seen)
  }

  private func seenPath() throws(GateError) -> String {
    let name = try SeenFile.fileName(
      repository: session.store.repository.gitFolder, introduction: session.trust.introduction)
    return "\(session.installation.state)/seen/\(name)"
  }
}
