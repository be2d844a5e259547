import Failures
import Foundation
import TestSupport
import Testing

@testable import Git

@Suite struct HistoryReaderTests {
  /// Names that sort otherwise as a file than as a directory.
  private static let names = ["a", "a.b", "a-b", "a0", "b", "c", "ä", "a b"]

  private func path(_ random: inout SeededGenerator) -> String {
    (0..<Int.random(in: 1...3, using: &random)).map { _ in Self.names.randomElement(using: &random)! }
      .joined(separator: "/")
  }

  /// Trees of random files, where a path can be a file in one and a directory in the next.
  private func commits(_ repository: Repository, _ seed: UInt64) async throws -> [ObjectID] {
    var random = SeededGenerator(seed: seed)
    var commits: [ObjectID] = []
    for number in 0..<12 {
      var files: [String: TreeEdit.Change] = ["other": .put([UInt8(number)])]
      for _ in 0..<Int.random(in: 0...12, using: &random) {
        let path = "findings/" + path(&random)
        let isFree = !files.keys.contains { $0 == path || $0.hasPrefix(path + "/") || path.hasPrefix($0 + "/") }
        if isFree { files[path] = .put([UInt8.random(in: 0..<4, using: &random)]) }
      }
      var batch = ObjectBatch()
      let tree = try await repository.apply(TreeEdit(files), to: nil, into: &batch)
      let who = try Signature(name: "Ada", email: "ada@example.org", seconds: 1_700_000_000)
      let commit = try RawCommit(
        tree: tree, parents: commits.last.map { [$0] } ?? [], author: who, committer: who, message: "\(number)\n")
      commits.append(try batch.add(commit: commit))
      try await repository.write(batch)
    }
    return commits
  }

  @Test(arguments: [UInt64](0..<12))
  func `what changed under a directory is what comparing whole trees finds`(seed: UInt64) async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let commits = try await commits(repository, seed)
    // So little room that trees are forgotten, too.
    let reader = try HistoryReader(at: scratch.path, treeByteCount: 400)
    for (old, new) in zip([nil] + commits.map(Optional.some), commits) + [(commits[9], commits[2])] {
      let right = try await repository.differences(from: old, to: new).filter { $0.path.hasPrefix("findings/") }
      var found: [HistoryReader.FileChange] = []
      let before = try old.map { try reader.commit($0).tree }
      try reader.changes(under: "findings", from: before, to: reader.commit(new).tree) { found.append($0) }
      #expect(found.map(\.path) == right.map(\.path))
      #expect(found.map(\.old) == right.map(\.old?.id) && found.map(\.new) == right.map(\.new?.id))
      for change in found {
        guard let blob = change.new else { continue }
        #expect(try reader.blob(blob) == (try await repository.blob(blob)))
      }
    }
    var line: [ObjectID] = []
    try reader.firstParents(from: commits[11]) { id, _ in
      line.append(id)
      return line.count < 5
    }
    #expect(line == commits.suffix(5).reversed())
  }

  @Test func `trees and files that no other reader takes are refused here, too`() throws {
    let scratch = try Scratch()
    try scratch.git("init", "--quiet", "--bare")
    let blob = try scratch.git("hash-object", "-w", "--stdin", input: Array("x".utf8)).trimmed
    func root(_ listing: String) throws -> ObjectID {
      let inner = try scratch.git("mktree", input: Array(listing.utf8)).trimmed
      let tree = try scratch.git("mktree", input: Array("040000 tree \(inner)\tfindings\n".utf8)).trimmed
      return try #require(ObjectID(hex: tree))
    }
    let reader = try HistoryReader(at: scratch.path)
    func code(_ listing: String) throws -> Failure.Code? {
      do {
        try reader.changes(under: "findings", from: nil, to: root(listing)) { _ in }
        return nil
      } catch let error as Failure {
        return error.code
      }
    }
    #expect(try code("100644 blob \(blob)\ta\n100644 blob \(blob)\ta\n") == .corrupt)
    #expect(try code("120000 blob \(blob)\tlink\n") == .unsafe)
    #expect(try code("160000 commit \(String(repeating: "1", count: 40))\tforeign\n") == .unsafe)
    #expect(try code("100644 blob \(blob)\tback\\slash\n") == .corrupt)
    #expect(try code("100644 blob \(blob)\ta\n") == nil)
  }

  @Test func `a tree that is cut short anywhere is refused and never read past its end`() throws {
    let scratch = try Scratch()
    try scratch.git("init", "--quiet", "--bare")
    let blob = try #require(ObjectID(hex: scratch.git("hash-object", "-w", "--stdin", input: [1]).trimmed))
    let whole = Tree.serialise([
      TreeEntry(name: "a", mode: .file, id: blob), TreeEntry(name: "b", mode: .directory, id: blob),
    ])
    for count in 0...whole.count {
      do throws(Failure) {
        let names = try Tree.parse(Array(whole[..<count]), id: blob).map(\.name)
        #expect([0: [], 29: ["a"], whole.count: ["a", "b"]][count] == names, "\(count)")
      } catch {
        #expect(error.code == .corrupt && ![0, 29, whole.count].contains(count), "\(count)")
      }
    }
  }
}
