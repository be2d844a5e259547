import Facts
import Foundation
import Testing

/// What praxis makes of a main that somebody else wrote to.
@Suite struct GuardedMainTests {
  @Test func `an unsigned commit stops recording, not observing, and what was seen is recorded once main is well`()
    async throws
  {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    let before = try await fleet.commits()
    try await fleet.git("-c", "user.name=m", "-c", "user.email=m@x", "commit", "-q", "--allow-empty", "-m", "mine")
    try fleet.report("web1", #"{"os": "Debian 13"}"#)
    let refused = try await fleet.expect(4, "scan")
    #expect(refused.errors.contains("unsigned"))
    #expect(!refused.output.contains("in sync:"))
    #expect(try await fleet.commits() == before + 1)
    let doctor = try await fleet.expect(1, "doctor")
    #expect(doctor.output.contains("FAIL  main verifies"))

    try await fleet.git("reset", "--quiet", "--hard", "HEAD~1")
    try await fleet.expect(2, "scan")
    // Both runs stand in the history, the one that waited first.
    #expect(try await fleet.commits() == before + 2)
    let spool = try FileManager.default.contentsOfDirectory(atPath: "\(fleet.path)/home/spool")
    let pending = "\(fleet.path)/home/spool/\(try #require(spool.first))/hosts/pending"
    #expect(try FileManager.default.contentsOfDirectory(atPath: pending).isEmpty)
  }

  @Test func `a collector that no admin has signed is not run, and the source is observed as before`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    let file = "\(fleet.path)/state/praxis.yaml"
    let mark = "\(fleet.path)/facts/mark"
    let before = try String(contentsOfFile: file, encoding: .utf8)
    try before.replacingOccurrences(of: "for f in", with: ": > '\(mark)'; for f in")
      .write(toFile: file, atomically: true, encoding: .utf8)
    try await fleet.git("-c", "user.name=m", "-c", "user.email=m@x", "commit", "-q", "-a", "-m", "mine")
    let scanned = try await fleet.expect(4, "scan")
    #expect(scanned.errors.contains("main does not verify: sources are observed as praxis.yaml of"))
    try await fleet.expect(0, "observe", "hosts", "--output", "\(fleet.path)/seen.json")
    #expect(!FileManager.default.fileExists(atPath: mark))
    // The collector that was signed goes on.
    try await fleet.git("reset", "--quiet", "--hard", "HEAD~1")
    try await fleet.expect(0, "scan")
  }

  @Test func `drift that an unsigned commit takes out of the repository is not in sync`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    try fleet.report("web1", #"{"os": "Debian 13"}"#)
    try await fleet.expect(2, "scan")
    try await fleet.git("rm", "--quiet", "-r", "findings/open")
    try await fleet.git("-c", "user.name=m", "-c", "user.email=m@x", "commit", "-q", "-m", "nothing to see here")
    let status = try await fleet.expect(4, "status")
    #expect(status.errors.contains("unsigned"))
  }

  @Test func `a record signed by an operator's key is refused`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    try await fleet.git("rm", "--quiet", "observations/hosts.json")
    try await fleet.git(
      "-c", "user.signingkey=\(fleet.path)/home/keys/operator", "-c", "user.name=operator", "-c",
      "user.email=operator@praxis", "commit", "-q", "-S", "-m", "forget that we looked")
    let refused = try await fleet.expect(4, "scan")
    #expect(refused.errors.contains("refused ("))
  }

  @Test func `a main that goes back behind what was verified is refused`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    try await fleet.expect(0, "scan")
    try await fleet.git("reset", "--quiet", "--hard", "HEAD~2")
    let refused = try await fleet.expect(4, "scan")
    #expect(refused.errors.contains("rewound"))
  }

  @Test func `an observation of this engine is taken from a file, a changed one and an unsigned one are not`()
    async throws
  {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    try fleet.report("web1", #"{"os": "Debian 13"}"#)
    let file = "\(fleet.path)/seen.json"
    try await fleet.expect(0, "observe", "hosts", "--output", file)
    let shown = try await fleet.expect(2, "diff", "--no-record", file)
    #expect(shown.output.contains("would open:") && shown.output.contains("/os"))
    let whole = try String(contentsOfFile: file, encoding: .utf8)
    try whole.replacing("Debian 13", with: "Debian 12").write(toFile: file, atomically: true, encoding: .utf8)
    let refused = try await fleet.expect(4, "diff", file)
    #expect(refused.errors.contains("bad-signature"))
    try whole.write(toFile: file, atomically: true, encoding: .utf8)
    try await fleet.expect(2, "diff", file)
    try FileManager.default.removeItem(atPath: "\(file).sig")
    try await fleet.expect(1, "diff", file)
  }

  @Test func `nobody blesses changed facts away by asking for everything`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    try fleet.report("web1", #"{"os": "Debian 13"}"#)
    try await fleet.expect(2, "scan")
    let refused = try await fleet.expect(1, "propose", "bless", "hosts")
    #expect(refused.errors.contains("changes-need-naming") && refused.errors.contains("web1"))
    let proposed = try await fleet.expect(0, "propose", "bless", "hosts", "web1")
    #expect(proposed.output.contains("Debian 12") && proposed.output.contains("Debian 13"))
  }

  @Test func `a collector that stops reporting a host is reported until an admin retires it`() async throws {
    let fleet = try await SnapshotFleet()
    try fleet.report("web2", #"{"os": "Debian 12"}"#)
    try await fleet.bless()
    try FileManager.default.removeItem(atPath: "\(fleet.path)/facts/web2")
    for _ in 1...2 {
      let said = try await fleet.expect(3, "scan")
      #expect(said.output.contains("web2"))
    }
  }

  @Test func `an interrupt ends what was started and records nothing by halves`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    let before = try await fleet.commits()
    // The collector reads a pipe that nobody writes to, so that the scan hangs in it until it is interrupted.
    try FileManager.default.removeItem(atPath: "\(fleet.path)/facts/web1")
    _ = try await execute(
      "/usr/bin/mkfifo", ["\(fleet.path)/facts/web1"], environment: fleet.environment, in: fleet.path)
    let said = try await execute(
      "/usr/bin/timeout", ["--signal=INT", "--kill-after=60", "5", try Tools.praxis(), "scan"],
      environment: fleet.environment, in: fleet.path)
    #expect(said.errors.contains("interrupted"))
    #expect(try await fleet.commits() == before)
    let processes = try await execute("/bin/ps", ["-eo", "args"], environment: fleet.environment, in: fleet.path)
    #expect(!processes.output.contains("\(fleet.path)/facts"))
  }
}
