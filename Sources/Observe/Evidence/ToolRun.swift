import Facts
import Failures
import Glibc
import Processes

/// Runs one tool of a source and keeps what it said: standard output in a file, the end of standard error and the exit code beside it.
package struct ToolRun: Sendable {
  package let request: ObservationRequest
  /// An absolute path.
  package let program: String
  /// The tool's whole environment.
  package let environment: [String: String]
  package let folder: EvidenceFolder
  /// What the tool sees; nil: what praxis sees.
  package var view: Sandbox?

  package init(
    request: ObservationRequest, program: String, environment: [String: String], folder: EvidenceFolder,
    view: Sandbox? = nil
  ) {
    (self.request, self.program, self.environment, self.folder) = (request, program, environment, folder)
    self.view = view
  }

  /// How a tool ended.
  package enum Outcome: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
    case timedOut
  }

  /// - Parameters:
  ///   - name: the output's file; the exit code lies in `<stem>.rc`, the end of standard error in `<stem>.err`.
  ///   - stem: names the exit code's and the errors' file where the output's name does not.
  ///   - onOutput: sees each chunk before it is written, for progress.
  package func run(
    _ invocation: ReadOnlyInvocation, output name: String, stem: String? = nil,
    onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
  ) async throws(Failure) -> Outcome {
    let descriptor = try folder.create(name)
    defer { close(descriptor) }
    let stem = stem ?? String(name.prefix(while: { $0 != "." }))
    var started = Invocation(
      executable: program, arguments: invocation.arguments, environment: environment,
      workingDirectory: request.source.directory, timeLimit: .seconds(request.source.timeoutSeconds))
    started.sandbox = view
    let ended: Ended
    let limit = request.source.outputLimit
    var rest = limit
    do throws(Failure) {
      ended = try await Processes.run(started) { chunk in
        rest -= chunk.count
        guard rest >= 0 else {
          throw Failure(
            .outputTooLarge, source: request.source.name,
            "\(program) wrote more than the \(limit) bytes that a tool of this source may print, and was ended",
            hint: "If it has to, raise the source's max-output in praxis.yaml.")
        }
        try folder.append(chunk, to: descriptor, name: name)
        onOutput(chunk)
      }
    } catch {
      if error.code == .outputTooLarge { folder.remove(name) }
      throw Failure(starting: program, of: request.source.name, error)
    }
    try folder.write(ended.standardError, to: "\(stem).err")
    let outcome: Outcome
    if ended.timedOut {
      outcome = .timedOut
    } else {
      switch ended.status {
      // Output that a process outside the group still holds open may not be whole.
      case .exited(let code): outcome = ended.outputHeldOpen ? .signalled(0) : .exited(code)
      case .signalled(let signal): outcome = .signalled(signal)
      }
    }
    try folder.write(Array("\(outcome.recorded)\n".utf8), to: "\(stem).rc")
    return outcome
  }
}

extension ObservationRequest {
  /// Refuses the answer of a tool that did not come to its end in time, where nothing can be told without it.
  ///
  /// - Throws: `timed-out`, with the limit and the key that raises it.
  package func checkInTime(_ outcome: ToolRun.Outcome, _ tool: String) throws(Failure) {
    guard outcome == .timedOut else { return }
    throw Failure(
      .timedOut, source: source.name, "\(tool) was ended at the time limit of \(source.timeoutSeconds) s",
      hint: "See what is slow, or raise timeout of \(source.name) in praxis.yaml.")
  }
}

extension ToolRun.Outcome {
  /// As it stands in a `.rc` file: the code, or 128 and the signal as shells have it, or 124 as timeout(1) has it.
  var recorded: Int32 {
    switch self {
    case .exited(let code): code
    case .signalled(let signal): 128 + signal
    case .timedOut: 124
    }
  }
}

extension Failure {
  /// Why a source's program did not run.
  init(starting program: String, of source: SourceName, _ error: Failure) {
    switch error.code {
    case .toolMissing:
      self.init(
        .toolMissing, source: source, "\(program) cannot be run: \(error.message)",
        hint: "Install it, or name it in praxis.yaml.")
    case .workingDirectory:
      self.init(
        .unreadable, source: source, "the source's directory cannot be entered: \(error.message)",
        hint: "Correct directory in praxis.yaml.")
    default: self = error
    }
  }
}

extension ToolRun.Outcome: CustomStringConvertible {
  package var description: String {
    switch self {
    case .exited(let code): "exit code \(code)"
    case .signalled(0): "its output did not end"
    case .signalled(let number): "ended by signal \(number)"
    case .timedOut: "ended at the time limit"
    }
  }
}
