import Facts
import Observe
import Secrets
import StrictJSON

/// What was observed of each host, applied from the events of one run in their order.
///
/// Both of praxis' own callback and of ansible.posix; where the latter tells less, less is claimed.
struct PlaybookState {
  let mode: PlaybookReading.Mode
  let judge: TaskJudge
  /// Where the subjects come from; only for a dry run.
  private(set) var origins = SubjectOrigins()
  let naming: TaskSubject
  /// Whether the stream tells what registers and uses which variable, and the tasks of a play beforehand.
  var tellsVariables = false
  private(set) var hosts: [TargetName: HostRecord] = [:]
  private(set) var tasks: [TaskDescription] = []
  private var positions: [String: Int] = [:]
  /// For each task the hosts that it has a result for.
  private(set) var reached: [Set<Int>] = []
  private(set) var plays: [String: Play] = [:]
  private(set) var effects: [String] = []
  private var knownEffects: Set<String> = []
  /// Variables that a skipped task would have set on some host.
  private var unprovenAnywhere: Set<String> = []
  private var unprovenEverywhere: Set<String> = []
  var recap: [TargetName: Recap]?
  /// Tasks that run only where another one fails.
  var rescues: [String] = []
  var unmatched: [UnmatchedPlay] = []
  /// How often a task was begun, by position; of a meta task nothing else tells that it was not skipped.
  private(set) var starts: [Int: Int] = [:]

  init(playbook: String, redactor: Redactor, mode: PlaybookReading.Mode = .check) {
    self.mode = mode
    judge = TaskJudge(redactor: redactor, mode: mode)
    naming = TaskSubject(playbook: playbook, redactor: redactor)
    // Whatever a task gets from it is another thing in a run for real.
    if mode != .execution { unprovenEverywhere = TaskDescription.runVariables }
  }

  // MARK: Plays and tasks

  mutating func begin(play: String, targets: [TargetName], tasks: [TaskDescription], handlers: [TaskDescription]) {
    plays[play, default: Play()].targets.formUnion(targets)
    plays[play]?.handlers = handlers
    for task in tasks {
      let position = begin(task)
      if plays[play]?.expected.contains(position) == false { plays[play]?.expected.append(position) }
    }
  }

  /// Marks variables as unproven: the operator was prompted for them when the playbook was applied, and is not prompted
  /// now.
  mutating func doubt(_ names: [String]) {
    guard mode != .execution else { return }
    doubt(Set(names), but: nil)
  }

  mutating func note(handlers: [TaskDescription], of play: String) { plays[play]?.handlers = handlers }

  mutating func start(_ task: TaskDescription) {
    let position = begin(task)
    starts[position, default: 0] += 1
    if !task.uses.isEmpty { tasks[position].uses = task.uses }
    if let brings = task.brings { tasks[position].brings = brings }
  }

  mutating func stop(play: String) { plays[play, default: Play()].isStopped = true }

  /// For streams that do not tell `any_errors_fatal`: a failure in the last task that a play was seen to reach may have ended it.
  mutating func doubtPlaysThatEndWithAFailure() {
    for record in hosts.values {
      for failure in record.failures where plays[tasks[failure].playID]?.lastTask == failure {
        stop(play: tasks[failure].playID)
      }
    }
  }

  /// The task's position in the order of appearance.
  @discardableResult mutating func begin(_ task: TaskDescription) -> Int {
    if let position = positions[task.id] { return position }
    positions[task.id] = tasks.count
    tasks.append(task)
    reached.append([])
    return tasks.count - 1
  }

  mutating func include(_ task: TaskDescription, hosts names: [TargetName]) {
    let position = begin(task)
    for name in names {
      reached[position].insert(number(of: name))
      update(name) { $0.results.includedFiles += 1 }
    }
  }

  // MARK: Results

  /// The result of one item of a loop.
  mutating func item(
    _ task: TaskDescription, on host: TargetName, _ status: TaskStatus, _ result: JSONView, arguments: TaskArguments
  ) {
    // Under no_log the loop's own result says all that may be said.
    guard !judge.isHidden(task, result) else {
      update(host) { $0.note(item: { $0.items += 1 }, of: task.id) }
      return
    }
    let circumstances = circumstances(of: host, task)
    let verdict = judge.verdict(on: task, status, result, circumstances, arguments)
    let isUnproven = isUnproven(task, status, result, circumstances)
    let isChanged = result["changed"]?.bool == true
    let name = naming.name(task, label: naming.label(of: result), managed: arguments.managed)
    let (naming, base, words) = (naming, naming.base(task), judge.words(of: status, result, task))
    noteEffect(of: task, status, result)
    if mode == .dryRun { origins.note(.init(task: task, arguments: arguments), of: name) }
    update(host) { record in
      record.note(
        item: { loop in
          loop.items += 1
          if status == .failed { loop.failed += 1 }
          if isChanged { loop.changed += 1 }
          if isUnproven { loop.isUnproven = true }
        }, of: task.id)
      record.take(verdict, of: task, called: name, base, isChanged: isChanged, naming, words: words)
    }
  }

