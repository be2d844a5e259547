import Failures

/// One path that two trees do not agree on: a file, or a directory that was to be taken whole.
package struct TreeDifference: Hashable, Sendable {
  /// What stands at a path.
  package struct Side: Hashable, Sendable {
    /// What it is.
    package let mode: TreeEntry.Mode
    /// The object's id.
    package let id: ObjectID

    package init(mode: TreeEntry.Mode, id: ObjectID) {
      self.mode = mode
      self.id = id
    }
  }

  /// The full path from the root.
  package let path: String
  /// What the older tree has there; nil for a path that was added.
  package let old: Side?
  /// What the newer tree has there; nil for a path that was removed.
  package let new: Side?

  /// Whether it is a directory that was taken whole.
  package var isOfDirectories: Bool {
    (old == nil || old?.mode == .directory) && (new == nil || new?.mode == .directory)
  }
}

/// A directory that cannot be read.
package struct UnreadableDirectory: Hashable, Sendable {
  /// Its path from the root; nil for the root itself.
  package let path: String?
  /// The object.
  package let id: ObjectID
  /// Whether it stands in the newer tree; otherwise it is in the older one alone.
  package let isNew: Bool
  /// What is wrong with it.
  package let message: String
}

/// Two directories side by side, as one merge over their entries: equal directories are not opened.
struct TreeComparison {
  let objects: ObjectReader
  /// Whether a directory at a path that differs is visited itself, and not opened.
  var isWhole: (String) -> Bool = { _ in false }
  /// Whether damage is noted, and what lies under it left out; otherwise it ends the comparison.
  var goesOn = false
  private(set) var damage: [(directory: UnreadableDirectory, error: Failure)] = []

  init(_ objects: ObjectReader) { self.objects = objects }

  /// Visits every file that differs, in Git's order.
  ///
  /// - Parameters:
  ///   - old: nil stands for an empty directory.
  ///   - new: nil stands for an empty directory.
  ///   - path: that of both; nil for the root.
  /// - Throws: `.corrupt` for a tree that Git and libgit2 could read in two ways, and what the visitor throws.
  mutating func compare(
    _ old: ObjectID?, _ new: ObjectID?, at path: String? = nil, visit: (TreeDifference) throws(Failure) -> Void
  ) throws(Failure) {
    try compare(old, new, at: path, depth: 0, visit)
  }

  private mutating func compare(
    _ old: ObjectID?, _ new: ObjectID?, at path: String?, depth: Int, _ visit: (TreeDifference) throws(Failure) -> Void
  ) throws(Failure) {
    if old == new { return }
    let before = try entries(old, at: path, depth: depth, isNew: false)
    let after = try entries(new, at: path, depth: depth, isNew: true)
    guard let before, let after else { return }
    var (left, right) = (before.startIndex, after.startIndex)
    while left < before.endIndex || right < after.endIndex {
      let isOlder =
        right == after.endIndex || left < before.endIndex && before[left].precedes(after[right])
      let isNewer =
        left == before.endIndex || right < after.endIndex && after[right].precedes(before[left])
      let gone = isNewer ? nil : before[left]
      let come = isOlder ? nil : after[right]
      if gone != nil { left += 1 }
      if come != nil { right += 1 }
      guard gone?.side != come?.side else { continue }
      let name = (path.map { $0 + "/" } ?? "") + (come?.name ?? gone?.name ?? "")
      // A directory sorts apart from a file of the same name, so both sides here are directories or absent.
      if gone?.mode == .directory || come?.mode == .directory, !isWhole(name) {
        try compare(gone?.id, come?.id, at: name, depth: depth + 1, visit)
      } else {
        try visit(TreeDifference(path: name, old: gone?.side, new: come?.side))
      }
    }
  }

  private mutating func entries(
    _ id: ObjectID?, at path: String?, depth: Int, isNew: Bool
  ) throws(Failure) -> [TreeEntry]? {
    do throws(Failure) {
      try Repository.requireDepth(depth, at: path ?? "")
      return try objects.tree(id)
    } catch {
      guard goesOn, let id, error.mayBeDamage else { throw error }
      damage.append((UnreadableDirectory(path: path, id: id, isNew: isNew, message: error.message), error))
      return nil
    }
  }
}
