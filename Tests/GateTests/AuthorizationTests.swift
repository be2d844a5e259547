import Facts
import Failures
import Foundation
import Git
import Processes
import Testing

@testable import Gate

/// "May this run now?": each thing that has to be as it was approved, and each thing that uses an approval up.
@Suite struct AuthorizationTests {
  /// A site whose operators approved a converge proposal, and what an engine would find right before.
  private struct Case {
    let site: Site
    var proposal: Proposal
    var readiness: Readiness
    var seen: SeenFile
    var now = Site.now
    var engine = "engine"
    var hook = "#!/bin/sh\nexit 0\n"
    var hookMode = 0o700
    var limit: Duration = .seconds(300)
    var hasRemote = true

    init(
      merging isMerged: Bool = true, policy: (inout Policy) -> Void = { _ in },
      edit: (inout Proposal, inout [String: String?]) -> Void = { _, _ in }
    ) async throws {
      site = try await Site(policy)
      proposal = try site.propose([:], action: .converge, tier: .t2, source: "network", edit: edit)
      if isMerged { try site.merge("proposal/\(proposal.id)", by: "alice") }
      try site.scratch.write("", to: "executed/folder")
      readiness = Readiness(
        engine: try Site.person("engine"), rules: proposal.rules, tool: proposal.tool ?? "",
        bundle: Digest(of: [1]),
        seal: proposal.seal ?? Seal(digest: Digest(of: []), isSandboxed: false, writes: []),
        invocation: Invocation(
          executable: "/usr/bin/terraform", arguments: proposal.arguments, environment: [:], timeLimit: .seconds(1)),
        savedPlan: "/private/plan", changes: proposal.changes, fingerprint: Digest(of: [2]),
        text: Array(try site.honestText(of: proposal, bringing: [:]).utf8))
      if proposal.seal?.isSandboxed == true { readiness.invocation.sandbox = .system(by: "/usr/bin/bwrap") }
      seen = SeenFile(introduction: site.introduction, policyVersion: 1, clockFloor: Site.now)
    }

    func approved() async throws -> ApprovedProposal {
      try await gate.approved(
        proposal.id, try await site.verify(), by: try Site.person(engine), seen: seen, executed: executed,
        hasRemote: hasRemote)
    }

    var gate: Gate { Gate(site.repository, from: site.introduction, at: now) }

    /// In a folder of its own: that of the hook changes its permissions.
    var executed: ExecutedDigests {
      ExecutedDigests(folder: site.scratch.file("executed"), introduction: site.introduction)
    }

    func authorize() async throws -> PersonName? { try await authorize(approved()) }

    func authorize(_ approved: ApprovedProposal) async throws -> PersonName? {
      let path = site.scratch.file("pre-execute")
      try? FileManager.default.removeItem(atPath: path)
      try site.scratch.write(Array(hook.utf8), to: "pre-execute", mode: hookMode)
      let authorization = try await gate.authorize(
        approved, readiness, trust: "/trust.json", hook: PreExecuteHook(path: path, limit: limit))
      return authorization.people.first
    }
  }

  @Test func `what is as it was approved gets leave, once`() async throws {
    let good = try await Case()
    #expect(try await good.authorize()?.text == "alice")
    try good.site.commit(good.site.ledger(good.proposal, .started), by: "engine")
    await expect(.executionUnknown) { _ = try await good.authorize() }
    try good.site.commit(
      good.site.ledger(good.proposal, .finished) { $0.result = .init(.succeeded, exitCode: 0) }, by: "engine")
    await expect(.alreadyExecuted) { _ = try await good.authorize() }
    let claimed = try await Case()
    try claimed.site.commit(claimed.site.ledger(claimed.proposal, .claimed) { $0.claim = "ci/1" }, by: "engine")
    await expect(.claimed) { _ = try await claimed.authorize() }
  }

  @Test func `what this installation executed is not executed again, whatever main says of it`() async throws {
    let other = try await Case()
    try other.executed.add(Digest(of: [1]))
    #expect(try await other.authorize()?.text == "alice")
    try other.executed.add(other.proposal.digest)
    // Main has no record of it: it was reset, or is a copy of before.
    await expect(.executedBefore) { _ = try await other.authorize() }
    try other.site.scratch.write("{}", to: "executed/\(other.site.introduction).json")
    await expect(.fileMalformed) { _ = try await other.authorize() }
  }

