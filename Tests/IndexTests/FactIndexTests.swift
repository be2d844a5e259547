import Facts
import Failures
import Foundation
import Git
import StateRepository
import Testing

@testable import Index

/// That the index says what Git says, whatever happened to either.
@Suite struct FactIndexTests {
  private static let seeds: [UInt64] = Array(0..<24)

  /// The same question to both, and what is wrong with the answers.
  private func compare(_ world: RandomHistory, _ index: FactIndex, tip: ObjectID, rounds: Int) async throws {
    var random = world.random
    for _ in 0..<rounds {
      let commit = world.commits.prefix { $0 != tip }.randomElement(using: &random) ?? tip
      let query = world.query(&random)
      let fromGit = try await world.store.facts(matching: query, at: commit)
      let rows = try index.read { try $0.facts(matching: query, at: commit) }
      let blobs = try await world.store.repository.blobs(rows.map(\.blob))
      let fromIndex = try zip(rows, blobs).map { row, bytes in
        let fact = try Finding(parsing: bytes, document: "\(row.blob)")
        #expect(fact.id == row.finding)
        return fact
      }
      #expect(Set(fromIndex) == Set(fromGit), "\(query) at \(commit)")
      #expect(fromIndex.count == fromGit.count)
    }
    for _ in 0..<rounds {
      let knownAt = world.knownAt(&random)
      let fromGit = Result { try world.store.transaction(knownAt, upTo: tip) }
      let fromIndex = Result { try index.read { try $0.transaction(knownAt, upTo: tip) } }
      switch (fromGit, fromIndex) {
      case (.success(let one), .success(let other)): #expect(one == other, "\(knownAt)")
      case (.failure(let one), .failure(let other)):
        #expect((one as? Failure) == (other as? Failure) && one is Failure, "\(knownAt)")
      default: Issue.record("\(knownAt): \(fromGit) and \(fromIndex)")
      }
    }
    let fromGit = try world.store.history(of: .subjects("*"), upTo: tip)
    let ids = try index.read { try $0.findings(.subjects("*")) }
    var fromIndex: [FactHistory] = []
    for id in ids {
      var files: [FactFiles] = []
      for changed in try index.read({ try $0.history(of: id, upTo: tip) }) {
        var one = FactFiles(changed.transaction)
        for blob in changed.gone { one.gone.append(try await world.fact(blob)) }
        for blob in changed.come { one.come.append(try await world.fact(blob)) }
        files.append(one)
      }
      if let history = FactHistory(files) { fromIndex.append(history) }
    }
    #expect(fromIndex.sorted { $0.id < $1.id } == fromGit)
    let some = try #require(fromGit.randomElement(using: &random))
    #expect(try world.store.history(of: .finding(some.id), upTo: tip) == [some])
  }

  @Test(arguments: seeds)
  func `a built index answers every question as Git does`(seed: UInt64) async throws {
    let world = try await RandomHistory(seed: seed, commits: 25)
    let index = try world.index(upTo: world.tip)
    try await compare(world, index, tip: world.tip, rounds: 25)
  }

  @Test(arguments: seeds)
  func `an index that followed commit by commit answers every question as Git does`(seed: UInt64) async throws {
    let world = try await RandomHistory(seed: seed, commits: 25)
    var index = try world.index(upTo: world.commits[0])
    for tip in world.commits where tip == world.tip || tip.hex.hasPrefix("0") || tip.hex.hasPrefix("5") {
      index = try world.index(upTo: tip)
      try await compare(world, index, tip: tip, rounds: 3)
    }
    #expect(try world.inode() != 0)
    try await compare(world, index, tip: world.tip, rounds: 15)
  }

  /// Such a question is answered by ids, and not by looking at names.
  @Test(arguments: seeds.prefix(8))
  func `a question that names source, target and subject in full is answered as Git does`(seed: UInt64) async throws {
    let world = try await RandomHistory(seed: seed, commits: 25)
    let index = try world.index(upTo: world.tip)
    var everything = FactQuery(asOf: world.start)
    everything.state = .all
    let all = try await world.store.facts(matching: everything, at: world.tip)
    var answered = 0
    for fact in all {
      var query = everything
      (query.sources, query.target, query.subject) = ([fact.source], fact.target.text, fact.subject.text)
      #expect(query.findings?.contains(fact.id) ?? (fact.subject == "*"))
      let fromGit = try await world.store.facts(matching: query, at: world.tip)
      let rows = try index.read { try $0.facts(matching: query, at: world.tip) }
      #expect(fromGit.contains(fact))
      var fromIndex: [Finding] = []
      for row in rows { fromIndex.append(try await world.fact(row.blob)) }
      #expect(Set(fromIndex) == Set(fromGit) && fromIndex.count == fromGit.count, "\(query)")
      answered += query.findings == nil ? 0 : 1
    }
    #expect(answered > all.count / 2)
  }

  @Test func `following keeps the file and building makes another one`() async throws {
    let world = try await RandomHistory(seed: 1, commits: 12)
    _ = try world.index(upTo: world.commits[5])
    let first = try world.inode()
    _ = try world.index(upTo: world.tip)
    #expect(try world.inode() == first)
    // Held open, so that the file system does not give its number to the next one.
    let held = try world.index(upTo: world.commits[3])
    #expect(try world.inode() == first, "an earlier commit is in it")
    FactIndex.discard(at: world.file)
    _ = try world.index(upTo: world.tip)
    #expect(try world.inode() != first)
    withExtendedLifetime(held) {}
  }

