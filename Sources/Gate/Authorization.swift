import Facts
import Failures
import Git
import Processes
import StrictJSON

/// A proposal that main holds as approved, and that may be executed under today's policy as far as main alone can tell.
package struct ApprovedProposal: Sendable {
  /// What was approved.
  package let proposal: Proposal
  /// The merge that approved it.
  package let merge: ObjectID
  /// Everyone who agreed, the merger among them where a person signed the merge.
  package let people: [PersonName]
  /// The verified tip of main that this was read from.
  package let main: ObjectID
  let introduction: ObjectID
}

/// Leave to execute one proposal, once. Only the gate makes it, it cannot be copied, and whoever executes consumes it.
package struct Authorization: ~Copyable, Sendable {
  /// What may be executed.
  package let proposal: Proposal
  /// The merge that approved it.
  package let approval: ObjectID
  /// Who agreed.
  package let people: [PersonName]
  /// What may run, to the last word and the last file: the program, its arguments, its environment, and the view of the sealed copies.
  package let invocation: Invocation

  fileprivate init(_ approved: ApprovedProposal, _ invocation: Invocation) {
    proposal = approved.proposal
    approval = approved.merge
    people = approved.people
    self.invocation = invocation
  }
}

extension Gate {
  /// How far the newest commit's date may be ahead of this host's clock, in seconds.
  static let clockSlackSeconds: Int64 = 300

  /// A proposal as main has it approved, held against today's policy at today's time.
  ///
  /// "Is this history valid?" was answered commit by commit for the verified history; this asks "may this run now?".
  ///
  /// - Parameters:
  ///   - verified: the whole history up to main's tip, or what of it was new; its tip is main.
  ///   - seen: what this host remembers, for the clock's floor.
  ///   - executed: what this installation began to execute, ever.
  ///   - hasRemote: whether a shared remote takes the record of the start before anything runs.
  /// - Throws: the first reason why it may not be executed.
  package func approved(
    _ id: String, _ verified: VerifiedHistory, by engine: PersonName, seen: SeenFile, executed: ExecutedDigests,
    hasRemote: Bool
  ) async throws(Failure) -> ApprovedProposal {
    let approved = try await self.approved(id, verified, by: engine, seen)
    try executed.check(approved.proposal)
    guard hasRemote || verified.policy.policy.withoutRemote else {
      throw Failure(
        .noRemote, repository.gitFolder,
        "no remote takes the record of the start: add one (git remote add origin URL); or, if this host alone executes, an admin sets without-remote: true in \(Layout.policy)"
      )
    }
    return approved
  }

