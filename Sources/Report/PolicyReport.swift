import Engine
import Facts
import Gate
import StrictJSON

/// The policy in force: who may do what, with which keys.
package struct PolicyReport {
  private let inForce: PolicyInForce
  private var policy: Policy { inForce.policy }

  package init(_ inForce: PolicyInForce) { self.inForce = inForce }

  package var text: String {
    var page = Page(palette: Palette(isOn: false))
    page.line(.init("policy version \(policy.version), \(inForce.digest)"))
    page.line(.init("a change takes \(Explanation.counted(policy.adminThreshold, "admin"))"))
    page.blank()
    page.table(
      [.init(head: "PERSON"), .init(head: "MAY"), .init(head: "KEYS")],
      policy.people.sorted { $0.key < $1.key }.map { person, roles in
        let keys = inForce.signers.keys(of: person).map(\.fingerprint)
        return [person.text, words(roles), keys.joined(separator: " ")].map { Page.Span($0) }
      })
    page.blank()
    page.table(
      [
        .init(head: "TIER"), .init(head: "APPROVALS", isNumber: true), .init(head: "VALID FOR"),
        .init(head: "ITS PROPOSER"),
      ],
      [Tier.t1, Tier.t2, Tier.t3].map { tier in row(tier).map { Page.Span($0) } })
    page.blank()
    page.line(.init("T2 reaches \(limits)"))
    page.line(.init("without a sandbox: \(policy.unsealed ? "executed, as T3 (unsealed: true)" : "refused")"))
    page.line(
      .init(
        "without a remote: \(policy.withoutRemote ? "executed, by one host alone (without-remote: true)" : "refused")"))
    page.line(
      .init(
        "a forge's merge: \(policy.forgeMerges ? "counts where enough agreed on the branch (forge-merges: true)" : "refused")"
      ))
    return String(page.text.dropLast())
  }

  private func row(_ tier: Tier) -> [String] {
    guard let rule = policy.tiers[tier] else { return [tier.rawValue, "", "not allowed", ""] }
    return [
      tier.rawValue, "\(rule.approvals)", Policy.length(rule.validForSeconds),
      policy.selfApproval.contains(tier) ? "may approve" : "may not approve",
    ]
  }

  private func words(_ roles: Policy.Roles) -> String {
    var parts: [String] = []
    if roles.admin { parts.append("change the policy and the sources") }
    if let role = roles.operator { parts.append("approve \(words(role.sources)) up to \(role.upTo.rawValue)") }
    if let sources = roles.engine { parts.append("record \(words(sources))") }
    return parts.joined(separator: "; ")
  }

  private func words(_ sources: Policy.Sources) -> String {
    switch sources {
    case .all: "all sources"
    case .named(let names): names.map(\.text).joined(separator: ", ")
    }
  }

  private var limits: String {
    let limits = policy.limits
    guard !limits.isEmpty else { return "as far as it can: the policy sets no limits" }
    var parts: [String] = []
    if let targets = limits.targets { parts.append(Explanation.counted(targets, "target")) }
    if let types = limits.resourceTypes { parts.append("the types \(types.joined(separator: ", "))") }
    if let paths = limits.paths { parts.append("the paths \(paths.joined(separator: ", "))") }
    return parts.joined(separator: "; ")
  }

  package var json: [UInt8] {
    let people = policy.people.sorted { $0.key < $1.key }.map { person, roles -> JSON in
      var fields: JSONObject = [
        "name": .string(person.text), "admin": .bool(roles.admin),
        "keys": .array(inForce.signers.keys(of: person).map { .string($0.fingerprint) }),
      ]
      if let sources = roles.engine { fields["records"] = json(sources) }
      if let role = roles.operator {
        fields["approves"] = json(role.sources)
        fields["upTo"] = .string(role.upTo.rawValue)
      }
      return .object(fields)
    }
    let tiers = policy.tiers.sorted { $0.key < $1.key }.map { tier, rule -> JSON in
      [
        "tier": .string(tier.rawValue), "approvals": JSON(rule.approvals),
        "validForSeconds": JSON(Int(rule.validForSeconds)), "selfApproval": .bool(policy.selfApproval.contains(tier)),
      ]
    }
    var limits = JSONObject()
    if let targets = policy.limits.targets { limits["targets"] = JSON(targets) }
    if let types = policy.limits.resourceTypes { limits["resourceTypes"] = .array(types.map { .string($0) }) }
    if let paths = policy.limits.paths { limits["paths"] = .array(paths.map { .string($0) }) }
    return CanonicalJSON.bytes([
      "format": "praxis.policy-report/1", "version": JSON(policy.version), "digest": .string(inForce.digest.text),
      "adminThreshold": JSON(policy.adminThreshold), "people": .array(people), "tiers": .array(tiers),
      "limits": .object(limits), "unsealed": .bool(policy.unsealed), "withoutRemote": .bool(policy.withoutRemote),
      "forgeMerges": .bool(policy.forgeMerges),
    ])
  }

  private func json(_ sources: Policy.Sources) -> JSON {
    switch sources {
    case .all: ["*"]
    case .named(let names): .array(names.map { .string($0.text) })
    }
  }
}

extension ApprovalWorkflow.Remains {
  /// What becomes of it once main has the change; none where nothing remains.
  package func lines(of source: SourceName) -> [String] {
    var lines: [String] = []
    if open > 0 {
      lines.append(
        "\(Explanation.counted(open, "finding")) of \(source) will stay reported until the next praxis scan of an engine that records \(source), which ends what is open as undeclared"
      )
    }
    if approved > 0 {
      lines.append(
        "known-good facts and waivers for \(source) (\(approved)) stay on main, and count again if a source of this name comes back; praxis revoke takes them back"
      )
    }
    if rules > 0 {
      lines.append(
        "rules of praxis.yaml that name \(source): \(rules); they are left as they are, and say nothing of another name"
      )
    }
    return lines
  }
}

extension ApprovalWorkflow.Changed {
  /// - Parameter what: what was changed, as one line.
  package func text(_ what: String) -> String {
    let short = commit.hex.prefix(10)
    guard let branch else { return "\(what) (\(short))" }
    let agree =
      missing > 1
      ? "\nAll of them but the last, on the branch:  git commit --allow-empty -S -m agreed; the last one, on main:"
      : "\nAnother admin, on main:"
    return
      "\(what) on the branch \(branch) (\(short)), signed by \(person); \(missing) more of the admins needed\(agree)  "
      + "git merge --no-ff -S \(branch)"
  }
}
