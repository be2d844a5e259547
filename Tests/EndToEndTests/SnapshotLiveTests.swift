import Engine
import Facts
import Failures
import Foundation
import Observe
import Secrets
import Testing

/// The snapshot authority against a real ansible and a real collector.
@Suite struct SnapshotLiveTests {
  @Test
  func
    `the facts of a real host come back, the one that is not there is unreachable, and two looks are the same`()
    async throws
  {
    let site = try Site()
    try site.write(
      """
      web1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3
      gone ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1 ansible_ssh_common_args="-o ConnectTimeout=5"
      """, to: "inventory.ini")
    let first = try await site.observe(try site.ansibleFacts())
    #expect(first.tool.hasPrefix("ansible-core 2."))
    #expect(first.declaration == .init(origin: .inventory, isWhole: true, targets: ["gone", "web1"]))
    #expect(first.targets.map(\.state) == [.unreachable, .observed])
    let facts = try #require(first.targets[1].facts)
    #expect(facts["kernel"]?.string?.isEmpty == false && facts["interfaces"]?.array?.isEmpty == false)
    #expect(facts["date_time"] == nil && facts["env"] == nil && facts["local"] == nil)
    let second = try await site.observe(try site.ansibleFacts(), only: ["web1"])
    #expect(second.targets.map(\.target) == ["web1"] && !second.declaration.isWhole)
    #expect(second.targets[0].facts == facts)
  }

  @Test func `hosts that an inventory's own cache remembers are not asked for facts, and those that came are`()
    async throws
  {
    let site = try Site()
    try FileManager.default.createDirectory(atPath: "\(site.path)/plugins", withIntermediateDirectories: true)
    try site.write(InventoryCacheTests.plugin, to: "plugins/listed.py")
    try site.write(
      "[defaults]\ninventory_plugins = plugins\ninterpreter_python = /usr/bin/python3\n[inventory]\nenable_plugins = listed",
      to: "ansible.cfg")
    try site.write(
      "plugin: listed\nhosts: \(site.path)/hosts\ncache: true\ncache_plugin: jsonfile\ncache_connection: \(site.path)/cache",
      to: "listed.yml")
    try site.write("old stays", to: "hosts")
    _ = try await site.observe(try site.ansibleFacts(of: "listed.yml"))
    try site.write("stays came", to: "hosts")
    let found = try await site.observe(try site.ansibleFacts(of: "listed.yml"))
    #expect(found.targets.map(\.target) == ["came", "stays"] && found.targets.allSatisfy { $0.state == .observed })
  }

  @Test func `an inventory that is not there is an error, and so is an empty one`() async throws {
    let site = try Site()
    let missing = await #expect(throws: Failure.self) { try await site.observe(try site.ansibleFacts()) }
    #expect(missing?.code == .unreadable)
    try site.write("[web]\n", to: "inventory.ini")
    let empty = await #expect(throws: Failure.self) { try await site.observe(try site.ansibleFacts()) }
    #expect(empty?.code == .configuration)
  }

  @Test func `a shell collector of the site's own brings its facts, and one that breaks off closes nothing`()
    async throws
  {
    let site = try Site()
    try site.write(
      """
      #!/bin/sh
      printf '{"target": "here", "facts": {"os": "%s", "motd": "password = hunter2"}}\\n' "$(uname -s)"
      [ ! -e broken ] || exit 1
      """, to: "collect")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(site.path)/collect")
    let command = AuthorityConfiguration.Snapshot(collector: .command(["./collect"]))
    let whole = try await site.observe(command)
    #expect(whole.tool == "collector collect")
    #expect(whole.targets.map(\.state) == [.observed])
    #expect(whole.targets[0].facts?["os"] == "Linux")
    #expect(whole.targets[0].facts?["motd"]?.string?.hasPrefix("password = [redacted hmac-sha256:") == true)
    try site.write("", to: "broken")
    let broken = try await site.observe(command)
    #expect(broken.targets.map(\.state) == [.partly])
    #expect(broken.targets[0].reasons.map(\.code) == [.toolFailed] && !broken.targets[0].listsEverySubject)
    #expect(broken.targets[0].facts == whole.targets[0].facts)
  }
}

/// A source's directory, thrown away with the test.
private final class Site {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "praxis-snapshot-\(UUID().uuidString)"
    for folder in [path, "\(path)/home"] {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try (text + "\n").write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  func ansibleFacts(of inventory: String = "inventory.ini") throws -> AuthorityConfiguration.Snapshot {
    let binaries =
      ProcessInfo.processInfo.environment["PRAXIS_TEST_ANSIBLE"]
      ?? Self.project.appendingPathComponent(".tools/ansible/bin").path
    guard FileManager.default.isExecutableFile(atPath: "\(binaries)/ansible-playbook") else {
      throw MissingTool(description: "no ansible-playbook in \(binaries): run `make deps`")
    }
    return .init(collector: .ansibleFacts(inventory: inventory, binaryDirectory: binaries))
  }

  func observe(_ snapshot: AuthorityConfiguration.Snapshot, only: [TargetName]? = nil) async throws -> Observation {
    let evidence = "\(path)/evidence-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: evidence, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let begin = Timestamp(rfc3339: "2026-11-24T03:00:00.000000Z")!
    let request = ObservationRequest(
      source: SourceConfiguration(
        name: SourceName("hosts")!, authority: .snapshot(snapshot), directory: path, timeoutSeconds: 300),
      run: RunID(begin: begin, tail: 1), targets: only,
      redactor: Redactor(
        key: RedactionKey(epoch: "k1", secret: Array(repeating: 7, count: 32))!,
        keyPatterns: Configuration.defaultRedactedKeys),
      rules: Digest(of: [UInt8]("rules".utf8)), evidenceFolder: evidence, home: "\(path)/home",
      environment: ["PATH": "/usr/bin:/bin"],
      callbackFolder: Self.project.appendingPathComponent("templates/ansible/callback").path, now: { begin })
    return try await request.source.authority.asked.observe(request)
  }

  private static let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent()
}

private struct MissingTool: Error, CustomStringConvertible {
  let description: String
}
