import Facts
import Observe

/// What a meta task (`end_host`, `end_play`, …) leaves out. Nothing tells of one that ended something but that it was begun and not
/// skipped.
extension PlaybookState {
  struct LeftOut {
    /// By position, whether the condition of what ended it hangs on what was not observed.
    var positions: [Int: Bool] = [:]
    /// The tasks of includes that were left out by such a condition.
    var brought: [TaskDescription] = []
  }

  func leftOut(of play: Play, for record: HostRecord) -> LeftOut {
    var left = LeftOut()
    for (index, position) in play.expected.enumerated() where hasEnded(position, for: record) {
      leaveOut(behind: index, by: tasks[position], of: play, for: record, &left)
    }
    // A host that failed came to no end behind its failure.
    guard record.failures.allSatisfy({ tasks[$0].isRescuable }) else { return left }
    let passed = Set(tasks.indices.filter { reached[$0].contains(record.number) }.compactMap { tasks[$0].path })
    for (index, include) in play.expected.enumerated() {
      let brought = flattened(tasks[include].brings ?? [])
      for (number, task) in brought.enumerated() where task.ends != nil && record.includes.contains(include) {
        guard
          let end = tasks.indices.first(where: {
            tasks[$0].path == task.path && tasks[$0].ends != nil && starts[$0] != nil
          }),
          hasEnded(end, for: record)
        else { continue }
        let rest = brought.dropFirst(number + 1).filter { one in
          (task.ends != "end_role" || one.role == task.role) && one.path.map { !passed.contains($0) } ?? true
        }
        if isUnproven(tasks[end], for: record) { left.brought += rest }
        if task.ends != "end_role" { leaveOut(behind: index, by: tasks[end], of: play, for: record, &left) }
      }
    }
    return left
  }

  /// Whether the meta task ended something for this host, which came to it.
  private func hasEnded(_ position: Int, for record: HostRecord) -> Bool {
    guard let ends = tasks[position].ends, let begun = starts[position] else { return false }
    let isForHost = ends == "end_host" || ends == "end_role"
    return isForHost ? !reached[position].contains(record.number) : begun > reached[position].count
  }

  private func isUnproven(_ end: TaskDescription, for record: HostRecord) -> Bool {
    end.uses.contains(where: record.unproven.contains) || end.uses.contains(TaskDescription.anything)
  }

  private func leaveOut(
    behind index: Int, by end: TaskDescription, of play: Play, for record: HostRecord, _ left: inout LeftOut
  ) {
    guard !record.failures.contains(where: { !tasks[$0].isRescuable && play.expected.prefix(index + 1).contains($0) })
    else { return }
    let rest = play.expected.dropFirst(index + 1).filter { end.ends != "end_role" || tasks[$0].role == end.role }
    guard end.ends == "end_role" || !rest.contains(where: { reached[$0].contains(record.number) }) else { return }
    let isUnproven = isUnproven(end, for: record)
    for one in rest where left.positions[one] == nil { left.positions[one] = isUnproven }
  }

  private func flattened(_ tasks: [TaskDescription]) -> [TaskDescription] {
    tasks.flatMap { [$0] + flattened($0.brings ?? []) }
  }
}
