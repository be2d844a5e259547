import Facts
import Foundation
import Git
import Testing

@testable import StateRepository

@Suite struct WorkTreeTests {
  @Test func `a clean work tree follows main`() async throws {
    let scratch = try await Scratch()
    let recorded = try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    #expect(recorded.workTree == .followed(paths: 2))
    #expect(FileManager.default.fileExists(atPath: "\(scratch.path)/state/observations/site.json"))
    #expect(try scratch.git("status", "--porcelain").isEmpty)
  }

  @Test func `an edit in the work tree is left alone, and all else follows`() async throws {
    let scratch = try await Scratch()
    let file = "\(scratch.path)/state/praxis.yaml"
    try "edited by hand\n".write(toFile: file, atomically: true, encoding: .utf8)
    let recorded = try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    #expect(recorded.workTree == .followed(paths: 2))
    #expect(try scratch.git("status", "--porcelain") == " M praxis.yaml\n")
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "edited by hand\n")
    #expect(try scratch.git("rev-list", "--count", "main") == "2\n")
  }

  @Test func `a bare repository has nothing to follow`() async throws {
    let scratch = try await Scratch(isBare: true)
    let recorded = try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    #expect(recorded.workTree == .leftAlone(.bare))
  }
}
