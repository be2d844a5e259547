import Diff
import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// A state repository made with plain git, with the keys of its people beside it.
final class Site: Sendable {
  static let now = Timestamp(microseconds: 1_790_000_000_000_000)

  let scratch: Scratch
  let introduction: ObjectID
  let repository: Repository
  let folder = "repo"

  /// Each has open findings: `file.a` of `hosts` and of `network`, `/etc/motd` of `hosts`. `engine` records all sources, `scout` only `hosts`; `alice` is admin and operator up to T2, `bob` operator up to T3, `carol`
  /// operator of `network`; `mallory` has a key and no role.
  init(_ edit: (inout Policy) -> Void = { _ in }) async throws {
    scratch = try Scratch()
    var signers: [(person: String, key: PublicKey)] = []
    for name in ["engine", "scout", "alice", "bob", "carol", "mallory"] {
      let key = try await scratch.key(name).publicKey()
      if name != "mallory" { signers.append((name, key)) }
    }
    var policy = try Policy.initial(
      engine: "engine", admins: ["alice"], operators: ["alice", "bob", "carol"])
    for name in policy.people.keys { policy.people[name]?.operator?.upTo = .t2 }
    policy.people[try Self.person("bob")]?.operator?.upTo = .t3
    policy.people[try Self.person("carol")]?.operator?.sources = .named([try Self.source("network")])
    policy.people[try Self.person("scout")] = .init(engine: .named([try Self.source("hosts")]))
    edit(&policy)
    try scratch.git("init", "-q", "-b", "main", folder)
    let files = [
      "praxis.yaml": Array("format: praxis.config/1\n".utf8), Layout.policy: policy.bytes,
      Layout.allowedSigners: try AllowedSigners(signers).bytes,
    ]
    for (path, bytes) in files { try scratch.write(bytes, to: "repo/" + path, mode: 0o644) }
    for (subject, source) in [("file.a", "hosts"), ("file.a", "network"), ("/etc/motd", "hosts")] {
      for (path, text) in Self.file(of: try Self.fact(SubjectName(subject), of: source)) {
        try scratch.write(Array((text ?? "").utf8), to: "repo/" + path, mode: 0o644)
      }
    }
    try scratch.write(try Self.receipt().bytes, to: "repo/observations/hosts.json", mode: 0o644)
    try scratch.git("-C", folder, "add", "-A")
    try scratch.git("-C", folder, "commit", "-q", "-m", "introduction")
    introduction = try #require(ObjectID(hex: try scratch.git("-C", folder, "rev-parse", "HEAD")))
    repository = try Repository.open(at: scratch.file("repo"))
  }

