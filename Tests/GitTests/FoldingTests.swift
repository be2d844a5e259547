import Failures
import Files
import Foundation
import Synchronization
import Testing

@testable import Git

/// A repository of as many packs as commits.
private func repositoryOfPacks(_ count: Int, at path: String) async throws -> Repository {
  let repository = try Repository.create(at: path, bare: true)
  for number in 0..<count {
    let lines = (0...number).map { "line \($0) of a text that grows\n" }.joined()
    try await repository.record(["log": text(lines), "file\(number)": text("\(number)")])
  }
  return repository
}

private func packs(in scratch: Scratch) throws -> [String] {
  try (Folder.names(in: scratch.path + "/objects/pack") ?? []).filter { $0.hasSuffix(".pack") }
}

struct FoldingTests {
  @Test func `many small packs become one, and every object stays`() async throws {
    let scratch = try Scratch()
    let repository = try await repositoryOfPacks(12, at: scratch.path)
    let before = try scratch.git("rev-list", "--objects", "--all")
    #expect(try packs(in: scratch).count == 12)
    #expect(try await repository.foldPacks(whenMoreThan: 12) == nil)
    let folding = try #require(try await repository.foldPacks(whenMoreThan: 11))
    #expect(folding.packs == 12)
    #expect(folding.objects == before.split(separator: "\n").count)
    #expect(try packs(in: scratch).count == 1)
    #expect(try scratch.git("rev-list", "--objects", "--all") == before)
    #expect(try scratch.git("fsck", "--strict", "--full") == "")
    let tip = try #require(try await repository.resolve(reference: main))
    #expect(try await repository.files(in: tip).count == 13)
    try await repository.record(["after": text("x")])
    #expect(try scratch.git("fsck", "--strict", "--full") == "")
  }

  @Test func `kept and large packs, and those in git's own care, are left alone`() async throws {
    let scratch = try Scratch()
    let repository = try await repositoryOfPacks(5, at: scratch.path)
    let kept = try #require(try packs(in: scratch).first).replacingOccurrences(of: ".pack", with: "")
    try scratch.write("", to: "objects/pack/\(kept).keep")
    #expect(try await repository.foldPacks(whenMoreThan: 2, smallerThan: 1) == nil)
    #expect(try await repository.foldPacks(whenMoreThan: 2)?.packs == 4)
    #expect(try packs(in: scratch).contains(kept + ".pack"))
    #expect(try scratch.git("fsck", "--strict", "--full") == "")
    try await repository.record(["b": text("x")])
    try await repository.record(["c": text("x")])
    try scratch.git("multi-pack-index", "write")
    #expect(try await repository.foldPacks(whenMoreThan: 1) == nil)
  }

  @Test func `objects that no reference reaches stay, too`() async throws {
    let scratch = try Scratch()
    let repository = try await repositoryOfPacks(3, at: scratch.path)
    let loose = try await repository.store(["only": text("here")])
    #expect(try await repository.foldPacks(whenMoreThan: 2)?.packs == 4)
    #expect(try await repository.files(in: loose).map(\.path) == ["only"])
  }

  @Test func `a reader that was open before goes on reading after a folding and after git's own repacking`()
    async throws
  {
    let scratch = try Scratch()
    let repository = try await repositoryOfPacks(4, at: scratch.path)
    let reader = try Repository.open(at: scratch.path)
    let tip = try #require(try await reader.resolve(reference: main))
    _ = try await reader.commit(tip)
    #expect(try await repository.foldPacks(whenMoreThan: 2) != nil)
    let root = try #require(try await reader.firstParentChain(from: tip, limit: 9).last)
    #expect(try await reader.files(in: root.id).count == 2)
    try await repository.record(["more": text("x")])
    try scratch.git("repack", "-q", "-a", "-d")
    #expect(try await reader.files(in: root.id).count == 2)
    #expect(try await repository.files(in: root.id).count == 2)
    #expect(try await repository.record(["yet": text("more")]) != tip)
  }

  @Test func `a damaged pack stops the folding, and nothing is removed`() async throws {
    let scratch = try Scratch()
    _ = try await repositoryOfPacks(4, at: scratch.path)
    let victim = scratch.path + "/objects/pack/" + (try #require(try packs(in: scratch).last))
    var bytes = try Data(contentsOf: URL(fileURLWithPath: victim))
    bytes[bytes.count - 26] ^= 0xff
    try FileManager.default.removeItem(atPath: victim)
    try bytes.write(to: URL(fileURLWithPath: victim))
    let repository = try Repository.open(at: scratch.path)
    #expect(await code { _ = try await repository.foldPacks(whenMoreThan: 2) } != nil)
    #expect(try packs(in: scratch).count >= 4)
  }

  @Test func `a crash at any step of a folding loses nothing`() async throws {
    for step in 0... {
      let scratch = try Scratch()
      _ = try await repositoryOfPacks(4, at: scratch.path)
      let before = try scratch.git("rev-list", "--objects", "--all")
      let repository = try Repository.open(at: scratch.path)
      let remaining = Mutex(step)
      await repository.callBeforeSteps { _ throws(Failure) in
        let stop = remaining.withLock { left in
          left -= 1
          return left < 0
        }
        if stop { throw crash }
      }
      let outcome = await code { _ = try await repository.foldPacks(whenMoreThan: 2) }
      #expect(try scratch.git("rev-list", "--objects", "--all") == before, "step \(step)")
      #expect(try scratch.git("fsck", "--strict", "--full") == "", "step \(step)")
      if outcome == nil {
        #expect(step == 8)
        break
      }
    }
  }
}
