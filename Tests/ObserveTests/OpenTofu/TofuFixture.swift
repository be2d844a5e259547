import Engine
import Facts
import Foundation
import Observe
import Secrets
import Testing

/// The recorded runs, and a request that is the same on every machine.
enum TofuFixture {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/tofu")

  static let cases: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    return names.filter { !$0.hasPrefix(".") }.sorted()
  }()

  static let begin = Timestamp(rfc3339: "2026-11-24T03:00:00Z")!
  static let end = Timestamp(rfc3339: "2026-11-24T03:01:00Z")!
  static let redactor = Redactor(
    key: RedactionKey(epoch: "e1", secret: Array(repeating: 7, count: 32))!,
    keyPatterns: Configuration.defaultRedactedKeys)

  static func request(
    directory: String = "/nowhere", tofu: AuthorityConfiguration.Tofu = .init(), targets: [TargetName]? = nil,
    variables: SourceConfiguration.PassedEnvironment = .init(), environment: [String: String] = [:],
    evidence: String = "/nowhere"
  ) -> ObservationRequest {
    ObservationRequest(
      source: SourceConfiguration(
        name: SourceName("network")!, authority: .tofu(tofu), directory: directory, environment: variables),
      run: RunID(begin: begin, tail: 0x5f2c), targets: targets, redactor: redactor,
      rules: Digest(of: Array("rules".utf8)), evidenceFolder: evidence, home: "/nowhere",
      environment: environment, callbackFolder: "/nowhere", now: { begin })
  }

  static func ingest(_ folder: URL, begin: Timestamp = begin) throws -> Observation {
    try request().source.authority.asked
      .ingest(request(), RecordedTimes(begin: begin, end: max(begin, end)), folder: folder.path)
  }

  static func ingest(case name: String) throws -> Observation { try ingest(root.appending(path: name)) }

  static func report(case name: String) throws -> TargetReport {
    try #require(try ingest(case: name).targets.first)
  }

  /// A case's files, changed by a test, read.
  static func report(
    case name: String, _ change: (URL) throws -> Void
  ) throws -> TargetReport {
    try withCopy(of: name) { folder in
      try change(folder)
      return try #require(try ingest(folder).targets.first)
    }
  }

  static func withCopy<Value>(of name: String, _ body: (URL) throws -> Value) throws -> Value {
    try withFolder { folder in
      let source = root.appending(path: name)
      for file in try FileManager.default.contentsOfDirectory(atPath: source.path) {
        try FileManager.default.copyItem(at: source.appending(path: file), to: folder.appending(path: file))
      }
      return try body(folder)
    }
  }

  /// Puts one text for another in a file; the first has to be there.
  static func replace(_ old: String, _ new: String, in file: String, of folder: URL) throws {
    let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    try #require(text.contains(old), "\(file) does not hold \(old)")
    try Data(text.replacingOccurrences(of: old, with: new).utf8).write(to: folder.appending(path: file))
  }

  static func withFolder<Value>(_ body: (URL) throws -> Value) throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "praxis-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }
}

extension TargetReport {
  func named(_ subject: SubjectName) throws -> SubjectReport {
    try #require(subjects.first { $0.subject == subject }, "there is no subject \(subject)")
  }

  func drift(of subject: SubjectName) throws -> (kind: Kind, delta: Delta, cause: Cause?) {
    guard case .drifted(let kind, let delta, let cause) = try named(subject).state else {
      throw NotDrifted(subject: subject)
    }
    return (kind, delta, cause)
  }

  struct NotDrifted: Error { let subject: SubjectName }
}
