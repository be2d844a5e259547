import Facts
import Failures
import Files
import Glibc
import Observe
import Processes
import StrictJSON

/// The whole environment of ansible's programs: what makes their output ours to read, and what the source names.
struct PlaybookEnvironment {
  let variables: [String: String]

  /// Variables that a source cannot set: they would narrow the run, redirect it, or mix other text into its output.
  static let reserved: Set<String> = [
    "ANSIBLE_CONFIG", "ANSIBLE_RUN_TAGS", "ANSIBLE_SKIP_TAGS", "ANSIBLE_STDOUT_CALLBACK",
    "ANSIBLE_CALLBACK_PLUGINS",
    "ANSIBLE_CALLBACKS_ENABLED", "ANSIBLE_CALLBACK_WHITELIST", "ANSIBLE_LOAD_CALLBACK_PLUGINS",
    "ANSIBLE_INVENTORY",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED", "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "ANSIBLE_VERBOSITY",
    "ANSIBLE_DEBUG", "ANSIBLE_DISPLAY_ARGS_TO_STDOUT", "ANSIBLE_NOCOLOR", "ANSIBLE_FORCE_COLOR",
    "ANSIBLE_LOCAL_TEMP", "ANSIBLE_LOG_PATH",
    "ANSIBLE_RETRY_FILES_ENABLED", "ANSIBLE_ENABLE_TASK_DEBUGGER", "ANSIBLE_DIFF_ALWAYS",
    "ANSIBLE_MAX_DIFF_SIZE",
    "ANSIBLE_CACHE_PLUGIN", "ANSIBLE_INVENTORY_CACHE",
    "PRAXIS_STRICT_READ_ONLY", "PRAXIS_REAL_TASKS", "PRAXIS_KEEP_FACTS", DryRun.actsVariable,
  ]

  private static let noSettings = "no-settings.cfg"

  /// - Parameters:
  ///   - realTasks: names of tasks that may run for real although the run only observes.
  ///   - tellsActs: whether each act of a task is told.
  init(
    _ request: ObservationRequest, isStrict: Bool, realTasks: [String], isSealed: Bool, tellsActs: Bool = false
  ) throws(Failure) {
    let source = request.source
    if let name = source.environment.set.keys.sorted().first(where: Self.reserved.contains) {
      throw Failure(
        .configuration, source: source.name, "the environment variable \(name) cannot be set for a source",
        hint:
          "Take it out of environment in praxis.yaml: it would change what a check run observes or prints.")
    }
    let settings = "\(source.directory)/ansible.cfg"
    let hasSettings = access(settings, R_OK) == 0
    guard hasSettings || errno == ENOENT else {
      throw Failure(
        .configuration, source: source.name,
        "\(TerminalSafe.escaped(settings)) cannot be read: \(systemMessage(errno))",
        hint: "Without its settings ansible would check something else; let the engine's user read it.")
    }
    let evidence = EvidenceFolder(request.evidenceFolder, source: source.name)
    // ansible goes on searching behind a file that is not there, and refuses one whose name does not end in .cfg.
    if !hasSettings { try evidence.write(Array("[defaults]\n".utf8), to: Self.noSettings) }
    do throws(Failure) {
      var environment = ClosedEnvironment(home: request.home)
      try environment.pass(source.environment.pass, of: request.environment)
      for (name, value) in source.environment.set { try environment.set(name, to: value) }
      for (name, value) in AnsibleSettings.ofEveryRun { try environment.set(name, to: value) }
      if case .sandbox = request.confinement {
        for (name, value) in Scratch.variables(isSealed: isSealed) { try environment.set(name, to: value) }
      }
      try environment.set("ANSIBLE_CALLBACK_PLUGINS", to: request.callbackFolder)
      try environment.set("ANSIBLE_LOCAL_TEMP", to: "\(request.evidenceFolder)/tmp")
      // Beside the playbook or nowhere: not the home's, not the system's.
      try environment.set("ANSIBLE_CONFIG", to: hasSettings ? settings : evidence.path(of: Self.noSettings))
      if isStrict { try environment.set("PRAXIS_STRICT_READ_ONLY", to: "1") }
      if tellsActs { try environment.set(DryRun.actsVariable, to: "tell") }
      if !realTasks.isEmpty {
        let names = CanonicalJSON.line(.array(realTasks.map(JSON.string))).dropLast()
        try environment.set("PRAXIS_REAL_TASKS", to: String(decoding: names, as: UTF8.self))
      }
      variables = environment.variables
    } catch {
      throw Failure(
        .configuration, source: source.name, error.description, hint: "Correct environment in praxis.yaml.")
    }
  }
}

/// What praxis sets of ansible, whatever ansible.cfg says.
package enum AnsibleSettings {
  /// Variables of every run, be it a playbook's check run or one that gathers facts.
  package static let ofEveryRun = [
    "ANSIBLE_STDOUT_CALLBACK": "praxis_jsonl",
    // An empty list is refused by ansible-core 2.19; this one is loaded already.
    "ANSIBLE_CALLBACKS_ENABLED": "praxis_jsonl",
    "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_FORCE_COLOR": "0",
    "ANSIBLE_RETRY_FILES_ENABLED": "0",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "1",
    "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
    "ANSIBLE_MAX_DIFF_SIZE": "\(Bounds.ansibleDiff)",
    "ANSIBLE_VERBOSITY": "0",
    "ANSIBLE_DEBUG": "0",
    "ANSIBLE_DISPLAY_ARGS_TO_STDOUT": "0",
    "ANSIBLE_LOCALHOST_WARNING": "0",
    // What is remembered from an earlier run is not an observation: each run asks its hosts.
    "ANSIBLE_CACHE_PLUGIN": "memory",
    // A file that the settings name would be written in the run and in no dry run.
    "ANSIBLE_LOG_PATH": "/dev/null",
    "ANSIBLE_INVENTORY_CACHE": "0",
  ]
}
