import Facts
import Failures
import Git

/// A commit of main that was verified.
package struct VerifiedCommit: Hashable, Sendable {
  /// The commit.
  package let id: ObjectID
  /// What it is.
  package let commitClass: CommitClass
  /// Who signed it; nil for a merge that a forge made.
  package let signer: PersonName?
}

/// What a verification has shown: every commit on main's first-parent chain obeys the parent rule.
package struct VerifiedHistory: Sendable {
  /// The newest commit.
  package let tip: ObjectID
  /// The policy in the newest commit's tree: it decides on the next one.
  package let policy: PolicyInForce
  /// The commits that were verified now, the oldest first.
  package let commits: [VerifiedCommit]
}

/// The gate of one repository, at one time: whether main's history is valid, what approval a branch needs, and what may be executed.
package struct Gate: Sendable {
  let repository: Repository
  let introduction: ObjectID
  let signatures: SignatureChecker
  let now: Timestamp

  /// - Parameters:
  ///   - introduction: the commit that the history begins with, pinned by its id in the trust file.
  ///   - signatures: who does the arithmetic of signatures; in this process where the stretch is long and nothing is executed on it.
  ///   - now: the present time.
  package init(
    _ repository: Repository, from introduction: ObjectID, signatures: SignatureChecker = .sshKeygen, at now: Timestamp
  ) {
    self.repository = repository
    self.introduction = introduction
    self.signatures = signatures
    self.now = now
  }

  /// Verifies main's first-parent chain between a commit that is trusted and a tip, each commit under the policy in its first parent.
  ///
  /// This answers "is this history valid?" and never "may this run now?": times in commits and proposals are not considered.
  ///
  /// - Parameters:
  ///   - tip: the newest commit of main.
  ///   - lastVerified: a commit up to which this was done before, from the seen file; only what follows is verified.
  /// - Throws: a refusal whose object is the oldest commit that breaks a rule; `foreign-history` or `rewound` where the
  ///   tip does not come from the introduction or from what was verified before; an inability where something could not be read.
  package func verify(to tip: ObjectID, startingAt lastVerified: ObjectID? = nil)
    async throws(Failure) -> VerifiedHistory
  {
    let start = lastVerified ?? introduction
    let chain = try await repository.firstParentChain(from: tip, limit: Int.max, until: start)
    guard chain.last?.id == start else {
      throw Failure(
        start == introduction ? .foreignHistory : .rewound, "commit \(tip)",
        start == introduction
          ? "its first parents do not lead back to \(start), where this history begins"
          : "main was moved back behind \(start), which was verified before",
        hint: start == introduction
          ? "Check that the trust file belongs to this repository, or name another: --trust FILE."
          : "Find out who moved it (git reflog main). An admin accepts it with praxis trust accept-rewind, if it is right."
      )
    }
    let policy = try await inForce(at: start)
    guard let base = chain.last, chain.count > 1 else { return VerifiedHistory(tip: tip, policy: policy, commits: []) }
    let stretch = CommitRange(base: base.commit.tree, commits: chain.dropLast().reversed())
    let (commits, newest) = try await stretch.verify(in: self, startingUnder: policy)
    return VerifiedHistory(tip: tip, policy: newest, commits: commits)
  }

  /// Whether one commit may be, given who signed it and what it changes; and the policy after it where it changes the policy.
  ///
  /// - Parameter merger: who signed it, by ``merger(of:under:)``.
  func judge(
    _ commit: RawCommit, _ id: ObjectID, by merger: PersonName?, changing differences: [TreeDifference],
    under policy: PolicyInForce
  ) async throws(Failure) -> (CommitClass, PolicyInForce?) {
    switch commit.parents.count {
    case 1:
      let parent = commit.parents[0]
      let signer = try Self.someone(merger)
      let changes = try Changes(differences)
      switch changes.family {
      case .record:
        try ParentRule.checkRecord(changes, by: signer, under: policy.policy)
        try await checkLedger(changes, at: id, onto: parent, by: signer)
        try await checkReceipts(changes, at: id, onto: parent)
        return (.record, nil)
      case .change:
        let next = changes.touchesPolicy ? try await inForce(at: id) : nil
        try ParentRule.checkChange(changes, by: [signer], from: policy, to: next)
        return (.change, next)
      case .approval:
        let proposal = try await checkRevocation(changes, of: parent, by: signer, under: policy.policy)
        return (.revocation(proposal: proposal), nil)
      }
    case 2:
      let branch = try await ProposedBranch(of: commit, in: self)
      let changes = try Changes(await self.differences(from: branch.base, to: branch.tip))
      try ParentRule.checkMerge(differences, bringsExactly: changes.differences)
      switch changes.family {
      case .record:
        throw Failure(
          .wrongParents, "its branch", "records are not merged; the engine commits them onto main")
      case .change:
        let next = changes.touchesPolicy ? try await inForce(at: id) : nil
        try await branch.checkFresh(onto: commit.parents[0], in: self)
        let people = try await branch.admins(in: self, under: policy).union([Self.someone(merger)])
        try ParentRule.checkChange(changes, by: people, from: policy, to: next)
        return (.change, next)
      case .approval:
        let proposal = try await checkApproval(branch, changes, of: commit, by: merger, under: policy)
        return (.approval(proposal: proposal), nil)
      }
    default:
      throw Failure(
        .wrongParents, "its parents",
        "it has \(commit.parents.count); a commit of main has one, an approval two")
    }
  }

  /// Who signed a commit of main, by the keys of a policy; nil for a merge that a forge made, where the policy lets it merge what enough people
  /// agreed to on the branch.
  ///
  /// Whose signature stands on such a merge decides nothing: it may be missing, of another kind, or of a key that is nobody's here. One that is
  /// broken is still refused.
  func merger(of commit: RawCommit, under policy: PolicyInForce) async throws(Failure) -> PersonName? {
    do throws(Failure) {
      return try await signer(of: commit, under: policy)
    } catch {
      guard policy.policy.forgeMerges, commit.parents.count == 2, error.code == .unsigned || error.code == .unknownKey
      else { throw error }
      return nil
    }
  }

  private static func someone(_ signer: PersonName?) throws(Failure) -> PersonName {
    guard let signer else {
      throw Failure(.unsigned, "its signature", "there is none of a person whom the policy names")
    }
    return signer
  }

  /// Who signed a commit, by the keys of a policy.
  func signer(of commit: RawCommit, under policy: PolicyInForce) async throws(Failure) -> PersonName {
    guard let armour = commit.signature else {
      throw Failure(.unsigned, "its signature", commit.isSignedOtherwise ? "it is no SSH signature" : "there is none")
    }
    let key = try await SSHSignature.verify(
      armour: armour, payload: commit.signedPayload, keys: policy.signers.keys,
      namespace: SSHSignature.gitNamespace, by: signatures, at: now)
    guard let person = policy.signers.person(of: key) else {
      throw Failure(.unknownKey, "a signature of \(key)", "no person has this key")
    }
    return person
  }

  func differences(from old: ObjectID, to new: ObjectID) async throws(Failure) -> [TreeDifference] {
    try await repository.differences(from: old, to: new)
  }

  func inForce(at commit: ObjectID) async throws(Failure) -> PolicyInForce {
    try await PolicyInForce.read(from: repository, at: commit)
  }

  func commit(_ id: ObjectID) async throws(Failure) -> RawCommit {
    try await repository.commit(id)
  }

  func exists(_ path: String, in commit: ObjectID) async throws(Failure) -> Bool {
    try await repository.entry(at: path, in: commit) != nil
  }

  /// A plain file's content, or nil where there is none.
  func file(_ path: String, in commit: ObjectID) async throws(Failure) -> [UInt8]? {
    guard let entry = try await repository.entry(at: path, in: commit), entry.mode == .file else {
      return nil
    }
    return try await repository.blob(entry.id)
  }
}
