/// A program that could not be run, or whose output was not taken to its end.
package struct ProcessError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What went wrong.
  package enum Code: String, CaseIterable, Sendable, Hashable {
    /// There is no such program.
    case notFound
    /// The program is there and cannot be run.
    case notExecutable
    /// The working directory is missing, no directory, or closed to us.
    case workingDirectory
    /// An argument, a path or a variable cannot be given to a program.
    case invalidInvocation
    /// A variable that may not be passed on from this process's environment.
    case variableRefused
    /// Standard output exceeded the caller's limit; the program was ended.
    case outputTooLarge
    /// The caller's closure refused the output; the program was ended.
    case outputRefused
    /// The run was not whole, so its output was not kept as a file.
    case outputIncomplete
    /// The task was cancelled; the program was ended.
    case cancelled
    /// The operating system refused something else.
    case io
  }

  /// What went wrong.
  package let code: Code
  /// The program or, where there is none, the object concerned.
  package let program: String
  /// What exactly was refused, and what to do next. Never contains output, except where the
  /// caller's closure put it into the error it threw (`outputRefused`).
  package let detail: String

  /// Names a failure of `program`.
  package init(code: Code, program: String, detail: String) {
    self.code = code
    self.program = program
    self.detail = detail
  }

  /// The program and the detail in one line.
  package var description: String { "\(program): \(detail)" }
}
