import Failures

/// What to run. Nothing is passed through a shell and nothing is inherited.
package struct Invocation: Sendable, Hashable {
  /// The program, as an absolute path; see `locate(_:in:)` for a name in a search path.
  package var executable: String
  /// The arguments after the program's own name.
  package var arguments: [String]
  /// The whole environment of the child; see `ClosedEnvironment`.
  package var environment: [String: String]
  /// An absolute path, or nil for the working directory of this process.
  package var workingDirectory: String?
  /// How long the program may run before its group is ended.
  package var timeLimit: Duration
  /// The bytes of the child's standard input; nil is /dev/null.
  package var standardInput: [UInt8]?
  /// A descriptor of this process that the child gets as its standard input, instead of bytes or /dev/null. The caller keeps it open
  /// until the run has ended.
  package var standardInputDescriptor: Int32?
  /// The view of the file system that the program gets; nil is that of this process.
  package var sandbox: Sandbox?
  /// How long the group may take to end after SIGTERM, before SIGKILL.
  package var grace: Duration
  /// How long to wait for the end of standard output after the program itself has ended.
  package var endOfOutputGrace: Duration

  /// Describes a run; no check is made before it is run.
  package init(
    executable: String, arguments: [String] = [], environment: [String: String],
    workingDirectory: String? = nil, timeLimit: Duration, standardInput: [UInt8]? = nil,
    grace: Duration = .seconds(Bounds.grace), endOfOutputGrace: Duration = .seconds(2)
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.timeLimit = timeLimit
    self.standardInput = standardInput
    self.grace = grace
    self.endOfOutputGrace = endOfOutputGrace
  }
}

/// How a program ended. When this value exists, no process of its session that could be seen is left.
package struct Ended: Sendable, Hashable {
  /// How the program itself ended.
  package enum Status: Sendable, Hashable {
    /// It exited with this code.
    case exited(Int32)
    /// It was ended by this signal.
    case signalled(Int32)
  }

  /// How the program itself ended.
  package var status: Status
  /// The time limit was reached and the group was ended for it.
  package var timedOut: Bool
  /// Standard output did not end with the program: another process kept it open, or was ended while it had
  /// it open. What was received may be incomplete.
  package var outputHeldOpen: Bool
  /// The last bytes of standard error, ``Bounds/errorText`` at most.
  package var standardError: [UInt8]
  /// The bytes read from standard output.
  package var standardOutputBytes: Int
  /// From the start of the program until nothing of it was left.
  package var duration: Duration

  /// The program exited by itself, in time, and its standard output was read up to its end. Says nothing
  /// about the exit code.
  package var isWhole: Bool {
    guard case .exited = status else { return false }
    return !timedOut && !outputHeldOpen
  }
}
