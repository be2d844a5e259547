import Foundation
import Testing

/// A small part of `make torture`, which tries every point; its oracle is in Tests/Torture.
@Suite struct TortureTests {
  @Test func `what is killed or finds no room at some call loses nothing and goes on by itself`() async throws {
    let surroundings = ProcessInfo.processInfo.environment
    let said = try await execute(
      "/usr/bin/python3",
      [
        "\(Tools.package)/Tests/Torture/torture", "--praxis", Tools.praxis(), "--points", "3", "--seed", "7",
        "--only", "drift,ingest,approve,sync", "--fault", "kill,ENOSPC,EIO:read",
      ], environment: ["PATH": surroundings["PATH"] ?? "/usr/bin:/bin", "HOME": "/nowhere", "LC_ALL": "C.UTF-8"],
      in: Tools.package)
    #expect(said.code == 0, "\(said.output)\(said.errors)")
    let last = try #require(said.output.split(separator: "\n").last)
    let injected = try #require(last.split(separator: " ").first.flatMap { Int($0) })
    #expect(injected >= 36 && last.hasSuffix("0 violations"), "\(last)")
  }
}
