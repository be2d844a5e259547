import Converge
import Facts
import Failures
import Gate
import Git
import Glibc
import StateRepository
import StrictJSON

/// Under whose name and key a person acts.
package struct Signing: Sendable {
  /// The person's name in the policy; the key has to be this person's. Nil: whoever the key belongs to.
  package var person: String?
  /// The path of the key, or of its public half where an agent holds it. Nil: this installation's key of the role, else
  /// what git is set to sign with.
  package var key: String?
  /// The name of the key that `praxis init --generate-keys` made for whoever decides this.
  package var own: String

  package init(person: String?, key: String?, own: String = "operator") {
    self.person = person
    self.key = key
    self.own = own
  }
}

extension StateStore {
  /// praxis.yaml at a commit, if it is what the proposal was made under.
  ///
  /// - Throws: `rules-changed`.
  func configuration(as proposal: Proposal, at commit: ObjectID) async throws -> LoadedConfiguration {
    let loaded = try await configuration(at: commit)
    try loaded.checkDeclares(proposal)
    guard loaded.digest == proposal.rules else {
      throw Failure(.rulesChanged, Layout.configuration, "it has changed since this was proposed; propose again")
    }
    return loaded
  }
}

extension LoadedConfiguration {
  /// - Throws: `source-removed`.
  fileprivate func checkDeclares(_ proposal: Proposal) throws(Failure) {
    guard configuration.source(named: proposal.source) != nil else {
      throw Failure(
        .sourceRemoved, Layout.configuration, "an admin has removed \(proposal.source) from it",
        hint: "Close the proposal: praxis withdraw \(proposal.id).")
    }
  }
}

