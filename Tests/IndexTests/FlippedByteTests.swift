import Facts
import Foundation
import Git
import StateRepository
import TestSupport
import Testing

@testable import Index

/// That no byte of the index's file, changed in place, makes it say what is not so.
@Suite struct FlippedByteTests {
  /// Questions of every sort, with Git's answers.
  private struct Asked {
    var facts: [(query: FactQuery, commit: ObjectID, blobs: Set<ObjectID>)] = []
    var transactions: [(knownAt: KnownAt, found: Transaction)] = []
    var finding: [(id: FindingID, instant: Instant, commit: ObjectID, blobs: Set<ObjectID>)] = []
    var histories: [FindingID: [Set<ObjectID>]] = [:]

    /// Of an index that is sound, which other tests hold against Git.
    init(_ world: RandomHistory, _ index: FactIndex) throws {
      var random = world.random
      try index.read { reader in
        for _ in 0..<8 {
          let (query, commit) = (world.query(&random), world.commits.randomElement(using: &random) ?? world.tip)
          facts.append((query, commit, Set(try reader.facts(matching: query, at: commit).map(\.blob))))
        }
        var all = FactQuery(asOf: world.start)
        all.state = .all
        let everything = try reader.facts(matching: all, at: world.tip)
        facts.append((all, world.tip, Set(everything.map(\.blob))))
        for fact in everything.shuffled(using: &random).prefix(6) {
          let found = try reader.facts(of: fact.finding, validAt: fact.validFrom, at: world.tip)
          finding.append((fact.finding, fact.validFrom, world.tip, Set(found.map(\.blob))))
        }
        for _ in 0..<6 {
          let knownAt = world.knownAt(&random)
          if let found = try? reader.transaction(knownAt, upTo: world.tip) { transactions.append((knownAt, found)) }
        }
        for id in try reader.findings(.subjects("*")) {
          histories[id] = try reader.history(of: id, upTo: world.tip).map { Set($0.come + $0.gone) }
        }
      }
    }

    /// Whether every answer is the same, or none.
    ///
    /// - Returns: false where the index said that it is damaged.
    func hold(_ index: FactIndex, tip: ObjectID, _ place: String) -> Bool {
      var isSound = true
      func ask(_ body: (IndexReader) throws -> Void) {
        do {
          try index.read { try body($0) }
        } catch {
          isSound = false
          #expect((error as? IndexError)?.code == .damaged, "\(place): \(error)")
        }
      }
      for (query, commit, blobs) in facts {
        ask { reader in
          let found = try reader.facts(matching: query, at: commit)
          #expect(Set(found.map(\.blob)) == blobs, "\(place): \(query)")
        }
      }
      for (id, instant, commit, blobs) in finding {
        ask { reader in
          let found = try reader.facts(of: id, validAt: instant, at: commit)
          #expect(Set(found.map(\.blob)) == blobs, "\(place): \(id)")
        }
      }
      for (knownAt, right) in transactions {
        ask { reader in
          let found = try reader.transaction(knownAt, upTo: tip)
          #expect(found == right, "\(place): \(knownAt)")
        }
      }
      ask { reader in
        let ids = try reader.findings(.subjects("*"))
        #expect(Set(ids) == Set(histories.keys), "\(place)")
        for id in ids {
          let found = try reader.history(of: id, upTo: tip).map { Set($0.come + $0.gone) }
          #expect(found == histories[id], "\(place): \(id)")
        }
      }
      return isSound
    }
  }

  private static let parts = 4

  @Test(arguments: 0..<parts)
  func `a flipped byte anywhere in the file is noticed by whoever reads it, or is read by nobody`(part: Int)
    async throws
  {
    let world = try await RandomHistory(seed: 11, commits: 40)
    let asked = try Asked(world, world.index(upTo: world.tip))
    #expect(asked.facts.contains { !$0.blobs.isEmpty } && !asked.histories.isEmpty && !asked.finding.isEmpty)
    let whole = Array(try Data(contentsOf: URL(filePath: world.file)))
    try #require(whole.count > 8 * 4_096)
    var random = SeededGenerator(seed: UInt64(part))
    // Every byte of the head, and a sample of all others.
    let head = (0..<112).filter { $0 % Self.parts == part }
    let places = head + (0..<160).map { _ in Int.random(in: 100..<whole.count, using: &random) }
    var noticed = 0
    for place in places {
      var bytes = whole
      bytes[place] ^= UInt8.random(in: 1...255, using: &random)
      FactIndex.discard(at: world.file)
      try Data(bytes).write(to: URL(filePath: world.file))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: world.file)
      let index = try world.index(upTo: world.tip)
      let isSound = asked.hold(index, tip: world.tip, "byte \(place)")
      // One that was made anew is as it was.
      let after = Array(try Data(contentsOf: URL(filePath: world.file)))
      let isAnew = after.count != bytes.count || after[place] != bytes[place]
      if !isSound || isAnew { noticed += 1 }
    }
    // What nobody read is free space, or the sum over it alone.
    #expect(noticed > places.count * 9 / 10, "\(noticed) of \(places.count)")
  }

  @Test func `a row that four changed bytes would hide is shown, or the file is called damaged`() async throws {
    let world = try await RandomHistory(seed: 12, commits: 30)
    let index = try world.index(upTo: world.tip)
    let query = FactQuery(asOf: world.start)
    let all = try index.read { try $0.facts(matching: query, at: world.tip) }
    let hidden = try #require(all.randomElement())
    // The row's blob is on its leaf; its `until` stands before it, as a number of eight bytes or less.
    var bytes = Array(try Data(contentsOf: URL(filePath: world.file)))
    let hex = Array(hidden.blob.hex)
    let id = stride(from: 0, to: hex.count, by: 2).compactMap { UInt8(String(hex[$0...($0 + 1)]), radix: 16) }
    var places: [Int] = []
    for start in 0..<(bytes.count - id.count)
    where bytes[start] == id[0] && bytes[start..<(start + id.count)].elementsEqual(id) {
      places.append(start)
    }
    let forever = withUnsafeBytes(of: Int32.max.bigEndian, Array.init)
    let place = try #require(
      places.compactMap { blob in
        (max(0, blob - 48)..<blob).last { Array(bytes[$0..<($0 + 4)]) == forever }
      }.first)
    bytes.replaceSubrange(place..<(place + 4), with: [0, 0, 0, 1])
    FactIndex.discard(at: world.file)
    try Data(bytes).write(to: URL(filePath: world.file))
    let opened = try world.index(upTo: world.tip)
    do {
      let found = try opened.read { try $0.facts(matching: query, at: world.tip) }
      #expect(Set(found) == Set(all))
    } catch {
      #expect((error as? IndexError)?.code == .damaged)
    }
  }
}
