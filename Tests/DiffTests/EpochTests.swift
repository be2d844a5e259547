import Diff
import Facts
import Failures
import StrictJSON
import Testing

/// Keys that change and keys that are not there: neither ever looks like a change of the fleet, nor like peace.
struct EpochTests {
  /// What stands for a secret under an epoch; the digits are the secret.
  private func tag(_ epoch: String, _ secret: Int) -> String {
    let digits = String(secret, radix: 16)
    let salt = epoch == "e1" ? "a" : epoch == "e2" ? "b" : "c"
    return "hmac-sha256:\(epoch):" + String(repeating: salt, count: 64 - digits.utf8.count) + digits
  }

  private func value(_ epoch: String, _ secret: Int) -> JSON { ["redacted": .string(tag(epoch, secret))] }
  private func text(_ epoch: String, _ secret: Int) -> String { "password = [redacted \(tag(epoch, secret))]" }
  private func name(_ epoch: String, _ secret: Int) -> SubjectName { SubjectName(text(epoch, secret)) }

  /// Of a host that writes under the last of these epochs and has the keys of all of them, having seen secrets 1 to 9.
  private func keys(_ epochs: String...) -> Redaction {
    let newest = epochs[epochs.count - 1]
    let older = Dictionary(
      uniqueKeysWithValues: (1...9).map { secret in
        (tag(newest, secret), epochs.dropLast().map { tag($0, secret) })
      })
    return Redaction(
      epoch: newest, checks: Dictionary(uniqueKeysWithValues: epochs.map { ($0, "check-\($0)") }),
      older: epochs.count > 1 ? older : [:])
  }

  private func seen(at number: Int64, _ subjects: [SubjectReport], _ keys: Redaction) throws -> Observation {
    var observation = try observation(at: number, [whole("web1", subjects)])
    observation.redaction = keys
    return observation
  }

  private func facts(
    at number: Int64, _ facts: JSON, _ keys: Redaction, unordered: [String] = [], depth: Int? = nil
  ) throws -> Observation {
    var report = TargetReport(
      target: "web1", state: .observed, listsEverySubject: true, facts: facts, groupDepth: depth)
    report.unordered = unordered
    var observation = try observation(at: number, [report], authority: .snapshot)
    observation.redaction = keys
    return observation
  }

  private func values(_ desired: JSON, _ observed: JSON) -> Delta {
    Delta([.init(path: "/secret", .values(desired: desired, observed: observed))])
  }

  private func blessed(_ facts: JSON) -> Ledger {
    var ledger = Ledger()
    ledger.recordedState.knownGood = [
      KnownGood(source: site, target: "web1", observedAt: hour(0), run: run(at: 0), tool: "collector", facts: facts)
    ]
    return ledger
  }

  // MARK: Findings

  @Test func `an unchanged secret is confirmed under a new key, and the fact stays as it was written`() throws {
    var ledger = Ledger()
    try ledger.record(seen(at: 1, [drifted("a", values(value("e1", 1), value("e1", 2)))], keys("e1")))
    let before = try #require(ledger.open("a"))
    let outcome = try ledger.record(
      seen(at: 2, [drifted("a", values(value("e2", 1), value("e2", 2)))], keys("e1", "e2")))
    #expect(outcome.changes.isEmpty && outcome.receipt.changes.confirmed == 1)
    #expect(ledger.open("a") == before)
    #expect(outcome.receipt.targets[0].state == .observed)
  }

  @Test func `a changed secret is superseded under a new key, written under that alone, with the side that moved`()
    throws
  {
    var ledger = Ledger()
    try ledger.record(seen(at: 1, [drifted("a", values(value("e1", 1), value("e1", 2)))], keys("e1")))
    try ledger.record(seen(at: 2, [drifted("a", values(value("e2", 1), value("e2", 3)))], keys("e1", "e2")))
    #expect(ledger.ends(of: "a") == [.superseded])
    let now = try #require(ledger.open("a"))
    #expect(now.delta == values(value("e2", 1), value("e2", 3)) && now.cause == .world)
  }

  @Test func `lines are compared under the older key`() throws {
    var ledger = Ledger()
    func delta(_ epoch: String, _ secret: Int) -> Delta {
      Delta([.init(path: "/content", .text(["@@ -1,1 +1,1 @@", "-\(text(epoch, 1))", "+\(text(epoch, secret))"]))])
    }
    try ledger.record(seen(at: 1, [drifted("a", delta("e1", 2))], keys("e1")))
    #expect(try ledger.record(seen(at: 2, [drifted("a", delta("e2", 2))], keys("e1", "e2"))).changes.isEmpty)
    try ledger.record(seen(at: 3, [drifted("a", delta("e2", 4))], keys("e1", "e2")))
    #expect(ledger.ends(of: "a") == [.superseded])
  }

