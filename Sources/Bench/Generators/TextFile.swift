import Glibc

/// A file that is written piece by piece, so that a generator's memory does not grow with what it writes.
struct TextFile: ~Copyable {
  private let descriptor: Int32
  private let path: String
  private var buffer: [UInt8] = []

  private static let bufferByteCount = 1 << 20

  init(_ path: String) throws(BenchError) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw BenchError("cannot write \(path): errno \(errno)") }
    self.path = path
    buffer.reserveCapacity(Self.bufferByteCount + (64 << 10))
  }

  deinit { close(descriptor) }

  mutating func write(_ text: String) throws(BenchError) {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= Self.bufferByteCount { try flush() }
  }

  consuming func finish() throws(BenchError) { try flush() }

  static func write(_ text: String, to path: String) throws(BenchError) {
    var file = try TextFile(path)
    try file.write(text)
    try file.finish()
  }

  private mutating func flush() throws(BenchError) {
    var written = 0
    while written < buffer.count {
      let count = buffer.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
      guard count > 0 else { throw BenchError("cannot write \(path): errno \(errno)") }
      written += count
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
