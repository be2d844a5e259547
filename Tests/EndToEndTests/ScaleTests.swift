import Facts
import Foundation
import StrictJSON
import Testing

/// Tool output of a large fleet, made by the bench's generator, recorded by the program: right in its counts, and quiet when
/// nothing has changed.
@Suite struct ScaleTests {
  @Test(arguments: [
    (source: "network", generate: ["generate-tofu", "output", "2000", "20"], inSync: 1_900, drifted: 100),
    (source: "site", generate: ["generate-ansible", "output", "100", "20", "20"], inSync: 1_900, drifted: 100),
  ])
  func `a second look without change writes the receipt alone, and every subject is counted`(
    source: String, generate: [String], inSync: Int, drifted: Int
  ) async throws {
    let site = try await LargeSite()
    try await site.run(site.bench, generate)
    let first = try await site.ingest(source)
    #expect(first["subjects"] == ["inSync": JSON(inSync), "drifted": JSON(drifted), "unobserved": 0])
    let written = try await site.git("diff", "--name-only", "main~1", "main").split(separator: "\n")
    #expect(written.count { $0.hasPrefix("findings/open/") } == drifted)
    #expect(written.count == drifted + 1)

    try await site.moveOn()
    let second = try await site.ingest(source)
    #expect(second["subjects"] == first["subjects"])
    #expect(try await site.git("diff", "--name-only", "main~1", "main") == "observations/\(source).json\n")
    #expect(try await site.git("fsck", "--strict", "--no-dangling").isEmpty)
  }

  @Test func `nothing but drift is recorded whole, and all of it ends with the run that no longer shows it`()
    async throws
  {
    let site = try await LargeSite()
    try await site.run(site.bench, ["generate-ansible", "output", "50", "20", "1"])
    let first = try await site.ingest("site")
    #expect(first["subjects"] == ["inSync": 0, "drifted": 1_000, "unobserved": 0])
    try await site.run(site.bench, ["generate-ansible", "output", "50", "20", "0"])
    try await site.moveOn()
    let second = try await site.ingest("site")
    #expect(second["subjects"] == ["inSync": 1_000, "drifted": 0, "unobserved": 0])
    let files = try await site.git("ls-tree", "-r", "--name-only", "main", "findings").split(separator: "\n")
    #expect(files.count { $0.hasPrefix("findings/closed/") } == 1_000)
    #expect(files.count == 1_000)
  }
}

/// A state repository with one source of tofu and one of ansible, for output that was made elsewhere.
private final class LargeSite: Sendable {
  let path = NSTemporaryDirectory() + "praxis-scale-\(UUID().uuidString)"
  let bench: String
  private let program: String
  private let environment: [String: String]

  init() async throws {
    program = try Tools.praxis()
    bench = program + "-bench"
    environment = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "\(path)/user", "LC_ALL": "C.UTF-8", "TZ": "UTC",
      "PRAXIS_HOME": "\(path)/home", "PRAXIS_REPO": "\(path)/state",
      "PRAXIS_TEMPLATES": "\(Tools.package)/templates", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    ]
    for folder in ["user", "infra", "output"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    try "- hosts: all\n".write(toFile: "\(path)/infra/site.yml", atomically: true, encoding: .utf8)
    try "".write(toFile: "\(path)/infra/inventory.ini", atomically: true, encoding: .utf8)
    try await run(program, ["init", "\(path)/state", "--generate-keys"])
    try await run(
      program,
      ["source", "add", "network", "--authority", "tofu", "--directory", "\(path)/infra", "--max-age", "36500d"])
    try await run(
      program,
      [
        "source", "add", "site", "--authority", "ansible", "--directory", "\(path)/infra", "--playbook", "site.yml",
        "--inventory", "inventory.ini", "--max-age", "36500d",
      ])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Records what lies in `output`, and says what the status is of the source.
  func ingest(_ source: String) async throws -> JSON {
    let said = try await run(
      program, ["ingest", source, "--from", "\(path)/output", "--json"], expecting: [0, 2])
    return try #require(try JSON(parsing: Array(said.utf8))["sources"]?[0])
  }

  /// Makes of the output one of an hour later.
  func moveOn() async throws {
    try await run(
      "/bin/sh", ["-c", "sed -i 's/2026-11-24T03:/2026-11-24T04:/' '\(path)'/output/*.json*"])
  }

  func git(_ arguments: String...) async throws -> String {
    try await run("/usr/bin/git", ["-C", "\(path)/state"] + arguments)
  }

  @discardableResult
  func run(_ program: String, _ arguments: [String], expecting codes: Set<Int32> = [0]) async throws -> String {
    let said = try await execute(program, arguments, environment: environment, in: path)
    try #require(
      codes.contains(said.code), "\(arguments.joined(separator: " ")) ended with \(said.code)\n\(said.errors)")
    return said.output
  }
}
