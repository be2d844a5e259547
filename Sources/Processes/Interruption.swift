import Failures
import Glibc
import Synchronization

/// The work was interrupted by a signal and has been unwound.
package struct Interrupted: Error, Sendable, Hashable {
  /// SIGINT, SIGTERM or SIGHUP.
  package let signal: Int32

  /// Names the signal.
  package init(signal: Int32) {
    self.signal = signal
  }
}

/// Turns SIGINT, SIGTERM and SIGHUP into the cancellation of a task.
package enum Interruption {
  /// Runs `body`; a signal cancels it. Cancellation of the calling task is passed on.
  ///
  /// Throws a `Failure` when signals cannot be watched, and `Interrupted` after `body` has ended if a signal came, whatever `body` returned or threw: a body
  /// that swallows its cancellation must not pass for one that finished. Otherwise returns or throws what
  /// `body` did.
  ///
  /// Further signals while `body` unwinds are ignored for `patience`; one that comes later kills all
  /// programs started through this library, and then this process by that signal.
  /// A signal that was ignored before, such as SIGHUP under nohup, stays ignored.
  package static func withInterruption<T: Sendable>(
    patience: Duration = .seconds(10), _ body: @escaping @Sendable () async throws -> T
  ) async throws -> T {
    try SignalRelay.shared.start()
    let task = Task { try await body() }
    let watch = Watch(patience: patience) { task.cancel() }
    SignalRelay.shared.add(watch)
    let result = await withTaskCancellationHandler {
      await task.result
    } onCancel: {
      task.cancel()
    }
    SignalRelay.shared.remove(watch)
    if let signal = watch.firstSignal { throw Interrupted(signal: signal) }
    return try result.get()
  }
}

/// One body that is watched for signals.
final class Watch: Sendable {
  private let first = Mutex<(signal: Int32, at: ContinuousClock.Instant)?>(nil)
  private let patience: Duration
  private let cancel: @Sendable () -> Void

  init(patience: Duration, cancel: @escaping @Sendable () -> Void) {
    self.patience = patience
    self.cancel = cancel
  }

  var firstSignal: Int32? { first.withLock { $0?.signal } }

  /// False when the body had its time to unwind.
  func receive(_ signal: Int32) -> Bool {
    let now = ContinuousClock.now
    let isPatient = first.withLock { first in
      guard let (_, at) = first else {
        first = (signal, now)
        return true
      }
      return now - at < patience
    }
    cancel()
    return isPatient
  }
}

/// The writing end of the relay's pipe, for the handler: set before the handler is installed, never closed.
private let relayEnd = Atomic<Int32>(-1)

/// Brings signals from the handler, which may do next to nothing (signal-safety(7)), over a pipe to a thread.
private final class SignalRelay: Sendable {
  static let shared = SignalRelay()

  private struct State {
    var watches: [Watch] = []
    var before: [Int32: sigaction] = [:]
    var pipe: (read: Descriptor, write: Descriptor)?
  }

  private let state = Mutex(State())

  func add(_ watch: Watch) {
    state.withLock { state in
      state.watches.append(watch)
      if state.watches.count == 1 { install(&state) }
    }
  }

  /// The last to leave restores what was before.
  func remove(_ watch: Watch) {
    state.withLock { state in
      state.watches.removeAll { $0 === watch }
      guard state.watches.isEmpty else { return }
      for (signal, action) in state.before {
        var action = action
        sigaction(signal, &action, nil)
      }
      state.before = [:]
    }
  }

  private func install(_ state: inout State) {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      var before = sigaction()
      sigaction(signal, nil, &before)
      if unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }  // SIG_IGN
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        let saved = errno
        var byte = UInt8(truncatingIfNeeded: number)
        _ = write(relayEnd.load(ordering: .acquiring), &byte, 1)
        errno = saved
      }
      action.sa_flags = SA_RESTART
      sigaction(signal, &action, nil)
      state.before[signal] = before
    }
  }

  /// Pipe and thread are made once and stay: a signal may always be under way.
  func start() throws(Failure) {
    let fresh = try state.withLock { state throws(Failure) -> Descriptor? in
      guard state.pipe == nil else { return nil }
      // A full pipe must not block the handler.
      let pipe = try Descriptor.pipe(writingBlocks: false)
      relayEnd.store(pipe.write.rawValue, ordering: .releasing)
      state.pipe = pipe
      return pipe.read
    }
    guard let reading = fresh else { return }
    startThread { [self] in
      while true {
        var polled = pollfd(fd: reading.rawValue, events: Int16(POLLIN), revents: 0)
        var byte: UInt8 = 0
        if poll(&polled, 1, -1) > 0, read(reading.rawValue, &byte, 1) == 1 { deliver(Int32(byte)) }
      }
    }
  }

  private func deliver(_ signal: Int32) {
    let watches = state.withLock { $0.watches }
    let patient = watches.map { $0.receive(signal) }
    guard !watches.isEmpty, !patient.contains(true) else { return }
    LiveSessions.shared.kill()
    View.killAll()
    var action = sigaction()  // SIG_DFL
    sigaction(signal, &action, nil)
    kill(getpid(), signal)
  }
}
