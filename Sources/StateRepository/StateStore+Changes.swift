import Facts
import Failures
import Git

extension StateStore {
  /// Makes a state repository: its introduction, the one commit that no policy can vouch for and that the trust file pins by id.
  ///
  /// It is signed all the same, so that every commit of the history verifies with plain git.
  package static func create(
    at path: String, isBare: Bool, files: [String: [UInt8]], signer: CommitSigner, now: Timestamp
  ) async throws(Failure) -> (store: StateStore, introduction: ObjectID) {
    let store = StateStore(
      try Repository.create(at: path, bare: isBare))
    let commit = try await store.commit(
      files.mapValues { .put($0) }, on: nil, to: Layout.main,
      message: "init: the trust root, its policy and an empty configuration\n", signer, now)
    if !isBare { _ = await store.followed(from: nil, to: commit) }
    return (store, commit)
  }

  /// Puts files on a new branch whose one commit stands on a commit of main.
  package func branch(
    _ name: String, from base: ObjectID, _ files: [String: [UInt8]], message: String, _ signer: CommitSigner,
    now: Timestamp
  ) async throws(Failure) -> ObjectID {
    try await commit(
      files.mapValues { .put($0) }, on: base, to: name, message: message, signer, now)
  }

  private func commit(
    _ files: [String: TreeEdit.Change], on parent: ObjectID?, to reference: String, message: String,
    _ signer: CommitSigner, _ now: Timestamp
  ) async throws(Failure) -> ObjectID {
    var before: RawCommit?
    if let parent { before = try await repository.commit(parent) }
    var batch = ObjectBatch()
    let tree = try await repository.apply(TreeEdit(files), to: before?.tree, into: &batch)
    let who = try Signature(
      name: signer.name, email: "\(signer.name)@praxis",
      seconds: max(now.wholeSeconds, before?.committer.seconds ?? 0))
    let commit = try await signed(tree: tree, parents: parent.map { [$0] } ?? [], who, message, signer)
    let id = try batch.add(commit: commit)
    try await repository.write(batch)
    try await repository.updateReference(
      reference, to: id, expecting: nil, message: "praxis: \(signer.name)")
    return id
  }
}

extension StateStore {
  /// Writes a signed commit and moves nothing, so that it can be judged before main has it.
  ///
  /// - Parameters:
  ///   - changes: applied to the first parent's tree.
  ///   - parents: the line that it is made onto first.
  package func prepare(
    _ changes: [String: TreeEdit.Change], onto parents: [ObjectID], message: String, _ signer: CommitSigner,
    now: Timestamp
  ) async throws(Failure) -> ObjectID {
    var seconds = now.wholeSeconds
    var base: ObjectID?
    for (index, parent) in parents.enumerated() {
      let commit = try await repository.commit(parent)
      seconds = max(seconds, commit.committer.seconds)
      if index == 0 { base = commit.tree }
    }
    var batch = ObjectBatch()
    let tree = try await repository.apply(TreeEdit(changes), to: base, into: &batch)
    let who = try Signature(name: signer.name, email: "\(signer.name)@praxis", seconds: seconds)
    let commit = try await signed(tree: tree, parents: parents, who, message, signer)
    let id = try batch.add(commit: commit)
    try await repository.write(batch)
    return id
  }

  /// Moves main to a commit that was judged, and the work tree with it.
  ///
  /// - Throws: `busy` when main moved meanwhile; the caller reads again.
  package func advance(
    from tip: ObjectID, to commit: ObjectID, by person: String
  ) async throws(Failure) -> WorkTreeOutcome {
    try await move(Layout.main, from: tip, to: commit, by: person)
    return await followed(from: tip, to: commit)
  }

  /// Brings the work tree to where main is by now. What is recorded is recorded, whatever becomes of the work tree, so that nothing is
  /// thrown.
  func followed(from old: ObjectID?, to new: ObjectID) async -> WorkTreeOutcome {
    do throws(Failure) {
      return try await repository.fastForwardWorkTree(on: Layout.main, from: old, to: new)
    } catch {
      return .leftAlone(.notFollowed("\(error)"))
    }
  }

  /// Moves a branch by compare-and-swap.
  ///
  /// - Parameter old: what it has to be at; nil where it must not be there.
  package func move(
    _ reference: String, from old: ObjectID?, to new: ObjectID, by person: String
  ) async throws(Failure) {
    do throws(Failure) {
      try await repository.updateReference(reference, to: new, expecting: old, message: "praxis: \(person)")
    } catch {
      guard error.code == .modified || error.code == .locked else { throw error }
      throw Failure(
        .busy, reference, "it moved while this was being decided", hint: "Nothing was changed; review it and try again."
      )
    }
  }

  /// The end of a proposal's branch: of this repository's own, else the one that a remote had when it was fetched last.
  package func proposalBranch(
    _ id: String
  ) async throws(Failure) -> (reference: String, isOwn: Bool, tip: ObjectID)? {
    let own = Layout.proposalBranch(id)
    if let tip = try await repository.resolve(reference: own) { return (own, true, tip) }
    let remote = try await repository.references(under: "refs/remotes/").filter {
      $0.name.hasSuffix("/proposal/\(id)")
    }
    return remote.first.map { ($0.name, false, $0.id) }
  }

  /// The ids of all proposals that have a branch here.
  package func proposalBranches() async throws(Failure) -> [String] {
    try await repository.references(under: "refs/heads/proposal/").map {
      String($0.name.dropFirst("refs/heads/proposal/".count))
    }
  }

  /// The ids of all proposals that main, a branch here or a branch that was fetched knows. A name that is none is nobody's proposal.
  package func proposalIDs(at commit: ObjectID) async throws(Failure) -> [ProposalID] {
    var names = Set(try await proposalBranches())
    for reference in try await repository.references(under: "refs/remotes/") {
      // refs/remotes/<remote>/proposal/<id>
      let parts = reference.name.split(separator: "/").suffix(2)
      if parts.first == "proposal", let name = parts.last { names.insert(String(name)) }
    }
    for folder in [Layout.proposals, Layout.executions] {
      for file in try await repository.files(under: folder, in: commit) {
        let rest = file.path.dropFirst(folder.utf8.count + 1)
        names.insert(String(rest.prefix { $0 != "/" && $0 != "." }))
      }
    }
    return names.sorted().compactMap { ProposalID($0) }
  }

  /// What became of a proposal; nil where nothing is recorded.
  package func execution(of id: String, at commit: ObjectID) async throws(Failure) -> ExecutionRecord? {
    let path = Layout.execution(id)
    guard let bytes = try await file(path, at: commit) else { return nil }
    return try ExecutionRecord(parsing: bytes, document: path)
  }
}