  private func approved(
    _ id: String, _ verified: VerifiedHistory, by engine: PersonName, _ seen: SeenFile
  ) async throws(Failure) -> ApprovedProposal {
    let main = verified.tip
    let inForce = verified.policy
    let place = Layout.proposal(id)
    try seen.check(policyVersion: inForce.policy.version)
    try seen.check(now: now)
    let newest = try await commit(main).committer.seconds
    guard newest <= now.wholeSeconds + Self.clockSlackSeconds else {
      throw Failure(.clockWentBack, "the clock", "it says \(now), and main's newest commit is dated later")
    }
    let hazards = try await repository.hazards()
    if let hazard = hazards.first {
      throw Failure(
        .repositoryHazard, repository.gitFolder, "\(hazard): plain git would show the approvers another history",
        hint: "Remove it (git replace -d, or .git/info/grafts), or clone the state repository anew.")
    }
    try await refuseUsed(id, at: main)
    guard
      let (merge, proposal, _) = try await approval(of: id, to: main)
    else {
      throw Failure(
        .notApproved, place,
        "main does not have it: it is not approved by as many as its tier needs, or its approval was revoked",
        hint: "What it lacks: praxis review \(id).")
    }
    guard proposal.action.runsATool else {
      throw Failure(
        .nothingToExecute, place, "\(proposal.action.rawValue) took effect with its merge; there is nothing to execute")
    }
    guard proposal.textVersion == Proposal.currentTextVersion else {
      throw Failure(
        .textVersion, place,
        "the text that people approved is another version's and cannot be computed again; propose again")
    }
    guard proposal.engine == engine.text, inForce.policy.allowsRecording(by: engine, of: proposal.source) else {
      throw Failure(
        .wrongEngine, place, "it is for the engine \(TerminalSafe.escaped(proposal.engine)), and this is \(engine)")
    }
    guard proposal.proposedAt <= now.advanced(bySeconds: Self.clockSlackSeconds) else {
      throw Failure(.clockWentBack, place, "it says that it was proposed at \(proposal.proposedAt), and it is \(now)")
    }
    guard now < proposal.notAfter else {
      throw Failure(
        .proposalExpired, place, "its approval expired at \(proposal.notAfter); propose again")
    }
    let (tier, why) = inForce.policy.tier(of: proposal.action, changing: proposal.changes, seal: proposal.seal)
    guard let seal = proposal.seal else {
      throw Failure(.notSealed, place, "it does not say what decides on the run; propose again")
    }
    guard seal.isSandboxed || inForce.policy.unsealed else {
      throw Failure(
        .notSealed, place,
        "it would run without a sandbox, and the policy does not say unsealed: true; install bubblewrap and propose again"
      )
    }
    guard proposal.tier >= tier else {
      throw Failure(
        .tierTooLow, place, "under today's policy it is \(tier.rawValue)" + (why.map { ": \($0)" } ?? ""))
    }
    let people = try await people(behind: merge, of: proposal, under: inForce)
    guard let proposer = PersonName(proposal.proposer) else {
      throw Failure(.proposalMalformed, place, "its proposer is not a name")
    }
    try ParentRule.checkApproval(
      of: proposal, proposedBy: proposer, approvedBy: people, under: inForce.policy)
    return ApprovedProposal(
      proposal: proposal, merge: merge, people: people.sorted(), main: main, introduction: introduction)
  }

  /// Everyone who agreed in the merge of a proposal, by the keys that counted then.
  package func signers(ofApproval merge: ObjectID) async throws(Failure) -> [PersonName] {
    let commit = try await self.commit(merge)
    guard commit.parents.count == 2 else {
      throw Failure(.wrongParents, "the commit \(merge)", "it is no merge, so it approves nothing")
    }
    let inForce = try await inForce(at: commit.parents[0])
    let branch = try await ProposedBranch(of: commit, in: self)
    var people = Set([try await merger(of: commit, under: inForce)].compactMap(\.self))
    for (_, agreement) in branch.commits.dropFirst() {
      people.insert(try await signer(of: agreement, under: inForce))
    }
    return people.sorted()
  }

  /// The one-time ledger: one approval, one execution.
  private func refuseUsed(_ id: String, at main: ObjectID) async throws(Failure) {
    let place = Layout.execution(id)
    guard let bytes = try await file(place, in: main) else {
      guard !(try await exists(place, in: main)) else {
        throw Failure(.ledgerRewritten, place, "it is not a plain file")
      }
      return
    }
    let record = try reading(place, refusing: .ledgerRewritten) { () throws(Failure) in
      try ExecutionRecord(parsing: bytes, document: place)
    }
    switch record.state {
    case .withdrawn: throw Failure(.proposalClosed, place, "the proposal was withdrawn")
    case .claimed:
      throw Failure(.claimed, place, "the job \(TerminalSafe.escaped(record.claim ?? "")) has the authorization")
    case .started:
      throw Failure(
        .executionUnknown, place, "it was started at \(record.startedAt ?? record.at), and its end is not known")
    case .finished:
      throw Failure(
        .alreadyExecuted, place, "it was executed, \(record.result?.outcome.rawValue ?? "finished"); propose anew")
    }
  }

  /// Who signed the merge and the co-approvals, by the keys of today: one that was taken out since authorizes nothing any more.
  private func people(
    behind merge: ObjectID, of proposal: Proposal, under inForce: PolicyInForce
  ) async throws(Failure) -> Set<PersonName> {
    let commit = try await commit(merge)
    let branch = try await ProposedBranch(of: commit, in: self)
    let merger: PersonName?
    do throws(Failure) {
      merger = try await self.merger(of: commit, under: inForce)
      guard try await self.merger(of: commit, under: self.inForce(at: commit.parents[0])) == merger else {
        throw Failure(
          .unknownKey, "its signature", "the key that made it was another person's, or nobody's, at the time")
      }
    } catch {
      throw error.within("the approval \(merge), under today's policy")
    }
    return try await coApprovers(of: proposal, in: branch, under: inForce).union([merger].compactMap(\.self))
  }