  static func person(_ name: String) throws -> PersonName { try #require(PersonName(name)) }
  /// What a proposal for a tool is about, where a test names nothing else.
  static let finding = try! fact("file.a").id
  static func source(_ name: String) throws -> SourceName { try #require(SourceName(name)) }

  @discardableResult
  func git(_ arguments: String...) throws -> String { try scratch.git(["-C", folder] + arguments) }

  func id(_ revision: String) throws -> ObjectID {
    try #require(ObjectID(hex: try git("rev-parse", "--verify", revision)))
  }

  private func signing(_ name: String, _ arguments: [String]) throws {
    try scratch.git(
      ["-C", folder, "-c", "gpg.format=ssh", "-c", "user.signingKey=\(scratch.file(name))"] + arguments)
  }

  /// Changes files (nil removes) and commits them where HEAD is, signed by plain git.
  @discardableResult
  func commit(_ files: [String: String?], by name: String?, message: String = "x") throws -> ObjectID {
    for (path, text) in files {
      if let text {
        try scratch.write(Array(text.utf8), to: "repo/" + path, mode: 0o644)
      } else {
        try FileManager.default.removeItem(atPath: scratch.file("repo/" + path))
      }
    }
    try git("add", "-A")
    if let name {
      try signing(name, ["commit", "-q", "-S", "--allow-empty", "-m", message])
    } else {
      try git("commit", "-q", "-m", message)
    }
    return try id("HEAD")
  }

  func merge(_ branch: String, by name: String, _ more: String...) throws {
    try signing(name, ["merge", "-q", "--no-ff", "-S", "-m", "approve"] + more + [branch])
  }

  func revert(_ revision: String, by name: String) throws {
    try signing(name, ["revert", "--no-edit", "-m", "1", "-S", revision])
  }

  func amend(by name: String) throws { try signing(name, ["commit", "-q", "--amend", "-S", "--no-edit"]) }

  var gate: Gate { Gate(repository, from: introduction, at: Self.now) }

  @discardableResult
  func verify(from last: ObjectID? = nil) async throws -> VerifiedHistory {
    try await gate.verify(to: try id("refs/heads/main"), startingAt: last)
  }

  /// Policy and signers as main has them, edited.
  func policy(_ edit: (inout Policy) -> Void) throws -> [String: String?] {
    let bytes = try scratch.read("repo/" + Layout.policy)
    var policy = try Policy(parsing: bytes)
    policy.version += 1
    policy.previous = Digest(of: bytes)
    edit(&policy)
    return [Layout.policy: String(decoding: policy.bytes, as: UTF8.self)]
  }

  // MARK: Facts and known-good

  /// An open finding of `web1`, as an engine records it.
  static func fact(_ subject: SubjectName = "/kernel", of source: String = "hosts") throws -> Finding {
    Finding(
      kind: .changed, authority: .snapshot, source: try Self.source(source), target: "web1", subject: subject,
      severity: .medium, validFrom: now.advanced(bySeconds: -3_600),
      delta: Delta([.init(path: subject.text, .values(desired: "1", observed: "2"))]),
      seen: .init(run: RunID(begin: now.advanced(bySeconds: -3_600), tail: 7), tool: "collector", evidence: nil))
  }

  /// The file of an open finding.
  static func file(of fact: Finding) -> [String: String?] {
    [
      "findings/open/\(fact.source)/\(fact.target)/x-\(fact.id.token).\(fact.aspect.rawValue).json":
        String(decoding: fact.bytes, as: UTF8.self)
    ]
  }

  /// What the last run of `hosts` saw: web1 and web2.
  static func receipt(_ edit: (inout Receipt.Target) -> Void = { _ in }) throws -> Receipt {
    let run = RunID(begin: now, tail: 7)
    var web1 = Receipt.Target(
      target: "web1", state: .observed, reasons: [], run: run, observedAt: now, inSync: 1, drifted: 0, unobserved: 0,
      masked: 0)
    var web2 = web1
    web2.target = "web2"
    edit(&web1)
    return Receipt(
      source: try source("hosts"), authority: .snapshot, run: run, tool: "collector", begin: now, end: now,
      evidence: [],
      desired: nil, rules: Digest(of: []), origin: .list, isWhole: true, targets: [web1, web2], changes: .init(),
      effects: [])
  }

  /// The known-good of the target that a path is of; `text` is its one fact.
  static func knownGood(_ path: String, _ text: String) throws -> String {
    let parts = path.split(separator: "/")
    let known = KnownGood(
      source: try source(String(parts[1])), target: TargetName(String(parts[2].dropLast(".json".count))),
      observedAt: now,
      run: RunID(begin: now, tail: 7), tool: "collector", facts: ["text": .string(text)])
    return String(decoding: known.bytes, as: UTF8.self)
  }

  // MARK: Proposals

  /// Commits a proposal on a new branch from HEAD and comes back to main.
  ///
  /// - Parameter files: what it brings. Of a known-good that is no document of facts, the text is its one fact.
  func propose(
    _ files: [String: String], action: Proposal.Action = .bless, tier: Tier = .t1, source: String = "hosts",
    by name: String = "engine", nonce: String = "00112233445566778899aabbccddeeff",
    findings: [Proposal.Subject] = [],
    version: Int = 1, edit: (inout Proposal, inout [String: String?]) -> Void = { _, _ in }
  ) throws -> Proposal {
    var files = files
    for (path, text) in files where path.hasPrefix("known-good/") && !text.contains(KnownGood.format) {
      files[path] = try Self.knownGood(path, text)
    }
    let blessed = files.keys.filter { $0.hasPrefix("known-good/") }.sorted().map {
      TargetName(String($0.split(separator: "/")[2].dropLast(".json".count)))
    }
    var proposal = Proposal(
      id: Proposal.id(nonce: nonce), action: action, source: try Self.source(source),
      targets: blessed.isEmpty ? ["web1"] : blessed, findings: findings,
      files: files.sorted { $0.key < $1.key }.map {
        .init(path: $0.key, digest: Digest(of: Array($0.value.utf8)))
      },
      dryRun: Digest(of: []), rules: Digest(of: []), base: try id("HEAD").hex,
      policyVersion: version,
      tier: tier, proposer: name, engine: "engine", nonce: nonce, proposedAt: Self.now,
      notAfter: Self.now.advanced(bySeconds: 3_600))
    var all: [String: String?] = files
    if action.runsATool {
      let fact = try Self.fact("file.a", of: source)
      let finding = findings.first ?? .init(finding: fact.id, delta: fact.delta.fingerprint)
      proposal.findings = findings.isEmpty ? [finding] : findings
      proposal.tool = "terraform 1.11.4"
      proposal.arguments = ["apply", Proposal.savedPlan]
      proposal.bundle = Digest(of: [1])
      proposal.fingerprint = Digest(of: [2])
      proposal.seal = Seal(digest: Digest(of: [4]), isSandboxed: true, writes: ["/srv"])
      proposal.changes = [
        PlannedChange(
          target: "web1", subject: "file.a", action: .update, delta: Digest(of: [3]), type: "file", path: "/etc/a",
          finding: finding.finding)
      ]
    }
    // An edit sees the proposal as it would be written. Where it writes neither text nor document itself, the text follows it.
    var text = try honestText(of: proposal, bringing: all)
    proposal.dryRun = Digest(of: Array(text.utf8))
    let unedited = proposal.dryRun
    edit(&proposal, &all)
    let (place, textPlace) = ("proposals/\(proposal.id)/proposal.json", "proposals/\(proposal.id)/dry-run.txt")
    if all[textPlace] == nil, all[place] == nil, proposal.dryRun == unedited {
      text = try honestText(of: proposal, bringing: all)
      proposal.dryRun = Digest(of: Array(text.utf8))
    }
    if all[textPlace] == nil { all[textPlace] = text }
    if all[place] == nil { all[place] = String(decoding: proposal.bytes, as: UTF8.self) }
    if all["approvals/\(proposal.id)/statement.json"] == nil {
      all["approvals/\(proposal.id)/statement.json"] = String(decoding: proposal.statement, as: UTF8.self)
    }
    try git("checkout", "-q", "-b", "proposal/\(proposal.id)")
    try commit(all, by: name)
    try git("checkout", "-q", "main")
    return proposal
  }

  /// What praxis would say of a proposal, from the files as HEAD has them; of one that contradicts itself, anything.
  func honestText(of proposal: Proposal, bringing files: [String: String?]) throws -> String {
    func now<Document>(_ path: String, _ parse: ([UInt8]) throws -> Document) -> Document? {
      try? parse(scratch.read("repo/" + path))
    }
    var content: ProposedContent?
    switch proposal.action {
    case .converge, .adopt:
      let policy = try Policy(parsing: scratch.read("repo/" + Layout.policy))
      content = .run(why: policy.tier(of: proposal.action, changing: proposal.changes, seal: proposal.seal).why)
    case .bless:
      content = .bless(
        proposal.targets.compactMap { target in
          let path = "known-good/\(proposal.source)/\(Slug.target(target)).json"
          guard let text = files[path].flatMap(\.self),
            let after = try? KnownGood(parsing: Array(text.utf8), document: path)
          else { return nil }
          return .init(before: now(path) { try KnownGood(parsing: $0, document: path) }, after: after, findings: [])
        })
    case .waive, .retract:
      let folder = "findings/open/\(proposal.source)/web1"
      let names = (try? FileManager.default.contentsOfDirectory(atPath: scratch.file("repo/" + folder))) ?? []
      let open = names.compactMap { name in
        now("\(folder)/\(name)") { try Finding(parsing: $0, document: name) }
      }
      let findings = proposal.findings.compactMap { named in open.first { $0.id == named.finding } }
      guard proposal.action == .waive else {
        content = .retract(findings)
        break
      }
      content = .waive(
        findings.compactMap { finding in
          let path = "waivers/\(finding.id).json"
          guard let text = files[path].flatMap(\.self),
            let after = try? Waiver(parsing: Array(text.utf8), document: path)
          else { return nil }
          return .init(finding: finding, before: now(path) { try Waiver(parsing: $0, document: path) }, after: after)
        })
    }
    return content.map { ProposalText.computed(for: proposal, $0) } ?? "nothing\n"
  }

  /// A record of a proposal's execution, as its file on main.
  func ledger(
    _ proposal: Proposal, _ state: ExecutionRecord.State, by name: String = "engine",
    _ edit: (inout ExecutionRecord) -> Void = { _ in }
  ) -> [String: String?] {
    var record = ExecutionRecord(of: proposal, state, at: Self.now, by: name)
    edit(&record)
    return ["executions/\(proposal.id).json": String(decoding: record.bytes, as: UTF8.self)]
  }

  /// Adds a co-approval to a proposal's branch and comes back to main.
  func coApprove(_ proposal: Proposal, by name: String, as person: String? = nil) throws {
    try git("checkout", "-q", "proposal/\(proposal.id)")
    let agreement = CoApproval(to: proposal, by: try Self.person(person ?? name))
    try commit([agreement.path: String(decoding: agreement.bytes, as: UTF8.self)], by: name)
    try git("checkout", "-q", "main")
  }
}
