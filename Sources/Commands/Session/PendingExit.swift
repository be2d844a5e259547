import Engine
import Synchronization

/// The exit code of something that was begun and has to be reported as what it came to, even where a signal interrupted it.
enum PendingExit {
  private static let exit = Mutex<Exit?>(nil)

  /// From here on the command ends with this, unless it says otherwise.
  static func set(_ exit: Exit?) { Self.exit.withLock { $0 = exit } }

  static var value: Exit? { exit.withLock { $0 } }
}