  @Test func `without a remote, only a policy that says so lets anything be executed`() async throws {
    var alone = try await Case()
    alone.hasRemote = false
    await expect(.noRemote) { _ = try await alone.authorize() }
    var allowed = try await Case(policy: { $0.withoutRemote = true })
    allowed.hasRemote = false
    #expect(try await allowed.authorize()?.text == "alice")
    // Today's policy decides, and not the one that it was approved under.
    try allowed.site.commit(try allowed.site.policy { $0.withoutRemote = false }, by: "alice")
    await expect(.noRemote) { _ = try await allowed.authorize() }
  }

  @Test func `what is not approved, withdrawn, revoked or no matter of a tool gets none`() async throws {
    let open = try await Case(merging: false)
    await expect(.notApproved) { _ = try await open.authorize() }
    try open.site.commit(open.site.ledger(open.proposal, .withdrawn), by: "engine")
    await expect(.proposalClosed) { _ = try await open.authorize() }
    let revoked = try await Case()
    try revoked.site.revert("HEAD", by: "bob")
    await expect(.notApproved) { _ = try await revoked.authorize() }
    var blessing = try await Case(merging: false)
    blessing.proposal = try blessing.site.propose(["known-good/hosts/web1.json": "{}\n"], nonce: "ff")
    try blessing.site.merge("proposal/\(blessing.proposal.id)", by: "bob")
    await expect(.nothingToExecute) { _ = try await blessing.authorize() }
  }

  @Test func `another engine, another time and a clock that went back get none`() async throws {
    var other = try await Case()
    other.engine = "scout"
    await expect(.wrongEngine) { _ = try await other.authorize() }
    other.engine = "engine"
    other.readiness.engine = try Site.person("scout")
    await expect(.wrongEngine) { _ = try await other.authorize() }
    var back = try await Case()
    back.seen.clockFloor = Site.now.advanced(bySeconds: 1)
    await expect(.clockWentBack) { _ = try await back.authorize() }
    var behind = try await Case()
    behind.now = Timestamp(microseconds: 0)
    behind.seen.clockFloor = Timestamp(microseconds: 0)
    await expect(.clockWentBack) { _ = try await behind.authorize() }
  }

  @Test func `a clock behind main's newest commit gives none, though the proposal is older`() async throws {
    let merged = Timestamp(microseconds: 1_700_000_000_000_000)
    for (behind, isLeave) in [(300, true), (301, false)] as [(Int64, Bool)] {
      var slow = try await Case(edit: { proposal, _ in
        proposal.proposedAt = merged.advanced(bySeconds: -1_000)
        proposal.notAfter = merged.advanced(bySeconds: 1_000)
      })
      slow.now = merged.advanced(bySeconds: -behind)
      slow.seen.clockFloor = Timestamp(microseconds: 0)
      if isLeave {
        #expect(try await slow.authorize() != nil)
      } else {
        await expect(.clockWentBack) { _ = try await slow.authorize() }
      }
    }
  }

  @Test func `another engine gets none, though it may record the same source`() async throws {
    let scout = try Site.person("scout")
    var other = try await Case(policy: { $0.people[scout] = .init(engine: .all) })
    #expect(try await other.approved().proposal.engine == "engine")
    other.engine = "scout"
    await expect(.wrongEngine) { _ = try await other.approved() }
  }

  @Test func `leave ends, for whoever asks what may run and once more right before it runs`() async throws {
    var late = try await Case()
    // Within its time it was found to be approved, and the dry run took until after it.
    let approved = try await late.approved()
    late.now = late.proposal.notAfter
    await expect(.proposalExpired) { _ = try await late.approved() }
    await expect(.proposalExpired) { _ = try await late.authorize(approved) }
    late.now = Timestamp(microseconds: late.proposal.notAfter.microseconds - 1)
    #expect(try await late.authorize() != nil)
  }

