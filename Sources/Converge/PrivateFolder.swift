import Facts
import Failures
import Files
import Glibc
import Processes
import StateRepository

/// A folder of this user alone, in which a tool runs or a saved plan waits.
package struct PrivateFolder: Sendable, Hashable {
  /// An absolute path.
  package let path: String

  /// The folder at a path, whether it is there or not.
  package init(_ path: String) {
    self.path = path
  }

  /// Makes it anew and empty; its parents where they are missing.
  package func make() throws(Failure) {
    remove()
    do throws(Failure) {
      try Folder.makeAll(OwnFile.folder(of: path))
      // What could not be removed is there still, and is not taken for an empty folder.
      try Folder.make(path)
    } catch {
      throw Failure(.workspace, error.object, error.message, hint: error.hint)
    }
  }

  /// Removes it with all that is in it.
  package func remove() { Folder.remove(path) }

  /// A folder in it.
  package func folder(_ name: String) -> PrivateFolder { PrivateFolder("\(path)/\(name)") }

  /// Removes everything in it but these.
  package func keepOnly(_ names: [String]) {
    let found = (try? Folder.names(in: path)) ?? []
    for other in found where !names.contains(other) { Folder.remove("\(path)/\(other)") }
  }

  /// Copies one of its files to a new file, reading and digesting the same bytes once.
  ///
  /// - Returns: nil when there is no such file.
  /// - Throws: `workspace` for one that is not a regular file of this user.
  package func copy(_ name: String, to destination: String) throws(Failure) -> Digest? {
    let place = "\(path)/\(name)"
    let input = open(place, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
    guard input >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("read", place)
    }
    defer { close(input) }
    var status = stat()
    guard fstat(input, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_uid == geteuid() else {
      throw Failure(.workspace, place, "it is not a regular file of this user")
    }
    let output = open(destination, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw failure("write", destination) }
    defer { close(output) }
    var digest = Digest.Stream()
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(input, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", place) }
      if count == 0 { return digest.digest }
      digest.update(Array(chunk[..<count]))
      if let number = writeWhole(chunk[..<count], to: output) {
        errno = number
        throw failure("write", destination)
      }
    }
  }

  /// Writes a new file of this user alone.
  ///
  /// - Returns: its path.
  package func write(_ bytes: [UInt8], as name: String) throws(Failure) -> String {
    let place = "\(path)/\(name)"
    let output = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw failure("write", place) }
    defer { close(output) }
    if let number = writeWhole(bytes[...], to: output) {
      errno = number
      throw failure("write", place)
    }
    return place
  }

  private func failure(_ verb: String, _ place: String) -> Failure {
    let number = errno
    return Failure(
      .workspace, place, "cannot \(verb) it: \(systemMessage(number))", hint: systemAdvice(number, place))
  }
}
