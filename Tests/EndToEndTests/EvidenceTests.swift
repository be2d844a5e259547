import Foundation
import StrictJSON
import Testing

/// What a tool itself said in a run, for whoever may read it.
@Suite struct EvidenceTests {
  @Test
  func `what the tool printed is shown where it is kept, inert, and where it is not, the engine that has it is named`()
    async throws
  {
    let fleet = try await SmallFleet()
    try await fleet.bless()
    try fleet.observe("{\"os\":\"12.2\",\"kernel\":\"6.1\",\"note\":\"\u{202e}raw-value\"}")
    try await fleet.expect(2, "scan")
    let said = try await fleet.expect(0, "findings", "--subject", "/os", "--json").output
    let finding = try #require(try JSON(parsing: Array(said.utf8))["findings"]?[0])
    let id = try #require(finding["id"]?.string)
    let run = try #require(finding["seen"]?["run"]?.string)
    let shown = try await fleet.expect(0, "show", id, "--evidence").output
    #expect(shown.contains("raw-value") && shown.contains("run \(run)"), "\(shown)")
    #expect(!shown.contains("\u{202e}"))
    // Each line of the tool's is indented.
    #expect(shown.split(separator: "\n").filter { $0.contains("raw-value") }.allSatisfy { $0.hasPrefix("  ") })
    try await fleet.expect(64, "show", id, "--evidence", "--json")

    // A file that is empty, and one that is no text.
    let spool = "\(fleet.path)/home/spool"
    let folder = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: spool).first { $0.hasSuffix("/hosts/evidence/\(run)") })
    _ = FileManager.default.createFile(
      atPath: "\(spool)/\(folder)/empty", contents: Data(), attributes: [.posixPermissions: 0o600])
    _ = FileManager.default.createFile(
      atPath: "\(spool)/\(folder)/plan", contents: Data([0x50, 0, 1]), attributes: [.posixPermissions: 0o600])
    // What others could have written is not shown as the tool's.
    _ = FileManager.default.createFile(
      atPath: "\(spool)/\(folder)/written", contents: Data("forged".utf8), attributes: [.posixPermissions: 0o666])
    let whole = try await fleet.expect(0, "show", id, "--evidence").output
    #expect(whole.contains("empty: it is empty") && whole.contains("plan: 3 bytes, not text"), "\(whole)")
    #expect(!whole.contains("forged"))

    try FileManager.default.removeItem(atPath: "\(spool)/\(folder)")
    let gone = try await fleet.expect(1, "show", id, "--evidence")
    #expect(gone.output.isEmpty && gone.errors.contains("(no-evidence)"))
    #expect(gone.errors.contains("spool/\(folder) below the state folder of engine"), "\(gone.errors)")
    try await fleet.expect(0, "show", id)
  }
}
