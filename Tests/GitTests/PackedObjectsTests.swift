import Foundation
import TestSupport
import Testing

@testable import Git

@Suite struct PackedObjectsTests {
  /// A repository with several packs whose objects git made of each other: texts that grow, and one that is large.
  private func repository(_ scratch: Scratch, _ settings: [String] = []) throws {
    try scratch.git("init", "--quiet", "--initial-branch=main")
    for setting in settings {
      let parts = setting.split(separator: "=").map(String.init)
      try scratch.git("config", parts[0], parts[1])
    }
    var random = SeededGenerator(seed: 7)
    var lines = (0..<60).map { "line \($0) \(random.next())" }
    try scratch.write((0..<30_000).map { _ in String(random.next()) }.joined(separator: "\n"), to: "large")
    for round in 0..<4 {
      for number in 0..<8 {
        lines[Int.random(in: 0..<60, using: &random)] = "changed \(round) \(number)"
        try scratch.write(lines.joined(separator: "\n") + "\n", to: "folder/text-\(number % 3)")
        try scratch.write("", to: "empty")
        try scratch.git("add", ".")
        try scratch.git("commit", "--quiet", "--message", "\(round) \(number)")
      }
      try scratch.git("tag", "--annotate", "--message", "round \(round)", "round-\(round)")
      // What has been packed stays in its pack.
      try scratch.git("repack", "-d", "--quiet", "--depth=20", "--window=20")
    }
    try scratch.git("prune-packed")
  }

