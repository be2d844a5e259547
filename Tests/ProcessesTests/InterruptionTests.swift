import Foundation
import Testing

@testable import Processes

/// Serialized: a signal reaches every body that is watched in this process.
@Suite(.serialized) struct `Interruption by signals` {
  /// Whoever runs the tests may have them ignore signals (nohup), and what is ignored stays ignored.
  init() { for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) } }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func `a signal ends the programs and is thrown after the body has unwound`(signal: Int32) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let invocation = scratch.sh(
      "sleep 600 & echo $! > child; trap '' INT TERM HUP; echo $$ > leader; while :; do sleep 1; done",
      grace: .milliseconds(300))
    let sender = Task {
      let leader = try await scratch.process("leader")
      kill(getpid(), signal)
      kill(getpid(), signal)
      return leader
    }
    let error = await #expect(throws: Interrupted.self) {
      try await Interruption.withInterruption { try await run(invocation) { _ in } }
    }
    #expect(error?.signal == signal)
    #expect(!runs(try await sender.value))
    #expect(!runs(try await scratch.process("child")))
  }

  @Test func `a body that swallows its cancellation does not pass for finished`() async throws {
    let error = await #expect(throws: Interrupted.self) {
      try await Interruption.withInterruption {
        kill(getpid(), SIGINT)
        while !Task.isCancelled { await Task.yield() }
        return 1
      }
    }
    #expect(error?.signal == SIGINT)
  }

  @Test func `without a signal the value and the error of the body come through`() async throws {
    struct Failure: Error {}
    #expect(try await Interruption.withInterruption { 7 } == 7)
    await #expect(throws: Failure.self) { try await Interruption.withInterruption { throw Failure() } }
  }

  @Test func `cancellation of the caller reaches the body`() async throws {
    let task = Task {
      try await Interruption.withInterruption { try await Task.sleep(for: .seconds(600)) }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `only a signal after the patience is a reason to give up`() {
    let patient = Watch(patience: .seconds(600)) {}
    #expect(patient.receive(SIGINT))
    #expect(patient.receive(SIGTERM))
    #expect(patient.firstSignal == SIGINT)
    let impatient = Watch(patience: .zero) {}
    #expect(impatient.receive(SIGINT))
    #expect(!impatient.receive(SIGINT))
  }

  @Test func `the disposition of the signals is restored`() async throws {
    @Sendable func handler() -> Int {
      var action = sigaction()
      sigaction(SIGHUP, nil, &action)
      return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
    }
    let before = handler()
    let during = try await Interruption.withInterruption { handler() }
    #expect(during != before)
    #expect(handler() == before)
  }
}
