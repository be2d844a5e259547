import Facts
import Foundation
import StrictJSON
import Testing

/// A state repository with one source, a shell collector over files in `facts/`: all of praxis, and no other tool to wait for.
final class SnapshotFleet: Sendable {
  let path: String
  let program: String
  let environment: [String: String]
  let home: String
  let repository: String
  /// The one that made the folder, and takes it away.
  private let first: SnapshotFleet?

  /// - Parameter facts: what the collector says of each host at first.
  init(_ facts: [String: String] = ["web1": #"{"os":"Debian 12"}"#]) async throws {
    path = NSTemporaryDirectory() + "praxis-small-\(UUID().uuidString)"
    home = "\(path)/home"
    repository = "\(path)/state"
    first = nil
    program = try Tools.praxis()
    environment = [
      "PATH": "/usr/bin:/bin", "HOME": "\(path)/user", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PRAXIS_HOME": home,
      "PRAXIS_REPO": repository, "PRAXIS_TEMPLATES": "\(Tools.package)/templates",
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    ]
    for folder in ["user", "facts"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    for (host, facts) in facts { try report(host, facts) }
    try await expect(0, "init", "\(path)/state", "--generate-keys", "--without-remote")
    try await expect(
      0, "source", "add", "hosts", "--authority", "snapshot", "--directory", path, "--command", "/bin/sh", "-c",
      #"for f in "$0"/*; do printf '{"target":"%s","facts":%s}\n' "${f##*/}" "$(cat "$f")"; done"#, "\(path)/facts")
  }

  /// Another installation beside the first one, with a clone of its own.
  init(beside first: SnapshotFleet, home: String, repository: String) {
    (path, program) = (first.path, first.program)
    (self.home, self.repository, self.first) = (home, repository, first)
    environment = first.environment.merging(["PRAXIS_HOME": home, "PRAXIS_REPO": repository]) { _, own in own }
  }

  deinit { if first == nil { try? FileManager.default.removeItem(atPath: path) } }

  /// How many observations wait in the spool.
  func waiting() throws -> Int {
    try FileManager.default.subpathsOfDirectory(atPath: "\(home)/spool").count {
      $0.contains("/pending/") && $0.hasSuffix(".json")
    }
  }

  /// What the collector says of a host from now on.
  func report(_ host: String, _ facts: String) throws {
    try facts.write(toFile: "\(path)/facts/\(host)", atomically: true, encoding: .utf8)
  }

  /// Scans, proposes and approves: what is there now is the known-good.
  func bless() async throws {
    try await expect(3, "scan")
    let proposed = try await expect(0, "propose", "bless", "hosts", "--json")
    let branch = try #require(try JSON(parsing: Array(proposed.output.utf8))["branch"]?.string)
    try await git(
      "-c", "user.signingkey=\(path)/home/keys/operator", "-c", "user.name=operator", "-c",
      "user.email=operator@praxis", "merge", "--quiet", "--no-ff", "-S", "-m", "Bless", branch)
    try await expect(0, "scan")
  }

  /// Proposes and gives the proposal's id and digest.
  func propose(_ arguments: String...) async throws -> (id: String, digest: String) {
    let said = try await execute(program, ["propose"] + arguments + ["--json"], environment: environment, in: path)
    try #require(said.code == 0, "propose \(arguments)\n\(said.output)\(said.errors)")
    let json = try JSON(parsing: Array(said.output.utf8))
    return (try #require(json["id"]?.string), try #require(json["digest"]?.string))
  }

  @discardableResult
  func expect(_ codes: Int32..., arguments: [String]) async throws -> Said {
    let said = try await execute(program, arguments, environment: environment, in: path)
    try #require(
      codes.contains(said.code),
      "praxis \(arguments.joined(separator: " ")) ended with \(said.code)\n\(said.output)\(said.errors)")
    return said
  }

  @discardableResult
  func expect(_ code: Int32, _ arguments: String...) async throws -> Said {
    try await expect(code, arguments: arguments)
  }

  @discardableResult
  func git(_ arguments: String...) async throws -> String {
    let said = try await execute(
      "/usr/bin/git", ["-C", repository] + arguments, environment: environment, in: path)
    try #require(said.code == 0, "git \(arguments.joined(separator: " "))\n\(said.errors)")
    return said.output.trimmingCharacters(in: .newlines)
  }

  func commits() async throws -> Int {
    Int(try await git("rev-list", "--first-parent", "--count", "main")) ?? 0
  }
}
