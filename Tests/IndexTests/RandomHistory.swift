import Facts
import Foundation
import Git
import StateRepository
import StrictJSON
import TestSupport
import Testing

@testable import Index

/// A repository of a test's own in which facts open, end, are superseded, corrected, taken away by hand and put back, by commits
/// whose clocks go back and forth; gone with the value.
final class RandomHistory: @unchecked Sendable {
  let folder: String
  let store: StateStore
  let start = Timestamp(rfc3339: "2026-11-24T00:00:00Z")!
  private(set) var commits: [ObjectID] = []
  private(set) var random: SeededGenerator
  private let owner: RandomHistory?

  /// All commits in one pack: a flush to the disk for each would be most of a test's time.
  private var batch = ObjectBatch()
  private var tree: ObjectID?
  private var open: [FindingID: Finding] = [:]
  private var closed: [Finding] = []
  private var away: [Finding] = []
  private var trees: [(tree: ObjectID?, open: [FindingID: Finding], closed: [Finding])] = []

  var tip: ObjectID { commits[commits.count - 1] }
  var repository: String { store.repository.gitFolder }
  var cache: String { "\(folder)/cache" }
  var file: String { "\(cache)/index.sqlite" }

  init(seed: UInt64, commits count: Int) async throws {
    folder = NSTemporaryDirectory() + "praxis-index-\(UUID().uuidString)"
    owner = nil
    random = SeededGenerator(seed: seed)
    store = StateStore(try Repository.create(at: "\(folder)/state", bare: true))
    try FileManager.default.createDirectory(
      atPath: "\(folder)/cache", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for number in 0..<count { try await step(number) }
    try await store.repository.write(batch)
  }

  private init(fork other: RandomHistory, at number: Int) {
    (folder, store, owner, random) = (other.folder, other.store, other, other.random)
    commits = Array(other.commits[...number])
    (tree, open, closed) = other.trees[number]
    trees = Array(other.trees[...number])
  }

  deinit { if owner == nil { try? FileManager.default.removeItem(atPath: folder) } }

  func forked(at number: Int, commits count: Int) async throws -> RandomHistory {
    let fork = RandomHistory(fork: self, at: number)
    for step in 0..<count { try await fork.step(100 + number + step) }
    try await store.repository.write(fork.batch)
    return fork
  }

  func index(upTo tip: ObjectID) throws -> FactIndex { try FactIndex.current(at: file, of: repository, upTo: tip) }

  func inode() throws -> Int {
    try #require(try FileManager.default.attributesOfItem(atPath: file)[.systemFileNumber] as? Int)
  }

  func fact(_ blob: ObjectID) async throws -> Finding {
    try Finding(parsing: await store.repository.blob(blob), document: blob.hex)
  }

  func sql(_ text: String) throws {
    let said = try spawn(
      "/usr/bin/python3",
      ["-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()", file, text],
      environment: ["PATH": "/usr/bin:/bin"], in: "/")
    #expect(said.status == 0, "\(said.errors)")
  }

  /// One commit by hand that is not a part of the random history.
  func committing(_ changes: [String: TreeEdit.Change], onto parent: ObjectID? = nil) async throws -> ObjectID {
    let parent = parent ?? tip
    var batch = ObjectBatch()
    let base = try await store.repository.commit(parent)
    let tree = try await store.repository.apply(TreeEdit(changes), to: base.tree, into: &batch)
    let id = try Self.add(tree, [parent], seconds: base.committer.seconds, &batch)
    try await store.repository.write(batch)
    return id
  }

  private static func add(
    _ tree: ObjectID, _ parents: [ObjectID], seconds: Int64, _ batch: inout ObjectBatch
  ) throws -> ObjectID {
    let who = try Signature(name: "engine", email: "engine@praxis", seconds: seconds)
    let commit = try RawCommit(tree: tree, parents: parents, author: who, committer: who, message: "\(parents.count)\n")
    return try batch.add(commit: commit)
  }

  // MARK: What happens

  private static let subjects = [
    "/os", "/kernel", "a | b", "caf\u{e9}", "cafe\u{301}", "tab\there", "quote\"s", "\\", "*", "ⅷ/λ",
  ]

  private func step(_ number: Int) async throws {
    var changes: [String: TreeEdit.Change] = [:]
    let begin = start.advanced(bySeconds: Int64(number) * 600)
    for _ in 0..<Int.random(in: 0...5, using: &random) { happen(begin, number, &changes) }
    changes["praxis.yaml"] = .put(Array("format: praxis.config/1\n# \(number)\n".utf8))
    var filled = batch
    let root = try await store.repository.apply(TreeEdit(changes), to: tree, into: &filled)
    tree = root
    // Clocks go back now and then; a second parent must not be taken for the line.
    let seconds = begin.wholeSeconds + Int64.random(in: -1_500...1_500, using: &random)
    var parents = commits.last.map { [$0] } ?? []
    if let other = commits.dropLast().randomElement(using: &random), Int.random(in: 0..<5, using: &random) == 0 {
      parents.append(try Self.add(root, [other], seconds: seconds, &filled))
    }
    commits.append(try Self.add(root, parents, seconds: seconds, &filled))
    batch = filled
    trees.append((tree, open, closed))
  }

  private func happen(_ begin: Timestamp, _ number: Int, _ changes: inout [String: TreeEdit.Change]) {
    let run = RunID(begin: begin, tail: UInt16(number))
    func put(_ fact: Finding) {
      changes[fact.ended == nil && fact.correctedBy == nil ? Layout.open(fact) : Layout.closed(fact)] = .put(fact.bytes)
    }
    let fresh = finding(begin, run)
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<5:
      if let standing = open[fresh.id], standing.validFrom < begin {
        let ended = standing.ended(at: begin, .superseded, by: run)
        closed.append(ended)
        put(ended)
      } else if open[fresh.id] != nil {
        return
      }
      open[fresh.id] = fresh
      put(fresh)
    case 5..<9:
      let standing = open.values.filter { $0.validFrom < begin && changes[Layout.open($0)] == nil }
        .sorted { $0.id < $1.id }.randomElement(using: &random)
      guard let standing, let reason = EndReason.allCases.filter({ $0 != .superseded }).randomElement(using: &random)
      else { return }
      let ended = standing.ended(at: begin, reason, by: run, proposal: reason == .retracted ? "p-abc" : nil)
      open[standing.id] = nil
      closed.append(ended)
      changes[Layout.open(standing)] = .remove
      put(ended)
    case 9:
      guard let index = closed.indices.randomElement(using: &random), changes[Layout.closed(closed[index])] == nil
      else { return }
      let corrected = closed[index].corrected(by: run)
      changes[Layout.closed(closed[index])] = .remove
      closed.remove(at: index)
      put(corrected)
    case 10:
      guard let index = closed.indices.randomElement(using: &random), changes[Layout.closed(closed[index])] == nil
      else { return }
      away.append(closed[index])
      changes[Layout.closed(closed[index])] = .remove
      closed.remove(at: index)
    default:
      guard let back = away.popLast(), changes[Layout.closed(back)] == nil, !closed.contains(back) else { return }
      closed.append(back)
      put(back)
    }
  }

