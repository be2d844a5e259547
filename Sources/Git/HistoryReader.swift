import Failures

/// Reads a long history in one go, on the thread of whoever holds it: commits along first parents, what each changed, contents.
///
/// It opens the repository for itself, so that an actor's other work does not wait. Every object is checked against its id,
/// as everywhere. Trees that were read last are kept, because a commit's old trees are its parent's new ones.
package final class HistoryReader {
  private let repository: RepositoryHandle
  private let objects: ObjectReader

  /// Opens the repository at exactly this path.
  ///
  /// - Parameter treeByteCount: about how many bytes of trees are kept.
  package init(at path: String, treeByteCount: Int = 32 << 20) throws(Failure) {
    repository = try Repository.openHandle(at: path)
    objects = try ObjectReader(of: repository, treeByteCount: treeByteCount)
  }

  /// Visits the commits from a tip along first parents, the tip first, until the visitor says false or the history begins.
  ///
  /// - Throws: as ``Repository/commit(_:)`` does, at the first commit that is not in the strict form.
  package func firstParents(
    from tip: ObjectID, visit: (_ id: ObjectID, _ commit: RawCommit) throws(Failure) -> Bool
  ) throws(Failure) {
    var next: ObjectID? = tip
    while let id = next {
      let commit = try commit(id)
      guard try visit(id, commit) else { return }
      next = commit.parents.first
    }
  }

  /// A commit in the strict form.
  package func commit(_ id: ObjectID) throws(Failure) -> RawCommit { try objects.commit(id) }

  /// The content of a file.
  package func blob(_ id: ObjectID) throws(Failure) -> [UInt8] {
    try objects.content(id, as: .blob)
  }

  /// One file that differs between two trees.
  package struct FileChange: Hashable, Sendable {
    /// The full path from the root.
    package var path: String
    /// What the older tree has there; nil for a file that was added.
    package var old: ObjectID?
    /// What the newer tree has there; nil for a file that was removed.
    package var new: ObjectID?
  }

  /// Visits every file under a directory that differs between two root trees, in Git's order; equal directories are not opened.
  ///
  /// - Parameters:
  ///   - folder: one name in the root.
  ///   - old: nil stands for an empty tree.
  /// - Throws: `.unsafe` for a symbolic link or a submodule among the new files, and what the visitor throws.
  package func changes(
    under folder: String, from old: ObjectID?, to new: ObjectID, visit: (FileChange) throws(Failure) -> Void
  ) throws(Failure) {
    if old == new { return }
    let before = try old.flatMap { tree throws(Failure) in try directory(folder, in: tree) }
    let after = try directory(folder, in: new)
    var comparison = TreeComparison(objects)
    try comparison.compare(before, after, at: folder) { difference throws(Failure) in
      if let new = difference.new { try Repository.requireRegularFile(new.mode, at: difference.path) }
      if difference.old?.id != difference.new?.id {
        try visit(FileChange(path: difference.path, old: difference.old?.id, new: difference.new?.id))
      }
    }
  }

  private func directory(_ name: String, in tree: ObjectID) throws(Failure) -> ObjectID? {
    try objects.tree(tree).first { $0.mode == .directory && $0.name.utf8.elementsEqual(name.utf8) }?.id
  }
}