  @Test(arguments: [UInt64](0..<6))
  func `a history that was rewritten makes the index anew`(seed: UInt64) async throws {
    let world = try await RandomHistory(seed: seed, commits: 20)
    _ = try world.index(upTo: world.tip)
    let other = try await world.forked(at: 8, commits: 6)
    #expect(try FactIndex.follow(at: world.file, of: world.repository, to: other.tip) == false)
    let index = try world.index(upTo: other.tip)
    try await compare(other, index, tip: other.tip, rounds: 10)
    #expect(throws: Failure.self) {
      try index.read { try $0.facts(matching: FactQuery(asOf: world.start), at: world.tip) }
    }
  }

  @Test(arguments: ["cut", "zeros", "garbage", "empty", "version", "folder of WAL"])
  func `an index that is damaged is made anew`(how: String) async throws {
    let world = try await RandomHistory(seed: 3, commits: 15)
    _ = try world.index(upTo: world.commits[10])
    let size = try #require(try FileManager.default.attributesOfItem(atPath: world.file)[.size] as? Int)
    for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: world.file + suffix) }
    let handle = try #require(FileHandle(forUpdatingAtPath: world.file))
    switch how {
    case "cut": try handle.truncate(atOffset: UInt64(size / 2))
    case "zeros": try handle.write(contentsOf: Data(repeating: 0, count: size))
    case "garbage": try handle.write(contentsOf: Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }))
    case "empty": try handle.truncate(atOffset: 0)
    case "version":
      try handle.close()
      try world.sql("UPDATE about SET version = 'another'")
    default:
      try Data(repeating: 7, count: 4_096).write(to: URL(filePath: world.file + "-wal"))
    }
    try? handle.close()
    let index = try world.index(upTo: world.tip)
    try await compare(world, index, tip: world.tip, rounds: 10)
  }

  @Test func `an index that is deleted while it is open answers rightly or not at all, and the next one is a new one`()
    async throws
  {
    let world = try await RandomHistory(seed: 5, commits: 15)
    let index = try world.index(upTo: world.tip)
    let inode = try world.inode()
    try await compare(world, index, tip: world.tip, rounds: 2)
    FactIndex.discard(at: world.file)
    func askAgain() async throws {
      do { try await compare(world, index, tip: world.tip, rounds: 2) } catch is Failure { return }
    }
    try await askAgain()
    let next = try world.index(upTo: world.tip)
    #expect(try world.inode() != inode)
    try await compare(world, next, tip: world.tip, rounds: 5)
    try await askAgain()
  }

  @Test func `the index and what lies beside it are for this user alone`() async throws {
    let world = try await RandomHistory(seed: 6, commits: 8)
    let index = try world.index(upTo: world.commits[4])
    // Whoever has asked once holds the log open.
    _ = try index.read { try $0.facts(matching: FactQuery(asOf: world.start), at: world.commits[4]) }
    _ = try FactIndex.follow(at: world.file, of: world.repository, to: world.tip)
    let names = try FileManager.default.contentsOfDirectory(atPath: world.cache)
    #expect(names.contains { $0.hasSuffix(".sqlite-wal") })
    for name in names {
      let mode = try FileManager.default.attributesOfItem(atPath: "\(world.cache)/\(name)")[.posixPermissions] as? Int
      #expect(mode == 0o600, "\(name)")
    }
    withExtendedLifetime(index) {}
  }

  @Test func `a reader sees one state while a recorder goes on`() async throws {
    let world = try await RandomHistory(seed: 7, commits: 20)
    let index = try world.index(upTo: world.commits[9])
    let everything = FactQuery(asOf: world.start)
    try index.read { reader in
      let before = try reader.facts(matching: everything, at: world.commits[9])
      // The recorder neither waits for the reader nor moves what it sees.
      #expect(try FactIndex.follow(at: world.file, of: world.repository, to: world.tip))
      #expect(throws: Failure.self) { try reader.facts(matching: everything, at: world.tip) }
      #expect(try Set(reader.facts(matching: everything, at: world.commits[9])) == Set(before))
    }
    _ = try index.read { try $0.facts(matching: everything, at: world.tip) }
  }

  @Test func `a finding's file in the wrong place is refused by the index and left to Git`() async throws {
    let world = try await RandomHistory(seed: 8, commits: 6)
    let fact = try #require(try await world.store.openFindings(at: world.tip).first)
    let moved = try await world.committing(["findings/open/hosts/web1/other-000000000000.drift.json": .put(fact.bytes)])
    let index = try world.index(upTo: moved)
    #expect { try index.read { try $0.facts(matching: FactQuery(asOf: world.start), at: moved) } } throws: {
      ($0 as? Failure)?.code == .indexUnrecognized
    }
    _ = try index.read { try $0.facts(matching: FactQuery(asOf: world.start), at: world.tip) }
    let mended = try await world.committing(
      ["findings/open/hosts/web1/other-000000000000.drift.json": .remove], onto: moved)
    for index in [index, try world.index(upTo: mended)] {
      _ = try? FactIndex.follow(at: world.file, of: world.repository, to: mended)
      _ = try index.read { try $0.facts(matching: FactQuery(asOf: world.start), at: mended) }
    }
  }
}
