import Failures
import Files
import Glibc

/// An exclusive lock among processes, on a file of its own; held until the value goes.
///
/// The kernel lets go of it when the process dies, however it dies, so no stale lock can remain. The file stays
/// and must not be deleted: two processes could then lock two files of one name. Plain git does not know this lock;
/// against git only the compare-and-swap of references protects.
package struct RepositoryLock: ~Copyable, Sendable {
  /// The open lock file, closed with the value. A process that is started with it, as its standard input, holds the lock, too: flock(2)
  /// binds it to the opened file, and lets go when the last process has closed that.
  package let descriptor: Int32

  /// Takes the lock or fails at once.
  ///
  /// - Parameters:
  ///   - path: a file outside the repository's own files; made (mode 0600) where it is not there.
  ///   - waits: whether to wait for whoever holds it; for what is held for milliseconds.
  /// - Throws: code `.busy` when another process, or another value in this one, holds it; `.io` otherwise.
  package init(at path: String, waiting waits: Bool = false) throws(Failure) {
    try self.init(path, O_RDWR | O_CREAT | O_NOFOLLOW, waiting: waits)
  }

  /// Takes the lock of a folder, which leaves no file behind; as ``init(at:waiting:)``.
  package init(onFolder path: String, waiting waits: Bool = false) throws(Failure) {
    try self.init(path, O_RDONLY | O_DIRECTORY, waiting: waits)
  }

  private init(_ path: String, _ flags: Int32, waiting waits: Bool) throws(Failure) {
    let descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw OwnFile.failure("open or make", path) }
    let operation = waits ? LOCK_EX : LOCK_EX | LOCK_NB
    var result = flock(descriptor, operation)
    while result != 0 && errno == EINTR { result = flock(descriptor, operation) }
    guard result == 0 else {
      let reason = errno
      close(descriptor)
      let busy = reason == EWOULDBLOCK
      throw Failure(
        busy ? .busy : .io, cannot: "lock", path,
        busy
          ? "another process holds it; try again when it is done" : systemMessage(reason))
    }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }
}

/// A lock that is held over suspensions, and handed to whoever has to hold it, too. Keep it alive with `withExtendedLifetime`.
package final class HeldLock: Sendable {
  private let lock: RepositoryLock

  /// Takes over a lock.
  package init(_ lock: consuming RepositoryLock) { self.lock = lock }

  /// As of ``RepositoryLock``.
  package var descriptor: Int32 { lock.descriptor }

  /// Takes a lock that others hold for as long as one of them records something, and waits for a minute at most.
  ///
  /// - Throws: `.busy` where it is held for longer, or this task is cancelled.
  package static func waiting(at path: String) async throws(Failure) -> HeldLock {
    let deadline = ContinuousClock.now + .seconds(Bounds.lock)
    while true {
      do throws(Failure) {
        return HeldLock(try RepositoryLock(at: path))
      } catch {
        guard error.code == .busy, ContinuousClock.now < deadline, !Task.isCancelled else { throw error }
        // Short, so that whoever records one run after the other does not take it again and again in between.
        try? await Task.sleep(for: .milliseconds(Int.random(in: 5...20)))
      }
    }
  }
}
