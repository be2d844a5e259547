import Facts
import Failures

/// `policy/policy.yaml`: who may do what. What it does not allow is not allowed.
package struct Policy: Hashable, Sendable {
  /// What the first line says.
  package static let format = "praxis.policy/1"

  /// The sources that a role is about.
  package enum Sources: Hashable, Sendable {
    /// Written `[ "*" ]`.
    case all
    /// Those named, in their order.
    case named([SourceName])

    /// Whether a source is among them.
    package func contains(_ source: SourceName) -> Bool {
      switch self {
      case .all: true
      case .named(let names): names.contains(source)
      }
    }
  }

  /// Leave to approve.
  package struct Operator: Hashable, Sendable {
    /// For which sources.
    package var sources: Sources
    /// Up to which tier.
    package var upTo: Tier

    /// Leave for these sources up to this tier.
    package init(sources: Sources, upTo: Tier) {
      self.sources = sources
      self.upTo = upTo
    }
  }

  /// What one person, or one engine, may do. An engine is nothing else: who records does not approve.
  package struct Roles: Hashable, Sendable {
    /// Leave to record, for these sources.
    package var engine: Sources?
    /// Leave to approve.
    package var `operator`: Operator?
    /// Leave to change the policy and praxis.yaml.
    package var admin: Bool

    /// Roles from their parts.
    package init(engine: Sources? = nil, operator: Operator? = nil, admin: Bool = false) {
      self.engine = engine
      self.operator = `operator`
      self.admin = admin
    }
  }

  /// What an action of a tier takes.
  package struct TierRule: Hashable, Sendable {
    /// How many people have to approve.
    package var approvals: Int
    /// For how many seconds an approval holds.
    package var validForSeconds: Int64

    /// A rule from its parts.
    package init(approvals: Int, validForSeconds: Int64) {
      self.approvals = approvals
      self.validForSeconds = validForSeconds
    }
  }

  /// From 1, one more with each change.
  package var version: Int
  /// The digest of the policy before this one; nil in version 1 alone.
  package var previous: Digest?
  /// How many admins a change takes.
  package var adminThreshold: Int
  /// Everyone who may do anything.
  package var people: [PersonName: Roles]
  /// The tiers that are allowed.
  package var tiers: [Tier: TierRule]
  /// The tiers in which the proposer may approve, too.
  package var selfApproval: Set<Tier>
  /// How far T2 reaches.
  package var limits = Limits()
  /// Whether something may be executed without a sandbox, where the run sees more than was sealed; it is T3 then.
  package var unsealed = false
  /// Whether something may be executed although no shared remote takes the record of the start: for a site where one host alone executes.
  package var withoutRemote = false
  /// Whether a merge counts that a forge made, where enough people agreed on the proposal's branch.
  package var forgeMerges = false

  /// A policy from its parts.
  ///
  /// - Throws: `policy-inconsistent` for one that ``init(parsing:)`` would refuse.
  package init(
    version: Int, previous: Digest?, adminThreshold: Int, people: [PersonName: Roles],
    tiers: [Tier: TierRule],
    selfApproval: Set<Tier>, limits: Limits = Limits()
  ) throws(Failure) {
    self.version = version
    self.previous = previous
    self.adminThreshold = adminThreshold
    self.people = people
    self.tiers = tiers
    self.selfApproval = selfApproval
    self.limits = limits
    if let objection { throw Failure(.policyInconsistent, Layout.policy, objection) }
  }

  /// The policy that a new repository begins with: one engine for all sources, admins of whom one suffices, and operators
  /// who approve in all sources up to T2. A name may stand among the admins and the operators.
  package static func initial(
    engine: String, admins: [String], operators: [String], withoutRemote: Bool = false
  ) throws(Failure) -> Policy {
    var people: [PersonName: Roles] = [:]
    for name in admins { people[try PersonName(checking: name), default: Roles()].admin = true }
    for name in operators {
      people[try PersonName(checking: name), default: Roles()].operator = Operator(sources: .all, upTo: .t3)
    }
    people[try PersonName(checking: engine), default: Roles()].engine = .all
    var policy = try Policy(
      version: 1, previous: nil, adminThreshold: 1, people: people, tiers: initialTiers, selfApproval: [])
    policy.withoutRemote = withoutRemote
    return policy
  }

  static let initialTiers: [Tier: TierRule] = [
    .t1: TierRule(approvals: 1, validForSeconds: 7 * 86_400),
    .t2: TierRule(approvals: 1, validForSeconds: 86_400),
    .t3: TierRule(approvals: 2, validForSeconds: 4 * 3_600),
  ]

  /// What the policy after this one names as `previous`, and the trust file as the introduction's policy: the SHA-256 of the file.
  package static func digest(of bytes: [UInt8]) -> Digest { Digest(of: bytes) }

  /// What a person may do; nothing for whoever is not named.
  package func roles(of person: PersonName) -> Roles { people[person] ?? Roles() }

  /// Everyone who is an admin, in order.
  package var admins: [PersonName] { people.filter { $0.value.admin }.keys.sorted() }

  /// For how many seconds an approval of a tier holds; 0 where the tier is not allowed.
  package func validForSeconds(_ tier: Tier) -> Int64 { tiers[tier]?.validForSeconds ?? 0 }

  /// Whether a person may record for a source.
  package func allowsRecording(by person: PersonName, of source: SourceName) -> Bool {
    roles(of: person).engine?.contains(source) ?? false
  }

  /// Why a person may not approve this, or nil where they may.
  package func objection(
    toApprovalBy person: PersonName, of source: SourceName, tier: Tier
  ) -> (reason: Failure.Code, message: String)? {
    guard tiers[tier] != nil else {
      return (.tierNotAllowed, "the policy does not allow \(tier.rawValue) at all")
    }
    guard let role = roles(of: person).operator else { return (.roleMissing, "\(person) is not an operator") }
    guard role.sources.contains(source) else {
      return (.sourceNotAllowed, "\(person) is not an operator of \(source)")
    }
    guard tier <= role.upTo else {
      return (.tierNotAllowed, "\(person) approves up to \(role.upTo.rawValue), and this is \(tier.rawValue)")
    }
    return nil
  }

  /// What makes this no policy, or nil.
  var objection: String? {
    if version < 1 { return "version has to be 1 or more" }
    if (version == 1) != (previous == nil) { return "previous is 'none' in version 1 and in no other" }
    if adminThreshold < 1 { return "admin-threshold has to be 1 or more" }
    if admins.count < adminThreshold {
      return "admin-threshold is \(adminThreshold), and \(admins.count) of its people are admins"
    }
    for (person, roles) in people.sorted(by: { $0.key < $1.key }) {
      if roles.engine != nil, roles.operator != nil || roles.admin {
        return "\(person) is an engine and can be neither operator nor admin"
      }
      if roles == Roles() { return "\(person) has no role" }
      if let upTo = roles.operator?.upTo, upTo < .t1 { return "\(person) is an operator up to T1, T2 or T3" }
      for sources in [roles.engine, roles.operator?.sources] {
        if case .named(let names) = sources, names.isEmpty || Set(names).count != names.count {
          return "\(person) has a role for no source, or for one source twice"
        }
      }
    }
    for (tier, rule) in tiers {
      if tier < .t1 { return "T0 needs no approval; the tiers are T1, T2 and T3" }
      if rule.approvals < 1 {
        return "\(tier.rawValue) needs one approval at least; 'allowed: false' forbids it"
      }
      if rule.validForSeconds < 1 { return "\(tier.rawValue) needs a time for which an approval is valid" }
    }
    if let targets = limits.targets, targets < 1 { return "limits.targets has to be 1 or more" }
    if selfApproval.contains(.t0) { return "self-approval lists T1, T2 or T3" }
    return nil
  }
}
