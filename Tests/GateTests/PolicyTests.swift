import Facts
import Failures
import Testing

@testable import Gate

private let example = """
  format: praxis.policy/1
  version: 1
  previous: none                     # sha256:… of the policy before this one
  admin-threshold: 1
  people:
    engine:   { engine: [ "*" ] }                          # records, for these sources
    alice:    { admin: true, operator: { sources: [ "*" ], up-to: T2 } }
    bob:      { operator: { sources: [ site, network ], up-to: T3 } }
  tiers:
    T1: { approvals: 1, valid-for: 7d }
    T2: { approvals: 1, valid-for: 24h }
    T3: { allowed: false }
  self-approval: [ T1 ]

  """

private func parse(_ text: String) throws(Failure) -> Policy { try Policy(parsing: Array(text.utf8)) }

@Suite struct PolicyTests {
  @Test func `an example is read, and written canonically`() throws {
    let policy = try parse(example)
    let alice = try #require(PersonName("alice"))
    let bob = try #require(PersonName("bob"))
    let engine = try #require(PersonName("engine"))
    let site = try #require(SourceName("site"))
    let hosts = try #require(SourceName("hosts"))
    #expect(policy.admins == [alice])
    #expect(policy.validForSeconds(.t2) == 86_400)
    #expect(policy.objection(toApprovalBy: alice, of: hosts, tier: .t2) == nil)
    #expect(policy.objection(toApprovalBy: alice, of: hosts, tier: .t3)?.reason == .tierNotAllowed)
    #expect(policy.objection(toApprovalBy: bob, of: hosts, tier: .t1)?.reason == .sourceNotAllowed)
    #expect(policy.objection(toApprovalBy: bob, of: site, tier: .t2) == nil)
    #expect(policy.objection(toApprovalBy: bob, of: site, tier: .t3)?.reason == .tierNotAllowed)
    #expect(policy.objection(toApprovalBy: engine, of: site, tier: .t1)?.reason == .roleMissing)
    #expect(policy.allowsRecording(by: engine, of: site))
    #expect(!policy.allowsRecording(by: alice, of: site))
    #expect(policy.roles(of: try #require(PersonName("mallory"))) == Policy.Roles())

    let canonical = String(decoding: policy.bytes, as: UTF8.self)
    #expect(
      canonical == """
        format: praxis.policy/1
        version: 1
        previous: none
        admin-threshold: 1
        people:
          alice:  { admin: true, operator: { sources: [ "*" ], up-to: T2 } }
          bob:    { operator: { sources: [ "site", "network" ], up-to: T3 } }
          engine: { engine: [ "*" ] }
        tiers:
          T1: { approvals: 1, valid-for: 7d }
          T2: { approvals: 1, valid-for: 24h }
        self-approval: [ T1 ]

        """)
    #expect(try Policy(parsing: policy.bytes) == policy)
  }

  @Test func `the first policy is one that can be read`() throws {
    let policy = try Policy.initial(engine: "engine", admins: ["alice"], operators: ["alice", "on", "1.5"])
    #expect(try Policy(parsing: policy.bytes) == policy)
    #expect(policy.people.count == 4)
    // Other readers of YAML would take these two for something else than text.
    let text = String(decoding: policy.bytes, as: UTF8.self)
    for person in ["\"on\":", "\"1.5\":", " alice:"] { #expect(text.contains(person)) }
    #expect(policy.selfApproval.isEmpty)
  }

  @Test func `an engine that would also approve is refused`() async {
    await expect(.policyInconsistent) {
      _ = try Policy.initial(engine: "engine", admins: ["engine"], operators: ["bob"])
    }
    await expect(.policyInconsistent) {
      _ = try Policy.initial(engine: "engine", admins: ["alice"], operators: ["engine"])
    }
  }

  @Test(arguments: [
    ("admin-threshold: 1", "admin-threshold: 2"), ("admin-threshold: 1", "admin-threshold: 0"),
    ("version: 1\n", "version: 2\n"), ("version: 1\n", "version: 0\n"),
    ("previous: none", "previous: sha256:" + String(repeating: "0", count: 64)),
    ("version: 1\nprevious: none", "version: 0\nprevious: sha256:" + String(repeating: "0", count: 64)),
    ("up-to: T3 }", "up-to: T3 }, engine: [ site ]"),
    ("sources: [ site, network ]", "sources: [ site, site ]"),
    ("sources: [ site, network ]", "sources: []"),
    ("bob:      { operator: { sources: [ site, network ], up-to: T3 } }", "bob: {}"),
    ("T1: { approvals: 1", "T1: { approvals: 0"),
  ])
  func `a policy that contradicts itself is refused`(old: String, new: String) async {
    let changed = example.replacing(old, with: new)
    #expect(changed != example)
    await expect(.policyInconsistent) { _ = try parse(changed) }
  }

  @Test(arguments: [
    ("format: praxis.policy/1", "format: praxis.policy/2"), ("format: praxis.policy/1\n", ""),
    ("version: 1\n", ""), ("version: 1\n", "version: 01\n"), ("version: 1\n", "version: +1\n"),
    ("version: 1\n", "version: 1\nversion: 1\n"), ("previous: none", "previous: sha256:00"),
    ("previous: none", "previous: None"), ("admin-threshold: 1\n", ""), ("self-approval: [ T1 ]\n", ""),
    ("self-approval: [ T1 ]", "self-approval: [ T0 ]"),
    ("self-approval: [ T1 ]", "self-approval: [ T1, T1 ]"),
    ("self-approval: [ T1 ]", "self-approval: T1"),
    ("self-approval: [ T1 ]", "self-approval: [ T1 ]\nmore: 1"),
    ("admin: true", "admin: yes"), ("admin: true", "admin: &a true"), ("admin: true", "admim: true"),
    ("bob:  ", "Bob:  "), ("bob:  ", "alice:  "), ("[ site, network ]", "[ \"*\", network ]"),
    ("[ site, network ]", "[ \"si*\" ]"), ("up-to: T3", "up-to: T4"), ("up-to: T3", "up-to: T0"),
    ("up-to: T3", "up-to: t3"), ("  T2:", "  T0:"), ("valid-for: 24h", "valid-for: 24"),
    ("valid-for: 24h", "valid-for: 0h"), (", valid-for: 24h", ""),
    ("approvals: 1, valid-for: 24h", "valid-for: 24h"),
    ("{ allowed: false }", "{ allowed: false, approvals: 1 }"),
  ])
  func `a policy that is not in the format is refused`(old: String, new: String) async {
    let changed = example.replacing(old, with: new)
    #expect(changed != example)
    await expect(.policyMalformed) { _ = try parse(changed) }
  }

  /// What no policy file can say, since its reader refuses it before: a policy that is made says it neither.
  @Test func `a policy that is made from its parts keeps to the same`() async throws {
    let good = try parse(example)
    func made(_ edit: (inout [Tier: Policy.TierRule], inout Set<Tier>, inout Limits) -> Void) throws -> Policy {
      var (tiers, own, limits) = (good.tiers, good.selfApproval, good.limits)
      edit(&tiers, &own, &limits)
      return try Policy(
        version: good.version, previous: good.previous, adminThreshold: good.adminThreshold, people: good.people,
        tiers: tiers, selfApproval: own, limits: limits)
    }
    #expect(try made { _, _, _ in } == good)
    let edits: [(inout [Tier: Policy.TierRule], inout Set<Tier>, inout Limits) -> Void] = [
      { tiers, _, _ in tiers[.t0] = .init(approvals: 1, validForSeconds: 60) },
      { tiers, _, _ in tiers[.t1] = .init(approvals: 1, validForSeconds: 0) },
      { _, own, _ in own.insert(.t0) }, { _, _, limits in limits.targets = 0 },
    ]
    for edit in edits { await expect(.policyInconsistent) { _ = try made(edit) } }
    for people in [
      good.people.mapValues {
        Policy.Roles(operator: $0.operator.map { .init(sources: $0.sources, upTo: .t0) }, admin: true)
      }
    ] {
      await expect(.policyInconsistent) {
        _ = try Policy(
          version: 1, previous: nil, adminThreshold: 1, people: people, tiers: good.tiers, selfApproval: [])
      }
    }
  }

  @Test func `an error names its line`() {
    do {
      _ = try parse(example.replacing("up-to: T3", with: "up-to: T9"))
      Issue.record("accepted")
    } catch {
      #expect(error.object == "policy/policy.yaml line 8")
    }
  }

  @Test func `a person without a key and a key without a person are refused`() async throws {
    let scratch = try Scratch()
    let policy = try Policy.initial(engine: "engine", admins: ["alice"], operators: ["alice"])
    let alice = try await scratch.key("alice").publicKey()
    let engine = try await scratch.key("engine").publicKey()
    let mallory = try await scratch.key("mallory").publicKey()
    let whole = try AllowedSigners([(person: "alice", key: alice), (person: "engine", key: engine)])
    let inForce = try PolicyInForce(policy: policy.bytes, signers: whole.bytes)
    #expect(inForce.digest == Digest(of: policy.bytes))
    await expect(.policyInconsistent) {
      _ = try PolicyInForce(
        policy: policy.bytes, signers: AllowedSigners([(person: "alice", key: alice)]).bytes)
    }
    await expect(.policyInconsistent) {
      let signers = try AllowedSigners(
        whole.entries.map { (person: $0.person.text, key: $0.key) } + [(person: "mallory", key: mallory)])
      _ = try PolicyInForce(policy: policy.bytes, signers: signers.bytes)
    }
  }

  @Test(arguments: [
    "", "Alice", "statement", "-a", ".a", "a/b", "a b", "a@b", "a\u{301}", String(repeating: "a", count: 64),
  ])
  func `what is not a name is refused`(text: String) {
    #expect(PersonName(text) == nil)
  }
}
