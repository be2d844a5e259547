import Facts
import Observe
import Secrets
import StrictJSON
import Synchronization

/// Follows a run while it goes on: counts results against tasks times hosts of the plays that have begun, and announces the
/// tasks that will run for real before any host gets them.
final class PlaybookProgress: Sendable {
  private struct State {
    var lines = JSONLines()
    var done = 0
    var expected = 0
    var plays: Set<Int> = []
    var announced: Set<String> = []
  }
  private let state = Mutex(State())
  private let naming: TaskSubject
  private let report: @Sendable (ObservationProgress) -> Void
  private let announce: @Sendable (RealTask) -> Void

  init(_ request: ObservationRequest, playbook: String) {
    naming = TaskSubject(playbook: playbook, redactor: request.redactor)
    report = request.progress
    announce = request.announce
  }

  func take(_ chunk: [UInt8]) {
    let (progress, real) = state.withLock { state -> (ObservationProgress, [RealTask]) in
      var real: [RealTask] = []
      state.lines.feed(chunk)
      while let line = try? state.lines.next() {
        guard let event = try? JSONDocument(parsing: line).root else { continue }
        switch event["event"]?.string {
        case "ok", "failed", "skipped", "unreachable": state.done += 1
        case "task", "handler":
          if let task = event["task"] { note(task, of: event, in: &state, &real) }
        case "play":
          for task in event["tasks"].map({ Array($0.elements) }) ?? [] { note(task, of: event, in: &state, &real) }
          guard let index = event["play"]?["index"]?.int, state.plays.insert(index).inserted else { break }
          state.expected += (event["tasks"]?.count ?? 0) * (event["targets"]?.count ?? 0)
        default: break
        }
      }
      let progress = ObservationProgress(
        step: "check run", done: state.done,
        expected: state.expected == 0 ? nil : max(state.expected, state.done))
      return (progress, real)
    }
    for task in real { announce(task) }
    report(progress)
  }

  /// A setting that a template keeps open until a host is known counts as real: whoever is warned in vain has lost nothing.
  private func note(_ view: JSONView, of event: JSONView, in state: inout State, _ real: inout [RealTask]) {
    let task = PraxisEvents.description(view, of: event)
    guard task.isHeld || task.checkMode != true && task.canAct else { return }
    let name = naming.name(task)
    if state.announced.insert(name).inserted { real.append(RealTask(name: name, isHeld: task.isHeld)) }
  }
}
