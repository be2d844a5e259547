import Facts
import Foundation
import StrictJSON
import Testing

/// From a finding to a decision, by praxis and by plain git.
@Suite struct DecisionTests {
  @Test func `facts are blessed by praxis approve, and new ones by a plain git merge`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let first = try await fleet.propose("bless", "hosts")
    let review = try await fleet.expect(0, "review", first.id)
    #expect(review.output.contains(first.digest) && review.output.contains("needs     1 of: operator, second-operator"))
    #expect(try await fleet.expect(0, "review").output.hasPrefix("\(first.id.prefix(10))  bless  hosts  T1"))
    try await fleet.expect(0, "approve", first.id, "--digest", first.digest)
    try await fleet.expect(0, "scan")
    #expect(try await fleet.expect(0, "review", first.id).output.contains("approved by the merge"))
    try fleet.observe(#"{"os":"12.2","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    let second = try await fleet.propose("bless", "hosts", "web1")
    try await fleet.git("merge", "--quiet", "--no-ff", "-S", "-m", "Bless the upgrade", "proposal/\(second.id)")
    try await fleet.expect(0, "scan")
    #expect(try await fleet.git("status", "--porcelain") == "")
    #expect(try await fleet.expect(0, "review").output == "no proposal waits\n")
  }

  @Test func `a waived blind spot is in sync, and a longer list is reported again`() async throws {
    let fleet = try await SmallFleet()
    // Nothing is blessed yet, so the whole target is a blind spot.
    try await fleet.expect(3, "scan")
    let finding = try await fleet.finding()
    let waiver = try await fleet.propose(
      "waive", finding, "--until", "2999-01-01", "--reason", "new host, not blessed yet \u{1b}[2J")
    try await fleet.expect(3, "status")
    let said = try await fleet.expect(0, "approve", waiver.id, "--digest", waiver.digest)
    #expect(said.output.contains("approved by operator"))
    let status = try await fleet.expect(0, "status")
    #expect(status.output.contains("\(finding) hosts: web1: (whole target): waived until 2999-01-01 00:00 UTC"))
    #expect(!status.output.contains("\u{1b}"))
    try await fleet.expect(0, "scan")
    try fleet.write("#!/bin/sh\ncat \(fleet.path)/source/facts\nexit 1\n", to: "source/collect")
    try await fleet.expect(3, "scan")
    #expect(try await fleet.expect(3, "status").output.contains("its waiver is for another value"))
  }

  @Test func `waived drift comes back with another value, and its approval can be revoked`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless()
    try fleet.observe(#"{"os":"12.2","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    let finding = try await fleet.finding()
    let waiver = try await fleet.propose("waive", finding, "--until", "2999-01-01T12:00:00+02:00", "--reason", "known")
    try await fleet.expect(0, "approve", waiver.id, "--digest", waiver.digest)
    try await fleet.expect(0, "scan")
    #expect(try await fleet.expect(0, "show", finding).output.contains("waived until 2999-01-01 10:00 UTC"))
    try fleet.observe(#"{"os":"12.3","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    try fleet.observe(#"{"os":"12.2","kernel":"6.1"}"#)
    try await fleet.expect(0, "scan")
    try await fleet.expect(0, "revoke", waiver.id)
    try await fleet.expect(2, "status")
    try await fleet.expect(2, "scan")
  }

  @Test func `a waiver that ends between two scans is reported at its end`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let until = Date().addingTimeInterval(180)
    let text = ISO8601DateFormatter().string(from: until)
    let waiver = try await fleet.propose("waive", fleet.finding(), "--until", text, "--reason", "for a moment")
    try await fleet.expect(0, "approve", waiver.id, "--digest", waiver.digest)
    try await Task.sleep(for: .seconds(max(0, until.timeIntervalSinceNow)))
    #expect(try await fleet.expect(3, "status").output.contains("its waiver expired at"))
    try await fleet.expect(3, "scan")
  }

