import Facts
import Observe
import Secrets

/// What is declared and has no result: what a host should have passed and did not, and what handlers alone would write.
extension PlaybookState {
  struct Gaps {
    /// Names of tasks and handlers in their order, each with the reason why its state is unknown.
    var unobserved: [(name: String, why: Unobserved)] = []
    /// What begins the names of their subjects.
    var unlisted: Set<String> = []
    /// Whether an include is among them, or a failure withheld what one brought: then it is unknown which tasks there
    /// would be.
    var hidesTasks = false

    fileprivate mutating func add(_ name: String, _ base: String, _ why: Unobserved) {
      unobserved.append((name, why))
      unlisted.insert(base)
    }
  }

  /// The gaps of each host.
  ///
  /// Known where praxis' own callback lists a play's tasks beforehand; else those between a failure of the host and the next task
  /// that it took part in again (a rescue), if any, as far as other hosts reached them. A dynamically included task that only other
  /// hosts include is no such task, nor is a `run_once` that one host had.
  func gaps() -> [TargetName: Gaps] {
    var missed: [TargetName: [Int: Unobserved]] = [:]
    var brought: [TargetName: [TaskDescription]] = [:]
    var handlers: [TargetName: Gaps] = [:]
    for play in plays.values {
      for target in play.targets {
        if let isUnproven = isEndedBefore(target, play) {
          for position in play.expected where isUnproven && isOwed(tasks[position]) {
            missed[target, default: [:]][position] = .dependsOnUnobserved
          }
          continue
        }
        guard let record = hosts[target] else {
          // The run ended before its turn came.
          for position in play.expected where isOwed(tasks[position]) && !tasks[position].runsOnce {
            missed[target, default: [:]][position] = .notReached
          }
          continue
        }
        let left = leftOut(of: play, for: record)
        for task in left.brought { brought[target, default: []].append(task) }
        for position in play.expected where isOwed(tasks[position]) && !reached[position].contains(record.number) {
          if tasks[position].runsOnce, !reached[position].isEmpty || target != play.targets.min() { continue }
          switch left.positions[position] {
          case nil: missed[target, default: [:]][position] = .notReached
          case true?: missed[target, default: [:]][position] = .dependsOnUnobserved
          case false?: break
          }
        }
        for handler in play.handlers where !record.isDue(naming.base(handler)) {
          if handler.lasts, record.notifiable.contains(handler.key) {
            // A gap under its own name. What was seen of it when something notified it is over: it is not due now.
            handlers[target, default: Gaps()].unobserved.append((naming.base(handler), .notNotified))
            if handler.isInclude { handlers[target, default: Gaps()].hidesTasks = true }
          } else if !record.failures.isEmpty {
            handlers[target, default: Gaps()].unlisted.insert(naming.base(handler))
          }
        }
      }
    }
    for (name, record) in hosts {
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
    var gaps: [TargetName: Gaps] = [:]
    let absent = missed.keys.filter { hosts[$0] == nil }.map { ($0, HostRecord(number: -1, unproven: [])) }
    for (target, record) in hosts.map({ ($0, $1) }) + absent {
      let found = self.gaps(of: record, target, missed: missed[target] ?? [:], endedBefore: brought[target] ?? [])
      if !found.unlisted.isEmpty || found.hidesTasks { gaps[target] = found }
    }
    return gaps.merging(handlers) { first, second in
      Gaps(
        unobserved: first.unobserved + second.unobserved, unlisted: first.unlisted.union(second.unlisted),
        hidesTasks: first.hidesTasks || second.hidesTasks)
    }
  }

  // MARK: What includes would have brought

  /// - Parameter rest: the tasks of includes which an unproven end left out.
  private func gaps(
    of record: HostRecord, _ target: TargetName, missed: [Int: Unobserved], endedBefore rest: [TaskDescription]
  ) -> Gaps {
    var gaps = Gaps()
    let named = Set(missed.keys.compactMap { tasks[$0].path })
    for (position, why) in missed.sorted(by: { $0.key < $1.key }) {
      add(tasks[position], why, of: target, but: named, to: &gaps)
    }
    for task in rest { addBrought(task, .dependsOnUnobserved, of: target, but: named, to: &gaps) }
    for (include, why) in record.idleIncludes { add(broughtBy: include, why, of: target, but: named, to: &gaps) }
    guard !record.failures.isEmpty else { return gaps }
    // Of an include that brought its tasks those behind the failure, which its file names by their places.
    let brought = record.includes.flatMap { tasks[$0].isLoop ? [] : tasks[$0].brings ?? [] }
    let passed = Set(tasks.indices.filter { reached[$0].contains(record.number) }.compactMap { tasks[$0].path })
    for task in brought where task.path.map({ !passed.contains($0) && !named.contains($0) }) ?? false {
      addBrought(task, .notReached, of: target, but: named, to: &gaps)
    }
    let known = Set(brought.compactMap(\.path))
    for failure in record.failures where plays[tasks[failure].playID]?.expected.contains(failure) != true {
      if let path = tasks[failure].path, known.contains(path) { continue }
      // The rescue took it over at its block's end, and what the include brings went on behind it.
      if tasks[failure].isRescuable, !tasks[failure].abandons { continue }
      gaps.hidesTasks = true
      guard tasks[failure].isIncluded else { continue }
      gaps.unobserved.append(("\(naming.base(tasks[failure])) | what its include brings after it", .notReached))
    }
    return gaps
  }

  /// - Parameter named: the places of tasks that are gaps of their own, because other hosts came to them.
  private func add(
    _ task: TaskDescription, _ why: Unobserved, of target: TargetName, but named: Set<String>, to gaps: inout Gaps
  ) {
    gaps.add(naming.name(task), naming.base(task), why)
    if task.isInclude { add(broughtBy: task, why, of: target, but: named, to: &gaps) }
  }

  private func add(
    broughtBy include: TaskDescription, _ why: Unobserved, of target: TargetName, but named: Set<String>,
    to gaps: inout Gaps
  ) {
    guard let brings = include.brings else {
      gaps.hidesTasks = true
      if let file = include.file {
        gaps.unobserved.append(("\(naming.base(include)) | the tasks of \(naming.redactor.redact(text: file))", why))
      }
      return
    }
    for task in brings where task.path.map({ !named.contains($0) }) ?? true {
      addBrought(task, why, of: target, but: named, to: &gaps)
    }
  }

  private func addBrought(
    _ task: TaskDescription, _ why: Unobserved, of target: TargetName, but named: Set<String>, to gaps: inout Gaps
  ) {
    let isOfAnother = task.runsOnce && plays[task.playID].map { target != $0.targets.min() } ?? false
    guard task.isPassed, isOwed(task), !isOfAnother else {
      gaps.unlisted.insert(naming.base(task))
      return
    }
    add(task, why, of: target, but: named, to: &gaps)
  }

  /// Whether a meta task ended the play before its run, by `serial` in batches, came to this host, and if so, whether its condition
  /// hangs on what was not observed; nil where it did not.
  func isEndedBefore(_ target: TargetName, _ play: Play) -> Bool? {
    let record = hosts[target]
    guard record?.failures.isEmpty ?? true, record?.unreachable.isEmpty ?? true,
      !play.expected.contains(where: { position in record.map { reached[position].contains($0.number) } ?? false })
    else { return nil }
    return play.expected.lazy.filter { tasks[$0].ends == "end_play" && (starts[$0] ?? 0) > reached[$0].count }.first
      .map { position in hosts.values.contains { tasks[position].uses.contains(where: $0.unproven.contains) } }
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
