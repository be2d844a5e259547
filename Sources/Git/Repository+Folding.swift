import CLibgit2
import Failures
import Files

extension Repository {
  /// What a folding did.
  package struct Folding: Hashable, Sendable {
    /// How many packs became one.
    package let packs: Int
    /// How many different objects they held.
    package let objects: Int
  }

  /// Writes the objects of all small packs into one, with deltas, when there are more of them than a limit.
  ///
  /// No object is lost: an old pack goes only after the new one is durable and every object of the old one was read
  /// back from it. Packs with a `.keep`, `.promisor` or `.mtimes` file are left alone, and so is everything where a
  /// multi-pack index exists, which is a sign that `git maintenance` cares for the packs. Call it while holding the
  /// ``RepositoryLock``; a reader in another process that opened the repository before may have to open it again.
  ///
  /// - Parameters:
  ///   - limit: how many small packs may stay.
  ///   - byteCount: the size in bytes up to which a pack is small.
  /// - Returns: nil where there was nothing to do.
  package func foldPacks(
    whenMoreThan limit: Int = 50, smallerThan byteCount: Int = 16 << 20
  ) throws(Failure) -> Folding? {
    let old = try smallPacks(upTo: byteCount)
    guard old.count > max(limit, 1) else { return nil }
    var objects: [(stem: String, ids: [ObjectID])] = []
    for stem in old { objects.append((stem, try ids(inPack: stem + ".idx"))) }
    let all = Set(objects.flatMap(\.ids))

    try beforeStep(.beginPack)
    let new = try writePack(of: all.sorted())
    try makeDurable(new)

    try beforeStep(.verifyPack)
    let store = try store(ofPack: new.index)
    for id in all { _ = try store.object(id) }

    for (stem, _) in objects where stem + ".idx" != new.index {
      try beforeStep(.removePack(stem))
      // The index first: a pack without one is not observed, an index without its pack is an error to readers.
      for suffix in [".idx", ".pack", ".rev", ".bitmap"] { try FileSystem.remove(stem + suffix) }
    }
    try OwnFile.synchronise(packFolder)
    try reopen()
    return Folding(packs: old.count, objects: all.count)
  }

  /// The paths, without suffix, of the packs that may be folded.
  private func smallPacks(upTo byteCount: Int) throws(Failure) -> [String] {
    let names = Set((try Folder.names(in: packFolder) ?? []))
    if names.contains("multi-pack-index") || names.contains("multi-pack-index.d") { return [] }
    var stems: [String] = []
    for name in names.sorted() where name.hasPrefix("pack-") && name.hasSuffix(".pack") {
      let stem = String(name.dropLast(".pack".count))
      let guarded = [".keep", ".promisor", ".mtimes"].contains { names.contains(stem + $0) }
      guard !guarded, names.contains(stem + ".idx"),
        let status = try FileSystem.status("\(packFolder)/\(name)"), status.byteCount <= byteCount
      else { continue }
      stems.append("\(packFolder)/\(stem)")
    }
    return stems
  }

  /// An object store that sees one pack and nothing else.
  private func store(ofPack index: String) throws(Failure) -> Owned {
    let store = try Owned(
      operation: "open pack", object: index, free: { git_odb_free($0) }, make: { git_odb_new(&$0) })
    var backend: UnsafeMutablePointer<git_odb_backend>?
    try check(git_odb_backend_one_pack(&backend, index), operation: "open pack", object: index)
    let result = git_odb_add_backend(store.pointer, backend, 1)
    if result < 0, let backend { backend.pointee.free?(backend) }
    try check(result, operation: "open pack", object: index)
    return store
  }

  private func ids(inPack index: String) throws(Failure) -> [ObjectID] {
    let store = try store(ofPack: index)
    var ids: [ObjectID] = []
    let result = withUnsafeMutablePointer(to: &ids) { payload in
      git_odb_foreach(
        store.pointer,
        { id, payload in
          guard let id, let payload else { return -1 }
          payload.assumingMemoryBound(to: [ObjectID].self).pointee.append(ObjectID(id.pointee))
          return 0
        }, payload)
    }
    try check(result, operation: "list pack", object: index)
    return ids
  }

  private func writePack(of ids: [ObjectID]) throws(Failure) -> (pack: String, index: String) {
    let pointer = handle.pointer
    let builder = try Owned(
      operation: "fold the packs of", object: packFolder, free: { git_packbuilder_free($0) },
      make: { git_packbuilder_new(&$0, pointer) })
    // One thread: folding is rare and small, and the host has other work.
    git_packbuilder_set_threads(builder.pointer, 1)
    for id in ids {
      var oid = id.native
      try check(
        git_packbuilder_insert(builder.pointer, &oid, nil), operation: "fold object", object: id.hex)
    }
    var stream = try PackStream(into: packFolder)
    let result = withUnsafeMutablePointer(to: &stream) { payload in
      git_packbuilder_foreach(
        builder.pointer,
        { bytes, count, payload in
          guard let payload else { return -1 }
          return payload.assumingMemoryBound(to: PackStream.self).pointee.feed(raw: bytes, count: count)
        }, payload)
    }
    try check(result, operation: "fold the packs of", object: packFolder)
    try beforeStep(.finishPack)
    return try stream.commit()
  }
}
