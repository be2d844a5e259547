import Facts
import Foundation
import StrictJSON
import Testing

/// A source's key changes, is lost, and is another one, under the real program.
@Suite struct KeyRotationTests {
  @Test func `a new key is no drift, a lost one is no peace, and another host's key is refused`() async throws {
    let fleet = try await DemoFleet()
    let keys = "\(fleet.path)/home/keys/redaction/vault"
    try collect("hunter2", in: fleet)
    try await fleet.expect(0, "init", "\(fleet.path)/state", "--generate-keys")
    try await fleet.expect(
      0, "source", "add", "vault", "--authority", "snapshot", "--directory", "\(fleet.path)/infra", "--command",
      "./collect")
    try await fleet.expect(3, "scan")
    try await bless(fleet)
    try await fleet.expect(0, "scan")

    // Rotated: the known-good of e1 is compared under e1.
    let rotated = try await fleet.expect(0, "source", "rotate-key", "vault")
    #expect(rotated.output.contains("under e2") && rotated.output.contains("e1 is named by 1"))
    try await fleet.expect(0, "scan")
    #expect(try await epochs(fleet, "observations") == [])
    try collect("changed", in: fleet)
    try await fleet.expect(2, "scan")
    try collect("hunter2", in: fleet)
    try await fleet.expect(0, "scan")
    let nothing = try await fleet.expect(1, "propose", "bless", "vault")
    #expect(nothing.errors.contains("is the known-good already"))

    // Blessed anew the facts are written under e2, and e1 is needed no longer.
    try await bless(fleet, "one")
    #expect(try await epochs(fleet, "known-good") == ["e2"])
    try await fleet.expect(0, "scan")
    try await fleet.sh("mv \(keys)/e1 \(fleet.path)/e1")
    try await fleet.expect(0, "scan")

    // A host that lacks the newest key, or has none at all, makes none; one with another secret is refused.
    try await fleet.sh("mv \(keys)/e2 \(fleet.path)/e2; cp \(fleet.path)/e1 \(keys)/e1")
    let stale = try await fleet.expect(1, "scan")
    #expect(stale.errors.contains("redaction-key-missing"))
    try await fleet.sh("rm \(keys)/e1")
    #expect(try await fleet.expect(1, "scan").errors.contains("redaction-key-missing"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: keys).isEmpty)
    try await fleet.sh("cp \(fleet.path)/e1 \(keys)/e2")
    let other = try await fleet.expect(1, "scan")
    #expect(other.errors.contains("is not the one"))

    // Under e3 and without e2 nobody can tell; with e2 it is in sync again.
    try await fleet.sh("cp \(fleet.path)/e2 \(keys)/e2")
    try await fleet.expect(0, "source", "rotate-key", "vault", "--json")
    try await fleet.sh("rm \(keys)/e2")
    try await fleet.expect(3, "scan")
    let blind = try await fleet.findings()
    #expect(blind.map { $0["delta"]?[0]?["unobserved"] } == ["redaction-key-missing"])
    try await fleet.sh("cp \(fleet.path)/e2 \(keys)/e2")
    try await fleet.expect(0, "scan")
    #expect(try await fleet.git("fsck", "--strict", "--no-dangling").isEmpty)
  }

  private func collect(_ password: String, in fleet: DemoFleet) throws {
    try fleet.write(
      "#!/bin/sh\necho '{\"target\": \"one\", \"facts\": {\"db\": {\"password\": \"\(password)\"}, \"n\": 1}}'\n",
      to: "infra/collect")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(fleet.path)/infra/collect")
  }

  private func bless(_ fleet: DemoFleet, _ targets: String...) async throws {
    let proposed = try await fleet.say(["propose", "bless", "vault"] + targets + ["--json"])
    let branch = try #require(
      try JSON(parsing: Array(proposed.output.utf8))["branch"]?.string, "\(proposed.output)\(proposed.errors)")
    try await fleet.merge(branch)
  }

  /// The epochs of the tags in a folder of the state repository.
  private func epochs(_ fleet: DemoFleet, _ folder: String) async throws -> Set<String> {
    let walker = try #require(FileManager.default.enumerator(atPath: "\(fleet.path)/state/\(folder)"))
    var found: Set<String> = []
    for case let name as String in walker {
      guard let data = FileManager.default.contents(atPath: "\(fleet.path)/state/\(folder)/\(name)") else { continue }
      found.formUnion(RedactionTag.epochs(in: Array(data)))
    }
    return found
  }
}
