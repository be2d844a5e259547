import Glibc
import Synchronization

/// The sessions of this process that run now, for the one who must end them all at once.
final class LiveSessions: Sendable {
  static let shared = LiveSessions()

  private let leaders = Mutex<Set<pid_t>>([])

  func insert(_ session: Session) { leaders.withLock { _ = $0.insert(session.leader) } }

  /// To be called before the leader is reaped.
  func remove(_ session: Session) { leaders.withLock { _ = $0.remove(session.leader) } }

  /// Kills every one of them. None can be reaped meanwhile, so no number is stale.
  func kill() {
    leaders.withLock { leaders in
      for leader in leaders { Session(leader: leader).signal(SIGKILL) }
    }
  }
}

/// Runs blocking work on a thread of its own and waits for it without blocking the pool of tasks.
func onThread<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
  await withCheckedContinuation { continuation in
    startThread { continuation.resume(returning: work()) }
  }
}

/// Starts a detached thread. Where the system has no thread left the work is done at once, on the caller's.
func startThread(_ work: @escaping @Sendable () -> Void) {
  final class Box {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  let box = Unmanaged.passRetained(Box(work))
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  var thread = pthread_t()
  let failed = pthread_create(
    &thread, &attributes,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().work()
      return nil
    }, box.toOpaque())
  if failed != 0 { box.takeRetainedValue().work() }
}
