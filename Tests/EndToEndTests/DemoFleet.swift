import Facts
import Foundation
import StrictJSON
import Testing

/// The demo's fleet in a folder of the test's own: three machines, a small cloud, what declares them, and a state repository.
final class DemoFleet: Sendable {
  let path: String
  let secret = "canary-\(UUID().uuidString)"
  let environment: [String: String]
  private let terraform: String
  private let ansible: String
  private let program: String

  /// - Parameter extra: variables of praxis' own environment beside those that the fleet needs.
  init(_ extra: [String: String] = [:]) async throws {
    path = NSTemporaryDirectory() + "praxis-fleet-\(UUID().uuidString)"
    terraform = try Tools.terraform()
    ansible = try Tools.ansible()
    program = try Tools.praxis()
    let own = [
      "PATH": "\(ansible):/usr/local/bin:/usr/bin:/bin", "HOME": "\(path)/user", "LC_ALL": "C.UTF-8", "TZ": "UTC",
      "PRAXIS_HOME": "\(path)/home", "PRAXIS_REPO": "\(path)/state",
      "PRAXIS_TEMPLATES": "\(Tools.package)/templates", "TF_CLI_CONFIG_FILE": try Tools.providerConfiguration(),
      "CHECKPOINT_DISABLE": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    ]
    environment = own.merging(extra) { own, _ in own }
    let demo = "\(Tools.package)/templates/demo"
    try FileManager.default.createDirectory(atPath: "\(path)/user", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: "\(demo)/fleet", toPath: "\(path)/infra")
    try await succeed("\(demo)/machines", ["\(path)/machines"])
    try FileManager.default.createDirectory(
      atPath: "\(path)/infra/ansible/group_vars", withIntermediateDirectories: true)
    try write("machines: \(path)/machines\n", to: "infra/ansible/group_vars/all.yml")
    try write("cloud = \"\(path)/cloud\"\nvpn_key = \"\(secret)\"\n", to: "infra/network/terraform.tfvars")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Applies what is declared, with the tools that own it.
  func converge(limit: String? = nil) async throws {
    try await succeed(
      "\(ansible)/ansible-playbook", ["site.yml"] + (limit.map { ["--limit", $0] } ?? []), in: "infra/ansible")
    if !FileManager.default.fileExists(atPath: "\(path)/infra/network/.terraform") {
      try await succeed(terraform, ["init", "-input=false"], in: "infra/network")
    }
    try await succeed(terraform, ["apply", "-input=false", "-auto-approve"], in: "infra/network")
  }

  /// A state repository with generated keys and the three sources.
  func initialise() async throws {
    try await expect(0, "init", "\(path)/state", "--generate-keys", "--without-remote")
    try await expect(
      0, "source", "add", "network", "--authority", "tofu", "--directory", "\(path)/infra/network", "--binary",
      terraform, "--set-environment", "TF_CLI_CONFIG_FILE=\(try Tools.providerConfiguration())")
    try await expect(
      0, "source", "add", "site", "--authority", "ansible", "--directory", "\(path)/infra/ansible", "--playbook",
      "site.yml", "--inventory", "inventory.ini", "--binary-directory", ansible)
    try await expect(
      0, "source", "add", "hosts", "--authority", "snapshot", "--directory", "\(path)/infra/hosts", "--command",
      "./collect", "\(path)/machines")
  }

  /// Approves a proposal as an operator does: with plain git, in the work tree.
  func merge(_ branch: String) async throws {
    try await succeed(
      "/usr/bin/git",
      [
        "-c", "gpg.format=ssh", "-c", "user.signingkey=\(path)/home/keys/operator", "-c", "user.name=operator", "-c",
        "user.email=operator@praxis", "merge", "--quiet", "--no-ff", "-S", "-m", "Bless the facts of the hosts",
        branch,
      ], in: "state")
  }

  @discardableResult
  func praxis(_ arguments: String...) async throws -> Said {
    try await execute(program, arguments, environment: environment, in: path)
  }

  /// Runs a command of praxis' with whatever exit code.
  func say(_ arguments: [String]) async throws -> Said {
    try await execute(program, arguments, environment: environment, in: path)
  }

  /// Runs praxis and checks its exit code; what it said stands in the failure.
  @discardableResult
  func expect(_ code: Int32, _ arguments: String...) async throws -> Said {
    let said = try await execute(program, arguments, environment: environment, in: path)
    try #require(
      said.code == code,
      "praxis \(arguments.joined(separator: " ")) ended with \(said.code)\n\(said.output)\(said.errors)")
    return said
  }

  func git(_ arguments: String...) async throws -> String {
    let said = try await execute(
      "/usr/bin/git", ["-C", "\(path)/state"] + arguments, environment: environment, in: path)
    try #require(said.code == 0, "git \(arguments.joined(separator: " "))\n\(said.errors)")
    return said.output + said.errors
  }

  func findings(_ arguments: String...) async throws -> [JSON] {
    let said = try await execute(
      program, ["findings", "--output", "json"] + arguments, environment: environment, in: path)
    return try #require(try JSON(parsing: Array(said.output.utf8))["findings"]?.array)
  }

  /// Runs a tool of the ansible installation.
  func ansible(_ name: String, _ arguments: [String], in folder: String) async throws {
    try await succeed("\(ansible)/\(name)", arguments, in: folder)
  }

  var ansibleFolder: String { ansible }

  func sh(_ script: String) async throws {
    try await succeed("/bin/sh", ["-euc", script])
  }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  private func succeed(_ program: String, _ arguments: [String], in folder: String = ".") async throws {
    let said = try await execute(program, arguments, environment: environment, in: "\(path)/\(folder)")
    try #require(said.code == 0, "\(program) \(arguments.joined(separator: " "))\n\(said.output)\(said.errors)")
  }
}
