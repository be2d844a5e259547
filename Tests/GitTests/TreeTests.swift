import Failures
import Testing

@testable import Git

private let someID = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

/// Raw bytes of a tree, entries as given: nothing sorted, nothing checked.
private func rawTree(_ entries: (mode: String, name: String)...) throws -> [UInt8] {
  let id = try #require(ObjectID(hex: someID))
  return entries.flatMap { Array("\($0.mode) \($0.name)".utf8) + [0] + id.bytes }
}

private func parse(_ bytes: [UInt8]) throws -> [TreeEntry] {
  try Tree.parse(bytes, id: #require(ObjectID(hex: someID)))
}

struct TreeTests {
  @Test func `entries are read in git's order, in which a directory sorts with a slash`() throws {
    let bytes = try rawTree(
      ("100644", "a"), ("100644", "b.c"), ("40000", "b"), ("100644", "b0"), ("120000", "x"), ("160000", "y"),
      ("100755", "z"))
    let entries = try parse(bytes)
    #expect(entries.map(\.name) == ["a", "b.c", "b", "b0", "x", "y", "z"])
    #expect(
      entries.map(\.mode)
        == [.file, .file, .directory, .file, .symbolicLink, .foreignCommit, .executable])
    #expect(Tree.serialise(entries.reversed()) == bytes)
  }

  @Test func `a tree that readers could take in two ways is corrupt`() throws {
    let cases = [
      try rawTree(("100644", "policy"), ("100644", "policy")),
      try rawTree(("100644", "a"), ("100644", "a.b"), ("40000", "a")),
      try rawTree(("100644", "a"), ("40000", "a")),
      try rawTree(("100644", "b"), ("100644", "a")),
      try rawTree(("40000", "b"), ("100644", "b.c")),
      try rawTree(("040000", "a")),
      try rawTree(("100664", "a")),
      try rawTree(("100600", "a")),
      try rawTree(("100644", "")),
      try rawTree(("100644", ".")),
      try rawTree(("100644", "..")),
      try rawTree(("40000", ".git")),
      try rawTree(("40000", ".GiT")),
      try rawTree(("100644", "a/b")),
      Array(try rawTree(("100644", "a")).dropLast()),
      try rawTree(("100644", "a")) + Array("100644 b".utf8),
      Array("100644 \u{ff}".utf8.dropLast()) + [0] + [UInt8](repeating: 1, count: 20),
    ]
    for (index, bytes) in cases.enumerated() {
      let error = #expect(throws: Failure.self, "case \(index)") { try parse(bytes) }
      #expect(error?.code == .corrupt, "case \(index)")
    }
  }

  @Test func `two entries of one name that git stores are refused when they are read`() async throws {
    let scratch = try Scratch()
    try scratch.git("init", "-q", "--bare")
    let good = try scratch.git("hash-object", "-w", "--stdin", input: Array("good".utf8)).trimmed
    let evil = try scratch.git("hash-object", "-w", "--stdin", input: Array("EVIL".utf8)).trimmed
    let listing = "100644 blob \(good)\tpolicy\n100644 blob \(evil)\tpolicy\n"
    let tree = try scratch.git("mktree", input: Array(listing.utf8)).trimmed
    let commit = try scratch.git("commit-tree", "-m", "twins", tree).trimmed
    let repository = try Repository.open(at: scratch.path)
    let id = try #require(ObjectID(hex: commit))
    #expect(await code { _ = try await repository.entry(at: "policy", in: id) } == .corrupt)
    #expect(await code { _ = try await repository.files(in: id) } == .corrupt)
    #expect(await code { _ = try await repository.differences(from: nil, to: id) } == .corrupt)
  }

  @Test func `a path that some system takes for another is refused`() {
    let paths = [
      "", "/a", "a/", "a//b", ".", "a/..", "a/./b", ".git", "a/.GIT/b", ".git.", ".git ", "git~1", "GIT~1",
      ".git:x", ".g\u{200c}it", "a\\b", "a\u{0}b", "a\nb", "a\u{7f}",
    ]
    for path in paths {
      let error = #expect(throws: Failure.self, "\(path.debugDescription)") {
        try TreeEdit([path: .remove])
      }
      #expect(error?.code == .invalid)
    }
  }

  @Test func `a path with ordinary names is accepted`() throws {
    for path in ["a", "a/b/c.json", ".gitattributes", ".github/x", "git~2", "\u{e9}", "-a", "..a", "a b"] {
      #expect(try TreeEdit([path: .remove]).count == 1)
    }
  }

  @Test func `unicode spellings of one name stay two files`() throws {
    var edit = TreeEdit()
    try edit.put([1], at: "caf\u{e9}")
    try edit.put([2], at: "cafe\u{301}")
    #expect(edit.count == 2)
    #expect(throws: Failure.self) { try edit.put([3], at: "caf\u{e9}") }
  }
}
