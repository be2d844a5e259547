import Facts
import Foundation
import Git
import StrictJSON
import Testing

@testable import Gate

/// What one commit could stop every engine with, and the pre-receive hook does not take: decisions, policies and forms.
@Suite struct PreReceiveFormTests {
  @Test func `a revocation is the exact inverse of one approval`() async throws {
    let server = try await Server()
    let proposal = try server.site.propose(try knownGood())
    try server.site.merge("proposal/\(proposal.id)", by: "bob")
    let merge = try server.site.git("rev-parse", "HEAD")
    #expect(try server.push() == nil)
    try server.expectRefused("not-an-inverse") {
      try server.site.revert(merge, by: "bob")
      try server.site.git("reset", "-q", "--soft", "HEAD~1")
      try server.site.git("reset", "-q", "HEAD", "known-good")
      try server.site.git("checkout", "-q", "--", "known-good")
      try server.site.commit([:], by: "bob")
    }
    try server.expectRefused("source-not-allowed") { try server.site.revert(merge, by: "carol") }
    try server.site.revert(merge, by: "bob")
    #expect(try server.push() == nil)
    try server.expectRefused("approved-before") {
      // git itself would say that it is merged already.
      let again = try server.site.git(
        "-c", "gpg.format=ssh", "-c", "user.signingKey=\(server.scratch.file("bob"))", "commit-tree", "-S", "-m",
        "again",
        "-p", "HEAD", "-p", "proposal/\(proposal.id)", "\(merge)^{tree}")
      try server.site.git("reset", "-q", "--hard", again)
    }
  }

  @Test func `a proposal that main's verification would refuse is not taken with its merge`() async throws {
    let server = try await Server()
    let edits: [(String, (inout Proposal, inout [String: String?]) -> Void)] = [
      ("proposal-mismatch", { proposal, _ in proposal.policyVersion = 2 }),
      ("proposal-mismatch", { proposal, _ in proposal.base = String(repeating: "1", count: 40) }),
      ("proposal-mismatch", { proposal, _ in proposal.proposer = "bob" }),
      ("proposal-mismatch", { proposal, _ in proposal.engine = "alice" }),
      ("proposal-mismatch", { proposal, _ in proposal.notAfter = Site.now.advanced(bySeconds: 8 * 86_400) }),
      ("proposal-mismatch", { proposal, _ in proposal.tool = "terraform" }),
      ("proposal-mismatch", { proposal, _ in proposal.dryRun = Digest(of: [1]) }),
      ("proposal-mismatch", { proposal, _ in proposal.files = [] }),
      (
        "proposal-expired",
        { proposal, _ in
          proposal.proposedAt = Timestamp(microseconds: 1_600_000_000_000_000)
          proposal.notAfter = Timestamp(microseconds: 1_600_000_001_000_000)
        }
      ),
      (
        "document-malformed",
        { proposal, files in
          files["proposals/\(proposal.id)/proposal.json"] = String(decoding: proposal.bytes, as: UTF8.self) + "\n"
        }
      ),
      (
        "document-malformed",
        { proposal, files in
          let text = String(decoding: proposal.bytes, as: UTF8.self)
          files["proposals/\(proposal.id)/proposal.json"] = text.replacing("\n}", with: ",\n  \"more\": 1\n}")
        }
      ),
      ("proposal-mismatch", { proposal, files in files["approvals/\(proposal.id)/statement.json"] = "{}\n" }),
      ("proposal-mismatch", { _, files in files["known-good/hosts/web9.json"] = "{}\n" }),
      ("document-malformed", { proposal, _ in proposal.textVersion = 3 }),
    ]
    for (number, (code, edit)) in edits.enumerated() {
      try server.expectRefused(code) {
        let proposal = try server.site.propose(try knownGood(), nonce: "\(number)", edit: edit)
        try server.site.merge("proposal/\(proposal.id)", by: "bob")
      }
    }
    try server.expectRefused("self-approval") {
      let proposal = try server.site.propose(try knownGood(), by: "bob", nonce: "own")
      try server.site.merge("proposal/\(proposal.id)", by: "bob")
    }
    try server.expectRefused("tier-too-low") {
      let proposal = try server.site.propose([:], action: .converge, tier: .t1, nonce: "low")
      try server.site.merge("proposal/\(proposal.id)", by: "bob")
    }
    try server.expectRefused("co-approval-malformed") {
      let proposal = try server.site.propose(try knownGood(), nonce: "co")
      try server.site.coApprove(proposal, by: "alice", as: "carol")
      try server.site.merge("proposal/\(proposal.id)", by: "bob")
    }
  }

