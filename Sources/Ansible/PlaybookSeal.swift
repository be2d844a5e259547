import Facts
import Failures
import Files
import Glibc
import Observe
import Processes
import Secrets
import StrictJSON

/// What decides on a run of a playbook: its directory, ansible itself, every path that ansible's own settings name, and the inventory
/// as it is resolved.
struct PlaybookSeal {
  let request: ObservationRequest
  let configuration: AuthorityConfiguration.Ansible
  private let run: PlaybookRun

  init(
    _ request: ObservationRequest, _ configuration: AuthorityConfiguration.Ansible
  ) throws(Failure) {
    self.request = request
    self.configuration = configuration
    run = try PlaybookRun(request, configuration)
  }

  func bundle(_ sealing: Sealing) async throws(Failure) -> SealedBundle {
    let root = request.source.directory
    func absolute(_ path: String) -> String { TreeReading.normalized(path.hasPrefix("/") ? path : "\(root)/\(path)") }
    var trees = [SealedTree(path: root, kind: .written)]
    let inventory = absolute(configuration.inventory)
    for path in [configuration.playbook, configuration.vaultPasswordFile].compactMap(\.self)
      + configuration.extraVarsFiles
    {
      trees.append(SealedTree(path: absolute(path), kind: .written))
    }
    trees.append(SealedTree(path: inventory, kind: .written))
    let beside = String(inventory.dropLast((inventory.split(separator: "/").last?.count ?? 0) + 1))
    for folder in ["group_vars", "host_vars"].map({ "\(beside)/\($0)" }) where access(folder, F_OK) == 0 {
      trees.append(SealedTree(path: folder, kind: .written))
    }
    // The callback, and the script that tells what a dry run can differ in.
    trees.append(SealedTree(path: TreeReading.normalized("\(request.callbackFolder)/.."), kind: .installed))
    for name in ["ansible-playbook", "ansible-inventory"] {
      trees += try ToolInstallation.trees(behind: try run.program(name))
    }
    // Most of an answer's time is Python's start.
    async let answer = settings()
    trees += try await installation()
    let settings = try await answer.get()
    for path in Self.paths(in: settings) { trees += try ToolInstallation.trees(behind: path) }
    if access("/etc/ansible", F_OK) == 0 { trees.append(SealedTree(path: "/etc/ansible", kind: .installed)) }
    trees += try Scratch.homeTrees(of: request.home)
    // ssh goes by the user's home in the system's list, whatever HOME says.
    if let keys = UserHome.path.map({ "\($0)/.ssh" }), access(keys, R_OK | X_OK) == 0 {
      trees.append(SealedTree(path: keys, kind: .installed))
    }
    var bundle = try SealedBundle(trees, of: request, copiesIn: sealing.copiesFolder)
    bundle.allow(writing: sealing.approved?.seal.writes ?? [])
    try await FrozenInventory(request, path: inventory, plugins: Self.inventoryPlugins(in: settings), run)
      .freeze(in: sealing.folder, &bundle)
    return bundle
  }

  /// Where ansible's own modules lie when it is not a virtual environment of its own: `--version` tells.
  private func installation() async throws(Failure) -> [SealedTree] {
    let (outcome, bytes) = try await run.ask(
      try run.program("ansible-playbook"), .ansibleVersion, as: "ansible-version.txt")
    guard outcome == .exited(0) else { throw failure("ansible-playbook --version", outcome) }
    var trees: [SealedTree] = []
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      guard let equals = line.firstRange(of: " = ") else { continue }
      let (key, value) = (String(line[..<equals.lowerBound]).trimmingBlanks(), String(line[equals.upperBound...]))
      guard key == "ansible python module location", value.hasPrefix("/") else { continue }
      let packages = String(value.dropLast((value.split(separator: "/").last?.count ?? 0) + 1))
      // Beside the system's own packages only ansible's count; elsewhere what it imports lies beside it.
      trees +=
        Sandbox.isOfTheSystem(packages)
        ? [value, "\(packages)/ansible_collections"].filter { (path: String) in access(path, F_OK) == 0 }
          .map { SealedTree(path: $0, kind: .installed) }
        : [SealedTree(path: packages, kind: .installed)]
    }
    return trees
  }

  /// Ansible's settings, as ansible itself tells them for this source.
  private func settings() async -> Result<[JSONView], Failure> {
    do throws(Failure) {
      let (outcome, bytes) = try await run.ask(
        try run.program("ansible-config"), .ansibleSettings, as: "settings.json")
      guard outcome == .exited(0), let document = try? JSONDocument(parsing: bytes) else {
        throw failure("ansible-config dump", outcome)
      }
      return .success(Array(document.root.elements))
    } catch {
      return .failure(error)
    }
  }

  private static func texts(_ setting: JSONView) -> [String] {
    guard let value = setting["value"] else { return [] }
    return value.string.map { [$0] } ?? value.elements.compactMap(\.string)
  }

  /// The inventory plugins that are tried, in their order.
  private static func inventoryPlugins(in settings: [JSONView]) -> [String] {
    settings.first { $0["name"]?.string == "INVENTORY_ENABLED" }.map(texts) ?? []
  }

  /// Every path that is there among the settings.
  private static func paths(in settings: [JSONView]) -> [String] {
    var paths: [String] = []
    for setting in settings {
      guard let name = setting["name"]?.string, !isOfItsOwn(name) else { continue }
      let isLabelled = name == "DEFAULT_VAULT_IDENTITY_LIST"
      for text in texts(setting).map({ isLabelled ? String($0.split(separator: "@").last ?? "") : $0 })
      where text.hasPrefix("/") {
        let path = TreeReading.normalized(text)
        let isForPlugins = name.hasSuffix("_PATH") || name.hasSuffix("_PATHS")
        if access(path, F_OK) == 0, isForPlugins || !Sandbox.isOfTheSystem(path) { paths.append(path) }
      }
    }
    return paths
  }

  /// Where ansible writes, and what holds nothing that a run is made of.
  private static func isOfItsOwn(_ name: String) -> Bool {
    [
      "ANSIBLE_HOME", "CONFIG_FILE", "DEFAULT_LOCAL_TMP", "DEFAULT_REMOTE_TMP", "DEFAULT_LOG_PATH",
      "DEFAULT_EXECUTABLE",
    ]
    .contains(name) || name.contains("CACHE") || name.hasPrefix("GALAXY_") || name.contains("CONTROL_PATH")
      || name.hasPrefix("PERSISTENT_") || name.contains("PYTHON_INTERPRETER")
  }

  private func failure(_ what: String, _ outcome: ToolRun.Outcome) -> Failure {
    Failure(
      .notSealable, source: request.source.name, "\(what) does not tell what ansible draws on: \(outcome)",
      hint: "Run it by hand in \(request.source.directory).")
  }
}

