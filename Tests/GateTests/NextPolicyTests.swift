import Facts
import Failures
import Foundation
import Git
import Testing

@testable import Gate

/// The next policy, from the words of an admin.
@Suite struct NextPolicyTests {
  private func inForce(_ site: Site) async throws -> (PolicyInForce, [UInt8]) {
    (
      try await PolicyInForce.read(from: site.repository, at: try site.id("main")),
      try site.scratch.read("repo/" + Layout.allowedSigners)
    )
  }

  @Test func `a person comes, gets another key and goes, and every step is a policy that the gate takes`() async throws
  {
    let site = try await Site()
    let zoe = try Site.person("zoe")
    let (first, second) = (try await site.scratch.key("zoe"), try await site.scratch.key("zoe2"))
    let roles = Policy.Roles(operator: .init(sources: .named([try Site.source("hosts")]), upTo: .t2))
    for change in [
      PolicyChange.add(zoe, roles, try first.publicKey()), .replaceKeys(of: zoe, by: try second.publicKey()),
      .set("tiers.T2.approvals", to: "2"), .remove(zoe),
    ] {
      let (before, signers) = try await inForce(site)
      let next = try before.next(change, signers: signers)
      try site.commit(
        [
          Layout.policy: String(decoding: next.policy, as: UTF8.self),
          Layout.allowedSigners: String(decoding: next.signers, as: UTF8.self),
        ], by: "alice")
      let verified = try await site.verify()
      #expect(verified.policy.policy.version == before.policy.version + 1)
      switch change {
      case .add: #expect(verified.policy.policy.roles(of: zoe) == roles)
      case .replaceKeys: #expect(verified.policy.signers.keys(of: zoe) == [try second.publicKey()])
      case .set: #expect(verified.policy.policy.tiers[.t2]?.approvals == 2)
      case .remove: #expect(verified.policy.policy.people[zoe] == nil && verified.policy.signers.keys(of: zoe).isEmpty)
      }
    }
  }

  @Test func `a last line without an end is a line like the others`() async throws {
    let site = try await Site()
    let (before, signers) = try await inForce(site)
    let zoe = try Site.person("zoe")
    let key = try await site.scratch.key("zoe").publicKey()
    let added = try before.next(.add(zoe, .init(admin: true), key), signers: signers)
    let after = try PolicyInForce(policy: added.policy, signers: Array(added.signers.dropLast()))
    let kept = try #require(after.policy.people.keys.first { $0 != zoe && !after.policy.roles(of: $0).admin })
    let removed = try after.next(.remove(kept), signers: Array(added.signers.dropLast()))
    #expect(try !AllowedSigners(parsing: removed.signers).keys(of: zoe).isEmpty)
  }

  @Test func `lines of allowed_signers that a change does not touch stay as they are`() async throws {
    let site = try await Site()
    let (before, signers) = try await inForce(site)
    let commented = Array("# our people\n\n".utf8) + signers.dropLast()
    let zoe = try Site.person("zoe")
    let key = try await site.scratch.key("zoe").publicKey()
    let added = try before.next(.add(zoe, .init(admin: true), key), signers: commented)
    #expect(added.signers.starts(with: commented + [UInt8(ascii: "\n")]))
    let after = try PolicyInForce(policy: added.policy, signers: added.signers)
    let removed = try after.next(.remove(zoe), signers: added.signers)
    #expect(removed.signers == commented + [UInt8(ascii: "\n")])
  }

  @Test(arguments: [
    ("tiers.T1.approvals", "3", "T1: { approvals: 3, valid-for: 7d }"),
    ("tiers.T1.valid-for", "36h", "T1: { approvals: 1, valid-for: 36h }"),
    ("self-approval", "T1,T2", "self-approval: [ T1, T2 ]"), ("self-approval", "none", "self-approval: []"),
    ("limits.targets", "10", "limits: { targets: 10 }"),
    ("limits.paths", "/etc/*, /srv/*", #"limits: { paths: [ "/etc/*", "/srv/*" ] }"#),
    ("limits.resource-types", "aws_*", #"limits: { resource-types: [ "aws_*" ] }"#),
    ("unsealed", "true", "unsealed: true"), ("without-remote", "true", "without-remote: true"),
    ("forge-merges", "true", "forge-merges: true"),
  ])
  func `each setting comes to stand in the file`(name: String, value: String, line: String) async throws {
    let (before, signers) = try await inForce(Site { $0.selfApproval = value == "none" ? [.t1] : [] })
    let next = try before.next(.set(name, to: value), signers: signers)
    #expect(String(decoding: next.policy, as: UTF8.self).contains(line + "\n"))
    // Set again, it says nothing new.
    let after = try PolicyInForce(policy: next.policy, signers: next.signers)
    let error = #expect(throws: Failure.self) { try after.next(.set(name, to: value), signers: signers) }
    #expect(error?.code == .nothingChanged)
  }

  @Test func `a tier that is forbidden can be allowed again`() async throws {
    let site = try await Site { $0.tiers[.t3] = nil }
    let (before, signers) = try await inForce(site)
    let next = try before.next(.set("tiers.T3.allowed", to: "true"), signers: signers)
    #expect(try Policy(parsing: next.policy).tiers[.t3] == Policy.TierRule(approvals: 2, validForSeconds: 4 * 3_600))
    let again = try PolicyInForce(policy: next.policy, signers: next.signers)
      .next(.set("tiers.T3.allowed", to: "false"), signers: signers)
    #expect(try Policy(parsing: again.policy).tiers[.t3] == nil)
  }

  @Test func `every setting is known, and no other`() async throws {
    let (before, signers) = try await inForce(Site())
    for name in Policy.settings {
      #expect(throws: (any Error).self) { try before.next(.set(name, to: "\u{1b}["), signers: signers) }
    }
    for (name, value) in [
      ("version", "9"), ("people.bob.admin", "true"), ("tiers.T0.approvals", "1"), ("tiers.T4.approvals", "1"),
      ("tiers.T1", "1"), ("", ""), ("tiers.T1.approvals", "0"), ("tiers.T1.approvals", "-1"),
      ("tiers.T1.valid-for", "7"), ("unsealed", "yes"), ("self-approval", "T0"), ("limits.targets", "many"),
      ("limits.paths", "a\" ], targets: 1 }\nunsealed: true\nx: [ \""), ("limits.paths", ","),
    ] {
      await expect(.wrongSetting) { _ = try before.next(.set(name, to: value), signers: signers) }
    }
  }

  @Test func `what nobody could go on with is refused`() async throws {
    let (before, signers) = try await inForce(Site())
    await expect(.policyInconsistent) { _ = try before.next(.remove(Site.person("alice")), signers: signers) }
    await expect(.policyInconsistent) { _ = try before.next(.set("admin-threshold", to: "2"), signers: signers) }
    let key = try #require(before.signers.entries.first?.key)
    await expect(.wrongPerson) {
      _ = try before.next(.add(Site.person("zoe"), .init(admin: true), key), signers: signers)
    }
    await expect(.wrongPerson) { _ = try before.next(.remove(Site.person("zoe")), signers: signers) }
  }
}
