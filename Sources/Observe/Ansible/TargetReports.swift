import Facts

/// Turns what was seen of each host into its report: wholly observed only with every proof there is.
struct TargetReports {
  let fold: PlaybookFold
  /// What makes the whole run unproven.
  let flaws: [TargetReport.Reason]
  /// For each task that a host missed: by position.
  private let missed: [String: [Int]]
  private let keepsHandlers: Bool

  /// - Parameter keepsHandlers: lists what handlers would do, whatever explains it.
  init(_ fold: PlaybookFold, flaws: [TargetReport.Reason], keepsHandlers: Bool = false) {
    self.keepsHandlers = keepsHandlers
    self.fold = fold
    self.flaws = flaws
    missed = fold.missedTasks()
  }

  /// - Parameter isAskedFor: false for a host that reports although nobody declared it.
  func report(on target: String, isAskedFor: Bool) -> TargetReport {
    var record = fold.hosts[target] ?? HostRecord(number: -1, unproven: [])
    record.settleHandlers(keepingAll: keepsHandlers)
    var subjects = record.subjects
    var known = Set(subjects.map { Array($0.subject.utf8) })
    let missed = missed[target] ?? []
    for position in missed {
      let name = fold.naming.name(fold.tasks[position])
      if known.insert(Array(name.utf8)).inserted {
        subjects.append(SubjectReport(name, .unobserved(.notReached)))
      }
    }
    let isUnreachable = !record.unreachable.isEmpty || (fold.recap?[target]?.unreachable ?? 0) > 0
    let reasons = reasons(for: target, record, isUnreachable, isAskedFor, isEmpty: subjects.isEmpty)
    let blind = subjects.compactMap { subject -> Unobserved? in
      if case .unobserved(let why) = subject.state { why } else { nil }
    }
    let state: TargetState
    if isUnreachable {
      state = .unreachable
    } else if subjects.isEmpty {
      state = .failed
    } else {
      state = reasons.isEmpty && blind.isEmpty ? .observed : .partly
    }
    // Only a module that does nothing in check mode leaves the names of all subjects certain.
    let namesAll =
      reasons.isEmpty && missed.isEmpty && fold.tellsVariables && !record.hidesSubjects
      && record.failures.isEmpty && blind.allSatisfy { $0 == .skippedInCheckMode }
    return TargetReport(
      target: target, state: state, reasons: reasons, subjects: subjects,
      listsEverySubject: state == .observed || state == .partly && namesAll)
  }

  private func reasons(
    for target: String, _ record: HostRecord, _ isUnreachable: Bool, _ isAskedFor: Bool, isEmpty: Bool
  ) -> [TargetReport.Reason] {
    var reasons = flaws
    if !isAskedFor { reasons.append(.init(.wrongTarget)) }
    if isUnreachable {
      let words = record.unreachable.first { !$0.isEmpty }
      reasons.append(.init(.unreachable, words))
    }
    if fold.isStopped(for: target) {
      reasons.append(.init(.notReached, "the play ended early for all of its hosts"))
    }
    if record.hasOpenLoops { reasons.append(.init(.incompleteOutput, "a loop's own result is missing")) }
    guard let recap = fold.recap else {
      return reasons.isEmpty ? [.init(.incompleteOutput, "there is no recap")] : reasons
    }
    guard let counts = recap[target] else {
      if reasons.isEmpty {
        reasons.append(.init(fold.tasks.isEmpty || recap.isEmpty ? .nothingDeclared : .notReported))
      }
      return reasons
    }
    // With ignore_unreachable the recap counts a host that did not answer as ok.
    let results = record.results
    let ended = results.ended + results.unreachable + max(results.includes, results.includedFiles)
    let isCountable = fold.tellsVariables || results.includes == 0
    let isShort =
      isCountable && ended < counts.ok + counts.failures + counts.rescued
      || record.results.changed < counts.changed || record.results.skipped < counts.skipped
    if isShort {
      reasons.append(.init(.incompleteOutput, "the recap counts more results than were reported"))
    }
    if counts.failures > 0, record.failures.isEmpty {
      reasons.append(.init(.toolFailed, "the recap counts failures that were not reported"))
    }
    if reasons.isEmpty, !fold.tellsVariables, !isEmpty {
      reasons.append(
        .init(.narrowed, "the recording does not tell whether tags or a start-at narrowed the run"))
    }
    if isEmpty, reasons.isEmpty { reasons.append(.init(.nothingDeclared)) }
    return reasons
  }
}

extension PlaybookFold {
  /// The tasks that a host should have had a result for, and has none: by host, in their order.
  ///
  /// Known beforehand where praxis' own callback lists a play's tasks; else those between a failure of the host and the next task
  /// that it took part in again (a rescue), if any, as far as other hosts reached them. A dynamically included task that only other hosts include is no such task, nor is a `run_once`.
  func missedTasks() -> [String: [Int]] {
    var missed: [String: Set<Int>] = [:]
    for play in plays.values {
      for position in play.expected where isOwed(tasks[position]) {
        for target in play.targets {
          guard let record = hosts[target], !reached[position].contains(record.number) else { continue }
          missed[target, default: []].insert(position)
        }
      }
    }
    for (name, record) in hosts {
      for failure in record.failures {
        for position in (failure + 1)..<max(tasks.count, failure + 1) {
          if reached[position].contains(record.number) { break }
          let task = tasks[position]
          let isInPlay = plays[task.playID].map { $0.targets.isEmpty || $0.targets.contains(name) } ?? true
          guard isOwed(task), !reached[position].isEmpty, isInPlay else { continue }
          missed[name, default: []].insert(position)
        }
      }
    }
    return missed.mapValues { $0.sorted() }
  }

  /// Whether a play that takes in this host ended early, or may have.
  func isStopped(for target: String) -> Bool {
    plays.values.contains { play in
      play.isStopped && (play.targets.isEmpty ? hosts[target] != nil : play.targets.contains(target))
    }
  }

  private func isOwed(_ task: TaskDescription) -> Bool {
    if task.isHandler || task.runsOnce { return false }
    return task.isInclude || !task.provesNothing || task.isProbe
  }
}
