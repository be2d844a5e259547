import Crypto
import Facts
import Glibc

/// One run's raw output, as files in a private folder. What a live run writes here and what a CI job recorded elsewhere are read alike.
struct EvidenceFolder: Sendable {
  let path: String
  private let source: SourceName

  init(_ path: String, source: SourceName) {
    self.path = path
    self.source = source
  }

  func path(of name: String) -> String { "\(path)/\(name)" }

  func contains(_ name: String) -> Bool { access(path(of: name), F_OK) == 0 }

  /// A file's bytes; nil when there is none.
  ///
  /// - Throws: `unreadable` for a file that is there and cannot be read, or is larger than `limit` bytes. A file that is no
  ///   regular one is never opened for reading, so that a FIFO cannot hold the run up.
  func read(_ name: String, limit: Int = 1 << 30) throws(ObserveError) -> [UInt8]? {
    let descriptor = open(path(of: name), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw unreadable(name)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= limit else {
      throw unreadable(name)
    }
    let size = Int(status.st_size)
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress! + count, size - count)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          isWhole = false
          return
        }
        count += got
      }
    }
    guard isWhole else { throw unreadable(name) }
    return bytes
  }

  /// Writes a file that only the owner can read, in place of any that is there.
  func write(_ bytes: [UInt8], to name: String) throws(ObserveError) {
    let descriptor = try create(name)
    defer { close(descriptor) }
    try append(bytes, to: descriptor, name: name)
  }

  /// Opens a new, empty, private file; the caller closes it.
  func create(_ name: String) throws(ObserveError) -> Int32 {
    unlink(path(of: name))
    let descriptor = open(path(of: name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw unwritable(name) }
    return descriptor
  }

  func append(_ bytes: [UInt8], to descriptor: Int32, name: String) throws(ObserveError) {
    var written = 0
    while written < bytes.count {
      let got = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written)
      }
      if got < 0, errno == EINTR { continue }
      guard got > 0 else { throw unwritable(name) }
      written += got
    }
  }

  /// Removes a file, so that a stale one of an earlier run is never read.
  func remove(_ name: String) { unlink(path(of: name)) }

  /// The digests of those of these files that are there.
  func evidence(_ names: [String]) throws(ObserveError) -> [Observation.Evidence] {
    var found: [Observation.Evidence] = []
    for name in names {
      if let bytes = try read(name) { found.append(.init(name: name, digest: Digest(of: bytes))) }
    }
    return found
  }

  private func unreadable(_ name: String) -> ObserveError {
    ObserveError(
      .unreadable, source: source, "\(name) in \(path) is no regular file that can be read whole",
      hint: "Check its permissions and its size.")
  }

  private func unwritable(_ name: String) -> ObserveError {
    ObserveError(
      .evidence, source: source, "cannot write \(name) in \(path)",
      hint: "Check the permissions and the free space of the spool.")
  }
}
