import CLibgit2

extension Repository {
  /// Stores a batch as one pack, durably: when this returns, every object of it can be read and survives a loss of
  /// power. When it throws, readers see all of the batch or nothing of it, and no reference has moved.
  ///
  /// The pack has no deltas, which makes it quick to write; ``foldPacks(whenMoreThan:smallerThan:)`` makes it small.
  ///
  /// - Throws: `.invalid` for a commit whose tree or parents are neither in the batch nor in the repository.
  public func write(_ batch: ObjectBatch) throws(GitError) {
    let slots = batch.slotsInPackOrder
    if slots.isEmpty { return }
    let store = try objectStore()
    try requireConnected(batch, slots: slots, store: store)

    try beforeStep(.beginPack)
    var stream = try PackStream(into: packFolder)
    try stream.begin(objectCount: slots.count)
    for slot in slots {
      try batch.withCompressedBytes(of: slot) { (compressed) throws(GitError) in
        try stream.append(kind: slot.kind, byteCount: slot.byteCount, compressed: compressed)
      }
    }
    try beforeStep(.finishPack)
    let paths = try stream.finish()
    try makeDurable(paths)

    try beforeStep(.verifyPack)
    try check(git_odb_refresh(store.pointer), operation: "read the new pack of", object: gitFolder)
    for slot in slots {
      // A commit is read and hashed again; for the rest the indexer did so, and being found is enough.
      if slot.kind == .commit {
        _ = try store.content(slot.id, as: .commit)
      } else {
        try requireStored(slot.id, in: store)
      }
    }
  }

  /// Makes a pack durable: its content before its name, and its name before a reference may rely on it.
  func makeDurable(_ paths: (pack: String, index: String)) throws(GitError) {
    try beforeStep(.synchronisePack)
    try FileSystem.synchronise(paths.pack)
    try FileSystem.synchronise(paths.index)
    try FileSystem.synchronise(packFolder)
  }

  private func requireStored(_ id: ObjectID, in store: borrowing Owned) throws(GitError) {
    var oid = id.native
    guard git_odb_exists(store.pointer, &oid) == 1 else {
      git_error_clear()
      throw GitError(
        code: .corrupt, operation: "store", object: id.hex,
        message: "it cannot be found in the repository; check the disk, then run git fsck")
    }
  }

  /// Trees are only made from trees that were read or from new content, so commits are what could dangle.
  private func requireConnected(
    _ batch: ObjectBatch, slots: [ObjectBatch.Slot], store: borrowing Owned
  ) throws(GitError) {
    for slot in slots where slot.kind == .commit {
      guard let commit = try batch.object(slot.id).map({ ($0.bytes) }) else { continue }
      let parsed = try RawCommit(parsing: commit)
      try requireKind(.tree, of: parsed.tree, batch: batch, store: store, commit: slot.id)
      for parent in parsed.parents {
        try requireKind(.commit, of: parent, batch: batch, store: store, commit: slot.id)
      }
    }
  }

  private func requireKind(
    _ kind: ObjectKind, of id: ObjectID, batch: ObjectBatch, store: borrowing Owned, commit: ObjectID
  ) throws(GitError) {
    let found: ObjectKind
    do throws(GitError) {
      if let new = try batch.object(id) { found = new.kind } else { found = try store.object(id).kind }
    } catch {
      guard error.code == .notFound else { throw error }
      throw GitError(
        code: .invalid, operation: "store commit", object: commit.hex,
        message: "it names \(kind.rawValue) \(id.hex), which is neither in the batch nor in the repository")
    }
    guard found == kind else {
      throw GitError(
        code: .invalid, operation: "store commit", object: commit.hex,
        message: "it names \(id.hex) as a \(kind.rawValue), which is a \(found.rawValue)")
    }
  }
}
