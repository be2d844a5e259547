import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// What one commit could stop every engine with, and the pre-receive hook does not take: records.
@Suite struct PreReceiveRecordTests {
  @Test func `a record in another form than an engine writes is not taken`() async throws {
    let server = try await Server()
    let good = try receipt(1)
    let fact = try finding()
    let place = try #require(fact.keys.first)
    let text = try #require(fact.values.first)
    let malformed: [[String: String]] = [
      [Server.receipt: "1"], [Server.receipt: "{}\n"], [Server.receipt: good + "\n"],
      [Server.receipt: String(good.dropLast())],
      [Server.receipt: good.replacing("  \"tool\"", with: "   \"tool\"")],
      [Server.receipt: good.replacing("praxis.receipt/1", with: "x")],
      [Server.receipt: good.replacing("\"whole\": true", with: "\"whole\": 1")],
      [Server.receipt: good.replacing("\"whole\": true", with: "\"whole\": true,\n  \"more\": 1")],
      [Server.receipt: good.replacing("\"whole\": true,\n  ", with: "")],
      [Server.receipt: good.replacing("\"whole\": true", with: "\"whole\": true,\n  \"whole\": true")],
      [Server.receipt: good.replacing("collector\",\n  \"begin", with: "col\\u006cector\",\n  \"begin")],
      [Server.receipt: good.replacing("collector\",\n  \"begin", with: "col\u{200b}lector\",\n  \"begin")],
      [Server.receipt: good.replacing("\"begin\": \"2026", with: "\"begin\": \"2126")],
      [Server.receipt: good.replacing("\"end\": \"2026", with: "\"end\": \"2025")],
      [Server.receipt: good.replacing("\"unobserved\": 0", with: "\"unobserved\": 1")],
      [Server.receipt: good.replacing("\"inSync\": 1", with: "\"inSync\": -1")],
      [Server.receipt: good.replacing("\"source\": \"hosts\"", with: "\"source\": \"web\"")],
      [place: text.replacing("\"opaque\"", with: "\"observed\": 1,\n      \"opaque\"")],
      [place: text.replacing("\"opaque\": \"changed\"", with: "\"opaque\": \"changed\",\n      \"detail\": \"x\"")],
      [place: "{}\n"], [place: text.replacing("\"desired\"", with: "\"desires\"")],
      [place: text.replacing("\"kind\": \"changed\"", with: "\"kind\": \"unobserved\"")],
      [place: text.replacing("\"subject\": \"/os\"", with: "\"subject\": \"/kernel\"")],
      [place: text.replacing("\"validTo\": null", with: "\"validTo\": \"2026-09-22T00:00:00.000000Z\"")],
      [place: text.replacing("\"validFrom\": \"2026", with: "\"validFrom\": \"2126")],
      [place.replacing("/web1/", with: "/web2/"): text], [place.replacing("os-", with: ""): text],
      ["findings/closed/hosts/web1/x/y.json": text],
    ]
    for files in malformed {
      for content in files.values { #expect(content != good && (content != text || files[place] == nil)) }
      try server.expectRefused("document-malformed") { try server.site.commit(files, by: "engine") }
    }
    try server.site.commit(try finding().merging([Server.receipt: good]) { $1 }, by: "engine")
    #expect(try server.push() == nil)
  }

  /// A fact that was seen, with text that is not all ASCII.
  private func finding() throws -> [String: String] {
    var held = Finding.HeldByState()
    held.ignored = ["/os"]
    held.computed = ["/kernel"]
    held.declarations = ["mode": "hmac-sha256:e1:0"]
    held.values = ["mode": ["a": 1]]
    held.object = "i-1"
    let fact = Finding(
      kind: .changed, cause: .accepted, authority: .tofu, source: try Site.source("hosts"), target: "web1",
      subject: "/os",
      severity: .medium, validFrom: Site.now,
      delta: Delta([
        .init(path: "/os", .values(desired: "12.1 \u{e9}\u{200b}", observed: ["a/b": [1, .null, "\u{1D173}"]])),
        .init(path: "/user", .opaque(.changed, desired: ["state": "absent"])),
        .init(path: "/task", .unobserved(.taskFailed), detail: "no such group"),
      ]),
      seen: .init(run: RunID(begin: Site.now, tail: 1), tool: "collector", evidence: nil, heldByState: held))
    let place = "findings/open/hosts/web1/os-\(fact.id.token).drift.json"
    return [place: String(decoding: fact.bytes, as: UTF8.self)]
  }

  @Test func `a ledger that the engine would refuse is not taken`() async throws {
    let server = try await Server()
    let proposal = try server.site.propose([:], action: .converge, tier: .t2)
    let ledger = { server.site.ledger(proposal, $0, by: $1, $2) }
    try server.expectRefused("ledger-unapproved") {
      try server.site.commit(ledger(.started, "engine") { _ in }, by: "engine")
    }
    try server.site.merge("proposal/\(proposal.id)", by: "alice")
    #expect(try server.push() == nil)
    let wrong: [[String: String?]] = [
      ledger(.finished, "engine") { $0.result = .init(.succeeded) }, ledger(.withdrawn, "engine") { _ in },
      ledger(.started, "scout") { _ in }, ledger(.started, "engine") { $0.proposal = "p-000000000000" },
    ]
    for files in wrong { #expect(try refusedAsLedger(server, files)) }
    try server.expectRefused("ledger-unapproved") {
      try server.site.commit(ledger(.started, "engine") { $0.digest = Digest(of: [9]) }, by: "engine")
    }
    try server.expectRefused("document-malformed") {
      try server.site.commit(ledger(.claimed, "engine") { _ in }, by: "engine")
    }
    try server.site.commit(ledger(.started, "engine") { $0.startedAt = Site.now }, by: "engine")
    #expect(try server.push() == nil)
    let later: [[String: String?]] = [
      ledger(.started, "engine") { _ in }, ledger(.finished, "engine") { $0.result = .init(.succeeded) },
      ledger(.claimed, "engine") {
        $0.startedAt = Site.now
        $0.claim = "job"
      },
    ]
    for files in later { #expect(try refusedAsLedger(server, files)) }
    let finished = ledger(.finished, "engine") {
      $0.startedAt = Site.now
      $0.result = .init(.succeeded, exitCode: 0)
    }
    try server.site.commit(finished, by: "engine")
    #expect(try server.push() == nil)
    #expect(
      try refusedAsLedger(
        server,
        ledger(.finished, "engine") {
          $0.startedAt = Site.now
          $0.result = .init(.failed, exitCode: 0)
        }))
    try server.site.commit(
      ledger(.finished, "engine") {
        $0.startedAt = Site.now
        $0.run = RunID(begin: Site.now, tail: 7)
        $0.result = .init(.succeeded, exitCode: 0)
        $0.result?.gone = [Site.finding]
        $0.result?.remaining = []
      }, by: "engine")
    #expect(try server.push() == nil)
    _ = try await server.site.verify()
  }

  private func refusedAsLedger(_ server: Server, _ files: [String: String?]) throws -> Bool {
    let before = try server.main()
    try server.site.commit(files, by: "engine")
    defer { _ = try? server.site.git("reset", "-q", "--hard", before) }
    return ["ledger-rewritten", "document-malformed"].contains(try server.push("+main"))
  }
}
