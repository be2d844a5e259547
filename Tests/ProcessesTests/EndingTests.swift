import Failures
import Foundation
import Testing

@testable import Processes

@Suite struct `Ending what was started` {
  /// A leader that waits for a child of its own; both write their numbers.
  private static let family = "sleep 600 & echo $! > child; echo $$ > leader; wait"
  private static let stubborn =
    "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $! > child; echo $$ > leader; while :; do sleep 1; done"

  /// Runs a script into its time limit, which grows until the script has come as far as its file `leader`.
  private func runIntoLimit(_ scratch: Scratch, _ script: String, grace: Duration) async throws -> Ended {
    var limit = Duration.milliseconds(400)
    while true {
      let ended = try await run(scratch.sh(script, timeLimit: limit, grace: grace)) { _ in }
      if scratch.files.contains("leader") { return ended }
      limit *= 3
    }
  }

  @Test(arguments: [family, stubborn]) func `the time limit ends the whole group`(script: String) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let ended = try await runIntoLimit(scratch, "echo started; " + script, grace: .milliseconds(300))
    #expect(ended.timedOut)
    #expect(!ended.isWhole)
    #expect(ended.status == .signalled(script == Self.stubborn ? SIGKILL : SIGTERM))
    #expect(ended.standardOutputBytes == 8)
    #expect(!runs(try await scratch.process("child")))
    #expect(!runs(try await scratch.process("leader")))
  }

  @Test(arguments: [family, stubborn]) func `cancellation ends the whole group`(script: String) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let invocation = scratch.sh(script, grace: .milliseconds(300))
    let task = Task { try await run(invocation) { _ in } }
    let (child, leader) = (try await scratch.process("child"), try await scratch.process("leader"))
    #expect(runs(child) && runs(leader))
    task.cancel()
    let error = await #expect(throws: Failure.self) { try await task.value }
    #expect(error?.code == .interrupted)
    #expect(!runs(child))
    #expect(!runs(leader))
    #expect(kill(leader, 0) != 0, "the leader is reaped")
  }

  @Test func `a task that is cancelled already starts nothing`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let invocation = scratch.sh("touch started")
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return try await run(invocation) { _ in }
    }
    task.cancel()
    let error = await #expect(throws: Failure.self) { try await task.value }
    #expect(error?.code == .interrupted)
    #expect(scratch.files.isEmpty)
  }

  @Test func `a program may clean up after SIGTERM within the grace`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let ended = try await runIntoLimit(
      scratch, "trap 'echo cleaned; exit 3' TERM; echo $$ > leader; while :; do sleep 0.05; done",
      grace: .seconds(60))
    #expect(ended.timedOut)
    #expect(ended.status == .exited(3))
    #expect(ended.standardOutputBytes == 8)
  }

  @Test func `a grandchild may clean up after its parent was ended`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let child =
      "trap \"sleep 0.2; echo x > cleaned; exit\" TERM; echo $$ > leader; while :; do sleep 0.05; done"
    let ended = try await runIntoLimit(scratch, "sh -c '\(child)' & wait", grace: .seconds(60))
    #expect(ended.timedOut)
    #expect(!runs(try await scratch.process("leader")))
    #expect(scratch.files.contains("cleaned"))
  }

  @Test func `what a program leaves behind is ended with it`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let ended = try await run(scratch.sh("sleep 600 >/dev/null 2>&1 & echo $! > child")) { _ in }
    #expect(ended.status == .exited(0))
    #expect(!ended.outputHeldOpen)
    #expect(!runs(try await scratch.process("child")))
  }

  @Test func `children of a killed leader do not go on`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var invocation = scratch.sh("sleep 600 & echo $! > child; kill -KILL $$")
    invocation.endOfOutputGrace = .seconds(600)
    let ended = try await run(invocation) { _ in }
    #expect(ended.status == .signalled(SIGKILL))
    #expect(ended.outputHeldOpen)
    #expect(!runs(try await scratch.process("child")))
  }

  @Test func `a job in a group of its own is ended as well`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var invocation = scratch.sh("")
    invocation.executable = "/bin/bash"
    invocation.arguments = ["-c", "set -m; sleep 600 >/dev/null 2>&1 & echo $! > child"]
    _ = try await run(invocation) { _ in }
    #expect(!runs(try await scratch.process("child")))
  }

  @Test func `an output held open by a process that left the session is reported`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (ended, output) = try await capture(
      scratch.sh(
        "echo all; setsid sh -c 'echo $$ > child; exec sleep 600' & while ! [ -s child ]; do :; done"),
      limit: 1000)
    let child = try await scratch.process("child")
    defer { kill(child, SIGKILL) }
    #expect(runs(child))
    #expect(ended.status == .exited(0))
    #expect(ended.outputHeldOpen)
    #expect(!ended.isWhole)
    #expect(output.text == "all\n")
  }

  @Test func `a process that left the session and writes for ever is not read for ever`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let ended = try await run(
      scratch.sh("setsid sh -c 'echo $$ > child; exec yes' & while ! [ -s child ]; do :; done")
    ) { _ in }
    let child = try await scratch.process("child")
    defer { kill(child, SIGKILL) }
    #expect(ended.outputHeldOpen)
  }

  @Test func `a standard error held open neither delays nor spoils the run`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (ended, output) = try await capture(
      scratch.sh(
        "setsid sh -c 'echo $$ > child; exec sleep 600' >/dev/null & while ! [ -s child ]; do :; done; echo e >&2; echo all"
      ),
      limit: 1000)
    let child = try await scratch.process("child")
    defer { kill(child, SIGKILL) }
    #expect(ended.isWhole)
    #expect(output.text == "all\n")
    #expect(ended.standardError.text == "e\n")
  }

  @Test func `a child that outlives the program shortly may finish its output`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    var invocation = scratch.sh("(sleep 0.3; echo late) & exit 0")
    invocation.endOfOutputGrace = .seconds(30)
    let (ended, output) = try await capture(invocation, limit: 1000)
    #expect(ended.isWhole)
    #expect(output.text == "late\n")
  }

  @Test func `too much output ends the program`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let error = await #expect(throws: Failure.self) {
      try await capture(scratch.sh("echo $$ > leader; exec yes"), limit: 100_000)
    }
    #expect(error?.code == .outputTooLarge)
    #expect(!runs(try await scratch.process("leader")))
    let (_, exact) = try await capture(scratch.sh("head -c 100000 /dev/zero"), limit: 100_000)
    #expect(exact.count == 100_000)
  }

  @Test func `a consumer that refuses the output ends the program`() async throws {
    struct Refusal: Error {}
    let scratch = try Scratch()
    defer { scratch.remove() }
    let error = await #expect(throws: Failure.self) {
      try await run(scratch.sh("echo $$ > leader; exec yes")) { _ in throw Refusal() }
    }
    #expect(error?.code == .outputRefused)
    #expect(!runs(try await scratch.process("leader")))
  }
}
