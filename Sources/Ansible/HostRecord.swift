import Facts
import Processes

/// What a stream has said so far of one host.
struct HostRecord: Sendable {
  /// Its number in the order of appearance.
  let number: Int
  private(set) var subjects: [SubjectReport] = []
  /// Handlers follow from what notified them; they count on their own only where nothing else explains them.
  private var handlers: [(key: String, lasts: Bool, verdict: SubjectReport)] = []
  /// What is known of the tasks that notified a handler, by its `key`.
  private var notified: [String: Set<Notifier>] = [:]
  /// The handlers that a task which is due on this host may notify, by their `key`.
  private(set) var notifiable: Set<String> = []
  /// Hosts may be missing from a later play, because a task that adds some was not observed.
  var losesHosts = false
  /// Names of tasks that are due, without label and path.
  private var due: Set<String> = []

  /// How a task that notified a handler was found.
  enum Notifier: Sendable { case drifted, unobserved }
  private var uses: [SubjectName: Int] = [:]
  private(set) var hasDrift = false
  var unproven: Set<String>
  var hasBlindSpots = false
  /// The tool's output where it did not answer.
  var unreachable: [String] = []
  /// The positions of the tasks that failed, or did not reach the host, and were not ignored.
  var failures: [Int] = []
  /// The paths and names of what earlier tasks would change.
  var changed: Set<String> = []
  /// Whether the last failure that a rescue took over is one of a run for real, too.
  var isRescueProven = true
  /// The positions of the includes that brought their tasks.
  var includes: [Int] = []
  /// Includes that brought no tasks, and why it is unknown what they would have brought.
  var idleIncludes: [(task: TaskDescription, why: Unobserved)] = []
  /// Whether a gap was found that may hide tasks whose names are unknown.
  var hidesTasks = false
  /// Prefixes of the names of unknown subjects, whose tasks were not observed.
  private(set) var unlisted: Set<String> = []
  var results = Results()
  private var loops: [String: Loop] = [:]

  /// Counted as ansible's recap counts.
  struct Results: Sendable {
    var ended = 0
    /// Results of include tasks, and files that they included: the recap counts the latter.
    var includes = 0
    var includedFiles = 0
    var changed = 0
    var skipped = 0
    var unreachable = 0
  }

  /// The items of one loop, until the loop's own result comes.
  struct Loop: Sendable {
    var items = 0
    var failed = 0
    var changed = 0
    var isUnproven = false
  }

  init(number: Int, unproven: Set<String>) {
    self.number = number
    self.unproven = unproven
  }

  mutating func note(item change: (inout Loop) -> Void, of task: String) {
    change(&loops[task, default: Loop()])
  }

  mutating func takeLoop(of task: String) -> Loop { loops.removeValue(forKey: task) ?? Loop() }

  /// Whether a run for real would change something on this host, or may.
  var mayChange: Bool { hasDrift || !handlers.isEmpty || subjects.contains(where: \.isUnobserved) }

  /// Whether an earlier task would make or change this path, what it lies in, or what lies in it.
  func changes(_ path: String) -> Bool {
    changed.contains { Sandbox.lies(path, in: $0) || Sandbox.lies($0, in: path) }
  }

  /// Loops whose own result never came.
  var hasOpenLoops: Bool { !loops.isEmpty }

  /// What a task's own result or that of an item comes to.
  ///
  /// - Parameters:
  ///   - name: the subject's; `base` is what the names of all subjects of the task begin with.
  ///   - words: the tool's own, where the task failed.
  mutating func take(
    _ verdict: TaskVerdict, of task: TaskDescription, called name: String, _ base: String, isChanged: Bool,
    _ naming: TaskSubject, words: String? = nil
  ) {
    if case .subject(.unobserved(let why), _, _) = verdict { hide(task, base, why, naming) }
    add(name, verdict, handler: task.isHandler ? task : nil, words)
    if isChanged { notify(task.notifiedKeys, by: verdict, handler: task.isHandler ? task.key : nil) }
  }