  @Test func `what says that it was proposed after now gets none yet`() async throws {
    for (ahead, isLeave) in [(300, true), (301, false)] as [(Int64, Bool)] {
      let early = try await Case(edit: { proposal, _ in proposal.proposedAt = Site.now.advanced(bySeconds: ahead) })
      if isLeave {
        #expect(try await early.authorize() != nil)
      } else {
        await expect(.clockWentBack) { _ = try await early.authorize() }
      }
    }
  }

  @Test func `whatever is not as it was approved is named`() async throws {
    let edits: [(Failure.Code, (inout Readiness) -> Void)] = [
      (.rulesChanged, { $0.rules = Digest(of: [9]) }),
      (.toolChanged, { $0.tool = "terraform 1.11.5" }),
      (.argumentsChanged, { $0.invocation.arguments.append("-auto-approve") }),
      (.argumentsChanged, { $0.invocation.environment["TF_CLI_ARGS"] = "-destroy" }),
      (.sealChanged, { $0.seal.digest = Digest(of: [9]) }),
      (.sealChanged, { $0.seal.writes.append("/etc") }),
      (.sealChanged, { $0.seal.isSandboxed = false }),
      (.notSealed, { $0.invocation.sandbox = nil }),
      (.planMissing, { $0.savedPlan = nil }),
      (.bundleChanged, { $0.bundle = Digest(of: [9]) }),
      (.dryRunChanged, { $0.text.append(0x21) }),
      (.dryRunChanged, { $0.changes[0].delta = Digest(of: [9]) }),
      (.dryRunChanged, { $0.changes[0].action = .delete }),
      (.dryRunChanged, { $0.changes = [] }),
      (.dryRunChanged, { $0.changes += $0.changes }),
      (.dryRunChanged, { $0.fingerprint = Digest(of: [9]) }),
    ]
    let good = try await Case()
    for (reason, edit) in edits {
      var bad = good
      edit(&bad.readiness)
      await expect(reason) { _ = try await bad.authorize() }
    }
    #expect(try await good.authorize() != nil)
  }

  @Test func `what is authorized is the whole invocation, with the saved plan in its place`() async throws {
    let good = try await Case()
    let path = good.site.scratch.file("pre-execute")
    try good.site.scratch.write(Array(good.hook.utf8), to: "pre-execute", mode: 0o700)
    let authorization = try await good.gate.authorize(
      good.approved(), good.readiness, trust: "/trust.json", hook: PreExecuteHook(path: path, limit: good.limit))
    var expected = good.readiness.invocation
    expected.arguments = ["apply", "/private/plan"]
    #expect(authorization.invocation == expected)
  }

  @Test func `a run without a sandbox is T3, and the policy has to allow it`() async throws {
    let unheld = Seal(digest: Digest(of: [4]), isSandboxed: false, writes: [])
    // A proposal that claims less than T3 never comes onto main.
    let low = try await Case(merging: false, edit: { proposal, _ in proposal.seal = unheld })
    try low.site.merge("proposal/\(low.proposal.id)", by: "alice")
    await expect(.tierTooLow) { _ = try await low.site.verify() }
    func high(_ policy: @escaping (inout Policy) -> Void) async throws -> Case {
      try await Case(
        policy: {
          policy(&$0); $0.tiers[.t3] = .init(approvals: 1, validForSeconds: 3_600);
          $0.people = $0.people.mapValues { roles in
            var roles = roles
            roles.operator?.upTo = .t3
            return roles
          }
        },
        edit: { proposal, _ in
          proposal.seal = unheld
          proposal.tier = .t3
        })
    }
    let refused = try await high { _ in }
    await expect(.notSealed) { _ = try await refused.authorize() }
    let allowed = try await high { $0.unsealed = true }
    #expect(try await allowed.authorize() != nil)
  }

  @Test func `a proposal of a version that did not seal is history, and is not executed`() async throws {
    let old = try await Case(edit: { proposal, _ in proposal.seal = nil })
    _ = try await old.site.verify()
    await expect(.notSealed) { _ = try await old.authorize() }
  }

