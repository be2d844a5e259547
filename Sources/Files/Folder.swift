import Failures
import Glibc

/// Folders: what lies in them, making and removing them. No link is followed.
package enum Folder {
  /// The names in a folder, sorted by their bytes; nil where there is none.
  package static func names(in folder: String) throws(Failure) -> [String]? {
    guard let stream = opendir(folder) else {
      if errno == ENOENT { return nil }
      throw OwnFile.failure("list", folder)
    }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else { break }
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw OwnFile.failure("list", folder) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// As ``names(in:)``, without those that begin with a point: what ``OwnFile/write(_:to:)`` has not finished is one of them.
  package static func visibleNames(in folder: String) throws(Failure) -> [String] {
    try (names(in: folder) ?? []).filter { $0.utf8.first != UInt8(ascii: ".") }
  }

  /// Where a link leads, in its own words; nil where it is none.
  package static func linkTarget(of path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.bindMemory(to: CChar.self).baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
    }
    return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  /// Makes a folder for this user alone where nothing is.
  package static func make(_ path: String) throws(Failure) {
    guard mkdir(path, 0o700) == 0 else { throw OwnFile.failure("make", path) }
  }

  /// Makes a folder and those above it that are not there, each for this user alone.
  ///
  /// - Parameter made: told of each folder that was not there.
  package static func makeAll(_ path: String, made: (String) -> Void = { _ in }) throws(Failure) {
    var built = ""
    for part in path.split(separator: "/") {
      built += "/\(part)"
      if mkdir(built, 0o700) == 0 {
        made(built)
      } else {
        let number = errno
        if number == EEXIST || number == EROFS && access(built, F_OK) == 0 { continue }
        errno = number
        throw OwnFile.failure("make", built)
      }
    }
  }

  /// Removes a folder, or a file, with all in it; what cannot be removed stays.
  package static func remove(_ path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      unlink(path)
      return
    }
    for name in (try? names(in: path)) ?? [] { remove("\(path)/\(name)") }
    rmdir(path)
  }
}
