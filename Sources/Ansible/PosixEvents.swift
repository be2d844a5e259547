import Facts
import StrictJSON

/// Reads what the callbacks of the collection ansible.posix write: `jsonl` (an event a line) and `json` (one document at the end).
///
/// Both leave out what praxis' own callback tells: which settings were in effect, single items' events, ignored errors, the
/// variables that tasks set and use. What follows from these is claimed of neither; see `TaskJudge` and `PlaybookState`.
struct PosixEvents {
  private(set) var isComplete = false
  private(set) var flaws: [TargetReport.Reason] = []
  private(set) var origin = RecordingOrigin()
  private var play = ""
  private var playID = ""
  private var handlers: Set<String> = []

  // MARK: jsonl

  mutating func take(_ event: JSONView, into state: inout PlaybookState) {
    isComplete = false
    guard let name = event["_event"]?.string else { return flaw("a line of the stream is not an event") }
    switch name {
    case "v2_playbook_on_play_start": begin(event["play"])
    case "v2_playbook_on_task_start", "v2_playbook_on_cleanup_task_start": break
    case "v2_playbook_on_handler_task_start":
      if let id = event["task"]?["id"]?.string { handlers.insert(id) }
    case "v2_runner_on_ok", "v2_runner_on_failed", "v2_runner_on_skipped", "v2_runner_on_unreachable":
      guard let task = event["task"], let hosts = event["hosts"] else {
        return flaw("a result names no task")
      }
      for (host, result) in hosts.members { take(task, TargetName(host), result, into: &state) }
    case "v2_playbook_on_stats": isComplete = stats(event, into: &state)
    default: flaw("the stream holds an event that this version does not know")
    }
  }

  // MARK: json

  mutating func take(document: JSONView, into state: inout PlaybookState) {
    guard let plays = document["plays"], plays.kind == .array else {
      return flaw("the document holds no list of plays")
    }
    for each in plays.elements {
      begin(each["play"])
      guard let tasks = each["tasks"] else { continue }
      for entry in tasks.elements {
        guard let task = entry["task"], let hosts = entry["hosts"] else {
          flaw("a play holds something that is not a task")
          continue
        }
        for (host, result) in hosts.members { take(task, TargetName(host), result, into: &state) }
      }
    }
    isComplete = stats(document, into: &state)
  }

  private mutating func begin(_ view: JSONView?) {
    play = view?["name"]?.string ?? ""
    playID = view?["id"]?.string ?? ""
    if let path = view?["path"]?.string { origin.plays.append(path) }
  }

  private func stats(_ view: JSONView, into state: inout PlaybookState) -> Bool {
    guard let stats = view["stats"], stats.kind == .object else { return false }
    var recap: [TargetName: PlaybookState.Recap] = [:]
    for (host, counts) in stats.members { recap[TargetName(host)] = .init(counts) }
    state.recap = recap
    state.doubtPlaysThatEndWithAFailure()
    return true
  }

  mutating func flaw(_ words: String) {
    if flaws.count < 8 { flaws.append(.init(.incompleteOutput, words)) }
  }

  // MARK: Results

  private mutating func take(
    _ view: JSONView, _ host: TargetName, _ result: JSONView, into state: inout PlaybookState
  ) {
    let id = view["id"]?.string ?? ""
    var task = TaskDescription(
      id: id, play: play, playID: playID, name: view["name"]?.string ?? "",
      action: TaskDescription.plainAction(result["action"]?.string ?? ""))
    task.isHandler = handlers.contains(id)
    task.delegate = result["_ansible_delegated_vars"]?["ansible_delegated_host"]?.string
    task.isHidden = result["censored"] != nil || result["_ansible_no_log"]?.bool == true
    let items = loopItems(of: result)
    task.isLoop = !items.isEmpty
    for item in items { state.item(task, on: host, status(of: item), item, arguments: .init()) }
    let loss = state.result(
      task, on: host, status(of: result), result, items: items.count, isIgnored: nil, arguments: .init())
    if let loss { flaws.append(loss) }
  }

  /// Modules may have a `results` of their own; those of a loop name its variable.
  private func loopItems(of result: JSONView) -> [JSONView] {
    guard let results = result["results"], results.kind == .array else { return [] }
    let items = Array(results.elements)
    return items.allSatisfy { $0["ansible_loop_var"] != nil || $0["censored"] != nil } ? items : []
  }

  private func status(of result: JSONView) -> TaskStatus {
    if result["unreachable"]?.bool == true { return .unreachable }
    if result["failed"]?.bool == true { return .failed }
    return result["skipped"]?.bool == true ? .skipped : .ok
  }
}
