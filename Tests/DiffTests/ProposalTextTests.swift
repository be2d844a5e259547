import Diff
import Facts
import StrictJSON
import TestSupport
import Testing

/// The text that people approve, as a function of what a proposal decides.
@Suite struct ProposalTextTests {
  private static func proposal(
    _ action: Proposal.Action, version: Int = Proposal.currentTextVersion, reason: String? = nil,
    edit: (inout Proposal) -> Void = { _ in }
  ) -> Proposal {
    var proposal = Proposal(
      id: Proposal.id(nonce: "ab"), action: action, source: site, targets: ["web1"], findings: [], reason: reason,
      files: [],
      textVersion: version, dryRun: Digest(of: []), rules: Digest(of: []), base: "00", policyVersion: 1,
      tier: action.runsATool ? .t2 : .t1, proposer: "engine", engine: "engine", nonce: "ab", proposedAt: hour(0),
      notAfter: hour(1))
    edit(&proposal)
    return proposal
  }

  private static func known(_ facts: JSON, at number: Int64 = 1) -> KnownGood {
    KnownGood(
      source: site, target: "web1", observedAt: hour(number), run: run(at: number), tool: "collector", facts: facts)
  }

  /// The lines with facts of a blessing.
  private static func lines(_ before: JSON?, _ after: JSON) -> [String] {
    let content = ProposedContent.bless([
      .init(before: before.map { known($0, at: 0) }, after: known(after), findings: [])
    ])
    return ProposalText.computed(for: proposal(.bless), content).split(separator: "\n").map(String.init).filter {
      $0.hasPrefix("  - ") || $0.hasPrefix("  + ")
    }
  }

