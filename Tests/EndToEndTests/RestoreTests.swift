import Facts
import Foundation
import Testing

/// What docs/running.md says of backups and of a lost disk.
@Suite struct RestoreTests {
  /// A fleet with a remote, whose facts hold a secret, so that a redaction key counts.
  private func site() async throws -> SmallFleet {
    let fleet = try await SmallFleet(#"{"os":"12.1","api_token":"d41d8cd98f00b204"}"#)
    try await fleet.bless()
    _ = try await execute(
      "/usr/bin/git", ["init", "-q", "--bare", "-b", "main", "\(fleet.path)/remote.git"],
      environment: fleet.environment,
      in: fleet.path)
    try await fleet.git("remote", "add", "origin", "\(fleet.path)/remote.git")
    try await fleet.git("push", "--quiet", "--all", "origin")
    return fleet
  }

  private func move(_ fleet: SmallFleet, _ from: String, _ to: String) throws {
    try FileManager.default.moveItem(atPath: "\(fleet.path)/\(from)", toPath: "\(fleet.path)/\(to)")
  }

  private func clone(_ fleet: SmallFleet) async throws {
    let said = try await execute(
      "/usr/bin/git", ["clone", "-q", "\(fleet.path)/remote.git", "\(fleet.path)/state"],
      environment: fleet.environment, in: fleet.path)
    try #require(said.code == 0, "\(said)")
  }

  @Test func `a backup of the installation and a clone of the remote are what a new host needs`() async throws {
    let fleet = try await site()
    try FileManager.default.copyItem(atPath: "\(fleet.path)/home", toPath: "\(fleet.path)/backup")
    // What the backup does not know of yet: the repository is the newer one.
    try await fleet.expect(0, "scan")
    try await fleet.git("push", "--quiet", "origin", "main")
    try move(fleet, "state", "lost-state")
    try move(fleet, "home", "lost-home")
    try move(fleet, "backup", "home")
    try await clone(fleet)
    try await fleet.expect(0, "status")
    try await fleet.expect(0, "scan")
    try await fleet.expect(0, "audit")
  }

  @Test func `a repository that is older than what its host remembers is refused until an admin accepts it`()
    async throws
  {
    let fleet = try await site()
    // The last scan was not pushed when the disk was lost.
    try await fleet.expect(0, "scan")
    try move(fleet, "state", "lost-state")
    try await clone(fleet)
    #expect(try await fleet.expect(4, "scan").errors.contains("(rewound)"))
    let tip = try await fleet.git("rev-parse", "HEAD")
    try await fleet.expect(0, "trust", "accept-rewind", tip)
    // What was seen meanwhile waited in the spool.
    try await fleet.expect(0, "scan")
  }

  @Test
  func `without a backup people begin a new engine with the trust file, and a source that lost its keys begins anew`()
    async throws
  {
    let fleet = try await site()
    try move(fleet, "state", "lost-state")
    try move(fleet, "home", "people")
    try await clone(fleet)
    for folder in ["home", "home/keys"] {
      try FileManager.default.createDirectory(
        atPath: "\(fleet.path)/\(folder)", withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }
    try FileManager.default.copyItem(
      atPath: "\(fleet.path)/people/trust.json", toPath: "\(fleet.path)/home/trust.json")
    try await fleet.expect(0, "trust", "adopt")
    try await fleet.expect(0, "status")

    let key = "\(fleet.path)/home/keys/new-engine"
    _ = try await execute(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key], environment: fleet.environment,
      in: fleet.path)
    try fleet.write(#"{"format":"praxis.engine/1","name":"engine","key":"\#(key)"}"# + "\n", to: "home/engine.json")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(fleet.path)/home/engine.json")
    let signers = try String(contentsOfFile: "\(fleet.path)/state/policy/allowed_signers", encoding: .utf8)
    let line = try String(contentsOfFile: "\(key).pub", encoding: .utf8).split(separator: " ").prefix(2)
    let kept = signers.split(separator: "\n").filter { !$0.hasPrefix("engine ") }
    try fleet.write(
      (kept + ["engine namespaces=\"git\" \(line.joined(separator: " "))"]).joined(separator: "\n") + "\n",
      to: "state/policy/allowed_signers")
    let policy = try String(contentsOfFile: "\(fleet.path)/state/policy/policy.yaml", encoding: .utf8)
    try fleet.write(
      policy.replacing("version: 1", with: "version: 2")
        .replacing("previous: none", with: "previous: \(Digest(of: policy.utf8))"), to: "state/policy/policy.yaml")
    try await fleet.git(
      as: "../../people/keys/admin", "commit", "--quiet", "-a", "-S", "-m", "The engine has a new key")

    #expect(try await fleet.expect(1, "scan").errors.contains("(redaction-key-missing)"))
    let configuration = try String(contentsOfFile: "\(fleet.path)/state/praxis.yaml", encoding: .utf8)
    try fleet.write(configuration.replacing("  hosts:", with: "  machines:"), to: "state/praxis.yaml")
    try await fleet.git(as: "../../people/keys/admin", "commit", "--quiet", "-a", "-S", "-m", "The source begins anew")
    #expect(try await fleet.expect(3, "scan").output.contains("machines"))
    let proposal = try await fleet.propose("bless", "machines")
    try await fleet.expect(
      0, "approve", proposal.id, "--digest", proposal.digest, "--sign-with", "\(fleet.path)/people/keys/operator")
    try await fleet.expect(0, "scan")
    try await fleet.expect(0, "audit")
  }
}
