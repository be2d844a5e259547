import CDeflate
import Failures
import Synchronization

/// One compressor, used over and over: making its state anew for each small object would cost more than the compression
/// itself. It carries nothing from one call to the next, so copies of a batch may share it.
final class Deflater: Sendable {
  private let state = Mutex<DeflateState?>(nil)

  /// The zlib form (RFC 1950) of some bytes, at the fastest level: facts are small and folded later.
  func compress(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    let compressed = state.withLock { (state: inout DeflateState?) -> [UInt8]? in
      if state == nil { state = DeflateState() }
      return state?.compress(bytes)
    }
    guard let compressed else {
      throw Failure(
        .other, cannot: "compress", "\(bytes.count) bytes", "libdeflate found no memory")
    }
    return compressed
  }
}

/// Owns libdeflate's state for compressing.
private struct DeflateState: ~Copyable {
  private let state: OpaquePointer

  init?() {
    guard let made = libdeflate_alloc_compressor(1) else { return nil }
    state = made
  }

  deinit { libdeflate_free_compressor(state) }

  mutating func compress(_ bytes: [UInt8]) -> [UInt8]? {
    let bound = libdeflate_zlib_compress_bound(state, bytes.count)
    let compressed = [UInt8](unsafeUninitializedCapacity: bound) { output, filled in
      filled = libdeflate_zlib_compress(state, bytes, bytes.count, output.baseAddress, bound)
    }
    return compressed.isEmpty ? nil : compressed
  }
}
