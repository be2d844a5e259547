import Failures

extension Failure {
  /// Whether this may be damage: an object is not there, has another content than its id says, or is none of its kind.
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
}
