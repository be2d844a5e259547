/// One path that two trees do not agree on.
public struct TreeDifference: Hashable, Sendable {
  /// The full path from the root.
  public let path: String
  /// What the older tree has there; nil for a path that was added.
  public let old: TreeEntry?
  /// What the newer tree has there; nil for a path that was removed.
  public let new: TreeEntry?
}

extension Repository {
  /// The commits from a tip along first parents, the tip first.
  ///
  /// - Parameters:
  ///   - limit: the most commits to return.
  ///   - end: the commit after which to stop; it is the last one returned if it lies on the chain within the limit.
  /// - Throws: as ``commit(_:)`` does, at the first commit that is not in the strict form.
  public func firstParentChain(
    from tip: ObjectID, limit: Int, until end: ObjectID? = nil
  ) throws(GitError) -> [(id: ObjectID, commit: RawCommit)] {
    var chain: [(id: ObjectID, commit: RawCommit)] = []
    var next: ObjectID? = tip
    while let id = next, chain.count < limit {
      let commit = try commit(id)
      chain.append((id, commit))
      next = id == end ? nil : commit.parents.first
    }
    return chain
  }

  /// Whether one commit can be reached from another through any parents; a commit is its own ancestor.
  public func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(GitError) -> Bool {
    var seen: Set<ObjectID> = [descendant]
    var pending = [descendant]
    while let id = pending.popLast() {
      if id == ancestor { return true }
      for parent in try commit(id).parents where seen.insert(parent).inserted { pending.append(parent) }
    }
    return false
  }

  /// Every file that differs between two commits' trees, in Git's order; equal directories are not opened.
  ///
  /// - Parameter old: nil stands for an empty tree.
  public func differences(
    from old: ObjectID?, to new: ObjectID
  ) throws(GitError) -> [TreeDifference] {
    var oldTree: ObjectID?
    if let old { oldTree = try commit(old).tree }
    return try differences(fromTree: oldTree, toTree: commit(new).tree)
  }

  /// As ``differences(from:to:)``, of two root directories.
  public func differences(
    fromTree old: ObjectID?, toTree new: ObjectID
  ) throws(GitError) -> [TreeDifference] {
    var found: [TreeDifference] = []
    try compare(old, new, prefix: "", depth: 0, into: &found)
    return found
  }

  private func compare(
    _ old: ObjectID?, _ new: ObjectID?, prefix: String, depth: Int, into found: inout [TreeDifference]
  ) throws(GitError) {
    if old == new { return }
    try Self.requireDepth(depth, at: prefix)
    var oldEntries: [TreeEntry] = []
    var newEntries: [TreeEntry] = []
    if let old { oldEntries = try tree(old) }
    if let new { newEntries = try tree(new) }
    var left = oldEntries[...]
    var right = newEntries[...]
    while let (older, newer) = Self.takeFirst(&left, &right) {
      if older == newer { continue }
      let path = prefix + (older?.name ?? newer?.name ?? "")
      if older?.mode == .directory || newer?.mode == .directory {
        // A directory sorts apart from a file of the same name, so both sides here are directories or absent.
        try compare(older?.id, newer?.id, prefix: path + "/", depth: depth + 1, into: &found)
      } else {
        found.append(TreeDifference(path: path, old: older, new: newer))
      }
    }
  }

  /// Takes the entry that sorts first, from both sides where both have it; nil at the end.
  private static func takeFirst(
    _ left: inout ArraySlice<TreeEntry>, _ right: inout ArraySlice<TreeEntry>
  ) -> (TreeEntry?, TreeEntry?)? {
    guard let older = left.first else { return right.isEmpty ? nil : (nil, right.removeFirst()) }
    guard let newer = right.first else { return (left.removeFirst(), nil) }
    if older.sortKey.lexicographicallyPrecedes(newer.sortKey) { return (left.removeFirst(), nil) }
    if newer.sortKey.lexicographicallyPrecedes(older.sortKey) { return (nil, right.removeFirst()) }
    return (left.removeFirst(), right.removeFirst())
  }
}
