import Failures
import Files
import Glibc
import Synchronization

/// A file descriptor that is closed once, at the latest with its last user. Never inherited by a child.
final class Descriptor: Sendable {
  /// -1 once closed.
  private let number: Atomic<Int32>

  init(_ number: Int32) {
    self.number = Atomic(number)
  }

  deinit { close() }

  var rawValue: Int32 { number.load(ordering: .acquiring) }

  /// Closes it; a second call does nothing.
  func close() {
    let open = number.exchange(-1, ordering: .acquiringAndReleasing)
    if open >= 0 { _ = Glibc.close(open) }
  }

  /// A pipe whose reading end does not block, and whose writing end does or does not.
  ///
  /// pipe2(2) is hidden from Swift; between the two calls another thread's child could inherit the pipe, but
  /// every child of ours closes what it was not given.
  static func pipe(writingBlocks: Bool = true) throws(Failure) -> (read: Descriptor, write: Descriptor) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw Failure(doing: "a pipe could not be made") }
    let pipe = (read: Descriptor(ends[0]), write: Descriptor(ends[1]))
    for end in ends {
      let isBlocking = writingBlocks && end == ends[1]
      guard fcntl(end, F_SETFD, FD_CLOEXEC) == 0, isBlocking || fcntl(end, F_SETFL, O_NONBLOCK) == 0 else {
        throw Failure(doing: "a pipe could not be set up")
      }
    }
    return pipe
  }

  /// What a child reads as its standard input. Bytes stand in an anonymous file in memory rather than in a pipe: no
  /// program that stops reading early can block us or make us die of SIGPIPE.
  static func standardInput(of invocation: Invocation) throws(Failure) -> Descriptor {
    if let given = invocation.standardInputDescriptor {
      let copy = fcntl(given, F_DUPFD_CLOEXEC, 3)
      guard copy >= 0 else { throw Failure(doing: "the descriptor for standard input is not open") }
      return Descriptor(copy)
    }
    guard let bytes = invocation.standardInput else {
      let null = open("/dev/null", O_RDONLY | O_CLOEXEC)
      guard null >= 0 else { throw Failure(doing: "/dev/null could not be opened") }
      return Descriptor(null)
    }
    let name = "/standard-input-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
    let file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
    guard file >= 0 else { throw Failure(doing: "no memory for standard input") }
    shm_unlink(name)
    let descriptor = Descriptor(file)
    try descriptor.write(bytes)
    guard lseek(file, 0, SEEK_SET) == 0 else { throw Failure(doing: "standard input could not be rewound") }
    return descriptor
  }

  /// Writes all of it.
  func write(_ bytes: [UInt8]) throws(Failure) {
    if let number = writeWhole(bytes, to: rawValue) {
      errno = number
      throw Failure(doing: "writing failed")
    }
  }

  enum Chunk {
    case bytes([UInt8])
    case nothingNow
    case end
  }

  /// Reads once from a descriptor that does not block. An error counts as the end only of the reading, so
  /// it is thrown.
  func read(upTo count: Int) throws(Failure) -> Chunk {
    while true {
      var received = 0
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        received = Glibc.read(rawValue, buffer.baseAddress, buffer.count)
        initialized = max(0, received)
      }
      if received > 0 { return .bytes(bytes) }
      if received == 0 { return .end }
      switch errno {
      case EINTR: continue
      case EAGAIN: return .nothingNow
      default: throw Failure(doing: "reading the program's output failed")
      }
    }
  }
}

extension Failure {
  /// A system call that failed; call it right after the call, for it takes the number from `errno`.
  init(doing what: String) { self.init(.io, "", "\(what): \(systemMessage(errno))") }
}
