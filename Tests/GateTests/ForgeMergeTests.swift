import Facts
import Failures
import Foundation
import Git
import Testing

@testable import Gate

/// Merges that a forge's button makes: the gate, the hook of a server and the one before an execution say the same of each.
@Suite struct ForgeMergeTests {
  private static let blessed = "known-good/hosts/web1.json"

  /// A server whose policy lets a forge merge, and a proposal on its branch.
  private static func server(
    agreedBy people: String..., by proposer: String = "engine", policy edit: (inout Policy) -> Void = { _ in }
  ) async throws -> (Server, Proposal) {
    let server = try await Server {
      $0.forgeMerges = true
      edit(&$0)
    }
    let proposal = try server.site.propose(try knownGood(), by: proposer)
    for person in people { try server.site.coApprove(proposal, by: person) }
    return (server, proposal)
  }

  private func expectRefused(
    _ code: Failure.Code, _ server: Server, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    await expect(code, { try await server.site.verify() }, sourceLocation: sourceLocation)
    #expect(try server.push("+main") == code.word, sourceLocation: sourceLocation)
  }

  @Test(arguments: [nil, Forge.openPGP, Forge.x509])
  func `the button merges what enough people agreed to on the branch`(signature: String?) async throws {
    let (server, proposal) = try await Self.server(agreedBy: "bob")
    let merge = try server.site.forgeMerge("proposal/\(proposal.id)", signature: signature)
    let last = try #require(try await server.site.verify().commits.last)
    #expect(last.commitClass == .approval(proposal: proposal.id) && last.signer == nil)
    #expect(try await server.site.gate.signers(ofApproval: merge).map(\.text) == ["bob"])
    #expect(try server.push() == nil)
    // What it brought is taken back by a person.
    try server.site.revert("HEAD", by: "bob")
    _ = try await server.site.verify()
    #expect(try server.push() == nil)
  }

  @Test func `a merge that is signed by a key that is nobody's here counts as the button's`() async throws {
    let (server, proposal) = try await Self.server(agreedBy: "alice")
    try server.site.merge("proposal/\(proposal.id)", by: "mallory")
    #expect(try await server.site.verify().commits.last?.signer == nil)
    #expect(try server.push() == nil)
  }

  @Test func `a person's own merge counts as their approval, as ever`() async throws {
    let (server, proposal) = try await Self.server(agreedBy: "alice") { $0.tiers[.t1]?.approvals = 2 }
    try server.site.merge("proposal/\(proposal.id)", by: "bob")
    #expect(try await server.site.verify().commits.last?.signer?.text == "bob")
    #expect(try server.push() == nil)
  }

  @Test func `without the policy's word the button counts for nothing`() async throws {
    for signature in [nil, Forge.openPGP] {
      let (server, proposal) = try await Self.server(agreedBy: "bob") { $0.forgeMerges = false }
      try server.site.forgeMerge("proposal/\(proposal.id)", signature: signature)
      try await expectRefused(.unsigned, server)
    }
  }

  @Test func `the button without approvals, or with too few, is refused`() async throws {
    let (none, first) = try await Self.server()
    try none.site.forgeMerge("proposal/\(first.id)")
    try await expectRefused(.tooFewApprovals, none)
    let (one, second) = try await Self.server(agreedBy: "bob") { $0.tiers[.t1]?.approvals = 2 }
    try one.site.forgeMerge("proposal/\(second.id)")
    try await expectRefused(.tooFewApprovals, one)
  }

  @Test(arguments: [
    ("carol", Failure.Code.sourceNotAllowed), ("engine", .roleMissing), ("mallory", .unknownKey),
  ])
  func `an agreement by somebody who may not approve it is refused`(name: String, code: Failure.Code) async throws {
    let (server, proposal) = try await Self.server(agreedBy: "bob")
    try server.site.coApprove(proposal, by: name, as: name == "mallory" ? "alice" : name)
    try server.site.forgeMerge("proposal/\(proposal.id)")
    try await expectRefused(code, server)
  }

