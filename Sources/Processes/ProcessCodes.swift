import Failures

/// The codes of running a program.
extension Failure.Code {
  package static let workingDirectory = Self(
    "working-directory", .cannotCheck, "The working directory is missing, no directory, or closed to praxis.")
  package static let invalidInvocation = Self(
    "invalid-invocation", .cannotCheck, "An argument, a path or a variable cannot be given to a program.")
  package static let variableRefused = Self(
    "variable-refused", .cannotCheck, "This variable may not be passed on from praxis' own environment.")
  package static let outputTooLarge = Self(
    "output-too-large", .cannotCheck, "The program wrote more than is taken from it, and was ended.")
  package static let outputRefused = Self(
    "output-refused", .cannotCheck, "The program's output could not be taken, and the program was ended.")
  package static let toolMissing = Self(
    "tool-missing", .cannotCheck,
    "The authority's program is not there or cannot be run; install it, or name it in praxis.yaml.")

  /// All of them.
  package static let processes: [Self] = [
    .workingDirectory, .invalidInvocation, .variableRefused, .outputTooLarge, .outputRefused, .toolMissing,
  ]
}