  /// A task's own result; for a loop, after those of its items.
  ///
  /// - Parameters:
  ///   - items: how many items the loop had, as the result itself says.
  ///   - isIgnored: whether a failure leaves the host in the play; nil where the stream does not tell.
  mutating func result(
    _ task: TaskDescription, on host: TargetName, _ status: TaskStatus, _ result: JSONView, items: Int,
    isIgnored: Bool?, arguments: TaskArguments
  ) -> TargetReport.Reason? {
    let position = begin(task)
    var task = task
    task.brings = task.brings ?? tasks[position].brings
    task.file = task.file ?? tasks[position].file
    let last = plays[task.playID]?.lastTask ?? 0
    plays[task.playID, default: Play()].lastTask = task.isHandler ? last : max(last, position)
    let circumstances = circumstances(of: host, task)
    let isHidden = judge.isHidden(task, result)
    var loop = HostRecord.Loop()
    reached[position].insert(number(of: host))
    update(host) { record in
      loop = record.takeLoop(of: task.id)
      record.count(status, isChanged: result["changed"]?.bool == true, isInclude: task.isInclude)
    }
    if status == .unreachable {
      noteUnreachable(task, host, result, position)
      lose(host)
      return nil
    }
    defer { if status == .failed, isIgnored != true, !task.isRescuable { lose(host) } }
    let isUnproven =
      loop.items > 0 && !isHidden ? loop.isUnproven : self.isUnproven(task, status, result, circumstances)
    // After a change, a dry run still sees the host as it was before; a real run sees it changed. `set_fact` reads no
    // host, and a task that gathers facts sets no other names: that it can find other values is among the reasons why
    // the run can differ.
    let isBehindChanges =
      mode == .dryRun && task.action != "set_fact" && !task.sets.contains(TaskDescription.anything)
      && hosts.values.contains(where: \.mayChange)
    // The same holds in any check run for a task that reads a file which an earlier task would make or change.
    let seesOther = task.provesNothing && arguments.managed.map { hosts[host]?.changes($0) } == true
    settle(task, on: host, isUnproven: isUnproven || isBehindChanges || seesOther || task.isHeld)
    noteEffect(of: task, status, result)
    let isWholeSubject = judgesWhole(task, status, result, loop, items: items, isHidden: isHidden)
    var verdict = isWholeSubject ? judge.verdict(on: task, status, result, circumstances, arguments) : .nothing
    if mode == .check, isIgnored == true || task.isRescuable { verdict = verdict.taken }
    let isProof = judge.isProof(task, result, isUnproven: isUnproven, on: hosts[host])
    let name = naming.name(task, managed: isHidden || loop.items > 0 ? nil : arguments.managed)
    let (naming, base, words) = (naming, naming.base(task), judge.words(of: status, result, task))
    if mode == .dryRun { origins.note(.init(task: task, arguments: arguments), of: name) }
    let isBlind =
      status == .skipped
      && (isUnproven || loop.items == 0 && judge.whySkipped(task, result, circumstances) != nil)
    update(host) { record in
      if status == .failed, isIgnored != true {
        record.failures.append(position)
        if task.isRescuable { record.isRescueProven = isProof }
      }
      if isBlind { record.hasBlindSpots = true }
      if task.isInclude {
        if status == .ok { record.includes.append(position) }
        if isBlind { record.idleIncludes.append((task, .dependsOnUnobserved)) }
        if status == .failed { record.idleIncludes.append((task, .notReached)) }
      }
      if status == .failed { record.hide(task, base, .taskFailed, naming) }
      record.take(
        verdict, of: task, called: name, base, isChanged: result["changed"]?.bool == true, naming, words: words)
      if result["changed"]?.bool == true, let managed = arguments.managed { record.changed.insert(managed) }
      let isLeftOut = status == .skipped && !isBlind && loop.items == 0
      if !isLeftOut {
        record.note(due: base, notifies: task.notifiedKeys)
      } else if task.isHandler {
        // It was notified, and its own condition says that it is not for this host now.
        record.note(due: base, notifies: [])
      }
      if task.action == "add_host", isUnproven { record.losesHosts = true }
      if task.ends != nil, isUnproven { record.unproven.insert(TaskDescription.anything) }
    }
    if isUnproven, ["add_host", "group_by"].contains(task.action) {
      doubt(TaskDescription.variablesOfGroups, but: nil)
    }
    // It is unknown whether there is such a host.
    if isUnproven, let added = result["adds"]?.string {
      update(TargetName(added)) { $0.unproven.insert(TaskDescription.anything) }
    }
    if items > 0, loop.items > 0 || tellsVariables, loop.items != items, !isHidden {
      return .init(.incompleteOutput, "a loop had \(items) items, and \(loop.items) of them were reported")
    }
    return nil
  }

