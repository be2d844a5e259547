import Foundation
import Testing

@Suite struct InitTests {
  @Test func `what cannot be made is refused before anything is made, and takes nothing away`() async throws {
    let fleet = try await SmallFleet()
    let keys = "\(fleet.path)/home/keys"
    let before = try home(of: fleet)
    func initialise(_ key: String, _ trust: String, _ more: [String: String] = [:]) async throws -> Said {
      let words = [
        "init", "\(fleet.path)/other", "--admin", "admin=\(keys)/admin.pub", "--operator",
        "operator=\(keys)/operator.pub", "--engine-key", "\(keys)/\(key)", "--trust", "\(fleet.path)/\(trust)",
      ]
      return try await execute(
        fleet.program, words, environment: fleet.environment.merging(more) { $1 }, in: fleet.path)
    }
    try fleet.write("", to: "file")
    for said in [
      try await initialise("engine", "file/trust.json"),
      try await initialise("engine", "home/other.json", ["PRAXIS_TEMPLATES": "\(fleet.path)/none"]),
      // An installation has one engine.
      try await initialise("operator", "home/other.json"),
    ] {
      #expect(said.code == 1, "\(said)")
      #expect(!FileManager.default.fileExists(atPath: "\(fleet.path)/other"))
      #expect(try home(of: fleet) == before)
    }
    let made = try await initialise("engine", "trust/other.json")
    #expect(made.code == 0, "\(made)")
  }

  private func home(of fleet: SmallFleet) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in ["engine.json", "trust.json"] + ["engine", "admin", "operator"].map({ "keys/\($0)" }) {
      found[name] = try Data(contentsOf: URL(fileURLWithPath: "\(fleet.path)/home/\(name)"))
    }
    return found
  }
}
