import Failures
import Files
import Glibc

/// The few calls on its own files that libgit2 does not make.
enum FileSystem {
  /// Makes a folder and all under it durable, the deepest first, so that no name is durable before what it names.
  static func synchroniseAll(under folder: String) throws(Failure) {
    for name in try Folder.names(in: folder) ?? [] {
      let path = "\(folder)/\(name)"
      guard let status = try status(path) else { continue }
      if status.isFolder { try synchroniseAll(under: path) }
      if status.isRegularFile { try OwnFile.synchronise(path) }
    }
    try OwnFile.synchronise(folder)
  }

  /// What `lstat` says about a path.
  struct Status {
    let kind: mode_t
    let owner: uid_t
    let byteCount: Int
    /// Seconds since 1970.
    let modified: Int

    var isFolder: Bool { kind == S_IFDIR }
    var isRegularFile: Bool { kind == S_IFREG }
  }

  /// The status of a path itself, links not followed; nil where there is nothing.
  static func status(_ path: String) throws(Failure) -> Status? {
    var info = stat()
    if lstat(path, &info) == 0 {
      return Status(
        kind: info.st_mode & S_IFMT, owner: info.st_uid, byteCount: Int(info.st_size),
        modified: info.st_mtim.tv_sec)
    }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw OwnFile.failure("examine", path)
  }

  /// Removes a file; that it is gone already is fine.
  static func remove(_ path: String) throws(Failure) {
    if unlink(path) != 0 && errno != ENOENT { throw OwnFile.failure("remove", path) }
  }
}
