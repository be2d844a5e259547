import Facts
import Foundation
import TestSupport
import Testing

struct InstantTests {
  private static let lastMicrosecond = Timestamp(rfc3339: "9999-12-31T23:59:59.999999Z")!

  @Test func `written with six digits and Z, in files without punctuation`() throws {
    let instant = try #require(Timestamp(rfc3339: "2026-11-24T03:00:00.5Z"))
    #expect(instant.rfc3339 == "2026-11-24T03:00:00.500000Z")
    #expect(instant.description == instant.rfc3339)
    #expect(instant.fileName == "20261124t030000.500000z")
    #expect(instant.compact == "20261124t030000z")
  }

  @Test(arguments: Array(0..<20) as [UInt64])
  func `agrees with Foundation's calendar`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime]
    formatter.timeZone = .gmt
    // From 1900: before 1582 Foundation's calendar is the Julian one.
    for _ in 0..<200 {
      let seconds = Int64.random(in: -2_208_988_800...253_402_300_799, using: &random)
      let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
      let instant = Timestamp(microseconds: seconds * 1_000_000)
      #expect(instant.rfc3339 == expected.dropLast() + ".000000Z")
      #expect(Timestamp(rfc3339: expected) == instant)
    }
  }

  @Test(arguments: Array(0..<10) as [UInt64])
  func `reads back what it writes, and its text sorts as time does`(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var instants: [Timestamp] = []
    let first = try #require(Timestamp(rfc3339: "0001-01-01T00:00:00Z"))
    for _ in 0..<200 {
      let instant = Timestamp(
        microseconds: Int64.random(in: first.microseconds...Self.lastMicrosecond.microseconds, using: &random)
      )
      #expect(Timestamp(rfc3339: instant.rfc3339) == instant)
      instants.append(instant)
    }
    #expect(instants.sorted().map(\.rfc3339) == instants.map(\.rfc3339).sorted())
    #expect(instants.sorted().map(\.fileName) == instants.map(\.fileName).sorted())
  }

  @Test(arguments: [
    ("2026-11-24T03:00:00+01:30", "2026-11-24T01:30:00.000000Z"),
    ("2026-11-24T03:00:00-01:30", "2026-11-24T04:30:00.000000Z"),
    ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000000Z"),
    ("2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00.000000Z"),
    ("2026-11-24T03:00:00-00:00", "2026-11-24T03:00:00.000000Z"),
    ("2026-11-24t03:00:00z", "2026-11-24T03:00:00.000000Z"),
    ("2026-11-24T03:00:00.1234569Z", "2026-11-24T03:00:00.123456Z"),
    ("2026-11-24T03:00:00.123456789Z", "2026-11-24T03:00:00.123456Z"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
    ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999Z"),
    ("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.999999Z"),
    ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"),
    ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z"),
    ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"),
    ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
  ])
  func `reads offsets, fractions, leap seconds and leap days`(text: String, expected: String) {
    #expect(Timestamp(rfc3339: text)?.rfc3339 == expected)
  }

  @Test(arguments: [
    "", "2026-11-24", "2026-11-24T03:00Z", "2026-11-24 03:00:00Z", "2026-11-24T03:00:00",
    "2026-11-24T03:00:00.Z",
    "2026-11-24T03:00:00.1234567890Z", "2026-11-24T03:00:00ZZ", " 2026-11-24T03:00:00Z",
    "2026-11-24T24:00:00Z",
    "2026-11-24T03:60:00Z", "2026-11-24T03:00:61Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
    "2026-11-31T00:00:00Z", "2026-11-00T00:00:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
    "0000-01-01T00:00:00Z", "26-11-24T03:00:00Z", "+2026-11-24T03:00:00Z", "2026-11-24T03:00:00+24:00",
    "2026-11-24T03:00:00+01:60", "2026-11-24T03:00:00+0100", "2026-11-24T03:00:00+01", "2026-1a-24T03:00:00Z",
    "\u{0662}026-11-24T03:00:00Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01",
  ])
  func `refuses what is no RFC 3339 time between the years 1 and 9999`(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test func `whole seconds are rounded down on both sides of zero`() {
    let zero = Timestamp(microseconds: 0)
    let cases: [(Int64, Int64)] = [
      (0, 0), (1, 0), (999_999, 0), (1_000_000, 1), (-1, -1), (-1_000_000, -1), (-1_000_001, -2),
    ]
    for (micro, expected) in cases {
      #expect(Timestamp(microseconds: micro).seconds(since: zero) == expected)
      #expect(Timestamp(microseconds: micro).wholeSeconds == expected)
    }
  }

  @Test func `no step leads over the end of time`() {
    #expect(Timestamp(microseconds: 5).advanced(bySeconds: -2).microseconds == -1_999_995)
    #expect(Timestamp(microseconds: 5).advanced(bySeconds: .max).microseconds == .max)
    #expect(Timestamp(microseconds: .max - 1).advanced(bySeconds: 1).microseconds == .max)
    #expect(Timestamp(microseconds: 5).advanced(bySeconds: .min).microseconds == .min)
  }
}