/// A dynamic inventory as it was resolved once: what it says later must not choose other hosts.
struct FrozenInventory {
  private let request: ObservationRequest
  private let path: String
  /// The inventory plugins that ansible tries.
  private let plugins: [String]
  private let run: PlaybookRun

  init(_ request: ObservationRequest, path: String, plugins: [String], _ run: PlaybookRun) {
    self.request = request
    self.path = path
    self.plugins = plugins
    self.run = run
  }

  /// Resolves what computes, binds the bundle to the answer, and puts the answer in its place. Static files are sealed as they are.
  func freeze(in folder: String, _ bundle: inout SealedBundle) async throws(Failure) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    guard !(plugins == Self.staticPlugins && Self.isStatic(path, 0)) else { return }
    let isScript = !isFolder && access(path, X_OK) == 0
    let program = try run.inventoryProgram()
    let (outcome, bytes) = try await run.seeing(bundle.observingView(request)).ask(
      program.path,
      .ansibleInventoryExport(
        words: program.words, inventory: path, vaultPasswordFile: run.vaultPasswordFile, isYAML: !isScript),
      as: "frozen-inventory")
    guard outcome == .exited(0) else {
      throw Failure(
        .notSealable, source: request.source.name,
        "the inventory \(TerminalSafe.escaped(path)) does not resolve: \(outcome)",
        hint: "Run ansible-inventory -i \(path) --list in \(request.source.directory).")
    }
    let frozen = "\(folder)/inventory"
    let content =
      isScript
      ? Array("#!/bin/sh\ncat <<'END-OF-INVENTORY'\n".utf8) + bytes + Array("\nEND-OF-INVENTORY\n".utf8) : bytes
    if let number = EvidenceFolder.write(content, to: frozen, mode: isScript ? 0o700 : 0o600) {
      throw Failure(evidenceOf: request.source.name, frozen, "cannot be written", number)
    }
    bundle.bind("inventory \(path) \(Digest(of: bytes).text)")
    guard isFolder else { return bundle.put(frozen, at: path) }
    bundle.clear(path, keeping: ["group_vars", "host_vars"])
    bundle.put(frozen, at: "\(path)/inventory.yml")
  }

  /// The ones that ansible tries by itself. `script` runs programs, and `auto` what a YAML file names under `plugin`.
  private static let staticPlugins = ["host_list", "script", "auto", "yaml", "ini", "toml"]

  /// Whether it is certain that nothing computes what a file, or a folder and all below it, says of hosts.
  static func isStatic(_ path: String, _ depth: Int = 0) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return true }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      guard depth < Bounds.sealedDepth, let names = try? Folder.names(in: path) else { return false }
      return names.allSatisfy { ["group_vars", "host_vars"].contains($0) || isStatic("\(path)/\($0)", depth + 1) }
    case S_IFREG:
      guard status.st_mode & 0o111 == 0 else { return false }
      guard path.hasSuffix(".yml") || path.hasSuffix(".yaml") else { return true }
      guard let bytes = try? OwnFile.readAnybodys(path, limit: Bounds.toolFile) else { return false }
      // A key can be written with escapes.
      return bytes.firstRange(of: "plugin".utf8) == nil && !bytes.contains(UInt8(ascii: "\\"))
    default: return false
    }
  }
}
