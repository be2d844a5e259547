import Facts
import Report
import Testing

@Suite struct WaiverReportTests {
  private func waived(_ standing: Waiver.Standing, reason: String = "known") throws -> FleetStatus.WaivedFinding {
    let finding = try Samples.finding(subject: "sshd", .init(path: "/mode", .values(desired: "0600", observed: "0644")))
    let waiver = Waiver(
      finding: finding.id, kind: finding.kind, delta: finding.delta.fingerprint, reason: reason,
      until: try Samples.instant("2026-12-01T00:00:00Z"), proposer: "engine", proposal: "p-0123456789ab")
    return .init(finding: finding, waiver: waiver, standing: standing)
  }

  @Test func `status lists what is waived and every waiver that does not hold, with nothing live in the reasons`()
    throws
  {
    var status = try Samples.status(
      [Samples.source(verdict: .inSync, targets: [.observed: 1])], waived: 1)
    status.waivers = [try waived(.inForce), try waived(.expired, reason: Hostile.all), try waived(.otherDelta)]
    let text = StatusReport(status).text()
    #expect(text.contains("waived until 2026-12-01 00:00 UTC, by p-0123456789ab: known"))
    #expect(text.contains("Waivers that do not hold:\n"))
    #expect(text.contains("its waiver expired at 2026-12-01 00:00 UTC"))
    #expect(text.contains("its waiver is for another value than it has now"))
    #expect(Hostile.dangerous(in: text) == [])
    let rows = try #require(StatusReport(status).json["waivers"]?.array)
    #expect(rows.map { $0["standing"] } == ["in-force", "expired", "other-delta"])
  }

  @Test func `a waived finding says so in every form`() throws {
    let waived = try waived(.inForce)
    func report(at time: String) throws -> FindingsReport {
      let now = try Samples.instant(time)
      return FindingsReport([waived.finding], validAt: now, knownAt: now, waivers: Waivers([waived.waiver]))
    }
    let before = try report(at: "2026-11-30T23:59:59Z")
    #expect(before.table().contains("changed, waived"))
    #expect(before.markdown().contains("changed, waived"))
    #expect(before.csv().hasSuffix(",waived\r\n"))
    #expect(before.json["waivers"]?[0]?["standing"] == "in-force")
    #expect(before.json["findings"]?[0] == waived.finding.json)
    let after = try report(at: "2026-12-01T00:00:00Z")
    #expect(!after.table().contains("waived"))
    #expect(after.csv().hasSuffix(",\r\n"))
    #expect(after.json["waivers"]?[0]?["standing"] == "expired")
    let page = FindingReport(waived.finding, asOf: after.validAt, waivers: after.waivers).text()
    #expect(page.contains("waiver    its waiver expired at 2026-12-01 00:00 UTC, by p-0123456789ab: known"))
  }
}
