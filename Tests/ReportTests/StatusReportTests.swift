import Facts
import Report
import StrictJSON
import Testing

@Suite struct StatusReportTests {
  private func drifting() throws -> FleetStatus {
    try Samples.status(
      [
        Samples.source(
          verdict: .drift, targets: [.observed: 2, .unreachable: 1], drifted: 2, unobserved: 1,
          blindSpots: [
            .init(
              target: "db1", state: .unreachable, reasons: [.unreachable: 1],
              detail: "ssh: No route to host\u{1b}[2J")
          ]),
        Samples.source("network", verdict: .incomplete, age: nil, targets: [:], inSync: 0),
      ], open: [.changed: 2, .unobserved: 1], waived: 1, masked: 3)
  }

  @Test func `a drifting fleet is told from the verdict down to the next command`() throws {
    #expect(
      StatusReport(try drifting()).text() == """
        drift: 2 subjects are not as declared; 1 target was not observed; 1 source was never observed
        as of 2026-11-24 03:00 UTC, commit ab12ab12ab12
        not counted as drift: 1 finding waived, 3 differences masked by ignore rules

        SOURCE   AUTHORITY  VERDICT     OBSERVED             TARGETS                 IN SYNC  DRIFTED  UNOBSERVED
        site     ansible    drift       5 min ago (max 6 h)  2 of 3 (1 unreachable)       51        2           1
        network  ansible    incomplete  never                0 of 0                        0        0           0

        Not observed:
          network: never observed
          site: db1: unreachable
            The host did not answer. Check that it is up and that the engine may log in.
            in detail: ssh: No route to host\\u{1b}[2J

        Next:
          praxis scan network  observes it again
          praxis findings      lists what is open
          praxis show ID       one finding in full

        """)
  }

  @Test func `colours only repeat what the words say`() throws {
    let coloured = StatusReport(try drifting()).text(palette: Palette(isOn: true))
    #expect(coloured.contains("\u{1b}[31mdrift: 2 subjects"))
    let stripped = coloured.replacing(/\u{1b}\[[0-9]+m/, with: "")
    #expect(stripped == StatusReport(try drifting()).text())
    #expect(!stripped.unicodeScalars.contains("\u{1b}"))
  }

  @Test func `a fleet in sync says that everything was looked at`() throws {
    let source = try Samples.source(verdict: .inSync, targets: [.observed: 3])
    let text = StatusReport(try Samples.status([source])).text()
    #expect(text.hasPrefix("in sync: everything that is declared was observed, and is as declared\n"))
    #expect(!text.contains("Next:"))
    #expect(!text.contains("Not observed:"))
  }

  @Test func `whatever keeps the picture from being whole is in the first line, and never called in sync`()
    throws
  {
    func headline(_ status: FleetStatus) -> String {
      String(StatusReport(status).text().prefix { $0 != "\n" })
    }
    let well = try Samples.source(verdict: .inSync, targets: [.observed: 3])
    #expect(
      headline(try Samples.status([]))
        == "incomplete: no source is configured, so nothing was observed")
    #expect(
      headline(try Samples.status([well], unrecorded: 2))
        == "incomplete: no drift is recorded, but 2 observations were in the spool, not recorded yet")
    var failed = try Samples.status([well])
    failed.failed = [well.name]
    #expect(
      headline(failed)
        == "incomplete: no drift is recorded, but 1 source was not observed now, or its observation is not recorded")
    var doubted = try Samples.status([well])
    doubted.isVerified = false
    #expect(headline(doubted) == "incomplete: no drift is recorded, but main is not verified")
    let stale = try Samples.source(verdict: .incomplete, age: 30_000, targets: [.observed: 3])
    #expect(
      headline(try Samples.status([stale]))
        == "incomplete: no drift is recorded, but 1 source was observed too long ago")
    let partly = try Samples.source(verdict: .incomplete, targets: [.observed: 1, .partly: 2, .failed: 1])
    #expect(
      headline(try Samples.status([partly]))
        == "incomplete: no drift is recorded, but 1 target was not observed; 2 targets were only partly observed"
    )
    let unexplained = try Samples.source(verdict: .incomplete, targets: [.observed: 1])
    #expect(
      headline(try Samples.status([unexplained]))
        == "incomplete: no drift is recorded, but not everything could be observed")
    let uncounted = try Samples.source(verdict: .drift, targets: [.observed: 1])
    #expect(headline(try Samples.status([uncounted])) == "drift: something is not as declared")
  }

  @Test func `an old look is called too old beside its limit`() throws {
    let stale = try Samples.source(verdict: .incomplete, age: 30_000, targets: [.observed: 3])
    let text = StatusReport(try Samples.status([stale])).text()
    #expect(text.contains("8 h ago, too old (max 6 h)"))
    #expect(text.contains("praxis scan site"))
  }

  @Test func `many blind spots are counted where they are not listed`() throws {
    let spots = (100..<125).map {
      FleetStatus.BlindSpot(
        target: "h\($0)", state: .partly, reasons: [.skippedInCheckMode: 3, .hidden: 1, .taskFailed: 3],
        detail: nil)
    }
    let source = try Samples.source(verdict: .incomplete, targets: [.partly: 25], blindSpots: spots)
    let report = StatusReport(try Samples.status([source]))
    let text = report.text()
    #expect(text.contains("h119: partly"))
    #expect(!text.contains("h120"))
    #expect(text.contains("and 5 more targets (all of them: --json)"))
    #expect(text.contains("3 subjects: The task does nothing in check mode"))
    #expect(report.json["sources"]?[0]?["blindSpots"]?.array?.count == 25)
  }

  @Test func `the form for machines is the documented one`() throws {
    let status = try drifting()
    let expected = try JSON(
      parsing: Array(
        """
        { "format": "praxis.status/1", "verdict": "drift", "asOf": "2026-11-24T03:00:00.000000Z",
          "commit": "\(status.commit)",
          "open": { "changed": 2, "missing": 0, "unexpected": 0, "unobserved": 1, "stale-observation": 0,
                    "stale-baseline": 0 },
          "waived": 1, "waivers": [], "masked": 3, "unrecorded": 0, "verified": true, "failed": [],
          "sources": [
            { "name": "site", "authority": "ansible", "verdict": "drift", "observedAt": "2026-11-24T02:54:48.000000Z",
              "ageSeconds": 312, "maxAgeSeconds": 21600,
              "targets": { "declared": 3, "observed": 2, "partly": 0, "unreachable": 1, "failed": 0 },
              "subjects": { "inSync": 51, "drifted": 2, "unobserved": 1 },
              "blindSpots": [ { "target": "db1", "state": "unreachable", "reasons": { "unreachable": 1 },
                                "detail": "ssh: No route to host\\u001b[2J" } ] },
            { "name": "network", "authority": "ansible", "verdict": "incomplete", "observedAt": null,
              "ageSeconds": null, "maxAgeSeconds": 21600,
              "targets": { "declared": 0, "observed": 0, "partly": 0, "unreachable": 0, "failed": 0 },
              "subjects": { "inSync": 0, "drifted": 0, "unobserved": 0 }, "blindSpots": [] } ] }
        """.utf8))
    let bytes = StatusReport(status).bytes
    #expect(try JSON(parsing: bytes) == expected)
    #expect(Hostile.dangerous(in: String(decoding: bytes, as: UTF8.self)) == [])
  }
}
