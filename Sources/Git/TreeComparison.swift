/// One path that two trees do not agree on: a file, or a directory that was to be taken whole.
public struct TreeDifference: Hashable, Sendable {
  /// What stands at a path.
  public struct Side: Hashable, Sendable {
    /// What it is.
    public let mode: TreeEntry.Mode
    /// The object's id.
    public let id: ObjectID

    /// From its parts.
    public init(mode: TreeEntry.Mode, id: ObjectID) {
      self.mode = mode
      self.id = id
    }
  }

  /// The full path from the root.
  public let path: String
  /// What the older tree has there; nil for a path that was added.
  public let old: Side?
  /// What the newer tree has there; nil for a path that was removed.
  public let new: Side?

  /// Whether it is a directory that was taken whole.
  public var isOfDirectories: Bool {
    (old == nil || old?.mode == .directory) && (new == nil || new?.mode == .directory)
  }
}

extension ObjectReader {
  /// Visits every file that differs between two directories, in Git's order; equal directories are not opened, and of what both hold alike
  /// nothing is made.
  ///
  /// - Parameters:
  ///   - old: nil stands for an empty directory.
  ///   - new: nil stands for an empty directory.
  ///   - prefix: the path of both, with a final slash; empty for the root.
  ///   - isWhole: whether a directory at a path that differs is visited itself, and not opened.
  /// - Throws: `.corrupt` for a tree that Git and libgit2 could read in two ways, and what the visitor throws.
  func compare(
    _ old: ObjectID?, _ new: ObjectID?, prefix: String, takingWhole isWhole: (String) -> Bool = { _ in false },
    visit: (TreeDifference) throws -> Void
  ) throws {
    try compare(old, new, prefix: prefix, depth: 0, isWhole, visit)
  }

  private func compare(
    _ old: ObjectID?, _ new: ObjectID?, prefix: String, depth: Int, _ isWhole: (String) -> Bool,
    _ visit: (TreeDifference) throws -> Void
  ) throws {
    if old == new { return }
    try Repository.requireDepth(depth, at: prefix)
    var right = TreeCursor(try tree(new), id: new)
    if let old, let added = try lastEntry(of: right, addedTo: old) {
      let side = right.side(of: added)
      return try visit(TreeDifference(path: prefix + right.checkedName(of: added), old: nil, new: side))
    }
    var left = TreeCursor(try tree(old), id: old)
    try TreeCursor.skipCommonStart(&left, &right)
    var older = try left.next()
    var newer = try right.next()
    while older != nil || newer != nil {
      let order = TreeCursor.order(older, in: left, newer, in: right)
      let (gone, come) = (order <= 0 ? older : nil, order >= 0 ? newer : nil)
      if let gone, let come, left.holdsTheSame(gone, as: come, in: right) {
        older = try left.next()
        newer = try right.next()
        continue
      }
      let name =
        try come.map { entry throws(GitError) in try right.checkedName(of: entry) }
        ?? gone.map { entry throws(GitError) in try left.checkedName(of: entry) } ?? ""
      // A directory sorts apart from a file of the same name, so both sides here are directories or absent.
      let isDirectory = gone?.isDirectory == true || come?.isDirectory == true
      if isDirectory, !isWhole(prefix + name) {
        try compare(
          gone.map(left.target), come.map(right.target), prefix: prefix + name + "/", depth: depth + 1, isWhole, visit)
      } else {
        try visit(TreeDifference(path: prefix + name, old: gone.map(left.side), new: come.map(right.side)))
      }
      if gone != nil { older = try left.next() }
      if come != nil { newer = try right.next() }
    }
    // Order alone does not tell a file from a directory of the same name; only where there are both can there be such twins.
    if right.hasBoth, let new { _ = try Tree.parse(tree(new), id: new) }
  }

  /// Where the larger trees begin, in bytes: hashing one takes as long as reading a small one.
  private static let mostHashed = 4 << 10

  /// The last entry of a directory, when it is a file that was added to another directory and is all that differs: the rest has that
  /// one's id, so it is that one. Nearly every directory of ended facts that changes does so, and the one before need not be looked
  /// for and read.
  private func lastEntry(of new: TreeCursor, addedTo old: ObjectID) throws(GitError) -> TreeCursor.Entry? {
    guard new.byteCount <= Self.mostHashed, !holds(old) else { return nil }
    var cursor = new
    var last: TreeCursor.Entry?
    while let entry = try cursor.next() { last = entry }
    guard let last, !last.isDirectory, !cursor.hasBoth else { return nil }
    return check.hash(of: Array(new.bytes(before: last)), as: .tree) == old ? last : nil
  }
}
