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

  /// Goes through both directories at once; of what both hold alike, nothing is made.
  private func compare(
    _ old: ObjectID?, _ new: ObjectID?, prefix: String, depth: Int, into found: inout [TreeDifference]
  ) throws(GitError) {
    if old == new { return }
    try Self.requireDepth(depth, at: prefix)
    var left = TreeCursor(try treeBytes(old), id: old)
    var right = TreeCursor(try treeBytes(new), id: new)
    var older = try left.next()
    var newer = try right.next()
    var kinds = (files: false, directories: false)
    while older != nil || newer != nil {
      let order = TreeCursor.order(older, in: left, newer, in: right)
      let (gone, come) = (order <= 0 ? older : nil, order >= 0 ? newer : nil)
      if let come {
        if come.isDirectory { kinds.directories = true } else { kinds.files = true }
      }
      if let gone, let come, left.holdsTheSame(gone, as: come, in: right) {
        older = try left.next()
        newer = try right.next()
        continue
      }
      let before = try gone.map { entry throws(GitError) in try left.entry(entry) }
      let after = try come.map { entry throws(GitError) in try right.entry(entry) }
      let path = prefix + (after?.name ?? before?.name ?? "")
      if before?.mode == .directory || after?.mode == .directory {
        // A directory sorts apart from a file of the same name, so both sides here are directories or absent.
        try compare(before?.id, after?.id, prefix: path + "/", depth: depth + 1, into: &found)
      } else {
        found.append(TreeDifference(path: path, old: before, new: after))
      }
      if gone != nil { older = try left.next() }
      if come != nil { newer = try right.next() }
    }
    // Order alone does not tell a file from a directory of the same name; only where there are both can there be such twins.
    if kinds.files, kinds.directories, let new { _ = try tree(new) }
  }

  private func treeBytes(_ id: ObjectID?) throws(GitError) -> [UInt8] {
    guard let id else { return [] }
    return try content(id, as: .tree)
  }
}

extension TreeCursor {
  /// The whole entry, with a name that may be written.
  fileprivate func entry(_ entry: Entry) throws(GitError) -> TreeEntry {
    TreeEntry(name: try checkedName(of: entry), mode: mode(of: entry), id: target(of: entry))
  }
}
