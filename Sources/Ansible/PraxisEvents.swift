import Facts
import Failures
import Observe
import Secrets
import StrictJSON

/// Reads the events of praxis' own callback and applies them: one JSON object a line, whole only with its closing `stats` event.
struct PraxisEvents {
  static let format = "praxis.ansible-events/1"

  private let source: SourceName
  private(set) var version: String?
  /// What narrowed the run, apart from `--limit`: tags, a task to start at.
  private(set) var narrowing: [String] = []
  private(set) var limit: String?
  private(set) var origin = RecordingOrigin()
  private(set) var isComplete = false
  /// Whether the stream begins with its head, which says what it is of.
  private var hasStart = false
  private var startedAt: Timestamp?
  private var saysCheck = false
  private(set) var flaws: [TargetReport.Reason] = []
  private(set) var acts = ToldActs()

  private let isCheck: Bool

  /// - Parameter isCheck: whether only a run in check mode is what it should be.
  init(source: SourceName, isCheck: Bool = true) {
    self.source = source
    self.isCheck = isCheck
  }

  mutating func take(_ event: JSONView, into state: inout PlaybookState) throws(Failure) {
    // Nothing may come behind the closing event.
    isComplete = false
    guard let name = event["event"]?.string else { return flaw("a line of the stream is not an event") }
    switch name {
    case "start": try start(event)
    case "playbook": try playbook(event)
    case "play": play(event, into: &state)
    case "task", "handler": state.start(task(event))
    case "handlers": state.note(handlers: Self.descriptions("handlers", of: event), of: Self.playID(event))
    case "no_hosts_remaining": state.stop(play: Self.playID(event))
    case "include": state.include(task(event), hosts: (event["hosts"]?.strings ?? []).map(TargetName.init))
    case "item_ok": item(event, .ok, into: &state)
    case "item_failed": item(event, .failed, into: &state)
    case "item_skipped": item(event, .skipped, into: &state)
    case "ok": result(event, .ok, into: &state)
    case "failed": result(event, .failed, into: &state)
    case "skipped": result(event, .skipped, into: &state)
    case "unreachable": result(event, .unreachable, into: &state)
    case "host_start", "notify", "retry", "no_hosts_matched", "secrets": break
    case "acts": acts.take(event, state.judge.redactor)
    case "not_held": flaw("this ansible cannot be held to what was approved, and ran nothing")
    case "callback_error": flaw("the callback failed during \(event["during"]?.string ?? "an event")")
    case "refused": throw refused(event)
    case "stats": try stats(event, into: &state)
    default: flaw("the stream holds an event that this version does not know")
    }
  }

  private mutating func flaw(_ words: String) {
    if flaws.count < 8 { flaws.append(.init(.incompleteOutput, words)) }
  }

  // MARK: The run

  private mutating func start(_ event: JSONView) throws(Failure) {
    guard event["format"]?.string == Self.format else {
      throw Failure(
        .inconsistent, source: source, "the recorded events are not in the format \(Self.format)",
        hint: "Record them with the callback that comes with this praxis.")
    }
    guard !hasStart else {
      throw Failure(
        .inconsistent, source: source, "the recorded events are of two runs",
        hint: "Bring each run in a folder of its own.")
    }
    version = event["ansible"]?.string
    startedAt = event["at"]?.string.flatMap(Timestamp.init(rfc3339:))
    origin.run = event["run"]?.string
    acts.start(event)
    hasStart = true
  }

  private mutating func playbook(_ event: JSONView) throws(Failure) {
    if let path = event["path"]?.string { origin.playbooks.append(path) }
    guard let options = event["options"] else { return }
    origin.inventory = options["inventory"]?.strings
    origin.variableFiles = options["variable_files"].map { view in view.elements.map(\.string) }
    guard !isCheck || options["check"]?.bool != false else {
      throw Failure(
        .inconsistent, source: source, "the recorded run was no check run, so it proves nothing about drift",
        hint: "Record ansible-playbook --check --diff.")
    }
    saysCheck = options["check"]?.bool == true
    if options["diff"]?.bool == false { narrowing.append("run without --diff") }
    let tags = options["tags"]?.strings ?? []
    if !tags.isEmpty, tags != ["all"] { narrowing.append("--tags") }
    if !(options["skip_tags"]?.strings ?? []).isEmpty { narrowing.append("--skip-tags") }
    if let task = options["start_at_task"], !task.isNull { narrowing.append("--start-at-task") }
    limit = options["limit"]?.string
  }

  private func play(_ event: JSONView, into state: inout PlaybookState) {
    state.tellsVariables = true
    state.doubt(event["prompts"]?.strings ?? [])
    state.begin(
      play: Self.playID(event), targets: (event["targets"]?.strings ?? []).map(TargetName.init),
      tasks: Self.descriptions("tasks", of: event),
      handlers: Self.descriptions("handlers", of: event))
    let unmatched = event[event["matches"]?.bool == false ? "hosts" : "unmatched"]?.strings ?? []
    if !unmatched.isEmpty, event["tasks"]?.count != 0 {
      state.noteUnmatched(play: event["play"]?["name"]?.string ?? "", hosts: unmatched)
    }
    for rescue in Self.descriptions("rescues", of: event) { state.noteRescue(rescue) }
  }