  @Test func `whoever proposed it is none of those who agree`() async throws {
    let (server, proposal) = try await Self.server(agreedBy: "bob", by: "bob")
    try server.site.forgeMerge("proposal/\(proposal.id)")
    try await expectRefused(.selfApproval, server)
  }

  @Test func `an approval of another digest is refused`() async throws {
    let (server, proposal) = try await Self.server()
    var other = proposal
    other.reason = "another"
    try server.site.coApprove(other, by: "bob")
    try server.site.forgeMerge("proposal/\(proposal.id)")
    try await expectRefused(.coApprovalMalformed, server)
  }

  @Test func `what the web editor adds, on the branch or in the merge, is refused`() async throws {
    let (merge, first) = try await Self.server(agreedBy: "bob")
    try merge.site.forgeMerge("proposal/\(first.id)", adding: ["known-good/hosts/web2.json": "{}\n"])
    try await expectRefused(.extraChanges, merge)
    let (branch, second) = try await Self.server(agreedBy: "bob")
    try branch.site.git("checkout", "-q", "proposal/\(second.id)")
    try branch.site.commit([Self.blessed: try knownGood("web1")[Self.blessed].map { $0 + " " }], by: nil)
    try branch.site.git("checkout", "-q", "main")
    try branch.site.forgeMerge("proposal/\(second.id)")
    try await expectRefused(.unsigned, branch)
  }

  @Test func `the squash and the rebase button are refused`() async throws {
    for signature in [nil, Forge.openPGP] {
      let (server, proposal) = try await Self.server(agreedBy: "bob")
      try server.site.forgeMerge("proposal/\(proposal.id)", signature: signature, isSquashed: true)
      try await expectRefused(signature == nil ? .unsigned : .commitMalformed, server)
    }
    let (server, proposal) = try await Self.server(agreedBy: "bob")
    try server.site.git("merge", "-q", "--ff-only", "proposal/\(proposal.id)")
    // Its commits stand on main one by one: the first is the engine's and brings what only a merge may.
    await expect(.notAnInverse) { try await server.site.verify() }
    #expect(try server.push() == "role-missing")
  }

  @Test func `a request that was approved and taken back is not merged again`() async throws {
    let (server, proposal) = try await Self.server(agreedBy: "bob")
    try server.site.forgeMerge("proposal/\(proposal.id)")
    try server.site.revert("HEAD", by: "bob")
    #expect(try server.push() == nil)
    try server.site.forgeMerge("proposal/\(proposal.id)", tree: "HEAD~1^{tree}")
    try await expectRefused(.approvedBefore, server)
  }

  @Test func `a late merge is refused, also one that says that it came earlier`() async throws {
    let (server, proposal) = try await Self.server(agreedBy: "bob")
    let late = Int(proposal.notAfter.wholeSeconds) + 1
    try server.site.forgeMerge("proposal/\(proposal.id)", at: late)
    await expect(.proposalExpired) { try await server.site.verify() }
    try server.site.git("reset", "-q", "--hard", "HEAD~1")
    // Main has moved on to a time after it.
    try server.site.commit([Server.receipt: try receipt(1)], by: "engine")
    let signed = ["-c", "gpg.format=ssh", "-c", "user.signingKey=\(server.scratch.file("engine"))"]
    _ = try server.scratch.run(
      "/usr/bin/env",
      ["GIT_COMMITTER_DATE=\(late) +0000", "/usr/bin/git", "-C", server.site.folder] + signed
        + ["commit", "-q", "--amend", "-S", "--no-edit"])
    #expect(try server.site.git("log", "-1", "--format=%ct") == "\(late)")
    try server.site.forgeMerge("proposal/\(proposal.id)")
    await expect(.proposalExpired) { try await server.site.verify() }
  }

