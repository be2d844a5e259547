import Facts
import Secrets

/// A task as an event stream describes it. What a stream does not say is nil.
struct TaskDescription: Sendable {
  var id: String
  /// The name of its play.
  var play: String
  /// Tells apart two plays of one name.
  var playID: String
  /// As written, with the role in front.
  var name: String
  /// The role that it belongs to; it stands in front of the name.
  var role: String?
  /// The module, without the prefix of ansible's own collection.
  var action: String
  var isHandler = false
  /// What was in effect; false: it ran for real.
  var checkMode: Bool?
  /// It asks to run for real and was held to check mode.
  var isHeld = false
  /// How a meta task ends the run for hosts: `end_host`, `end_play`, `end_batch`, `end_role`.
  var ends: String?
  /// The argument `state`, where it is a small text.
  var state: String?
  var isHidden = false
  var isLoop = false
  var runsOnce = false
  var stopsPlay = false
  /// A rescue takes over where it fails, and the host stays in the play.
  var isRescuable = false
  /// It runs only where another task failed.
  var isRescue = false
  /// It reaches its host without leaving the engine.
  var isLocal = false
  var delegate: String?
  var when: [String]?
  var changedWhen: [String]?
  var failedWhen: [String]?
  var tags: [String] = []
  /// The handlers that it notifies, by name, as far as the play has them.
  var notifies: [String] = []
  /// The variables that it sets: `register`, and the facts of `set_fact`; ``anything`` where they have no name beforehand.
  var sets: [String] = []
  /// The file or the role that an include names, as it is written.
  var file: String?
  /// The tasks that an include brings; nil where they are unknown.
  var brings: [TaskDescription]?
  /// A dynamic include brought it.
  var isIncluded = false
  /// Every host passes it, and not only those where another task fails.
  var isPassed = true
  /// Where it is written; several includes bring the same.
  var path: String?
  /// What it sets is set on the host that it is delegated to.
  var delegatesFacts = false
  /// The variables that its arguments, loop and conditions lead to; ``anything`` where a name is computed.
  var uses: [String] = []
  /// Whether its condition or its loop asks whether something has changed.
  var reacts = false
  /// Whether it leaves something that stays, beside what it does: a mode, an owner, that a service starts at boot, a command's files.
  var keeps = false
  /// Whether its failure leaves out tasks behind it, up to the end of the block whose rescue takes it over.
  var abandons = true
  /// It is about all that is below its path, and its difference shows the path alone.
  var recurses = false
  /// In check mode the module compares only a part of what it would set: it does not compare a work tree's own changes.
  var overlooks = false

  /// Tells it from the tasks of another name, and of another play.
  var key: String { "\(playID) \(name)" }
  var notifiedKeys: [String] { notifies.map { "\(playID) \($0)" } }

  /// Stands for every variable.
  static let anything = "*"
  /// The variables in which another value can stand when the playbook runs for real.
  static let runVariables: Set<String> = ["ansible_check_mode", "ansible_diff_mode"]
  /// The variables that tell a host of the others: of those that are still in the play, and what is known of each.
  static let variablesOfOthers: Set<String> = ["ansible_play_hosts", "ansible_play_batch", "play_hosts", "hostvars"]
  /// The variables, on every host, that a task which adds hosts or groups decides.
  static let variablesOfGroups: Set<String> = ["groups", "hostvars"]
}

extension TaskDescription {
  static func plainAction(_ name: String) -> String {
    for prefix in ["ansible.builtin.", "ansible.legacy."] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.utf8.count))
    }
    return name
  }

  var isInclude: Bool {
    ["include", "include_tasks", "include_role", "import_tasks", "import_role", "import_playbook"].contains(
      action)
  }

  /// The module reports a program's run: `changed` says that it ran, unless the playbook says otherwise.
  var isCommand: Bool {
    ["command", "shell", "raw", "script", "expect", "win_command", "win_shell"].contains(lastPart)
  }

  /// Its result says nothing about whether the host is as declared.
  var provesNothing: Bool {
    isInclude || Self.silent.contains(action) || lastPart.hasSuffix("_info") || lastPart.hasSuffix("_facts")
  }

  /// Run for real it can change something.
  var canAct: Bool { isCommand || !provesNothing || action == "uri" || action == "tempfile" }

  /// What it would have done or waited for is a gap where check mode skips it.
  var leavesGap: Bool { canAct || Self.waiting.contains(action) }

  /// It decides which tasks, hosts or variables there are after it.
  var shapesRun: Bool { isInclude || ["add_host", "group_by", "include_vars"].contains(action) }

  /// A handler that leaves something on the host which can be lost later. A restart or a touch is over when it is done, and so is a
  /// command that is known to do no more; what an include brings is not known where it was not read beforehand.
  var lasts: Bool {
    if isInclude { return true }
    guard !provesNothing else { return false }
    if keeps || isCommand { return keeps }
    if Self.services.contains(lastPart) { return ["started", "stopped"].contains(state) }
    return !["restarted", "reloaded", "touch"].contains(state)
  }

  /// The playbook has its own word on whether it changed or failed, in the place of the module's.
  var isOverruled: Bool { changedWhen?.isEmpty == false && !isProbe || failedWhen?.isEmpty == false }

  /// It says `changed` by its nature, not because anything differs.
  var alwaysChanges: Bool { ["add_host", "group_by", "setup", "gather_facts", "pause"].contains(action) }

  /// It reports a program's run or reads something, and the playbook's own condition decides whether that is drift. No
  /// condition proves what a module that declares something reports of its host.
  var isProbe: Bool {
    guard isCommand || provesNothing, let changedWhen, !changedWhen.isEmpty else { return false }
    return !changedWhen.contains { ["false", "no", "off", "0"].contains($0.lowercased()) }
  }

  private var lastPart: String { action.split(separator: ".").last.map(String.init) ?? action }

  private static let waiting: Set<String> = ["async_status", "wait_for", "wait_for_connection"]

  private static let services: Set<String> = [
    "service", "systemd", "systemd_service", "sysvinit", "runit", "supervisorctl", "win_service",
  ]

  private static let silent: Set<String> = [
    "add_host", "assert", "async_status", "debug", "fail", "find", "gather_facts", "getent", "group_by",
    "include_vars", "meta", "pause", "ping", "set_fact", "set_stats", "setup", "slurp", "stat", "tempfile",
    "uri",
    "validate_argument_spec", "wait_for", "wait_for_connection", "win_ping", "win_stat",
  ]
}

/// Whether a condition's text contains a name as a whole word.
enum Words {
  static func contains(_ text: String, _ name: String) -> Bool {
    text.utf8.split(whereSeparator: { !isPart($0) }).contains { $0.elementsEqual(name.utf8) }
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    Bytes.isAlphanumeric(byte) || byte == UInt8(ascii: "_")
  }
}
