import Failures
import Files
import Glibc

extension Failure {
  /// Whether this may be damage: an object is not there, has another content than its id says, or is none of its kind.
  ///
  /// An object that this process may not read counts as missing, too, as far as libgit2 knows: ask
  /// ``Repository/requireReachable(_:)``, too.
  package var mayBeDamage: Bool {
    code == .notFound || code == .corrupt || code == .invalid || code == .unsafe
  }
}

/// What two directories do not agree on, as far as they can be read.
package struct ReadableDifferences: Hashable, Sendable {
  /// The files that differ, but for those under what cannot be read.
  package let files: [TreeDifference]
  /// The directories under which nothing is known.
  package let unreadable: [UnreadableDirectory]
}

extension Repository {
  /// As ``differences(fromTree:toTree:takingWhole:)`` of a repository in which not every directory can be read.
  ///
  /// - Throws: what is no damage: an input/output error, a lack of permission.
  package func readableDifferences(
    fromTree old: ObjectID?, toTree new: ObjectID
  ) throws(Failure) -> ReadableDifferences {
    var comparison = TreeComparison(objects)
    comparison.goesOn = true
    let files = try differences(&comparison, from: old, to: new)
    for (directory, error) in comparison.damage where error.code == .notFound { try requireReachable(directory.id) }
    return ReadableDifferences(files: files, unreadable: comparison.damage.map(\.directory))
  }

  /// The first path at which a commit's tree names an object, as far as its directories can be read; nil where none does.
  package func path(of object: ObjectID, in commit: ObjectID) throws(Failure) -> String? {
    try path(of: object, under: self.commit(commit).tree, prefix: "", depth: 0)
  }

  private func path(
    of object: ObjectID, under tree: ObjectID, prefix: String, depth: Int
  ) throws(Failure) -> String? {
    let entries: [TreeEntry]
    do throws(Failure) {
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
  package nonisolated func requireReachable(_ id: ObjectID) throws(Failure) {
    let hex = id.hex
    var files = ["\(commonFolder)objects/\(hex.prefix(2))/\(hex.dropFirst(2))"]
    files += (try Folder.names(in: packFolder) ?? []).filter { $0.hasSuffix(".idx") || $0.hasSuffix(".pack") }
      .map { "\(packFolder)/\($0)" }
    for file in files where access(file, R_OK) != 0 && errno != ENOENT {
      let reason = systemMessage(errno)
      throw Failure(
        .io, cannot: "open", file, "\(reason); make it readable for this user")
    }
  }
}
