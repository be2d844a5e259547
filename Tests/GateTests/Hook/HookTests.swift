import Facts
import Foundation
import Git
import Testing

@testable import Gate

/// The pre-execute hook over approvals that are good, and that somebody tampered with.
@Suite struct HookTests {
  // MARK: Yes

  @Test func `a proposal that plain git merged may be executed, also after main moved on`() async throws {
    let site = try await HookSite()
    let proposal = try site.propose()
    try site.site.commit(["observations/hosts.json": "1"], by: "engine")
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    let answer = try site.ask(proposal)
    expectYes(answer)
    #expect(answer.errors.isEmpty)
    try site.site.commit(["observations/hosts.json": "2"], by: "engine")
    expectYes(try site.ask(proposal))
    _ = try await site.site.verify()
  }

  @Test func `two people approve what cannot be undone`() async throws {
    let site = try await HookSite { $0.people[try! Site.person("alice")]?.operator?.upTo = .t3 }
    let proposal = try site.propose([HookSite.change(.delete)], tier: .t3)
    try site.site.coApprove(proposal, by: "bob")
    try site.site.merge("proposal/\(proposal.id)", by: "alice")
    expectYes(try site.ask(proposal))
  }

  @Test func `an approval under a policy that has changed since, by people whom both name, is good`() async throws {
    let site = try await HookSite()
    try site.site.commit(try site.site.policy { $0.tiers[.t1]?.approvals = 2 }, by: "alice")
    let proposal = try site.propose(version: 2)
    try site.site.merge("proposal/\(proposal.id)", by: "bob")
    try site.site.commit(try site.site.policy { _ in }, by: "alice")
    expectYes(try site.ask(proposal))
  }

  @Test func `a job with a claim may execute what was approved`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    try site.record(proposal, .claimed, claim: "gitlab:1234/5")
    let answer = try site.ask(proposal, claim: "gitlab:1234/5")
    expectYes(answer)
    #expect(answer.last.hasPrefix("approved: \(proposal.id)"))
    #expect(answer.errors.split(separator: "\n").count == 1)
  }
}
