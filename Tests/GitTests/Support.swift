import Failures
import Foundation
import TestSupport
import Testing

@testable import Git

/// A folder of its own for one test, removed at the end.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path =
      FileManager.default.temporaryDirectory.appendingPathComponent("git-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    let file = URL(fileURLWithPath: path + "/" + name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
  }

  func read(_ name: String) throws -> String {
    try String(contentsOfFile: path + "/" + name, encoding: .utf8)
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }

  /// Runs the real git in this folder, in a closed environment, and returns what it printed.
  @discardableResult
  func git(_ arguments: String..., input: [UInt8]? = nil, mayFail: Bool = false) throws -> String {
    let outcome = try run("/usr/bin/git", arguments, input: input)
    if outcome.status != 0 && !mayFail {
      throw GitFailed(arguments: arguments, status: outcome.status, output: outcome.output)
    }
    return outcome.output
  }

  func gitStatus(_ arguments: String...) throws -> Int32 {
    try run("/usr/bin/git", arguments, input: nil).status
  }

  func run(
    _ program: String, _ arguments: [String], input: [UInt8]?
  ) throws -> (status: Int32, output: String) {
    let environment = [
      "PATH": "/usr/bin:/bin", "HOME": path, "LC_ALL": "C", "GIT_CONFIG_GLOBAL": "/dev/null",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org",
      "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
      "GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000",
    ]
    let said = try spawn(program, arguments, environment: environment, in: path, input: input ?? [])
    return (said.status, said.output + said.errors)
  }
}

struct GitFailed: Error {
  let arguments: [String]
  let status: Int32
  let output: String
}

/// Stands for a crash.
let crash = Failure(.other, cannot: "crash", "the test", "on purpose")

let main = "refs/heads/main"

func ada(at seconds: Int64 = 1_700_000_000) throws -> Signature {
  try Signature(name: "Ada", email: "ada@example.org", seconds: seconds)
}

extension Repository {
  /// Stores a commit on top of another, and does not move a reference.
  func store(
    _ changes: [String: TreeEdit.Change], on parent: ObjectID? = nil, message: String = "change\n"
  ) throws -> ObjectID {
    var batch = ObjectBatch()
    let base = try parent.map { try self.commit($0).tree }
    let tree = try apply(TreeEdit(changes), to: base, into: &batch)
    let commit = try RawCommit(
      tree: tree, parents: parent.map { [$0] } ?? [], author: ada(), committer: ada(), message: message)
    let id = try batch.add(commit: commit)
    try write(batch)
    return id
  }

  /// Stores a commit on top of a branch, and moves the branch.
  @discardableResult
  func record(
    _ changes: [String: TreeEdit.Change], message: String = "change\n"
  ) throws -> ObjectID {
    let tip = try resolve(reference: main)
    let id = try store(changes, on: tip, message: message)
    try updateReference(main, to: id, expecting: tip, message: "record")
    return id
  }
}

func text(_ value: String) -> TreeEdit.Change { .put(Array(value.utf8)) }

/// The error code with which an operation fails; nil where it does not.
func code(of operation: () async throws -> Void) async -> Failure.Code? {
  do {
    try await operation()
    return nil
  } catch { return (error as? Failure)?.code }
}
