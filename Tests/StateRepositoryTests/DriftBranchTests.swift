import Facts
import Foundation
import Testing

@testable import StateRepository

@Suite struct DriftBranchTests {
  @Test func `plain git diff between the branches shows desired as minus and observed as plus`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("sshd_config")]), scratch.terms)
    let diff = try scratch.git("diff", "drift/desired", "drift/observed", "--", "web1/")
    #expect(diff.contains("-  0600\n+  0644\n"))
    #expect(diff.contains("web1/site/sshd-config-"))
    #expect(
      try scratch.git("diff", "drift/desired...drift/observed")
        == scratch.git("diff", "drift/desired", "drift/observed"))
  }

  @Test func `the branches follow what opens and what ends`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("a"), drifted("b")]), scratch.terms)
    try await scratch.store.record(
      observation(2, subjects: [drifted("a", "0666"), .init("b", .inSync)]), scratch.terms)
    let diff = try scratch.git("diff", "drift/desired", "drift/observed")
    #expect(diff.contains("+  0666"))
    #expect(!diff.contains("b-"))
    try await scratch.store.record(
      observation(3, subjects: [.init("a", .inSync), .init("b", .inSync)]), scratch.terms)
    #expect(try scratch.git("diff", "drift/desired", "drift/observed").isEmpty)
  }

  @Test func `branches that somebody deleted or moved are built anew by the next run`() async throws {
    let scratch = try await Scratch()
    try await scratch.store.record(observation(1, subjects: [drifted("a")]), scratch.terms)
    let before = try scratch.git("diff", "drift/desired", "drift/observed")
    try scratch.git("update-ref", "-d", "refs/heads/drift/desired")
    try scratch.git("update-ref", "refs/heads/drift/observed", scratch.introduction.hex)
    try await scratch.store.record(observation(2, subjects: [drifted("a")]), scratch.terms)
    #expect(try scratch.git("diff", "drift/desired", "drift/observed") == before)
  }

  @Test func `a missing subject stands on the desired side alone and an unexpected one on the observed`() async throws {
    let scratch = try await Scratch()
    let missing = Delta([.init(path: "/state", .values(desired: "file", observed: nil))])
    let extra = Delta([.init(path: "/state", .values(desired: nil, observed: "file"))])
    try await scratch.store.record(
      observation(
        1,
        subjects: [
          .init("gone", .drifted(.missing, missing, nil)), .init("extra", .drifted(.unexpected, extra, nil)),
        ]), scratch.terms)
    let names = try scratch.git("diff", "--no-renames", "--name-status", "drift/desired", "drift/observed")
    #expect(names.split(separator: "\n").map { $0.prefix(1) } == ["A", "D"])
  }

  @Test func `no escape of a host reaches the terminal through the branches`() async throws {
    let scratch = try await Scratch()
    let hostile = Delta([
      .init(path: "/content", .text(["@@ -1,1 +1,1 @@", "-plain", "+\u{1b}]0;owned\u{7}\u{202e}", "+\u{301}mark"]))
    ])
    try await scratch.store.record(
      observation(1, subjects: [.init("\u{1b}[2J/../x", .drifted(.changed, hostile, nil))]), scratch.terms)
    let all = try scratch.git("log", "-p", "--all") + scratch.git("diff", "drift/desired", "drift/observed")
    #expect(!all.unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x07 || $0.value == 0x202e })
    #expect(all.contains("\\u001b]0;owned\\u0007"))
    // A plus sign with a combining mark behind it is one character to Swift, and still a plus to a diff.
    #expect(try scratch.git("show", "drift/observed").contains("\u{301}mark"))
    #expect(try !scratch.git("show", "drift/desired").contains("\u{301}mark"))
  }
}
