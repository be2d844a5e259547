import Facts
import StrictJSON

extension PlaybookState {
  struct Play: Sendable {
    var targets: Set<TargetName> = []
    /// Positions of the tasks that each of its hosts has to reach.
    var expected: [Int] = []
    /// It ended early for all of its hosts.
    var isStopped = false
    var lastTask = 0
    /// Its own and its roles'.
    var handlers: [TaskDescription] = []
  }

  /// A play whose pattern, or a part of it, no host of the inventory matches.
  struct UnmatchedPlay: Sendable, Hashable {
    /// As its subjects begin.
    var name: String
    var hosts: [String]
  }

  /// ansible's own counts for a host.
  struct Recap: Sendable, Hashable {
    var ok = 0
    var changed = 0
    var failures = 0
    var unreachable = 0
    var skipped = 0
    var rescued = 0

    init(_ view: JSONView) {
      ok = view["ok"]?.int ?? 0
      changed = view["changed"]?.int ?? 0
      failures = view["failures"]?.int ?? 0
      unreachable = view["unreachable"]?.int ?? 0
      skipped = view["skipped"]?.int ?? 0
      rescued = view["rescued"]?.int ?? 0
    }
  }

  /// The hosts that some play selects.
  var selected: Set<TargetName> { plays.values.reduce(into: []) { $0.formUnion($1.targets) } }

  mutating func noteUnmatched(play: String, hosts: [String]) {
    let name = naming.name(ofPlay: play)
    if !unmatched.contains(where: { $0.name == name }) { unmatched.append(.init(name: name, hosts: hosts)) }
  }

  mutating func noteRescue(_ task: TaskDescription) {
    let name = naming.name(task)
    if !rescues.contains(where: { $0.utf8.elementsEqual(name.utf8) }) { rescues.append(name) }
  }

  /// Whether the task's own result is a subject, as against those of its loop's items.
  func judgesWhole(
    _ task: TaskDescription, _ status: TaskStatus, _ result: JSONView, _ loop: HostRecord.Loop, items: Int,
    isHidden: Bool
  ) -> Bool {
    if loop.items == 0 || isHidden { return true }
    switch status {
    case .failed: return loop.failed == 0
    case .ok: return result["changed"]?.bool == true && loop.changed == 0
    case .skipped, .unreachable: return false
    }
  }
}
