import Files
import Glibc
import Synchronization

/// The processes that see one private temporary folder as theirs (``Sandbox/endsAllIn``): those of the runs in it, which may be several at
/// the same time, and whatever left their sessions. What is still there when the last of the runs has ended is ended.
struct View: Sendable {
  private let folder: Sandbox.Found

  private struct Runs {
    var counts: [Sandbox.Found: Int] = [:]
    /// Where nothing may start: whatever is there is being ended.
    var ending: Set<Sandbox.Found> = []
  }
  private static let runs = Mutex(Runs())

  /// Counts a run before it starts, so that no other one's end takes it for something left behind. Nil where its sandbox ends nothing.
  static func entered(_ sandbox: Sandbox?) async -> View? {
    guard let folder = sandbox?.endsAllIn else { return nil }
    while true {
      let isIn = runs.withLock { runs in
        guard !runs.ending.contains(folder) else { return false }
        runs.counts[folder, default: 0] += 1
        return true
      }
      if isIn { return View(folder: folder) }
      // An interrupted run starts all the same, and is ended as one.
      try? await Task.sleep(for: .milliseconds(5))
    }
  }

  /// Ends what is left, where this was the last run.
  func leave() {
    let isLast = Self.runs.withLock { runs in
      let left = (runs.counts.removeValue(forKey: folder) ?? 1) - 1
      if left > 0 { runs.counts[folder] = left } else { runs.ending.insert(folder) }
      return left <= 0
    }
    guard isLast else { return }
    defer { Self.runs.withLock { _ = $0.ending.remove(folder) } }
    // As for a session: one in an uninterruptible wait may take for ever.
    let patience = ContinuousClock.now + .seconds(2)
    while endAll(), ContinuousClock.now < patience { usleep(5_000) }
  }

  /// Kills all that is there now.
  ///
  /// - Returns: whether there was anything.
  private func endAll() -> Bool {
    var wasInhabited = false
    for process in ((try? Folder.names(in: "/proc")) ?? []).compactMap({ pid_t($0) }) where holds(process) {
      wasInhabited = true
      _ = kill(process, SIGKILL)
    }
    return wasInhabited
  }

  /// A dead one sees nothing any more.
  private func holds(_ process: pid_t) -> Bool {
    Sandbox.Found("/proc/\(process)/root\(Sandbox.temporaryFolder)")?.isSame(as: folder) == true
  }

  /// Kills what is in any of them: this process is about to end.
  static func killAll() {
    for folder in runs.withLock({ $0.counts.keys }) { _ = View(folder: folder).endAll() }
  }
}
