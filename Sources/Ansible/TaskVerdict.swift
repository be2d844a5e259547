import Facts
import Secrets
import StrictJSON

/// What one result, of a task or of one item of its loop, says of one subject.
enum TaskVerdict {
  /// Nothing that could be in sync or not.
  case nothing
  case subject(SubjectReport.State, desired: Digest?, reality: Digest?)

  static func unobserved(_ why: Unobserved) -> TaskVerdict {
    .subject(.unobserved(why), desired: nil, reality: nil)
  }

  /// The same where the playbook takes a failure itself: `ignore_errors`, a rescue.
  var taken: TaskVerdict {
    if case .subject(.unobserved(.taskFailed), _, _) = self { .unobserved(.failureTaken) } else { self }
  }

  static let inSync = TaskVerdict.subject(.inSync, desired: nil, reality: nil)
}

/// How ansible says that a result ended.
enum TaskStatus: Sendable {
  case ok, failed, skipped, unreachable
}

/// What is known of the host when the result comes.
struct TaskCircumstances {
  /// Variables whose value comes from a task that did nothing in check mode.
  var unproven: Set<String>
  /// Whether any task was skipped because of check mode before; decides where the stream does not tell which variables a task uses.
  var hasBlindSpots: Bool
  /// Whether the failure behind the rescue that runs is one of a run for real, too.
  var isRescueProven: Bool
}

/// Judges results. Nothing is in sync without positive proof; what cannot be told is unobserved.
struct TaskJudge {
  var redactor: Redactor
  /// For real, what changed is what was done, whatever kind of task did it.
  var mode = PlaybookReading.Mode.check

  /// For every status but `unreachable`, which is the host's matter.
  func verdict(
    on task: TaskDescription, _ status: TaskStatus, _ result: JSONView, _ circumstances: TaskCircumstances,
    _ arguments: TaskArguments
  ) -> TaskVerdict {
    if mode == .execution { return done(task, status, result) }
    let verdict = judged(task, status, result, circumstances, arguments)
    // What a rescue would do is drift only where a run for real comes to it.
    guard mode == .check, task.isRescue, !circumstances.isRescueProven, case .subject(.drifted, _, _) = verdict else {
      return verdict
    }
    return .unobserved(.dependsOnUnobserved)
  }

  private func judged(
    _ task: TaskDescription, _ status: TaskStatus, _ result: JSONView, _ circumstances: TaskCircumstances,
    _ arguments: TaskArguments
  ) -> TaskVerdict {
    switch status {
    case .failed, .unreachable: return .unobserved(wouldWrite(task, result) ? .wouldWrite : .taskFailed)
    case .skipped: return skipped(task, result, circumstances)
    case .ok: break
    }
    guard let changed = result["changed"]?.bool ?? (task.isInclude ? false : nil) else {
      return .unobserved(isHidden(task, result) ? .hidden : .unreadable)
    }
    if task.checkMode == false || hasRun(task, result) { return ranForReal(task, result, changed, arguments) }
    // Other tasks, hosts or variables might come in that were not observed.
    if task.shapesRun, depends(task, on: circumstances.unproven) { return .unobserved(.dependsOnUnobserved) }
    if task.provesNothing, !task.isProbe, !changed || task.alwaysChanges { return .nothing }
    // What the task wants, or whether it is wanted at all, follows from a value that a skipped task would have set.
    if depends(task, on: circumstances.unproven) {
      // What hangs on check mode alone and differs is told; a dry run says where it can do otherwise. Nothing of it is in sync.
      guard changed, !depends(task, on: circumstances.unproven.subtracting(TaskDescription.runVariables)) else {
        return .unobserved(.dependsOnUnobserved)
      }
    }
    // What was only begun says nothing of what it comes to.
    if result["ansible_job_id"] != nil, !Self.hasDiff(result) { return .unobserved(.skippedInCheckMode) }
    return compared(task, result, changed, arguments)
  }

