import Failures
import Files
import Glibc

/// A regular file on its way in, block by block, with progress for people who wait for a large one.
struct EvidenceStream: ~Copyable {
  private let descriptor: Int32
  private let step: String
  private let byteCount: Int
  private var done = 0
  private let progress: @Sendable (ObservationProgress) -> Void
  private let failure: (String) -> Failure

  private static let blockByteCount = 256 << 10
  /// A file below this is read before anybody could see how far it is.
  private static let worthTelling = 16 << 20

  /// Takes the descriptor over, and closes it.
  ///
  /// - Throws: `failure`, with the reason, for a file that is not a regular one or larger than `limit` bytes; later for one that cannot
  ///   be read to the end that it had.
  init(
    _ descriptor: Int32, limit: Int, step: String, progress: @escaping @Sendable (ObservationProgress) -> Void,
    failure: @escaping (String) -> Failure
  ) throws(Failure) {
    var status = stat()
    let reason: String? =
      if fstat(descriptor, &status) != 0 {
        systemMessage(errno)
      } else if status.st_mode & S_IFMT != S_IFREG {
        "it is not a regular file"
      } else if status.st_size > limit {
        "it has more than \(limit) bytes"
      } else {
        nil
      }
    if let reason {
      close(descriptor)
      throw failure(reason)
    }
    self.descriptor = descriptor
    self.step = step
    byteCount = Int(status.st_size)
    self.progress = progress
    self.failure = failure
  }

  deinit { close(descriptor) }

  /// The next block; nil at the end.
  mutating func next() throws(Failure) -> [UInt8]? {
    let wanted = min(Self.blockByteCount, byteCount - done)
    guard wanted > 0 else { return nil }
    let block = try take(wanted)
    tell()
    return block
  }

  /// All that has not been read yet.
  mutating func rest() throws(Failure) -> [UInt8] {
    defer { tell() }
    return try take(byteCount - done)
  }

  private mutating func take(_ wanted: Int) throws(Failure) -> [UInt8] {
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
      while count < wanted, !Task.isCancelled {
        let got = read(descriptor, buffer.baseAddress! + count, min(wanted - count, Self.worthTelling))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          isWhole = false
          return
        }
        count += got
      }
    }
    guard !Task.isCancelled else { throw Failure(.interrupted, step, "reading was interrupted") }
    guard isWhole else { throw failure("it was shortened while it was read, or the disk failed") }
    done += wanted
    return bytes
  }

  private func tell() {
    guard byteCount >= Self.worthTelling else { return }
    progress(ObservationProgress(step: step, done: done >> 20, expected: byteCount >> 20))
  }
}