  @Test func `a policy that grew stricter since takes the leave away`() async throws {
    let tier = try await Case()
    try tier.site.commit(try tier.site.policy { $0.limits.paths = ["/var/**"] }, by: "alice")
    await expect(.tierTooLow) { _ = try await tier.authorize() }
    let people = try await Case()
    try people.site.commit(try people.site.policy { $0.tiers[.t2]?.approvals = 2 }, by: "alice")
    await expect(.tooFewApprovals) { _ = try await people.authorize() }
    let forbidden = try await Case()
    try forbidden.site.commit(try forbidden.site.policy { $0.tiers[.t2] = nil }, by: "alice")
    await expect(.tierNotAllowed) { _ = try await forbidden.authorize() }
    let key = try await Case()
    // A new key for the same person: what the old one signed stays history, and gives no leave.
    let fresh = try await key.site.scratch.key("fresh").publicKey()
    let signers = try key.site.scratch.text("repo/policy/allowed_signers").split(separator: "\n").map(String.init)
    let alice = try #require(signers.first { $0.hasPrefix("alice ") })
    let words = alice.split(separator: " ")
    let replaced = signers.map { $0 == alice ? "\(words[0]) \(words[1]) \(fresh.line)" : $0 }
    var files = try key.site.policy { _ in }
    files[Layout.allowedSigners] = replaced.joined(separator: "\n") + "\n"
    try key.site.commit(files, by: "alice")
    await expect(.unknownKey) { _ = try await key.authorize() }
  }

  @Test func `a hook has to be there, to be safe, to answer in time and to say yes`() async throws {
    var bad = try await Case()
    bad.hook = "#!/bin/sh\ncat >/dev/null\nexit 1\n"
    await expect(.hookRefused) { _ = try await bad.authorize() }
    bad.hook = "#!/bin/sh\nkill -9 $$\n"
    await expect(.hookFailed) { _ = try await bad.authorize() }
    bad.hook = "#!/bin/sh\nsleep 60\n"
    bad.limit = .milliseconds(500)
    await expect(.hookFailed) { _ = try await bad.authorize() }
    // Told to stop, it ends as if it had said yes.
    bad.hook = "#!/bin/sh\ntrap 'exit 0' TERM\nsleep 60 &\nwait\n"
    bad.limit = .seconds(3)
    await expect(.hookFailed) { _ = try await bad.authorize() }
    // It said yes, and a part of it goes on.
    bad = try await Case()
    bad.hook = "#!/bin/sh\nsleep 60 &\nexit 0\n"
    await expect(.hookFailed) { _ = try await bad.authorize() }
    bad = try await Case()
    bad.hookMode = 0o600
    await expect(.hookMissing) { _ = try await bad.authorize() }
    bad.hookMode = 0o720
    await expect(.hookMissing) { _ = try await bad.authorize() }
    bad.hookMode = 0o702
    await expect(.hookMissing) { _ = try await bad.authorize() }
    bad.hookMode = 0o700
    #expect(try await bad.authorize() != nil)
    #expect(chmod(bad.site.scratch.path, 0o770) == 0)
    await expect(.hookMissing) { _ = try await bad.authorize() }
    #expect(chmod(bad.site.scratch.path, 0o700) == 0)
    let path = bad.site.scratch.file("nowhere/pre-execute")
    await expect(.hookMissing) { try PreExecuteHook(path: path).check() }
    let link = bad.site.scratch.file("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/bin/true")
    await expect(.hookMissing) { try PreExecuteHook(path: link).check() }
    await expect(.hookMissing) { try PreExecuteHook(path: bad.site.scratch.file("repo")).check() }
  }

  @Test func `replacements and grafts, which show plain git another history, are refused`() async throws {
    let bad = try await Case()
    try bad.site.git("replace", "HEAD", "HEAD~1")
    await expect(.repositoryHazard) { _ = try await bad.authorize() }
  }
}

/// What may stand in executions/, and when.
@Suite struct LedgerTests {
  private func approved() async throws -> (Site, Proposal) {
    let site = try await Site()
    let proposal = try site.propose([:], action: .converge, tier: .t2, source: "network")
    try site.merge("proposal/\(proposal.id)", by: "alice")
    return (site, proposal)
  }

