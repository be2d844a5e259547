import Facts

/// What a stream has said so far of one host.
struct HostRecord: Sendable {
  /// Its number in the order of appearance.
  let number: Int
  private(set) var subjects: [SubjectReport] = []
  /// Handlers follow from what notified them; they count on their own only where nothing else explains them.
  private var handlers: [(name: String, verdict: SubjectReport)] = []
  private var uses: [String: Int] = [:]
  private(set) var hasDrift = false
  var unproven: Set<String>
  var hasBlindSpots = false
  /// The tool's words where it did not answer.
  var unreachable: [String] = []
  /// The positions of the tasks that failed, or did not reach the host, and were not ignored.
  var failures: [Int] = []
  /// Whether a gap was met behind which there may be subjects that nobody has named.
  var hidesSubjects = false
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

  /// Loops whose own result never came.
  var hasOpenLoops: Bool { !loops.isEmpty }

  mutating func add(_ name: String, _ verdict: TaskVerdict, isHandler: Bool) {
    guard case .subject(let state, let desired, let reality) = verdict else { return }
    if isHandler, state != .unobserved(.taskFailed) {
      handlers.append((name, SubjectReport(name, state, desired: desired, reality: reality)))
      return
    }
    append(name, state, desired, reality)
  }

  private mutating func append(
    _ name: String, _ state: SubjectReport.State, _ desired: Digest?, _ reality: Digest?
  ) {
    let count = (uses[name] ?? 0) + 1
    uses[name] = count
    if case .drifted = state { hasDrift = true }
    subjects.append(
      SubjectReport(count == 1 ? name : "\(name) #\(count)", state, desired: desired, reality: reality))
  }

  /// Handlers that ran although nothing on this host was seen to differ: what notified them went unseen.
  ///
  /// - Parameter keepingAll: those that something else explains, too.
  mutating func settleHandlers(keepingAll: Bool = false) {
    defer { handlers = [] }
    guard keepingAll || !hasDrift else { return }
    for (name, report) in handlers where report.state != .inSync {
      append(name, report.state, report.desired, report.reality)
    }
  }
}
