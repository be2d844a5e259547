import Facts
import Foundation
import Git
import Testing

@testable import Gate

private func id(_ digit: Character) throws -> ObjectID {
  try #require(ObjectID(hex: String(repeating: digit, count: 40)))
}

private let now = Timestamp(microseconds: 1_790_000_000_000_000)

@Suite struct SeenStoreTests {
  private let scratch: Scratch
  private let store: SeenStore

  init() throws {
    scratch = try Scratch()
    store = SeenStore(folder: scratch.path, lock: scratch.file("lock"), introduction: try id("a"))
  }

  @Test func `what was seen is read back as it was written, for its owner alone`() throws {
    #expect(try store.read() == nil)
    let seen = SeenFile(
      introduction: try id("a"), verifiedTip: try id("b"), policyVersion: 3, clockFloor: now,
      clones: [
        scratch.path: .init(
          verifiedTip: try id("b"), publishedTip: try id("c"), publishedOn: "refs/remotes/origin/main"),
        "/": .init(),
      ])
    try store.create(seen)
    #expect(try store.read() == seen)
    let attributes = try FileManager.default.attributesOfItem(atPath: store.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
        == ["\(try id("a")).json", "lock"])
  }

  @Test func `what is remembered is not adopted anew, from whatever copy`() async throws {
    let seen = SeenFile(introduction: try id("a"), verifiedTip: try id("b"), policyVersion: 3, clockFloor: now)
    try store.create(seen)
    await expect(.remembered) { try store.create(SeenFile(introduction: id("a"), clockFloor: now)) }
    #expect(try store.read() == seen)
    // A file that nobody can read could have said anything.
    try scratch.write("x", to: "\(try id("a")).json")
    await expect(.fileMalformed) { try store.create(seen) }
  }

  @Test func `a file of another history is refused`() async throws {
    try scratch.write(SeenFile(introduction: try id("b"), clockFloor: now).bytes, to: "\(try id("a")).json")
    await expect(.fileMalformed) { _ = try store.read() }
    let negative = SeenFile(introduction: try id("a"), policyVersion: -1, clockFloor: now)
    try scratch.write(negative.bytes, to: "\(try id("a")).json")
    await expect(.fileMalformed) { _ = try store.read() }
  }

  @Test func `only a file that is not there means that nothing was seen`() async throws {
    let manager = FileManager.default
    try store.create(SeenFile(introduction: try id("a"), clockFloor: now))
    try manager.moveItem(atPath: store.path, toPath: scratch.file("real"))
    try manager.createSymbolicLink(atPath: store.path, withDestinationPath: scratch.file("nowhere"))
    await expect(.fileIsLink) { _ = try store.read() }
    try manager.removeItem(atPath: store.path)
    try manager.createDirectory(atPath: store.path, withIntermediateDirectories: false)
    await expect(.fileIsSpecial) { _ = try store.read() }
    try manager.removeItem(atPath: store.path)
    #expect(try store.read() == nil)
    let loop = SeenStore(folder: scratch.file("loop"), lock: scratch.file("lock"), introduction: try id("a"))
    try manager.createSymbolicLink(atPath: scratch.file("loop"), withDestinationPath: "loop")
    await expect(.fileFailed) { _ = try loop.read() }
  }

  @Test func `the clock's floor only rises, in place, and nothing else of the file changes`() throws {
    try store.raiseClock(to: now)
    #expect(try store.read() == nil)
    var seen = SeenFile(introduction: try id("a"), verifiedTip: try id("b"), policyVersion: 3, clockFloor: now)
    try store.create(seen)
    let inode = try FileManager.default.attributesOfItem(atPath: store.path)[.systemFileNumber] as? Int
    seen.clockFloor = now.advanced(bySeconds: 5_000_000)
    try store.raiseClock(to: seen.clockFloor)
    #expect(try store.read() == seen)
    try store.raiseClock(to: now)
    #expect(try store.read() == seen)
    #expect(try FileManager.default.attributesOfItem(atPath: store.path)[.systemFileNumber] as? Int == inode)
  }

  @Test func `what many processes note at once is all there`() async throws {
    try store.create(SeenFile(introduction: try id("a"), clockFloor: now))
    let store = store
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...40 {
        group.addTask {
          try store.raiseClock(to: now.advanced(bySeconds: Int64(number)))
          try await store.update { $0.policyVersion += 1 }
        }
      }
      try await group.waitForAll()
    }
    let seen = try #require(try store.read())
    #expect(seen.policyVersion == 40)
    #expect(seen.clockFloor == now.advanced(bySeconds: 40))
  }

  @Test func `a clone that is gone is forgotten with the next change`() async throws {
    try store.create(
      SeenFile(
        introduction: try id("a"), clockFloor: now, clones: [scratch.path: .init(), scratch.file("gone"): .init()]))
    try await store.update { $0.policyVersion = 1 }
    #expect(try store.read()?.clones.keys.sorted() == [scratch.path])
  }

  @Test func `what was seen never goes back`() async throws {
    let seen = SeenFile(introduction: try id("a"), policyVersion: 3, clockFloor: now)
    try seen.check(policyVersion: 3)
    try seen.check(now: now)
    await expect(.rewound) { try seen.check(policyVersion: 2) }
    await expect(.clockWentBack) { try seen.check(now: now.advanced(bySeconds: -1)) }
  }

  @Test func `only what an admin accepted goes back, and never the clock`() throws {
    var seen = SeenFile(
      introduction: try id("a"), verifiedTip: try id("c"), policyVersion: 3, clockFloor: now,
      clones: [
        "/x": .init(verifiedTip: try id("c"), publishedTip: try id("b"), publishedOn: "refs/remotes/origin/main")
      ])
    seen.rewind(to: try id("d"), in: "/x", policyVersion: 2)
    let back = try id("d")
    #expect(seen.verifiedTip == back && seen.policyVersion == 2 && seen.clockFloor == now)
    #expect(seen.clones["/x"]?.verifiedTip == back && seen.clones["/x"]?.publishedTip == back)
    seen.rewind(to: back, in: "/y", policyVersion: 2)
    #expect(seen.clones["/y"]?.publishedTip == nil)
  }

  @Test func `a main holds what lies on its line of first parents, and nothing else`() async throws {
    let site = try await Site()
    let one = try site.commit(["observations/hosts.json": "1"], by: "engine")
    let two = try site.commit(["observations/hosts.json": "2"], by: "engine")
    try site.git("checkout", "-q", "-b", "side", one.hex)
    let side = try site.commit(["observations/hosts.json": "3"], by: "engine")
    func holds(_ ancestor: ObjectID?, _ tip: ObjectID) async throws -> Bool {
      let seen = SeenFile(introduction: site.introduction, verifiedTip: ancestor, clockFloor: now)
      return try await seen.isHeld(by: tip, in: site.repository)
    }
    for held in [nil, site.introduction, one, two] { #expect(try await holds(held, two)) }
    #expect(try await !holds(two, one))
    #expect(try await !holds(two, side))
    #expect(try await !holds(side, two))
    // One that this clone never fetched.
    #expect(try await !holds(id("f"), two))
    // A second parent is not on the line.
    try site.git("checkout", "-q", "main")
    try site.merge("side", by: "alice", "-s", "ours")
    #expect(try await !holds(side, site.id("HEAD")))
  }
}
