import Glibc

/// Files that only this user reads, written whole and durably.
public enum PrivateFile {
  /// Writes beside the place, makes it durable, and moves it there.
  public static func write(_ bytes: [UInt8], to path: String) throws(StateError) {
    let scratch = "\(path).\(getpid()).new"
    unlink(scratch)
    let descriptor = open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("write", path) }
    defer { close(descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        unlink(scratch)
        throw failure("write", path)
      }
      written += count
    }
    guard fsync(descriptor) == 0, rename(scratch, path) == 0 else {
      unlink(scratch)
      throw failure("write", path)
    }
    try synchroniseFolder(of: path)
  }

  /// Reads a regular file of at most so many bytes.
  public static func read(_ path: String, limit: Int) throws(StateError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("read", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
      throw StateError(.spool, path, "it is no regular file of at most \(limit) bytes")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw StateError(.spool, path, "it is larger than \(limit) bytes") }
    }
  }

  /// The names in a folder, sorted; none when there is no folder. Scratch files of ``write(_:to:)`` and hidden ones only on demand.
  public static func names(in folder: String, hidden: Bool = false) throws(StateError) -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw failure("list", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      if hidden || !(name.utf8.first == 0x2e || name.hasSuffix(".new")) { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes a folder and those above it, each for this user alone.
  public static func makeFolders(_ path: String) throws(StateError) {
    var built = ""
    for part in path.split(separator: "/") {
      built += "/\(part)"
      guard mkdir(built, 0o700) == 0 || errno == EEXIST || errno == EROFS else { throw failure("make", built) }
    }
  }

  static func makeFolder(_ path: String) throws(StateError) {
    guard mkdir(path, 0o700) == 0 else { throw failure("make", path) }
  }

  /// Removes a folder with all in it, never following a link; what cannot be removed stays.
  public static func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in (try? names(in: path, hidden: true)) ?? [] { removeTree("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  private static func synchroniseFolder(of path: String) throws(StateError) {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("make durable", folder) }
  }

  static func failure(_ verb: String, _ path: String) -> StateError {
    StateError(
      .spool, path, "cannot \(verb) \(path): \(String(cString: strerror(errno)))",
      hint: "Check permissions and free space.")
  }
}