  @Test func `without the older key the subject is unobserved, its finding stays, and in sync still ends it`() throws {
    var ledger = Ledger()
    try ledger.record(seen(at: 1, [drifted("a", values(value("e1", 1), value("e1", 2)))], keys("e1")))
    let before = try #require(ledger.open("a"))
    let outcome = try ledger.record(
      seen(at: 2, [drifted("a", values(value("e2", 1), value("e2", 2)))], keys("e2")))
    #expect(ledger.open("a") == before)
    #expect(ledger.coverage() == Delta([.init(path: "a", .unobserved(.redactionKeyMissing))]))
    #expect(outcome.receipt.targets[0].state == .partly && outcome.receipt.targets[0].unobserved == 1)
    _ = try Receipt(parsing: outcome.receipt.bytes, document: "receipt")
    try ledger.record(seen(at: 3, [inSync("a")], keys("e2")))
    #expect(ledger.recordedState.open.isEmpty && ledger.ends(of: "a") == [.resolved])
  }

  @Test func `without the older key a change beside the secret is a change all the same`() throws {
    var ledger = Ledger()
    func delta(_ epoch: String, _ mode: String) -> Delta {
      Delta([
        .init(path: "/mode", .values(desired: "0600", observed: .string(mode))),
        .init(path: "/secret", .values(desired: value(epoch, 1), observed: value(epoch, 2))),
      ])
    }
    try ledger.record(seen(at: 1, [drifted("a", delta("e1", "0644"))], keys("e1")))
    try ledger.record(seen(at: 2, [drifted("a", delta("e2", "0666"))], keys("e2")))
    #expect(ledger.ends(of: "a") == [.superseded])
    #expect(ledger.open("a")?.cause == nil)
  }

  @Test func `a subject with a secret in its name stays the same subject under a new key`() throws {
    var ledger = Ledger()
    try ledger.record(seen(at: 1, [drifted(name("e1", 1), mode("0644"))], keys("e1")))
    #expect(try ledger.record(seen(at: 2, [drifted(name("e2", 1), mode("0644"))], keys("e1", "e2"))).changes.isEmpty)
    #expect(ledger.open(name("e1", 1)) != nil)
    try ledger.record(seen(at: 3, [inSync(name("e2", 1))], keys("e1", "e2")))
    #expect(ledger.recordedState.open.isEmpty && ledger.ends(of: name("e1", 1)) == [.resolved])
  }

  @Test func `a subject whose name cannot be compared is not taken for undeclared`() throws {
    var ledger = Ledger()
    try ledger.record(seen(at: 1, [drifted(name("e1", 1), mode("0644")), inSync("b")], keys("e1")))
    try ledger.record(seen(at: 2, [inSync(name("e2", 1)), inSync("b")], keys("e2")))
    #expect(ledger.open(name("e1", 1)) != nil)
    #expect(ledger.coverage() == Delta([.init(path: text("e1", 1), .unobserved(.redactionKeyMissing))]))
    try ledger.record(seen(at: 3, [inSync(name("e2", 1)), inSync("b")], keys("e1", "e2")))
    #expect(ledger.recordedState.open.isEmpty)
  }

  @Test func `another secret under the same name of an epoch is refused`() throws {
    var ledger = Ledger()
    try ledger.record(seen(at: 1, [inSync("a")], keys("e1")))
    var other = keys("e1")
    other.checks = ["e1": "another"]
    #expect(throws: Failure.self) { try ledger.record(seen(at: 2, [inSync("a")], other)) }
    // And still after the key was deleted and made anew under its old name.
    try ledger.record(seen(at: 2, [inSync("a")], keys("e2")))
    other.checks = ["e1": "another", "e2": "check-e2"]
    #expect(throws: Failure.self) { try ledger.record(seen(at: 3, [inSync("a")], other)) }
  }

  @Test func `no older tag reaches a finding or a receipt`() throws {
    var ledger = Ledger()
    let outcome = try ledger.record(
      seen(at: 1, [drifted(name("e2", 3), values(value("e2", 1), value("e2", 2)))], keys("e1", "e2")))
    for bytes in outcome.changes.map(\.finding.bytes) + [outcome.receipt.bytes] {
      #expect(RedactionTag.epochs(in: bytes).isSubset(of: ["e2"]))
    }
    #expect(outcome.receipt.redaction == Redaction(epoch: "e2", checks: ["e1": "check-e1", "e2": "check-e2"]))
  }

