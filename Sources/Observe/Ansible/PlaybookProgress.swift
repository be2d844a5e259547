import Facts
import Synchronization

/// Counts results while a run goes on: tasks times hosts, of what the plays that have begun hold.
final class PlaybookProgress: Sendable {
  private struct State {
    var lines = JSONLines()
    var done = 0
    var expected = 0
    var plays: Set<Int> = []
  }
  private let state = Mutex(State())
  private let report: @Sendable (ObservationProgress) -> Void

  init(_ report: @escaping @Sendable (ObservationProgress) -> Void) {
    self.report = report
  }

  func take(_ chunk: [UInt8]) {
    let progress = state.withLock { state -> ObservationProgress in
      state.lines.feed(chunk)
      while let line = try? state.lines.next() {
        guard let event = try? JSONDocument(parsing: line).root else { continue }
        switch event["event"]?.string {
        case "ok", "failed", "skipped", "unreachable": state.done += 1
        case "play":
          guard let index = event["play"]?["index"]?.int, state.plays.insert(index).inserted else { break }
          state.expected += (event["tasks"]?.count ?? 0) * (event["targets"]?.count ?? 0)
        default: break
        }
      }
      return ObservationProgress(
        step: "check run", done: state.done,
        expected: state.expected == 0 ? nil : max(state.expected, state.done))
    }
    report(progress)
  }
}
