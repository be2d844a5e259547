import Facts
import Failures
import Foundation
import Git
import StateRepository
import TestSupport
import Testing

@testable import Index

/// The index is a cache: a byte of its file that changed in place may cost an answer, and never more than that.
@Suite struct FlippedByteTests {
  @Test func `a flipped byte anywhere in the file is no error but that it is damaged, and the next index is right`()
    async throws
  {
    let world = try await RandomHistory(seed: 11, commits: 20)
    var query = FactQuery(asOf: world.start)
    query.state = .all
    let right = try world.index(upTo: world.tip).read { reader in
      try Set(reader.facts(matching: query, at: world.tip))
    }
    #expect(!right.isEmpty)
    let whole = Array(try Data(contentsOf: URL(filePath: world.file)))
    try #require(whole.count > 8 * 4_096)
    var random = SeededGenerator(seed: 3)
    // The bytes of the head, and a sample of all others.
    let places =
      Array(stride(from: 0, to: 112, by: 2)) + (0..<60).map { _ in Int.random(in: 100..<whole.count, using: &random) }
    var noticed = 0
    for place in places {
      var bytes = whole
      bytes[place] ^= UInt8.random(in: 1...255, using: &random)
      FactIndex.discard(at: world.file)
      try Data(bytes).write(to: URL(filePath: world.file))
      do {
        let index = try world.index(upTo: world.tip)
        try index.read { reader in
          let commit = try reader.transaction(.commit(world.tip.hex), upTo: world.tip).commit
          _ = try reader.facts(matching: query, at: commit)
          for id in try reader.findings(.subjects("*")) { _ = try reader.history(of: id, upTo: world.tip) }
        }
      } catch let error as Failure {
        #expect(
          [.indexDamaged, .indexUnrecognized, .indexUnknownCommit, .notOnMain].contains(error.code),
          "byte \(place): \(error)")
        noticed += 1
      }
    }
    #expect(noticed > 0)
    FactIndex.discard(at: world.file)
    let anew = try world.index(upTo: world.tip).read { reader in
      try Set(reader.facts(matching: query, at: world.tip))
    }
    #expect(anew == right)
  }
}
