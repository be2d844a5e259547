import CLibgit2
import Failures
import Files
import Glibc

/// Reads the objects of one repository by libgit2, on the thread of whoever holds it; each is checked against its id.
///
/// Trees that were read last are kept, because a commit's old trees are its parent's new ones.
final class ObjectReader {
  private let store: Owned
  private let folder: String
  private var trees: RecentTrees

  /// - Parameter treeByteCount: about how many bytes of trees are kept.
  init(of repository: borrowing RepositoryHandle, treeByteCount: Int) throws(Failure) {
    let pointer = repository.pointer
    folder = String(cString: git_repository_commondir(pointer)) + "objects"
    store = try Owned(
      operation: "open the objects of", object: String(cString: git_repository_commondir(pointer)),
      free: { git_odb_free($0) }, make: { git_repository_odb(&$0, pointer) })
    trees = RecentTrees(byteCount: treeByteCount)
  }

  /// The kind and content of an object.
  ///
  /// - Throws: `.io` where what could hold it is out of this user's reach, and nobody knows whether it is there.
  func object(_ id: ObjectID) throws(Failure) -> (kind: ObjectKind, bytes: [UInt8]) {
    do throws(Failure) {
      return try store.object(id)
    } catch {
      if error.code == .notFound || error.code == .corrupt { try requireReachable(id) }
      throw error
    }
  }

  /// libgit2 does not tell an object that is not there from one in a file that cannot be opened.
  private func requireReachable(_ id: ObjectID) throws(Failure) {
    let packFolder = "\(folder)/pack"
    var files = ["\(folder)/\(id.hex.prefix(2))/\(id.hex.dropFirst(2))"]
    files += (try Folder.names(in: packFolder) ?? []).filter { $0.hasSuffix(".idx") || $0.hasSuffix(".pack") }
      .map { "\(packFolder)/\($0)" }
    for file in files where access(file, R_OK) != 0 && errno != ENOENT {
      let reason = systemMessage(errno)
      throw Failure(.io, cannot: "open", file, "\(reason); make it readable for this user")
    }
  }

  /// Whether there is an object, whatever its content.
  func contains(_ id: ObjectID) -> Bool {
    var oid = id.native
    return git_odb_exists(store.pointer, &oid) == 1
  }

  /// Looks for packs that were written since.
  func refresh() throws(Failure) {
    try check(git_odb_refresh(store.pointer), operation: "read the new pack of", object: "the repository")
  }

  /// The content of an object of a kind.
  func content(_ id: ObjectID, as kind: ObjectKind) throws(Failure) -> [UInt8] {
    let object = try object(id)
    guard object.kind == kind else {
      throw Failure(
        .invalid, cannot: "read \(kind.rawValue)", id.hex, "it is a \(object.kind.rawValue)")
    }
    return object.bytes
  }

  /// A commit in the strict form.
  func commit(_ id: ObjectID) throws(Failure) -> RawCommit {
    let bytes = try content(id, as: .commit)
    do throws(Failure) {
      return try RawCommit(parsing: bytes)
    } catch {
      throw Failure(error.code, "commit \(id.hex)", error.message)
    }
  }

  /// The entries of a directory in Git's order, read strictly; none for no directory.
  func tree(_ id: ObjectID?) throws(Failure) -> [TreeEntry] {
    guard let id else { return [] }
    if let known = trees[id] { return known }
    let entries = try Tree.parse(content(id, as: .tree), id: id)
    trees[id] = entries
    return entries
  }
}

/// The directories that were read last: when half of the room is full, what was not asked for since goes.
private struct RecentTrees {
  private let byteCount: Int
  private var young: [ObjectID: [TreeEntry]] = [:]
  private var old: [ObjectID: [TreeEntry]] = [:]
  private var youngBytes = 0

  /// About what an entry takes: itself, and its name where that is long.
  private static let bytesOfEntry = 96

  init(byteCount: Int) { self.byteCount = byteCount }

  subscript(id: ObjectID) -> [TreeEntry]? {
    mutating get {
      if let found = young[id] { return found }
      guard let found = old.removeValue(forKey: id) else { return nil }
      self[id] = found
      return found
    }
    set {
      guard let entries = newValue else { return }
      let bytes = entries.count * Self.bytesOfEntry
      guard bytes <= byteCount / 4 else { return }
      if youngBytes + bytes > byteCount / 2 {
        old = young
        young = [:]
        youngBytes = 0
      }
      if young.updateValue(entries, forKey: id) == nil { youngBytes += bytes }
    }
  }
}

extension Owned {
  /// Of an object store: the kind and content of an object.
  borrowing func object(_ id: ObjectID) throws(Failure) -> (kind: ObjectKind, bytes: [UInt8]) {
    var oid = id.native
    let store = pointer
    let object = try Owned(
      operation: "read object", object: id.hex, free: { git_odb_object_free($0) },
      make: { git_odb_read(&$0, store, &oid) })
    guard let kind = ObjectKind(git_odb_object_type(object.pointer)) else {
      throw Failure(.corrupt, cannot: "read object", id.hex, "its kind is unknown")
    }
    let content = UnsafeRawBufferPointer(
      start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer))
    return (kind, Array(content))
  }
}
