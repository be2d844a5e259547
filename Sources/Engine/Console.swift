import Facts
import Failures
import Observe
import StrictJSON

/// Where a workflow tells people how it goes on. Results are returned, never told here.
package protocol Console: Sendable {
  /// A remark that `--quiet` silences.
  func note(_ text: String)
  /// A remark that nothing silences.
  func warn(_ text: String)
  /// An error that does not end the command.
  func fail(_ failure: Failure)
  /// How far an observation has come; gone once anything else is told.
  func progress(_ source: SourceName, _ progress: ObservationProgress)
  /// From here on an interruption ends the command with this: what was begun is reported as what it came to.
  func setPendingExit(_ exit: Exit)
}

extension Console {
  /// Not silenced by `--quiet`: an observation is about to run a task for real, or keeps one from it.
  func announce(_ source: SourceName, _ task: RealTask) {
    let name = TerminalSafe.escaped(task.name)
    warn(
      task.isHeld
        ? "\(source): this task has check_mode: false, and praxis holds it to check mode (allow-real-tasks in praxis.yaml permits it): \(name)"
        : "\(source): this task runs for real, check mode or not: \(name)")
  }
}