  private mutating func noteUnreachable(
    _ task: TaskDescription, _ host: TargetName, _ result: JSONView, _ position: Int
  ) {
    var words = judge.words(of: .unreachable, result, task) ?? ""
    if let delegate = task.delegate, TargetName(delegate) != host {
      words = "the task is delegated to \(naming.redactor.redact(text: delegate)), which did not answer: \(words)"
    }
    update(host) { record in
      record.unreachable.append(words)
      record.hidesTasks = true
      record.failures.append(position)
    }
  }

  /// A host that leaves the play is no longer among those that the others see, and what they would know of it is missing.
  private mutating func lose(_ host: TargetName) { doubt(TaskDescription.variablesOfOthers, but: host) }

  private mutating func doubt(_ names: Set<String>, but host: TargetName?) {
    unprovenEverywhere.formUnion(names)
    for name in hosts.keys where name != host { hosts[name]?.settle(Array(names), isUnproven: true) }
  }

  private mutating func noteEffect(of task: TaskDescription, _ status: TaskStatus, _ result: JSONView) {
    guard status == .ok || status == .failed, task.checkMode == false || judge.hasRun(task, result),
      task.canAct
    else { return }
    let name = naming.name(task)
    if knownEffects.insert(name).inserted { effects.append(name) }
  }

  // MARK: Variables that nothing has set

  private func circumstances(of host: TargetName, _ task: TaskDescription) -> TaskCircumstances {
    var unproven = hosts[host]?.unproven ?? unprovenEverywhere
    if task.uses.contains("hostvars") { unproven.formUnion(unprovenAnywhere) }
    return TaskCircumstances(
      unproven: unproven, hasBlindSpots: hosts[host]?.hasBlindSpots ?? false,
      isRescueProven: hosts[host]?.isRescueProven ?? true)
  }

  private func isUnproven(
    _ task: TaskDescription, _ status: TaskStatus, _ result: JSONView, _ circumstances: TaskCircumstances
  ) -> Bool {
    switch status {
    case .skipped: judge.whySkipped(task, result, circumstances) != nil
    case .ok, .failed: judge.depends(task, on: circumstances.unproven)
    case .unreachable: false
    }
  }

  private mutating func settle(_ task: TaskDescription, on host: TargetName, isUnproven: Bool) {
    // What an include sets is told by the tasks that it brings, if it brings them.
    guard !task.sets.isEmpty, isUnproven || !task.isInclude else { return }
    if isUnproven { unprovenAnywhere.formUnion(task.sets) }
    if task.delegatesFacts, let delegate = task.delegate {
      update(TargetName(delegate)) { $0.settle(task.sets, isUnproven: isUnproven) }
    } else if task.runsOnce || task.delegatesFacts && isUnproven {
      // Its result is every host's.
      if isUnproven {
        unprovenEverywhere.formUnion(task.sets)
      } else {
        unprovenEverywhere.subtract(task.sets.filter { $0 != TaskDescription.anything })
      }
      for name in hosts.keys { hosts[name]?.settle(task.sets, isUnproven: isUnproven) }
    } else {
      update(host) { $0.settle(task.sets, isUnproven: isUnproven) }
    }
  }

  private mutating func number(of host: TargetName) -> Int {
    if let record = hosts[host] { return record.number }
    update(host) { _ in }
    return hosts.count - 1
  }

  private mutating func update(_ host: TargetName, _ change: (inout HostRecord) -> Void) {
    if hosts[host] == nil { hosts[host] = HostRecord(number: hosts.count, unproven: unprovenEverywhere) }
    guard var record = hosts.removeValue(forKey: host) else { return }
    change(&record)
    hosts[host] = record
  }
}
