import Foundation
import StrictJSON
import Testing

/// Two engines of one state repository: each with an installation and a clone of its own, and one remote between them.
@Suite struct SyncTests {
  @Test func `runs that race to one remote are all on it, each recorded on top of what was there`() async throws {
    let engines = try await TwoEngines(publish: true)
    try await withThrowingTaskGroup { group in
      for (engine, source) in [(engines.first, "hosts"), (engines.second, "others")] {
        group.addTask { for _ in 1...4 { try await engine.expect(3, "scan", source) } }
      }
      try await group.waitForAll()
    }
    for engine in [engines.first, engines.second] { try await engine.expect(0, "sync") }
    let main = try await engines.first.git("rev-parse", "main")
    #expect(try await engines.second.git("rev-parse", "main") == main)
    #expect(try await engines.first.git("--git-dir", engines.remote, "rev-parse", "main") == main)
    let subjects = try await engines.first.git("log", "--format=%s", "main").split(separator: "\n")
    #expect(subjects.count { $0.hasPrefix("hosts: ") } == 5 && subjects.count { $0.hasPrefix("others: ") } == 4)
    for engine in [engines.first, engines.second] {
      try await engine.expect(0, "audit")
      #expect(try engine.waiting() == 0)
    }
    #expect(try await engines.first.git("status", "--porcelain").isEmpty)
  }

