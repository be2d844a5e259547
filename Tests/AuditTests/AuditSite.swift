import Audit
import Diff
import Facts
import Failures
import Foundation
import Gate
import Git
import StateRepository
import TestSupport
import Testing

/// A state repository of real signed commits, built step by step, good or broken.
final class AuditSite: Sendable {
  /// When the introduction was made.
  static let begin = Timestamp(microseconds: 1_767_225_600_000_000)

  let folder: String
  let introduction: ObjectID
  let store: StateStore
  private let keys: [String: SigningKey]

  var repository: Repository { store.repository }

  /// `engine` records; `alice` is admin, `bob` and `carol` are operators; `mallory` has a key and no role.
  init(maxAge: Int64 = 100 * 86_400) async throws {
    folder = FileManager.default.temporaryDirectory.path + "/audit-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var keys: [String: SigningKey] = [:]
    for name in ["engine", "alice", "bob", "carol", "mallory"] {
      keys[name] = try await SigningKey.generate(at: "\(folder)/\(name)", comment: name)
    }
    self.keys = keys
    let policy = try Policy.initial(engine: "engine", admins: ["alice"], operators: ["bob", "carol"])
    let signers = try AllowedSigners(
      ["engine", "alice", "bob", "carol"].map { ($0, try #require(keys[$0]).publicKey()) })
    let source = SourceConfiguration(
      name: try Self.source("site"), authority: .ansible(.init(playbook: "site.yml", inventory: "inventory.ini")),
      directory: "/srv/site", maxAgeSeconds: maxAge)
    let files = [
      Layout.configuration: try ConfigurationFile.adding(source, to: Array(ConfigurationFile.initial.utf8)),
      Layout.policy: policy.bytes, Layout.allowedSigners: signers.bytes,
    ]
    (store, introduction) = try await StateStore.create(
      at: "\(folder)/state", isBare: true, files: files, signer: Self.signer("alice", keys), now: Self.begin)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  static func source(_ name: String) throws -> SourceName { try #require(SourceName(name)) }

  /// So many minutes after the introduction.
  static func at(_ minutes: Int64) -> Timestamp { begin.advanced(bySeconds: minutes * 60) }

  static func run(_ minutes: Int64) -> RunID { RunID(begin: at(minutes), tail: 7) }

  func signer(_ name: String) throws -> CommitSigner { try Self.signer(name, keys) }

  private static func signer(_ name: String, _ keys: [String: SigningKey]) throws -> CommitSigner {
    let key = try #require(keys[name])
    return CommitSigner(name: name) { payload async throws(Failure) in
      do throws(Failure) {
        return try await key.sign(payload, namespace: "git")
      } catch {
        throw Failure(.notSigned, key.path, error.description)
      }
    }
  }

  // MARK: Facts

  /// A fact of `web1`, valid from a minute on.
  func fact(_ subject: SubjectName = "sshd", from minutes: Int64, mode: String = "0644") throws -> Finding {
    Finding(
      kind: .changed, cause: .world, authority: .ansible, source: try Self.source("site"), target: "web1",
      subject: subject, severity: .medium, validFrom: Self.at(minutes),
      delta: Delta([.init(path: "/mode", .values(desired: "0600", observed: .string(mode)))]),
      seen: .init(run: Self.run(minutes), tool: "ansible-core 2.19.14", evidence: Digest(of: [])))
  }

  func receipt(at minutes: Int64, targets: [TargetName: Int64] = [:]) throws -> [String: TreeEdit.Change] {
    let all = targets.isEmpty ? ["web1": minutes] : targets
    let receipt = Receipt(
      source: try Self.source("site"), authority: .ansible, run: Self.run(minutes), tool: "ansible-core 2.19.14",
      begin: Self.at(minutes), end: Self.at(minutes), evidence: [], desired: nil, rules: Digest(of: []),
      origin: .inventory, isWhole: true,
      targets: all.sorted { $0.key < $1.key }.map {
        .init(
          target: $0.key, state: .observed, reasons: [], run: Self.run($0.value), observedAt: Self.at($0.value),
          inSync: 1, drifted: 0, unobserved: 0, masked: 0)
      }, changes: .init(), effects: [])
    return [Layout.receipt(of: receipt.source): .put(receipt.bytes)]
  }

  /// The files of a fact that opens, and of one that ends.
  static func opening(_ fact: Finding) -> [String: TreeEdit.Change] { [Layout.open(fact): .put(fact.bytes)] }

  static func ending(
    _ fact: Finding, at minutes: Int64, _ reason: EndReason = .resolved, proposal: String? = nil
  ) -> [String: TreeEdit.Change] {
    let ended = fact.ended(at: at(minutes), reason, by: run(minutes), proposal: proposal)
    return [Layout.open(fact): .remove, Layout.closed(ended): .put(ended.bytes)]
  }

  // MARK: Commits

  func tip() async throws -> ObjectID { try await store.tip() }

  /// Commits onto main; several parts make one commit.
  ///
  /// - Parameter date: another date than the time at hand; praxis never dates a commit before its parent, and plain git does.
  @discardableResult
  func commit(
    _ parts: [String: TreeEdit.Change]..., by name: String = "engine", at minutes: Int64,
    merging branch: ObjectID? = nil, dated date: Int64? = nil
  ) async throws -> ObjectID {
    let tip = try await tip()
    let changes = parts.reduce(into: [:]) { $0.merge($1) { old, new in old == .remove ? new : old } }
    var commit = try await store.prepare(
      changes, onto: [tip] + (branch.map { [$0] } ?? []), message: "x\n", Self.signer(name, keys),
      now: Self.at(minutes))
    if let date { commit = try await made(again: commit, dated: Self.at(date), by: name) }
    try await repository.updateReference(Layout.main, to: commit, expecting: tip, message: "test")
    return commit
  }

  /// The same commit with another date: praxis never dates one before its parent, and plain git does.
  /// A commit with the same files, and with another date or parent than praxis would give it.
  func made(
    again id: ObjectID, dated date: Timestamp? = nil, onto parent: ObjectID? = nil, by name: String
  ) async throws -> ObjectID {
    let commit = try await repository.commit(id)
    let seconds = date?.wholeSeconds ?? commit.committer.seconds
    let who = try Signature(name: name, email: "\(name)@praxis", seconds: seconds)
    let other = try RawCommit(
      tree: commit.tree, parents: parent.map { [$0] } ?? commit.parents, author: who, committer: who,
      message: commit.message)
    var batch = ObjectBatch()
    let signed = try batch.add(
      commit: other.signed(with: await Self.signer(name, keys).sign(other.signedPayload)))
    try await repository.write(batch)
    return signed
  }

  /// Puts any commit object onto main, whatever it holds.
  @discardableResult
  func push(raw text: String) async throws -> ObjectID {
    let file = "\(folder)/raw-\(UUID().uuidString)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: file))
    let id = try git("hash-object", "-t", "commit", "-w", "--literally", file)
    try git("update-ref", "refs/heads/main", id)
    return try #require(ObjectID(hex: id))
  }

  /// A proposal on a branch from main's tip, not yet approved.
  func propose(
    _ action: Proposal.Action, _ fact: Finding, at minutes: Int64, nonce: String = "00112233445566778899aabbccddeeff"
  ) async throws -> (proposal: Proposal, files: [String: TreeEdit.Change], tip: ObjectID) {
    let id = Proposal.id(nonce: nonce)
    var brought: [String: [UInt8]] = [:]
    if action == .waive {
      brought[Layout.waiver(fact.id)] =
        Waiver(
          finding: fact.id, kind: fact.kind, delta: fact.delta.fingerprint, reason: "known", until: Self.at(100_000),
          proposer: "engine", proposal: id
        ).bytes
    }
    var proposal = Proposal(
      id: id, action: action, source: fact.source, targets: [fact.target],
      findings: [.init(finding: fact.id, delta: fact.delta.fingerprint)], reason: "known",
      files: brought.map { .init(path: $0.key, digest: Digest(of: $0.value)) }, dryRun: Digest(of: []),
      rules: Digest(of: []), base: try await tip().hex, policyVersion: 1, tier: .t1, proposer: "engine",
      engine: "engine", nonce: nonce, proposedAt: Self.at(minutes), notAfter: Self.at(minutes + 10_000))
    let content = try await ProposedContent(of: proposal, bringing: brought, onto: tip(), in: repository)
    let text = Array(ProposalText.computed(for: proposal, content).utf8)
    proposal.dryRun = Digest(of: text)
    var files = brought
    files["\(Layout.proposal(id))/proposal.json"] = proposal.bytes
    files["\(Layout.proposal(id))/dry-run.txt"] = text
    files[Layout.statement(id)] = proposal.statement
    let changes = files.mapValues { TreeEdit.Change.put($0) }
    let branch = try await store.prepare(
      changes, onto: [tip()], message: "propose\n", Self.signer("engine", keys), now: Self.at(minutes))
    return (proposal, changes, branch)
  }

  /// Proposes and approves.
  func approve(_ action: Proposal.Action, _ fact: Finding, at minutes: Int64) async throws -> Proposal {
    let (proposal, files, branch) = try await propose(action, fact, at: minutes)
    try await commit(files, by: "bob", at: minutes + 1, merging: branch)
    return proposal
  }

  static func record(
    _ proposal: Proposal, at minutes: Int64, _ findings: [FindingID] = []
  ) -> [String: TreeEdit.Change] {
    let record = ExecutionRecord(
      of: proposal, .finished, at: at(minutes), by: "engine", run: run(minutes), findings: findings)
    return [Layout.execution(proposal.id): .put(record.bytes)]
  }

  @discardableResult
  func git(_ arguments: String...) throws -> String {
    let environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    ]
    let said = try spawn(
      "/usr/bin/git", ["-C", "\(folder)/state"] + arguments, environment: environment, in: folder)
    #expect(said.status == 0, "git \(arguments)\n\(said.errors)")
    return said.output.trimmingCharacters(in: .newlines)
  }

  // MARK: Audits

  func audit(after start: ObjectID? = nil) async throws -> AuditOutcome {
    let audit = Audit(repository, introduction: introduction, now: Self.at(1_000_000))
    return try await audit.run(to: tip(), after: start)
  }

  /// Each problem as `rule commit path`.
  func problems(after start: ObjectID? = nil) async throws -> [String] {
    try await audit(after: start).problems.kept.map { Self.line($0.rule, $0.commit, $0.path) }
  }

  static func line(_ rule: String, _ commit: ObjectID, _ path: String?) -> String {
    "\(rule) \(commit.hex.prefix(10)) \(path ?? "-")"
  }
}

extension String {
  init(_ rule: AuditRule, _ commit: ObjectID, _ path: String) { self = AuditSite.line(rule.rawValue, commit, path) }
  init(_ rule: Failure.Code, _ commit: ObjectID, _ path: String?) {
    self = AuditSite.line(rule.word, commit, path)
  }
}
