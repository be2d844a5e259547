import Failures
import Files
import Glibc

extension Invocation {
  /// Refuses what cannot be run before anything is started, with the reason that the system's one error
  /// number for it would hide.
  func check() throws(Failure) {
    for text in [executable] + arguments + (workingDirectory.map { [$0] } ?? []) where text.utf8.contains(0) {
      throw Failure(
        .invalidInvocation, executable, "a path or an argument contains a zero byte")
    }
    for (name, value) in environment { try ClosedEnvironment.check(name: name, value: value) }
    guard executable.hasPrefix("/") else {
      throw Failure(
        .invalidInvocation, executable, "a program is named by its absolute path")
    }
    switch FileKind(ofProgramAt: executable) {
    case .executable: break
    case .notExecutable(let reason):
      throw Failure(
        .toolMissing, executable, "it cannot be executed: \(reason)")
    case .missing(ENOENT), .missing(ENOTDIR):
      throw Failure(
        .toolMissing, executable,
        "there is no such program; install it or name another path")
    case .missing(let number):
      throw Failure(
        .toolMissing, executable, "it cannot be examined: \(systemMessage(number))")
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

  func workingDirectoryError(_ reason: String) -> Failure {
    Failure(
      .workingDirectory, executable,
      "it cannot be run in the directory \(workingDirectory ?? "."): \(reason)")
  }
}
