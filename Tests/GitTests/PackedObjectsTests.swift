import Failures
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

  private func reader(_ scratch: Scratch) throws -> ObjectReader {
    try ObjectReader(of: Repository.openHandle(at: scratch.path), treeByteCount: 1 << 20)
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
    let packed = try reader(scratch)
    for (id, object) in right { #expect(try packed.object(id) == object, "\(id)") }
    let absent = try #require(ObjectID(hex: String(repeating: "42", count: 20)))
    #expect(throws: Failure.self) { try packed.object(absent) }
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
        let packed = try reader(scratch)
        for (id, object) in right {
          guard let found = try? packed.object(id) else {
            lost += 1
            continue
          }
          #expect(found == object, "\(suffix), byte \(place)")
        }
      }
      for length in stride(from: 0, to: good.count, by: 13) {
        try good.prefix(length).write(to: URL(fileURLWithPath: stem + suffix))
        let packed = try reader(scratch)
        for (id, object) in right {
          if let found = try? packed.object(id) { #expect(found == object) }
        }
      }
      try good.write(to: URL(fileURLWithPath: stem + suffix))
    }
    #expect(lost > 100)
    let packed = try reader(scratch)
    for (id, object) in right { #expect(try packed.object(id) == object) }
  }

  @Test(arguments: [".pack", ".idx"])
  func `a pack that cannot be opened is named, and its objects are not called missing`(suffix: String) throws {
    let scratch = try Scratch()
    try scratch.git("init", "--quiet")
    try scratch.write("text", to: "text")
    try scratch.git("add", ".")
    try scratch.git("commit", "--quiet", "--message", "one")
    let id = try #require(ObjectID(hex: try scratch.git("rev-parse", "HEAD").trimmed))
    try scratch.git("repack", "-adf", "--quiet")
    try scratch.git("prune-packed")
    // Nobody can open a link to itself, not even root.
    let path = try #require(try packs(scratch).first) + suffix
    try FileManager.default.removeItem(atPath: path)
    symlink(path, path)
    let packed = try reader(scratch)
    do {
      _ = try packed.object(id)
      Issue.record("it was read")
    } catch {
      #expect(error.code == .io && error.message.contains("cannot open \(path)"), "\(error)")
    }
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
    let packed = try reader(scratch)
    for (id, object) in right { #expect(try packed.object(id) == object, "\(id)") }
  }

  @Test func `packs that come are found, and those that went are not missed`() async throws {
    let scratch = try Scratch()
    try repository(scratch)
    let packed = try reader(scratch)
    let old = try all(scratch)
    for (id, object) in old { #expect(try packed.object(id) == object) }
    try scratch.write("something new\n", to: "folder/new")
    try scratch.git("add", ".")
    try scratch.git("commit", "--quiet", "--message", "new")
    let tip = try #require(ObjectID(hex: try scratch.git("rev-parse", "HEAD").trimmed))
    #expect(try packed.commit(tip).message == "new\n")
    try scratch.git("repack", "-adf", "--quiet")
    #expect(try packs(scratch).count == 1)
    for (id, object) in try all(scratch) { #expect(try packed.object(id) == object, "\(id)") }
  }
}