  private func done(_ task: TaskDescription, _ status: TaskStatus, _ result: JSONView) -> TaskVerdict {
    switch status {
    case .failed, .unreachable: return .unobserved(.taskFailed)
    case .skipped: return .nothing
    case .ok:
      if task.alwaysChanges || task.isInclude { return .nothing }
      guard result["changed"]?.bool == false else { return drifted(.changed) }
      // Counted as in the dry run, so that the second one of a name is called the second one.
      return task.provesNothing ? .nothing : .inSync
    }
  }

  /// Whether the task needs a variable that nothing has set in check mode.
  func depends(_ task: TaskDescription, on unproven: Set<String>) -> Bool {
    guard !unproven.isEmpty else { return false }
    if unproven.contains(TaskDescription.anything) { return true }
    // Where a stream tells what a task uses, it tells it of the condition alone for one that its condition skipped.
    guard task.uses.isEmpty else {
      return task.uses.contains(where: unproven.contains)
        || task.uses.contains(TaskDescription.anything) && !unproven.isSubset(of: TaskDescription.runVariables)
    }
    return (task.when ?? []).contains { condition in unproven.contains { Words.contains(condition, $0) } }
  }

  /// A command that says when it began: it ran, check mode or not.
  func hasRun(_ task: TaskDescription, _ result: JSONView) -> Bool {
    guard task.checkMode == nil, task.isCommand, let start = result["start"] else { return false }
    return !start.isNull
  }

  private func compared(
    _ task: TaskDescription, _ result: JSONView, _ changed: Bool, _ arguments: TaskArguments
  ) -> TaskVerdict {
    if isHidden(task, result) {
      // The difference is hidden, and cannot contradict the playbook's own verdict.
      return changed ? drifted(.hidden) : task.isOverruled ? .unobserved(.overruled) : .inSync
    }
    var delta = TaskDelta(result["diff"], redactor: redactor)
    // `changed_when: false` over a real difference does not hide it.
    guard changed || delta.differs else {
      if task.isOverruled, task.recurses || !Self.hasDiff(result) { return .unobserved(.overruled) }
      return task.overlooks ? .unobserved(.skippedInCheckMode) : .inSync
    }
    if !delta.differs, delta.isTouch { return .inSync }
    // The arguments of a program, or the place that a module read, declare nothing.
    let isDeclaration = !task.isCommand && !task.provesNothing
    delta.complete(by: isDeclaration ? arguments : .init())
    delta.add(arguments.leftOut)
    return .subject(
      .drifted(delta.kind, Delta(delta.entries), nil), desired: delta.desired, reality: delta.reality)
  }

  /// A difference that the module shows as none is its own word, whatever the playbook says of it.
  private static func hasDiff(_ result: JSONView) -> Bool {
    guard let diff = result["diff"], !diff.isNull else { return false }
    return diff.count > 0
  }

  /// The task ran for real, not in check mode. Its result shows what the host was like before it ran; a program's run
  /// shows nothing, unless the playbook itself says when it means a change.
  private func ranForReal(
    _ task: TaskDescription, _ result: JSONView, _ changed: Bool, _ arguments: TaskArguments
  ) -> TaskVerdict {
    if task.isCommand || task.provesNothing {
      guard task.isProbe else { return .nothing }
      return changed ? drifted(isHidden(task, result) ? .hidden : .changed) : .inSync
    }
    return compared(task, result, changed, arguments)
  }

  private func drifted(_ why: Opaque) -> TaskVerdict {
    .subject(.drifted(.changed, Delta([.init(path: "", .opaque(why))]), nil), desired: nil, reality: nil)
  }

  func isHidden(_ task: TaskDescription, _ result: JSONView) -> Bool {
    task.isHidden || result["censored"] != nil || result["_ansible_no_log"]?.bool == true
  }

  // MARK: Failed

