import Facts
import Observe
import Secrets

/// Turns what was seen of each host into its report: fully observed only with every proof there is.
struct TargetReports {
  let state: PlaybookState
  /// What makes the whole run unproven.
  let flaws: [TargetReport.Reason]
  private let gaps: [TargetName: PlaybookState.Gaps]
  private let keepsHandlers: Bool

  /// - Parameter keepsHandlers: lists what handlers would do, whatever explains it.
  init(_ state: PlaybookState, flaws: [TargetReport.Reason], keepsHandlers: Bool = false) {
    self.keepsHandlers = keepsHandlers
    self.state = state
    self.flaws = flaws
    gaps = state.gaps()
  }

  /// - Parameter isAskedFor: false for a host that reports although it is not declared.
  func report(on target: TargetName, isAskedFor: Bool) -> TargetReport {
    var record = state.hosts[target] ?? HostRecord(number: -1, unproven: [])
    record.settleHandlers(keepingAll: keepsHandlers)
    var subjects = record.subjects
    var known = Set(subjects.map(\.subject))
    let gaps = gaps[target] ?? .init()
    for (name, why) in gaps.unobserved {
      var (subject, number) = (SubjectName(name), 1)
      while !known.insert(subject).inserted {
        number += 1
        subject = SubjectName("\(name) #\(number)")
      }
      subjects.append(SubjectReport(subject, .unobserved(why)))
    }
    let isUnreachable = !record.unreachable.isEmpty || (state.recap?[target]?.unreachable ?? 0) > 0
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
    // The declared subjects are known, also where some were not observed, unless tasks are missing whose names are
    // unknown.
    let namesAll =
      reasons.isEmpty && self.state.tellsVariables && !record.hidesTasks && !gaps.hidesTasks
    var report = TargetReport(
      target: target, state: state, reasons: reasons, subjects: subjects,
      listsEverySubject: state == .observed || state == .partly && namesAll)
    if report.listsEverySubject {
      report.unlisted = record.unlisted.union(gaps.unlisted).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
    return report
  }

  /// Plays that no host of the inventory matches, or not all of the pattern: each stands for itself, as no host can.
  var unmatchedPlays: [TargetReport] {
    state.unmatched.map { play in
      let hosts = state.naming.redactor.redact(text: play.hosts.joined(separator: ", "))
      return TargetReport(
        target: TargetName(play.name), state: .failed, reasons: [.init(.noHostMatched, "hosts: \(hosts)")],
        subjects: [],
        listsEverySubject: false)
    }
  }

  private func reasons(
    for target: TargetName, _ record: HostRecord, _ isUnreachable: Bool, _ isAskedFor: Bool, isEmpty: Bool
  ) -> [TargetReport.Reason] {
    var reasons = flaws
    if !isAskedFor { reasons.append(.init(.wrongTarget)) }
    if isUnreachable {
      let words = record.unreachable.first { !$0.isEmpty }
      reasons.append(.init(.unreachable, words))
    }
    if state.isStopped(for: target) {
      reasons.append(.init(.notReached, "the play ended early for all of its hosts"))
    }
    if record.losesHosts || record.unproven.contains(TaskDescription.anything) { reasons.append(.init(.notTraceable)) }
    if record.hasOpenLoops { reasons.append(.init(.incompleteOutput, "a loop's own result is missing")) }
    guard let recap = state.recap else {
      return reasons.isEmpty ? [.init(.incompleteOutput, "there is no recap")] : reasons
    }
    guard let counts = recap[target] else {
      let isOwed = state.plays.values.contains {
        $0.targets.contains(target) && !$0.expected.isEmpty && state.isEndedBefore(target, $0) == nil
      }
      if isOwed {
        reasons.append(.init(.notReached, "the run ended before it came to this host"))
      }
      if reasons.isEmpty {
        reasons.append(.init(state.tasks.isEmpty || recap.isEmpty ? .nothingDeclared : .notReported))
      }
      return reasons
    }
    // With ignore_unreachable the recap counts a host that did not answer as ok.
    let results = record.results
    let ended = results.ended + results.unreachable + max(results.includes, results.includedFiles)
    let isCountable = state.tellsVariables || results.includes == 0
    let isShort =
      isCountable && ended < counts.ok + counts.failures + counts.rescued
      || record.results.changed < counts.changed || record.results.skipped < counts.skipped
    if isShort {
      reasons.append(.init(.incompleteOutput, "the recap counts more results than were reported"))
    }
    if counts.failures > 0, record.failures.isEmpty {
      reasons.append(.init(.toolFailed, "the recap counts failures that were not reported"))
    }
    if reasons.isEmpty, !state.tellsVariables, !isEmpty {
      reasons.append(
        .init(.narrowed, "the recording does not tell whether tags or a start-at narrowed the run"))
    }
    if isEmpty, reasons.isEmpty { reasons.append(.init(.nothingDeclared)) }
    return reasons
  }
}