  @Test func `nothing is recorded as begun that was not approved then`() async throws {
    let site = try await Site()
    let proposal = try site.propose([:], action: .converge, tier: .t2, source: "network")
    try site.commit(site.ledger(proposal, .started), by: "engine")
    await expect(.ledgerUnapproved) { try await site.verify() }
    let (other, approved) = try await approved()
    try other.commit(other.ledger(approved, .started) { $0.digest = Digest(of: [9]) }, by: "engine")
    await expect(.ledgerUnapproved) { try await other.verify() }
    try other.git("reset", "-q", "--hard", "HEAD~1")
    try other.commit(other.ledger(approved, .started) { $0.action = .adopt }, by: "engine")
    await expect(.ledgerUnapproved) { try await other.verify() }
    let (scouted, mine) = try await self.approved()
    try scouted.commit(scouted.ledger(mine, .started, by: "scout"), by: "scout")
    await expect(.ledgerUnapproved) { try await scouted.verify() }
  }

  @Test func `a record moves on and never back`() async throws {
    let (site, proposal) = try await approved()
    try site.commit(site.ledger(proposal, .finished) { $0.result = .init(.succeeded) }, by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", "HEAD~1")
    try site.commit(site.ledger(proposal, .started), by: "engine")
    let started = try site.id("HEAD")
    for edit: (inout ExecutionRecord) -> Void in [
      { $0.digest = Digest(of: [9]) }, { $0.approval = "x" }, { $0.claim = "job" }, { $0.action = .adopt },
      { $0.startedAt = Site.now.advanced(bySeconds: 1) },
    ] {
      try site.commit(site.ledger(proposal, .finished, edit), by: "engine")
      await expect(.ledgerRewritten) { try await site.verify() }
      try site.git("reset", "-q", "--hard", started.hex)
    }
    try site.commit(site.ledger(proposal, .claimed) { $0.claim = "job" }, by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", started.hex)
    try site.commit(site.ledger(proposal, .finished) { $0.result = .init(.failed) }, by: "engine")
    let finished = try site.id("HEAD")
    try site.commit(site.ledger(proposal, .finished) { $0.result = .init(.succeeded) }, by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", finished.hex)
    try site.commit(site.ledger(proposal, .started), by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", finished.hex)
    try site.commit(site.ledger(proposal, .withdrawn), by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
  }

  @Test func `what is begun keeps its engine, and what ended keeps how`() async throws {
    let (site, proposal) = try await approved()
    try site.commit(site.ledger(proposal, .started), by: "engine")
    let started = try site.id("HEAD")
    try site.commit(site.ledger(proposal, .finished, by: "scout") { $0.result = .init(.failed) }, by: "scout")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", started.hex)
    try site.commit(site.ledger(proposal, .finished) { $0.result = .init(.succeeded) }, by: "engine")
    func seen(_ finding: FindingID) throws {
      let record = site.ledger(proposal, .finished) { record in
        record.result = .init(.succeeded)
        record.result?.gone = [finding]
        record.run = RunID("r-20260101t000000z-000000000001")
      }
      try site.commit(record, by: "engine")
    }
    // What was seen afterwards is added once.
    try seen(proposal.findings[0].finding)
    _ = try await site.verify()
    try seen(FindingID("f-ba9876543210")!)
    await expect(.ledgerRewritten) { try await site.verify() }
    // What no tool carries out ends with its first record.
    let other = try await Site()
    let blessing = try other.propose(["known-good/hosts/web1.json": "{}\n"])
    try other.merge("proposal/\(blessing.id)", by: "bob")
    try other.commit(other.ledger(blessing, .finished), by: "engine")
    _ = try await other.verify()
    try other.commit(other.ledger(blessing, .finished) { $0.at = Site.now.advanced(bySeconds: 1) }, by: "engine")
    await expect(.ledgerRewritten) { try await other.verify() }
  }

  @Test func `an execution that is not a plain file counts as one`() async throws {
    let (site, proposal) = try await approved()
    let (verified, engine) = (try await site.verify(), try Site.person("engine"))
    let place = "repo/executions/\(proposal.id).json"
    try FileManager.default.createDirectory(
      atPath: site.scratch.file("repo/executions"), withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: site.scratch.file(place), withDestinationPath: "/nowhere")
    try site.commit([:], by: "engine")
    // No history with such a tree verifies; whoever reads the ledger does not build on that.
    let other = VerifiedHistory(tip: try site.id("HEAD"), policy: verified.policy, commits: [])
    let seen = SeenFile(introduction: site.introduction, policyVersion: 1, clockFloor: Site.now)
    await expect(.ledgerRewritten) {
      _ = try await site.gate.approved(
        proposal.id, other, by: engine, seen: seen,
        executed: ExecutedDigests(folder: site.scratch.path, introduction: site.introduction), hasRemote: true)
    }
  }

  @Test func `a record that lies about who wrote it or whose it is, or is no record, is refused`() async throws {
    let (site, proposal) = try await approved()
    let good = try site.id("HEAD")
    let path = "executions/\(proposal.id).json"
    try site.commit(site.ledger(proposal, .started, by: "scout"), by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", good.hex)
    try site.commit([path: "{}\n"], by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", good.hex)
    let text = try #require(site.ledger(proposal, .started)[path] ?? nil)
    try site.commit([path: text + "\n"], by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", good.hex)
    try site.commit(["executions/p-000000000000.json": text], by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
    try site.git("reset", "-q", "--hard", good.hex)
    try site.commit(site.ledger(proposal, .withdrawn), by: "engine")
    await expect(.ledgerRewritten) { try await site.verify() }
  }

  @Test func `a lower tier than what would change, or changes that nobody named, are refused on the branch`()
    async throws
  {
    let variants: [(Failure.Code, (inout Proposal) -> Void)] = [
      (.tierTooLow, { $0.changes[0].action = .delete }), (.tierTooLow, { $0.changes[0].action = .replace }),
      (.tierTooLow, { $0.changes[0].action = .forget }), (.tierTooLow, { $0.changes[0].action = .run }),
      (.tierTooLow, { $0.changes[0].isOpaque = true }), (.proposalMismatch, { $0.changes[0].finding = nil }),
      (.proposalMismatch, { $0.changes[0].target = "db1" }), (.proposalMismatch, { $0.changes = [] }),
      (.proposalMismatch, { $0.findings = [] }), (.proposalMismatch, { $0.tool = nil }),
      (.proposalMismatch, { $0.arguments = [] }), (.proposalMismatch, { $0.bundle = nil }),
    ]
    for (index, (reason, edit)) in variants.enumerated() {
      let site = try await Site()
      let proposal = try site.propose([:], action: .converge, tier: .t2, source: "network") { proposal, _ in
        edit(&proposal)
      }
      try site.merge("proposal/\(proposal.id)", by: "alice")
      await expect(reason) {
        try await site.verify()
        Issue.record("variant \(index) was accepted")
      }
    }
  }

  @Test func `what reaches beyond the policy's limits is T3`() async throws {
    for limits in [Limits(targets: 1), Limits(resourceTypes: ["other_*"]), Limits(paths: ["/var/*"])] {
      let site = try await Site { $0.limits = limits }
      let proposal = try site.propose([:], action: .converge, tier: .t2, source: "network") { proposal, _ in
        var more = proposal.changes[0]
        more.target = "web2"
        more.finding = nil
        proposal.targets.append("web2")
        proposal.changes.append(more)
      }
      try site.merge("proposal/\(proposal.id)", by: "alice")
      await expect(.tierTooLow) { try await site.verify() }
    }
    let wide = try await Site { $0.limits = Limits(targets: 2, resourceTypes: ["fi*"], paths: ["/etc/*"]) }
    let proposal = try wide.propose([:], action: .converge, tier: .t2, source: "network")
    try wide.merge("proposal/\(proposal.id)", by: "alice")
    _ = try await wide.verify()
  }

  @Test func `a merge that is dated after the end of its proposal's time is refused`() async throws {
    let site = try await Site()
    let proposal = try site.propose(["known-good/hosts/web1.json": "{}\n"]) { proposal, _ in
      proposal.notAfter = Timestamp(microseconds: 1_000_000)
    }
    try site.merge("proposal/\(proposal.id)", by: "bob")
    await expect(.proposalExpired) { try await site.verify() }
  }
}