  /// The tool's own words of what failed, fit for a fact; nil where there are none.
  func words(of status: TaskStatus, _ result: JSONView, _ task: TaskDescription) -> String? {
    guard status == .failed || status == .unreachable, !isHidden(task, result), let words = result["msg"]?.string,
      !words.utf8.isEmpty
    else { return nil }
    return ReasonDetail.text(words, redactor)
  }

  /// Lookups and what a local connection starts run on the engine, where an observation may not write.
  private func wouldWrite(_ task: TaskDescription, _ result: JSONView) -> Bool {
    let words = ["msg", "exception", "module_stderr", "stderr"].compactMap { result[$0]?.string }
    return words.contains {
      (task.isLocal || $0.contains("lookup")) && $0.contains("Read-only file system")
        || task.isLocal && $0.contains("not writable")
    }
  }

  /// Whether a failure in check mode shows that a run for real fails, too: the task ran for real, or does the same in both, and
  /// nothing before it would have made the host another one.
  func isProof(_ task: TaskDescription, _ result: JSONView, isUnproven: Bool, on host: HostRecord?) -> Bool {
    !isUnproven && host?.mayChange != true && host?.hasBlindSpots != true
      && (task.checkMode == false || hasRun(task, result) || task.provesNothing)
  }

  // MARK: Skipped

  private func skipped(
    _ task: TaskDescription, _ result: JSONView, _ circumstances: TaskCircumstances
  ) -> TaskVerdict {
    if isDone(task, result) { return .inSync }
    guard let why = whySkipped(task, result, circumstances) else { return .nothing }
    // What would have proved nothing leaves no gap; what it would have set is unproven all the same.
    if task.provesNothing, !task.shapesRun, !task.isProbe, !task.leavesGap { return .nothing }
    return .unobserved(why)
  }

  /// What `creates` or `removes` names says that a script need not run, in a run for real, too.
  private func isDone(_ task: TaskDescription, _ result: JSONView) -> Bool {
    guard task.isCommand, result["skip_reason"] == nil, result["skipped_reason"] == nil else { return false }
    let words = result["msg"]?.string ?? ""
    return ["matching creates option", "matching removes option"].contains { words.hasSuffix($0) }
  }

  /// Why the task was not observed; nil where a condition says, without regard to check mode, that it is not for this host.
  func whySkipped(
    _ task: TaskDescription, _ result: JSONView, _ circumstances: TaskCircumstances
  ) -> Unobserved? {
    let isEmptyLoop = result["skipped_reason"] != nil
    let condition = result["false_condition"]
    let isConditional = condition != nil || result["skip_reason"]?.string?.hasPrefix("Conditional") == true
    if isDone(task, result) { return nil }
    // A meta task that was not carried out was left out by its condition.
    if task.ends != nil { return depends(task, on: circumstances.unproven) ? .dependsOnUnobserved : nil }
    guard isConditional || isEmptyLoop else {
      if isHidden(task, result), task.when?.isEmpty != true { return .hidden }
      return task.isHeld ? .heldToCheckMode : .skippedInCheckMode
    }
    var texts: [String]? = task.when
    if let text = condition?.string {
      texts = [text]
    } else if condition?.bool == false || isEmptyLoop {
      texts = []
    }
    guard let texts, isEmptyLoop || condition != nil || !texts.isEmpty else { return .conditionUnknown }
    if texts.contains(where: { text in TaskDescription.runVariables.contains { Words.contains(text, $0) } }) {
      return .conditionOnCheckMode
    }
    // A condition that computes the name of a variable may come to one that check mode sets.
    if depends(task, on: circumstances.unproven)
      || task.uses.contains(TaskDescription.anything) && !circumstances.unproven.isEmpty
    {
      return .dependsOnUnobserved
    }
    // This stream does not tell what registers what, and a task before has been skipped.
    if task.when == nil, circumstances.hasBlindSpots, !(condition?.bool == false) { return .conditionUnknown }
    // Like a handler, it waits for a change, and what it once wrote is not observed.
    if task.lasts, task.reacts || texts.contains(where: { Words.contains($0, "changed") }) { return .notNotified }
    return nil
  }
}