  private mutating func stats(_ event: JSONView, into state: inout PlaybookState) throws(Failure) {
    let endedAt = event["at"]?.string.flatMap(Timestamp.init(rfc3339:))
    if let startedAt, let endedAt, endedAt < startedAt {
      throw Failure(
        .inconsistent, source: source, "the recorded run ends before it begins: its head is another run's",
        hint: "Record it anew, and bring its output as it is.")
    }
    var recap: [TargetName: PlaybookState.Recap] = [:]
    for (host, counts) in event["hosts"].map({ Array($0.members) }) ?? [] { recap[TargetName(host)] = .init(counts) }
    state.recap = recap
    isComplete =
      event["complete"]?.bool == true && event["hosts"] != nil && hasStart && (saysCheck || !isCheck)
  }

  private func refused(_ event: JSONView) -> Failure {
    let name = event["task"]?["name"]?.string ?? "a task"
    let place = event["task"]?["path"]?.string ?? "the playbook"
    return Failure(
      .notReadOnly, source: source,
      "the task \(name) (\(place)) has check_mode: false and would have run for real; nothing was run from there on",
      hint: "Leave strict-read-only off for this source, so that tasks that can write are held to check mode.")
  }

  // MARK: Results

  private func item(_ event: JSONView, _ status: TaskStatus, into state: inout PlaybookState) {
    guard let host = event["host"]?.string.map(TargetName.init), let result = event["result"] else { return }
    state.item(task(event), on: host, status, result, arguments: .init(of: event, state.judge.redactor))
  }

  private mutating func result(_ event: JSONView, _ status: TaskStatus, into state: inout PlaybookState) {
    guard let host = event["host"]?.string.map(TargetName.init), let result = event["result"] else {
      return flaw("a result names no host")
    }
    let task = task(event)
    acts.note(event)
    let isIgnored = event["ignore_errors"]?.bool
    let loss = state.result(
      task, on: host, status, result, items: event["items"]?.int ?? 0, isIgnored: isIgnored,
      arguments: .init(of: event, state.judge.redactor))
    if let loss { flaws.append(loss) }
    if task.stopsPlay, status == .unreachable || status == .failed && isIgnored != true && !task.isRescuable {
      state.stop(play: task.playID)
    }
  }

  // MARK: Tasks

  private static func playID(_ event: JSONView) -> String { event["play"]?["index"]?.numberText ?? "" }

  private func task(_ event: JSONView) -> TaskDescription {
    guard let view = event["task"] else {
      return TaskDescription(id: "", play: "", playID: "", name: "", action: "")
    }
    var description = Self.description(view, of: event)
    if let delegate = event["delegated"]?.string { description.delegate = delegate }
    description.isLocal = event["machine"]?["connection"]?.string == "local"
    return description
  }

  private static func descriptions(_ name: String, of event: JSONView) -> [TaskDescription] {
    event[name].map { $0.elements.map { description($0, of: event) } } ?? []
  }

  /// A task as an event of its play describes it.
  static func description(_ view: JSONView, of event: JSONView) -> TaskDescription {
    var task = TaskDescription(
      id: view["uuid"]?.string ?? "", play: event["play"]?["name"]?.string ?? "", playID: playID(event),
      name: view["name"]?.string ?? "",
      action: TaskDescription.plainAction(view["action"]?.string ?? ""))
    task.role = view["role"]?.string
    task.isHandler = view["handler"]?.bool == true
    task.checkMode = view["check_mode"]?.bool
    task.isHeld = view["held"]?.bool == true
    task.ends = view["ends"]?.string
    task.state = view["state"]?.string
    task.isHidden = view["no_log"]?.bool == true
    task.isLoop = view["loop"]?.bool == true
    task.runsOnce = view["run_once"]?.bool == true
    task.stopsPlay = view["stops_play"]?.bool == true
    task.isRescuable = view["rescuable"]?.bool == true
    task.isRescue = view["in_rescue"]?.bool == true
    task.abandons = view["abandons"]?.bool ?? true
    task.when = view["when"]?.strings ?? []
    task.changedWhen = view["changed_when"]?.strings ?? []
    task.failedWhen = view["failed_when"]?.strings ?? []
    task.tags = view["tags"]?.strings ?? []
    task.notifies = view["notifies"]?.strings ?? []
    task.path = view["path"]?.string
    task.file = view["file"]?.string
    task.isIncluded = view["included"]?.bool == true
    task.isPassed = view["passed"]?.bool ?? true
    if let brings = view["brings"], brings.kind == .array {
      task.brings = brings.elements.map { brought($0, of: event) }
    }
    task.delegatesFacts = view["delegate_facts"]?.bool == true
    task.sets = view["sets"]?.strings ?? view["register"]?.string.map { [$0] } ?? []
    task.uses = view["uses"]?.strings ?? []
    task.reacts = view["reacts"]?.bool == true
    task.keeps = view["keeps"]?.bool == true
    task.recurses = view["recurses"]?.bool == true
    task.overlooks = view["overlooks"]?.bool == true
    return task
  }

  /// Recordings of older callbacks hold the name alone, so it is unknown whether the task proves anything.
  private static func brought(_ view: JSONView, of event: JSONView) -> TaskDescription {
    guard let name = view.string else { return description(view, of: event) }
    var task = TaskDescription(
      id: "", play: event["play"]?["name"]?.string ?? "", playID: playID(event), name: name, action: "")
    task.role = name.split(separator: " : ", maxSplits: 1).first.map(String.init)
    task.isPassed = false
    return task
  }
}

extension JSONView {
  /// The strings of an array; nil when it is not an array of strings only.
  var strings: [String]? {
    guard kind == .array else { return nil }
    var texts: [String] = []
    for element in elements {
      guard let text = element.string else { return nil }
      texts.append(text)
    }
    return texts
  }
}
