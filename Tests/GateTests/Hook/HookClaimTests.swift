import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// Whether the leave of an approval is this job's.
@Suite struct HookClaimTests {
  @Test func `a claim is of this job, of this proposal and of its engine`() async throws {
    func answer(_ edit: (HookSite, Proposal) throws -> Void) async throws -> HookSite.Answer {
      let site = try await HookSite()
      let proposal = try site.approved()
      try edit(site, proposal)
      return try site.ask(proposal, claim: "job-1")
    }
    expectYes(try await answer { _ = try $0.record($1, .claimed, claim: "job-1") })
    expect("not-claimed", try await answer { _, _ in })
    expect("claimed", try await answer { _ = try $0.record($1, .claimed, claim: "job-2") })
    expect("not-claimed", try await answer { _ = try $0.record($1, .started) })
    expect("already-executed", try await answer { _ = try $0.record($1, .finished, claim: "job-1") })
    expect("already-executed", try await answer { _ = try $0.record($1, .withdrawn, claim: "job-1") })
    expect(
      "wrong-engine", try await answer { _ = try $0.record($1, .claimed, claim: "job-1") { $0.by = "scout" } })
    expect("wrong-engine", try await answer { _ = try $0.record($1, .claimed, claim: "job-1", by: "scout") })
    expect("wrong-engine", try await answer { _ = try $0.record($1, .claimed, claim: "job-1", by: "alice") })
    expect("unknown-key", try await answer { _ = try $0.record($1, .claimed, claim: "job-1", by: "mallory") })
    expect(
      "not-approved",
      try await answer { site, proposal in
        try site.record(proposal, .claimed, claim: "job-1") { $0.approval = site.site.introduction.hex }
      })
    expect(
      "digest-mismatch",
      try await answer { _ = try $0.record($1, .claimed, claim: "job-1") { $0.digest = Digest(of: []) } })
    expect(
      "ledger-rewritten",
      try await answer { _ = try $0.record($1, .claimed, claim: "job-1") { $0.proposal = "p-aaaaaaaaaaaa" } })
    expect(
      "ledger-rewritten",
      try await answer { site, proposal in
        try site.record(proposal, .claimed, claim: "job-2")
        try site.record(proposal, .claimed, claim: "job-1")
      })
    expect(
      "ledger-rewritten",
      try await answer { site, proposal in
        try site.record(proposal, .claimed, claim: "job-1")
        try site.site.commit(["executions/\(proposal.id).json": nil], by: "engine")
        try site.record(proposal, .claimed, claim: "job-1")
      })
  }

  @Test func `a claim is brought by a record`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let before = try site.site.id("HEAD")
    try site.site.git("checkout", "-q", "-b", "side")
    try site.record(proposal, .claimed, claim: "job")
    try site.site.git("checkout", "-q", "main")
    try site.site.merge("side", by: "engine")
    expect("wrong-parents", try site.ask(proposal, claim: "job"))
    try site.site.git("reset", "-q", "--hard", before.hex)
    try site.scratch.write(Array("x".utf8), to: "repo/waivers/x.json", mode: 0o644)
    try site.record(proposal, .claimed, claim: "job")
    expect("mixed-paths", try site.ask(proposal, claim: "job"))
  }

  /// A job's claim, and then a change of the list of keys.
  private func claimed(by name: String, then change: ([String], HookSite) throws -> [String]) async throws
    -> HookSite.Answer
  {
    let site = try await HookSite()
    let proposal = try site.approved()
    try site.record(proposal, .claimed, claim: "job", by: name)
    let lines = try site.scratch.text("repo/" + Layout.allowedSigners).split(separator: "\n").map(String.init)
    var files = try site.site.policy { _ in }
    files[Layout.allowedSigners] = try change(lines, site).joined(separator: "\n") + "\n"
    try site.site.commit(files, by: "alice")
    return try site.ask(proposal, claim: "job")
  }

  private func renamed(_ lines: [String], _ old: String, _ new: String) -> [String] {
    lines.map { $0.hasPrefix("\(old) ") ? new + $0.dropFirst(old.count) : $0 }
  }

  /// A line for a person with a key that nobody had.
  private func fresh(_ person: String, _ site: HookSite) throws -> String {
    "\(person) namespaces=\"git\" \(try site.scratch.text("mallory.pub").trimmingCharacters(in: .newlines))"
  }

  @Test func `a claim was signed by its engine then, with a key that is its engine's now`() async throws {
    expectYes(try await claimed(by: "engine") { lines, _ in lines })
    // Another engine signed it, and its key was given to this one since.
    let then = try await claimed(by: "scout") { lines, site in
      try renamed(lines, "scout", "engine") + [fresh("scout", site)]
    }
    expect("wrong-engine", then)
    #expect(then.last.contains("scout signed the claim"), "\(then)")
    // The engine signed it, and the key is another's since.
    let now = try await claimed(by: "engine") { lines, site in
      try renamed(lines, "engine", "scout") + [fresh("engine", site)]
    }
    expect("wrong-engine", now)
    #expect(now.last.contains("is scout's now"), "\(now)")
  }
}