  @Test func `a signature of a known key that does not fit is broken, and not a forge's`() async throws {
    let (server, proposal) = try await Self.server(agreedBy: "alice")
    try server.site.merge("proposal/\(proposal.id)", by: "bob")
    let text = try server.site.git("cat-file", "commit", "HEAD") + " with another word\n"
    let forged = try server.scratch.git(
      "-C", server.site.folder, "hash-object", "-t", "commit", "-w", "--stdin", input: text)
    try server.site.git("reset", "-q", "--hard", forged)
    try await expectRefused(.badSignature, server)
  }

  @Test func `a policy is changed by admins alone`() async throws {
    let (server, _) = try await Self.server()
    let site = server.site
    try site.git("checkout", "-q", "-b", "change/policy-2")
    try site.commit(try site.policy { $0.tiers[.t1]?.approvals = 2 }, by: "alice")
    try site.git("checkout", "-q", "main")
    try site.forgeMerge("change/policy-2")
    try await expectRefused(.unsigned, server)
    try site.git("reset", "-q", "--hard", "HEAD~1")
    try site.merge("change/policy-2", by: "alice")
    _ = try await site.verify()
    #expect(try server.push("main", "change/policy-2") == nil)
  }

  @Test func `what the button merged is executed while the policy of today lets it, by the people who agreed`()
    async throws
  {
    let site = try await HookSite { $0.forgeMerges = true }
    let proposal = try site.propose()
    try site.site.coApprove(proposal, by: "alice")
    try site.site.forgeMerge("proposal/\(proposal.id)")
    expectYes(try site.ask(proposal))
    try site.site.commit(try site.site.policy { $0.tiers[.t2]?.approvals = 2 }, by: "alice")
    expect("too-few-approvals", try site.ask(proposal))
    try site.site.commit(
      try site.site.policy {
        $0.tiers[.t2]?.approvals = 1
        $0.forgeMerges = false
      }, by: "alice")
    expect("unsigned", try site.ask(proposal))

    let other = try await HookSite()
    let plain = try other.propose()
    try other.site.coApprove(plain, by: "alice")
    try other.site.forgeMerge("proposal/\(plain.id)")
    expect("unsigned", try other.ask(plain))
  }
}

/// What a forge puts on the merges that it makes.
enum Forge {
  static let openPGP =
    "-----BEGIN PGP SIGNATURE-----\n\nwsFcBAABCAAQBQJnQkAaCRC1aQ7uu5UhlAAA\n=aBcD\n-----END PGP SIGNATURE-----\n"
  static let x509 = "-----BEGIN SIGNED MESSAGE-----\nMIIDfQYJKoZIhvcNAQcC\n-----END SIGNED MESSAGE-----"
}

extension Site {
  /// Has main be what a forge's button makes of a branch.
  ///
  /// - Parameters:
  ///   - seconds: the forge's time.
  ///   - tree: the merge's tree, where it is not what git would make of the two.
  @discardableResult
  func forgeMerge(
    _ branch: String, at seconds: Int = 1_700_000_000, signature: String? = nil, isSquashed: Bool = false,
    adding files: [String: String] = [:], tree: String? = nil
  ) throws -> ObjectID {
    var merged = try tree.map { try git("rev-parse", $0) } ?? git("merge-tree", "--write-tree", "main", branch)
    if !files.isEmpty {
      try git("checkout", "-q", "--detach", branch)
      merged = try git("rev-parse", "\(commit(files, by: nil))^{tree}")
      try git("checkout", "-q", "main")
    }
    var text = "tree \(merged)\nparent \(try id("main"))\n"
    if !isSquashed { text += "parent \(try id(branch))\n" }
    text +=
      "author Dana <dana@example.org> \(seconds) +0200\ncommitter Forge <noreply@forge.example> \(seconds) +0000\n"
    if let signature { text += "gpgsig " + signature.replacing("\n", with: "\n ") + "\n" }
    text += "\nMerge request #7 from \(branch)\n"
    let commit = try scratch.git("-C", folder, "hash-object", "-t", "commit", "-w", "--stdin", input: text)
    try git("reset", "-q", "--hard", commit)
    return try id("HEAD")
  }
}
