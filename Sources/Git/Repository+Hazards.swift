import Failures
import Files

/// Something in a repository that makes git programs see other objects or another history than is stored.
package enum Hazard: Hashable, Sendable, CustomStringConvertible {
  /// Objects are borrowed from another repository: `objects/info/alternates` or `http-alternates`.
  case alternates(path: String)
  /// Parents of commits are replaced: `info/grafts`.
  case grafts(path: String)
  /// History is cut off: `shallow`.
  case shallow(path: String)
  /// Objects are replaced when git reads them: `refs/replace/`.
  case replaceReferences([String])

  /// What it is and what to do about it.
  package var description: String {
    switch self {
    case .alternates(let path):
      "objects are borrowed from elsewhere (\(path)): git repack -a -d, then remove it"
    case .grafts(let path): "parents are replaced by \(path): remove it"
    case .shallow(let path): "the history is cut off (\(path)): git fetch --unshallow"
    case .replaceReferences(let names):
      "objects are replaced by \(names.joined(separator: ", ")): git replace -d"
    }
  }
}

extension Repository {
  /// Everything that makes this repository unfit as evidence; empty where nothing does. Reading here is not misled by
  /// replace references, grafts and cut-off history, but people who read it with plain git are.
  package func hazards() throws(Failure) -> [Hazard] {
    var found: [Hazard] = []
    for name in ["objects/info/alternates", "objects/info/http-alternates"] {
      let path = commonFolder + name
      if try FileSystem.status(path) != nil { found.append(.alternates(path: path)) }
    }
    let grafts = commonFolder + "info/grafts"
    if try FileSystem.status(grafts) != nil { found.append(.grafts(path: grafts)) }
    let shallow = commonFolder + "shallow"
    if try FileSystem.status(shallow) != nil { found.append(.shallow(path: shallow)) }
    let replaced = try references(under: "refs/replace/").map(\.name)
    if !replaced.isEmpty { found.append(.replaceReferences(replaced)) }
    return found
  }

  /// Removes the temporary packs and objects that a killed writer left behind, and its locks on references (``StaleLock``).
  ///
  /// Call it only while holding the ``RepositoryLock`` that all writers of this engine take. A program that does not
  /// know that lock (git itself) is protected by age alone.
  ///
  /// - Parameter seconds: how long a file must not have been written; at least a few minutes where people use git here.
  /// - Returns: the paths that were removed.
  package func removeLeftovers(olderThan seconds: Int, now: Int) throws(Failure) -> [String] {
    let objects = commonFolder + "objects"
    var removed: [String] = []
    // By names alone: there may be a hundred thousand objects, and this stands before every recording.
    let folders = (try Folder.names(in: objects) ?? []).filter { $0 == "pack" || $0.utf8.count == 2 }
    for folder in [objects] + folders.map({ "\(objects)/\($0)" }) {
      for name in (try Folder.names(in: folder) ?? []) where name.hasPrefix("tmp_") || name.hasPrefix("pack_git2_") {
        let path = "\(folder)/\(name)"
        guard let status = try FileSystem.status(path), status.modified <= now - seconds else { continue }
        try FileSystem.remove(path)
        removed.append(path)
      }
    }
    return try removed + removeStaleLocks(in: "refs", olderThan: seconds, now: now)
  }

  private func removeStaleLocks(in folder: String, olderThan seconds: Int, now: Int) throws(Failure) -> [String] {
    var removed: [String] = []
    for name in try Folder.names(in: commonFolder + folder) ?? [] {
      let path = "\(commonFolder)\(folder)/\(name)"
      guard let status = try FileSystem.status(path) else { continue }
      if status.isFolder {
        removed += try removeStaleLocks(in: "\(folder)/\(name)", olderThan: seconds, now: now)
      } else if name.hasSuffix(".lock"), status.modified <= now - seconds, try staleLock(path).removeIfStale() {
        removed.append(path)
      }
    }
    return removed
  }
}
