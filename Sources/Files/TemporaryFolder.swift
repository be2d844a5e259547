import Failures
import Glibc

/// A folder for this user alone, removed with the files in it.
///
/// It is locked (flock(2)) for as long as it is in use. Whoever makes another one beside it removes those of this user that nobody holds:
/// the process that made them was killed.
package struct TemporaryFolder: ~Copyable {
  /// An absolute path.
  package let path: String
  private let lock: Int32

  /// - Parameter parent: where it is made. Nil: `$TMPDIR`, else /tmp; one in which others could put another folder in its place is
  ///   refused.
  package init(in parent: String? = nil) throws(Failure) {
    let named = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
    let folder = parent ?? named ?? "/tmp"
    if parent == nil { try OwnFile.checkFolder(of: "\(folder)/new") }
    Self.removeAbandoned(in: folder)
    while true {
      var template = Array("\(folder)/\(Self.prefix)\(Self.letters)".utf8CString)
      guard mkdtemp(&template) != nil else { throw OwnFile.failure("make a folder in", folder) }
      let made = template.withUnsafeBufferPointer { buffer in
        String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      }
      let lock = open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      // Somebody who looked between the two calls took it for abandoned.
      if lock < 0, errno == ENOENT { continue }
      guard lock >= 0 else {
        let failure = OwnFile.failure("open", made)
        rmdir(made)
        throw failure
      }
      _ = flock(lock, LOCK_EX)
      if access(made, F_OK) != 0 {
        close(lock)
        continue
      }
      (path, self.lock) = (made, lock)
      return
    }
  }

  deinit {
    Folder.remove(path)
    close(lock)
  }

  private static let prefix = ".praxis-"
  private static let letters = "XXXXXX"

  /// Removes those in a folder that belong to no living process.
  package static func removeAbandoned(in folder: String) {
    for name in (try? Folder.names(in: folder)) ?? []
    where name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + letters.utf8.count {
      let path = "\(folder)/\(name)"
      let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_uid == geteuid(), flock(descriptor, LOCK_EX | LOCK_NB) == 0
      else { continue }
      Folder.remove(path)
    }
  }
}
