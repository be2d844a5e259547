import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// What the pre-execute hook asks of an approval, its branch and its proposal.
@Suite struct HookApprovalTests {
  // MARK: Who said yes

  @Test func `a merge by somebody who may not approve this is refused`() async throws {
    for (name, code) in [
      ("carol", "source-not-allowed"), ("engine", "role-missing"), ("mallory", "unknown-key"),
    ] {
      let site = try await HookSite()
      expect(code, try site.ask(try site.approved(by: name)))
    }
    let site = try await HookSite { $0.tiers[.t3]?.approvals = 1 }
    let proposal = try site.propose([HookSite.change(.replace)], tier: .t3)
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    expect("tier-not-allowed", try site.ask(proposal))
    let closed = try await HookSite { $0.tiers[.t2] = nil }
    expect("tier-not-allowed", try closed.ask(try closed.approved()))
  }

  @Test func `what was allowed when it was approved has to be allowed today`() async throws {
    func after(_ edit: (inout Policy) -> Void) async throws -> HookSite.Answer {
      let site = try await HookSite()
      let proposal = try site.approved(by: "bob")
      try site.site.commit(try site.site.policy(edit), by: "alice")
      return try site.ask(proposal)
    }
    let bob = try Site.person("bob")
    expect("tier-not-allowed", try await after { $0.tiers[.t2] = nil })
    expect("tier-not-allowed", try await after { $0.people[bob]?.operator?.upTo = .t1 })
    expect("too-few-approvals", try await after { $0.tiers[.t2]?.approvals = 2 })
    expect(
      "role-missing",
      try await after {
        $0.people[bob]?.operator = nil
        $0.people[bob]?.admin = true
      })
    expect("source-not-allowed", try await after { $0.people[bob]?.operator?.sources = .named([SourceName("db")!]) })
    expect(
      "role-missing",
      try await after { $0.people[try! Site.person("engine")]?.engine = .named([SourceName("db")!]) })
  }