  @Test func `a proposal's branch begins on main, and its commits are signed and in form`() async throws {
    let server = try await Server()
    let proposal = try server.site.propose(try knownGood())
    let branch = "proposal/\(proposal.id)"
    #expect(try server.push(branch) == nil)
    #expect(try server.push("\(branch):refs/heads/proposal/main") == "reference-refused")
    try server.site.git("checkout", "-q", "--orphan", "elsewhere")
    try server.site.commit([:], by: "engine")
    #expect(try server.push("elsewhere:refs/heads/proposal/p-000000000000") == "branch-malformed")
    try server.site.git("checkout", "-q", "-f", "-B", "unsigned", "main")
    try server.site.commit(try knownGood("web2"), by: nil)
    #expect(try server.push("unsigned:refs/heads/proposal/p-000000000000") == "unsigned")
    try server.site.git("checkout", "-q", "-f", "-B", "strange", "main")
    try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
    #expect(try server.push("strange:refs/heads/proposal/p-000000000000") == "path-not-allowed")
    // A base that only this clone has, and one that comes with the branch.
    try server.site.git("checkout", "-q", "-f", "main")
    try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
    let later = try server.site.propose(try knownGood(), nonce: "later")
    #expect(try server.push("proposal/\(later.id)") == "path-not-allowed")
    #expect(try server.push("main", "proposal/\(later.id)") == nil)
  }

  @Test func `a policy that praxis could not go by is not taken`() async throws {
    let server = try await Server()
    let text = try #require(try server.site.policy { _ in }[Layout.policy] ?? nil)
    for (old, new) in [
      ("admin-threshold: 1", "admin-threshold: 9"), ("admin: true, ", ""),
      ("self-approval: []", "self-approval: [ T1, T1 ]"),
      ("T1: { approvals: 1, valid-for: 7d }", "T1: { allowed: false, approvals: 1 }"),
      ("T1: { approvals: 1, valid-for: 7d }", "T1: { approvals: 1 }"),
      ("engine: [ \"*\" ]", "engine: [ \"*\", \"hosts\" ]"),
      ("engine: [ \"*\" ]", "engine: []"),
    ] {
      let changed = text.replacing(old, with: new)
      #expect(changed != text, "\(old)")
      try server.expectRefused("policy-malformed") { try server.site.commit([Layout.policy: changed], by: "alice") }
    }
    let signers = try server.scratch.text("repo/\(Layout.allowedSigners)")
    let key = try #require(signers.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("AAAA") })
    let malformed: [String] = [String(key).replacing("1lZDI1NTE5", with: "1lZDI1NTE4"), String(key.dropLast(4))]
    for other in malformed {
      #expect(other != String(key))
      try server.expectRefused("key-malformed") {
        try server.site.commit(
          [Layout.policy: text, Layout.allowedSigners: signers.replacing(key, with: other)], by: "alice")
      }
    }
    try server.site.commit(try server.site.policy { $0.withoutRemote = true }, by: "alice")
    #expect(try server.push() == nil)
  }

