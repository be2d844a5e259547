import Ansible
import Engine
import Facts
import Foundation
import Observe
import Secrets
import Testing

/// A copy of Tests/Fixtures/ansible-fleet with hosts that are folders beside it.
struct LiveFleet {
  static let secret = "S3cr3t-of-the-fleet"

  private let folder: URL
  private let binaries: String
  private let package: URL
  private var fleet: URL { folder.appending(path: "fleet") }

  init(_ version: AnsibleLiveTests.Version, ghost: Bool = false) throws {
    package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let (variable, place) =
      switch version {
      case .new: ("PRAXIS_TEST_ANSIBLE", ".tools/ansible/bin")
      case .old: ("PRAXIS_TEST_ANSIBLE_214", ".tools/ansible-2.14/bin")
      }
    binaries = ProcessInfo.processInfo.environment[variable] ?? package.appending(path: place).path
    try #require(
      FileManager.default.isExecutableFile(atPath: "\(binaries)/ansible-playbook"),
      "ansible-core \(version.rawValue) is not in \(binaries); run: make deps")
    folder = FileManager.default.temporaryDirectory.appending(path: "praxis-fleet-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: package.appending(path: "Tests/Fixtures/ansible-fleet"), to: fleet)
    var inventory = "[app]\n"
    for host in ["alpha", "bravo", "charlie"] {
      try FileManager.default.createDirectory(
        at: hosts.appending(path: host), withIntermediateDirectories: true)
      inventory += "\(host) ansible_connection=local root=\(hosts.path)/\(host)\n"
    }
    if ghost {
      inventory += "ghost ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1 root=/nowhere\n"
    }
    inventory += "[app:vars]\ndb_password=\(Self.secret)\n"
    try Data(inventory.utf8).write(to: fleet.appending(path: "inventory.ini"))
  }

  var hosts: URL { folder.appending(path: "hosts") }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  // MARK: Drift by hand

  func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: hosts.appending(path: path))
  }
  /// A file of the source itself.
  func declare(_ text: String, in path: String) throws {
    let file = fleet.appending(path: path)
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }
  var directory: String { fleet.path }
  func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(at: hosts.appending(path: path), withIntermediateDirectories: true)
  }
  func remove(_ path: String) throws { try FileManager.default.removeItem(at: hosts.appending(path: path)) }
  func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: hosts.appending(path: path).path)
  }
  /// Takes away the settings beside the playbook, and puts others into the home.
  func replaceSettings(home text: String) throws {
    try FileManager.default.removeItem(at: fleet.appending(path: "ansible.cfg"))
    try Data(text.utf8).write(to: folder.appending(path: ".ansible.cfg"))
  }
  /// A second name of a file.
  func link(_ path: String, as other: String) throws {
    try FileManager.default.linkItem(at: hosts.appending(path: path), to: hosts.appending(path: other))
  }
  func setMode(_ mode: Int, of path: String) throws {
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: hosts.appending(path: path).path)
  }

  // MARK: ansible

  func converge(_ playbook: String) async throws {
    try await run("ansible-playbook", ["-i", "inventory.ini", playbook])
  }

  func run(_ program: String, _ words: [String]) async throws {
    let process = Process()
    process.executableURL = URL(filePath: "\(binaries)/\(program)")
    process.arguments = words
    process.environment = [
      "PATH": "/usr/bin:/bin", "HOME": folder.path, "LANG": "C.UTF-8",
      "ANSIBLE_CONFIG": fleet.appending(path: "ansible.cfg").path,
    ]
    process.currentDirectoryURL = fleet
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let code: Int32 = try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { continuation.resume(throwing: error) }
    }
    try #require(code == 0, "\(program) \(words) failed")
  }

  func observe(
    _ playbook: String, targets: [TargetName]? = nil, inventory: String = "inventory.ini", isStrict: Bool = false,
    variables: [String: String] = [:], realTasks: [String] = [],
    announce: @escaping @Sendable (RealTask) -> Void = { _ in }
  ) async throws -> Observation {
    let evidence = folder.appending(path: "evidence-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: evidence, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let key = try #require(RedactionKey(epoch: "e1", secret: Array(repeating: 7, count: 32)))
    let name = try #require(SourceName("site"))
    let begin = try #require(Timestamp(rfc3339: "2026-11-24T03:00:00Z"))
    let request = ObservationRequest(
      source: SourceConfiguration(
        name: name,
        authority: .ansible(
          .init(
            binaryDirectory: binaries, playbook: playbook, inventory: inventory, allowedRealTasks: realTasks)),
        directory: fleet.path, environment: .init(set: variables), timeoutSeconds: 600),
      run: RunID(begin: begin, tail: 1), targets: targets,
      redactor: Redactor(key: key, keyPatterns: Configuration.defaultRedactedKeys),
      rules: Digest(of: Array("rules".utf8)), evidenceFolder: evidence.path, home: folder.path,
      environment: [:],
      callbackFolder: package.appending(path: "templates/ansible/callback").path, strictReadOnly: isStrict,
      now: { begin }, announce: announce)
    return try await request.source.authority.asked.observe(request)
  }
}
