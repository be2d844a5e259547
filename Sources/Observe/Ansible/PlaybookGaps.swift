import Facts

/// What is declared and has no result: what a host should have passed and did not, and what handlers alone would write.
extension PlaybookFold {
  struct Gaps {
    /// Names of tasks and handlers in their order, each with the reason why nobody knows how they are.
    var unobserved: [(name: String, why: Unobserved)] = []
    /// What begins the names of their subjects.
    var unlisted: Set<String> = []
    /// An include is among them, or a failure kept back what one brought, so that nobody knows which tasks there would be.
    var hidesTasks = false

    fileprivate mutating func add(_ name: String, _ base: String, _ why: Unobserved, isInclude: Bool) {
      unobserved.append((name, why))
      unlisted.insert(base)
      if isInclude { hidesTasks = true }
    }
  }

  /// The gaps of each host.
  ///
  /// Known where praxis' own callback lists a play's tasks beforehand; else those between a failure of the host and the next task
  /// that it took part in again (a rescue), if any, as far as other hosts reached them. A dynamically included task that only other
  /// hosts include is no such task, nor is a `run_once` that one host had.
  func gaps() -> [TargetName: Gaps] {
    var missed: [TargetName: [Int: Unobserved]] = [:]
    var handlers: [TargetName: Gaps] = [:]
    for play in plays.values {
      for target in play.targets {
        guard let record = hosts[target] else { continue }
        let left = leftOut(of: play, for: record)
        for position in play.expected where isOwed(tasks[position]) && !reached[position].contains(record.number) {
          if tasks[position].runsOnce, !reached[position].isEmpty || target != play.targets.min() { continue }
          switch left[position] {
          case nil: missed[target, default: [:]][position] = .notReached
          case true?: missed[target, default: [:]][position] = .dependsOnUnobserved
          case false?: break
          }
        }
        for handler in play.handlers where !record.isDue(naming.base(handler)) {
          if handler.lasts, record.notifiable.contains(handler.key) {
            let name = naming.base(handler)
            handlers[target, default: Gaps()].add(name, name, .notNotified, isInclude: handler.isInclude)
          } else if !record.failures.isEmpty {
            handlers[target, default: Gaps()].unlisted.insert(naming.base(handler))
          }
        }
      }
    }
    var gaps: [TargetName: Gaps] = [:]
    for (name, record) in hosts {
      let isOfInclude = record.failures.contains { plays[tasks[$0].playID]?.expected.contains($0) != true }
      if isOfInclude { gaps[name, default: Gaps()].hidesTasks = true }
      for failure in record.failures {
        for position in (failure + 1)..<max(tasks.count, failure + 1) {
          if reached[position].contains(record.number) { break }
          let task = tasks[position]
          let isInPlay = plays[task.playID].map { $0.targets.isEmpty || $0.targets.contains(name) } ?? true
          guard isOwed(task), !task.runsOnce, !reached[position].isEmpty, isInPlay else { continue }
          missed[name, default: [:]][position] = .notReached
        }
      }
    }
    for (target, positions) in missed {
      for (position, why) in positions.sorted(by: { $0.key < $1.key }) {
        let task = tasks[position]
        gaps[target, default: Gaps()].add(naming.name(task), naming.base(task), why, isInclude: task.isInclude)
      }
    }
    return gaps.merging(handlers) { first, second in
      Gaps(
        unobserved: first.unobserved + second.unobserved, unlisted: first.unlisted.union(second.unlisted),
        hidesTasks: first.hidesTasks || second.hidesTasks)
    }
  }

  /// The tasks that a meta task (`end_host`, `end_play`, …) left out for a host, and whether its condition hangs on what was not
  /// observed. Nothing tells of a meta task that ended something but that it was begun and not skipped.
  private func leftOut(of play: Play, for record: HostRecord) -> [Int: Bool] {
    var left: [Int: Bool] = [:]
    for (index, position) in play.expected.enumerated() {
      guard let ends = tasks[position].ends, let begun = starts[position] else { continue }
      let isPassed = reached[position].contains(record.number)
      guard ends == "end_host" || ends == "end_role" ? !isPassed : begun > reached[position].count,
        !record.failures.contains(where: { play.expected.prefix(index).contains($0) })
      else { continue }
      let rest = play.expected.dropFirst(index + 1).filter {
        ends != "end_role" || tasks[$0].role == tasks[position].role
      }
      guard ends == "end_role" || !rest.contains(where: { reached[$0].contains(record.number) }) else { continue }
      let isUnproven = tasks[position].uses.contains(where: record.unproven.contains)
      for one in rest where left[one] == nil { left[one] = isUnproven }
    }
    return left
  }

  /// Whether a play that takes in this host ended early, or may have.
  func isStopped(for target: TargetName) -> Bool {
    plays.values.contains { play in
      play.isStopped && (play.targets.isEmpty ? hosts[target] != nil : play.targets.contains(target))
    }
  }

  private func isOwed(_ task: TaskDescription) -> Bool {
    !task.isHandler && (task.isInclude || !task.provesNothing || task.isProbe || task.leavesGap)
  }
}
