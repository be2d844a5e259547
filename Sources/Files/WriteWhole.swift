import Glibc

/// Writes all of some bytes to a descriptor that blocks, however often the system takes a part of them alone.
///
/// - Returns: nil, or `errno` of the call that failed; `EIO` where the system took nothing and gave no reason.
package func writeWhole(_ bytes: some RandomAccessCollection<UInt8>, to descriptor: Int32) -> Int32? {
  func write(_ buffer: UnsafeBufferPointer<UInt8>) -> Int32? {
    var rest = buffer[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 {
        return EIO
      } else if errno != EINTR {
        return errno
      }
    }
    return nil
  }
  return bytes.withContiguousStorageIfAvailable(write) ?? Array(bytes).withUnsafeBufferPointer(write)
}
