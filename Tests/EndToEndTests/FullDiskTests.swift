import Foundation
import Testing

/// Where praxis writes on a file system that takes nothing more.
@Suite struct FullDiskTests {
  /// - Parameter mount: what bubblewrap puts at a folder.
  private func scan(_ fleet: SnapshotFleet, _ mount: [String]) async throws -> Said {
    try await execute(
      "/usr/bin/bwrap", ["--dev-bind", "/", "/"] + mount + [fleet.program, "scan"], environment: fleet.environment,
      in: fleet.path)
  }

  @Test func `a full disk is told as one, with the place, and nothing is recorded by halves`() async throws {
    let fleet = try await SnapshotFleet(["web1": "{\"text\":\"\(String(repeating: "a", count: 200_000))\"}"])
    let before = try await fleet.commits()
    let spool = "\(fleet.home)/spool"
    let full = try await scan(fleet, ["--perms", "0700", "--size", "65536", "--tmpfs", spool])
    #expect(full.code == 1 && full.errors.contains("collector.jsonl cannot be written: No space left on device"))
    #expect(full.errors.contains("The disk is full") && full.errors.contains("where \(spool)"), "\(full.errors)")
    // The tool's output has room, and the observation beside it has none.
    let tight = try await scan(fleet, ["--perms", "0700", "--size", "300000", "--tmpfs", spool])
    #expect(tight.code == 1 && tight.errors.contains("(file-failed)") && tight.errors.contains("The disk is full"))
    #expect(tight.errors.contains("where \(spool)"), "\(tight.errors)")
    #expect(try await fleet.commits() == before)
  }

  @Test func `a read-only file system is told as one, with the place`() async throws {
    let fleet = try await SnapshotFleet()
    let before = try await fleet.commits()
    for folder in ["\(fleet.home)/spool", "\(fleet.repository)/.git"] {
      let said = try await scan(fleet, ["--ro-bind", folder, folder])
      #expect(said.code == 1 && said.errors.contains("Read-only file system"), "\(folder): \(said.errors)")
      #expect(said.errors.contains("The file system is read-only"), "\(folder): \(said.errors)")
    }
    #expect(try await fleet.commits() == before)
  }
}
