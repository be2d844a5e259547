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
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/empty", withIntermediateDirectories: true)
    let main = try await fleet.git("rev-parse", "main")
    let approve = ["approve", own.id, "--digest", own.digest, "--sign-with"]
    let mistakes = [
      Mistake(words: ["status", "--repo", "\(fleet.path)/stat"], ends: 1, code: "not-found", next: "--repo"),
      Mistake(words: ["status", "--repo", "\(fleet.path)/empty"], ends: 1, code: "not-found", next: "--repo"),
      Mistake(
        words: ["status", "--trust", "\(fleet.path)/none.json"], ends: 4, code: "file-missing", next: "praxis doctor"),
      Mistake(words: ["scan", "hots"], ends: 1, code: "unknown-source", next: "praxis source list"),
      Mistake(words: ["findings", "--target", "wbe1"], ends: 1, code: "unknown-target", next: "Did you mean web1?"),
      Mistake(
        words: ["show", "f-000000000000"], ends: 1, code: "unknown-finding", next: "praxis findings --state all"),
      Mistake(words: ["review", "p-000000000000"], ends: 4, code: "proposal-missing", next: "praxis review"),
      Mistake(words: ["approve", "p-0000"], ends: 1, code: "unknown-proposal", next: "praxis review"),
      Mistake(words: ["approve", own.id], ends: 4, code: "self-approval", next: "praxis review \(own.id)"),
      Mistake(words: approve + ["\(keys)/stranger"], ends: 4, code: "unknown-key", next: "praxis policy show"),
      Mistake(words: approve + ["\(keys)/none"], ends: 4, code: "file-missing", next: "praxis doctor"),
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
    for (code, merges) in [
      ("unsigned", [["merge", "--quiet", "--no-ff", "-m", "x", branch]]),
      ("not-an-inverse", [["merge", "--quiet", "--ff-only", branch]]),
      ("not-an-inverse", [["merge", "--quiet", "--squash", branch], ["commit", "--quiet", "-S", "-m", "x"]]),
    ] {
      for words in merges { try await fleet.git(words) }
      let said = try await fleet.expect(4, "scan")
      #expect(
        said.errors.contains("(\(code))") && said.errors.contains("praxis doctor"),
        "\(merges) \(said.errors.replacing("\n", with: " "))")
      try await fleet.git("reset", "--quiet", "--hard", main)
    }
    try await fleet.expect(0, "approve", proposal.id, "--digest", proposal.digest)
    try await fleet.expect(0, "scan")
  }
}
