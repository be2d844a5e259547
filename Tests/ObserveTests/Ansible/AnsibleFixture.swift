import Engine
import Facts
import Foundation
import Observe
import Secrets
import Testing

/// The recorded runs, and a request that is the same on every machine.
enum AnsibleFixture {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/ansible")

  static let cases: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }()

  static let begin = Timestamp(rfc3339: "2026-11-24T03:00:00Z")!
  static let end = Timestamp(rfc3339: "2026-11-24T03:01:00Z")!

  static func request(
    targets: [TargetName]? = nil, directory: String = "/nowhere",
    ansible: AuthorityConfiguration.Ansible = .init(playbook: "site.yml", inventory: "inventory.ini")
  ) -> ObservationRequest {
    let key = RedactionKey(epoch: "e1", secret: Array(repeating: 7, count: 32))!
    let name = SourceName("site")!
    return ObservationRequest(
      source: SourceConfiguration(
        name: name, authority: .ansible(ansible),
        directory: directory),
      run: RunID(begin: begin, tail: 0x5f2c), targets: targets,
      redactor: Redactor(key: key, keyPatterns: Configuration.defaultRedactedKeys),
      rules: Digest(of: Array("rules".utf8)), evidenceFolder: "/nowhere", home: "/nowhere", environment: [:],
      callbackFolder: "/nowhere", now: { begin })
  }

  static func ingest(
    _ folder: URL, targets: [TargetName]? = nil, ansible: AuthorityConfiguration.Ansible? = nil
  ) throws -> Observation {
    let own = try ansible ?? .init(playbook: playbook(in: folder), inventory: "inventory.ini")
    let request = request(targets: targets, ansible: own)
    return try request.source.authority.asked.ingest(
      request, RecordedTimes(begin: begin, end: end), folder: folder.path)
  }

  /// The playbook that a recorded run names, as a source beside it would.
  private static func playbook(in folder: URL) throws -> String {
    for name in ["events.jsonl", "run.json"] {
      let text = (try? Data(contentsOf: folder.appending(path: name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
      if let match = text.firstMatch(of: #/"path": ?"/[^"]*?(?<name>[a-z-]+\.yml)[:"]/#) { return String(match.name) }
    }
    return "site.yml"
  }

  static func ingest(case name: String) throws -> Observation { try ingest(root.appending(path: name)) }

  /// Reads events that a test writes itself.
  static func ingest(
    lines: [String], code: String? = "0", targets: [TargetName] = ["alpha"], errors: String? = nil
  ) throws -> Observation {
    try withFolder { folder in
      try write(lines.map { $0 + "\n" }.joined(), "events.jsonl", in: folder)
      if let code { try write(code + "\n", "ansible.rc", in: folder) }
      if let errors { try write(errors, "ansible.err", in: folder) }
      try write(targets.map { "\($0)\n" }.joined(), "targets.txt", in: folder)
      return try ingest(folder)
    }
  }

  static func write(_ text: String, _ name: String, in folder: URL) throws {
    try Data(text.utf8).write(to: folder.appending(path: name))
  }

  static func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "praxis-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}

extension Observation {
  func report(on target: TargetName) throws -> TargetReport {
    try #require(targets.first { $0.target == target })
  }
}

extension TargetReport {
  func subject(_ part: String) throws -> SubjectReport {
    try #require(subjects.first { $0.subject.text.contains(part) }, "no subject holds \(part)")
  }

  var drifted: [SubjectName] {
    subjects.compactMap { if case .drifted = $0.state { $0.subject } else { nil } }
  }
}