  /// What git says of all objects: kind and content.
  private func all(_ scratch: Scratch) throws -> [ObjectID: (kind: ObjectKind, bytes: [UInt8])] {
    let listed = try scratch.git("cat-file", "--batch-all-objects", "--batch-check=%(objectname) %(objecttype)")
    var objects: [ObjectID: (kind: ObjectKind, bytes: [UInt8])] = [:]
    for line in listed.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      let id = try #require(ObjectID(hex: words[0]))
      let kind = try #require(ObjectKind(rawValue: words[1]))
      let file = scratch.path + "/content"
      _ = try scratch.run(
        "/bin/sh", ["-c", "exec git cat-file \"$0\" \"$1\" > content", words[1], words[0]], input: nil)
      objects[id] = (kind, Array(try Data(contentsOf: URL(fileURLWithPath: file))))
    }
    return objects
  }

  private func packs(_ scratch: Scratch) throws -> [String] {
    let folder = scratch.path + "/.git/objects/pack"
    return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".pack") }.sorted()
      .map { "\(folder)/\($0.dropLast(5))" }
  }

  @Test(arguments: [[], ["repack.usedeltabaseoffset=false"], ["core.compression=9"]])
  func `every object of git's packs is read as git reads it, whole ones and differences`(settings: [String]) throws {
    let scratch = try Scratch()
    try repository(scratch, settings)
    let right = try all(scratch)
    let stems = try packs(scratch)
    #expect(stems.count == 4)
    let differences = try stems.map { try scratch.git("verify-pack", "-v", $0) }.joined().split(separator: "\n")
      .filter { $0.split(separator: " ").count == 7 }
    #expect(differences.count > 20)
    var random = SeededGenerator(seed: 3)
    for check in [HashCheck.againstCollisions, .plain] {
      let packed = try PackedObjects(folder: scratch.path + "/.git/objects/pack", check: check)
      // Often enough that indexes get their marks, and in an order in which the favourite pack changes.
      for _ in 0..<12 {
        for id in right.keys.sorted().shuffled(using: &random) {
          let object = try #require(packed.object(id))
          #expect(object.kind == right[id]?.kind && object.bytes == right[id]?.bytes)
        }
      }
      let absent = try #require(ObjectID(hex: String(repeating: "42", count: 20)))
      #expect(packed.object(absent) == nil)
    }
  }

  @Test func `a flipped bit anywhere in a pack or its index gives the right content or none`() throws {
    let scratch = try Scratch()
    try scratch.git("init", "--quiet")
    let text = (0..<40).map { "line \($0)\n" }.joined()
    for number in 0..<3 {
      try scratch.write(text + "\(number)\n", to: "text")
      try scratch.git("add", ".")
      try scratch.git("commit", "--quiet", "--message", "\(number)")
    }
    try scratch.git("repack", "-adf", "--quiet")
    let right = try all(scratch)
    let stem = try #require(try packs(scratch).first)
    let folder = scratch.path + "/.git/objects/pack"
    var lost = 0
    for suffix in [".pack", ".idx"] {
      let good = try Data(contentsOf: URL(fileURLWithPath: stem + suffix))
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: stem + suffix)
      for place in good.indices {
        // Most of an index says the same thing 256 times.
        if suffix == ".idx", place < 1_000, place % 8 != 0 { continue }
        var bad = good
        bad[place] ^= UInt8(1 << (place % 8))
        try bad.write(to: URL(fileURLWithPath: stem + suffix))
        let packed = try PackedObjects(folder: folder)
        for (id, object) in right {
          guard let found = packed.object(id) else {
            lost += 1
            continue
          }
          #expect(found.kind == object.kind && found.bytes == object.bytes, "\(suffix), byte \(place)")
        }
      }
      for length in stride(from: 0, to: good.count, by: 13) {
        try good.prefix(length).write(to: URL(fileURLWithPath: stem + suffix))
        let packed = try PackedObjects(folder: folder)
        for (id, object) in right {
          if let found = packed.object(id) { #expect(found.bytes == object.bytes) }
        }
      }
      try good.write(to: URL(fileURLWithPath: stem + suffix))
    }
    #expect(lost > 100)
    let packed = try PackedObjects(folder: folder)
    #expect(right.keys.allSatisfy { packed.object($0) != nil })
  }

  @Test func `what is no pack is passed over, and nobody waits for it`() throws {
    let scratch = try Scratch()
    try repository(scratch)
    let folder = scratch.path + "/.git/objects/pack"
    let right = try all(scratch)
    mkfifo(folder + "/pack-a.idx", 0o600)
    symlink("/dev/zero", folder + "/pack-b.idx")
    try scratch.write("", to: ".git/objects/pack/pack-c.idx")
    try scratch.write(String(repeating: "x", count: 5_000), to: ".git/objects/pack/pack-d.idx")
    try FileManager.default.createDirectory(atPath: folder + "/pack-e.idx", withIntermediateDirectories: false)
    let stem = try #require(try packs(scratch).first)
    try FileManager.default.copyItem(atPath: stem + ".idx", toPath: folder + "/pack-0.idx")
    let packed = try PackedObjects(folder: folder)
    for (id, object) in right { #expect(packed.object(id).map { $0.bytes == object.bytes } == true, "\(id)") }
  }

  @Test func `packs that come are found, and those that went are not missed`() async throws {
    let scratch = try Scratch()
    try repository(scratch)
    let packed = try PackedObjects(folder: scratch.path + "/.git/objects/pack")
    let reader = try HistoryReader(at: scratch.path)
    let old = try all(scratch)
    for id in old.keys { #expect(packed.object(id) != nil) }
    try scratch.write("something new\n", to: "folder/new")
    try scratch.git("add", ".")
    try scratch.git("commit", "--quiet", "--message", "new")
    let tip = try #require(ObjectID(hex: try scratch.git("rev-parse", "HEAD").trimmed))
    // Not in a pack yet: libgit2's to read.
    #expect(packed.object(tip) == nil)
    #expect(try reader.commit(tip).message == "new\n")
    try scratch.git("repack", "-adf", "--quiet")
    #expect(try packs(scratch).count == 1)
    let now = try all(scratch)
    for (id, object) in now {
      #expect(packed.object(id).map { $0.bytes == object.bytes } == true, "\(id)")
      if object.kind == .blob { #expect(try reader.blob(id) == object.bytes) }
    }
  }

  @Test(arguments: [UInt64](0..<20)) func `a difference that nobody made changes nothing and ends nothing`(seed: UInt64)
  {
    var random = SeededGenerator(seed: seed)
    let base = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
    // Copies of the base's middle and a text between them.
    let good: [UInt8] =
      [0xac, 0x02, 0x19] + [0x91, 0x10, 0x0a] + [0x05] + Array("hello".utf8) + [0x91, 0x80, 0x0a]
    #expect(
      PackDelta.apply(good, to: base, most: 100)
        == Array(base[16..<26]) + Array("hello".utf8) + Array(base[128..<138]))
    #expect(PackDelta.apply(good, to: base, most: 24) == nil)
    #expect(PackDelta.apply(good, to: base.dropLast(), most: 100) == nil)
    for length in 0..<good.count { #expect(PackDelta.apply(Array(good.prefix(length)), to: base, most: 100) == nil) }
    for _ in 0..<2_000 {
      var bad = good
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bad[Int.random(in: 0..<bad.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      if let made = PackDelta.apply(bad, to: base, most: 100) { #expect(made.count <= 100) }
    }
  }

  @Test func `the plain hash is the one that notices collisions, for every kind and size`() throws {
    var random = SeededGenerator(seed: 1)
    try Libgit2.start()
    for size in [0, 1, 9, 10, 63, 64, 100, 1_000, 65_536] {
      let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
      for kind in [ObjectKind.blob, .tree, .commit, .tag] {
        #expect(ObjectID.plainHash(bytes, as: kind) == ObjectID.hash(bytes, as: kind))
        #expect(try ObjectID(hashing: bytes, as: kind) == ObjectID.plainHash(bytes, as: kind))
      }
    }
  }
}