  @Test func `a run that lost the race is compared with what is there by now`() async throws {
    let engines = try await TwoEngines(publish: false)
    try await engines.first.expect(3, "scan", "hosts")
    let (first, second) = (engines.first, engines.second)
    try await first.expect(0, "sync")
    try await second.expect(0, "sync")
    // The one decides that what is there is right; the other observes before it hears of it.
    let proposal = try await first.propose("bless", "hosts")
    try await first.expect(0, "approve", proposal.id, "--digest", proposal.digest, "--push")
    try await second.expect(3, "scan", "hosts")
    let lost = try await second.git("rev-parse", "main")
    let said = try await second.expect(0, "sync")
    #expect(said.output.contains("1 run recorded again"), "\(said.output)")
    try await second.expect(0, "status", "hosts")
    #expect(
      try await second.git("log", "--format=%H", "main").contains(lost) == false)
    try await first.expect(0, "sync")
    try await first.expect(0, "status", "hosts")
    try await first.expect(0, "audit")
  }

  @Test func `decisions of one engine reach the remote before its main has them, whatever the other one pushes`()
    async throws
  {
    let engines = try await TwoEngines(publish: true)
    let (first, second) = (engines.first, engines.second)
    try await first.expect(3, "scan", "hosts")
    let proposal = try await first.propose("bless", "hosts")
    #expect(try await first.git("--git-dir", engines.remote, "branch", "--list", "proposal/*").contains(proposal.id))
    try await withThrowingTaskGroup { group in
      group.addTask { for _ in 1...4 { try await second.expect(3, "scan", "others") } }
      group.addTask { try await first.expect(0, "approve", proposal.id, "--digest", proposal.digest) }
      try await group.waitForAll()
    }
    try await second.expect(0, "sync")
    try await second.expect(0, "scan", "hosts")
    try await first.expect(0, "sync")
    try await first.expect(0, "status", "hosts")
    try await first.expect(0, "revoke", proposal.id)
    try await second.expect(0, "sync")
    #expect(try await first.git("rev-parse", "main") == second.git("rev-parse", "main"))
  }

  @Test func `two engines that end one removed source, and a run that was made before it was known, come together`()
    async throws
  {
    let engines = try await TwoEngines(publish: false)
    let (first, second) = (engines.first, engines.second)
    try await first.expect(3, "scan", "hosts")
    try await first.expect(0, "sync")
    try await second.expect(0, "sync")
    try await second.expect(3, "scan", "hosts")
    try await first.expect(0, "source", "remove", "hosts")
    try await first.expect(0, "sync")
    // The one's run is of a source that is there no longer; then each ends what is open of it.
    #expect(try await second.expect(0, "sync").errors.contains("of a source that was removed"))
    for engine in [first, second] {
      #expect(try await engine.expect(1, "scan", "hosts").errors.contains("findings ended as undeclared: 1"))
    }
    try await first.expect(0, "sync")
    try await second.expect(0, "sync")
    #expect(
      try await second.git("log", "--format=%s", "main").split(separator: "\n").count {
        $0 == "hosts: removed from praxis.yaml, 1 undeclared"
      } == 1)
    try await second.expect(0, "audit")
    #expect(try second.waiting() == 0)
  }

  @Test func `what a run saw and the remote cannot take any more is told, and sync does not end well`() async throws {
    let engines = try await TwoEngines(publish: false)
    let (first, second) = (engines.first, engines.second)
    try await first.expect(3, "scan", "hosts")
    try await first.expect(0, "sync")
    let blessed = try await first.propose("bless", "hosts")
    try await first.expect(0, "approve", blessed.id, "--digest", blessed.digest, "--push")
    try await second.expect(0, "sync")
    try first.report("web1", #"{"os":"Debian 13"}"#)
    try await first.expect(2, "scan", "hosts")
    // The drift is gone when the other engine looks, and that is what the remote hears of first.
    try first.report("web1", #"{"os":"Debian 12"}"#)
    try await second.expect(0, "scan", "hosts")
    try await second.expect(0, "sync")
    let said = try await first.expect(1, "sync")
    #expect(!said.output.contains("recorded again"), "\(said.output)")
    #expect(said.errors.contains("(late)") && said.errors.contains("praxis scan hosts"), "\(said.errors)")
    try await first.expect(0, "audit")
  }

  @Test func `a remote that is new gets main, and one that lost its main is told`() async throws {
    let fleet = try await SnapshotFleet()
    let remote = "\(fleet.path)/new.git"
    try await fleet.git("init", "--quiet", "--bare", "--initial-branch=main", remote)
    try await fleet.git("remote", "add", "origin", remote)
    try await fleet.expect(0, "sync")
    #expect(try await fleet.git("--git-dir", remote, "rev-parse", "main") == fleet.git("rev-parse", "main"))
    try await fleet.git("--git-dir", remote, "update-ref", "-d", "refs/heads/main")
    #expect(try await fleet.expect(1, "sync").errors.contains("it has no main any more"))
  }

  @Test func `a decision that others do not have is not repeated by a program, and nothing changes`() async throws {
    let engines = try await TwoEngines(publish: false)
    let (first, second) = (engines.first, engines.second)
    try await first.expect(3, "scan", "hosts")
    try await first.expect(0, "sync")
    let proposal = try await first.propose("bless", "hosts")
    try await first.expect(0, "approve", proposal.id, "--digest", proposal.digest)
    try await first.expect(0, "scan", "hosts")
    try await second.expect(0, "sync")
    try await second.expect(3, "scan", "others")
    try await second.expect(0, "sync")
    let before = try await first.git("rev-parse", "main")
    let refused = try await first.expect(4, "sync")
    #expect(refused.errors.contains("(remote-diverged)"), "\(refused.errors)")
    try await first.expect(0, "maintain")
    #expect(try await first.git("branch", "--list", "proposal/*").contains(proposal.id))
    #expect(try await first.git("rev-parse", "main") == before)
    #expect(try first.waiting() == 0)
    try await first.expect(0, "status", "hosts")

    // The way out that it names: an admin gives the decision up, and the run behind it is recorded again.
    let words = try #require(refused.errors.firstMatch(of: /git reset --keep ([0-9a-f]{40})/))
    let base = String(words.1)
    try await first.git("reset", "--keep", base)
    // No file of the decision that was given up stays behind, as something that somebody edited.
    #expect(try await first.git("status", "--porcelain") == "")
    let accepted = try await first.expect(0, "trust", "accept-rewind", base)
    #expect(
      accepted.errors.contains("wait in the spool again, for the next praxis scan to record: 1"), "\(accepted.errors)")
    #expect(try first.waiting() == 1)
    try await first.expect(0, "sync")
    try await first.expect(3, "scan", "hosts")
    try await first.expect(0, "sync")
    #expect(try first.waiting() == 0)
    try await first.expect(0, "audit")
  }

  @Test func `a remote that is gone, or that takes nothing, is told and keeps nobody from observing`() async throws {
    let engines = try await TwoEngines(publish: true)
    let hook = "\(engines.remote)/hooks/pre-receive"
    try "#!/bin/sh\nexit 1\n".write(toFile: hook, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: hook)
    let refused = try await engines.first.expect(3, "scan", "hosts")
    #expect(refused.errors.contains("(remote-refused)") && refused.errors.contains("praxis sync"), "\(refused.errors)")
    try await engines.first.expect(4, "sync")
    try FileManager.default.moveItem(atPath: engines.remote, toPath: engines.remote + ".away")
    let gone = try await engines.first.expect(3, "scan", "hosts")
    #expect(gone.errors.contains("(remote)") && gone.errors.contains("praxis sync"), "\(gone.errors)")
    try await engines.first.expect(1, "sync")
    try FileManager.default.moveItem(atPath: engines.remote + ".away", toPath: engines.remote)
    try FileManager.default.removeItem(atPath: hook)
    let said = try await engines.first.expect(0, "sync")
    #expect(said.output.contains("2 commits pushed"), "\(said.output)")
  }

  @Test func `a remote that was moved back is refused, and no run gives way to it`() async throws {
    let engines = try await TwoEngines(publish: false)
    let (first, second) = (engines.first, engines.second)
    let before = try await first.git("rev-parse", "main")
    try await first.expect(3, "scan", "hosts")
    try await first.expect(0, "sync")
    try await first.expect(3, "scan", "hosts")
    // Somebody forces main back, and another engine goes on from there.
    try await first.git("--git-dir", engines.remote, "update-ref", "refs/heads/main", before)
    try await second.expect(3, "scan", "others")
    try await second.expect(0, "sync")
    let own = try await first.git("rev-parse", "main")
    let refused = try await first.expect(4, "sync")
    #expect(refused.errors.contains("(rewound)") || refused.errors.contains("(unverified)"), "\(refused.errors)")
    #expect(try await first.git("rev-parse", "main") == own)
  }
}

