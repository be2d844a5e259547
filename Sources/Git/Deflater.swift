import CZlib
import Synchronization

/// One zlib compressor, used over and over: making its state anew for each small object would cost more than the
/// compression itself. It carries nothing from one call to the next, so copies of a batch may share it.
final class Deflater: Sendable {
  private let stream = Mutex<DeflateStream?>(nil)

  /// The zlib form (RFC 1950) of some bytes, at the fastest level: facts are small and folded later.
  func compress(_ bytes: [UInt8]) throws(GitError) -> [UInt8] {
    let compressed = try stream.withLock { (stream: inout DeflateStream?) throws(GitError) -> [UInt8]? in
      if stream == nil { stream = try DeflateStream() }
      return stream?.compress(bytes)
    }
    guard let compressed else {
      throw GitError(
        code: .other, operation: "compress", object: "\(bytes.count) bytes", message: "zlib gave up")
    }
    return compressed
  }

  /// The bytes behind a zlib form, when they are exactly `count`.
  static func expand(_ compressed: ArraySlice<UInt8>, count: Int) throws(GitError) -> [UInt8] {
    var written = uLongf(count)
    var result: Int32 = Z_OK
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { output, filled in
      result = compressed.withUnsafeBufferPointer { input in
        uncompress(output.baseAddress, &written, input.baseAddress, uLong(input.count))
      }
      filled = result == Z_OK ? Int(written) : 0
    }
    guard result == Z_OK, bytes.count == count else {
      throw GitError(
        code: .corrupt, operation: "expand", object: "an object of \(count) bytes",
        message: "zlib code \(result)")
    }
    return bytes
  }
}

/// Owns a `z_stream`, which zlib wants at one address for its whole life.
private struct DeflateStream: ~Copyable {
  private let stream: UnsafeMutablePointer<z_stream>

  init() throws(GitError) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let result = deflateInit_(stream, Z_BEST_SPEED, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else {
      stream.deallocate()
      throw GitError(code: .other, operation: "start", object: "zlib", message: "zlib code \(result)")
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  mutating func compress(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count <= Int(UInt32.max), deflateReset(stream) == Z_OK else { return nil }
    let bound = Int(deflateBound(stream, uLong(bytes.count)))
    var result: Int32 = Z_OK
    let compressed = [UInt8](unsafeUninitializedCapacity: bound) { output, filled in
      bytes.withUnsafeBufferPointer { input in
        // zlib only reads through next_in; the type is not const for old compilers' sake.
        stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.pointee.avail_in = uInt(input.count)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = uInt(bound)
        result = deflate(stream, Z_FINISH)
      }
      filled = bound - Int(stream.pointee.avail_out)
    }
    return result == Z_STREAM_END ? compressed : nil
  }
}
