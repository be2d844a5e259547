import Foundation
import Testing

@testable import Git

/// A repository with a work tree that is at its first commit.
private func checkedOut(_ scratch: Scratch) async throws -> (Repository, ObjectID) {
  let repository = try Repository.create(at: scratch.path, bare: false)
  let first = try await repository.record([
    "keep": text("keep\n"), "change": text("old\n"), "dir/remove": text("gone soon\n"),
  ])
  #expect(try await repository.fastForwardWorkTree(on: main, from: nil, to: first) == .followed(paths: 3))
  return (repository, first)
}

/// Moves the branch to a commit that changes, adds and removes.
private func advance(_ repository: Repository) async throws -> ObjectID {
  try await repository.record(["change": text("new\n"), "dir/remove": .remove, "add/file": text("added\n")])
}

struct WorkTreeTests {
  @Test func `a clean work tree follows its branch`() async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    #expect(try scratch.git("status", "--porcelain") == "")
    #expect(try scratch.read("change") == "old\n")
    let second = try await advance(repository)
    #expect(try await repository.workTreeState(on: main, at: first) == .clean(on: main))
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: first, to: second) == .followed(paths: 3))
    #expect(try scratch.git("status", "--porcelain") == "")
    #expect(try scratch.read("change") == "new\n")
    #expect(try scratch.read("add/file") == "added\n")
    #expect(!scratch.exists("dir"))
    #expect(try await repository.workTreeState(on: main, at: second) == .clean(on: main))
  }

  @Test func `edits are left alone and named, and all else follows`() async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    try scratch.write("mine\n", to: "keep")
    try scratch.write("staged\n", to: "change")
    try scratch.git("add", "change")
    let second = try await advance(repository)
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: first, to: second)
        == .followed(paths: 2, edited: ["change"]))
    #expect(try scratch.read("keep") == "mine\n")
    #expect(try scratch.read("change") == "staged\n")
    #expect(!scratch.exists("dir/remove"))
    #expect(try scratch.read("add/file") == "added\n")
    #expect(try scratch.git("status", "--porcelain") == "M  change\n M keep\n")
    // And it goes on so, commit after commit; where there is an edit, all files are compared.
    let third = try await repository.record(["dir/more": text("more\n")])
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: second, to: third)
        == .followed(paths: 1, edited: ["change", "keep"]))
    #expect(try scratch.git("status", "--porcelain") == "M  change\n M keep\n")
  }

  @Test func `only what changes is compared, and all of it where the last update did not come to its end`() async throws
  {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    let second = try await advance(repository)
    _ = try await repository.fastForwardWorkTree(on: main, from: first, to: second)
    // Of another size: git itself compares whole seconds, and would not see an edit of the same size in the second of the checkout.
    try scratch.write("mine, and longer\n", to: "keep")
    let third = try await repository.record(["more": text("more\n")])
    #expect(try await repository.fastForwardWorkTree(on: main, from: second, to: third) == .followed(paths: 1))
    // An update to the fourth commit is killed before it begins, and the next one is made from there.
    let fourth = try await repository.record(["change": text("newer\n")])
    let fifth = try await repository.record(["more": text("yet more\n")])
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: fourth, to: fifth)
        == .followed(paths: 2, edited: ["keep"]))
    #expect(try scratch.read("change") == "newer\n" && scratch.read("keep") == "mine, and longer\n")
    #expect(try scratch.git("status", "--porcelain") == " M keep\n")
  }

  @Test func `an edit of the same size in the same second is seen`() async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    try scratch.write("kee!\n", to: "keep")
    #expect(try await repository.workTreeState(on: main, at: first) == .dirty(["keep"]))
    try FileManager.default.removeItem(atPath: scratch.path + "/keep")
    #expect(try await repository.workTreeState(on: main, at: first) == .dirty(["keep"]))
  }

  @Test(arguments: [false, true]) func `an untracked file in the way is never overwritten`(
    ignored: Bool
  ) async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    if ignored { try scratch.write("file\n", to: ".git/info/exclude") }
    try scratch.write("mine\n", to: "add/file")
    let second = try await advance(repository)
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: first, to: second)
        == .followed(paths: 2, edited: ["add/file"]))
    #expect(try scratch.read("add/file") == "mine\n")
    #expect(try scratch.read("change") == "new\n")
  }

  @Test func `an untracked file in the way of the very first commit is never overwritten`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: false)
    try scratch.write("mine\n", to: "a")
    // An index that exists and is empty, unlike none at all, makes libgit2 trust the baseline alone.
    try scratch.git("add", "a")
    try scratch.git("rm", "-q", "--cached", "a")
    let first = try await repository.record(["a": text("theirs\n"), "b": text("b\n")])
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: nil, to: first) == .followed(paths: 1, edited: ["a"]))
    #expect(try scratch.read("a") == "mine\n")
    #expect(try scratch.read("b") == "b\n")
  }

  @Test func `an untracked file elsewhere is no obstacle and stays`() async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    try scratch.write("notes\n", to: "dir/notes")
    let second = try await advance(repository)
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: first, to: second) == .followed(paths: 3))
    #expect(try scratch.read("dir/notes") == "notes\n")
    #expect(try scratch.git("status", "--porcelain") == "?? dir/\n")
  }

  @Test func `another branch, a detached head and a begun merge are left alone`() async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    let second = try await advance(repository)
    try scratch.git("symbolic-ref", "HEAD", "refs/heads/other")
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: first, to: second)
        == .leftAlone(.otherBranch("refs/heads/other")))
    try scratch.git("update-ref", "--no-deref", "HEAD", first.hex)
    #expect(try await repository.workTreeState(on: main, at: first) == .detached(first))
    try scratch.git("symbolic-ref", "HEAD", main)
    try scratch.write("\(first.hex)\n", to: ".git/MERGE_HEAD")
    #expect(try await repository.workTreeState(on: main, at: first) == .unfinishedOperation)
  }

  @Test func `a locked index is an error before anything is touched`() async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    let second = try await advance(repository)
    try scratch.write("", to: ".git/index.lock")
    #expect(
      await code { _ = try await repository.fastForwardWorkTree(on: main, from: first, to: second) }
        == .locked)
    #expect(try scratch.read("change") == "old\n")
  }

  @Test func `a bare repository has no work tree to follow`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    #expect(try await repository.fastForwardWorkTree(on: main, from: nil, to: first) == .leftAlone(.bare))
  }

  @Test func `a symbolic link that comes with the new commit is not laid down`() async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    let blob = try scratch.git("hash-object", "-w", "--stdin", input: Array("/etc/passwd".utf8)).trimmed
    let tree = try scratch.git("mktree", input: Array("120000 blob \(blob)\tlink\n".utf8)).trimmed
    let commit = try scratch.git("commit-tree", "-p", first.hex, "-m", "link", tree).trimmed
    let second = try #require(ObjectID(hex: commit))
    #expect(
      await code { _ = try await repository.fastForwardWorkTree(on: main, from: first, to: second) }
        == .unsafe)
    #expect(!scratch.exists("link"))
  }

  /// Where an update from the first commit to the second was killed, with the third one recorded since: after it had touched none,
  /// some or all of the files, or in the midst of one.
  @Test(arguments: ["nothing", "change", "begun", "emptied", "removed", "added", "all files"])
  func `what a killed update left behind follows, and an edit beside it stays`(done: String) async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    let second = try await advance(repository)
    switch done {
    case "change": try scratch.write("new\n", to: "change")
    case "begun": try scratch.write("ne", to: "change")
    case "emptied": try scratch.write("", to: "change")
    case "removed": try FileManager.default.removeItem(atPath: scratch.path + "/dir/remove")
    case "added": try scratch.write("added\n", to: "add/file")
    case "all files":
      try scratch.write("new\n", to: "change")
      try scratch.write("added\n", to: "add/file")
      try FileManager.default.removeItem(atPath: scratch.path + "/dir/remove")
    default: break
    }
    try scratch.write("mine\n", to: "keep")
    let third = try await repository.record(["change": text("newer\n"), "more": text("more\n")])
    let outcome = try await repository.fastForwardWorkTree(on: main, from: second, to: third)
    guard case .followed(_, edited: ["keep"]) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(try scratch.git("status", "--porcelain") == " M keep\n")
    #expect(try scratch.read("keep") == "mine\n" && scratch.read("change") == "newer\n")
    _ = first
  }

  @Test func `an older version that somebody took back by hand is an edit`() async throws {
    let scratch = try Scratch()
    let (repository, first) = try await checkedOut(scratch)
    let second = try await advance(repository)
    _ = try await repository.fastForwardWorkTree(on: main, from: first, to: second)
    try scratch.write("old\n", to: "change")
    let third = try await repository.record(["more": text("more\n"), "change": text("newer\n")])
    #expect(
      try await repository.fastForwardWorkTree(on: main, from: second, to: third)
        == .followed(paths: 1, edited: ["change"]))
    #expect(try scratch.read("change") == "old\n")
  }
}
