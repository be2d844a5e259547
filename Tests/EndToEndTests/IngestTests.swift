import Foundation
import Testing

/// Recordings from elsewhere: each counts once, at its own time.
@Suite struct IngestTests {
  @Test func `an old clean recording ends no drift that came after it, and nothing is taken twice`() async throws {
    let fleet = try await SmallFleet()
    let recordings = "\(Tools.package)/Tests/Fixtures/tofu"
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/infra", withIntermediateDirectories: true)
    try await fleet.expect(
      0, "source", "add", "net", "--authority", "tofu", "--directory", "\(fleet.path)/infra", "--max-age", "36500d")
    func refused(_ folder: String, at time: String? = nil) async throws -> String {
      let words = ["ingest", "net", "--from", "\(recordings)/\(folder)"] + (time.map { ["--observed-at", $0] } ?? [])
      let ended = try await execute(fleet.program, words, environment: fleet.environment, in: fleet.path)
      #expect(ended.code == 1)
      return ended.errors
    }
    let first = try await fleet.expect(2, "ingest", "net", "--from", "\(recordings)/drift-and-configuration")
    #expect(!first.errors.contains("late"))
    #expect(try await refused("drift-and-configuration").contains("(seen-before)"))
    let main = try await fleet.git("rev-parse", "main")
    // Whatever somebody says of it, it is as old as it is.
    #expect(try await refused("in-sync", at: "2026-11-25T00:00:00Z").contains("(misdated)"))
    #expect(try await refused("in-sync", at: "2026-11-23T00:00:00Z").contains("(misdated)"))
    #expect(try await refused("human-output", at: "2026-11-24T04:00:00Z").contains("(undated)"))
    #expect(try await fleet.git("rev-parse", "main") == main)
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/nothing", withIntermediateDirectories: true)
    for (folder, word) in [
      ("missing", "there is no such folder"), ("nothing", "there is no recording in"),
      ("source/facts", "is not a folder"),
    ] {
      let ended = try await execute(
        fleet.program, ["ingest", "net", "--from", "\(fleet.path)/\(folder)"], environment: fleet.environment,
        in: fleet.path)
      #expect(ended.code == 1 && ended.errors.contains(word), "\(folder): \(ended.errors)")
    }
    let late = try await fleet.expect(2, "ingest", "net", "--from", "\(recordings)/in-sync")
    #expect(late.errors.contains("a late run"))
    #expect(try await refused("in-sync").contains("(seen-before)"))
    #expect(try await refused("drift-and-configuration").contains("(seen-before)"))
    #expect(try await fleet.expect(2, "status", "net").output.contains("drift"))
  }
}
