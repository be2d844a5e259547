import Facts
import Failures
import Files
import Glibc
import Processes
import StrictJSON
import Synchronization

/// One run's raw output, as files in a private folder. What a live run writes here and what a CI job recorded elsewhere are read alike.
package struct EvidenceFolder: Sendable {
  package let path: String
  private let source: SourceName
  private let progress: @Sendable (ObservationProgress) -> Void
  private let seen = SeenDigests()

  package init(
    _ path: String, source: SourceName, progress: @escaping @Sendable (ObservationProgress) -> Void = { _ in }
  ) {
    self.path = path
    self.source = source
    self.progress = progress
  }

  /// The digests of the very bytes that were read, so that what is recorded as evidence is what was judged.
  private final class SeenDigests: Sendable {
    private let digests = Mutex<[String: Digest]>([:])

    subscript(name: String) -> Digest? {
      get { digests.withLock { $0[name] } }
      set { digests.withLock { $0[name] = newValue } }
    }
  }

  /// Makes a new private folder.
  package static func make(_ path: String, _ source: SourceName) throws(Failure) {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw Failure(evidenceOf: source, path, "cannot be made", errno)
    }
  }

  /// Writes a new file that only this user reads.
  ///
  /// - Returns: nil, or `errno` of the call that failed.
  package static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600) -> Int32? {
    let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
    guard output >= 0 else { return errno }
    defer { close(output) }
    return writeWhole(bytes, to: output) ?? (fchmod(output, mode) == 0 ? nil : errno)
  }

  package func path(of name: String) -> String { "\(path)/\(name)" }

  /// Whether something of that name is there, whether it can be read or not: only what is not there may be passed over.
  package func contains(_ name: String) -> Bool {
    var status = stat()
    return lstat(path(of: name), &status) == 0 || errno != ENOENT
  }

  /// A file's bytes; nil when there is none.
  ///
  /// - Throws: `unreadable` for a file that is there and cannot be read, or is larger than `limit` bytes. A file that is no
  ///   regular one is never opened for reading, so that a FIFO cannot hold the run up.
  package func read(_ name: String, limit: Int = Bounds.document) throws(Failure) -> [UInt8]? {
    guard var stream = try stream(name, limit: limit) else { return nil }
    let bytes = try stream.rest()
    seen[name] = Digest(of: bytes)
    return bytes
  }

  /// Reads a file block by block, each handed on as soon as it is there; false when there is no such file.
  ///
  /// Its memory is that of a block. Failures are those of `read`; what a tool may print has no other limit here than it had then.
  package func read(
    _ name: String, limit: Int = .max, inBlocks take: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    guard var stream = try stream(name, limit: limit) else { return false }
    var digest = Digest.Stream()
    while let block = try stream.next() {
      digest.update(block)
      try take(block)
    }
    seen[name] = digest.digest
    return true
  }

  /// Reads a file line by line as it comes in; false when there is no such file.
  ///
  /// Throws `unreadable` as soon as a line has more bytes than one may have, and reads nothing behind it.
  ///
  /// - Parameter take: gets each line without its end; nil in the place of a last one that is cut.
  package func readLines(
    _ name: String, _ take: ([UInt8]?) throws(Failure) -> Void
  ) throws(Failure) -> Bool {
    var lines = JSONLines()
    let isThere = try read(name) { block throws(Failure) in
      lines.feed(block)
      while true {
        let line: [UInt8]?
        do throws(JSONError) { line = try lines.next() } catch {
          throw unreadable(
            name, "line \(error.line) has more than \(lines.maximumLineBytes) bytes, the most that a line may have",
            hint: "One event stands in each line; see what wrote a longer one.")
        }
        guard let line else { break }
        try take(line)
      }
    }
    if lines.finish() != nil { try take(nil) }
    return isThere
  }

  private func stream(_ name: String, limit: Int) throws(Failure) -> EvidenceStream? {
    let descriptor = open(path(of: name), O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      let number = errno
      if number == ENOENT, !contains(name) { return nil }
      throw unreadable(name, number == ENOENT ? "it is a link that leads nowhere" : systemMessage(number))
    }
    return try EvidenceStream(descriptor, limit: limit, step: "reading \(name), MiB", progress: progress) { reason in
      unreadable(name, reason)
    }
  }

  /// Writes a file that only the owner can read, in place of any that is there.
  package func write(_ bytes: [UInt8], to name: String) throws(Failure) {
    let descriptor = try create(name)
    defer { close(descriptor) }
    try append(bytes, to: descriptor, name: name)
  }

  /// Opens a new, empty, private file; the caller closes it.
  func create(_ name: String) throws(Failure) -> Int32 {
    seen[name] = nil
    unlink(path(of: name))
    let descriptor = open(path(of: name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(evidenceOf: source, path(of: name), "cannot be written", errno) }
    return descriptor
  }

  func append(_ bytes: [UInt8], to descriptor: Int32, name: String) throws(Failure) {
    if let number = writeWhole(bytes, to: descriptor) {
      throw Failure(evidenceOf: source, path(of: name), "cannot be written", number)
    }
  }

  /// Removes a file, so that a stale one of an earlier run is never read.
  package func remove(_ name: String) {
    seen[name] = nil
    unlink(path(of: name))
  }

  /// Whether a file was read to its end: one that was refused is no evidence.
  package func hasRead(_ name: String) -> Bool { seen[name] != nil }

  /// The digests of those of these files that are there.
  package func evidence(_ names: [String]) throws(Failure) -> [Observation.Evidence] {
    var found: [Observation.Evidence] = []
    for name in names {
      if seen[name] == nil { _ = try read(name, limit: Bounds.document) { _ throws(Failure) in } }
      if let digest = seen[name] { found.append(.init(name: name, digest: digest)) }
    }
    return found
  }

  private func unreadable(
    _ name: String, _ reason: String,
    hint: String = "It has to be a regular file that this user may read; record it again where it is none."
  ) -> Failure {
    Failure(.unreadable, source: source, "\(name) in \(path) cannot be read: \(reason)", hint: hint)
  }
}

extension Failure {
  /// Why a file or folder of a run could not be written, in the system's words.
  package init(evidenceOf source: SourceName, _ path: String, _ what: String, _ number: Int32) {
    self.init(
      .evidence, source: source, "\(path) \(what): \(systemMessage(number))", hint: systemAdvice(number, path))
  }
}
