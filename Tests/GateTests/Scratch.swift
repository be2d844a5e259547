import Failures
import Foundation
import TestSupport
import Testing

@testable import Gate

/// A folder of its own for one test, removed at the end.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/gate-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func write(_ bytes: [UInt8], to name: String, mode: Int = 0o600) throws {
    let url = URL(fileURLWithPath: file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: file(name))))
  }

  func text(_ name: String) throws -> String { String(decoding: try read(name), as: UTF8.self) }

  func key(_ name: String) async throws -> SigningKey {
    try await SigningKey.generate(at: file(name), comment: "\(name)@example.org")
  }

  @discardableResult
  func git(_ arguments: String..., input: String = "") throws -> String { try git(arguments, input: input) }

  @discardableResult
  func git(_ arguments: [String], input: String = "") throws -> String {
    let outcome = try run("/usr/bin/git", arguments, input: Array(input.utf8))
    guard outcome.status == 0 else { throw Failed(what: arguments.joined(separator: " "), outcome: outcome) }
    return outcome.output.trimmingCharacters(in: .newlines)
  }

  @discardableResult
  func keygen(_ arguments: String..., input: [UInt8] = []) throws -> String {
    let outcome = try run("/usr/bin/ssh-keygen", arguments, input: input)
    guard outcome.status == 0 else { throw Failed(what: arguments.joined(separator: " "), outcome: outcome) }
    return outcome.output
  }

  /// Runs a real program in this folder, in a closed environment.
  func run(
    _ program: String, _ arguments: [String], input: [UInt8] = []
  ) throws -> (status: Int32, output: String, errors: String) {
    let environment = [
      "PATH": "/usr/bin:/bin", "HOME": path, "LC_ALL": "C.UTF-8", "GIT_CONFIG_GLOBAL": "/dev/null",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
      "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org", "TZ": "UTC",
      "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
    ]
    let said = try spawn(program, arguments, environment: environment, in: path, input: input)
    return (said.status, said.output, said.errors)
  }

  struct Failed: Error {
    let what: String
    let outcome: (status: Int32, output: String, errors: String)
  }
}

/// Expects a refusal, or an inability, for exactly this reason.
func expect(
  _ reason: Failure.Code, _ body: () async throws -> Void,
  sourceLocation: SourceLocation = #_sourceLocation
) async {
  do {
    try await body()
    Issue.record("expected \(reason.word), and nothing was refused", sourceLocation: sourceLocation)
  } catch let error as Failure {
    #expect(error.code == reason, "\(error)", sourceLocation: sourceLocation)
  } catch {
    Issue.record("expected \(reason.word), got \(error)", sourceLocation: sourceLocation)
  }
}
