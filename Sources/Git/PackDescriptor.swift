import Glibc

/// A part of a file in this process' memory, as long as it is needed. Git never changes a pack that is there.
final class MappedBytes {
  private let bytes: UnsafeMutableRawBufferPointer
  private let start: Int

  fileprivate init?(of descriptor: Int32, _ range: Range<Int>) {
    guard let mapped = mmap(nil, range.count, PROT_READ, MAP_PRIVATE, descriptor, off_t(range.lowerBound)),
      mapped != MAP_FAILED
    else { return nil }
    bytes = UnsafeMutableRawBufferPointer(start: mapped, count: range.count)
    start = range.lowerBound
  }

  deinit { munmap(bytes.baseAddress, bytes.count) }

  /// Bytes at an offset in the file; nil where not all of them are here.
  func bytes(at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
    guard offset >= start, offset - start <= bytes.count - count else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[(offset - start)..<(offset - start + count)])
  }
}

/// A file of the pack folder, open for reading at any place.
struct PackDescriptor: ~Copyable {
  private let descriptor: Int32
  let byteCount: Int

  /// - Returns: nil for what is no regular file, or cannot be opened.
  init?(at path: String) {
    let opened = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard opened >= 0 else { return nil }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      return nil
    }
    descriptor = opened
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills a buffer from the bytes at an offset.
  ///
  /// - Returns: false where the file has not got so many, or does not give them.
  borrowing func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Bool {
    guard offset >= 0, offset <= byteCount - buffer.count else { return false }
    var done = 0
    while done < buffer.count, let base = buffer.baseAddress {
      let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }

  borrowing func bytes(at offset: Int, count: Int) -> [UInt8]? {
    var isWhole = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      isWhole = read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      filled = isWhole ? count : 0
    }
    return isWhole ? bytes : nil
  }

  /// Maps a part that begins at a page; nil where that cannot be done.
  borrowing func map(_ range: Range<Int>) -> MappedBytes? { MappedBytes(of: descriptor, range) }
}
