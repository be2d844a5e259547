import Failures
import Glibc

/// Files outside the repository that praxis trusts: read only where no other user can have written them, written whole
/// and durably.
package enum OwnFile {
  /// Who beside its owner may read a file. No other user may ever write it.
  package enum Readers: Sendable {
    /// It is secret.
    case ownerAlone
    /// It is no secret.
    case anyReader
  }

  /// Reads a regular file that belongs to this user or to root, and that no other user can write or replace.
  ///
  /// - Parameters:
  ///   - limit: the most bytes that it may have.
  ///   - inSafeFolder: false where another user may put another file in its place.
  /// - Throws: a code of its own for each way in which it is not such a file.
  package static func read(
    _ path: String, limit: Int, allowing readers: Readers = .anyReader, inSafeFolder: Bool = true
  ) throws(Failure) -> [UInt8] {
    if inSafeFolder { try checkFolder(of: path) }
    // Neither follows a link nor waits for the writer of a pipe.
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT: throw missing(path)
      case ELOOP:
        throw Failure(
          .fileIsLink, path, "it is a symbolic link; put the file itself there",
          hint: "See where it leads and who made it: ls -l \(path)")
      case ENXIO: throw special(path)
      default: throw failure("read", path)
      }
    }
    defer { close(descriptor) }
    let status = try regular(descriptor, path)
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw Failure(
        .fileOwner, path, "it belongs to user \(status.st_uid); it has to be this user's or root's",
        hint: "Run praxis as its owner; or see what it holds, and then: chown \(geteuid()) \(path)")
    }
    let forbidden: mode_t = readers == .ownerAlone ? 0o077 : 0o022
    guard status.st_mode & forbidden == 0 else {
      throw Failure(
        .filePermissions, path,
        readers == .ownerAlone ? "others may read or write it: chmod 600" : "others may write it: chmod go-w",
        hint: "See what it holds, and then: chmod \(readers == .ownerAlone ? "600" : "go-w") \(path)")
    }
    guard status.st_size <= limit else { throw tooLarge(path, limit) }
    let bytes = try content(of: descriptor, path, limit: limit)
    guard !bytes.isEmpty else { throw Failure(.fileEmpty, path, "it is empty", hint: restoring) }
    return bytes
  }

  /// Reads a regular file of anybody's, for what is trusted for another reason than who could write it: for a signature.
  ///
  /// - Parameter limit: the most bytes that it may have.
  /// - Throws: a path that leads to no such file is wrong input, and no refusal.
  package static func readAnybodys(_ path: String, limit: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      switch errno {
      case ENOENT, ENOTDIR: throw missing(path, kind: .wrongInput)
      case ENXIO, ENODEV: throw special(path, kind: .wrongInput)
      default: throw failure("read", path)
      }
    }
    defer { close(descriptor) }
    let status = try regular(descriptor, path, kind: .wrongInput)
    guard status.st_size <= limit else { throw tooLarge(path, limit, kind: .wrongInput) }
    return try content(of: descriptor, path, limit: limit, kind: .wrongInput)
  }

  /// Writes a file of this user alone beside its place, makes it durable and moves it there.
  package static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    let folder = folder(of: path)
    let scratch = try TemporaryFolder(in: folder)
    let new = try written(bytes, in: scratch)
    guard rename(new, path) == 0 else { throw failure("write", path) }
    try synchronise(folder)
  }

  /// As ``write(_:to:)``, where nothing is: for what would be lost for ever if it were written over.
  ///
  /// - Returns: false where something is there, which stays as it is.
  package static func writeNew(_ bytes: [UInt8], to path: String) throws(Failure) -> Bool {
    let folder = folder(of: path)
    let scratch = try TemporaryFolder(in: folder)
    guard try place(written(bytes, in: scratch), at: path) else { return false }
    try synchronise(folder)
    return true
  }

  /// Gives a file a second name: a link, unlike a move, never takes the place of another file.
  ///
  /// - Returns: false where something is there.
  package static func place(_ made: String, at path: String) throws(Failure) -> Bool {
    if link(made, path) == 0 { return true }
    guard errno == EEXIST else { throw failure("make", path) }
    return false
  }

  private static func written(_ bytes: [UInt8], in scratch: borrowing TemporaryFolder) throws(Failure) -> String {
    let new = scratch.path + "/new"
    try create(bytes, at: new)
    try synchronise(new)
    return new
  }

  /// Changes some bytes of a file in place, without making it durable: for what may be lost by a crash, in a file of which nothing else may
  /// be. Whoever reads the file at the same time has to be kept from it.
  ///
  /// - Parameters:
  ///   - old: what the file holds; one that holds something else is left as it is.
  ///   - new: as many bytes.
  package static func overwrite(_ old: [UInt8], with new: [UInt8], at path: String) throws(Failure) {
    guard old.count == new.count, let start = old.indices.first(where: { old[$0] != new[$0] }),
      let end = old.indices.last(where: { old[$0] != new[$0] })
    else { return }
    let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("write", path) }
    defer { close(descriptor) }
    guard try content(of: descriptor, path, limit: old.count) == old else { return }
    let count = new[start...end].withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, off_t(start)) }
    guard count == end - start + 1 else { throw failure("write", path) }
  }

  /// Makes a file of this user alone where nothing is.
  package static func create(_ bytes: [UInt8], at path: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("make", path) }
    defer { close(descriptor) }
    if let number = writeWhole(bytes, to: descriptor) {
      errno = number
      throw failure("write", path)
    }
  }

  /// Makes the content of a file, or the names in a folder, survive a loss of power.
  package static func synchronise(_ path: String) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("sync", path) }
  }

  /// The folder that a path's last name stands in.
  package static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The path with no link and no `..` left in it.
  package static func realPath(_ path: String) throws(Failure) -> String {
    guard let pointer = realpath(path, nil) else {
      if errno == ENOENT { throw missing(path) }
      throw failure("find", path)
    }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  /// As ``realPath(_:)``; the path as it is where there is no such file.
  package static func resolved(_ path: String) -> String { (try? realPath(path)) ?? path }

  /// Turns `errno` into an error; call it right after the call that failed.
  package static func failure(_ verb: String, _ path: String) -> Failure {
    let code = errno
    return Failure(
      .fileFailed, path, "cannot \(verb) it: \(systemMessage(code))", hint: systemAdvice(code, path))
  }

  /// Whether there is anything at a path that somebody typed.
  ///
  /// - Throws: wrong input where there is nothing.
  package static func checkNamed(_ path: String) throws(Failure) {
    if access(path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR { throw missing(path, kind: .wrongInput) }
  }

  /// What to do about a file of praxis' own that is not there, or does not hold what it should.
  package static let restoring = "Restore it from a backup; praxis doctor tells what else is not as it has to be."

  private static func missing(_ path: String, kind: Failure.Kind? = nil) -> Failure {
    Failure(
      .fileMissing, path, "there is no such file",
      hint: kind == .wrongInput ? "Check the path: ls -l \(folder(of: path))" : restoring, kind: kind)
  }

  private static func special(_ path: String, kind: Failure.Kind? = nil) -> Failure {
    Failure(
      .fileIsSpecial, path, "it is not a regular file", hint: "See what it is, and name or put a file: ls -ld \(path)",
      kind: kind)
  }

  private static func regular(
    _ descriptor: Int32, _ path: String, kind: Failure.Kind? = nil
  ) throws(Failure) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("examine", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw special(path, kind: kind) }
    return status
  }

  /// Refuses a folder in which another user may put another file in the place of this one.
  static func checkFolder(of path: String) throws(Failure) {
    let folder = folder(of: path)
    var status = stat()
    guard stat(folder, &status) == 0 else {
      if errno == ENOENT { throw Failure(.fileMissing, path, "there is no folder \(folder)", hint: restoring) }
      throw failure("examine", folder)
    }
    guard status.st_uid == geteuid() || status.st_uid == 0 else {
      throw Failure(
        .fileOwner, folder, "the folder belongs to user \(status.st_uid); it has to be this user's or root's",
        hint: "Run praxis as its owner; or see what lies there, and then: chown \(geteuid()) \(folder)")
    }
    guard status.st_mode & 0o022 == 0 || status.st_mode & S_ISVTX != 0 else {
      throw Failure(
        .filePermissions, folder, "others may replace files in the folder: chmod go-w",
        hint: "See what lies there, and then: chmod go-w \(folder)")
    }
  }

  private static func content(
    of descriptor: Int32, _ path: String, limit: Int, kind: Failure.Kind? = nil
  ) throws(Failure) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      guard bytes.count <= limit else { throw tooLarge(path, limit, kind: kind) }
    }
  }

  private static func tooLarge(_ path: String, _ limit: Int, kind: Failure.Kind? = nil) -> Failure {
    Failure(
      .fileTooLarge, path, "it has more than \(limit) bytes, the most that one may have",
      hint: "See what wrote it, and name or restore the right one: ls -l \(path)", kind: kind)
  }
}