  @Test func `a key that was taken away since approves nothing`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved(by: "bob")
    let signers = try site.scratch.text("repo/" + Layout.allowedSigners).split(separator: "\n")
    var files = try site.site.policy { $0.people[try! Site.person("bob")] = nil }
    files[Layout.allowedSigners] = signers.filter { !$0.hasPrefix("bob ") }.joined(separator: "\n") + "\n"
    try site.site.commit(files, by: "alice")
    expect("unknown-key", try site.ask(proposal))
    // It is somebody else's now.
    files = try site.site.policy { $0.people[try! Site.person("zoe")] = $0.people[try! Site.person("alice")] }
    files[Layout.allowedSigners] =
      signers.map { $0.hasPrefix("bob ") ? "zoe" + $0.dropFirst(3) : String($0) }.joined(separator: "\n") + "\n"
    try site.site.commit(files, by: "alice")
    expect("unknown-key", try site.ask(proposal))
  }

  @Test func `whoever proposes does not approve, unless both policies say so`() async throws {
    let site = try await HookSite()
    let proposal = try site.propose(by: "bob")
    let before = try site.site.id("HEAD")
    try site.site.merge("proposal/\(proposal.id)", by: "bob")
    expect("self-approval", try site.ask(proposal))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    expectYes(try site.ask(proposal))

    let alone = try await HookSite { $0.selfApproval = [.t2] }
    let own = try alone.propose(by: "bob")
    try alone.site.merge("proposal/\(own.id)", by: "bob")
    expectYes(try alone.ask(own))
    try alone.site.commit(try alone.site.policy { $0.selfApproval = [] }, by: "alice")
    expect("self-approval", try alone.ask(own))
  }

  @Test func `the proposer does not co-approve`() async throws {
    let site = try await HookSite { $0.tiers[.t2]?.approvals = 2 }
    let proposal = try site.propose(by: "bob")
    try site.site.coApprove(proposal, by: "bob")
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    expect("self-approval", try site.ask(proposal))
  }

  @Test func `people are counted, and not their signatures`() async throws {
    let site = try await HookSite { $0.tiers[.t2]?.approvals = 2 }
    let alone = try site.propose()
    let before = try site.site.id("HEAD")
    try site.site.merge("proposal/\(alone.id)", by: "bob")
    expect("too-few-approvals", try site.ask(alone))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.site.coApprove(alone, by: "bob")
    let branch = try site.site.id("proposal/\(alone.id)")
    try site.site.merge("proposal/\(alone.id)", by: "bob")
    expect("too-few-approvals", try site.ask(alone))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.site.merge(branch.hex, by: "alice")
    expectYes(try site.ask(alone))
    // Whoever agreed and may no more does not count today.
    try site.site.commit(
      try site.site.policy { $0.people[try! Site.person("bob")]?.operator?.upTo = .t1 }, by: "alice")
    expect("too-few-approvals", try site.ask(alone))
  }

  @Test func `a co-approval is of the proposal, by its signer, and nothing else`() async throws {
    for (signer, person) in [("bob", "alice"), ("mallory", "bob"), ("carol", "carol"), ("engine", "engine")] {
      let site = try await HookSite()
      let proposal = try site.propose()
      try site.site.coApprove(proposal, by: signer, as: person)
      try site.site.merge("proposal/\(proposal.id)", by: "alice")
      let codes = [
        "bob": "co-approval-malformed", "mallory": "unknown-key", "carol": "source-not-allowed",
        "engine": "role-missing",
      ]
      expect(try #require(codes[signer]), try site.ask(proposal))
    }
    let site = try await HookSite()
    let proposal = try site.propose()
    try site.site.git("checkout", "-q", "proposal/\(proposal.id)")
    try site.site.commit(["proposals/\(proposal.id)/more.txt": "x"], by: "bob")
    try site.site.git("checkout", "-q", "main")
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    expect("co-approval-malformed", try site.ask(proposal))
  }

  @Test func `the proposer signs the branch's first commit`() async throws {
    let site = try await HookSite()
    let other = try site.propose { proposal, _ in proposal.proposer = "bob" }
    try site.site.merge("proposal/\(other.id)", by: "alice")
    expect("proposal-mismatch", try site.ask(other))
    for (name, code) in [("mallory", "unknown-key"), ("carol", "role-missing")] {
      let site = try await HookSite()
      let proposal = try site.propose(by: name)
      try site.site.merge("proposal/\(proposal.id)", by: "alice")
      expect(code, try site.ask(proposal))
    }
  }

  // MARK: The merge

  @Test func `only a signed merge of two parents approves`() async throws {
    let site = try await HookSite()
    let proposal = try site.propose()
    let before = try site.site.id("HEAD")
    let branch = "proposal/\(proposal.id)"
    func again() throws { try site.site.git("reset", "-q", "--hard", before.hex) }
    try site.site.git("merge", "-q", "--ff-only", branch)
    expect("wrong-parents", try site.ask(proposal))
    try again()
    try site.site.git("merge", "-q", "--squash", branch)
    try site.site.commit([:], by: "alice")
    expect("wrong-parents", try site.ask(proposal))
    try again()
    try site.site.git("merge", "-q", "--no-ff", "-m", "x", branch)
    expect("unsigned", try site.ask(proposal))
    try again()
    try site.site.git("branch", "-q", "other", "HEAD")
    try site.site.git("checkout", "-q", "other")
    try site.site.commit(["observations/hosts.json": "1"], by: "engine")
    try site.site.git("checkout", "-q", "main")
    try site.site.merge(branch, by: "alice", "other")
    expect("wrong-parents", try site.ask(proposal))
    try again()
    // The parents turned round.
    try site.site.commit(["observations/hosts.json": "1"], by: "engine")
    let main = try site.site.id("HEAD")
    try site.site.git("checkout", "-q", branch)
    try site.site.merge(main.hex, by: "alice")
    try site.site.git("branch", "-q", "-f", "main", "HEAD")
    try site.site.git("checkout", "-q", "main")
    #expect(try site.ask(proposal).status != 0)
  }

  @Test func `a merge brings what its branch changed, and nothing else`() async throws {
    let site = try await HookSite()
    let proposal = try site.propose()
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    let extra = "observations/other.json"
    try site.scratch.write("1", to: "repo/\(extra)")
    try site.site.git("add", extra)
    try site.site.amend(by: "alice")
    expect("extra-changes", try site.ask(proposal))
    try site.site.git("rm", "-q", extra)
    try site.site.git("rm", "-q", "--cached", "proposals/\(proposal.id)/dry-run.txt")
    try site.site.amend(by: "alice")
    expect("missing-changes", try site.ask(proposal))
  }

  @Test func `a branch brings its proposal alone`() async throws {
    for extra in ["policy/more", "known-good/hosts/web1.json", "proposals/p-other/proposal.json", "README"] {
      let site = try await HookSite()
      let proposal = try site.propose { $1[extra] = "x\n" }
      try site.site.merge("proposal/\(proposal.id)", by: "alice")
      // A merge that touches the policy is looked at as a change of the policy, first.
      expect(extra.hasPrefix("policy/") ? "mixed-paths" : "path-not-allowed", try site.ask(proposal))
    }
    let site = try await HookSite()
    let proposal = try site.propose()
    try site.site.git("checkout", "-q", "proposal/\(proposal.id)")
    try site.site.git("update-index", "--chmod=+x", "proposals/\(proposal.id)/dry-run.txt")
    try site.site.amend(by: "engine")
    try site.site.git("checkout", "-q", "-f", "main")
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    expect("path-not-allowed", try site.ask(proposal))

    // A link to another repository, which git may be told not to show.
    let hidden = try await HookSite()
    let linking = try hidden.propose()
    let place = "proposals/\(linking.id)/sub"
    try hidden.site.git("checkout", "-q", "proposal/\(linking.id)")
    try hidden.site.git("update-index", "--add", "--cacheinfo", "160000,\(hidden.site.introduction.hex),\(place)")
    try hidden.site.amend(by: "engine")
    try hidden.site.git("checkout", "-q", "-f", "main")
    try hidden.site.merge("proposal/\(linking.id)", by: "alice")
    try hidden.scratch.write("[submodule \"x\"]\n\tpath = \(place)\n\tignore = all\n", to: "repo/.gitmodules")
    try hidden.site.git("config", "submodule.x.ignore", "all")
    expect("path-not-allowed", try hidden.ask(linking))
  }

  @Test func `a branch is a line that begins on main`() async throws {
    let site = try await HookSite()
    let proposal = try site.propose()
    // Another branch is merged into it.
    try site.site.git("checkout", "-q", "-b", "side", site.site.introduction.hex)
    try site.site.commit(["observations/hosts.json": "1"], by: "engine")
    try site.site.git("checkout", "-q", "proposal/\(proposal.id)")
    try site.site.merge("side", by: "bob")
    try site.site.git("checkout", "-q", "main")
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    #expect(try site.ask(proposal).status == 1)

    let foreign = try await HookSite()
    let own = try foreign.propose()
    let tree = try foreign.site.git("rev-parse", "proposal/\(own.id)^{tree}")
    let orphan = try foreign.site.git("commit-tree", "-m", "x", tree)
    try foreign.site.merge(orphan, by: "alice", "--allow-unrelated-histories")
    expect("branch-malformed", try foreign.ask(own))
  }

  // MARK: The proposal

  @Test func `the files beside a proposal are the ones that it names`() async throws {
    func answer(_ edit: (inout Proposal, inout [String: String?]) -> Void) async throws -> HookSite.Answer {
      let site = try await HookSite()
      return try site.ask(try site.approved(edit: edit))
    }
    expect(
      "proposal-mismatch",
      try await answer { $1["proposals/\($0.id)/dry-run.txt"] = "nothing would change\n" })
    expect("proposal-mismatch", try await answer { proposal, _ in proposal.base = String(repeating: "0", count: 40) })
    expect("proposal-mismatch", try await answer { proposal, _ in proposal.policyVersion = 2 })
    expect("wrong-engine", try await answer { proposal, _ in proposal.engine = "scout" })
    expect("nothing-to-execute", try await answer { proposal, _ in proposal.action = .retract })
    expect("tier-too-low", try await answer { proposal, _ in proposal.tier = .t1 })
    expect("proposal-malformed", try await answer { proposal, _ in proposal.changes = [] })

    // A statement that says another thing than the proposal.
    let site = try await HookSite()
    let proposal = try site.propose()
    try site.site.git("checkout", "-q", "proposal/\(proposal.id)")
    let place = "repo/approvals/\(proposal.id)/statement.json"
    let text = try site.scratch.text(place)
    try site.scratch.write(Array(text.replacingOccurrences(of: "T2", with: "T1").utf8), to: place, mode: 0o644)
    try site.site.git("add", "-A")
    try site.site.amend(by: "engine")
    try site.site.git("checkout", "-q", "main")
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    expect("proposal-mismatch", try site.ask(proposal))
  }

  @Test func `a proposal in another proposal's folder, or of another format, is refused`() async throws {
    func answer(_ edit: (inout String, Proposal) -> Void) async throws -> HookSite.Answer {
      let site = try await HookSite()
      var bytes: [UInt8] = []
      let proposal = try site.propose { proposal, files in
        var text = String(decoding: proposal.bytes, as: UTF8.self)
        edit(&text, proposal)
        bytes = Array(text.utf8)
        files["proposals/\(proposal.id)/proposal.json"] = text
        // All else is as it would be for it.
        files["approvals/\(proposal.id)/statement.json"] = String(decoding: proposal.statement, as: UTF8.self)
          .replacing(proposal.digest.text, with: Digest(of: bytes).text)
      }
      try site.site.merge("proposal/\(proposal.id)", by: "alice")
      return try site.ask(proposal, ["digest": Digest(of: bytes).text], bytes: bytes)
    }
    expectYes(try await answer { _, _ in })
    expect("proposal-mismatch", try await answer { $0 = $0.replacing($1.id, with: "p-aaaaaaaaaaaa") })
    expect(
      "proposal-malformed", try await answer { text, _ in text = text.replacing("proposal/1", with: "proposal/2") })
  }

  @Test func `a key that stands in a proposal twice is refused`() async throws {
    let site = try await HookSite()
    var bytes: [UInt8] = []
    let proposal = try site.propose { proposal, files in
      let text = String(decoding: proposal.bytes, as: UTF8.self)
      let twice = text.replacingOccurrences(
        of: "  \"tier\": \"T2\",\n", with: "  \"tier\": \"T2\",\n  \"tier\": \"T3\",\n")
      bytes = Array(twice.utf8)
      files["proposals/\(proposal.id)/proposal.json"] = twice
    }
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    expect("proposal-malformed", try site.ask(proposal, ["digest": Digest(of: bytes).text], bytes: bytes))
  }

  @Test(arguments: [PlannedChange.Action.replace, .delete, .forget, .run])
  func `what cannot be undone is T3`(action: PlannedChange.Action) async throws {
    let site = try await HookSite()
    expect("tier-too-low", try site.ask(try site.approved([HookSite.change(), HookSite.change(action, subject: "b")])))
  }

  @Test func `what the tool does not show is T3`() async throws {
    let site = try await HookSite()
    expect("tier-too-low", try site.ask(try site.approved([HookSite.change(isOpaque: true)])))
  }

  @Test func `a text that looks like a change does not hide one`() async throws {
    let site = try await HookSite()
    let subject: SubjectName = #"x", "action": "update" }, { "\"#
    expect("tier-too-low", try site.ask(try site.approved([HookSite.change(.delete, subject: subject)])))
    let other = try await HookSite()
    expectYes(try other.ask(try other.approved([HookSite.change(subject: #"", "opaque": true, "action": "delete"#)])))
  }

  @Test(
    arguments: [
      ("targets: 1", "tier-too-low"), ("targets: 2", nil), (#"resource-types: [ "copy" ]"#, nil),
      (#"resource-types: [ "c*y", "x" ]"#, nil), (#"resource-types: [ "cop?" ]"#, nil),
      (#"resource-types: [ "file", "cop", "opy" ]"#, "tier-too-low"), ("resource-types: []", "tier-too-low"),
      (#"paths: [ "/etc/**" ]"#, nil), (#"paths: [ "/etc/mo.d" ]"#, "tier-too-low"),
      (#"paths: [ "/srv/*" ]"#, "tier-too-low"), (#"targets: 9, resource-types: [ "*" ], paths: [ "*" ]"#, nil),
    ] as [(String, String?)])
  func `what reaches further than the limits is T3`(limits: String, code: String?) async throws {
    let site = try await HookSite()
    let changes = [HookSite.change(), HookSite.change(target: "web2")]
    let proposal = try site.approved(changes)
    // Limits that come later hold as well: what may run is judged by the policy of today.
    var files = try site.site.policy { _ in }
    files[Layout.policy] = try #require(files[Layout.policy] ?? nil) + "limits: { \(limits) }\n"
    try site.site.commit(files, by: "alice")
    if let code {
      expect(code, try site.ask(proposal))
    } else {
      expectYes(try site.ask(proposal))
    }
  }

  @Test func `a path that climbs out of the limits is T3`() async throws {
    for path in ["/etc/../srv/motd", "/etc/..", "../etc/motd"] {
      let site = try await HookSite { $0.limits.paths = ["*"] }
      expect("tier-too-low", try site.ask(try site.approved([HookSite.change(path: path)])))
    }
    let site = try await HookSite { $0.limits.paths = ["*"] }
    expectYes(try site.ask(try site.approved([HookSite.change(path: "/etc/..motd")])))
  }

  @Test func `an approval is valid for as long as its tier is, and no longer`() async throws {
    func answer(microseconds: Int64, edit: (inout Policy) -> Void, then: ((HookSite) throws -> Void)? = nil)
      async throws -> HookSite.Answer
    {
      let site = try await HookSite(edit)
      let proposal = try site.approved { proposal, _ in
        // An end in the future of the host's own clock.
        proposal.proposedAt = HookSite.deadline.advanced(bySeconds: -10_000_000)
        proposal.notAfter = Timestamp(microseconds: proposal.proposedAt.microseconds + microseconds)
      }
      try then?(site)
      return try site.ask(proposal)
    }
    for (seconds, name) in [(86_400 * 3, "3d"), (7_200, "2h"), (5_400, "90m"), (45, "45s")] as [(Int64, String)] {
      let limit: (inout Policy) -> Void = { $0.tiers[.t2]?.validForSeconds = seconds }
      expectYes(try await answer(microseconds: seconds * 1_000_000, edit: limit))
      let late = try await answer(microseconds: seconds * 1_000_000 + 1, edit: limit)
      expect("proposal-mismatch", late)
      #expect(late.last.contains("for longer than the \(name) of T2"), "\(late)")
    }
    // The tier's own time counts, and the policy's at the time of the approval.
    expect(
      "proposal-mismatch",
      try await answer(microseconds: 90_000_000) {
        $0.tiers[.t2]?.validForSeconds = 60
        $0.tiers[.t3]?.validForSeconds = 120
      })
    expectYes(
      try await answer(microseconds: 90_000_000) {
        $0.tiers[.t2]?.validForSeconds = 90
      } then: { site in
        try site.site.commit(try site.site.policy { $0.tiers[.t2]?.validForSeconds = 60 }, by: "alice")
      })
  }

  @Test(arguments: [
    "2096-10-02T07:06:40Z", "2096-10-02T07:06:40.000000+00:00", "2096-13-02T07:06:40.000000Z", "tomorrow", "",
    "2096-10-02T07:06:40.0000000Z", "2096-10-02T25:06:40.000000Z",
  ])
  func `a time that praxis does not write is none`(time: String) async throws {
    for key in ["proposedAt", "notAfter"] {
      let site = try await HookSite()
      var bytes: [UInt8] = []
      let proposal = try site.propose { proposal, files in
        let lines = String(decoding: proposal.bytes, as: UTF8.self).split(separator: "\n").map {
          $0.contains("\"\(key)\"") ? "  \"\(key)\": \"\(time)\"" + ($0.hasSuffix(",") ? "," : "") : String($0)
        }
        bytes = Array((lines.joined(separator: "\n") + "\n").utf8)
        files["proposals/\(proposal.id)/proposal.json"] = String(decoding: bytes, as: UTF8.self)
        // The statement names the proposal's end and digest.
        var statement = String(decoding: proposal.statement, as: UTF8.self)
          .replacing(proposal.digest.text, with: Digest(of: bytes).text)
        if key == "notAfter" { statement = statement.replacing(proposal.notAfter.rfc3339, with: time) }
        files["approvals/\(proposal.id)/statement.json"] = statement
      }
      try site.site.merge("proposal/\(proposal.id)", by: "alice")
      expect("proposal-malformed", try site.ask(proposal, ["digest": Digest(of: bytes).text], bytes: bytes))
    }
  }

  @Test func `an approval has an end`() async throws {
    let site = try await HookSite()
    expect("proposal-expired", try site.ask(try site.approved { proposal, _ in proposal.notAfter = Site.now }))
    // Main says that it is later than the host's clock does.
    let other = try await HookSite()
    let proposal = try other.approved()
    try other.site.git("config", "user.name", "x")
    let tree = try other.site.git("rev-parse", "HEAD^{tree}")
    let raw =
      "tree \(tree)\nparent \(try other.site.id("HEAD").hex)\nauthor a <a@x> 4100000000 +0000\n"
      + "committer a <a@x> 4100000000 +0000\n\nlater\n"
    let later = try other.scratch.git(["-C", "repo", "hash-object", "-t", "commit", "-w", "--stdin"], input: raw)
    try other.site.git("update-ref", "refs/heads/main", later)
    expect("proposal-expired", try other.ask(proposal, ["approval": try other.approval(of: proposal)]))
    // The approval itself is dated later, and what stands on it is not.
    let late = try await HookSite()
    let waiting = try late.propose { proposal, _ in
      proposal.notAfter = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 + 86_400) * 1_000_000)
    }
    try late.site.merge("proposal/\(waiting.id)", by: "alice")
    expectYes(try late.ask(waiting))
    let amended = try late.scratch.run(
      "/usr/bin/env",
      [
        "GIT_COMMITTER_DATE=4000000000 +0000", "git", "-C", "repo", "-c", "gpg.format=ssh", "-c",
        "user.signingKey=\(late.scratch.file("alice"))", "commit", "-q", "--amend", "-S", "--no-edit",
      ])
    try #require(amended.status == 0, "\(amended)")
    try late.site.commit(["observations/hosts.json": "1"], by: "engine")
    expect("proposal-expired", try late.ask(waiting))
  }

  // MARK: Once

  @Test func `what was executed, claimed, withdrawn or revoked is not executed`() async throws {
    for state in ExecutionRecord.State.allCases {
      let site = try await HookSite()
      let proposal = try site.approved()
      try site.record(proposal, state, claim: state == .claimed ? "job" : nil)
      expect("already-executed", try site.ask(proposal))
    }
    let site = try await HookSite()
    let proposal = try site.approved()
    let approval = try site.approval(of: proposal)
    try site.site.revert(approval, by: "alice")
    expect("not-approved", try site.ask(proposal, ["approval": approval]))
    // A revert of the revert, or another merge, does not bring it back.
    let revoked = try site.site.id("HEAD")
    try site.site.git("revert", "--no-edit", revoked.hex)
    try site.site.amend(by: "alice")
    expect("approved-before", try site.ask(proposal))
  }

  @Test func `an execution that was taken out of the ledger happened all the same`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    try site.record(proposal, .started)
    try site.site.commit(["executions/\(proposal.id).json": nil], by: "engine")
    expect("already-executed", try site.ask(proposal))
  }

  @Test func `a digest that was executed under another name is not executed again`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let record = ExecutionRecord(of: proposal, .started, at: Site.now, by: "engine")
    try site.site.commit(
      ["executions/p-aaaaaaaaaaaa.json": String(decoding: record.bytes, as: UTF8.self)], by: "engine")
    expect("already-executed", try site.ask(proposal))
  }

  @Test func `a proposal that main changed after its approval is not executed`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let approval = try site.approval(of: proposal)
    let place = "proposals/\(proposal.id)/dry-run.txt"
    try site.site.commit([place: "nothing would change\n"], by: "alice")
    #expect(try site.ask(proposal, ["approval": approval]).status == 1)
  }

  // MARK: Trees

  @Test func `a tree with two entries of one name is refused`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let listing = try site.site.git("ls-tree", "HEAD")
    let policy = try #require(listing.split(separator: "\n").first { $0.hasSuffix("\tpolicy") })
    let tree = try site.scratch.git(
      ["-C", "repo", "mktree"],
      input: listing + "\n" + policy.replacingOccurrences(of: "\tpolicy", with: "\tpolicy") + "\n")
    let commit = try site.site.git("commit-tree", "-m", "x", "-p", "HEAD", tree)
    try site.site.git("update-ref", "refs/heads/main", commit)
    expect("path-malformed", try site.ask(proposal))
  }

  @Test func `a tree with a link, or with a name that nobody sees, is refused`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let listing = try site.site.git("ls-tree", "HEAD")
    let blob = try site.site.git("rev-parse", "HEAD:praxis.yaml")
    for entry in ["120000 blob \(blob)\tlink", "100755 blob \(blob)\trun", "100644 blob \(blob)\t.hidden"] {
      let tree = try site.scratch.git(["-C", "repo", "mktree"], input: listing + "\n" + entry + "\n")
      let commit = try site.site.git("commit-tree", "-m", "x", "-p", "HEAD", tree)
      let before = try site.site.id("HEAD")
      try site.site.git("update-ref", "refs/heads/main", commit)
      expect("path-malformed", try site.ask(proposal))
      try site.site.git("update-ref", "refs/heads/main", before.hex)
    }
  }
}
