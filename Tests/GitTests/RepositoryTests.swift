import Failures
import Foundation
import TestSupport
import Testing

@testable import Git

struct RepositoryTests {
  @Test func `only a repository at exactly the path is opened`() async throws {
    let scratch = try Scratch()
    #expect(await code { _ = try Repository.open(at: scratch.path + "/r") } == .notFound)
    _ = try Repository.create(at: scratch.path + "/r", bare: false)
    #expect(await code { _ = try Repository.create(at: scratch.path + "/r", bare: false) } == .exists)
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/r/inner", withIntermediateDirectories: true)
    #expect(await code { _ = try Repository.open(at: scratch.path + "/r/inner") } == .notFound)
    let found = try #require(try Repository.discover(from: scratch.path + "/r/inner"))
    #expect(
      try Repository.open(at: found).workTree == (try Repository.open(at: scratch.path + "/r").workTree))
    #expect(try Repository.discover(from: "/") == nil)
  }

  @Test(.timeLimit(.minutes(1)), arguments: [FileDamage.pipe, .folder, .device, .unreadable], ["HEAD", "config"])
  func `a repository whose own file cannot be read is told with that file, and never as not there`(
    damage: FileDamage, file: String
  ) async throws {
    guard damage != .unreadable || geteuid() == 0 else { return }
    let scratch = try Scratch()
    for (name, isBare) in [("r", false), ("b", true)] {
      _ = try Repository.create(at: "\(scratch.path)/\(name)", bare: isBare)
      let place = isBare ? "\(scratch.path)/b/\(file)" : "\(scratch.path)/r/.git/\(file)"
      try damage.apply(to: place)
      let failure = #expect(throws: Failure.self) { try Repository.open(at: "\(scratch.path)/\(name)") }
      #expect(failure?.code == .unsafe && failure?.object == place)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "giving a file to another user needs root"))
  func `a repository of another user is refused as unsafe`() async throws {
    let scratch = try Scratch()
    _ = try Repository.create(at: scratch.path + "/r", bare: true)
    #expect(try scratch.run("/usr/bin/chown", ["-R", "12345", "r"], input: nil).status == 0)
    #expect(await code { _ = try Repository.open(at: scratch.path + "/r") } == .unsafe)
    _ = try Repository.create(at: scratch.path + "/w", bare: false)
    #expect(try scratch.run("/usr/bin/chown", ["-R", "12345", "w/.git"], input: nil).status == 0)
    #expect(await code { _ = try Repository.open(at: scratch.path + "/w") } == .unsafe)
  }

  @Test func `a repository with other object names or unknown extensions is refused`() async throws {
    let scratch = try Scratch()
    try scratch.git("init", "-q", "--bare", "--object-format=sha256", "r")
    #expect(await code { _ = try Repository.open(at: scratch.path + "/r") } != nil)
    _ = try Repository.create(at: scratch.path + "/x", bare: true)
    try scratch.git("-C", "x", "config", "core.repositoryformatversion", "1")
    try scratch.git("-C", "x", "config", "extensions.unknown", "true")
    #expect(await code { _ = try Repository.open(at: scratch.path + "/x") } != nil)
  }

  @Test func `a fresh repository has no hazards, and each one is named`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    let second = try await repository.record(["a": text("2")])
    #expect(try await repository.hazards() == [])
    try scratch.git("replace", first.hex, second.hex)
    #expect(try await repository.hazards() == [.replaceReferences(["refs/replace/\(first.hex)"])])
    #expect(try await repository.commit(second).parents == [first])
    try scratch.git("pack-refs", "--all")
    #expect(try await repository.hazards().count == 1)
    try scratch.write("\(second.hex)\n", to: "info/grafts")
    try scratch.write("\(second.hex)\n", to: "shallow")
    try scratch.write("/nowhere\n", to: "objects/info/alternates")
    #expect(try await repository.hazards().count == 4)
    #expect(try await repository.commit(second).parents == [first])
  }

  @Test func `a changed object file is not read as what it was`() async throws {
    let scratch = try Scratch()
    try scratch.git("init", "-q", "--bare")
    let good = try scratch.git("hash-object", "-w", "--stdin", input: Array("good".utf8)).trimmed
    let evil = try scratch.git("hash-object", "-w", "--stdin", input: Array("evil".utf8)).trimmed
    let file = { (id: String) in "\(scratch.path)/objects/\(id.prefix(2))/\(id.dropFirst(2))" }
    try FileManager.default.removeItem(atPath: file(good))
    try FileManager.default.copyItem(atPath: file(evil), toPath: file(good))
    let repository = try Repository.open(at: scratch.path)
    let id = try #require(ObjectID(hex: good))
    #expect(await code { _ = try await repository.blob(id) } == .corrupt)
  }

  @Test func `a missing object and a wrong kind are errors of their own`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    let unknown = try #require(ObjectID(hex: String(repeating: "1", count: 40)))
    #expect(await code { _ = try await repository.rawObject(unknown) } == .notFound)
    #expect(await code { _ = try await repository.blob(first) } == .invalid)
    #expect(try await repository.rawObject(first).kind == .commit)
  }

  @Test func `a symbolic link is never read as a file`() async throws {
    let scratch = try Scratch()
    try scratch.git("init", "-q", "-b", "main")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path + "/link", withDestinationPath: "/etc/passwd")
    try scratch.git("add", "link")
    try scratch.git("commit", "-q", "-m", "link")
    let repository = try Repository.open(at: scratch.path)
    let tip = try #require(try await repository.resolve(reference: main))
    #expect(await code { _ = try await repository.files(in: tip) } == .unsafe)
    #expect(try await repository.entry(at: "link", in: tip)?.mode == .symbolicLink)
  }

  @Test func `a setting is the repository's own`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    #expect(try await repository.configuration("user.signingkey") == nil)
    try await repository.setConfiguration("user.signingkey", to: "key")
    #expect(try await repository.configuration("user.signingkey") == "key")
    #expect(try scratch.git("config", "--local", "user.signingkey").trimmed == "key")
  }

  @Test func `the lock is held by one and free when its holder is gone`() async throws {
    let scratch = try Scratch()
    let path = scratch.path + "/lock"
    do {
      let held = try RepositoryLock(at: path)
      #expect(await code { _ = try RepositoryLock(at: path) } == .busy)
      #expect(try scratch.run("/usr/bin/flock", ["-n", path, "true"], input: nil).status == 1)
      _ = consume held
    }
    // A program that another test starts holds a copy of the descriptor until it is another program.
    var last: Failure.Code? = .busy
    for _ in 0..<1_000 where last == .busy {
      last = await code { _ = try RepositoryLock(at: path) }
      if last == .busy { try await Task.sleep(for: .milliseconds(10)) }
    }
    #expect(last == nil)
  }

  @Test func `a lock on a link is refused`() async throws {
    let scratch = try Scratch()
    try scratch.write("", to: "elsewhere")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path + "/lock", withDestinationPath: "elsewhere")
    #expect(await code { _ = try RepositoryLock(at: scratch.path + "/lock") } == .fileFailed)
  }
}
