import Converge
import Facts
import Failures
import Gate
import Git
import Observe
import Processes
import StateRepository

extension ExecutionWorkflow {
  // MARK: Before

  /// The proposal as main has it approved now; every commit of main verified.
  func approved() async throws(Failure) -> ApprovedProposal {
    let tip = try await store.tip()
    let verified = try await Verification(session).verify(tip)
    if let newer = verified.newer { throw Verification.behind(newer, tip) }
    return try await session.gate().approved(
      id, verified.history, by: engine, seen: verified.seen, executed: executed, hasRemote: remote != nil)
  }

  struct Ready: Sendable {
    var approved: ApprovedProposal
    var dryRun: DryRun
    var request: ObservationRequest
    var authority: any ConvergingAuthority
    var readiness: Readiness
  }

  /// Makes the dry run again, and holds what will run in a private copy.
  func makeReady() async throws -> Ready {
    let approved = try await approved()
    let proposal = approved.proposal
    try hook.check()
    let loaded = try await store.configuration(as: proposal, at: approved.main)
    let source = try loaded.source(named: proposal.source)
    do {
      let open =
        proposal.action == .adopt
        ? try await store.openFindings(of: proposal.source, .drift, at: approved.main) : []
      var chosen: [DryRun.Chosen] = []
      for change in proposal.changes {
        guard let finding = change.finding else { continue }
        let accepted = open.first { $0.id == finding }?.acceptedDelta
        chosen.append(.init(finding: finding, target: change.target, subject: change.subject, accepted: accepted))
      }
      let made: DryRun
      let request: ObservationRequest
      do {
        (made, request) = try await session.dryRun(
          proposal.action, source, loaded, chosen, in: folder, again: proposal)
      } catch let error as Failure where error.code == .sealChanged {
        throw Failure(.sealChanged, Layout.proposal(id), error.message)
      } catch let error as Failure where error.saysThatItChanged {
        throw Failure(.dryRunChanged, Layout.proposal(id), error.message)
      }
      var savedPlan: String?
      var bundle = made.bundle
      let authority = try session.converging(source)
      if let name = authority.savedPlan {
        let copy = "\(folder.path)/approved-plan"
        guard let digest = try session.waitingFolder(id).copy(name, to: copy) else {
          throw Failure(
            .planMissing, session.waitingFolder(id).path,
            "the plan that was approved is not on this host; propose again")
        }
        bundle = digest
        savedPlan = copy
      }
      var invocation = Invocation(
        executable: made.program, arguments: made.arguments, environment: made.variables,
        workingDirectory: made.directory,
        timeLimit: .seconds(max(source.timeoutSeconds, Self.leastTimeLimitSeconds)), grace: Actuation.grace)
      invocation.sandbox = try made.sealed.executingView(request)
      if let acts = made.heldTo {
        let path = try folder.write(Array(acts.map { "\($0)\n" }.joined().utf8), as: Self.approvedActs)
        invocation.environment[DryRun.actsVariable] = path
        invocation.sandbox?.mounts.append(.readOnly(path, at: path))
      }
      if let savedPlan { invocation.sandbox?.mounts.append(.readOnly(savedPlan, at: savedPlan)) }
      let readiness = Readiness(
        engine: engine, rules: loaded.digest, tool: made.tool, bundle: bundle, seal: made.seal,
        invocation: invocation, savedPlan: savedPlan,
        changes: made.changes, fingerprint: made.fingerprint, text: try await text(of: proposal, made))
      return Ready(
        approved: approved, dryRun: made, request: request, authority: authority, readiness: readiness)
    } catch {
      folder.remove()
      throw error
    }
  }

  /// What people would read of this dry run.
  func text(of proposal: Proposal, _ made: DryRun) async throws -> [UInt8] {
    guard let base = ObjectID(hex: proposal.base) else {
      throw Failure(.proposalMalformed, Layout.proposal(id), "its base is not a commit")
    }
    let policy = try await PolicyInForce.read(from: store.repository, at: base).policy
    return Array(Convergence.text(of: made, for: proposal, under: policy).utf8)
  }

  func authorize(_ ready: Ready) async throws -> Authorization {
    do {
      let authorization = try await session.gate().authorize(
        ready.approved, ready.readiness, trust: session.trustPath, hook: hook)
      // What the run may write was checked before the hook ran.
      if let moved = ready.readiness.invocation.sandbox?.moved {
        throw Failure(
          .sealChanged, Layout.proposal(id), "\(moved.path) is not the one any more that it was before the hook ran")
      }
      return authorization
    } catch {
      folder.remove()
      throw error
    }
  }
}

extension Failure {
  /// Whether a dry run that is made again failed because something is not as it was, rather than because it could not be made.
  fileprivate var saysThatItChanged: Bool { code == .notCleared || code == .beyondChosen }
}