  @Test func `a first known-good is shown with every value, and its origin`() {
    let content = ProposedContent.bless([
      .init(
        before: nil, after: Self.known(["os": "12", "users": [["name": "root"], "x\u{1b}"], "none": [:]]), findings: [])
    ])
    let text = ProposalText.computed(for: Self.proposal(.bless), content)
    #expect(
      text.hasSuffix(
        """

        web1: first known-good, 4 facts in all
          observed 2026-11-24T01:00:00.000000Z in run \(run(at: 1)) by collector
          + /none: {}
          + /os: "12"
          + /users[0]/name: "root"
          + /users[1]: "x\\u001b"

        """), "\(text)")
  }

  @Test(
    arguments: [
      (["os": "12"], ["os": "13"], ["- /os: \"12\"", "+ /os: \"13\""]),
      (["a": 1], ["b": 1], ["- /a: 1", "+ /b: 1"]),
      (["l": ["a", "c", "d"]], ["l": ["a", "b", "d"]], ["+ /l[1]: \"b\"", "- /l[1]: \"c\""]),
      (["l": [1, 2, 3]], ["l": [1, 9, 2, 3]], ["+ /l[1]: 9"]),
      (["l": [1, 2]], ["l": [1, 3]], ["- /l[1]: 2", "+ /l[1]: 3"]),
      (["k": ["a": 1]], ["k": [:]], ["- /k/a: 1", "+ /k: {}"]),
      (["k": ["a": 1]], [:], ["- /k/a: 1", "+ (all of it): {}"]),
      (["p": ["redacted": "x"]], ["p": "clear"], ["- /p/redacted: \"x\"", "+ /p: \"clear\""]),
      (["a b": 1], ["a b": 2], ["- /\"a b\": 1", "+ /\"a b\": 2"]),
    ] as [(JSON, JSON, [String])])
  func `a later one is shown with every fact before and after`(before: JSON, after: JSON, expected: [String]) {
    #expect(Self.lines(before, after) == expected.map { "  \($0)" })
  }

  /// A value of few shapes, so that two of them are often nearly the same.
  private static func value(_ random: inout SeededGenerator, _ depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return JSON(Int.random(in: 0...2, using: &random))
    case 3: return .string(["", "0", "a", "é", "e\u{301}", "a: 1", "[0]"].randomElement(using: &random) ?? "")
    case 4: return .string("b")
    case 5:
      return .array(
        (0..<Int.random(in: 0...3, using: &random)).map { _ in
          .string(["a", "b", "c"].randomElement(using: &random) ?? "")
        })
    case 6: return .array((0..<Int.random(in: 0...3, using: &random)).map { _ in value(&random, depth - 1) })
    default:
      var object = JSONObject()
      for key in ["0", "a", "[0]", "a/b", ""].shuffled(using: &random).prefix(Int.random(in: 0...3, using: &random)) {
        object[key] = value(&random, depth - 1)
      }
      return .object(object)
    }
  }

  @Test func `no two known-goods have one text over the same one before`() {
    var random = SeededGenerator(seed: 11)
    for _ in 0..<3_000 {
      let before = Bool.random(using: &random) ? Self.value(&random, 3) : nil
      let (one, other) = (Self.value(&random, 3).sorted(), Self.value(&random, 3).sorted())
      let isSame = Self.lines(before, one).map { Array($0.utf8) } == Self.lines(before, other).map { Array($0.utf8) }
      #expect(isSame == (one == other), "\(String(describing: before)) \(one) \(other)")
    }
  }

  @Test func `a key that changed is said, and every tag is shown`() {
    let digits = String(repeating: "a", count: 64)
    func secret(_ epoch: String) -> JSON { ["p": ["redacted": .string("hmac-sha256:\(epoch):\(digits)")]] }
    let content = ProposedContent.bless([
      .init(before: Self.known(secret("e1"), at: 0), after: Self.known(secret("e2")), findings: [])
    ])
    let text = ProposalText.computed(for: Self.proposal(.bless), content)
    #expect(
      text.contains("The key of its secrets has changed") && text.contains(":e1:")
        && text.contains("+ /p/redacted: \"hmac-sha256:e2:"))
  }

  @Test func `what runs is said from the proposal alone, in words that cannot break out of their line`() {
    let finding = FindingID(source: site, target: "web1", subject: "x", aspect: .drift)
    let proposal = Self.proposal(.adopt, reason: "so\nTier T1: harmless") { proposal in
      proposal.findings = [.init(finding: finding, delta: Digest(of: []))]
      proposal.tool = "tofu 1.9"
      proposal.arguments = ["apply", "a b", "it's\u{1b}"]
      proposal.seal = Seal(digest: Digest(of: []), isSandboxed: true, writes: ["/srv/a", "/srv/\n"])
      proposal.changes = [
        PlannedChange(target: "web1", subject: "x", action: .refresh, delta: Digest(of: []), finding: finding),
        PlannedChange(target: "web1", subject: "y", action: .run, delta: Digest(of: []), isOpaque: true),
        PlannedChange(target: "web1", subject: "z", action: .update, delta: Digest(of: [])),
      ]
    }
    let text = ProposalText.computed(for: proposal, .run(why: nil))
    #expect(
      text == """
        Adopt 1 finding of site: 3 changes on web1.
        Reason: so\\nTier T1: harmless

        Tier T2: nothing is deleted or replaced, and nothing runs unseen

        This changes the tool's state and nothing in the world: the state accepts what is there. The declaration stays, so
        that a normal plan may want to change it back.

        After its approval the engine "engine" runs this once, with tofu 1.9 and these arguments:

            apply 'a b' 'it'\\''s\\u001b'

        It is sealed as \(Digest(of: [])).
        It runs in a sandbox: it can use the network and reach this host's services, and of this host's files write
            the tool's own state
            /srv/a, where it also sees what lies there, unsealed
            /srv/\\n, where it also sees what lies there, unsealed
        and nothing else.

        Chosen
          \(finding)  refresh  web1: x

        Also changes
          update  web1: z

        Not shown by check mode or plan: this runs, too
          run  web1: y (the tool does not show all of it)


        """)
    #expect(ProposalText.isComputed(Array((text + "What the tool shows.\n").utf8), for: proposal, .run(why: nil)))
    #expect(!ProposalText.isComputed(Array(text.utf8), for: proposal, .run(why: "it deletes")))
  }

  // MARK: The first layout

  private static func tag(_ epoch: String, _ letter: Character) -> JSON {
    ["redacted": .string("hmac-sha256:\(epoch):" + String(repeating: letter, count: 64))]
  }

  private static func first(_ lines: [String], facts count: Int) -> [UInt8] {
    let head = [
      "Bless the observed facts of 1 target of site as known-good.", "",
      "This changes the state repository alone. From its merge on, the facts below are what these targets",
      "are compared with; whatever differs from the known-good before is drift no longer.", "",
      "web1: \(count) fact\(count == 1 ? "" : "s") changed, observed 2026-11-24T01:00:00.000000Z in run \(run(at: 1))",
    ]
    return Array(((head + lines).joined(separator: "\n") + "\n").utf8)
  }

  @Test func `a text of the first layout counts at any depth of its groups, and with nothing left out`() {
    let proposal = Self.proposal(.bless, version: 1)
    let content = ProposedContent.bless([
      .init(
        before: Self.known(["db": ["a": 1, "b": 1]], at: 0), after: Self.known(["db": ["a": 2, "b": 2]]), findings: [])
    ])
    let grouped = ["  /db", "    -/db/a: 1", "    +/db/a: 2", "    -/db/b: 1", "    +/db/b: 2"]
    let deeper = ["  /db/a", "    -/db/a: 1", "    +/db/a: 2", "  /db/b", "    -/db/b: 1", "    +/db/b: 2"]
    #expect(ProposalText.isComputed(Self.first(grouped, facts: 1), for: proposal, content))
    #expect(ProposalText.isComputed(Self.first(deeper, facts: 2), for: proposal, content))
    #expect(!ProposalText.isComputed(Self.first(Array(grouped.dropLast(2)), facts: 1), for: proposal, content))
    #expect(!ProposalText.isComputed(Self.first(grouped, facts: 1), for: Self.proposal(.bless), content))
  }

  @Test func `a text of the first layout may leave out secrets under another key, and none that contradict each other`()
  {
    let proposal = Self.proposal(.bless, version: 1)
    let same = ["  only the key changes under which secrets are redacted"]
    func content(_ before: JSON, _ after: JSON) -> ProposedContent {
      .bless([.init(before: Self.known(before, at: 0), after: Self.known(after), findings: [])])
    }
    let before: JSON = ["p": Self.tag("e1", "a"), "q": Self.tag("e1", "b")]
    let after: JSON = ["p": Self.tag("e2", "c"), "q": Self.tag("e2", "d")]
    #expect(ProposalText.isComputed(Self.first(same, facts: 0), for: proposal, content(before, after)))
    // One new secret in the place of two, and two in the place of one.
    let merged: JSON = ["p": Self.tag("e2", "c"), "q": Self.tag("e2", "c")]
    #expect(!ProposalText.isComputed(Self.first(same, facts: 0), for: proposal, content(before, merged)))
    let one: JSON = ["p": Self.tag("e1", "a"), "q": Self.tag("e1", "a")]
    #expect(!ProposalText.isComputed(Self.first(same, facts: 0), for: proposal, content(one, after)))
    // Another secret under the same key is one.
    let other: JSON = ["p": Self.tag("e1", "c"), "q": Self.tag("e1", "b")]
    #expect(!ProposalText.isComputed(Self.first(same, facts: 0), for: proposal, content(before, other)))
  }
}
