import Foundation
import Testing

@Suite struct InitTests {
  @Test func `what cannot be made whole leaves nothing, and the second try works`() async throws {
    let fleet = try await SmallFleet()
    let keys = "\(fleet.path)/home/keys"
    let words = [
      "init", "\(fleet.path)/other", "--admin", "admin=\(keys)/admin.pub", "--operator",
      "operator=\(keys)/operator.pub",
      "--engine-key", "\(keys)/engine", "--trust",
    ]
    // The trust file comes after the repository, and a file is no folder for it.
    try fleet.write("", to: "file")
    func initialise(_ trust: String) async throws -> Said {
      try await execute(
        fleet.program, words + ["\(fleet.path)/\(trust)"], environment: fleet.environment, in: fleet.path)
    }
    let failed = try await initialise("file/trust.json")
    #expect(failed.code == 1, "\(failed)")
    #expect(!FileManager.default.fileExists(atPath: "\(fleet.path)/other"))
    #expect(FileManager.default.fileExists(atPath: "\(fleet.path)/home/engine.json"))

    // What was there before stays.
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/other", withIntermediateDirectories: true)
    try fleet.write("mine\n", to: "other/notes")
    _ = try await initialise("file/trust.json")
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(fleet.path)/other") == ["notes"])

    try FileManager.default.removeItem(atPath: "\(fleet.path)/other")
    let made = try await initialise("home/other.json")
    #expect(made.code == 0, "\(made)")
  }
}
