import Failures
import Files
import Foundation
import Synchronization
import Testing

@testable import Git

struct WritingTests {
  @Test func `what is written, plain git reads and finds sound`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path + "/r", bare: true, initialBranch: "main")
    let first = try await repository.record([
      "a.txt": text("one\n"), "dir/b.txt": text("two\n"), "dir/sub/c.txt": text("three\n"),
      "dir.txt": text(""),
    ])
    let second = try await repository.record(["dir/sub/c.txt": .remove, "a.txt": text("one more\n")])
    #expect(try scratch.git("-C", "r", "fsck", "--strict", "--full") == "")
    #expect(try scratch.git("-C", "r", "rev-parse", "main").trimmed == second.hex)
    #expect(try scratch.git("-C", "r", "rev-parse", "main^").trimmed == first.hex)
    #expect(try scratch.git("-C", "r", "show", "main:a.txt") == "one more\n")
    #expect(
      try scratch.git("-C", "r", "ls-tree", "-r", "--name-only", "main") == "a.txt\ndir.txt\ndir/b.txt\n")
    #expect(
      try await repository.files(in: first).map(\.path) == ["a.txt", "dir.txt", "dir/b.txt", "dir/sub/c.txt"])
    #expect(try await repository.files(under: "dir/sub", in: first).map(\.path) == ["dir/sub/c.txt"])
    #expect(try await repository.files(under: "none", in: first).isEmpty)
    let entry = try #require(try await repository.entry(at: "dir/b.txt", in: second))
    #expect(try await repository.blob(entry.id) == Array("two\n".utf8))
    #expect(try await repository.entry(at: "dir/sub", in: second) == nil)
    #expect(
      try await repository.differences(from: first, to: second).map(\.path) == ["a.txt", "dir/sub/c.txt"])
    #expect(try await repository.firstParentChain(from: second, limit: 9).map(\.id) == [second, first])
    #expect(try await repository.isAncestor(first, of: second))
    #expect(try await !repository.isAncestor(second, of: first))
    let contents = try await repository.readFiles(in: second, into: [String: String]()) {
      $0[$1] = String(decoding: $2, as: UTF8.self)
    }
    #expect(contents == ["a.txt": "one more\n", "dir.txt": "", "dir/b.txt": "two\n"])
    let ids = try await repository.files(in: second).map(\.id)
    #expect(try await repository.blobs(ids.reversed()) == ["two\n", "", "one more\n"].map { Array($0.utf8) })
    let names = try await repository.walk(in: second, into: "") { names, path, _ in names += path + " " }
    #expect(names == "a.txt dir.txt dir/b.txt ")
  }

  @Test func `an edit that changes nothing adds nothing but the same trees`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a/b": text("x"), "c/d": text("y")])
    let tree = try await repository.commit(first).tree
    var batch = ObjectBatch()
    let again = try await repository.apply(TreeEdit(["a/b": text("x")]), to: tree, into: &batch)
    #expect(again == tree)
    #expect(batch.count == 2)
  }

  @Test func `an edit can build on trees that are not written yet`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    var batch = ObjectBatch()
    let one = try await repository.apply(TreeEdit(["a/b": text("x")]), to: nil, into: &batch)
    let two = try await repository.apply(TreeEdit(["a/c": text("y")]), to: one, into: &batch)
    let commit = try RawCommit(tree: two, parents: [], author: ada(), committer: ada(), message: "m\n")
    let id = try batch.add(commit: commit)
    try await repository.write(batch)
    #expect(try await repository.files(in: id).map(\.path) == ["a/b", "a/c"])
  }

  @Test func `files and directories change places only when the edit says so`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("file"), "d/x": text("1"), "d/y": text("2")])
    #expect(await code { _ = try await repository.store(["a/b": text("x")], on: first) } == .invalid)
    #expect(await code { _ = try await repository.store(["d": text("x")], on: first) } == .invalid)
    #expect(
      await code { _ = try await repository.store(["d": text("x"), "d/x": .remove], on: first) } == .invalid)
    #expect(
      await code { _ = try await repository.store(["n": text("x"), "n/x": text("x")], on: first) } == .invalid
    )
    #expect(await code { _ = try await repository.store(["none": .remove], on: first) } == .notFound)
    #expect(await code { _ = try await repository.store(["d": .remove], on: first) } == .notFound)
    let swapped = try await repository.store(
      ["a": .remove, "a/b": text("x"), "d": text("x"), "d/x": .remove, "d/y": .remove], on: first)
    #expect(try await repository.files(in: swapped).map(\.path) == ["a/b", "d"])
    let found = try await repository.differences(from: first, to: swapped)
    #expect(Set(found.map(\.path)) == ["a", "a/b", "d", "d/x", "d/y"])
    let empty = try await repository.store(["a/b": .remove, "d": .remove], on: swapped)
    #expect(try await repository.files(in: empty).isEmpty)
    #expect(try scratch.git("fsck", "--strict", "--full", "--no-dangling") == "")
  }

  @Test func `a content can be used again by its id, and nothing else can`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("x")])
    let blob = try #require(try await repository.entry(at: "a", in: first)).id
    let second = try await repository.store(["b/c": .use(blob)], on: first)
    #expect(try await repository.entry(at: "b/c", in: second)?.id == blob)
    #expect(await code { _ = try await repository.store(["b": .use(first)], on: first) } == .invalid)
    let unknown = try #require(ObjectID(hex: String(repeating: "1", count: 40)))
    #expect(await code { _ = try await repository.store(["b": .use(unknown)], on: first) } == .notFound)
  }

  @Test func `a commit over what is not stored is refused`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let unknown = try #require(ObjectID(hex: String(repeating: "1", count: 40)))
    let first = try await repository.record(["a": text("x")])
    let tree = try await repository.commit(first).tree
    for (tree, parents) in [(unknown, []), (tree, [unknown]), (first, []), (tree, [tree])] {
      var batch = ObjectBatch()
      try batch.add(
        commit: RawCommit(tree: tree, parents: parents, author: ada(), committer: ada(), message: "m\n"))
      let dangling = batch
      #expect(await code { try await repository.write(dangling) } == .invalid)
    }
    #expect(
      await code {
        try await repository.updateReference(main, to: unknown, expecting: first, message: "m")
      } == .notFound)
  }

  @Test func `twenty thousand files make one pack, and ten more a small one`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    var edit = TreeEdit()
    for host in 0..<200 {
      for file in 0..<100 {
        try edit.put(
          Array("{\"host\": \(host), \"file\": \(file)}\n".utf8), at: "findings/\(host)/f\(file).json")
      }
    }
    var batch = ObjectBatch()
    let tree = try await repository.apply(edit, to: nil, into: &batch)
    #expect(batch.count == 20_000 + 202)
    let id = try batch.add(
      commit: RawCommit(tree: tree, parents: [], author: ada(), committer: ada(), message: "all\n"))
    try await repository.write(batch)
    try await repository.updateReference(main, to: id, expecting: nil, message: "all")
    var ten: [String: TreeEdit.Change] = [:]
    for host in 0..<10 { ten["findings/\(host)/f1.json"] = text("changed \(host)") }
    var small = ObjectBatch()
    _ = try await repository.apply(TreeEdit(ten), to: tree, into: &small)
    #expect(small.count == 10 + 10 + 2)
    try await repository.record(ten)
    #expect(try scratch.git("fsck", "--strict", "--full") == "")
    #expect(try scratch.git("rev-list", "--objects", "--all", "--count").trimmed == "\(20_203 + 23)")
    #expect(try scratch.git("count-objects", "-v").contains("count: 0\n"))
    #expect(try await repository.files(in: id).count == 20_000)
  }

  @Test func `an object of several megabytes goes through whole`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<700_000).flatMap { _ in withUnsafeBytes(of: generator.next()) { Array($0) } }
    let id = try await repository.record(["big": .put(bytes), "small": text("x")])
    let entry = try #require(try await repository.entry(at: "big", in: id))
    #expect(try await repository.blob(entry.id) == bytes)
    #expect(try scratch.git("fsck", "--strict", "--full") == "")
  }

  @Test func `a crash before any step leaves the old tip or the new one, and a sound repository`()
    async throws
  {
    let scratch = try Scratch()
    let old = try await Repository.create(at: scratch.path, bare: true).record(["a": text("old")])
    var tip = old
    for step in 0... {
      let repository = try Repository.open(at: scratch.path)
      let remaining = Mutex(step)
      await repository.callBeforeSteps { _ throws(Failure) in
        let stop = remaining.withLock { left in
          left -= 1
          return left < 0
        }
        if stop { throw crash }
      }
      let outcome = await code { try await repository.record(["a": text("step \(step)")]) }
      let after = try Repository.open(at: scratch.path)
      let now = try #require(try await after.resolve(reference: main))
      #expect(try scratch.git("fsck", "--strict", "--full", "--no-dangling") == "", "step \(step)")
      let entry = try #require(try await after.entry(at: "a", in: now))
      let content = String(decoding: try await after.blob(entry.id), as: UTF8.self)
      #expect(now == tip || content == "step \(step)", "step \(step)")
      tip = now
      if outcome == nil {
        #expect(content == "step \(step)")
        #expect(step == 6)
        break
      }
    }
  }

  @Test func `a batch that fails before its pack has a name leaves no pack behind`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    await repository.callBeforeSteps { step throws(Failure) in if step == .finishPack { throw crash } }
    #expect(await code { _ = try await repository.store(["a": text("x")]) } == .other)
    #expect(try (Folder.names(in: scratch.path + "/objects/pack") ?? []).filter { $0.hasSuffix(".idx") } == [])
  }
}