  @Test func `a commit of tomorrow, or with two entries of one name, is not taken`() async throws {
    let server = try await Server()
    try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
    let raw = try server.site.git("cat-file", "commit", "HEAD")
    let tree = try server.site.git("rev-parse", "HEAD^{tree}")
    // Both are signed again with the engine's key.
    func push(_ commit: String) async throws -> String? {
      let key = SigningKey(path: server.scratch.file("engine"))
      let body = commit.replacing(/gpgsig (?s:.*?)-----END SSH SIGNATURE-----\n/, with: "") + "\n"
      let armour = try await key.sign(Array(body.utf8), namespace: "git").trimmingCharacters(in: .newlines)
      let signed = body.replacing(
        "\n\n", with: "\ngpgsig \(armour.replacing("\n", with: "\n "))\n\n", maxReplacements: 1)
      let id = try server.scratch.git(
        ["-C", "repo", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"], input: signed)
      return try server.push("+\(id):main")
    }
    #expect(try await push(raw.replacing(" 1700000000 +0000", with: " 1700000001 +0000")) == nil)
    let future = raw.replacing(" 1700000000 +0000", with: " 4000000000 +0000").replacing(
      try server.site.git("rev-parse", "HEAD~1"), with: try server.main())
    #expect(try await push(future) == "clock-went-back")
    let entries = try server.site.git("ls-tree", "HEAD")
    let twice = try server.scratch.git(
      ["-C", "repo", "mktree"], input: entries + "\n" + entries.split(separator: "\n")[0] + "\n")
    #expect(twice != tree)
    let twin = raw.replacing(tree, with: twice).replacing(
      try server.site.git("rev-parse", "HEAD~1"), with: try server.main())
    #expect(try await push(twin) == "path-malformed")
  }

  @Test func `the hook knows every word that a record can hold`() throws {
    let text = try String(contentsOf: HookSite.hooks.appendingPathComponent("pre-receive"), encoding: .utf8)
    func words(_ rule: String) throws -> [String] {
      let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(rule + " =") })
      return line.dropFirst(rule.count + 2).split(separator: ",").map(String.init).sorted()
    }
    #expect(try words("finding kind") == Kind.allCases.map(\.rawValue).sorted())
    #expect(try words("finding cause?") == Cause.allCases.map(\.rawValue).sorted())
    #expect(try words("finding severity") == Severity.allCases.map(\.rawValue).sorted())
    #expect(try words("finding authority") == AuthorityKind.allCases.map(\.rawValue).sorted())
    #expect(try words("finding delta/#/opaque?") == Opaque.allCases.map(\.rawValue).sorted())
    #expect(try words("finding delta/#/unobserved?") == Unobserved.allCases.map(\.rawValue).sorted())
    #expect(try words("finding ended/reason") == EndReason.allCases.map(\.rawValue).sorted())
    #expect(try words("receipt origin") == Observation.Declaration.Origin.allCases.map(\.rawValue).sorted())
    #expect(try words("receipt targets/#/state") == TargetState.allCases.map(\.rawValue).sorted())
    #expect(try words("receipt targets/#/reasons/#/code") == Unobserved.allCases.map(\.rawValue).sorted())
    #expect(try words("execution state") == ExecutionRecord.State.allCases.map(\.rawValue).sorted())
    #expect(try words("execution result/outcome") == ExecutionRecord.Outcome.allCases.map(\.rawValue).sorted())
    #expect(try words("proposal action") == Proposal.Action.allCases.map(\.rawValue).sorted())
    #expect(try words("proposal changes/#/action") == PlannedChange.Action.allCases.map(\.rawValue).sorted())
  }

  @Test func `the hook knows every key of a record and of a proposal`() throws {
    let text = try String(contentsOf: HookSite.hooks.appendingPathComponent("pre-receive"), encoding: .utf8)
    var proposal = Proposal(
      id: "p-000000000000", action: .converge, source: try Site.source("hosts"), targets: ["web1"],
      findings: [.init(finding: Site.finding, delta: Digest(of: []))],
      files: [.init(path: "x", digest: nil)], dryRun: Digest(of: []), rules: Digest(of: []), base: "", policyVersion: 1,
      tier: .t2, proposer: "engine", engine: "engine", nonce: "1", proposedAt: Site.now, notAfter: Site.now)
    proposal.reason = "x"
    proposal.seal = Seal(digest: Digest(of: []), isSandboxed: true, writes: ["/x"])
    proposal.changes = [
      PlannedChange(
        target: "web1", subject: "x", action: .run, delta: Digest(of: []), isOpaque: true, type: "x", path: "x",
        finding: Site.finding)
    ]
    var execution = ExecutionRecord(of: proposal, .finished, at: Site.now, by: "engine", findings: [Site.finding])
    execution.approval = "x"
    execution.claim = "x"
    execution.startedAt = Site.now
    let change = ExecutionRecord.Change(target: "web1", subject: "x", isApproved: true)
    execution.result = .init(.failed, changes: [change], left: [change], detail: "x", evidence: Digest(of: []))
    execution.result?.gone = [Site.finding]
    execution.result?.remaining = [Site.finding]
    for (kind, json) in [("proposal", proposal.json), ("execution", execution.json)] {
      for place in Self.places(json) {
        #expect(text.contains("\n\(kind) \(place) ") || text.contains("\n\(kind) \(place)? "), "\(kind) \(place)")
      }
    }
  }

  /// Every place of a document as the hook's rules name it: `changes/#/target`.
  private static func places(_ value: JSON, at place: String = "") -> Set<String> {
    var found: Set = [place]
    switch value {
    case .object(let object):
      for (key, value) in object.members { found.formUnion(places(value, at: place.isEmpty ? key : "\(place)/\(key)")) }
    case .array(let elements): for element in elements { found.formUnion(places(element, at: "\(place)/#")) }
    default: break
    }
    found.remove("")
    return found
  }
}
