import CLibgit2
import Failures
import Foundation
import Testing

@testable import Git

struct ReferenceTests {
  @Test func `a reference moves only from the value that was expected`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.store(["a": text("1")])
    let second = try await repository.store(["a": text("2")], on: first)
    #expect(try await repository.resolve(reference: main) == nil)
    try await repository.updateReference(main, to: first, expecting: nil, message: "first")
    #expect(
      await code { try await repository.updateReference(main, to: second, expecting: nil, message: "m") }
        == .modified)
    #expect(
      await code { try await repository.updateReference(main, to: second, expecting: second, message: "m") }
        == .modified)
    #expect(
      await code {
        try await repository.updateReference("refs/heads/x", to: second, expecting: first, message: "m")
      } == .modified)
    #expect(try await repository.resolve(reference: main) == first)
    try await repository.updateReference(main, to: second, expecting: first, message: "second")
    #expect(try await repository.resolve(reference: "HEAD") == second)
    #expect(try scratch.git("rev-parse", "refs/heads/main").trimmed == second.hex)
  }

  @Test func `a reference that this user may not read is not called locked`() {
    func told(_ message: String) -> Failure { failure(GIT_ELOCKED.rawValue, 2, message, "read reference", main) }
    for reason in ["Permission denied", "Read-only file system"] {
      let denied = told("failed open - '/x/.git/refs/heads/main' is locked: \(reason)")
      #expect(denied.code == .io && denied.message == "cannot read reference \(main): \(reason)")
    }
    #expect(told("failed to lock file '/x/main.lock' for writing").code == .locked)
  }

  @Test func `git moving the reference in between is noticed`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    let ours = try await repository.store(["a": text("ours")], on: first)
    let theirs = try await repository.store(["a": text("theirs")], on: first)
    try scratch.git("pack-refs", "--all")
    try scratch.git("update-ref", main, theirs.hex, first.hex)
    #expect(
      await code { try await repository.updateReference(main, to: ours, expecting: first, message: "m") }
        == .modified)
    #expect(try await repository.resolve(reference: main) == theirs)
  }

  @Test func `a commit that somebody built on right after is not reported as lost, one taken back is`()
    async throws
  {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    let second = try await repository.store(["a": text("2")], on: first)
    let third = try await repository.store(["a": text("3")], on: second)
    await repository.callBeforeSteps { step throws(Failure) in
      if step == .synchroniseReference { _ = try? scratch.git("update-ref", main, third.hex) }
    }
    try await repository.updateReference(main, to: second, expecting: first, message: "m")
    #expect(try await repository.resolve(reference: main) == third)
    await repository.callBeforeSteps { step throws(Failure) in
      if step == .synchroniseReference { _ = try? scratch.git("update-ref", main, first.hex) }
    }
    let fourth = try await repository.store(["a": text("4")], on: third)
    #expect(
      await code { try await repository.updateReference(main, to: fourth, expecting: third, message: "m") }
        == .modified)
  }

  @Test func `git's lock on a reference is told apart from another value`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    let second = try await repository.store(["a": text("2")], on: first)
    try scratch.write("", to: "refs/heads/main.lock")
    try scratch.write("cut", to: "objects/pack/pack_git2_0123456789ab")
    #expect(
      await code { try await repository.updateReference(main, to: second, expecting: first, message: "m") }
        == .locked)
    #expect(try await repository.resolve(reference: main) == first)
    let now = Int(Date().timeIntervalSince1970)
    #expect(try await repository.removeLeftovers(olderThan: 3_600, now: now) == [])
    let removed = try await repository.removeLeftovers(olderThan: 3_600, now: now + 7_200)
    #expect(removed.map { URL(fileURLWithPath: $0).lastPathComponent } == ["pack_git2_0123456789ab"])
    #expect(!scratch.exists("objects/pack/pack_git2_0123456789ab"))
    try age("\(scratch.path)/refs/heads/main.lock")
    try await repository.updateReference(main, to: second, expecting: first, message: "m")
  }

  /// Says that a file was written a minute ago.
  private func age(_ path: String) throws {
    try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: path)
  }

  @Test(arguments: ["refs/heads/main.lock", "packed-refs.lock"])
  func `the lock of a program that is gone is removed at once`(lock: String) async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    try scratch.git("pack-refs", "--all")
    let second = try await repository.store(["a": text("2")], on: first)
    try scratch.write("", to: lock)
    try age("\(scratch.path)/\(lock)")
    if lock == "packed-refs.lock" {
      try await repository.deleteReference(main, expecting: first)
    } else {
      try await repository.updateReference(main, to: second, expecting: first, message: "m")
    }
    #expect(!scratch.exists(lock))
  }

  @Test func `the lock of a program that runs stays, and the program is named`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    let second = try await repository.store(["a": text("2")], on: first)
    let lock = "\(scratch.path)/refs/heads/main.lock"
    try scratch.write("", to: "refs/heads/main.lock")
    try age(lock)
    let holder = Process()
    let ready = Pipe()
    holder.executableURL = URL(filePath: "/bin/sh")
    holder.arguments = ["-c", "exec 3<\"$0\"; echo; exec sleep 600 >&- 2>&-", lock]
    holder.standardOutput = ready
    try holder.run()
    defer { kill(holder.processIdentifier, SIGKILL) }
    _ = try ready.fileHandleForReading.read(upToCount: 1)
    let error = await #expect(throws: Failure.self) {
      try await repository.updateReference(main, to: second, expecting: first, message: "m")
    }
    #expect(error?.code == .locked && error?.message.contains("(process \(holder.processIdentifier))") == true)
    #expect(scratch.exists("refs/heads/main.lock"))
  }

  @Test func `several writers and git lose no commit`() async throws {
    let scratch = try Scratch()
    try await Repository.create(at: scratch.path, bare: true).record(["start": text("0")])
    let writers = 3
    let each = 8
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask {
          let repository = try Repository.open(at: scratch.path)
          var done = 0
          while done < each {
            do {
              try await repository.record(["w\(writer)/\(done)": text("x")])
              done += 1
            } catch let error as Failure where error.code == .modified || error.code == .locked {}
          }
        }
      }
      group.addTask { for _ in 0..<10 { try scratch.git("pack-refs", "--all", mayFail: true) } }
      try await group.waitForAll()
    }
    let repository = try Repository.open(at: scratch.path)
    let tip = try #require(try await repository.resolve(reference: main))
    #expect(try await repository.files(in: tip).count == writers * each + 1)
    #expect(try await repository.firstParentChain(from: tip, limit: 1_000).count == writers * each + 1)
    #expect(try scratch.git("fsck", "--strict", "--full", "--no-dangling") == "")
  }

  @Test func `of two that create one reference, one is told`() async throws {
    let scratch = try Scratch()
    let id = try await Repository.create(at: scratch.path, bare: true).store(["a": text("1")])
    for round in 0..<20 {
      let outcomes = try await withThrowingTaskGroup(of: Failure.Code?.self) { group in
        for _ in 0..<2 {
          let repository = try Repository.open(at: scratch.path)
          group.addTask {
            await code {
              try await repository.updateReference(
                "refs/heads/b\(round)", to: id, expecting: nil, message: "m")
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.filter { $0 == nil }.count == 1, "round \(round): \(outcomes)")
    }
  }

  @Test func `a reference is removed only at the expected value`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    let name = "refs/heads/proposal/x/y"
    try await repository.updateReference(name, to: first, expecting: nil, message: "m")
    #expect(try await repository.references(under: "refs/heads/proposal/").map(\.name) == [name])
    let second = try await repository.record(["a": text("2")])
    #expect(await code { try await repository.deleteReference(name, expecting: second) } == .modified)
    try scratch.git("pack-refs", "--all")
    try await repository.deleteReference(name, expecting: first)
    #expect(try await repository.references(under: "refs/heads/").map(\.name) == [main])
    #expect(await code { try await repository.deleteReference(name, expecting: first) } == .modified)
  }

  @Test func `a name that is not full or could mislead is refused`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    for name in [
      "main", "heads/main", "HEAD", "refs/heads/-x", "refs/heads/HEAD", "refs/heads/a..b", "refs/../x", "",
    ] {
      #expect(
        await code { try await repository.updateReference(name, to: first, expecting: nil, message: "m") }
          == .invalid, "\(name)")
      if name != "HEAD" {
        #expect(await code { _ = try await repository.resolve(reference: name) } == .invalid)
      }
    }
  }

  @Test func `a reference file that a crash left empty is an error, never an absent reference`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    try scratch.write("", to: main)
    #expect(await code { _ = try await repository.resolve(reference: main) } != nil)
    for expected in [first, nil] {
      #expect(
        await code {
          try await repository.updateReference(main, to: first, expecting: expected, message: "m")
        }
          != nil)
    }
    #expect(try scratch.read(main) == "")
  }

  @Test func `a symbolic reference is not overwritten`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path, bare: true)
    let first = try await repository.record(["a": text("1")])
    try scratch.git("symbolic-ref", "refs/heads/link", main)
    for expected in [first, nil] {
      #expect(
        await code {
          try await repository.updateReference(
            "refs/heads/link", to: first, expecting: expected, message: "m")
        } == .modified)
    }
    #expect(try scratch.git("symbolic-ref", "refs/heads/link").trimmed == main)
    #expect(try await repository.head() == .branch(main))
  }

  @Test func `two lines part where their last common commit is, and each has its own in their order`() async throws {
    let scratch = try Scratch()
    let repository = try Repository.create(at: scratch.path + "/r", bare: true)
    var line: [ObjectID] = []
    for number in 1...4 { line.append(try await repository.record(["own": text("\(number)")])) }
    try await repository.updateReference(main, to: line[1], expecting: line[3], message: "back")
    let other = try await repository.record(["other": text("x")])
    for (one, two, base, own, others) in [
      (line[3], other, line[1], Array(line[2...]), [other]), (other, line[3], line[1], [other], Array(line[2...])),
      (line[3], line[0], line[0], Array(line[1...]), []), (line[0], line[3], line[0], [], Array(line[1...])),
      (other, other, other, [], []),
    ] {
      let fork = try await repository.fork(of: one, and: two)
      #expect(fork.base == base && fork.one == own && fork.other == others)
    }
    let alone = try await repository.fork(of: line[3], and: nil)
    #expect(alone.base == nil && alone.one == line && alone.other.isEmpty)
  }
}