  /// - Parameter handler: nil for a task.
  private mutating func add(_ name: String, _ verdict: TaskVerdict, handler: TaskDescription?, _ words: String?) {
    guard case .subject(let state, let desired, let reality) = verdict else { return }
    var report = SubjectReport(SubjectName(name), state, desired: desired, reality: reality)
    report.detail = words
    if let handler, !state.isFailure {
      handlers.append((handler.key, handler.lasts, report))
    } else {
      append(report)
    }
  }

  private mutating func append(_ report: SubjectReport) {
    var report = report
    let count = (uses[report.subject] ?? 0) + 1
    uses[report.subject] = count
    if case .drifted = report.state { hasDrift = true }
    if count > 1 { report.subject = "\(report.subject) #\(count)" }
    subjects.append(report)
  }

  // MARK: What is due

  /// Only where a module does nothing in check mode are all names of its subjects certain.
  mutating func hide(_ task: TaskDescription, _ base: String, _ why: Unobserved, _ naming: TaskSubject) {
    hide(broughtBy: task, naming)
    if ![.skippedInCheckMode, .heldToCheckMode].contains(why) || task.isLoop { unlisted.insert(base) }
  }

  private mutating func hide(broughtBy task: TaskDescription, _ naming: TaskSubject) {
    if task.isInclude, task.brings == nil { hidesTasks = true }
    for one in task.brings ?? [] {
      unlisted.insert(naming.base(one))
      hide(broughtBy: one, naming)
    }
  }

  mutating func note(due name: String, notifies: [String]) {
    due.insert(name)
    notifiable.formUnion(notifies)
  }

  func isDue(_ name: String) -> Bool { due.contains(name) }

  // MARK: Handlers

  /// - Parameter handler: the `key` of the handler that notifies; what it notifies follows from what notified it.
  private mutating func notify(_ keys: [String], by verdict: TaskVerdict, handler: String?) {
    var found: Set<Notifier> = handler.flatMap { notified[$0] } ?? []
    if handler == nil, case .subject(let state, _, _) = verdict {
      switch state {
      case .drifted: found = [.drifted]
      case .unobserved: found = [.unobserved]
      case .inSync: break
      }
    }
    for key in keys { notified[key, default: []].formUnion(found) }
  }

  /// What a handler does follows from what notified it; what it declares is seen once it runs, whoever notified it. One that ran for no
  /// reason that was seen is a finding of its own; one that ran for a task whose answer proves nothing proves nothing either.
  ///
  /// - Parameter keepingAll: those that something else explains, too.
  mutating func settleHandlers(keepingAll: Bool = false) {
    defer { handlers = [] }
    for (key, lasts, report) in handlers where report.state != .inSync {
      let reasons = notified[key] ?? []
      if keepingAll || lasts && report.state.showsSides || reasons.isEmpty && !hasDrift {
        append(report)
      } else if reasons == [.unobserved] {
        append(SubjectReport(report.subject, .unobserved(.dependsOnUnobserved)))
      }
    }
  }
}

extension HostRecord {
  mutating func settle(_ names: [String], isUnproven: Bool) {
    if isUnproven {
      unproven.formUnion(names)
    } else {
      unproven.subtract(names.filter { $0 != TaskDescription.anything })
    }
  }

  mutating func count(_ status: TaskStatus, isChanged: Bool, isInclude: Bool) {
    switch status {
    case .ok, .failed:
      if status == .ok, isInclude { results.includes += 1 } else { results.ended += 1 }
      if isChanged { results.changed += 1 }
    case .skipped: results.skipped += 1
    case .unreachable: results.unreachable += 1
    }
  }
}

extension SubjectReport.State {
  /// Whether both sides of a difference are known, so that it is no mere word of the module that it would do something.
  fileprivate var showsSides: Bool {
    if case .drifted(_, let delta, _) = self { !delta.isOpaque } else { false }
  }

  fileprivate var isFailure: Bool {
    guard case .unobserved(let why) = self else { return false }
    return [.taskFailed, .failureTaken, .wouldWrite].contains(why)
  }
}
