import Facts
import Failures
import Foundation
import Observe
import StrictJSON
import Testing

@testable import Snapshots

@Suite struct FactFilterTests {
  @Test func `what the same host says seconds apart and under another ansible is the same`() throws {
    let first = try filtered("core-2.21-first")
    #expect(
      CanonicalJSON.bytes(first.sorted()) == CanonicalJSON.bytes(try filtered("core-2.21-later").sorted()))
    #expect(CanonicalJSON.bytes(first.sorted()) == CanonicalJSON.bytes(try filtered("core-2.14").sorted()))
  }

  @Test func `the filtered facts are the recorded ones`() throws {
    let bytes = CanonicalJSON.bytes(try filtered("core-2.21-first"))
    if ProcessInfo.processInfo.environment["PRAXIS_RECORD"] == "1" {
      try Data(bytes).write(
        to: URL(fileURLWithPath: "\(SnapshotFixtures.folder)/ansible-facts/expected.json"))
    }
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == String(decoding: try SnapshotFixtures.bytes("ansible-facts/expected.json"), as: UTF8.self))
  }

  @Test func `what is worth comparing is still there`() throws {
    let facts = try filtered("core-2.21-first")
    for key in [
      "kernel", "distribution", "distribution_version", "interfaces", "eth0", "mounts", "dns", "hostname",
      "memtotal_mb",
    ] {
      #expect(facts[key] != nil, "\(key)")
    }
    #expect(facts["interfaces"] == ["eth0", "ifb0", "ifb1", "lo"])
    #expect(facts["mounts"]?[0]?["options"] != nil && facts["mounts"]?[0]?["size_available"] == nil)
    #expect(facts["memory_mb"]?["real"] == ["total": 24105])
  }

  @Test func `what is of the one who looks is left out unless it is asked for`() throws {
    var raw = try shortened("core-2.21-first")
    raw["env"] = ["EDITOR": "vi"]
    raw["local"] = ["app": ["version": "1"]]
    let filter = try setupFilter(include: [])
    let facts = try #require(filter.apply(.object(raw), redactor: SnapshotFixtures.redactor()))
    for key in ["env", "local", "python", "user_id", "flags", "date_time"] {
      #expect(raw[key] != nil && facts[key] == nil, "\(key)")
    }
    let named = try filtered(
      "core-2.21-first", include: ["/user_id", "/date_time/**", "/mounts/**", "/kernel"])
    #expect(named["user_id"] == "root" && named["kernel"] != nil)
    #expect(named["date_time"] == nil, "what changes by itself is no fact")
    #expect(named["mounts"]?[0]?["size_total"] != nil && named["mounts"]?[0]?["size_available"] == nil)
    #expect(named.object?.count == 3)
  }

  @Test func `addresses that come and go by themselves are left out unless they are asked for`() throws {
    let facts: JSON = [
      "all_ipv6_addresses": ["2001:db8::1"], "default_ipv6": ["address": "2001:db8::1", "gateway": "fe80::1"],
      "eth0": ["ipv6": [["address": "2001:db8::1"]], "mtu": 1500], "veth1a2b": ["mtu": 1500],
    ]
    let kept = try setupFilter(include: []).apply(facts, redactor: SnapshotFixtures.redactor())
    #expect(kept == ["default_ipv6": ["gateway": "fe80::1"], "eth0": ["mtu": 1500]])
    let named = try setupFilter(include: ["/eth0/ipv6"]).apply(facts, redactor: SnapshotFixtures.redactor())
    #expect(named == ["eth0": ["ipv6": [["address": "2001:db8::1"]]]])
  }

  @Test func `a change of a kept fact is seen`() throws {
    let raw = try shortened("core-2.21-first")
    var changed = raw
    changed["kernel"] = "6.1.0-other"
    #expect(try apply(.object(raw)) != (try apply(.object(changed))))
  }

  @Test func `a pattern without wildcards keeps the place with all that is in it`() throws {
    let facts: JSON = ["a": ["b": ["c": 1], "d": 2], "list": [["x": 1, "y": 2], ["y": 3]], "e": [:]]
    #expect(try apply(facts, include: ["/a/b"]) == ["a": ["b": ["c": 1]]])
    #expect(try apply(facts, include: ["/list/*/x"]) == ["list": [["x": 1]]])
    #expect(try apply(facts, include: ["/e"]) == ["e": [:]], "empty by itself")
    #expect(try apply(facts, include: ["/zzz"]) == nil)
    #expect(try apply(facts, include: []) == facts)
    #expect(try apply([:], include: []) == nil)
  }

  @Test func `arrays without order are sorted behind the filter, from the inside out`() throws {
    let left: JSON = ["l": [["k": ["b", "a"]], ["k": ["a"]]], "o": [2, 1]]
    let right: JSON = ["l": [["k": ["a"]], ["k": ["a", "b"]]], "o": [2, 1]]
    #expect(try apply(left, unordered: ["/l", "/l/*/k"]) == (try apply(right, unordered: ["/l", "/l/*/k"])))
    #expect(try apply(left, unordered: ["/l"])?["o"] == [2, 1], "the others keep theirs")
  }

  @Test func `secrets are replaced by key and by shape, and a changed one is still a change`() throws {
    let one = try #require(
      try apply(["db_password": "x", "note": "api_token = abc", "n": ["secret": ["a", "b"]]]))
    let text = String(decoding: CanonicalJSON.line(one), as: UTF8.self)
    #expect(!text.contains("\"x\"") && !text.contains("abc") && !text.contains("\"a\""))
    #expect(one["db_password"]?["redacted"]?.string?.hasPrefix("hmac-sha256:k1:") == true)
    #expect(
      one != (try apply(["db_password": "y", "note": "api_token = abc", "n": ["secret": ["a", "b"]]])))
  }

  @Test func `what is no pattern is refused by its list`() throws {
    let error = #expect(throws: Failure.self) { try apply([:], include: ["kernel"]) }
    #expect(error?.code == .configuration && error?.message.contains("include") == true)
  }

  @Test func `of two facts that would share a short name each stays itself`() {
    let facts = AnsibleFacts.shortened(["ansible_a": 1, "a": 2, "ansible_b": 3, "ansible_": 4])
    #expect(facts == ["ansible_a": 1, "a": 2, "b": 3, "ansible_": 4])
  }

  @Test func `the programs of a host's own are run only for one who wants their facts`() {
    for (include, wanted) in [
      ([], false), (["/kernel"], false), (["/local/app/**"], true), (["/**"], true), (["/l*"], true),
    ] {
      #expect(AnsibleFacts.wantsLocalFacts(include: include) == wanted, "\(include)")
      let play = String(decoding: AnsibleFacts.playbook(withLocalFacts: wanted), as: UTF8.self)
      #expect(play.contains("!local") != wanted)
    }
  }

  // MARK: Machinery

  private func shortened(_ name: String) throws -> JSONObject {
    let result = try JSON(parsing: SnapshotFixtures.bytes("ansible-facts/\(name).json"))
    return AnsibleFacts.shortened(try #require(result["ansible_facts"]?.object))
  }

  private func filtered(_ name: String, include: [String] = []) throws -> JSON {
    let filter = try setupFilter(include: include)
    return try #require(filter.apply(.object(shortened(name)), redactor: SnapshotFixtures.redactor()))
  }

  private func setupFilter(include: [String]) throws -> FactFilter {
    try FactFilter(
      .init(collector: .ansibleFacts(inventory: "i", binaryDirectory: nil), include: include),
      source: SourceName("hosts")!)
  }

  private func apply(_ facts: JSON, include: [String] = [], unordered: [String] = []) throws -> JSON? {
    let filter = try FactFilter(
      .init(collector: .command(["x"]), include: include, unordered: unordered), source: SourceName("hosts")!)
    return filter.apply(facts, redactor: SnapshotFixtures.redactor())
  }
}
