import Engine
import Failures
import Files
import Glibc
import Synchronization

/// Whether a result did not reach standard output whole. The command goes on, since what it does must not be broken off for that, and
/// ends as failed.
enum UnwrittenResult {
  private static let number = Mutex<Int32?>(nil)

  /// Takes note of why a write failed. A reader that went away (`| head`) is no failure.
  static func note(errno: Int32) {
    guard errno != EPIPE else { return }
    number.withLock { $0 = $0 ?? errno }
  }

  static var failure: Failure? {
    number.withLock { $0 }.map {
      // What stands in the place of an output that the caller closed takes nothing.
      guard $0 != EBADF, $0 != EINVAL else {
        return Failure(
          .outputNotWritten, "standard output", "it is closed, so the answer was not written",
          hint: "What was recorded is recorded: ask again with an output, for example with praxis status.")
      }
      return Failure(
        .outputNotWritten, "standard output", "the answer could not be written whole: \(systemMessage($0))",
        hint: "What was recorded is recorded: make room and ask again, for example with praxis status.")
    }
  }
}
