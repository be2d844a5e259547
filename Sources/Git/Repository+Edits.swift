import CLibgit2
import Failures
import Files

extension Repository {
  /// How many commits back a path is followed.
  private static let longestWalk = 1_000

  /// Those of these paths that somebody has edited, and no killed update has left behind.
  ///
  /// An update replaces files first, and the index at its end. So what it leaves is in the index as some commit of the branch had it, and
  /// in the file as that one or a later one has it, or the beginning of that. Anything else is an edit; an older version that
  /// somebody took back by hand is one, too.
  func edits(
    in paths: Set<String>, _ index: borrowing Owned, from tip: ObjectID
  ) throws(Failure) -> [String] {
    var open: [String: Left] = [:]
    var edited: [String] = []
    for path in paths {
      let staged = Self.entry(at: path, in: index)
      if let left = try left(at: path, staged, recorded: entry(at: path, in: tip)?.id) {
        open[path] = left
      } else {
        edited.append(path)
      }
    }
    var next: ObjectID? = tip
    for _ in 0..<Self.longestWalk {
      for (path, found) in open {
        var left = found
        let isExplained = try explains(&left)
        open[path] = isExplained == nil ? left : nil
        if isExplained == false { edited.append(path) }
      }
      guard !open.isEmpty, let id = next else { break }
      next = try commit(id).parents.first
      for change in try differences(from: next, to: id) { open[change.path]?.recorded = change.old?.id }
    }
    return (edited + open.keys).sorted()
  }

  /// What the index has at a path; nil where it has nothing.
  static func entry(at path: String, in index: borrowing Owned) -> ObjectID? {
    git_index_get_bypath(index.pointer, path, 0).map { ObjectID($0.pointee.id) }
  }

  private func left(
    at path: String, _ staged: ObjectID?, recorded: ObjectID?
  ) throws(Failure) -> Left? {
    let file = (workTree ?? "") + path
    guard let status = try FileSystem.status(file) else { return Left(staged: staged, recorded: recorded) }
    guard status.isRegularFile else { return nil }
    let content = try OwnFile.readAnybodys(file, limit: Int.max)
    return Left(staged: staged, content: content, id: try ObjectID(hashing: content, as: .blob), recorded: recorded)
  }

  /// Whether a commit that has this version explains what stands there; nil where an older one may.
  private func explains(_ left: inout Left) throws(Failure) -> Bool? {
    if !left.isFound { left.isFound = try holds(left) }
    return left.recorded == left.staged ? left.isFound : nil
  }

  private func holds(_ left: Left) throws(Failure) -> Bool {
    if left.id == left.recorded { return true }
    // An update is about to write it, or has begun to.
    guard left.recorded != left.staged, let recorded = left.recorded else { return false }
    guard let content = left.content else { return true }
    return try blob(recorded).starts(with: content)
  }
}

/// What stands at a path.
private struct Left {
  let staged: ObjectID?
  /// The file's content and its id; nil where there is no file.
  var content: [UInt8]?
  var id: ObjectID?
  /// What the commit has that the walk is at.
  var recorded: ObjectID?
  /// Whether a commit has had the file so.
  var isFound = false
}
