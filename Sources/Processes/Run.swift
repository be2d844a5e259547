import Failures
import Glibc
import Subprocess
import Synchronization
import SystemPackage

/// Runs a program and gives its standard output to `onOutput`, in order, in chunks of at most 64 KiB.
///
/// The child leads a session of its own: it has no terminal, and a ctrl-C reaches this process only. It has
/// no descriptors but the standard three, default signal dispositions, and exactly the given environment.
/// On the time limit and on cancellation its group gets SIGTERM and after the grace SIGKILL; when the program
/// has ended by itself, whatever is left of its session gets SIGKILL, and so does what left the session, where the view says that all
/// ends (`Sandbox.endsAllIn`). All of them that can be seen are gone when this returns or throws.
///
/// A slow `onOutput` slows the program down; its time counts against the time limit. When it throws, the
/// program is ended: a `Failure` is thrown on, any other error as `outputRefused`.
///
/// Throws `interrupted` when the task was cancelled before the end, even if the program had ended well. An exit
/// code other than 0, a signal and the time limit are no errors: see `Ended`, and `Ended.isWhole` before the
/// output is trusted.
package func run(
  _ invocation: Invocation, onOutput: (_ chunk: [UInt8]) async throws -> Void
) async throws(Failure) -> Ended {
  let program = invocation.executable
  if Task.isCancelled { throw cancelled(program) }
  try invocation.check()
  let exchange = try OutputChannel()
  let child = try Child(invocation, exchange: exchange)
  // As late as can be: from here on the view is made.
  if let moved = invocation.sandbox?.moved {
    throw Failure(
      .invalidInvocation, program,
      "\(moved.path) is not the one any more that it was when the run was prepared; see who moved it")
  }

  // The child runs in a task that is never cancelled: Subprocess would answer a cancellation by killing the leader
  // alone, and stop reading at the leader's exit.
  let running = Task {
    await withCheckedContinuation { continuation in
      let end = ChildEnd(continuation)
      Task { end.tell(await child.run { end.tell(.failure($0)) }) }
    }
  }
  let refusal = await withTaskCancellationHandler {
    await consume(exchange, onOutput)
  } onCancel: {
    exchange.request(.cancelled)
  }
  let result = await running.value
  if exchange.stop == .cancelled { throw cancelled(program) }
  if let refusal {
    throw refusal as? Failure ?? Failure(.outputRefused, program, "its output was refused: \(refusal)")
  }
  return try result.get()
}

/// Runs a program and returns its whole standard output; see `run(_:onOutput:)`.
///
/// Throws `outputTooLarge` when there are more than `limit` bytes; the program is ended then.
package func capture(_ invocation: Invocation, limit: Int) async throws(Failure) -> (Ended, [UInt8]) {
  var output: [UInt8] = []
  let ended = try await run(invocation) { chunk in
    guard chunk.count <= limit - output.count else {
      throw Failure(
        .outputTooLarge, invocation.executable,
        "it wrote more than the \(limit) bytes that are allowed and was ended")
    }
    output += chunk
  }
  return (ended, output)
}

private func consume(_ exchange: OutputChannel, _ onOutput: ([UInt8]) async throws -> Void) async -> (any Error)? {
  var refusal: (any Error)?
  while let chunk = await exchange.next() {
    guard refusal == nil else { continue }
    do {
      try await onOutput(chunk)
    } catch {
      refusal = error
      exchange.request(.refused)
    }
  }
  return refusal
}

private func cancelled(_ program: String) -> Failure {
  Failure(.interrupted, program, "the run was cancelled; no process of it is left")
}

/// How a child ended: what is told after the first is dropped.
private final class ChildEnd: Sendable {
  private let waiting: Mutex<CheckedContinuation<Result<Ended, Failure>, Never>?>

  init(_ waiting: CheckedContinuation<Result<Ended, Failure>, Never>) { self.waiting = Mutex(waiting) }

  func tell(_ result: Result<Ended, Failure>) {
    waiting.withLock { $0.take() }?.resume(returning: result)
  }
}

/// One child with its pipes.
private struct Child: Sendable {
  let invocation: Invocation
  let exchange: OutputChannel
  let input: Descriptor
  let output: (read: Descriptor, write: Descriptor)
  let error: (read: Descriptor, write: Descriptor)

  init(_ invocation: Invocation, exchange: OutputChannel) throws(Failure) {
    self.invocation = invocation
    self.exchange = exchange
    input = try .standardInput(of: invocation)
    output = try Descriptor.pipe()
    error = try Descriptor.pipe()
  }