  @Test func `what cannot be waived is refused when it is proposed, with the reason`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let finding = try await fleet.finding()
    for (words, code) in [
      (["--until", "2001-01-01", "--reason", "x"], "bad-until"),
      (["--until", "2999-01-01", "--reason", " "], "bad-reason"),
    ] {
      let said = try await fleet.expect(1, "propose", "waive", finding, words[0], words[1], words[2], words[3])
      #expect(said.errors.contains("(\(code))"))
    }
    let unknown = try await fleet.expect(
      1, "propose", "waive", "f-000000000000", "--until", "2999-01-01", "--reason", "x")
    #expect(unknown.errors.contains("(unknown-finding)"))
    try await fleet.expect(64, "propose", "waive", finding, "--until", "soon", "--reason", "x")
    #expect(try await fleet.git("branch", "--list", "proposal/*") == "")
  }

  @Test func `a retraction is carried out by the next scan, and cannot be revoked after that`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless()
    try fleet.observe(#"{"os":"broken probe","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    let finding = try await fleet.finding()
    let retraction = try await fleet.propose("retract", finding, "--reason", "the probe read the wrong file")
    try await fleet.expect(0, "approve", retraction.id, "--digest", retraction.digest)
    try await fleet.expect(2, "status")
    try fleet.observe(#"{"os":"12.1","kernel":"6.1"}"#)
    #expect(try await fleet.expect(0, "scan").errors.contains("1 retracted"))
    #expect(try await fleet.expect(0, "show", finding).output.contains("proposal \(retraction.id)"))
    #expect(try await fleet.expect(4, "revoke", retraction.id).errors.contains("(already-executed)"))
    #expect(try await fleet.expect(0, "review", retraction.id).output.contains("finished at"))
  }

  @Test func `an operator does not approve what is their own, and a withdrawn proposal is not merged`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let admin = "\(fleet.path)/home/keys/admin"
    #expect(
      try await fleet.expect(4, "propose", "bless", "hosts", "--sign-with", admin).errors.contains("(role-missing)"))
    #expect(try await fleet.git("branch", "--list", "proposal/*") == "")
    let own = try await fleet.propose(
      "bless", "hosts", "--as", "operator", "--sign-with", "\(fleet.path)/home/keys/operator")
    #expect(try await fleet.expect(4, "approve", own.id).errors.contains("(self-approval)"))
    #expect(try await fleet.expect(0, "explain", "self-approval").output.contains("Another person must approve it"))
    let branch = try await fleet.git("rev-parse", "proposal/\(own.id)")
    try await fleet.expect(0, "withdraw", own.id)
    #expect(try await fleet.git("branch", "--list", "proposal/*") == "")
    #expect(try await fleet.expect(4, "approve", own.id).errors.contains("(proposal-missing)"))
    #expect(try await fleet.expect(0, "review", own.id).output.contains("bless: withdrawn at"))
    #expect(try await fleet.expect(4, "withdraw", own.id).errors.contains("(proposal-closed)"))
    let good = try await fleet.git("rev-parse", "main")
    try await fleet.git("merge", "--quiet", "--no-ff", "-S", "-m", "x", branch)
    #expect(try await fleet.expect(4, "scan").errors.contains("(proposal-closed)"))
    try await fleet.git("reset", "--quiet", "--hard", good)
    try await fleet.expect(3, "scan")
  }

  @Test func `where two people are needed, the first one's yes is a co-approval and the second one's the merge`()
    async throws
  {
    let fleet = try await SmallFleet(needsTwo: true)
    try await fleet.expect(3, "scan")
    let proposal = try await fleet.propose("bless", "hosts")
    let bob = "\(fleet.path)/home/keys/bob"
    #expect(try await fleet.expect(0, "review", proposal.id).output.contains("needs     2 of: bob, operator"))
    let first = try await fleet.expect(
      0, "approve", proposal.id, "--digest", proposal.digest, "--as", "bob", "--sign-with", bob)
    #expect(first.output.contains("bob agreed") && first.output.contains("1 more needed"))
    #expect(
      try await fleet.expect(4, "approve", proposal.id, "--digest", proposal.digest, "--sign-with", bob).errors
        .contains("(too-few-approvals)"))
    #expect(try await fleet.expect(4, "approve", proposal.id, "--as", "bob").errors.contains("(unknown-key)"))
    #expect(try await fleet.expect(0, "review", proposal.id).output.contains("agreed    bob"))
    try await fleet.expect(3, "status")
    try await fleet.expect(0, "approve", proposal.id, "--digest", proposal.digest)
    try await fleet.expect(0, "scan")
    // The merge by one person alone is refused.
    try fleet.observe(#"{"os":"12.2","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    let second = try await fleet.propose("bless", "hosts", "web1")
    try await fleet.git("merge", "--quiet", "--no-ff", "-S", "-m", "x", "proposal/\(second.id)")
    #expect(try await fleet.expect(4, "scan").errors.contains("refused (too-few-approvals)"))
  }

  @Test func `an opaque delta is not waived, since nobody could tell its value from the next`() async throws {
    let fleet = try await SmallFleet()
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/ansible", withIntermediateDirectories: true)
    try await fleet.expect(
      0, "source", "add", "site", "--authority", "ansible", "--directory", "\(fleet.path)/ansible", "--playbook",
      "site.yml", "--inventory", "inventory.ini")
    try await fleet.expect(
      2, "ingest", "site", "--from", "\(Tools.package)/Tests/Fixtures/ansible/own-219-drift")
    let said = try await fleet.expect(0, "findings", "--subject", "*Binary blob*", "--json")
    let blob = try #require(try JSON(parsing: Array(said.output.utf8))["findings"]?[0]?["id"]?.string)
    let refusal = try await fleet.expect(
      1, "propose", "waive", blob, "--until", "2999-01-01", "--reason", "a logo")
    #expect(refusal.errors.contains("(not-waivable)") && refusal.errors.contains("its delta is opaque"))
    #expect(try await fleet.git("branch", "--list", "proposal/*") == "")
  }
}
