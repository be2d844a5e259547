import Foundation
import Testing

/// The mistakes of an operator's first month: each is told with its code, and with what to do next.
@Suite struct FirstMonthTests {
  private struct Mistake {
    var words: [String]
    var ends: Int32
    var code: String
    /// What the answer tells to do.
    var next: String
  }

  @Test func `every mistake is told with its code and with the next step`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let keys = "\(fleet.path)/home/keys"
    let own = try await fleet.propose("bless", "hosts", "--as", "operator", "--sign-with", "\(keys)/operator")
    let withdrawn = try await fleet.propose("bless", "hosts")
    try await fleet.expect(0, "withdraw", withdrawn.id)
    let finding = try await fleet.finding()
    try await fleet.makeKey("stranger")
    try FileManager.default.copyItem(atPath: "\(keys)/operator", toPath: "\(keys)/open")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: "\(keys)/open")
    for name in ["empty", "old"] {
      try FileManager.default.createDirectory(atPath: "\(fleet.path)/\(name)", withIntermediateDirectories: true)
    }
    try FileManager.default.copyItem(atPath: "\(keys)/operator", toPath: "\(keys)/locked")
    let locking = try await execute(
      "/usr/bin/ssh-keygen", ["-q", "-p", "-P", "", "-N", "a passphrase", "-f", "\(keys)/locked"],
      environment: fleet.environment,
      in: fleet.path)
    try #require(locking.code == 0)
    let other = try await SmallFleet()
    for (name, words) in [
      ("toolless", ["--authority", "snapshot", "--directory", "\(fleet.path)/empty", "--command", "./collect"]),
      ("moved", ["--authority", "snapshot", "--directory", "\(fleet.path)/old", "--command", "/bin/cat"]),
    ] {
      let added = try await execute(
        fleet.program, ["source", "add", name] + words, environment: fleet.environment, in: fleet.path)
      try #require(added.code == 0, "\(added)")
    }
    try FileManager.default.removeItem(atPath: "\(fleet.path)/old")
    let main = try await fleet.git("rev-parse", "main")
    let approve = ["approve", own.id, "--digest", own.digest, "--sign-with"]
    let mistakes = [
      Mistake(words: ["status", "--repo", "\(fleet.path)/stat"], ends: 1, code: "not-found", next: "--repo"),
      Mistake(words: ["status", "--repo", "\(fleet.path)/empty"], ends: 1, code: "not-found", next: "--repo"),
      Mistake(
        words: ["status", "--trust", "\(fleet.path)/none.json"], ends: 1, code: "file-missing", next: "ls -l"),
      Mistake(words: ["scan", "hots"], ends: 1, code: "unknown-source", next: "praxis source list"),
      Mistake(words: ["findings", "--target", "wbe1"], ends: 1, code: "unknown-target", next: "Did you mean web1?"),
      Mistake(
        words: ["show", "f-000000000000"], ends: 1, code: "unknown-finding", next: "praxis findings --state all"),
      Mistake(words: ["review", "p-000000000000"], ends: 4, code: "proposal-missing", next: "praxis review"),
      Mistake(words: ["approve", "p-0000"], ends: 1, code: "unknown-proposal", next: "praxis review"),
      Mistake(words: ["approve", own.id], ends: 4, code: "self-approval", next: "praxis review \(own.id)"),
      Mistake(words: approve + ["\(keys)/stranger"], ends: 4, code: "unknown-key", next: "praxis policy show"),
      Mistake(words: approve + ["\(keys)/none"], ends: 1, code: "file-missing", next: "ls -l"),
      Mistake(
        words: ["status", "--trust", "\(other.path)/home/trust.json"], ends: 4, code: "foreign-history", next: "--trust"
      ),
      Mistake(words: ["scan", "toolless"], ends: 1, code: "tool-missing", next: "praxis.yaml"),
      Mistake(words: ["scan", "moved"], ends: 1, code: "unreadable", next: "Correct directory in praxis.yaml"),
      Mistake(words: approve + ["\(keys)/open"], ends: 4, code: "file-permissions", next: "chmod 600"),
      Mistake(words: approve + ["\(keys)/admin"], ends: 4, code: "role-missing", next: "praxis review \(own.id)"),
      Mistake(
        words: ["approve", withdrawn.id, "--digest", withdrawn.digest], ends: 4, code: "proposal-missing",
        next: "praxis review"),
      Mistake(words: ["execute", own.id], ends: 4, code: "not-approved", next: "praxis review \(own.id)"),
      Mistake(words: ["revoke", own.id], ends: 4, code: "proposal-missing", next: "praxis withdraw"),
      Mistake(words: ["approve", own.id, "--push"], ends: 1, code: "remote", next: "git remote add"),
      Mistake(words: ["sync"], ends: 1, code: "remote", next: "git remote add"),
      Mistake(words: ["propose", "converge", finding], ends: 1, code: "not-convergeable", next: "praxis scan hosts"),
      Mistake(
        words: ["propose", "bless", "hosts", "wbe1"], ends: 1, code: "unknown-target", next: "Did you mean web1?"),
      Mistake(
        words: ["show", finding, "--repo", "\(fleet.path)/state/praxis.yaml"], ends: 1, code: "not-found",
        next: "--repo"),
    ]
    for mistake in mistakes {
      let said = try await execute(
        fleet.program, mistake.words, environment: fleet.environment, in: fleet.path)
      let isCoded = said.errors.contains("(\(mistake.code))")
      #expect(
        said.code == mistake.ends && isCoded && said.errors.contains(mistake.next),
        "\(mistake.words.joined(separator: " ")) ends with \(said.code): \(said.errors.replacing("\n", with: " "))")
    }
    #expect(try await fleet.git("rev-parse", "main") == main)

    // With plain git: main does not verify, nothing is recorded on it, and the answer says so.
    let proposal = try await fleet.propose("bless", "hosts")
    let branch = "proposal/\(proposal.id)"
    let locked = try await fleet.expect(
      1, "approve", proposal.id, "--digest", proposal.digest, "--sign-with", "\(keys)/locked")
    #expect(locked.errors.contains("(not-signed)") && locked.errors.contains("ssh-add \(keys)/locked"), "\(locked)")
    for (code, merges) in [
      ("unsigned", [["merge", "--quiet", "--no-ff", "-m", "x", branch]]),
      ("not-an-inverse", [["merge", "--quiet", "--ff-only", branch]]),
      ("not-an-inverse", [["merge", "--quiet", "--squash", branch], ["commit", "--quiet", "-S", "-m", "x"]]),
      ("not-an-inverse", [["cherry-pick", "-S", branch]]),
      (
        "extra-changes",
        [
          ["merge", "--quiet", "--no-ff", "--no-commit", branch], ["rm", "--quiet", "observations/hosts.json"],
          ["commit", "--quiet", "-S", "-m", "x"],
        ]
      ),
      (
        "extra-changes",
        [
          ["merge", "--quiet", "--no-ff", "--no-commit", branch], ["rm", "--quiet", "praxis.yaml"],
          ["commit", "--quiet", "-S", "-m", "x"],
        ]
      ),
    ] {
      for words in merges { try await fleet.git(words) }
      let said = try await execute(
        fleet.program, ["scan", "hosts"], environment: fleet.environment, in: fleet.path)
      #expect(said.code == 4, "\(said)")
      #expect(
        said.errors.contains("(\(code))") && said.errors.contains("praxis doctor"),
        "\(merges) \(said.errors.replacing("\n", with: " "))")
      try await fleet.git("reset", "--quiet", "--hard", main)
    }
    // What somebody edits in the work tree stays theirs, and stands in nobody's way.
    let edited = try String(contentsOfFile: "\(fleet.path)/state/praxis.yaml", encoding: .utf8) + "# not yet\n"
    try fleet.write(edited, to: "state/praxis.yaml")
    try await fleet.expect(0, "approve", proposal.id, "--digest", proposal.digest)
    try await fleet.expect(0, "scan", "hosts")
    #expect(try String(contentsOfFile: "\(fleet.path)/state/praxis.yaml", encoding: .utf8) == edited)
    // The lock of a process that was killed is taken away.
    try fleet.write("", to: "state/.git/refs/heads/main.lock")
    try fleet.observe(#"{"os":"12.2","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan", "hosts")
    #expect(!FileManager.default.fileExists(atPath: "\(fleet.path)/state/.git/refs/heads/main.lock"))
    let again = try await fleet.expect(4, "approve", proposal.id, "--digest", proposal.digest)
    #expect(again.errors.contains("(approved-before)") && again.errors.contains("propose anew"), "\(again)")
    try fleet.write(#"{"format":"praxis.remote/1","url":"/nowhere/state.git"}"#, to: "home/remote.json")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(fleet.path)/home/remote.json")
    let alone = try await fleet.expect(1, "sync")
    #expect(alone.errors.contains("(remote)") && alone.errors.contains("git ls-remote"), "\(alone)")
  }
}
