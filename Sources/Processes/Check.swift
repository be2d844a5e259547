import Glibc

extension Invocation {
  /// Refuses what cannot be run before anything is started, with the reason that the system's one error
  /// number for it would hide.
  func check() throws(ProcessError) {
    for text in [executable] + arguments + (workingDirectory.map { [$0] } ?? []) where text.utf8.contains(0) {
      throw ProcessError(
        code: .invalidInvocation, program: executable, detail: "a path or an argument contains a zero byte")
    }
    for (name, value) in environment { try ClosedEnvironment.check(name: name, value: value) }
    guard executable.hasPrefix("/") else {
      throw ProcessError(
        code: .invalidInvocation, program: executable, detail: "a program is named by its absolute path")
    }
    switch FileKind(ofProgramAt: executable) {
    case .executable: break
    case .notExecutable(let reason):
      throw ProcessError(
        code: .notExecutable, program: executable, detail: "it cannot be executed: \(reason)")
    case .missing(ENOENT), .missing(ENOTDIR):
      throw ProcessError(
        code: .notFound, program: executable,
        detail: "there is no such program; install it or name another path")
    case .missing(let number):
      throw ProcessError(
        code: .notExecutable, program: executable, detail: "it cannot be looked at: \(systemMessage(number))")
    }
    if let workingDirectory {
      guard workingDirectory.hasPrefix("/") else {
        throw workingDirectoryError("it is not an absolute path")
      }
      var status = stat()
      guard stat(workingDirectory, &status) == 0 else { throw workingDirectoryError(systemMessage(errno)) }
      guard status.st_mode & S_IFMT == S_IFDIR else { throw workingDirectoryError("it is not a directory") }
    }
  }

  func workingDirectoryError(_ reason: String) -> ProcessError {
    ProcessError(
      code: .workingDirectory, program: executable,
      detail: "it cannot be run in the directory \(workingDirectory ?? "."): \(reason)")
  }
}
