import Facts
import Foundation
import StrictJSON
import Testing

/// One snapshot source with a shell collector of the test's own, and a state repository with generated keys: quick to make.
final class SmallFleet: Sendable {
  let path: String
  let environment: [String: String]
  let program: String

  /// - Parameters:
  ///   - facts: what the collector says of `web1`, as a JSON object.
  ///   - needsTwo: whether bob is an operator, too, and each approval takes two people.
  init(_ facts: String = #"{"os":"12.1","kernel":"6.1"}"#, needsTwo: Bool = false) async throws {
    path = NSTemporaryDirectory() + "praxis-small-\(UUID().uuidString)"
    program = try Tools.praxis()
    environment = [
      "PATH": "/usr/bin:/bin", "HOME": "\(path)/user", "LC_ALL": "C.UTF-8", "TZ": "UTC",
      "PRAXIS_HOME": "\(path)/home", "PRAXIS_REPO": "\(path)/state", "PRAXIS_TEMPLATES": "\(Tools.package)/templates",
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "operator",
      "GIT_AUTHOR_EMAIL": "operator@praxis", "GIT_COMMITTER_NAME": "operator",
      "GIT_COMMITTER_EMAIL": "operator@praxis",
    ]
    for folder in ["user", "source"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    try write("#!/bin/sh\ncat \(path)/source/facts\n", to: "source/collect")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(path)/source/collect")
    try observe(facts)
    if needsTwo {
      try await initialiseForTwo()
    } else {
      try await expect(0, "init", "\(path)/state", "--generate-keys")
    }
    try await expect(
      0, "source", "add", "hosts", "--authority", "snapshot", "--directory", "\(path)/source", "--command", "./collect")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A site's own keys, and a policy that an admin made stricter by a signed commit.
  private func initialiseForTwo() async throws {
    let keys = "\(path)/home/keys"
    try FileManager.default.createDirectory(
      atPath: keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for name in ["engine", "admin", "operator", "bob"] { try await makeKey(name) }
    try await expect(
      0, "init", "\(path)/state", "--admin", "admin=\(keys)/admin.pub", "--operator", "operator=\(keys)/operator.pub",
      "--operator", "bob=\(keys)/bob.pub", "--engine-key", "\(keys)/engine")
    let policy = "\(path)/state/policy/policy.yaml"
    let before = try String(contentsOfFile: policy, encoding: .utf8)
    let after = before.replacing("version: 1", with: "version: 2")
      .replacing("previous: none", with: "previous: \(Digest(of: before.utf8))")
      .replacing("T1: { approvals: 1", with: "T1: { approvals: 2")
    try write(after, to: "state/policy/policy.yaml")
    try await git(as: "admin", "commit", "--quiet", "-a", "-S", "-m", "Two people for every decision")
  }

  /// What the collector says from now on.
  func observe(_ facts: String) throws {
    try write("{\"target\":\"web1\",\"facts\":\(facts)}\n", to: "source/facts")
  }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  /// Runs praxis and checks its exit code; what it said stands in the failure.
  @discardableResult
  func expect(
    _ code: Int32, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Said {
    let said = try await execute(program, arguments, environment: environment, in: path)
    try #require(
      said.code == code,
      "praxis \(arguments.joined(separator: " ")) ended with \(said.code)\n\(said.output)\(said.errors)",
      sourceLocation: sourceLocation)
    return said
  }

  /// Proposes and gives the proposal's id and digest.
  func propose(_ arguments: String...) async throws -> (id: String, digest: String) {
    let said = try await execute(
      program, ["propose"] + arguments + ["--json"], environment: environment, in: path)
    try #require(said.code == 0, "propose \(arguments)\n\(said.output)\(said.errors)")
    let json = try JSON(parsing: Array(said.output.utf8))
    return (try #require(json["id"]?.string), try #require(json["digest"]?.string))
  }

  /// The only open finding's id.
  func finding() async throws -> String {
    let said = try await expect(0, "findings", "--json")
    let findings = try #require(try JSON(parsing: Array(said.output.utf8))["findings"]?.array)
    try #require(findings.count == 1, "\(said.output)")
    return try #require(findings[0]["id"]?.string)
  }

  /// Blesses what is there, by praxis itself.
  func bless(_ targets: String...) async throws {
    try await expect(3, "scan")
    let proposal = try await propose("bless", "hosts")
    try await expect(0, "approve", proposal.id, "--digest", proposal.digest)
    try await expect(0, "scan")
  }

  /// An admin's next policy, after the first one: two people for every decision.
  func askForTwo(over first: String) async throws {
    try write(
      first.replacing("version: 1", with: "version: 2")
        .replacing("previous: none", with: "previous: \(Digest(of: first.utf8))")
        .replacing("T1: { approvals: 1", with: "T1: { approvals: 2"), to: "state/policy/policy.yaml")
    try await git(as: "admin", "commit", "--quiet", "-a", "-S", "-m", "Two people for every decision")
  }

  /// Plain git in the work tree, signing with the key of that name.
  @discardableResult
  func git(as key: String = "operator", _ arguments: String...) async throws -> String {
    try await git(as: key, arguments)
  }

  /// The same.
  @discardableResult
  func git(as key: String = "operator", _ arguments: [String]) async throws -> String {
    let said = try await execute(
      "/usr/bin/git",
      [
        "-C", "\(path)/state", "-c", "gpg.format=ssh", "-c", "user.signingkey=\(path)/home/keys/\(key)", "-c",
        "advice.detachedHead=false",
      ] + arguments, environment: environment, in: path)
    try #require(said.code == 0, "git \(arguments.joined(separator: " "))\n\(said.output)\(said.errors)")
    return said.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A key that the policy does not name.
  func makeKey(_ name: String) async throws {
    let said = try await execute(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(path)/home/keys/\(name)"],
      environment: environment, in: path)
    try #require(said.code == 0, "\(said.errors)")
  }

  /// How many observations wait in the spool.
  func waiting() throws -> Int {
    let spool = "\(path)/home/spool"
    let walker = try #require(FileManager.default.enumerator(atPath: spool))
    return walker.compactMap { $0 as? String }.count { $0.contains("/pending/") }
  }
}
