import Facts
import Report
import StrictJSON
import Testing

/// Every field of a finding and of a status that can come from a host or a tool, filled with what such a one
/// could send.
@Suite struct HostileTextTests {
  @Test(arguments: Hostile.texts + [Foreign(Hostile.all)])
  func `hostile text in every field of a finding reaches no output as it is`(
    foreign: Foreign
  ) throws {
    let now = try Samples.instant("2026-11-24T03:05:12Z")
    let finding = try Samples.finding(full: foreign.text)
    let other = finding.ended(at: now, .superseded, by: Samples.run)
    let list = FindingsReport([finding, other], validAt: now, knownAt: now)
    #expect(Hostile.dangerous(in: list.table()) == [])
    #expect(Hostile.dangerous(in: list.table(width: 100)) == [])
    #expect(list.table().utf8.count { $0 == 0x0A } == 3)
    #expect(Hostile.dangerous(in: list.markdown()) == [])
    #expect(list.markdown().utf8.count { $0 == 0x0A } == 4)
    #expect(Hostile.dangerous(in: list.csv(), allowing: ["\r", "\n"]) == [])
    #expect(list.csv().utf8.count { $0 == 0x0A } == 3)
    #expect(list.csv().utf8.count { $0 == 0x0D } == 3)
    let shown = FindingReport(finding, history: [other], asOf: now).text()
    #expect(Hostile.dangerous(in: shown, allowing: ["\n", "\t"]) == [])
  }

  @Test(arguments: Hostile.texts)
  func `the forms for machines escape controls and read back as what was said`(
    foreign: Foreign
  ) throws {
    let now = try Samples.instant("2026-11-24T03:05:12Z")
    let finding = try Samples.finding(full: foreign.text)
    let list = FindingsReport([finding], validAt: now, knownAt: now)
    for bytes in [list.bytes, list.lines] {
      let controls = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars).filter {
        $0 != "\n"
          && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value) || (0x202A...0x202E).contains($0.value))
      }
      #expect(controls == [])
    }
    #expect(
      try Finding(parsing: Array(list.lines), document: "line").digest
        == finding.digest)
  }

  @Test func `hostile text in a blind spot reaches no output as it is`() throws {
    let spot = FleetStatus.BlindSpot(
      target: TargetName(Hostile.all), state: .failed, reasons: [.toolFailed: 2], detail: Hostile.all)
    let source = try Samples.source(verdict: .incomplete, targets: [.failed: 1], blindSpots: [spot])
    let calm = FleetStatus.BlindSpot(target: "a", state: .failed, reasons: [.toolFailed: 2], detail: "b")
    let calmSource = try Samples.source(verdict: .incomplete, targets: [.failed: 1], blindSpots: [calm])
    let text = StatusReport(try Samples.status([source])).text()
    #expect(Hostile.dangerous(in: text) == [])
    let calmText = StatusReport(try Samples.status([calmSource])).text()
    #expect(text.utf8.count { $0 == 0x0A } == calmText.utf8.count { $0 == 0x0A })
  }
}

extension Finding {
  fileprivate var digest: Digest { Digest(of: bytes) }
}