  /// Authorizes the execution of an approved proposal, if what is there now is exactly what was approved and the hook agrees.
  ///
  /// - Parameters:
  ///   - approved: from ``approved(_:_:by:seen:executed:hasRemote:)``, on the newest main.
  ///   - trust: the trust file's path, for the hook.
  /// - Throws: the first thing that is not as it was approved; whatever the hook says.
  package func authorize(
    _ approved: ApprovedProposal, _ readiness: Readiness, trust: String, hook: PreExecuteHook
  ) async throws(Failure) -> Authorization {
    let proposal = approved.proposal
    let place = Layout.proposal(proposal.id)
    guard now < proposal.notAfter else {
      throw Failure(.proposalExpired, place, "its approval expired at \(proposal.notAfter); propose again")
    }
    guard readiness.engine.text == proposal.engine else {
      throw Failure(.wrongEngine, place, "it is for the engine \(TerminalSafe.escaped(proposal.engine))")
    }
    guard readiness.rules == proposal.rules else {
      throw Failure(.rulesChanged, Layout.configuration, "it has changed since this was proposed; propose again")
    }
    guard let tool = proposal.tool, readiness.tool.utf8.elementsEqual(tool.utf8) else {
      throw Failure(
        .toolChanged, TerminalSafe.escaped(readiness.tool),
        "the dry run was made with \(TerminalSafe.escaped(proposal.tool ?? "nothing"))")
    }
    let invocation = readiness.invocation
    guard Self.same(invocation.arguments, proposal.arguments),
      Self.same(invocation.environment.keys.sorted(), proposal.environment)
    else {
      throw Failure(.argumentsChanged, place, "the tool would be called with other arguments or other variables")
    }
    guard let seal = proposal.seal, readiness.seal == seal else {
      throw Failure(
        .sealChanged, place, "something that decides on what the tool does is not what was approved; propose again")
    }
    guard seal.isSandboxed == (invocation.sandbox != nil) else {
      throw Failure(.notSealed, place, "it was approved to run in a sandbox, and there is none on this host now")
    }
    guard readiness.bundle == proposal.bundle else {
      throw Failure(.bundleChanged, place, "the saved plan is not what was approved")
    }
    let approvedLines = proposal.changes.map(\.line)
    let presentLines = readiness.changes.map(\.line)
    if let index = zip(approvedLines, presentLines).enumerated().first(where: { $1.0 != $1.1 })?.offset {
      throw Failure(
        .dryRunChanged, TerminalSafe.escaped(readiness.changes[index].subject),
        "the dry run, made again, shows another change here than was approved")
    }
    guard approvedLines.count == presentLines.count else {
      throw Failure(
        .dryRunChanged, place,
        "the dry run, made again, shows \(presentLines.count) changes, and \(approvedLines.count) were approved")
    }
    guard readiness.fingerprint == proposal.fingerprint else {
      throw Failure(.dryRunChanged, place, "the actual state changed since this was proposed")
    }
    guard Digest(of: readiness.text) == proposal.dryRun else {
      throw Failure(
        .dryRunChanged, "\(place)/dry-run.txt", "it is not what the dry run, made again, says to people")
    }
    var runs = invocation
    runs.arguments = []
    for word in invocation.arguments {
      guard word == Proposal.savedPlan else {
        runs.arguments.append(word)
        continue
      }
      guard let plan = readiness.savedPlan else {
        throw Failure(.planMissing, place, "there is no copy of the plan that was approved; propose again")
      }
      runs.arguments.append(plan)
    }
    try await hook.ask(
      PreExecuteHook.question(
        approved, repository: repository.gitFolder, trust: trust, engine: readiness.engine))
    return Authorization(approved, runs)
  }

  private static func same(_ one: [String], _ other: [String]) -> Bool {
    one.count == other.count && zip(one, other).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
  }
}
