import Facts
import Foundation
import StrictJSON
import Testing

/// Several processes of one host on one repository, with nothing between them but praxis' own locks.
@Suite struct AtOnceTests {
  @Test func `runs of one source at once, its very first ones among them, all end well and are all recorded`()
    async throws
  {
    let fleet = try await SnapshotFleet()
    let before = try await fleet.commits()
    try await withThrowingTaskGroup { group in
      for _ in 1...5 {
        // Nothing was blessed yet.
        group.addTask { for _ in 1...2 { try await fleet.expect(3, "scan") } }
      }
      try await group.waitForAll()
    }
    #expect(try await fleet.commits() == before + 10)
    #expect(try fleet.waiting() == 0)
  }

  @Test func `with few file descriptors a scan ends with what is lacking, and the next one goes on`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    for limit in 12...32 {
      // Without its end by force the process would wait for a child that nobody watches.
      let said = try await execute(
        "/usr/bin/timeout",
        ["--signal=KILL", "60", "/bin/sh", "-c", "ulimit -n \(limit); exec \"$0\" scan", fleet.program],
        environment: fleet.environment, in: fleet.path)
      #expect([0, 1, 4].contains(said.code), "\(limit): \(said.code) \(said.errors)")
      #expect(
        said.code == 0 || said.errors.contains("descriptor") || said.errors.contains("open files"), "\(said.errors)")
    }
    try await fleet.expect(0, "scan")
  }

  @Test func `whoever approves is not starved by scans, and a scan meets no history that went back`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.expect(3, "scan")
    let proposed = try await fleet.expect(0, "propose", "bless", "hosts", "--json").output
    let fields = try JSON(parsing: Array(proposed.utf8))
    let id = try #require(fields["id"]?.string)
    let digest = try #require(fields["digest"]?.string)
    try await withThrowingTaskGroup { group in
      for _ in 1...3 {
        group.addTask { for _ in 1...4 { try await fleet.expect(0, 3, arguments: ["scan"]) } }
      }
      group.addTask { try await fleet.expect(0, "approve", id, "--digest", digest) }
      try await group.waitForAll()
    }
    try await fleet.expect(0, "scan")
    try await fleet.git("fsck", "--strict")
  }
}
