import Diff
import Facts
import Failures
import StrictJSON
import Testing

/// Facts against what an operator blessed.
struct SnapshotTests {
  private func ledger(_ facts: JSON?) -> Ledger {
    var ledger = Ledger()
    if let facts {
      ledger.recordedState.knownGood = [
        KnownGood(
          source: site, target: "web1", observedAt: hour(0), run: run(at: 0), tool: "collector", facts: facts)
      ]
    }
    return ledger
  }

  private func seen(
    at number: Int64 = 1, _ facts: JSON, depth: Int? = nil, isWhole: Bool = true, blind: [SubjectReport] = []
  ) throws -> Observation {
    let isObserved = isWhole && blind.isEmpty
    return try observation(
      at: number,
      [
        TargetReport(
          target: "web1", state: isObserved ? .observed : .partly,
          reasons: isWhole ? [] : [.init(.incompleteOutput)], subjects: blind, listsEverySubject: isWhole,
          facts: facts, groupDepth: depth)
      ], authority: .snapshot)
  }

  /// One line for each open drift finding.
  private func drift(_ ledger: Ledger) -> [String] {
    ledger.recordedState.open.filter { $0.aspect == .drift }.map { finding in
      let parts = finding.delta.entries.map { entry -> String in
        switch entry.content {
        case .values(let desired, let observed):
          func text(_ value: JSON?) -> String {
            value.map { String(decoding: CanonicalJSON.line($0).dropLast(), as: UTF8.self) } ?? "none"
          }
          return "\(entry.path) \(text(desired)) > \(text(observed))"
        case .text(let lines): return "\(entry.path) \(lines)"
        case .opaque, .unobserved: return "\(entry.path) ?"
        }
      }
      return "\(finding.subject) \(finding.kind.rawValue): \(parts.joined(separator: ", "))"
    }
  }

  @Test func `equal facts are in sync whatever the order of their members`() throws {
    var ledger = ledger(["kernel": "6.1", "net": ["mtu": 1500, "name": "eth0"]])
    let outcome = try ledger.record(seen(["net": ["name": "eth0", "mtu": 1500], "kernel": "6.1"]))
    #expect(ledger.recordedState.open.isEmpty)
    #expect(outcome.receipt.targets.first?.inSync == 2)
    #expect(outcome.receipt.targets.first?.knownGood == ledger.recordedState.knownGood.first?.digest)
  }

