import Failures

extension Repository {
  /// The commits from a tip along first parents, the tip first.
  ///
  /// - Parameters:
  ///   - limit: the most commits to return.
  ///   - end: the commit after which to stop; it is the last one returned if it lies on the chain within the limit.
  /// - Throws: as ``commit(_:)`` does, at the first commit that is not in the strict form.
  package func firstParentChain(
    from tip: ObjectID, limit: Int, until end: ObjectID? = nil
  ) throws(Failure) -> [(id: ObjectID, commit: RawCommit)] {
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
  package func isAncestor(_ ancestor: ObjectID, of descendant: ObjectID) throws(Failure) -> Bool {
    var seen: Set<ObjectID> = [descendant]
    var pending = [descendant]
    while let id = pending.popLast() {
      if id == ancestor { return true }
      for parent in try commit(id).parents where seen.insert(parent).inserted { pending.append(parent) }
    }
    return false
  }

  /// Whether a commit lies on the line of first parents of another; a commit lies on its own line. One that is not in this repository does
  /// not.
  ///
  /// Both lines are followed at once, so that this takes as long as the two are apart, whichever comes first.
  package func holds(_ ancestor: ObjectID, onFirstParentsOf tip: ObjectID) throws(Failure) -> Bool {
    var behind: ObjectID? = ancestor
    var next: ObjectID? = tip
    while let id = next, id != ancestor {
      if let other = behind {
        if other == tip { return false }
        do throws(Failure) {
          behind = try commit(other).parents.first
        } catch {
          guard error.code == .notFound, other == ancestor else { throw error }
          return false
        }
      }
      next = try commit(id).parents.first
    }
    return next != nil
  }

  /// Where the lines of first parents of two commits part, and what each has that the other has not, oldest first. Without a second commit all is the
  /// first one's.
  ///
  /// Both lines are followed at once, so that this takes as long as the two are apart.
  package func fork(
    of one: ObjectID, and other: ObjectID?
  ) throws(Failure) -> (base: ObjectID?, one: [ObjectID], other: [ObjectID]) {
    var lines: [(ids: [ObjectID], next: ObjectID?)] = [([], one), ([], other)]
    var seen: Set<ObjectID> = []
    var base: ObjectID?
    while base == nil, lines.contains(where: { $0.next != nil }) {
      for line in lines.indices {
        guard base == nil, let id = lines[line].next else { continue }
        if !seen.insert(id).inserted {
          base = id
        } else {
          lines[line].ids.append(id)
          lines[line].next = try commit(id).parents.first
        }
      }
    }
    let own = lines.map { Array($0.ids.prefix { $0 != base }.reversed()) }
    return (base, own[0], own[1])
  }

  /// Every file that differs between two commits' trees, in Git's order; equal directories are not opened.
  ///
  /// - Parameter old: nil stands for an empty tree.
  package func differences(
    from old: ObjectID?, to new: ObjectID
  ) throws(Failure) -> [TreeDifference] {
    var oldTree: ObjectID?
    if let old { oldTree = try commit(old).tree }
    return try differences(fromTree: oldTree, toTree: commit(new).tree)
  }

  /// As ``differences(from:to:)``, of two root directories.
  ///
  /// - Parameter isWhole: whether a directory at a path that differs stands in the result itself, and is not opened.
  package func differences(
    fromTree old: ObjectID?, toTree new: ObjectID,
    takingWhole isWhole: @escaping @Sendable (String) -> Bool = { _ in false }
  ) throws(Failure) -> [TreeDifference] {
    var comparison = TreeComparison(objects)
    comparison.isWhole = isWhole
    return try differences(&comparison, from: old, to: new)
  }

  func differences(
    _ comparison: inout TreeComparison, from old: ObjectID?, to new: ObjectID
  ) throws(Failure) -> [TreeDifference] {
    var found: [TreeDifference] = []
    try comparison.compare(old, new) { found.append($0) }
    return found
  }
}
