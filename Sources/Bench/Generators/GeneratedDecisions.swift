import Diff
import Facts
import Gate
import Git
import StateRepository

/// Everyone who signs in a generated history.
struct GeneratedPeople {
  let seed: UInt64
  let admin: GeneratedKey
  let operators: [GeneratedKey]
  let engines: [GeneratedKey]
  /// The policy in force, and the keys in it.
  private(set) var policy: Policy
  private var keys: [GeneratedKey]

  init(seed: UInt64) throws {
    self.seed = seed
    admin = try GeneratedKey("alice", seed: seed)
    operators = [try GeneratedKey("bob", seed: seed), try GeneratedKey("carol", seed: seed)]
    engines = [try GeneratedKey("engine-a", seed: seed), try GeneratedKey("engine-b", seed: seed)]
    policy = try Policy.initial(engine: engines[0].name, admins: [admin.name], operators: operators.map(\.name))
    policy.people[try Self.name(engines[1].name)] = .init(engine: .all)
    keys = [admin] + operators + engines
  }

  var signers: AllowedSigners { get throws { try AllowedSigners(keys.map { ($0.name, $0.publicKey) }) } }

  func engine(of source: Int) -> GeneratedKey { engines[source % engines.count] }

  /// The next policy: one more operator.
  mutating func addOperator() throws {
    let new = try GeneratedKey("operator-\(policy.version)", seed: seed)
    keys.append(new)
    policy.previous = Policy.digest(of: policy.bytes)
    policy.version += 1
    policy.people[try Self.name(new.name)] = .init(operator: .init(sources: .all, upTo: .t1))
  }

  private static func name(_ text: String) throws -> PersonName {
    guard let name = PersonName(text) else { throw BenchError("\(text) is nobody's name") }
    return name
  }
}

/// Proposals, approvals, revocations and policy changes of a generated history.
struct GeneratedDecisions {
  private(set) var people: GeneratedPeople
  var writer: HistoryWriter
  private var made = 0
  /// A finding is decided on once: no proposal replaces what another one brought.
  private var proposed: Set<FindingID> = []
  /// What the next commits on main do.
  private var pending: [Step] = []
  /// Approved retractions that wait for their source's next run.
  private var retractions: [(proposal: Proposal, finding: Finding)] = []

  private enum Step {
    /// Lets one run by.
    case wait
    case merge(Opened)
    case revoke(Opened)
  }

  /// A proposal on its branch.
  private struct Opened {
    var proposal: Proposal
    var finding: Finding
    var files: [String: [UInt8]]
    var tip: ObjectID
  }

  init(people: GeneratedPeople, writer: HistoryWriter) {
    self.people = people
    self.writer = writer
  }

  mutating func changePolicy(at now: Timestamp) async throws {
    try people.addOperator()
    try await writer.commit(
      [Layout.policy: .put(people.policy.bytes), Layout.allowedSigners: .put(try people.signers.bytes)],
      by: people.admin, at: now, message: "policy: one more operator\n")
  }

  /// Whether a decision took this commit's place.
  mutating func continues(at now: Timestamp) async throws -> Bool {
    guard let step = pending.first else { return false }
    pending.removeFirst()
    switch step {
    case .wait: return false
    case .merge(let opened):
      try await writer.commit(
        opened.files.mapValues { .put($0) }, by: people.operators[0], at: now,
        message: "approve: \(opened.proposal.action.rawValue) \(opened.proposal.id)\n", merging: opened.tip)
      if opened.proposal.action == .retract { retractions.append((opened.proposal, opened.finding)) }
    case .revoke(let opened):
      try await writer.commit(
        opened.files.mapValues { _ in .remove }, by: people.operators[0], at: now,
        message: "revoke: \(opened.proposal.id)\n")
    }
    return true
  }

  /// Puts a proposal on a branch from main's tip: every third retracts, every fifth is revoked after its approval.
  mutating func propose(_ runs: GeneratedRuns, at now: Timestamp) async throws {
    var runs = runs
    guard pending.isEmpty, let finding = runs.someOpenFinding(), proposed.insert(finding.id).inserted else { return }
    made += 1
    let opened = try await open(made % 3 == 0 ? .retract : .waive, finding, at: now)
    pending = [.wait, .merge(opened)]
    if opened.proposal.action == .waive, made % 5 == 1 { pending += [.wait, .revoke(opened)] }
  }

  /// What a run writes beside its findings: the retractions that it carries out, and their records.
  mutating func carriedOut(by receipt: Receipt, _ runs: inout GeneratedRuns) -> [String: TreeEdit.Change] {
    var files: [String: TreeEdit.Change] = [:]
    for (proposal, finding) in retractions where proposal.source == receipt.source {
      let changes = runs.retract(finding, by: receipt, of: proposal.id)
      files.merge(changes ?? [:]) { _, new in new }
      let record = ExecutionRecord(
        of: proposal, .finished, at: receipt.end, by: people.engine(of: Self.number(of: receipt.source)).name,
        run: receipt.run, findings: changes == nil ? [] : [finding.id])
      files[Layout.execution(proposal.id)] = .put(record.bytes)
    }
    retractions.removeAll { $0.proposal.source == receipt.source }
    return files
  }

  private mutating func open(
    _ action: Proposal.Action, _ finding: Finding, at now: Timestamp
  ) async throws -> Opened {
    let engine = people.engine(of: Self.number(of: finding.source))
    let nonce = String(Digest(ofFields: ["nonce", "\(people.seed)", "\(made)"]).text.dropFirst(7).prefix(32))
    let id = Proposal.id(nonce: nonce)
    let reason = "known since the last change; ticket \(1_000 + made)"
    var files: [String: [UInt8]] = [:]
    var content = ProposedContent.retract([finding])
    if action == .waive {
      let waiver = Waiver(
        finding: finding.id, kind: finding.kind, delta: finding.delta.fingerprint, reason: reason,
        until: now.advanced(bySeconds: 90 * 86_400), proposer: engine.name, proposal: id)
      files[Layout.waiver(finding.id)] = waiver.bytes
      content = .waive([.init(finding: finding, before: nil, after: waiver)])
    }
    var proposal = Proposal(
      id: id, action: action, source: finding.source, targets: [finding.target],
      findings: [.init(finding: finding.id, delta: finding.delta.fingerprint)], reason: reason,
      files: files.map { .init(path: $0.key, digest: Digest(of: $0.value)) }, dryRun: Digest(of: []),
      rules: Digest(of: []), base: writer.tip.hex, policyVersion: people.policy.version, tier: .t1,
      proposer: engine.name, engine: engine.name, nonce: nonce, proposedAt: now,
      notAfter: now.advanced(bySeconds: 7 * 86_400))
    let dryRun = Array(ProposalText.computed(for: proposal, content).utf8)
    proposal.dryRun = Digest(of: dryRun)
    files[Layout.document(ofProposal: id)] = proposal.bytes
    files[Layout.text(ofProposal: id)] = dryRun
    files[Layout.statement(id)] = proposal.statement
    let tip = try await writer.branch(
      files.mapValues { .put($0) }, by: engine, at: now, message: "propose: \(action.rawValue) \(finding.id)\n")
    return Opened(proposal: proposal, finding: finding, files: files, tip: tip)
  }

  /// Sources are named after their number.
  private static func number(of source: SourceName) -> Int {
    source.text.split(separator: "-").last.flatMap { Int($0) } ?? 0
  }
}
