import Facts
import Gate
import Git
import Glibc
import StateRepository

/// Whether main may be built on, and who may say what. What is found is remembered in the seen file.
struct Verification: Sendable {
  private let session: Session

  init(_ session: Session) {
    self.session = session
  }

  /// The policy at a commit.
  func policy(at commit: ObjectID) async throws(GateError) -> Policy {
    try await PolicyInForce.read(from: session.store.repository, at: commit).policy
  }

  /// Checks every commit since the last one that was checked, and remembers the tip.
  ///
  /// - Throws: `unverified` when main must not be built on, with the first commit that breaks a rule.
  func check(_ tip: ObjectID) async throws(StateError) {
    do throws(GateError) {
      try await verify(tip)
    } catch {
      throw StateError(
        .unverified, Layout.main, error.description,
        hint: "Nothing is recorded until it is mended; observations wait in the spool. See praxis doctor.")
    }
  }

  /// Why main must not be built on; nil when it may.
  func objection(to tip: ObjectID) async -> GateError? {
    do throws(GateError) {
      try await verify(tip)
      return nil
    } catch {
      return error
    }
  }

  /// Why what main says must not be believed; nil where it verifies. For those who only read: a host that remembers nothing yet
  /// verifies from the introduction on, and is told that it would not notice a history that went back.
  func objectionToReading(_ tip: ObjectID) async -> GateError? {
    do throws(GateError) {
      guard access(try seenPath(), F_OK) != 0 else { return await objection(to: tip) }
      _ = try await History.verify(
        session.store.repository, from: session.trust.introduction, to: tip, signatures: .inProcess,
        at: Environment.now())
      session.console.note("no rollback protection: this host remembers nothing of main; see praxis trust adopt")
      return nil
    } catch {
      return error
    }
  }

  /// Begins to remember: from here on a history that goes back is noticed.
  func adopt(_ tip: ObjectID) async throws(GateError) {
    let repository = session.store.repository
    try await session.trust.check(against: repository)
    let now = Environment.now()
    let history = try await History.verify(
      repository, from: session.trust.introduction, to: tip, signatures: .inProcess, at: now)
    var seen = SeenFile(
      repository: try SeenFile.realPath(repository.gitFolder), introduction: session.trust.introduction,
      clockFloor: now)
    seen.note(verified: tip, policyVersion: history.policy.policy.version, now: now)
    try seen.write(to: seenPath())
  }

  /// An observation from another machine is taken only with the signature of an engine that may record its source.
  func check(observationFile path: String, _ bytes: [UInt8], of source: SourceName) async throws {
    let tip = try await session.store.tip()
    let policy = try await PolicyInForce.read(from: session.store.repository, at: tip)
    let armour = String(decoding: try PrivateFile.read("\(path).sig", limit: 1 << 16), as: UTF8.self)
    let key = try await SSHSignature.verify(
      armour: armour, payload: bytes, keys: policy.signers.keys, namespace: ObserveCommand.namespace,
      at: Environment.now())
    guard let person = policy.signers.person(of: key), policy.policy.allowsRecording(by: person, of: source) else {
      throw Failure(
        .refused, "not-an-engine", "\(path) is signed by a key that may not record the source \(source)",
        hint: "An admin gives an engine its sources in policy/policy.yaml.")
    }
  }

  /// The verified history up to a tip, and what this host remembers of it.
  @discardableResult
  func verify(_ tip: ObjectID) async throws(GateError) -> (history: VerifiedHistory, seen: SeenFile) {
    let repository = session.store.repository
    let path = try seenPath()
    guard access(path, F_OK) == 0 else {
      throw GateError(
        .fileFailed, path, "nothing is remembered of this repository here; run praxis trust adopt")
    }
    let now = Environment.now()
    var seen = try SeenFile.read(
      at: path, repository: SeenFile.realPath(repository.gitFolder), introduction: session.trust.introduction)
    let history = try await History.verify(
      repository, from: session.trust.introduction, to: tip, startingAt: seen.verifiedTip, at: now)
    try seen.check(policyVersion: history.policy.policy.version, now: now)
    guard seen.verifiedTip != tip else { return (history, seen) }
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
