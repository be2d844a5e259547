import CLibgit2
import Failures
import Files

extension Repository {
  /// Stores a batch as one pack, durably: when this returns, every object of it can be read and survives a loss of
  /// power. When it throws, readers see all of the batch or nothing of it, and no reference has moved.
  ///
  /// The pack has no deltas, which makes it quick to write; ``foldPacks(whenMoreThan:smallerThan:)`` makes it small.
  ///
  /// - Throws: `.invalid` for a commit whose tree or parents are neither in the batch nor in the repository.
  package func write(_ batch: ObjectBatch) throws(Failure) {
    let slots = batch.slotsInPackOrder
    if slots.isEmpty { return }
    try requireConnected(batch)

    try beforeStep(.beginPack)
    var stream = try PackStream(into: packFolder)
    try stream.begin(objectCount: slots.count)
    for slot in slots {
      try batch.withCompressedBytes(of: slot) { (compressed) throws(Failure) in
        try stream.append(kind: slot.kind, byteCount: slot.byteCount, compressed: compressed)
      }
    }
    try beforeStep(.finishPack)
    let paths = try stream.finish()
    try makeDurable(paths)

    try beforeStep(.verifyPack)
    try objects.refresh()
    for slot in slots {
      // A commit is read and hashed again; for the rest the indexer did so, and being found is enough.
      if slot.kind == .commit {
        _ = try objects.content(slot.id, as: .commit)
      } else if !objects.contains(slot.id) {
        throw Failure(
          .corrupt, cannot: "store", slot.id.hex,
          "it cannot be found in the repository; check the disk, then run git fsck")
      }
    }
  }

  /// Makes a pack durable: its content before its name, and its name before a reference may rely on it.
  func makeDurable(_ paths: (pack: String, index: String)) throws(Failure) {
    try beforeStep(.synchronisePack)
    try OwnFile.synchronise(paths.pack)
    try OwnFile.synchronise(paths.index)
    try OwnFile.synchronise(packFolder)
  }

  /// Trees are only made from trees that were read or from new content, so commits are what could dangle.
  private func requireConnected(_ batch: ObjectBatch) throws(Failure) {
    for (id, commit) in batch.commits {
      try requireKind(.tree, of: commit.tree, batch: batch, commit: id)
      for parent in commit.parents { try requireKind(.commit, of: parent, batch: batch, commit: id) }
    }
  }

  private func requireKind(
    _ kind: ObjectKind, of id: ObjectID, batch: ObjectBatch, commit: ObjectID
  ) throws(Failure) {
    let found: ObjectKind
    do throws(Failure) {
      found = try self.kind(id, batch)
    } catch {
      guard error.code == .notFound else { throw error }
      throw Failure(
        .invalid, cannot: "store commit", commit.hex,
        "it names \(kind.rawValue) \(id.hex), which is neither in the batch nor in the repository")
    }
    guard found == kind else {
      throw Failure(
        .invalid, cannot: "store commit", commit.hex,
        "it names \(id.hex) as a \(kind.rawValue), which is a \(found.rawValue)")
    }
  }

  /// The kind of an object of a batch or of the repository.
  func kind(_ id: ObjectID, _ batch: ObjectBatch) throws(Failure) -> ObjectKind {
    if let new = batch.kind(id) { return new }
    return try objects.object(id).kind
  }
}