private struct TwoEngines: Sendable {
  let first: SnapshotFleet
  let second: SnapshotFleet
  let remote: String

  /// - Parameter publish: whether each of them shares its runs by itself.
  init(publish: Bool) async throws {
    first = try await SnapshotFleet()
    let path = first.path
    try "{\"target\":\"db1\",\"facts\":{\"os\":\"Debian 12\"}}\n"
      .write(toFile: "\(path)/others", atomically: true, encoding: .utf8)
    try await first.expect(
      0, "source", "add", "others", "--authority", "snapshot", "--directory", path, "--command", "/bin/cat",
      "\(path)/others")
    remote = "\(path)/remote.git"
    second = SnapshotFleet(beside: first, home: "\(path)/home2", repository: "\(path)/state2")
    // The first run makes the source's redaction key, which the second engine takes over.
    try await first.expect(3, "scan", "hosts")
    try await first.git("clone", "--quiet", "--bare", "\(path)/state", remote)
    let setting = #"{"format":"praxis.remote/1","url":"\#(remote)","publish":\#(publish)}"#
    try setting.write(toFile: "\(path)/home/remote.json", atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(path)/home/remote.json")
    try await first.git("clone", "--quiet", remote, second.repository)
    try FileManager.default.copyItem(atPath: first.home, toPath: second.home)
    for folder in ["seen", "spool"] { try? FileManager.default.removeItem(atPath: "\(second.home)/\(folder)") }
    try await second.expect(0, "trust", "adopt")
  }
}
