import CLibgit2

/// Reads the objects of one repository, on the thread of whoever holds it: from packs where that does, else by libgit2.
///
/// Trees that were read last are kept, because a commit's old trees are its parent's new ones.
final class ObjectReader {
  private let store: Owned
  private let packed: PackedObjects
  let check: HashCheck
  private var trees: RecentObjects<ObjectID>

  /// - Parameters:
  ///   - treeByteCount: how many bytes of trees are kept.
  ///   - check: how contents are held against their ids.
  init(
    of repository: borrowing RepositoryHandle, treeByteCount: Int, check: HashCheck = .againstCollisions
  ) throws(GitError) {
    let pointer = repository.pointer
    let folder = String(cString: git_repository_commondir(pointer))
    store = try Owned(
      operation: "open the objects of", object: folder, free: { git_odb_free($0) },
      make: { git_repository_odb(&$0, pointer) })
    packed = try PackedObjects(folder: folder + "objects/pack", check: check)
    self.check = check
    trees = RecentObjects(byteCount: treeByteCount)
  }

  /// The kind and content of an object, checked against its id.
  func object(_ id: ObjectID) throws(GitError) -> (kind: ObjectKind, bytes: [UInt8]) {
    if let object = packed.object(id) { return object }
    return try store.object(id)
  }

  /// The content of an object of a kind.
  func content(_ id: ObjectID, as kind: ObjectKind) throws(GitError) -> [UInt8] {
    try kind.content(of: object(id), id)
  }

  /// A commit in the strict form.
  func commit(_ id: ObjectID) throws(GitError) -> RawCommit {
    let bytes = try content(id, as: .commit)
    do throws(GitError) {
      return try RawCommit(parsing: bytes)
    } catch {
      throw GitError(
        code: error.code, operation: error.operation, object: "commit \(id.hex)", message: error.message,
        rule: error.rule)
    }
  }

  /// A directory's stored bytes; none for no directory.
  func tree(_ id: ObjectID?) throws(GitError) -> [UInt8] {
    guard let id else { return [] }
    if let known = trees[id] { return known.bytes }
    let bytes = try content(id, as: .tree)
    trees[id] = (.tree, bytes)
    return bytes
  }

  /// Whether a directory is among those that are kept.
  func holds(_ tree: ObjectID) -> Bool { trees[tree] != nil }
}

extension ObjectKind {
  /// The content of an object that has to be of this kind.
  fileprivate func content(
    of object: (kind: ObjectKind, bytes: [UInt8]), _ id: ObjectID
  ) throws(GitError) -> [UInt8] {
    guard object.kind == self else {
      throw GitError(
        code: .invalid, operation: "read \(rawValue)", object: id.hex, message: "it is a \(object.kind.rawValue)")
    }
    return object.bytes
  }
}

extension Owned {
  /// As ``object(_:)``, of a kind.
  borrowing func content(_ id: ObjectID, as kind: ObjectKind) throws(GitError) -> [UInt8] {
    try kind.content(of: object(id), id)
  }

  /// Of an object store: an object by libgit2, which has the last word on every object.
  borrowing func object(_ id: ObjectID) throws(GitError) -> (kind: ObjectKind, bytes: [UInt8]) {
    var oid = id.native
    let store = pointer
    let object = try Owned(
      operation: "read object", object: id.hex, free: { git_odb_object_free($0) },
      make: { git_odb_read(&$0, store, &oid) })
    guard let kind = ObjectKind(git_odb_object_type(object.pointer)) else {
      throw GitError(code: .corrupt, operation: "read object", object: id.hex, message: "its kind is unknown")
    }
    let content = UnsafeRawBufferPointer(
      start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer))
    return (kind, Array(content))
  }
}
