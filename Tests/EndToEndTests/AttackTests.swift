import Facts
import Foundation
import Testing

/// What somebody with a key, or with a push, may try at the gate: refused by the next scan, and nothing that was seen is lost.
@Suite struct AttackTests {
  /// Tries something with main, and brings main back.
  private func refused(
    _ reason: String, in fleet: SmallFleet, sourceLocation: SourceLocation = #_sourceLocation,
    _ attack: () async throws -> Void
  ) async throws {
    let good = try await fleet.git("rev-parse", "main")
    try await attack()
    let waiting = try fleet.waiting()
    let said = try await fleet.expect(4, "scan", sourceLocation: sourceLocation)
    #expect(said.errors.contains("refused (\(reason))"), "\(said.errors)", sourceLocation: sourceLocation)
    #expect(try fleet.waiting() == waiting + 1, sourceLocation: sourceLocation)
    // Who only reads is told, too.
    try await fleet.expect(4, "status", sourceLocation: sourceLocation)
    try await fleet.git("checkout", "--quiet", "--force", "-B", "main", good)
  }

  @Test func `no shape of merge but the one approves, and every observation is recorded when main is well again`()
    async throws
  {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let proposal = try await fleet.propose("bless", "hosts")
    let branch = "proposal/\(proposal.id)"
    let evil = "\(fleet.path)/state/known-good/hosts/evil.json"
    try await refused("not-an-inverse", in: fleet) { try await fleet.git("merge", "--quiet", "--ff-only", branch) }
    try await refused("not-an-inverse", in: fleet) {
      try await fleet.git("merge", "--quiet", "--squash", branch)
      try await fleet.git("commit", "--quiet", "-S", "-m", "squashed")
    }
    try await refused("missing-changes", in: fleet) {
      try await fleet.git("merge", "--quiet", "--no-ff", "-S", "-s", "ours", "-m", "ours", branch)
    }
    try await refused("extra-changes", in: fleet) {
      try await fleet.git("merge", "--quiet", "--no-ff", "--no-commit", branch)
      try "{}\n".write(toFile: evil, atomically: true, encoding: .utf8)
      try await fleet.git("add", "-A")
      try await fleet.git("commit", "--quiet", "-S", "-m", "and something more")
    }
    try await refused("unsigned", in: fleet) {
      try await fleet.git("merge", "--quiet", "--no-ff", "-m", "a forge's button", branch)
    }
    #expect(try fleet.waiting() == 5)
    // The right one, and all that was seen meanwhile.
    try await fleet.expect(0, "approve", proposal.id, "--digest", proposal.digest)
    try await fleet.expect(0, "scan")
    #expect(try fleet.waiting() == 0)
    #expect(try await fleet.git("log", "--first-parent", "--format=%s", "main").split(separator: "\n").count == 10)
  }

  @Test func `only an operator's key approves, and only what the statement says`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    try await fleet.makeKey("mallory")
    let proposal = try await fleet.propose("bless", "hosts")
    let branch = "proposal/\(proposal.id)"
    for (key, reason) in [("engine", "role-missing"), ("admin", "role-missing"), ("mallory", "unknown-key")] {
      try await refused(reason, in: fleet) {
        try await fleet.git(as: key, "merge", "--quiet", "--no-ff", "-S", "-m", "x", branch)
      }
      let said = try await fleet.expect(4, "approve", proposal.id, "--sign-with", "\(fleet.path)/home/keys/\(key)")
      #expect(said.errors.contains("(\(reason))"))
    }
    // Whoever holds the engine's key cannot change what the statement says, nor what is blessed.
    for (file, from, to) in [
      ("approvals/\(proposal.id)/statement.json", "bless", "waive"), ("known-good/hosts/web1.json", "12.1", "12.6"),
    ] {
      try await refused("proposal-mismatch", in: fleet) {
        try await fleet.git("checkout", "--quiet", "-B", "tampered", branch)
        let path = "\(fleet.path)/state/\(file)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(text.contains(from))
        try text.replacing(from, with: to).write(toFile: path, atomically: true, encoding: .utf8)
        try await fleet.git(as: "engine", "commit", "--quiet", "-a", "--amend", "-S", "--no-edit")
        try await fleet.git("checkout", "--quiet", "main")
        try await fleet.git("merge", "--quiet", "--no-ff", "-S", "-m", "x", "tampered")
      }
    }
    let good = try await fleet.git("rev-parse", "main")
    // A branch that moved after the review is another proposal.
    let other = try await fleet.propose("bless", "hosts", "web1")
    let mistaken = try await fleet.expect(4, "approve", other.id, "--digest", proposal.digest)
    #expect(mistaken.errors.contains("(digest-mismatch)"))
    try await fleet.git("branch", "--force", branch, "proposal/\(other.id)")
    let moved = try await fleet.expect(4, "approve", proposal.id, "--digest", proposal.digest)
    #expect(moved.errors.contains("(proposal-mismatch)"))
    #expect(try await fleet.git("rev-parse", "main") == good)
  }

  @Test func `what was revoked does not live again, and a waiver pushed past the gate hides nothing`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let waiver = try await fleet.propose("waive", fleet.finding(), "--until", "2999-01-01", "--reason", "known")
    let branch = "proposal/\(waiver.id)"
    try await fleet.expect(0, "approve", waiver.id, "--digest", waiver.digest)
    let approval = try await fleet.git("rev-parse", "main")
    try await fleet.expect(0, "status")
    try await fleet.expect(0, "revoke", waiver.id)
    try await fleet.expect(3, "status")
    #expect(try await fleet.expect(4, "approve", waiver.id).errors.contains("(approved-before)"))
    try await refused("not-an-inverse", in: fleet) {
      try await fleet.git("revert", "--no-edit", "-S", "HEAD")
    }
    try await refused("approved-before", in: fleet) {
      let again = try await fleet.git(
        "commit-tree", "-S", "-p", "main", "-p", branch, "-m", "again", "\(approval)^{tree}")
      try await fleet.git("merge", "--quiet", "--ff-only", again)
    }
    // The waiver's file alone, signed by an operator, in one commit.
    try await refused("not-an-inverse", in: fleet) {
      try await fleet.git("checkout", "--quiet", branch, "--", "waivers")
      try await fleet.git("commit", "--quiet", "-S", "-m", "hide it")
    }
    try await fleet.expect(3, "scan")
    #expect(try fleet.waiting() == 0)
  }

  @Test func `two proposals for one file: the second has to be proposed again`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let one = try await fleet.propose("bless", "hosts")
    let two = try await fleet.propose("bless", "hosts", "web1")
    try await fleet.expect(0, "approve", one.id, "--digest", one.digest)
    let said = try await fleet.expect(4, "review", two.id)
    #expect(said.errors.contains("propose again") && said.errors.contains("(outdated-proposal)"))
    #expect(try await fleet.expect(4, "approve", two.id).errors.contains("(outdated-proposal)"))
    try await fleet.expect(0, "scan")
  }
}
