import CLibgit2

/// Reads a long history in one go, on the thread of whoever holds it: commits along first parents, what each changed, contents.
///
/// It opens the repository for itself, so that an actor's other work does not wait. Every object is checked against its id,
/// as everywhere. Trees that were read last are kept, because a commit's old trees are its parent's new ones.
public final class HistoryReader {
  private let repository: RepositoryHandle
  private let store: Owned
  private let packed: PackedObjects
  private var trees: RecentObjects<ObjectID>

  /// Opens the repository at exactly this path.
  ///
  /// - Parameters:
  ///   - treeByteCount: how many bytes of trees are kept.
  ///   - check: how contents are held against their ids.
  public init(
    at path: String, treeByteCount: Int = 32 << 20, check: HashCheck = .againstCollisions
  ) throws(GitError) {
    let handle = try Repository.openHandle(at: path)
    let pointer = handle.pointer
    store = try Owned(
      operation: "open the objects of", object: path, free: { git_odb_free($0) },
      make: { git_repository_odb(&$0, pointer) })
    packed = try PackedObjects(
      folder: String(cString: git_repository_commondir(pointer)) + "objects/pack", check: check)
    repository = handle
    trees = RecentObjects(byteCount: treeByteCount)
  }

  /// Visits the commits from a tip along first parents, the tip first, until the visitor says false or the history begins.
  ///
  /// - Throws: as ``Repository/commit(_:)`` does, at the first commit that is not in the strict form.
  public func firstParents(
    from tip: ObjectID, visit: (_ id: ObjectID, _ commit: RawCommit) throws(GitError) -> Bool
  ) throws(GitError) {
    var next: ObjectID? = tip
    while let id = next {
      let commit = try commit(id)
      guard try visit(id, commit) else { return }
      next = commit.parents.first
    }
  }

  /// A commit in the strict form.
  public func commit(_ id: ObjectID) throws(GitError) -> RawCommit {
    let bytes = try content(id, as: .commit)
    do throws(GitError) {
      return try RawCommit(parsing: bytes)
    } catch {
      throw GitError(
        code: error.code, operation: error.operation, object: "commit \(id.hex)", message: error.message,
        rule: error.rule)
    }
  }

  /// The content of a file.
  public func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
    try content(id, as: .blob)
  }

  /// One file that differs between two trees.
  public struct FileChange: Hashable, Sendable {
    /// The full path from the root.
    public var path: String
    /// What the older tree has there; nil for a file that was added.
    public var old: ObjectID?
    /// What the newer tree has there; nil for a file that was removed.
    public var new: ObjectID?
  }

  /// Visits every file under a directory that differs between two root trees, in Git's order; equal directories are not opened.
  ///
  /// - Parameters:
  ///   - folder: one name in the root.
  ///   - old: nil stands for an empty tree.
  /// - Throws: `.unsafe` for a symbolic link or a submodule among the new files, and what the visitor throws.
  public func changes(
    under folder: String, from old: ObjectID?, to new: ObjectID, visit: (FileChange) throws -> Void
  ) throws {
    if old == new { return }
    let before = try old.flatMap { tree throws(GitError) in try directory(folder, in: tree) }
    let after = try directory(folder, in: new)
    try compare(before, after, prefix: folder + "/", depth: 0, visit)
  }

  // MARK: Trees

  private func directory(_ name: String, in tree: ObjectID) throws(GitError) -> ObjectID? {
    let bytes = try content(ofTree: tree)
    var cursor = TreeCursor(bytes, id: tree)
    while let entry = try cursor.next() {
      if entry.isDirectory, cursor.name(of: entry).elementsEqual(name.utf8) { return cursor.target(of: entry) }
    }
    return nil
  }

  private func compare(
    _ old: ObjectID?, _ new: ObjectID?, prefix: String, depth: Int, _ visit: (FileChange) throws -> Void
  ) throws {
    if old == new { return }
    try Repository.requireDepth(depth, at: prefix)
    var left = TreeCursor(try content(ofTree: old), id: old)
    var right = TreeCursor(try content(ofTree: new), id: new)
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
      let (oldID, newID) = (gone.map(left.target), come.map(right.target))
      if gone?.isDirectory == true || come?.isDirectory == true {
        try compare(oldID, newID, prefix: prefix + name + "/", depth: depth + 1, visit)
      } else {
        if let come, !come.isRegularFile {
          throw GitError(
            code: .unsafe, operation: "read file", object: (prefix + name).debugDescription,
            message: "it is a symbolic link or a submodule; replace it by a regular file")
        }
        if oldID != newID { try visit(FileChange(path: prefix + name, old: oldID, new: newID)) }
      }
      if gone != nil { older = try left.next() }
      if come != nil { newer = try right.next() }
    }
  }

  private func content(ofTree id: ObjectID?) throws(GitError) -> [UInt8] {
    guard let id else { return [] }
    if let known = trees[id] { return known.bytes }
    let bytes = try content(id, as: .tree)
    trees[id] = (.tree, bytes)
    return bytes
  }

  // MARK: Objects

  private func content(_ id: ObjectID, as kind: ObjectKind) throws(GitError) -> [UInt8] {
    if let object = packed.object(id) { return try Repository.content(of: object, as: kind, id) }
    return try Repository.content(of: Repository.read(id, from: store), as: kind, id)
  }
}
