import Facts
import Foundation
import Observe
import Testing

/// No secret that an event holds leaves the reading.
@Suite struct AnsibleSecretTests {
  private static let canary = "CANARY-7f3a9c"

  private func observation(_ results: [String], ok: Int = 1, changed: Int = 1) throws -> String {
    String(
      decoding: try AnsibleFixture.ingest(lines: AnsibleStream.run(results, ok: ok, changed: changed)).bytes,
      as: UTF8.self)
  }

  @Test(arguments: [
    #"{"changed":true,"diff":{"before":"a\npassword = CANARY-7f3a9c\n","after":"a\npassword = other\n"}}"#,
    #"{"changed":true,"diff":{"before":"a\n","after":"a\ndb_secret: CANARY-7f3a9c\n"}}"#,
    #"{"changed":true,"diff":{"before":{"api_token":"CANARY-7f3a9c"},"after":{"api_token":"x"}}}"#,
    #"{"changed":true,"diff":{"before":{"env":{"user_password":"CANARY-7f3a9c"}},"after":{"env":{}}}}"#,
    #"{"changed":true,"diff":{"before":{"token=CANARY-7f3a9c":1},"after":{"token=CANARY-7f3a9c":2}}}"#,
    #"{"changed":true,"diff":{"before":{"e":{"token=CANARY-7f3a9c":1}},"after":{"e":{"token=CANARY-7f3a9c":2}}}}"#,
    #"{"changed":true,"diff":{"before":["secret=CANARY-7f3a9c"],"after":[]}}"#,
    #"{"changed":true,"diff":{"prepared":"CANARY-7f3a9c"}}"#,
    #"{"changed":true,"diff":[{"before":"x\n","after":"y\n","after_header":"/tmp/CANARY-7f3a9c"}]}"#,
    #"{"changed":true,"msg":"CANARY-7f3a9c"}"#,
    #"{"changed":true,"censored":true,"diff":{"before":"CANARY-7f3a9c","after":"y"}}"#,
  ])
  func `a secret in a result stays out`(result: String) throws {
    let text = try observation([AnsibleStream.result("ok", AnsibleStream.task("Copy"), result)])
    #expect(text.contains(#""state": "drifted""#))
    #expect(!text.contains(Self.canary))
  }

  @Test func `a role that is called secret keeps the names of its tasks, and no secret in them`() throws {
    let role = #","role":"debops.secret""#
    let plain = AnsibleStream.task("debops.secret : Make sure that the folder is there", role)
    let telling = AnsibleStream.task("debops.secret : Use password=CANARY-7f3a9c", role)
    let text = try observation(
      [plain, telling].map { AnsibleStream.result("ok", $0, #"{"changed":false}"#) }, ok: 2, changed: 0)
    #expect(text.contains("debops.secret : Make sure that the folder is there"))
    #expect(text.contains("debops.secret : Use password=[redacted") && !text.contains(Self.canary))
  }

  @Test func `a secret in an item's label, a name or a path stays out`() throws {
    let task = AnsibleStream.task("Set password=CANARY-7f3a9c", #","loop":true"#)
    let item = AnsibleStream.result(
      "item_ok", task, #"{"changed":true,"item":{"user":"bob","password":"CANARY-7f3a9c"}}"#,
      #","managed":{"name":"token=CANARY-7f3a9c"}"#
    )
    .replacing(#","managed":{},"#, with: ",").replacing(#""managed":{},"managed""#, with: #""managed""#)
    let whole = AnsibleStream.result("ok", task, #"{"changed":true}"#).replacing(
      #""items":0"#, with: #""items":1"#)
    let text = try observation([item, whole])
    #expect(text.contains("bob"))
    #expect(!text.contains(Self.canary))
  }

  @Test func `under no_log there is neither label nor delta`() throws {
    let task = AnsibleStream.task("Users", #","loop":true,"no_log":true"#)
    let item = AnsibleStream.result("item_ok", task, #"{"changed":true,"item":"CANARY-7f3a9c"}"#)
    let whole = AnsibleStream.result("ok", task, #"{"changed":true,"censored":true}"#)
      .replacing(#""items":0"#, with: #""items":1"#)
    let found = try AnsibleFixture.ingest(lines: AnsibleStream.run([item, whole], ok: 1, changed: 1))
    let subject = try #require(try found.report(on: "alpha").subjects.first)
    #expect(subject.subject == "site.yml: P | Users")
    #expect(subject.state == .drifted(.changed, Delta([.init(path: "", .opaque(.hidden))]), nil))
    #expect(!String(decoding: found.bytes, as: UTF8.self).contains(Self.canary))
  }

  @Test func `a secret in the tool's own words stays out`() throws {
    let unreachable = AnsibleStream.result(
      "unreachable", AnsibleStream.task("Copy"), #"{"unreachable":true,"msg":"password=CANARY-7f3a9c"}"#)
    let found = try AnsibleFixture.ingest(
      lines: AnsibleStream.run([unreachable]), code: "1", errors: "vault password: CANARY-7f3a9c\n")
    #expect(!String(decoding: found.bytes, as: UTF8.self).contains(Self.canary))
  }

  @Test func `a changed secret is seen as a change`() throws {
    let result = #"{"changed":true,"diff":{"before":"password = one\n","after":"password = two\n"}}"#
    let found = try AnsibleFixture.ingest(
      lines: AnsibleStream.run(
        [AnsibleStream.result("ok", AnsibleStream.task("Copy"), result)], ok: 1, changed: 1))
    guard case .drifted(_, let delta, _) = try found.report(on: "alpha").subject("Copy").state,
      case .text(let lines) = delta.entries.first?.content
    else {
      Issue.record("no drift")
      return
    }
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix("-password = [redacted") && lines[2].hasPrefix("+password = [redacted"))
    #expect(lines[1].dropFirst() != lines[2].dropFirst())
  }

  @Test(arguments: AnsibleFixture.cases)
  func `no fake secret of the recorded fleet is left`(name: String) throws {
    let text = String(decoding: try AnsibleFixture.ingest(case: name).bytes, as: UTF8.self)
    for secret in ["LEAKED-DRIFTED", "S3cr3t-PLAYBOOK", "TOKEN-AAA", "TOKEN-BBB", "token=EVIL"] {
      #expect(!text.contains(secret))
    }
  }
}
