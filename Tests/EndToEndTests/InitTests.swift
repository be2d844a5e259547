import Facts
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

  @Test func `a folder that is not empty is refused without a trace, and the second try works`() async throws {
    let fleet = try await SmallFleet()
    let environment = fleet.environment.merging(["PRAXIS_HOME": "\(fleet.path)/fresh/home"]) { $1 }
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/fresh/state", withIntermediateDirectories: true)
    try fleet.write("theirs", to: "fresh/state/notes")
    func initialise() async throws -> Said {
      try await execute(
        fleet.program, ["init", "\(fleet.path)/fresh/state", "--generate-keys"], environment: environment,
        in: fleet.path)
    }
    let refused = try await initialise()
    #expect(refused.code == 1 && refused.errors.contains("(exists)"), "\(refused)")
    #expect(
      try FileManager.default.subpathsOfDirectory(atPath: "\(fleet.path)/fresh").sorted() == ["state", "state/notes"])
    try FileManager.default.removeItem(atPath: "\(fleet.path)/fresh/state/notes")
    let made = try await initialise()
    #expect(made.code == 0 && made.errors.contains("T3 takes two people: operator and second-operator"), "\(made)")
  }

  @Test func `with generated keys everything up to T3 can be approved`() async throws {
    let fleet = try await SmallFleet()
    let policy = try String(contentsOfFile: "\(fleet.path)/state/policy/policy.yaml", encoding: .utf8)
    for person in ["operator", "second-operator"] {
      let line = policy.split(separator: "\n").first { $0.contains("  \(person):") }
      #expect(line?.contains("up-to: T3") == true, "\(policy)")
    }
    // What T3 asks for, here for a decision that needs no tool.
    try await fleet.askForTwo(over: policy)
    try await fleet.expect(3, "scan")
    let proposal = try await fleet.propose("bless", "hosts")
    try await fleet.expect(0, "approve", proposal.id, "--digest", proposal.digest)
    try await fleet.expect(
      0, "approve", proposal.id, "--digest", proposal.digest, "--sign-with", "\(fleet.path)/home/keys/second-operator")
    try await fleet.expect(0, "scan")
  }

  private func home(of fleet: SmallFleet) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in ["engine.json", "trust.json"] + ["engine", "admin", "operator"].map({ "keys/\($0)" }) {
      found[name] = try Data(contentsOf: URL(fileURLWithPath: "\(fleet.path)/home/\(name)"))
    }
    return found
  }
}