  @Test func `an observation with its older tags is read as it was written`() throws {
    let observation = try facts(at: 1, ["a": value("e2", 1)], keys("e1", "e2"), unordered: ["/b"])
    #expect(try Observation(parsing: observation.bytes, document: "o") == observation)
  }

  // MARK: Known-good

  @Test func `facts blessed under the older key are in sync when unchanged and changed when changed`() throws {
    let good: JSON = ["a": ["secret": value("e1", 1), "n": 1], "b": .string(text("e1", 2))]
    var ledger = blessed(good)
    try ledger.record(
      facts(at: 1, ["a": ["secret": value("e2", 1), "n": 1], "b": .string(text("e2", 2))], keys("e1", "e2")))
    #expect(ledger.recordedState.open.isEmpty)
    try ledger.record(
      facts(at: 2, ["a": ["secret": value("e2", 3), "n": 1], "b": .string(text("e2", 2))], keys("e1", "e2")))
    #expect(ledger.recordedState.open.map(\.subject) == ["/a"])
    #expect(
      ledger.open("/a")?.delta
        == Delta([
          .init(
            path: "/a/secret/redacted",
            .values(desired: .string(tag("e1", 1)), observed: .string(tag("e1", 3))))
        ]))
  }

  @Test func `facts blessed under a key that is not there are unobserved, and the others are not`() throws {
    var ledger = blessed(["a": ["secret": value("e1", 1)], "b": 1, "c": ["secret": value("e1", 2)]])
    try ledger.record(facts(at: 1, ["a": ["secret": value("e2", 1)], "b": 1, "c": ["secret": 7]], keys("e2")))
    #expect(ledger.coverage() == Delta([.init(path: "/a", .unobserved(.redactionKeyMissing))]))
    // A secret that has become something else has changed for certain.
    #expect(ledger.recordedState.open.filter { $0.aspect == .drift }.map(\.subject) == ["/c"])
  }

  @Test func `a list without an order is sorted anew under the older key, and one with an order is not`() throws {
    // Under e1 secret 1 comes first; the new key turns them round.
    var turned = keys("e1", "e2")
    turned.older = [tag("e2", 1): [tag("e1", 2)], tag("e2", 2): [tag("e1", 1)]]
    let good: JSON = ["list": [value("e1", 1), value("e1", 2)]]
    let now: JSON = ["list": [value("e2", 1), value("e2", 2)]]
    var set = blessed(good)
    try set.record(facts(at: 1, now, turned, unordered: ["/list"]))
    #expect(set.recordedState.open.isEmpty)
    var list = blessed(good)
    try list.record(facts(at: 1, now, turned))
    #expect(list.recordedState.open.map(\.subject) == ["/list"])
  }

  @Test func `a key that holds a secret stays the same fact`() throws {
    var ledger = blessed([text("e1", 1): 1, "b": 2])
    try ledger.record(facts(at: 1, [text("e2", 1): 1, "b": 2], keys("e1", "e2")))
    #expect(ledger.recordedState.open.isEmpty)
  }

  @Test func `text that only looks like a tag hides no change`() throws {
    // A host writes the shape of a tag of an epoch that never was.
    var ledger = blessed(["motd": .string("\(text("e9", 1)) one")])
    try ledger.record(facts(at: 1, ["motd": .string("\(text("e9", 1)) one")], keys("e1")))
    #expect(ledger.recordedState.open.isEmpty)
    try ledger.record(facts(at: 2, ["motd": .string("\(text("e9", 1)) two")], keys("e1")))
    #expect(ledger.open("/motd")?.kind == .changed)
    try ledger.record(facts(at: 3, ["motd": .string("\(text("e9", 2)) one")], keys("e1")))
    #expect(ledger.open("/motd")?.kind == .changed)
  }

  @Test func `a new known-good that only goes to a new key changes no fact`() {
    let (before, after): (JSON, JSON) = (["a": value("e1", 1)], ["a": value("e2", 1)])
    #expect(KnownGoodChange.list(from: before, to: after, groupDepth: 1, redaction: keys("e1", "e2")).isEmpty)
    #expect(
      KnownGoodChange.list(from: before, to: ["a": value("e2", 2)], groupDepth: 1, redaction: keys("e1", "e2")).count
        == 1)
  }
}
