import Diff
import Facts
import Failures
import Foundation
import Git
import StrictJSON
import Testing

@testable import StateRepository

@Suite struct RecordingTests {
  @Test func `drift becomes one signed commit that plain git verifies and fsck accepts`() async throws {
    let scratch = try await Scratch()
    let recorded = try await scratch.store.record(
      observation(1, subjects: [drifted("sshd | /etc/ssh/sshd_config"), .init("motd", .inSync)]), scratch.terms)
    #expect(recorded.outcome.receipt.changes.opened == 1)
    try scratch.writeAllowedSigners()
    let log = try scratch.git("log", "--show-signature", "--format=%s")
    #expect(log.components(separatedBy: "Good \"git\" signature for engine").count == 3)
    #expect(log.contains("site: 1 opened, 1 in sync"))
    #expect(try scratch.git("fsck", "--strict", "--no-dangling").isEmpty)
    let trailers = try scratch.git("log", "-1", "--format=%(trailers:key=Praxis-Opened,valueonly)")
    #expect(trailers.trimmingCharacters(in: .whitespacesAndNewlines) == "1")
    #expect(try scratch.git("status", "--porcelain").isEmpty)
  }

  @Test func `a lock file that a killed writer left does not stop recording`() async throws {
    let scratch = try await Scratch()
    let lock = "\(scratch.path)/state/.git/refs/heads/main.lock"
    try Data().write(to: URL(fileURLWithPath: lock))
    let old = Date(timeIntervalSinceNow: -60)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: lock)
    #expect(try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms).commit != nil)
  }

  @Test func `what a tool could write is read again, however deeply it is nested`() async throws {
    let scratch = try await Scratch()
    let (open, close) = (String(repeating: "[", count: 448), String(repeating: "]", count: 448))
    let value = try JSON(parsing: Array("\(open)1\(close)".utf8))
    let delta = Delta([.init(path: "", .values(desired: value, observed: nil))])
    let deep = SubjectReport("deep", .drifted(.missing, delta, nil))
    try await scratch.store.record(observation(1, subjects: [deep]), scratch.terms)
    try await scratch.store.record(observation(2, subjects: [deep, drifted("a")]), scratch.terms)
    let found = try await scratch.store.openFindings(of: SourceName("site")!, at: scratch.store.tip())
    #expect(Set(found.map(\.subject)) == ["deep", "a"])
    #expect(found.contains { $0.delta == delta })
    #expect(throws: JSONError.self) { try JSON(parsing: Array("[\(open)1\(close)]".utf8)) }
  }

  @Test func `the same drift seen again writes the receipt alone`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    try await scratch.store.record(observation(2, subjects: [drifted("a")]), scratch.terms)
    let files = try scratch.git("show", "--format=", "--name-only", "main")
    #expect(files == "observations/site.json\n")
  }

  @Test func `the same observation twice makes one commit`() async throws {
    let scratch = try await Scratch()
    let seen = try observation(1, subjects: [drifted("a")])
    try await scratch.store.record(seen, scratch.terms)
    let again = try await scratch.store.record(seen, scratch.terms)
    #expect(again.commit == nil)
    #expect(try scratch.git("rev-list", "--count", "main") == "2\n")
  }

  @Test func `a finding that is mended moves to closed with both ends of its interval`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    try await scratch.store.record(observation(5, subjects: [.init("a", .inSync)]), scratch.terms)
    let tip = try await scratch.store.tip()
    #expect(try await scratch.store.openFindings(at: tip).isEmpty)
    let closed = try await scratch.store.closedFindings(at: tip)
    #expect(closed.map(\.ended?.reason) == [.resolved])
    #expect(closed.first?.validFrom == Scratch.start.advanced(bySeconds: 1))
    #expect(closed.first?.validTo == Scratch.start.advanced(bySeconds: 5))
    #expect(try await scratch.store.facts(of: closed[0].id, at: tip) == closed)
  }

  @Test func `two machines write the same tree for the same observation`() async throws {
    let (one, other) = (try await Scratch(), try await Scratch(isBare: true))
    for scratch in [one, other] {
      try await scratch.store.record(
        observation(
          1, subjects: [drifted("a"), drifted("caf\u{e9}\u{1b}[2J"), .init("b", .unobserved(.skippedInCheckMode))],
          state: .partly), scratch.terms)
    }
    for folder in ["findings", "observations"] {
      #expect(try one.git("rev-parse", "main:\(folder)") == other.git("rev-parse", "main:\(folder)"))
    }
  }

  @Test func `an observation from before the last one is refused as late and changes nothing`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(5, subjects: [drifted("a")]), scratch.terms)
    let tip = try await scratch.store.tip()
    await #expect {
      try await scratch.store.record(observation(3, subjects: [.init("a", .inSync)]), scratch.terms)
    } throws: { ($0 as? Failure)?.code == .late }
    #expect(try await scratch.store.tip() == tip)
  }

  @Test func `a main that does not verify is not built on`() async throws {
    let scratch = try await Scratch()
    var terms = scratch.terms
    terms.verify = { _, _ async throws(Failure) in throw Failure(.unverified, "main", "no") }
    let tip = try await scratch.store.tip()
    await #expect { try await scratch.store.record(observation(1, subjects: [drifted("a")]), terms) } throws: {
      ($0 as? Failure)?.code == .unverified
    }
    #expect(try await scratch.store.tip() == tip)
  }

  @Test func `a tip from the future stops the recorder`() async throws {
    let scratch = try await Scratch()
    await #expect {
      try await scratch.store.record(
        observation(1, subjects: [drifted("a")]), scratch.terms(at: Scratch.start.advanced(bySeconds: -301)))
    } throws: { ($0 as? Failure)?.code == .clock }
  }

  @Test func `runs of several sources and merges of an operator at the same time are all kept`() async throws {
    let scratch = try await Scratch(configuration: Self.manySources)
    let terms = scratch.terms(at: Scratch.start.advanced(bySeconds: 7_200))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<6 {
        group.addTask {
          for round in 1...3 {
            try await scratch.store.record(
              observation(round * 10 + number, of: "s\(number)", subjects: [drifted("a", "\(round)")]), terms)
          }
        }
      }
      group.addTask {
        // Somebody else's commits land on main between the runs, made and moved by plain git.
        for number in 0..<5 {
          for _ in 0..<50 {
            let tip = try scratch.git("rev-parse", "main").trimmingCharacters(in: .newlines)
            let commit = try scratch.git("commit-tree", "-p", tip, "-m", "other \(number)", "\(tip)^{tree}")
              .trimmingCharacters(in: .newlines)
            if (try? scratch.git("update-ref", "refs/heads/main", commit, tip)) != nil { break }
          }
        }
      }
      try await group.waitForAll()
    }
    let subjects = try scratch.git("log", "--first-parent", "--format=%s", "main").split(separator: "\n")
    #expect(subjects.count { $0.hasPrefix("s") } == 18)
    #expect(subjects.count { $0.hasPrefix("other") } == 5)
    #expect(try scratch.git("fsck", "--strict", "--no-dangling").isEmpty)
    #expect(try await scratch.store.openFindings(at: scratch.store.tip()).count == 6)
  }

  static let manySources =
    "format: praxis.config/1\nsources:\n"
    + (0..<6).map {
      "  s\($0): { authority: ansible, directory: /srv, playbook: p.yml, inventory: i.ini }\n"
    }.joined()
}
