import Engine
import Facts
import Failures
import Foundation
import Testing

@testable import Observe

/// When a recording was made, as it says itself.
@Suite struct RecordedTimesTests {
  private let source = SourceName("net")!

  private func fixture(_ place: String) -> String {
    TofuFixture.root.deletingLastPathComponent().appending(path: place).path
  }

  @Test func `each tool's output tells its times, and what holds none has none`() throws {
    func tofu(_ name: String) throws -> String? {
      try AuthorityConfiguration.tofu(.init()).asked.recordedTimes(in: fixture("tofu/\(name)"), source).map {
        "\($0.begin) \($0.end)"
      }
    }
    func ansible(_ name: String) throws -> String? {
      try AuthorityConfiguration.ansible(.init(playbook: "", inventory: "")).asked.recordedTimes(
        in: fixture("ansible/\(name)"), source
      ).map { "\($0.begin) \($0.end)" }
    }
    #expect(try tofu("in-sync")?.hasPrefix("2026-11-24T03:15:37.668461Z 2026-11-24T03:15:3") == true)
    #expect(try tofu("human-output") == nil)
    #expect(try ansible("own-219-drift") == "2026-11-24T03:00:00.000000Z 2026-11-24T03:00:09.000000Z")
    #expect(try ansible("own-219-converged")?.hasPrefix("2026-11-24T03:00:00.000000Z") == true)
    #expect(try ansible("own-214-converged") == nil)
    for name in ["posix-json-214-drift", "posix-json-221-drift", "posix-jsonl-221-drift", "text-before-json-221"] {
      let said = try #require(try ansible(name), "\(name)")
      let times = said.split(separator: " ")
      #expect(times[0] < times[1] && said.hasPrefix("2026-"), "\(name): \(said)")
    }
  }

  /// What is agreed on, in seconds after the begin of a fixture; or why nothing is.
  private func agreed(
    _ own: (begin: Int64, end: Int64)?, claim: Int64?, now: Int64 = 10_000, isDated: Bool = true
  ) -> String {
    let zero = TofuFixture.begin
    let request = ObservationRequest(
      source: SourceConfiguration(name: source, authority: .tofu(.init()), directory: "/nowhere"),
      run: RunID(begin: zero, tail: 1), redactor: TofuFixture.redactor, rules: Digest(of: []),
      evidenceFolder: "/nowhere",
      home: "/nowhere", environment: [:], callbackFolder: "/nowhere", now: { zero.advanced(bySeconds: now) })
    let times = own.flatMap { RecordedTimes([$0.begin, $0.end].map { zero.advanced(bySeconds: $0) }) }
    do throws(Failure) {
      let found = try RecordedTimes.agreed(
        times, claim.map { zero.advanced(bySeconds: $0) }, datedBy: isDated ? "plan -json" : nil, request)
      return [found.begin, found.end].map { String($0.wholeSeconds - zero.wholeSeconds) }.joined(separator: " to ")
    } catch {
      return error.code.word
    }
  }

  @Test func `a recording's own times count, and nobody makes it newer or older`() {
    #expect(agreed((0, 60), claim: nil) == "0 to 60")
    #expect(agreed((0, 60), claim: 0) == "0 to 60")
    #expect(agreed((0, 60), claim: 200) == "0 to 60")
    #expect(agreed((0, 60), claim: 9_000) == "misdated")
    #expect(agreed((1_000, 1_060), claim: 0) == "misdated")
    #expect(agreed((11_000, 11_060), claim: nil) == "misdated")
    #expect(agreed((9_990, 10_100), claim: nil) == "9990 to 10000")
    #expect(agreed(nil, claim: 0) == "undated")
    #expect(agreed(nil, claim: nil) == "undated")
    #expect(agreed(nil, claim: nil, isDated: false) == "undated")
    #expect(agreed(nil, claim: 5, isDated: false) == "5 to 5")
    #expect(agreed(nil, claim: 11_000, isDated: false) == "misdated")
  }
}
