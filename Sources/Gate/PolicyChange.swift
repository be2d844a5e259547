import Facts
import Failures
import StrictJSON
import StrictYAML

/// A change of the policy that an admin asks for in words.
package enum PolicyChange: Sendable {
  /// Someone new, with a key.
  case add(PersonName, Policy.Roles, PublicKey)
  /// Someone's roles and keys go.
  case remove(PersonName)
  /// One key takes the place of all that a person has.
  case replaceKeys(of: PersonName, by: PublicKey)
  /// A setting, by its path in policy.yaml, and what stands there: `tiers.T2.valid-for`, `4h`.
  case set(String, to: String)
}

extension PolicyInForce {
  /// The policy after a change: the next version, naming this one as the previous.
  ///
  /// The lines of allowed_signers that it does not touch stay as they are; policy.yaml is written in its canonical form.
  ///
  /// - Parameter signers: allowed_signers as it is now.
  /// - Throws: `wrong-person` or `wrong-setting` where the change has no sense here; `policy-inconsistent` where nobody could go on with what
  ///   comes of it.
  package func next(
    _ change: PolicyChange, signers: [UInt8]
  ) throws(Failure) -> (policy: [UInt8], signers: [UInt8]) {
    var next = policy
    next.version += 1
    next.previous = digest
    var lines = signers
    switch change {
    case .add(let person, let roles, let key):
      guard next.people.updateValue(roles, forKey: person) == nil else {
        throw Failure(
          .wrongPerson, "\(person)", "this name is in the policy already",
          hint: "Take it out with praxis policy remove-person, or give it another key with praxis policy rotate-key.")
      }
      try refuseKnown(key)
      lines = Self.adding(key, of: person, to: lines)
    case .remove(let person):
      try require(person)
      next.people[person] = nil
      lines = try Self.removing(person, from: lines)
    case .replaceKeys(let person, let key):
      try require(person)
      try refuseKnown(key)
      lines = Self.adding(key, of: person, to: try Self.removing(person, from: lines))
    case .set(let name, let value):
      let before = next
      try next.set(name, to: value)
      guard next != before else {
        throw Failure(
          .nothingChanged, name, "the policy says so already", hint: "See what it says: praxis policy show.")
      }
    }
    if let objection = next.objection { throw Failure(.policyInconsistent, Layout.policy, objection) }
    let bytes = next.bytes
    // What was typed stands in the file now; it must not have become more than it was.
    guard try PolicyInForce(policy: bytes, signers: lines).policy == next else {
      throw Failure(.wrongSetting, Layout.policy, "the change would not be read back as it was given")
    }
    return (bytes, lines)
  }

  private func require(_ person: PersonName) throws(Failure) {
    guard policy.people[person] == nil else { return }
    throw Failure(
      .wrongPerson, "\(person)", "the policy names no such person", hint: "Its people: praxis policy show.")
  }

  private func refuseKnown(_ key: PublicKey) throws(Failure) {
    guard let owner = signers.person(of: key) else { return }
    throw Failure(.wrongPerson, "\(owner)", "\(key.fingerprint) is their key already; one key is one person's")
  }

  private static func adding(_ key: PublicKey, of person: PersonName, to file: [UInt8]) -> [UInt8] {
    let line = AllowedSigners.Entry(person: person, key: key, comment: "\(person)@praxis").line
    let ends = file.isEmpty || file.last == UInt8(ascii: "\n")
    return file + (ends ? [] : [UInt8(ascii: "\n")]) + Array(line.utf8)
  }

  private static func removing(_ person: PersonName, from file: [UInt8]) throws(Failure) -> [UInt8] {
    var kept: [UInt8] = []
    var lines = file.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for line in lines {
      let isTheirs = try AllowedSigners(parsing: Array(line)).entries.first?.person == person
      if !isTheirs { kept += line + [UInt8(ascii: "\n")] }
    }
    return kept
  }
}

extension Policy {
  /// The settings that can be changed one by one, as policy.yaml names them.
  package static let settings =
    ["admin-threshold", "self-approval"]
    + [Tier.t1, .t2, .t3].flatMap { tier in
      ["allowed", "approvals", "valid-for"].map { "tiers.\(tier.rawValue).\($0)" }
    } + ["limits.targets", "limits.resource-types", "limits.paths", "unsealed", "without-remote", "forge-merges"]

  fileprivate mutating func set(_ name: String, to value: String) throws(Failure) {
    func wrong(_ what: String) -> Failure {
      Failure(.wrongSetting, name, "\(what), not \(TerminalSafe.escaped(value))")
    }
    func number() throws(Failure) -> Int {
      guard let number = Int(value), number > 0 else { throw wrong("a number from 1 on is needed") }
      return number
    }
    func truth() throws(Failure) -> Bool {
      guard let truth = ["true": true, "false": false][value] else { throw wrong("true or false is needed") }
      return truth
    }
    func list() -> [String] {
      value.split(separator: ",").map { String($0.drop { $0 == " " }) }
    }
    func globs() throws(Failure) -> [String]? {
      if value == "none" { return nil }
      let globs = list()
      guard !globs.isEmpty, globs.allSatisfy(Limits.isGlob) else {
        throw wrong("none, or patterns without quotes, backslashes and control characters are needed")
      }
      return globs
    }
    switch name {
    case "admin-threshold": adminThreshold = try number()
    case "self-approval":
      var tiers: Set<Tier> = []
      for text in value == "none" ? [] : list() {
        guard let tier = Tier(rawValue: text), tier >= .t1 else {
          throw wrong("none, or tiers such as T1,T2 are needed")
        }
        tiers.insert(tier)
      }
      selfApproval = tiers
    case "limits.targets": limits.targets = value == "none" ? nil : try number()
    case "limits.resource-types": limits.resourceTypes = try globs()
    case "limits.paths": limits.paths = try globs()
    case "unsealed": unsealed = try truth()
    case "without-remote": withoutRemote = try truth()
    case "forge-merges": forgeMerges = try truth()
    default:
      let parts = name.split(separator: ".").map(String.init)
      guard Self.settings.contains(name), parts.count == 3, let tier = Tier(rawValue: parts[1]) else {
        throw Failure(
          .wrongSetting, TerminalSafe.escaped(name), "the policy has no such setting",
          hint: "It has: \(Self.settings.joined(separator: ", ")).")
      }
      var rule = tiers[tier] ?? Self.initialTiers[tier] ?? TierRule(approvals: 1, validForSeconds: 3_600)
      switch parts[2] {
      case "allowed":
        tiers[tier] = try truth() ? rule : nil
        return
      case "approvals": rule.approvals = try number()
      default:
        guard let seconds = YAMLFields.seconds(value) else { throw wrong("a time such as 4h or 7d is needed") }
        rule.validForSeconds = seconds
      }
      tiers[tier] = rule
    }
  }
}
