import Facts
import Foundation
import Testing

@testable import StateRepository

@Suite struct SpoolTests {
  private let path = NSTemporaryDirectory() + "praxis-spool-\(UUID().uuidString)"

  @Test func `what is kept waits until it is recorded and is then found by its run`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let spool = Spool(path)
    let (first, second) = (try observation(1, subjects: [drifted("a")]), try observation(2, subjects: [drifted("a")]))
    try spool.keep(second)
    try spool.keep(first)
    #expect(try spool.pending(first.source).map(spool.read) == [first, second])
    #expect(try spool.pendingCount() == 2)
    try spool.markRecorded(first)
    #expect(try spool.pending(first.source).map(spool.read) == [second])
    #expect(try spool.observation(first.source, run: first.run) == first)
    let mode = try FileManager.default.attributesOfItem(atPath: "\(path)/site/pending")[.posixPermissions] as? Int
    #expect(mode == 0o700)
  }

  @Test func `old recorded observations and raw output are let go, waiting ones never`() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let spool = Spool(path)
    for number in 1...Spool.keptObservations + 3 {
      let seen = try observation(number, subjects: [])
      try spool.keep(seen)
      if number > 2 { try spool.markRecorded(seen) }
      let folder = try spool.evidenceFolder(source(keepsEvidence: true), run: seen.run, now: seen.begin)
      try "raw".write(toFile: "\(folder)/out", atomically: true, encoding: .utf8)
    }
    let names = { (folder: String) in try FileManager.default.contentsOfDirectory(atPath: "\(path)/site/\(folder)") }
    #expect(try names("recorded").count == Spool.keptObservations)
    #expect(try names("pending").count == 2)
    #expect(try names("evidence").count == Spool.keptEvidence)
    _ = try spool.evidenceFolder(
      source(keepsEvidence: false), run: observation(99, subjects: []).run, now: Scratch.start)
    #expect(try names("evidence").count == 1)
  }

  private func source(keepsEvidence: Bool) throws -> SourceConfiguration {
    SourceConfiguration(
      name: try #require(SourceName("site")), authority: .tofu(.init()), directory: "/srv",
      keepsEvidence: keepsEvidence)
  }
}
