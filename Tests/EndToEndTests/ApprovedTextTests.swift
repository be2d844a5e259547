import Facts
import Foundation
import StrictJSON
import Testing

/// What people read before they approve, in the hands of somebody who proposes and lies.
@Suite struct ApprovedTextTests {
  /// Has the engine's key write another text over a proposal's, with the digests that belong to it.
  private func forge(_ id: String, in fleet: SmallFleet, _ change: (String) -> String) async throws {
    try await fleet.git("checkout", "--quiet", "proposal/\(id)")
    let folder = "\(fleet.path)/state/proposals/\(id)"
    let honest = try String(contentsOfFile: "\(folder)/dry-run.txt", encoding: .utf8)
    let lie = change(honest)
    try #require(lie != honest)
    var proposal = try Proposal(
      parsing: Array(Data(contentsOf: URL(fileURLWithPath: "\(folder)/proposal.json"))), document: id)
    proposal.dryRun = Digest(of: Array(lie.utf8))
    try lie.write(toFile: "\(folder)/dry-run.txt", atomically: true, encoding: .utf8)
    try Data(proposal.bytes).write(to: URL(fileURLWithPath: "\(folder)/proposal.json"))
    try Data(proposal.statement).write(
      to: URL(fileURLWithPath: "\(fleet.path)/state/approvals/\(id)/statement.json"))
    try await fleet.git(as: "engine", "commit", "--quiet", "-a", "--amend", "-S", "--no-edit")
    try await fleet.git("checkout", "--quiet", "main")
  }

  /// Refused by review, by approve with the very digest, and on main by the next scan and the audit.
  private func expectRefused(
    _ id: String, in fleet: SmallFleet, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let good = try await fleet.git("rev-parse", "main")
    let bytes = try await fleet.git("show", "proposal/\(id):proposals/\(id)/proposal.json") + "\n"
    let digest = Digest(of: Array(bytes.utf8)).text
    for words in [["review", id], ["approve", id, "--digest", digest]] {
      let said = try await execute(fleet.program, words, environment: fleet.environment, in: fleet.path)
      #expect(
        said.code == 4 && said.errors.contains("(text-mismatch)"), "\(words) \(said)", sourceLocation: sourceLocation)
    }
    #expect(try await fleet.git("rev-parse", "main") == good, sourceLocation: sourceLocation)
    try await fleet.git("merge", "--quiet", "--no-ff", "-S", "-m", "yes", "proposal/\(id)")
    #expect(
      try await fleet.expect(4, "scan").errors.contains("refused (text-mismatch)"), sourceLocation: sourceLocation)
    #expect(try await fleet.expect(4, "audit").output.contains("text-mismatch"), sourceLocation: sourceLocation)
    try await fleet.git("reset", "--quiet", "--hard", good)
  }

  @Test func `nobody approves a backdoor, another waiver or another retraction behind a text that says something else`()
    async throws
  {
    let fleet = try await SmallFleet(#"{"kernel":"6.1","users":["alice"]}"#)
    try await fleet.bless()
    try fleet.observe(#"{"kernel":"6.2","users":["alice","backdoor"]}"#)
    try await fleet.expect(2, "scan")
    let bless = try await fleet.propose("bless", "hosts", "web1")
    let review = try await fleet.expect(0, "review", bless.id).output
    #expect(review.contains(#"- /kernel: "6.1""#) && review.contains(#"+ /users[1]: "backdoor""#))
    try await forge(bless.id, in: fleet) { text in
      text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.contains("backdoor") }
        .joined(separator: "\n").replacing("2 facts", with: "1 fact")
    }
    try await expectRefused(bless.id, in: fleet)

    let said = try await fleet.expect(0, "findings", "--subject", "/users", "--json").output
    let finding = try #require(try JSON(parsing: Array(said.utf8))["findings"]?[0]?["id"]?.string)
    for words in [["waive", finding, "--until", "2999-01-01"], ["retract", finding]] {
      let said = try await execute(
        fleet.program, ["propose"] + words + ["--reason", "known", "--json"], environment: fleet.environment,
        in: fleet.path)
      let id = try #require(try JSON(parsing: Array(said.output.utf8))["id"]?.string, "\(said)")
      #expect(try await fleet.expect(0, "review", id).output.contains(#"+ ["alice","backdoor"]"#))
      try await forge(id, in: fleet) { $0.replacing("/users", with: "/groups").replacing(#","backdoor""#, with: "") }
      try await expectRefused(id, in: fleet)
    }
    // Nothing of it holds: the drift is open, and what is proposed honestly is approved.
    try await fleet.expect(2, "scan")
    let honest = try await fleet.propose("bless", "hosts", "web1")
    try await fleet.expect(0, "approve", honest.id, "--digest", honest.digest)
    try await fleet.expect(0, "scan")
    try await fleet.expect(0, "audit")
  }

  @Test func `approving takes a digest, or a person at a terminal who types it after reading`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let proposal = try await fleet.propose("bless", "hosts")
    let refused = try await fleet.expect(4, "approve", proposal.id)
    #expect(refused.errors.contains("praxis approve \(proposal.id) --digest \(proposal.digest)"))
    func type(_ text: String) async throws -> Said {
      try await execute(
        "/bin/sh",
        [
          "-c", #"printf '%s\n' "$0" | script -qec "$1" /dev/null"#, text,
          "\(fleet.program) approve \(proposal.id)",
        ], environment: fleet.environment.merging(["SHELL": "/bin/sh"]) { $1 }, in: fleet.path)
    }
    let digits = proposal.digest.dropFirst("sha256:".count)
    for wrong in ["", "y", String(digits.prefix(7)), String(digits.prefix(7)) + "x"] {
      #expect(try await type(wrong).code == 4)
    }
    let said = try await type(String(digits.prefix(8)))
    #expect(said.code == 0, "\(said)")
    #expect(said.output.contains(#"+ /os: "12.1""#) && said.output.contains("approved by operator"))
    try await fleet.expect(0, "scan")
  }

  @Test func `a history with the texts of an earlier version is clean, and nothing new is approved in them`()
    async throws
  {
    let fleet = try await SmallFleet()
    let fixture = "\(Tools.package)/Tests/Fixtures/first-texts"
    let clone = "\(fleet.path)/old"
    try await fleet.git("clone", "--quiet", "\(fixture)/history.bundle", clone)
    for name in ["proposal/p-72tda8ee9k0b", "drift/desired", "drift/observed"] {
      try await fleet.git("-C", clone, "branch", "--quiet", name, "origin/\(name)")
    }
    var environment = fleet.environment
    environment["PRAXIS_HOME"] = "\(fleet.path)/other"
    environment["PRAXIS_REPO"] = clone
    try FileManager.default.createDirectory(
      atPath: "\(fleet.path)/other", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try FileManager.default.copyItem(atPath: "\(fixture)/trust.json", toPath: "\(fleet.path)/other/trust.json")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(fleet.path)/other/trust.json")
    func praxis(_ code: Int32, _ words: String...) async throws -> Said {
      let said = try await execute(fleet.program, words, environment: environment, in: fleet.path)
      #expect(said.code == code, "\(words) \(said)")
      return said
    }
    #expect(try await praxis(0, "audit").output.contains("no rule is broken"))
    _ = try await praxis(0, "trust", "adopt")
    // A first known-good, later ones, secrets under a new key, a waiver, a retraction.
    #expect(try await praxis(0, "trace", "p-x1a0qdzfjhr5").output.contains("bless"))
    let open = try await praxis(4, "review", "p-72tda8ee9k0b")
    #expect(open.errors.contains("(text-version)") && open.errors.contains("propose again"))
  }
}
