import Files
import Glibc

/// What praxis keeps on a host beside the repository: written whole and durably, and believed only where nobody else can have
/// written it.
package enum PrivateFile {
  /// Writes beside the place, makes it durable, and moves it there.
  package static func write(_ bytes: [UInt8], to path: String) throws(StateError) {
    do throws(FileError) { try OwnFile.write(bytes, to: path) } catch { throw StateError(error) }
  }

  /// Reads a regular file of this user or of root that nobody else can write, in a folder in which nobody else can put another in
  /// its place.
  ///
  /// - Parameters:
  ///   - limit: the most bytes that it may have.
  ///   - isSecret: whether also nobody else may be able to read it.
  /// - Throws: `unsafe-file` where it is not such a file.
  package static func read(_ path: String, limit: Int, isSecret: Bool = false) throws(StateError) -> [UInt8] {
    do throws(FileError) {
      return try OwnFile.read(
        path, limit: limit, allowing: isSecret ? .ownerAlone : .anyReader, inSafeFolder: true)
    } catch {
      throw StateError(error)
    }
  }

  /// Reads a regular file of anybody's, which is believed only for the signature that comes with it.
  ///
  /// - Parameter limit: the most bytes that it may have.
  package static func readAnybodys(_ path: String, limit: Int) throws(StateError) -> [UInt8] {
    do throws(FileError) {
      return try OwnFile.readAnybodys(path, limit: limit)
    } catch {
      throw StateError(error)
    }
  }

  /// The names in a folder, sorted; none when there is no folder. Scratch files of ``write(_:to:)`` and hidden ones only on demand.
  package static func names(in folder: String, hidden: Bool = false) throws(StateError) -> [String] {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return [] }
      throw failure("list", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw failure("list", folder) }
        break
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name == "." || name == ".." { continue }
      if hidden || !(name.utf8.first == 0x2e || name.hasSuffix(".new")) { names.append(name) }
    }
    return names.sorted()
  }

  /// Makes a folder and those above it, each for this user alone.
  package static func makeFolders(_ path: String) throws(StateError) {
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
  package static func removeTree(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      for name in (try? names(in: path, hidden: true)) ?? [] { removeTree("\(path)/\(name)") }
      rmdir(path)
    } else {
      unlink(path)
    }
  }

  static func failure(_ verb: String, _ path: String) -> StateError {
    StateError(
      .spool, path, "cannot \(verb) \(path): \(String(cString: strerror(errno)))",
      hint: "Check permissions and free space.")
  }
}
