import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// The pre-receive hook, over real pushes.
@Suite struct PreReceiveTests {
  @Test func `what both hooks need stands in both, word for word`() throws {
    func common(_ name: String) throws -> Substring {
      let text = try String(contentsOf: HookSite.hooks.appendingPathComponent(name), encoding: .utf8)
      let begin = try #require(text.range(of: "# >>> What pre-execute and pre-receive have in common"))
      let end = try #require(text.range(of: "# <<< What pre-execute and pre-receive have in common"))
      return text[begin.upperBound..<end.lowerBound]
    }
    let text = try common("pre-execute")
    #expect(text.utf8.count > 10_000)
    #expect(try common("pre-receive") == text)
  }

  @Test func `records, approvals, revocations and changes are taken, with their branches`() async throws {
    let server = try await Server()
    let proposal = try server.site.propose(try knownGood())
    #expect(try server.push("proposal/\(proposal.id)") == nil)
    try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
    #expect(try server.push() == nil)
    try server.site.merge("proposal/\(proposal.id)", by: "bob")
    try server.site.commit([Server.receipt: try receipt(2)], by: "scout")
    #expect(try server.push() == nil)
    try server.site.commit(try server.site.policy { $0.tiers[.t1]?.approvals = 2 }, by: "alice")
    try server.site.commit(["praxis.yaml": "format: praxis.config/1\n\n"], by: "alice")
    #expect(try server.push() == nil)
    try server.site.revert(try server.site.git("rev-parse", "HEAD~3"), by: "bob")
    #expect(try server.push() == nil)
    _ = try await server.site.verify()
    #expect(try server.push("main:refs/heads/drift/hosts", ":proposal/\(proposal.id)") == nil)
    #expect(try server.push("+main~2:refs/heads/drift/hosts") == nil)
  }

  @Test func `main is neither deleted nor taken back, and keeps its first parents`() async throws {
    let server = try await Server()
    try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
    #expect(try server.push() == nil)
    #expect(try server.push(":main") == "rewound")
    #expect(try server.push("+main~1:main") == "rewound")
    try server.expectRefused("rewound") { try server.site.git("checkout", "-q", "-B", "main", "HEAD~1") }
    try server.expectRefused("rewound") {
      // A merge of main into something else: main becomes the second parent.
      try server.site.git("checkout", "-q", "-b", "side", "HEAD~1")
      try server.site.commit(["observations/web.json": try receipt(1, of: "web")], by: "engine")
      try server.site.merge("main", by: "alice")
      try server.site.git("branch", "-q", "-f", "main", "HEAD")
    }
  }

  @Test func `other references are not taken`() async throws {
    let server = try await Server()
    try server.site.git("tag", "v1")
    for name in ["refs/tags/v1", "refs/heads/other", "refs/replace/x", "refs/notes/commits", "refs/heads/proposal"] {
      #expect(try server.push("main:\(name)") == "reference-refused")
    }
    try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
    // All or nothing, also where main alone would be fine.
    #expect(try server.push("main", "v1") == "reference-refused")
  }

