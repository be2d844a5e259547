/// All that Observe can start. There is no other way from here to a process, so that what is not in this list cannot be run.
///
/// Each case is known to leave the fleet alone by its tool's own contract, with two exceptions that are said aloud: a
/// playbook's `check_mode: false` tasks run for real (they are announced, told in the receipt, and refused under
/// `--strict-read-only`), and a collector is the operator's own program.
package enum ReadOnlyInvocation: Sendable, Hashable {
  case tofuVersion
  case tofuWorkspaceList
  /// The state as it was before the run: the denominator of coverage.
  case tofuShowState
  case tofuPlanRefreshOnly(out: String, varFiles: [String], lockTimeoutSeconds: Int)
  case tofuPlan(out: String, varFiles: [String], lockTimeoutSeconds: Int, targets: [String] = [])
  /// The state as it is stored: where it stands is what a saved plan is bound to.
  case tofuStatePull
  case tofuShowPlan(String)
  case ansibleVersion
  /// Every setting as ansible resolves it: among them the paths of plugins, roles and collections.
  case ansibleSettings
  /// The inventory as it is resolved, in a form that is an inventory again.
  case ansibleInventoryExport(words: [String], inventory: String, vaultPasswordFile: String?, isYAML: Bool)
  case ansibleInventoryList(words: [String], inventory: String, vaultPasswordFile: String?)
  /// The hosts that the playbook's plays select: the denominator of coverage.
  case ansibleListHosts(Playbook)
  case ansibleCheck(Playbook)
  /// praxis' own script, run by ansible's Python: it reads a bundle as data and runs nothing of it.
  case ansibleDifferences(script: String, bundle: String, events: String, inventory: String, Playbook)
  /// Gathers facts; the playbook is praxis' own and holds one `setup` task.
  case ansibleSetup(playbook: String, inventory: String, limit: [String])
  case collector([String])

  package struct Playbook: Sendable, Hashable {
    package var playbook: String
    package var inventory: String
    package var limit: [String]
    package var vaultPasswordFile: String?
    package var extraVarsFiles: [String]
    package var tags: [String] = []

    package init(
      playbook: String, inventory: String, limit: [String], vaultPasswordFile: String?, extraVarsFiles: [String],
      tags: [String] = []
    ) {
      (self.playbook, self.inventory, self.limit) = (playbook, inventory, limit)
      (self.vaultPasswordFile, self.extraVarsFiles, self.tags) = (vaultPasswordFile, extraVarsFiles, tags)
    }
  }

  /// The words behind the program's name.
  var arguments: [String] {
    switch self {
    case .tofuVersion: ["version", "-json"]
    case .tofuWorkspaceList: ["workspace", "list", "-no-color"]
    case .tofuShowState: ["show", "-json", "-no-color"]
    case .tofuPlanRefreshOnly(let out, let varFiles, let lock):
      ["plan", "-refresh-only"] + Self.planOptions(out, varFiles, lock)
    case .tofuPlan(let out, let varFiles, let lock, let targets):
      ["plan"] + Self.planOptions(out, varFiles, lock) + targets.map { "-target=\($0)" }
    case .tofuStatePull: ["state", "pull"]
    case .tofuShowPlan(let file): ["show", "-json", "-no-color", file]
    case .ansibleVersion: ["--version"]
    case .ansibleSettings: ["dump", "--format", "json"]
    case .ansibleInventoryExport(let words, let inventory, let vault, let isYAML):
      words + ["--inventory", inventory, "--list", "--export"] + (isYAML ? ["--yaml"] : []) + Self.vault(vault)
    case .ansibleInventoryList(let words, let inventory, let vault):
      words + ["--inventory", inventory, "--list"] + Self.vault(vault)
    // What an inventory plugin remembers from an earlier run is not an observation.
    case .ansibleListHosts(let playbook): Self.words(playbook) + ["--list-hosts", "--flush-cache"]
    case .ansibleCheck(let playbook): Self.words(playbook) + ["--check", "--diff", "--flush-cache"]
    case .ansibleDifferences(let script, let bundle, let events, let inventory, let playbook):
      // No variable of Python's leads it elsewhere, and nothing is written beside what it imports.
      ["-E", "-B", script, "--events", events, "--inventory", playbook.inventory, "--inventory-listed", inventory]
        + ["--playbook", playbook.playbook] + Self.vault(playbook.vaultPasswordFile) + [bundle]
    case .ansibleSetup(let playbook, let inventory, let limit):
      ["--inventory", inventory, "--check", "--flush-cache"]
        + (limit.isEmpty ? [] : ["--limit", limit.joined(separator: ",")])
        + [playbook]
    case .collector(let words): Array(words.dropFirst())
    }
  }

  private static func planOptions(_ out: String, _ varFiles: [String], _ lock: Int) -> [String] {
    ["-json", "-input=false", "-detailed-exitcode", "-lock-timeout=\(lock)s", "-out=\(out)"]
      + varFiles.map { "-var-file=\($0)" }
  }

  package static func words(_ playbook: Playbook) -> [String] {
    ["--inventory", playbook.inventory]
      + (playbook.limit.isEmpty ? [] : ["--limit", playbook.limit.joined(separator: ",")])
      + (playbook.tags.isEmpty ? [] : ["--tags", playbook.tags.joined(separator: ",")])
      + vault(playbook.vaultPasswordFile)
      + playbook.extraVarsFiles.flatMap { ["--extra-vars", "@\($0)"] }
      + [playbook.playbook]
  }

  private static func vault(_ file: String?) -> [String] {
    file.map { ["--vault-password-file", $0] } ?? []
  }
}