  private func finding(_ begin: Timestamp, _ run: RunID) -> Finding {
    let kind = Kind.allCases.randomElement(using: &random)!
    let lines = (0..<Int.random(in: 0...3, using: &random)).map { "+\($0) ,\n  \"ended\": {\"reason\": \"resolved\"" }
    return Finding(
      kind: kind, cause: Cause.allCases.randomElement(using: &random),
      authority: AuthorityKind.allCases.randomElement(using: &random)!,
      source: SourceName(["hosts", "site"].randomElement(using: &random)!)!,
      target: ["web1", "web2", "Web 3"].randomElement(using: &random)!,
      subject: SubjectName(Self.subjects.randomElement(using: &random)!),
      severity: Severity.allCases.randomElement(using: &random)!,
      validFrom: begin,
      delta: Delta([
        .init(path: "/mode", .values(desired: "0600", observed: JSON(Int.random(in: 0..<3, using: &random)))),
        .init(path: "/text", .text(lines + ["x"])),
      ]), seen: .init(run: run, tool: "tool \"1\"\n", evidence: nil))
  }

  // MARK: What is asked

  func query(_ random: inout SeededGenerator) -> FactQuery {
    func some<Value>(_ values: [Value]) -> [Value] {
      Int.random(in: 0..<3, using: &random) == 0 ? values.filter { _ in Bool.random(using: &random) } : []
    }
    func perhaps<Value>(_ value: @autoclosure () -> Value) -> Value? {
      Int.random(in: 0..<3, using: &random) == 0 ? value() : nil
    }
    var query = FactQuery(asOf: time(&random))
    query.sources = some([SourceName("hosts")!, SourceName("site")!])
    query.target = perhaps("web?")
    query.subject = perhaps(["*", "*a*", "caf?", "cafe\u{301}", "\\", "*\t*"].randomElement(using: &random)!)
    query.kinds = some(Kind.allCases)
    query.severity = perhaps(Severity.allCases.randomElement(using: &random)!)
    query.authorities = some(AuthorityKind.allCases)
    query.state = FactQuery.State.allCases.randomElement(using: &random)!
    if Bool.random(using: &random) { query.validAt = query.asOf }
    query.minimumAge = perhaps(Int64.random(in: 1...9_000, using: &random))
    query.maximumAge = perhaps(Int64.random(in: 1...9_000, using: &random))
    query.minimumReturns = perhaps(Int.random(in: 1...2, using: &random))
    return query
  }

  func knownAt(_ random: inout SeededGenerator) -> KnownAt {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: .commit(String(commits.randomElement(using: &random)!.hex.prefix(Int.random(in: 4...40, using: &random))))
    case 1: .commit(String(UInt64.random(in: 0...UInt64.max, using: &random), radix: 16))
    default: .time(time(&random))
    }
  }

  private func time(_ random: inout SeededGenerator) -> Timestamp {
    start.advanced(bySeconds: Int64.random(in: -3_000...(Int64(commits.count) * 600 + 3_000), using: &random))
  }
}