/// What people decide: each decision is one signed commit, judged by the parent rule before main has it.
package struct ApprovalWorkflow: Sendable {
  package let session: Session
  /// The tip of main, which verifies.
  package let main: ObjectID
  package let policy: PolicyInForce
  /// Where a decision has to be before main has it; nil where this repository decides alone.
  private let remote: Remote?

  package var store: StateStore { session.store }
  package var introduction: ObjectID { session.trust.introduction }

  /// - Parameter remote: main is brought up to its main first.
  /// - Throws: `unverified` where main must not be built on.
  package init(_ session: Session, sharedOn remote: Remote? = nil) async throws {
    self.session = session
    self.remote = remote
    try await remote?.catchUp()
    main = try await session.store.tip()
    if let newer = try await Verification(session).check(main) {
      session.console.fail(Failure(Verification.behind(newer, main)))
    }
    policy = try await PolicyInForce.read(from: session.store.repository, at: main)
  }

  /// A person's name by their key.
  package func signer(_ options: Signing) async throws -> (person: PersonName, signer: CommitSigner) {
    let key = try await session.signingKey(options)
    let publicKey = try key.publicKey()
    guard let person = policy.signers.person(of: publicKey) else {
      throw Failure(
        .unknownKey, key.path, "the key \(publicKey.fingerprint) belongs to no person in \(Layout.allowedSigners)",
        hint:
          "Whose keys count: praxis policy show. An admin takes yours in: praxis policy rotate-key NAME --key FILE.")
    }
    if let name = options.person, name != person.text {
      throw Failure(.unknownKey, key.path, "the key is \(person)'s and not \(TerminalSafe.escaped(name))'s")
    }
    return (person, Session.signer(person.text, key))
  }

  /// The proposal's branch, held against main.
  package func review(_ id: ProposalID) async throws -> ProposalReview {
    guard let branch = try await store.proposalBranch(id.text) else { throw try await missing(id) }
    return try await review(id, at: branch.tip)
  }

  package func review(_ id: ProposalID, at tip: ObjectID) async throws -> ProposalReview {
    let review = try await session.gate().review(branch: tip, onto: main)
    guard review.proposal.id == id.text else {
      throw Failure(.proposalMismatch, "proposal/\(id)", "the branch holds the proposal \(review.proposal.id)")
    }
    return review
  }

  /// The proposals that wait for an approval, each with why it cannot be reviewed, where it cannot.
  package func waiting() async throws -> [(id: ProposalID, review: Result<ProposalReview, Failure>)] {
    var found: [(ProposalID, Result<ProposalReview, Failure>)] = []
    for name in try await store.proposalBranches() {
      guard let id = ProposalID(name), try await decided(id) == nil else { continue }
      do {
        found.append((id, .success(try await review(id))))
      } catch let error as Failure where error.kind != .interrupted {
        found.append((id, .failure(error)))
      }
    }
    return found
  }

  /// What became of a proposal that does not wait any more; nil for one that does.
  package func decided(_ id: ProposalID) async throws -> DecidedProposal? {
    let record = try await store.execution(of: id.text, at: main)
    if let (merge, proposal, _) = try await approval(of: id) {
      return .approved(proposal, merge: merge, record)
    }
    return record.map(DecidedProposal.closed)
  }

  func missing(_ id: ProposalID) async throws(Failure) -> Failure {
    let near = Failure.didYouMean(id.text, among: try await store.proposalIDs(at: main).map(\.text))
    return Failure(
      .proposalMissing, "proposal/\(id)", "there is no such branch here",
      hint: near + "See praxis review; praxis sync fetches those that others made.")
  }

  /// The merge that brought a proposal onto main.
  package func approval(
    of id: ProposalID
  ) async throws(Failure) -> (merge: ObjectID, proposal: Proposal, differences: [TreeDifference])? {
    try await session.gate().approval(of: id.text, to: main)
  }

  /// Makes a commit, has it judged by the parent rule and taken by the remote, and only then moves main to it.
  package func commit(
    _ changes: [String: TreeEdit.Change], onto parents: [ObjectID], _ message: String, by signer: CommitSigner
  ) async throws -> ObjectID {
    let commit = try await store.prepare(
      changes, onto: parents, message: message, signer, now: session.now())
    _ = try await session.gate().verify(to: commit, startingAt: main)
    try await remote?.publish(commit, over: main)
    let workTree = try await store.advance(from: main, to: commit, by: signer.name)
    await session.tell(workTree, of: commit)
    return commit
  }

  /// Has the remote take a branch that waits for others.
  func share(_ commit: ObjectID, at branch: String) async throws {
    guard let remote, let refused = try await remote.push(commit, to: branch) else { return }
    throw Failure(
      .remoteRefused, "remote \(remote.name)", "it did not take \(branch): \(refused)",
      hint: "Fetch the branch, and push it with git.", kind: .busy)
  }

  package static func message(_ verb: String, _ proposal: Proposal) -> String {
    "\(verb): \(proposal.action.rawValue), \(proposal.source), \(proposal.id)\n\n"
      + "Praxis-Proposal: \(proposal.id)\nPraxis-Digest: \(proposal.digest)\n"
  }
}

/// A proposal that was approved, or closed without it.
package enum DecidedProposal: Sendable {
  case approved(Proposal, merge: ObjectID, ExecutionRecord?)
  case closed(ExecutionRecord)
}

