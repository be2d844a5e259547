import Glibc

extension GitError {
  /// Whether this may be damage: an object is not there, has another content than its id says, or is none of its kind.
  ///
  /// An object that nobody may read is not there either, as far as libgit2 knows: ask ``Repository/requireReachable(_:)``, too.
  public var mayBeDamage: Bool {
    rule == nil && (code == .notFound || code == .corrupt || code == .invalid || code == .unsafe)
  }
}

/// What two directories do not agree on, as far as they can be read.
public struct ReadableDifferences: Hashable, Sendable {
  /// A directory that cannot be read.
  public struct Unreadable: Hashable, Sendable {
    /// Its path from the root; nil for the root itself.
    public let path: String?
    /// The object.
    public let id: ObjectID
    /// Whether it stands in the newer tree; otherwise it is in the older one alone.
    public let isNew: Bool
    /// What is wrong with it.
    public let message: String
  }

  /// The files that differ, but for those under what cannot be read.
  public fileprivate(set) var files: [TreeDifference] = []
  /// The directories under which nothing is known.
  public fileprivate(set) var unreadable: [Unreadable] = []
}

extension Repository {
  /// As ``differences(fromTree:toTree:)`` of a repository in which not every directory can be read.
  ///
  /// - Throws: what is no damage: an input/output error, a lack of permission.
  public func readableDifferences(
    fromTree old: ObjectID?, toTree new: ObjectID
  ) throws(GitError) -> ReadableDifferences {
    var found = ReadableDifferences()
    try compareReadable(old, new, path: nil, depth: 0, into: &found)
    return found
  }

  private func compareReadable(
    _ old: ObjectID?, _ new: ObjectID?, path: String?, depth: Int, into found: inout ReadableDifferences
  ) throws(GitError) {
    if old == new { return }
    let before = try readableTree(old, path: path, depth: depth, isNew: false, into: &found)
    let after = try readableTree(new, path: path, depth: depth, isNew: true, into: &found)
    guard let before, let after else { return }
    var pairs: [[UInt8]: (old: TreeEntry?, new: TreeEntry?)] = [:]
    for entry in before { pairs[entry.sortKey, default: (nil, nil)].old = entry }
    for entry in after { pairs[entry.sortKey, default: (nil, nil)].new = entry }
    for (_, pair) in pairs.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) where pair.old != pair.new {
      let name = (path.map { $0 + "/" } ?? "") + (pair.new?.name ?? pair.old?.name ?? "")
      if pair.old?.mode == .directory || pair.new?.mode == .directory {
        try compareReadable(pair.old?.id, pair.new?.id, path: name, depth: depth + 1, into: &found)
      } else {
        found.files.append(TreeDifference(path: name, old: pair.old, new: pair.new))
      }
    }
  }

  private func readableTree(
    _ id: ObjectID?, path: String?, depth: Int, isNew: Bool, into found: inout ReadableDifferences
  ) throws(GitError) -> [TreeEntry]? {
    guard let id else { return [] }
    do throws(GitError) {
      try Self.requireDepth(depth, at: path ?? "")
      return try tree(id)
    } catch {
      guard error.mayBeDamage else { throw error }
      if error.code == .notFound { try requireReachable(id) }
      found.unreadable.append(.init(path: path, id: id, isNew: isNew, message: error.message))
      return nil
    }
  }

  /// The first path at which a commit's tree names an object, as far as its directories can be read; nil where none does.
  public func path(of object: ObjectID, in commit: ObjectID) throws(GitError) -> String? {
    try path(of: object, under: self.commit(commit).tree, prefix: "", depth: 0)
  }

  private func path(
    of object: ObjectID, under tree: ObjectID, prefix: String, depth: Int
  ) throws(GitError) -> String? {
    let entries: [TreeEntry]
    do throws(GitError) {
      try Self.requireDepth(depth, at: prefix)
      entries = try self.tree(tree)
    } catch {
      guard error.mayBeDamage else { throw error }
      return nil
    }
    if let entry = entries.first(where: { $0.id == object }) { return prefix + entry.name }
    for entry in entries where entry.mode == .directory {
      let prefix = prefix + entry.name + "/"
      if let found = try path(of: object, under: entry.id, prefix: prefix, depth: depth + 1) { return found }
    }
    return nil
  }

  /// Makes sure that an object which was not found is not there, rather than out of this user's reach: libgit2 does not tell the two
  /// apart.
  ///
  /// - Throws: `.io` where the object's own file, or a pack that could hold it, cannot be opened.
  public nonisolated func requireReachable(_ id: ObjectID) throws(GitError) {
    let hex = id.hex
    var files = ["\(commonFolder)objects/\(hex.prefix(2))/\(hex.dropFirst(2))"]
    files += try FileSystem.names(in: packFolder).filter { $0.hasSuffix(".idx") || $0.hasSuffix(".pack") }
      .map { "\(packFolder)/\($0)" }
    for file in files where access(file, R_OK) != 0 && errno != ENOENT {
      let reason = String(cString: strerror(errno))
      throw GitError(
        code: .io, operation: "open", object: file, message: "\(reason); make it readable for this user")
    }
  }
}
