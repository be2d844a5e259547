import Facts
import Git

extension StateStore {
  /// Makes a state repository: its introduction, the one commit that no policy can vouch for and that the trust file pins by id.
  ///
  /// It is signed all the same, so that every commit of the history verifies with plain git.
  public static func create(
    at path: String, isBare: Bool, files: [String: [UInt8]], signer: CommitSigner, now: Instant
  ) async throws(StateError) -> (store: StateStore, introduction: ObjectID) {
    let store = StateStore(
      try await git { () async throws(GitError) in try Repository.create(at: path, bare: isBare) })
    let commit = try await store.commit(
      files.mapValues { .put($0) }, on: nil, to: Layout.main,
      message: "init: the trust root, its policy and an empty configuration\n", signer, now)
    if !isBare {
      _ = try await git { () async throws(GitError) in
        try await store.repository.fastForwardWorkTree(on: Layout.main, from: nil, to: commit)
      }
    }
    return (store, commit)
  }

  /// Commits an admin's change of policy or praxis.yaml onto main.
  ///
  /// - Throws: `busy` when main moved meanwhile; the caller reads again.
  public func change(
    _ files: [String: [UInt8]], on tip: ObjectID, message: String, _ signer: CommitSigner, now: Instant
  ) async throws(StateError) -> (commit: ObjectID, workTree: WorkTreeOutcome) {
    let commit = try await commit(
      files.mapValues { .put($0) }, on: tip, to: Layout.main, message: message, signer, now)
    let outcome = try await git { () async throws(GitError) in
      try await repository.fastForwardWorkTree(on: Layout.main, from: tip, to: commit)
    }
    return (commit, outcome)
  }

  /// Puts files on a new branch whose one commit stands on a commit of main.
  public func branch(
    _ name: String, from base: ObjectID, _ files: [String: [UInt8]], message: String, _ signer: CommitSigner,
    now: Instant
  ) async throws(StateError) -> ObjectID {
    try await commit(
      files.mapValues { .put($0) }, on: base, to: name, message: message, signer, now, isNew: true)
  }

  private func commit(
    _ files: [String: TreeEdit.Change], on parent: ObjectID?, to reference: String, message: String,
    _ signer: CommitSigner, _ now: Instant, isNew: Bool = false
  ) async throws(StateError) -> ObjectID {
    let before: RawCommit? = try await git { () async throws(GitError) in
      guard let parent else { return nil }
      return try await repository.commit(parent)
    }
    let (tree, start) = try await git { () async throws(GitError) -> (ObjectID, ObjectBatch) in
      var batch = ObjectBatch()
      let tree = try await repository.apply(TreeEdit(files), to: before?.tree, into: &batch)
      return (tree, batch)
    }
    let who = try await git { () async throws(GitError) in
      try Signature(
        name: signer.name, email: "\(signer.name)@praxis",
        seconds: max(now.wholeSeconds, before?.committer.seconds ?? 0))
    }
    let commit = try await signed(tree: tree, parents: parent.map { [$0] } ?? [], who, message, signer)
    return try await git { () async throws(GitError) in
      var batch = start
      let id = try batch.add(commit: commit)
      try await repository.write(batch)
      try await repository.updateReference(
        reference, to: id, expecting: isNew ? nil : parent, message: "praxis: \(signer.name)")
      return id
    }
  }
}
