import Failures
import Glibc
import Synchronization

/// Between the thread that supervises a child and the task that consumes its output: chunks one way, a
/// request to stop the other way. Holds a bounded number of chunks, so that a slow consumer slows the child.
final class OutputChannel: Sendable {
  /// Why the group is to be ended before its time.
  enum Stop: Sendable {
    case cancelled
    case refused
  }

  private struct State {
    var chunks: [[UInt8]] = []
    var finished = false
    var discarding = false
    var stop: Stop?
    var consumer: CheckedContinuation<[UInt8]?, Never>?
  }

  private static let capacity = 4

  private let state = Mutex(State())
  /// Becomes readable when the supervising thread has to check again.
  let wake: Descriptor
  private let wakeWriter: Descriptor

  init() throws(Failure) {
    (wake, wakeWriter) = try Descriptor.pipe(writingBlocks: false)
  }

  // MARK: The supervising thread

  /// The first request to stop, if there was one.
  var stop: Stop? { state.withLock { $0.stop } }

  /// Whether another chunk can be taken in.
  var hasRoom: Bool { state.withLock { $0.discarding || $0.chunks.count < Self.capacity } }

  func offer(_ chunk: [UInt8]) {
    let consumer = state.withLock { state -> CheckedContinuation<[UInt8]?, Never>? in
      if state.discarding { return nil }
      if let consumer = state.consumer {
        state.consumer = nil
        return consumer
      }
      state.chunks.append(chunk)
      return nil
    }
    consumer?.resume(returning: chunk)
  }

  /// No chunk follows.
  func finish() {
    let consumer = state.withLock { state in
      state.finished = true
      defer { state.consumer = nil }
      return state.consumer
    }
    consumer?.resume(returning: nil)
  }

  /// Takes the wake-ups that have come.
  func clearWake() {
    var pending = [UInt8](repeating: 0, count: 512)
    while read(wake.rawValue, &pending, pending.count) == pending.count {}
  }

  // MARK: The consumer

  /// The next chunk; nil after the last.
  func next() async -> [UInt8]? {
    await withCheckedContinuation { continuation in
      let (answer, isReady) = state.withLock { state -> ([UInt8]?, Bool) in
        if !state.chunks.isEmpty { return (state.chunks.removeFirst(), true) }
        if state.finished { return (nil, true) }
        state.consumer = continuation
        return (nil, false)
      }
      if isReady {
        continuation.resume(returning: answer)
        ring()
      }
    }
  }

  /// Asks for the end of the group. After `refused` no chunk is kept any more.
  func request(_ stop: Stop) {
    state.withLock { state in
      if state.stop == nil { state.stop = stop }
      if stop == .refused {
        state.discarding = true
        state.chunks = []
      }
    }
    ring()
  }

  /// A full pipe rings as well as one with another byte in it.
  private func ring() {
    var byte: UInt8 = 1
    _ = write(wakeWriter.rawValue, &byte, 1)
  }
}
