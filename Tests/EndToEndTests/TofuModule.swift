import Engine
import Facts
import Failures
import Foundation
import Observe
import Secrets
import Testing

/// A root module with four resources in a folder of the test's own.
final class TofuModule {
  let path = NSTemporaryDirectory() + "praxis-tofu-\(UUID().uuidString)"
  let secret = "canary-\(UUID().uuidString)"
  private(set) var evidence = ""
  private let terraform: String
  private let configuration: String

  init(isConverged: Bool = true) async throws {
    terraform = try Tools.terraform()
    configuration = try Tools.providerConfiguration()
    for folder in ["module", "live", "home"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    try declare(motd: "hello")
    guard isConverged else { return }
    try await succeed(["init", "-input=false", "-no-color"])
    try await apply()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func apply() async throws { try await succeed(["apply", "-auto-approve", "-input=false", "-no-color"]) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  func declare(motd: String) throws {
    try write(
      """
      terraform {
        required_providers { driftfile = { source = "local.test/drift/driftfile" } }
      }
      resource "driftfile_file" "motd" {
        path    = "\(path)/live/motd"
        content = "\(motd)\\n"
      }
      resource "driftfile_file" "zone" {
        for_each = toset(["a", "b"])
        path     = "\(path)/live/zone-${each.key}"
        content  = "zone ${each.key}\\n"
      }
      resource "driftfile_secret" "token" {
        path    = "\(path)/live/token"
        content = "\(secret)"
      }
      output "motd" { value = driftfile_file.motd.path }

      """, to: "module/main.tf")
  }

  func request(
    binary: String? = nil, workspace: String = "default", variables: [String: String] = [:],
    timeoutSeconds: Int64 = 300
  ) -> ObservationRequest {
    let now = Timestamp(rfc3339: "2026-11-24T03:00:00.000000Z")!
    let variables = variables.merging(["TF_CLI_CONFIG_FILE": configuration]) { given, _ in given }
    return ObservationRequest(
      source: SourceConfiguration(
        name: SourceName("network")!,
        authority: .tofu(.init(binary: binary ?? terraform, workspace: workspace)),
        directory: "\(path)/module",
        environment: .init(set: variables), timeoutSeconds: timeoutSeconds),
      run: RunID(begin: now, tail: 1),
      redactor: Redactor(
        key: RedactionKey(epoch: "k1", secret: Array(repeating: 7, count: 32))!,
        keyPatterns: Configuration.defaultRedactedKeys),
      rules: Digest(of: [UInt8]("rules".utf8)), evidenceFolder: evidence, home: "\(path)/home",
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], callbackFolder: "/nowhere", now: { now })
  }

  func observe(
    binary: String? = nil, workspace: String = "default", variables: [String: String] = [:],
    timeoutSeconds: Int64 = 300, reusesEvidence: Bool = false
  ) async throws -> Observation {
    if !reusesEvidence {
      evidence = "\(path)/evidence-\(UUID().uuidString)"
      try FileManager.default.createDirectory(
        atPath: evidence, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    let request = request(
      binary: binary, workspace: workspace, variables: variables, timeoutSeconds: timeoutSeconds)
    return try await request.source.authority.asked.observe(request)
  }

  private func succeed(_ arguments: [String]) async throws {
    let said = try await execute(
      terraform, arguments,
      environment: [
        "PATH": "/usr/bin:/bin", "HOME": "\(path)/home", "TF_CLI_CONFIG_FILE": configuration,
        "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1",
      ], in: "\(path)/module")
    try #require(said.code == 0, "\(arguments): \(said.output)\(said.errors)")
  }
}
