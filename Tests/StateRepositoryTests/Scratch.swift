import Facts
import Failures
import Foundation
import Git
import TestSupport
import Testing

@testable import StateRepository

/// A folder of a test's own, with a state repository, a real key and a closed environment; gone with the value.
final class Scratch: Sendable {
  let path: String
  let store: StateStore
  let introduction: ObjectID
  let signer: CommitSigner

  static let start = Timestamp(rfc3339: "2026-11-24T03:00:00Z")!

  init(isBare: Bool = false, configuration: String = Scratch.oneSnapshot) async throws {
    path = NSTemporaryDirectory() + "praxis-state-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let key = "\(path)/engine"
    try Self.run("/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "engine", "-f", key])
    let publicKey = try String(contentsOfFile: "\(key).pub", encoding: .utf8)
    signer = CommitSigner(name: "engine") { payload async throws(Failure) in
      do {
        return try Scratch.run("/usr/bin/ssh-keygen", ["-q", "-Y", "sign", "-n", "git", "-f", key], input: payload)
      } catch {
        throw Failure(.notSigned, key, "\(error)")
      }
    }
    (store, introduction) = try await StateStore.create(
      at: "\(path)/state", isBare: isBare,
      files: [
        "praxis.yaml": Array(configuration.utf8),
        "policy/allowed_signers": Array("engine namespaces=\"git\" \(publicKey)".utf8),
      ], signer: signer, now: Self.start)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  static let oneSnapshot = """
    format: praxis.config/1
    sources:
      hosts:
        authority: snapshot
        directory: /srv/facts
        command: [ ./collect ]
      site:
        authority: ansible
        directory: /srv/ansible
        playbook: site.yml
        inventory: inventory.ini
        max-age: 6h

    """

  var terms: RecordingTerms { terms(at: Self.start.advanced(bySeconds: 60)) }

  func terms(at now: Timestamp) -> RecordingTerms {
    RecordingTerms(signer: signer, lockFile: "\(path)/lock", now: { now }) { _, _ async throws(Failure) in }
  }

  /// Plain git in the repository, with nobody's configuration.
  @discardableResult
  func git(_ arguments: String...) throws -> String {
    try Self.run(
      "/usr/bin/git",
      ["-C", "\(path)/state", "-c", "gpg.format=ssh", "-c", "gpg.ssh.allowedSignersFile=\(path)/allowed"] + arguments,
      home: path)
  }

  func writeAllowedSigners() throws {
    try git("show", "main:policy/allowed_signers").write(
      toFile: "\(path)/allowed", atomically: true, encoding: .utf8)
  }

  @discardableResult
  static func run(
    _ program: String, _ arguments: [String], input: [UInt8] = [], home: String = "/nonexistent"
  ) throws -> String {
    let environment = [
      "PATH": "/usr/bin:/bin", "HOME": home, "LC_ALL": "C.UTF-8", "TZ": "UTC", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_AUTHOR_NAME": "operator", "GIT_AUTHOR_EMAIL": "operator@praxis",
      "GIT_COMMITTER_NAME": "operator", "GIT_COMMITTER_EMAIL": "operator@praxis",
      "GIT_AUTHOR_DATE": "2026-11-24T04:00:00Z", "GIT_COMMITTER_DATE": "2026-11-24T04:00:00Z",
    ]
    let said = try spawn(program, arguments, environment: environment, in: "/", input: input)
    guard said.status == 0 else {
      throw ProgramFailed(program: program, arguments: arguments, output: said.output + said.errors)
    }
    return said.output + said.errors
  }

  struct ProgramFailed: Error {
    var program: String
    var arguments: [String]
    var output: String
  }
}

/// An ansible observation of one target with these subjects.
func observation(
  _ number: Int, of source: String = "site", subjects: [SubjectReport], target: TargetName = "web1",
  state: TargetState = .observed, reasons: [TargetReport.Reason] = []
) throws -> Observation {
  let begin = Scratch.start.advanced(bySeconds: Int64(number))
  return try Observation(
    source: SourceName(source)!, authority: .ansible, run: RunID(begin: begin, tail: UInt16(number)),
    tool: "ansible-core 2.19.14", begin: begin, end: begin.advanced(bySeconds: 1),
    evidence: [.init(name: "events.jsonl", digest: Digest(of: Array("\(number)".utf8)))], desired: nil,
    rules: Digest(of: Array("rules".utf8)),
    declaration: .init(origin: .inventory, isWhole: true, targets: [target]),
    targets: [
      TargetReport(
        target: target, state: state, reasons: reasons, subjects: subjects, listsEverySubject: state == .observed)
    ])
}

func drifted(_ subject: SubjectName, _ observed: String = "0644") -> SubjectReport {
  SubjectReport(
    subject,
    .drifted(.changed, Delta([.init(path: "/mode", .values(desired: "0600", observed: .string(observed)))]), .world))
}
