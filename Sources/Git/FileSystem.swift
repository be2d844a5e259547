import Glibc

/// The few calls on files that libgit2 does not make: durability, listing, removal.
enum FileSystem {
  /// Makes the content of a file, or the names in a folder, survive a loss of power.
  static func synchronise(_ path: String) throws(GitError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("make durable", path) }
  }

  /// Makes a folder and all under it durable, the deepest first, so that no name is durable before what it names.
  static func synchroniseAll(under folder: String) throws(GitError) {
    for name in try names(in: folder) {
      let path = "\(folder)/\(name)"
      guard let status = try status(path) else { continue }
      if status.isFolder { try synchroniseAll(under: path) }
      if status.isRegularFile { try synchronise(path) }
    }
    try synchronise(folder)
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
  static func status(_ path: String) throws(GitError) -> Status? {
    var info = stat()
    if lstat(path, &info) == 0 {
      return Status(
        kind: info.st_mode & S_IFMT, owner: info.st_uid, byteCount: Int(info.st_size),
        modified: info.st_mtim.tv_sec)
    }
    if errno == ENOENT || errno == ENOTDIR { return nil }
    throw failure("look at", path)
  }

  /// The names in a folder, sorted, without `.` and `..`; none where there is no folder.
  static func names(in folder: String) throws(GitError) -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw failure("list", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw failure("list", folder) }
    return names.sorted()
  }

  /// Removes a file; that it is gone already is fine.
  static func remove(_ path: String) throws(GitError) {
    if unlink(path) != 0 && errno != ENOENT { throw failure("remove", path) }
  }

  /// Turns `errno` into an error; call it right after the call that failed.
  static func failure(_ operation: String, _ path: String) -> GitError {
    let code = errno
    return GitError(code: .io, operation: operation, object: path, message: String(cString: strerror(code)))
  }
}