  /// Starts it and stays until it is reaped and nothing of its session is left, and of its view, where this is the last run in it.
  ///
  /// - Parameter giveUp: gets why the child was ended where Subprocess will never return.
  func run(_ giveUp: @Sendable (Failure) -> Void) async -> Result<Ended, Failure> {
    let view = await View.entered(invocation.sandbox)
    let result = await runInView(giveUp)
    if let view { await onThread { view.leave() } }
    return result
  }

  private func runInView(_ giveUp: @Sendable (Failure) -> Void) async -> Result<Ended, Failure> {
    var options = PlatformOptions()
    options.createSession = true
    let started = ContinuousClock.now
    do {
      // Pipes of our own: Subprocess' stream ends at the leader's exit without telling whether it was the end.
      let sandbox = invocation.sandbox
      let result = try await Subprocess.run(
        .path(FilePath(sandbox?.program ?? invocation.executable)),
        arguments: Arguments(sandbox?.arguments(for: invocation) ?? invocation.arguments),
        environment: .custom(
          Dictionary(
            uniqueKeysWithValues: invocation.environment.map { (Environment.Key(stringLiteral: $0), $1) })),
        // In a sandbox, bubblewrap enters it: it may be a folder of the view alone.
        workingDirectory: sandbox == nil ? invocation.workingDirectory.map { FilePath($0) } : nil,
        platformOptions: options,
        input: .fileDescriptor(FileDescriptor(rawValue: input.rawValue), closeAfterSpawningProcess: false),
        output: .fileDescriptor(
          FileDescriptor(rawValue: output.write.rawValue), closeAfterSpawningProcess: false),
        error: .fileDescriptor(
          FileDescriptor(rawValue: error.write.rawValue), closeAfterSpawningProcess: false)
      ) { execution in
        let session = Session(leader: execution.processIdentifier.value)
        LiveSessions.shared.insert(session)
        input.close()
        output.write.close()
        error.write.close()
        // Without a descriptor for it, Subprocess waits for a signal that nothing tells it of, and never returns.
        guard execution.processIdentifier.processDescriptor >= 0 else {
          session.signal(SIGKILL)
          var status: Int32 = 0
          while waitpid(session.leader, &status, 0) < 0, errno == EINTR {}
          LiveSessions.shared.remove(session)
          exchange.finish()
          let failure = Failure(
            .io, invocation.executable, "it was ended at once: the system has no file descriptor left to watch it by",
            hint: "Raise the limit of open files: ulimit -n.")
          giveUp(failure)
          return ChildMonitor.Outcome(failure: failure)
        }
        let monitor = ChildMonitor(
          session: session, processDescriptor: execution.processIdentifier.processDescriptor,
          output: output.read, error: error.read, exchange: exchange, limits: invocation, started: started)
        let outcome = await onThread {
          var monitor = monitor
          return monitor.supervise()
        }
        LiveSessions.shared.remove(session)
        return outcome
      }
      if let failure = result.closureResult.failure { return .failure(failure) }
      var status = result.terminationStatus
      // bubblewrap tells its child's signal as shells do.
      if sandbox != nil, case .exited(let code) = status, code > 128 { status = .signaled(code - 128) }
      return .success(Ended(result.closureResult, status, ContinuousClock.now - started))
    } catch {
      exchange.finish()
      return .failure(startFailure(error))
    }
  }

  private func startFailure(_ error: any Error) -> Failure {
    let program = invocation.executable
    guard let error = error as? SubprocessError else {
      return Failure(.io, program, "it could not be started: \(error)")
    }
    switch error.code {
    case .executableNotFound:
      return Failure(
        .toolMissing, program,
        "the system refuses to execute it; is the interpreter of its first line there?")
    // The directory is there and may be entered: this process cannot open it.
    case .failedToChangeWorkingDirectory
    where [.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory]
      .contains(error.underlyingError):
      return Failure(
        .io, program, "it could not be started: the system has no file descriptor or no memory left for it",
        hint: "Raise the limit of open files: ulimit -n.")
    case .failedToChangeWorkingDirectory:
      return invocation.workingDirectoryError("\(error)")
    case .spawnFailed where error.underlyingError == Errno(rawValue: ENOEXEC):
      return Failure(
        .toolMissing, program,
        "it is neither a program nor a script with a first line #!")
    default:
      return Failure(.io, program, "it could not be started: \(error)")
    }
  }
}

extension Ended {
  fileprivate init(_ outcome: ChildMonitor.Outcome, _ status: TerminationStatus, _ duration: Duration) {
    switch status {
    case .exited(let code): self.status = .exited(code)
    case .signaled(let number): self.status = .signalled(number)
    }
    timedOut = outcome.timedOut
    outputHeldOpen = outcome.outputHeldOpen
    standardError = outcome.standardError
    standardOutputBytes = outcome.standardOutputBytes
    self.duration = duration
  }
}