  @Test func `missing, unexpected and changed`() throws {
    var ledger = ledger(["a": 1, "b": ["x": 1, "y": 2], "c": 3])
    try ledger.record(seen(["b": ["x": 1, "y": 3, "z": 4], "c": 3, "d": 5]))
    #expect(
      drift(ledger) == [
        "/a missing: /a 1 > none", "/b changed: /b/y 2 > 3, /b/z none > 4", "/d unexpected: /d none > 5",
      ])
    try ledger.record(seen(at: 2, ["a": 1, "b": ["x": 1, "y": 2], "c": 3]))
    #expect(ledger.recordedState.open.isEmpty)
    #expect(ledger.ends(of: "/a") == [.resolved])
    #expect(ledger.ends(of: "/b") == [.resolved])
    #expect(ledger.ends(of: "/d") == [.resolved])
  }

  @Test func `a fact that changed its type is changed, also where it looks the same`() throws {
    var ledger = ledger(["a": 1, "b": "1", "c": ["x": 1], "d": ["x"], "e": .null, "f": true, "g": [:]])
    try ledger.record(
      seen(["a": "1", "b": 1, "c": ["x"], "d": ["x": 1], "e": false, "f": "true", "g": []]))
    #expect(
      drift(ledger) == [
        #"/a changed: /a 1 > "1""#, #"/b changed: /b "1" > 1"#, #"/c changed: /c {"x":1} > ["x"]"#,
        #"/d changed: /d ["x"] > {"x":1}"#, #"/e changed: /e null > false"#, #"/f changed: /f true > "true""#,
        #"/g changed: /g {} > []"#,
      ])
  }

  @Test func `a host that changed its name is missing under the old one and has no known-good under the new one`()
    throws
  {
    var ledger = ledger(["kernel": "6.1"])
    try ledger.record(seen(["kernel": "6.1"]))
    #expect(ledger.recordedState.open.isEmpty)
    try ledger.record(
      observation(
        at: 2,
        [
          TargetReport(
            target: "web01", state: .observed, reasons: [], subjects: [], listsEverySubject: true,
            facts: ["kernel": "6.1"], groupDepth: nil)
        ], authority: .snapshot))
    let codes = ledger.recordedState.open.map { finding in
      "\(finding.target) \(finding.delta.entries.map { if case .unobserved(let why) = $0.content { why.rawValue } else { "?" } })"
    }
    #expect(Set(codes) == [#"web1 ["no-longer-declared"]"#, #"web01 ["no-known-good"]"#])
  }

  @Test func `the group depth decides what a subject is`() throws {
    let good: JSON = ["packages": ["vim": "1", "zsh": "1"], "kernel": "6.1"]
    let now: JSON = ["packages": ["vim": "2", "nmap": "1"], "kernel": "6.2"]
    var deep = ledger(good)
    try deep.record(seen(now, depth: 2))
    #expect(
      drift(deep) == [
        #"/kernel changed: /kernel "6.1" > "6.2""#, #"/packages/nmap unexpected: /packages/nmap none > "1""#,
        #"/packages/vim changed: /packages/vim "1" > "2""#,
        #"/packages/zsh missing: /packages/zsh "1" > none"#,
      ])
    var flat = ledger(good)
    try flat.record(seen(now))
    #expect(flat.recordedState.open.map(\.subject) == ["/kernel", "/packages"])
  }

  @Test func `an empty branch is no fact beside the facts that the other side has in it`() throws {
    var filled = ledger(["net": [:]])
    try filled.record(seen(["net": ["eth0": 1]], depth: 2))
    #expect(drift(filled) == ["/net/eth0 unexpected: /net/eth0 none > 1"])
    var emptied = ledger(["net": ["eth0": 1]])
    try emptied.record(seen(["net": [:]], depth: 2))
    #expect(drift(emptied) == ["/net/eth0 missing: /net/eth0 1 > none"])
    var nothing = ledger([:])
    try nothing.record(seen(["net": 1]))
    #expect(drift(nothing) == ["/net unexpected: /net none > 1"])
    var scalar = ledger(["net": [:]])
    try scalar.record(seen(["net": 1], depth: 2))
    #expect(drift(scalar) == ["/net changed: /net {} > 1"])
  }

  @Test func `sorted lists of words are told as lines, others as they are`() throws {
    var ledger = ledger(["p": ["a", "b", "c"], "q": ["a", "b"], "r": ["c", "b", "a"], "s": [1, 2, 3, 4]])
    try ledger.record(seen(["p": ["a", "c", "d"], "q": ["a"], "r": ["a", "b", "c"], "s": [1, 2, 3, 5]]))
    #expect(
      drift(ledger) == [
        #"/p changed: /p ["-b", "+d"]"#, #"/q changed: /q ["a","b"] > ["a"]"#,
        #"/r changed: /r ["c","b","a"] > ["a","b","c"]"#, "/s changed: /s [1,2,3,4] > [1,2,3,5]",
      ])
  }

  @Test func `a change of order does not hide behind a word that came`() throws {
    var ledger = ledger(["dns": ["ns1", "ns2", "ns3"]])
    try ledger.record(seen(["dns": ["ns1", "ns2", "ns3", "ns4"]]))
    try ledger.record(seen(at: 2, ["dns": ["ns2", "ns1", "ns3", "ns4"]]))
    #expect(ledger.ends(of: "/dns") == [.superseded])
  }

  @Test func `doubled words are counted`() throws {
    var ledger = ledger(["p": ["a", "a", "b", "c"]])
    try ledger.record(seen(["p": ["a", "b", "b", "c"]]))
    #expect(drift(ledger) == [#"/p changed: /p ["-a", "+b"]"#])
  }

  private func secret(_ epoch: String, _ tag: String) -> JSON {
    ["redacted": .string("hmac-sha256:\(epoch):\(String(repeating: tag, count: 32))")]
  }

  @Test func `secrets are compared under one key and not observed under two`() throws {
    var same = ledger(["s": secret("k1", "aa")])
    try same.record(seen(["s": secret("k1", "bb")]))
    #expect(same.open("/s")?.kind == .changed)

    let pairs: [(JSON, JSON)] = [
      (secret("k1", "aa"), secret("k2", "aa")),
      (["x": 1, "s": secret("k1", "aa")], ["x": 1, "s": secret("k2", "aa")]),
      ([secret("k1", "aa")], [secret("k2", "aa")]),
      ([["s": secret("k1", "aa")]], [["s": secret("k2", "bb")]]),
    ]
    for (good, now) in pairs {
      var ledger = ledger(["s": good])
      let outcome = try ledger.record(seen(["s": now]))
      #expect(ledger.open("/s") == nil)
      #expect(ledger.coverage()?.entries == [.init(path: "/s", .unobserved(.redactionKeyMissing))])
      #expect(outcome.receipt.targets.first?.inSync == 0)
      #expect(outcome.receipt.targets.first?.state == .partly)
    }
    // What differs beside it differs for certain.
    var beside = ledger(["s": ["x": 1, "s": secret("k1", "aa")]])
    try beside.record(seen(["s": ["x": 2, "s": secret("k2", "aa")]]))
    #expect(drift(beside) == ["/s changed: /s/x 1 > 2"])
  }

  @Test func `a value in a secret's place is changed`() throws {
    var ledger = ledger(["s": secret("k1", "aa")])
    try ledger.record(seen(["s": "plain"]))
    #expect(ledger.open("/s")?.kind == .changed)
  }

  @Test func `without a known-good nothing is in sync and nothing drifts`() throws {
    var ledger = ledger(nil)
    let outcome = try ledger.record(seen(["a": 1]))
    #expect(ledger.recordedState.open.map(\.kind) == [.unobserved])
    #expect(ledger.coverage()?.entries == [.init(path: "*", .unobserved(.noKnownGood))])
    let target = try #require(outcome.receipt.targets.first)
    #expect((target.state, target.inSync, target.drifted) == (.partly, 0, 0))
    #expect(target.knownGood == nil)
  }

  @Test func `a known-good that went away closes nothing`() throws {
    var ledger = ledger(["a": 1])
    try ledger.record(seen(["a": 2]))
    ledger.recordedState.knownGood = []
    try ledger.record(seen(at: 2, ["a": 1]))
    #expect(ledger.open("/a")?.validFrom == hour(1))
    #expect(ledger.coverage()?.entries == [.init(path: "*", .unobserved(.noKnownGood))])
  }

  @Test func `facts that a partial run did not report are not missing`() throws {
    var ledger = ledger(["a": 1, "b": 2])
    try ledger.record(seen(["a": 1], isWhole: false))
    #expect(drift(ledger) == [])
    #expect(
      ledger.coverage()?.entries == [
        .init(path: "*", .unobserved(.incompleteOutput)), .init(path: "/b", .unobserved(.notReported)),
      ])
  }

  @Test func `what the collector could not read stays a blind spot`() throws {
    var ledger = ledger(["a": 1, "b": 2])
    let blind = ["/b", "/c"].map { SubjectReport($0, .unobserved(.unreadable)) }
    let outcome = try ledger.record(seen(["a": 1], blind: blind))
    #expect(drift(ledger) == [])
    #expect(
      ledger.coverage()?.entries == [
        .init(path: "/b", .unobserved(.unreadable)), .init(path: "/c", .unobserved(.unreadable)),
      ])
    #expect(outcome.receipt.targets.first?.inSync == 1)
  }

  @Test func `a newly blessed value redeclares what reality had already`() throws {
    var ledger = ledger(["a": 1])
    try ledger.record(seen(["a": 2]))
    ledger.recordedState.knownGood = [
      KnownGood(
        source: site, target: "web1", observedAt: hour(1), run: run(at: 1), tool: "collector", facts: ["a": 2]
      )
    ]
    try ledger.record(seen(at: 2, ["a": 2]))
    #expect(ledger.ends(of: "/a") == [.redeclared])
  }

  @Test func `the same known-good as last time means that the world moved`() throws {
    var ledger = ledger(["a": 1])
    try ledger.record(seen(["a": 1]))
    try ledger.record(seen(at: 2, ["a": 2]))
    #expect(ledger.open("/a")?.cause == .world)
    ledger.recordedState.knownGood = [
      KnownGood(
        source: site, target: "web1", observedAt: hour(2), run: run(at: 2), tool: "collector",
        facts: ["a": 2, "b": 1])
    ]
    try ledger.record(seen(at: 3, ["a": 2]))
    #expect(try #require(ledger.open("/b")).cause == nil)
  }

  @Test func `a snapshot without facts proves nothing and is refused`() {
    let claims = [
      TargetReport(target: "web1", state: .observed, listsEverySubject: true),
      TargetReport(target: "web1", state: .partly, reasons: [.init(.narrowed)], listsEverySubject: true),
      TargetReport(
        target: "web1", state: .observed, subjects: [inSync("/a")], listsEverySubject: true, facts: ["a": 1]),
    ]
    for claim in claims {
      #expect(throws: Failure.self) { try observation(at: 1, [claim], authority: .snapshot) }
    }
  }

  @Test func `the lines of a change of known-good name each fact`() {
    let lines = KnownGoodChange.list(from: [:], to: ["a": 1, "b": ["c": 2]], groupDepth: 1)
    #expect(lines.map(\.subject) == ["/a", "/b"])
    #expect(lines.flatMap(\.lines) == ["+/a: 1", #"+/b: {"c":2}"#])
    #expect(KnownGoodChange.list(from: ["a": 1], to: ["a": 1], groupDepth: 1).isEmpty)
    #expect(
      KnownGoodChange.list(from: ["a": 1], to: ["a": 2], groupDepth: 1).flatMap(\.lines) == [
        "-/a: 1", "+/a: 2",
      ])
  }
}
