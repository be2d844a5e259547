import Foundation
import StrictJSON
import Testing

/// A source that suddenly differs in more than `max-findings` says.
@Suite struct TooManyFindingsTests {
  @Test func `a run that would open more findings than the source may have is not in sync and hides nothing`()
    async throws
  {
    func facts(_ values: Range<Int>, _ value: String) -> String {
      "{\(values.map { #""f\#($0)":"\#(value)""# }.joined(separator: ","))}"
    }
    let fleet = try await SnapshotFleet(["web1": facts(0..<4, "good")])
    try await fleet.bless()
    let file = "\(fleet.repository)/praxis.yaml"
    let before = try String(contentsOfFile: file, encoding: .utf8)
    try before.replacing("    directory:", with: "    max-findings: 2\n    directory:")
      .write(toFile: file, atomically: true, encoding: .utf8)
    try await fleet.git(
      "-c", "user.signingkey=\(fleet.home)/keys/admin", "-c", "user.name=admin", "-c", "user.email=admin@praxis",
      "commit",
      "--quiet", "-S", "-a", "-m", "Fewer findings")
    func open() async throws -> [String] {
      let json = try JSON(parsing: Array(try await fleet.expect(0, "findings", "--json").output.utf8))
      return (json["findings"]?.array ?? []).compactMap { $0["subject"]?.string }.sorted()
    }
    // As many as it may.
    try fleet.report("web1", facts(0..<2, "good").dropLast() + "," + facts(2..<4, "bad").dropFirst())
    try await fleet.expect(2, "scan")
    let drifted = try await open()
    #expect(drifted.count == 2)
    // The other two and one more: nothing is taken of it, and what was open stays.
    try fleet.report("web1", facts(0..<5, "bad"))
    let scanned = try await fleet.expect(2, "scan")
    #expect(scanned.errors.contains("hosts: the run would open 3 findings, and max-findings allows 2"))
    #expect(scanned.errors.contains("raise max-findings of hosts in praxis.yaml"))
    #expect(try await open() == (drifted + ["*"]).sorted())
    let status = try JSON(parsing: Array(try await fleet.expect(2, "status", "--json").output.utf8))
    #expect(status["verdict"]?.string == "drift", "\(status)")
    #expect(try await fleet.git("show", "main:observations/hosts.json").contains("max-findings allows 2"))
    try await fleet.expect(0, "audit")
    #expect(try fleet.waiting() == 0)
    // Back within bounds, it is observed again.
    try fleet.report("web1", facts(0..<4, "good"))
    try await fleet.expect(0, "scan")
    #expect(try await open().isEmpty)
  }
}