  @Test func `an unsigned commit, or one of a stranger, is not taken`() async throws {
    let server = try await Server()
    try server.expectRefused("unsigned") { try server.site.commit([Server.receipt: try receipt(1)], by: nil) }
    try server.expectRefused("unknown-key") { try server.site.commit([Server.receipt: try receipt(1)], by: "mallory") }
    try server.expectRefused("unsigned") {
      // Further back in what is pushed.
      try server.site.commit([Server.receipt: try receipt(1)], by: nil)
      try server.site.commit([Server.receipt: try receipt(2)], by: "engine")
    }
    try server.expectRefused("unsigned") {
      let proposal = try server.site.propose(try knownGood())
      try server.site.git("merge", "-q", "--no-ff", "-m", "x", "proposal/\(proposal.id)")
    }
    try server.expectRefused("commit-malformed") {
      try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
      let raw = try server.site.git("cat-file", "commit", "HEAD")
      let id = try server.scratch.git(
        ["-C", "repo", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"],
        input: raw.replacingOccurrences(of: "\ngpgsig ", with: "\ngpgsigner x\ngpgsig ") + "\n")
      try server.site.git("reset", "-q", "--hard", id)
    }
  }

  @Test func `each class of commit is signed by whom its policy allows, and touches its own paths`() async throws {
    let server = try await Server()
    try server.expectRefused("role-missing") { try server.site.commit([Server.receipt: try receipt(1)], by: "alice") }
    try server.expectRefused("source-not-allowed") {
      try server.site.commit(["observations/network.json": try receipt(1, of: "network")], by: "scout")
    }
    try server.expectRefused("source-not-allowed") {
      try server.site.commit(["findings/open/network/a/f.json": "1"], by: "scout")
    }
    try server.expectRefused("role-missing") { try server.site.commit(try server.site.policy { _ in }, by: "bob") }
    try server.expectRefused("role-missing") { try server.site.commit(["praxis.yaml": "x: 1\n"], by: "engine") }
    try server.expectRefused("path-not-allowed") { try server.site.commit(["praxis.yaml": nil], by: "alice") }
    try server.expectRefused("policy-missing") { try server.site.commit([Layout.policy: nil], by: "alice") }
    try server.expectRefused("policy-version") {
      try server.site.commit(try server.site.policy { $0.version = 7 }, by: "alice")
    }
    try server.expectRefused("policy-previous") {
      try server.site.commit(try server.site.policy { $0.previous = Digest(of: []) }, by: "alice")
    }
    try server.expectRefused("mixed-paths") {
      try server.site.commit([Server.receipt: try receipt(1), "praxis.yaml": "x: 1\n"], by: "alice")
    }
    try server.expectRefused("path-not-allowed") { try server.site.commit(["readme": "1"], by: "alice") }
    try server.expectRefused("path-malformed") { try server.site.commit(["README": "1"], by: "alice") }
    try server.expectRefused("nothing-changed") { try server.site.commit([:], by: "engine") }
    try server.expectRefused("not-an-inverse") {
      try server.site.commit(try knownGood(), by: "alice")
    }
    let proposal = try server.site.propose(try knownGood())
    try server.site.commit(server.site.ledger(proposal, .withdrawn), by: "engine")
    #expect(try server.push() == nil)
    try server.expectRefused("ledger-removed") {
      try server.site.commit(["executions/\(proposal.id).json": nil], by: "engine")
    }
  }

  @Test func `a merge is an operator's, and brings what its branch changed`() async throws {
    let server = try await Server()
    let files = try knownGood()
    let proposal = try server.site.propose(files)
    let branch = "proposal/\(proposal.id)"
    try server.expectRefused("role-missing") { try server.site.merge(branch, by: "engine") }
    try server.expectRefused("extra-changes") {
      try server.site.merge(branch, by: "bob")
      try server.site.commit(try knownGood("web2"), by: "bob")
      try server.site.git("reset", "-q", "--soft", "HEAD~1")
      try server.site.amend(by: "bob")
    }
    try server.expectRefused("nothing-changed") { try server.site.merge(branch, by: "bob", "-s", "ours") }
    // Fast forward: the proposer's own commit is no approval. Squashed: nor is a commit of one parent.
    try server.expectRefused("role-missing") { try server.site.git("merge", "-q", "--ff-only", branch) }
    try server.expectRefused("not-an-inverse") {
      try server.site.git("merge", "-q", "--squash", branch)
      try server.site.commit([:], by: "bob")
    }
    try server.expectRefused("wrong-parents") {
      try server.site.git("checkout", "-q", "-b", "records")
      try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
      try server.site.git("checkout", "-q", "main")
      try server.site.merge("records", by: "engine")
    }
  }

  @Test func `a change takes as many admins as the policy says`() async throws {
    let server = try await Server {
      $0.adminThreshold = 2
      $0.people[try! Site.person("bob")]?.admin = true
    }
    try server.expectRefused("too-few-approvals") {
      try server.site.commit(["praxis.yaml": "format: praxis.config/1\n\n"], by: "alice")
    }
    try server.site.git("checkout", "-q", "-b", "change")
    try server.site.commit(["praxis.yaml": "format: praxis.config/1\n\n"], by: "alice")
    try server.site.git("checkout", "-q", "main")
    try server.site.merge("change", by: "bob")
    #expect(try server.push() == nil)
  }

  @Test func `a main that is made has to begin with the introduction that the server names`() async throws {
    let server = try await Server()
    try server.scratch.git("init", "-q", "--bare", "-b", "main", "second")
    let hook = try server.scratch.read("server/hooks/pre-receive")
    try server.scratch.write(hook, to: "second/hooks/pre-receive", mode: 0o755)
    try server.scratch.git("-C", "second", "config", "praxis.introduction", String(repeating: "1", count: 40))
    func push() throws -> (status: Int32, output: String, errors: String) {
      try server.scratch.run("/usr/bin/git", ["-C", "repo", "push", "-q", server.scratch.file("second"), "main"])
    }
    let refused = try push()
    #expect(refused.status != 0)
    #expect(refused.errors.contains("(foreign-history)"))
    try server.scratch.git("-C", "second", "config", "praxis.introduction", server.site.introduction.hex)
    #expect(try push().status == 0)
  }
}