extension ApprovalWorkflow {
  /// Approves: the merge where enough people agree with this one, else a co-approval on the branch.
  ///
  /// - Parameters:
  ///   - onBranch: agree on the branch also where this is the last one who has to; somebody else merges it, on a forge.
  ///   - reviewed: gives the digest of what the person has read; it is asked when nothing else stands against the approval.
  package func approve(
    _ id: ProposalID, _ options: Signing, onBranch: Bool = false, reviewed: (ProposalReview) throws -> Digest
  ) async throws -> Approved {
    let (person, signer) = try await signer(options)
    guard let branch = try await store.proposalBranch(id.text) else { throw try await missing(id) }
    let review = try await review(id, at: branch.tip)
    if let objection = review.objection(at: session.now()) ?? review.objection(to: person) { throw objection }
    if review.proposal.action.runsATool {
      _ = try await store.configuration(as: review.proposal, at: main)
    } else {
      try await store.configuration(at: main).checkDeclares(review.proposal)
    }
    // Between a review and this the branch may have moved, so what is approved is named by its digest.
    try review.check(digest: reviewed(review))
    let needed = review.needed ?? Int.max
    let people = review.coApprovers.union([person])
    if onBranch || people.count < needed {
      guard !review.coApprovers.contains(person) else {
        throw Failure(
          .tooFewApprovals, Layout.proposal(id.text),
          "\(person) agreed already; \(needed) people are needed, and \(people.count) have agreed",
          hint: people.count < needed ? "Another person approves it." : "It can be merged.")
      }
      let agreement = CoApproval(to: review.proposal, by: person)
      let commit = try await store.prepare(
        [agreement.path: .put(agreement.bytes)], onto: [branch.tip],
        message: Self.message("agree", review.proposal), signer, now: session.now())
      _ = try await self.review(id, at: commit)
      try await store.move(
        Layout.proposalBranch(id.text), from: branch.isOwn ? branch.tip : nil, to: commit, by: person.text)
      try await share(commit, at: Layout.proposalBranch(id.text))
      return Approved(
        review: review, person: person, commit: commit, isMerged: false, missing: max(0, needed - people.count))
    }
    var changes: [String: TreeEdit.Change] = [:]
    for difference in review.differences { changes[difference.path] = difference.new.map { .use($0.id) } ?? .remove }
    let commit = try await commit(
      changes, onto: [main, branch.tip], Self.message("approve", review.proposal), by: signer)
    return Approved(review: review, person: person, commit: commit, isMerged: true, missing: 0)
  }

  package struct Approved {
    package var review: ProposalReview
    package var person: PersonName
    package var commit: ObjectID
    /// Whether main has it; else the person agreed on its branch.
    package var isMerged: Bool
    /// How many people more are needed.
    package var missing: Int
  }

  /// Takes an approval back by its exact inverse.
  package func revoke(_ id: ProposalID, _ options: Signing) async throws -> (Proposal, ObjectID) {
    let (_, signer) = try await signer(options)
    guard let (_, proposal, differences) = try await approval(of: id) else {
      throw Failure(
        .proposalMissing, Layout.proposal(id.text), "it is not approved; close it with praxis withdraw")
    }
    var changes: [String: TreeEdit.Change] = [:]
    for difference in differences {
      guard try await store.repository.entry(at: difference.path, in: main)?.id == difference.new?.id else {
        throw Failure(
          .notAnInverse, difference.path, "it has changed since the approval; propose the change that you want")
      }
      changes[difference.path] = difference.old.map { .use($0.id) } ?? .remove
    }
    return (
      proposal, try await commit(changes, onto: [main], Self.message("revoke", proposal), by: signer)
    )
  }

  /// Closes a proposal that was not approved: a record by the engine, and its branch goes.
  package func withdraw(_ id: ProposalID) async throws -> (Proposal, ObjectID) {
    if try await approval(of: id) != nil {
      throw Failure(
        .approvedBefore, Layout.proposal(id.text), "it is already approved; take it back with praxis revoke")
    }
    if let record = try await store.execution(of: id.text, at: main) {
      throw Failure(.proposalClosed, Layout.execution(id.text), "it is \(record.state.rawValue) already")
    }
    guard let branch = try await store.proposalBranch(id.text) else { throw try await missing(id) }
    let path = Layout.document(ofProposal: id.text)
    guard let bytes = try await store.file(path, at: branch.tip) else {
      throw Failure(.proposalMalformed, path, "its branch does not have it")
    }
    let proposal = try Proposal(parsing: bytes, document: path)
    let signer = try session.engineSigner()
    let record = ExecutionRecord(of: proposal, .withdrawn, at: session.now(), by: signer.name)
    let commit = try await commit(
      [Layout.execution(id.text): .put(record.bytes)], onto: [main], Self.message("withdraw", proposal), by: signer)
    if branch.isOwn { try await store.repository.deleteReference(branch.reference, expecting: branch.tip) }
    return (proposal, commit)
  }
}
