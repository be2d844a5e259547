import Ansible
import Facts
import Failures
import Observe
import Processes
import Secrets
import StrictJSON

/// Runs a site's own program.
struct CommandCollector: Sendable {
  let request: ObservationRequest
  let words: [String]
  let folder: EvidenceFolder

  static let output = "collector.jsonl"

  /// - Parameter targets: the targets that praxis.yaml lists.
  func collect(targets: [TargetName]?) async throws(Failure) -> Collected {
    let program = try request.programs.collector(words)
    let run = ToolRun(
      request: request, program: program,
      environment: try request.collectorEnvironment().variables,
      folder: folder, view: try request.observingView(writesEvidence: false))
    request.progress(ObservationProgress(step: "collector", done: 0, expected: targets?.count))
    let outcome = try await run.run(.collector(words), output: Self.output)
    var reading = try SnapshotReading(collector: Self.output, in: folder)
    let said = try folder.read("collector.err") ?? []
    reading.ended(outcome, standardError: Excerpt.of(said, redactor: request.redactor))
    request.progress(
      ObservationProgress(step: "collector", done: reading.targets.count, expected: targets?.count))
    return Collected(
      reading: reading, tool: Self.tool(words), declared: targets,
      origin: targets == nil ? .collector : .configuration,
      evidence: [Self.output, "collector.rc", "collector.err"])
  }

  /// `collector` and the program's name without its folder.
  static func tool(_ words: [String]) -> String {
    let name = words.first?.utf8.split(separator: UInt8(ascii: "/")).last.map {
      String(decoding: Array($0), as: UTF8.self)
    }
    return name.map { "collector \($0)" } ?? "collector"
  }
}

/// Runs ansible's `setup` over an inventory, through praxis' own callback.
struct SetupCollector: Sendable {
  let request: ObservationRequest
  let inventory: String
  let binaryDirectory: String?
  let folder: EvidenceFolder

  static let playbook = "setup.yml"
  static let output = "setup.jsonl"
  static let inventoryOutput = "inventory.json"

  func collect(include: [String]) async throws(Failure) -> Collected {
    let environment = try ansibleEnvironment()
    let declared = try await declaredHosts(environment)
    var limit: [String] = []
    if let targets = request.targets {
      limit = targets.map(\.text)
      for target in targets where !declared.contains(target) || Self.isPattern(target.text) {
        throw Failure(
          .unknownTarget, source: request.source.name, "\(target) is not a host of \(inventory)",
          hint: Failure.didYouMean(target.text, among: declared.map(\.text))
            + "Leave --target out to see which there are.")
      }
    }
    try folder.write(
      AnsibleFacts.playbook(withLocalFacts: AnsibleFacts.wantsLocalFacts(include: include)), to: Self.playbook
    )
    let run = ToolRun(
      request: request, program: try request.programs.ansible("ansible-playbook", in: binaryDirectory),
      environment: environment, folder: folder)
    request.progress(ObservationProgress(step: "facts", done: 0, expected: declared.count))
    let outcome = try await run.run(
      .ansibleSetup(playbook: folder.path(of: Self.playbook), inventory: inventory, limit: limit),
      output: Self.output)
    var tool = "ansible-core"
    var reading = SnapshotReading(
      setup: try folder.read(Self.output) ?? [], redactor: request.redactor, tool: &tool)
    // 2 and 4: some host failed or was not reached; each host's own result says which.
    let said = try folder.read("setup.err") ?? []
    reading.ended(outcome, accepted: [0, 2, 4], standardError: Excerpt.of(said, redactor: request.redactor))
    request.progress(
      ObservationProgress(step: "facts", done: reading.targets.count, expected: declared.count))
    return Collected(
      reading: reading, tool: tool, declared: declared, origin: .inventory,
      evidence: [Self.inventoryOutput, Self.playbook, Self.output, "setup.rc", "setup.err"])
  }

  private func declaredHosts(
    _ environment: [String: String]
  ) async throws(Failure) -> [TargetName] {
    let program = try InventoryProgram(of: request, in: binaryDirectory)
    let run = ToolRun(
      request: request, program: program.path,
      environment: environment, folder: folder)
    let outcome = try await run.run(
      .ansibleInventoryList(words: program.words, inventory: inventory, vaultPasswordFile: nil),
      output: Self.inventoryOutput)
    try request.checkInTime(outcome, "ansible-inventory")
    let said = Excerpt.of(try folder.read("inventory.err") ?? [], redactor: request.redactor) ?? ""
    guard outcome == .exited(0), let bytes = try folder.read(Self.inventoryOutput),
      let hosts = Self.hosts(inInventory: bytes)
    else {
      throw Failure(
        .unreadable, source: request.source.name, "the inventory \(inventory) cannot be listed: \(said)",
        hint: "Run ansible-inventory --list in the source's directory.")
    }
    return hosts
  }

  /// The hosts of the group `all`; nil for what is no such listing.
  static func hosts(inInventory bytes: [UInt8]) -> [TargetName]? {
    guard let groups = (try? JSONDocument(parsing: bytes))?.root, groups.kind == .object else { return nil }
    var hosts: Set<TargetName> = []
    var seen: Set<String> = []
    var open = ["all"]
    while let name = open.popLast() {
      guard seen.insert(name).inserted, let group = groups[name] else { continue }
      for host in group["hosts"]?.elements.map(\.string) ?? [] {
        guard let host, SnapshotReading.isTarget(host) else { return nil }
        hosts.insert(TargetName(host))
      }
      open += (group["children"]?.elements.map(\.string) ?? []).compactMap { $0 }
    }
    return Array(hosts)
  }

  /// Whether `--limit` would read a name as something else than one host.
  private static func isPattern(_ name: String) -> Bool {
    let first = name.utf8.first
    return name.utf8.contains { [UInt8](",:;*?[]&!".utf8).contains($0) } || first == UInt8(ascii: "@")
      || first == UInt8(ascii: "~") || first == UInt8(ascii: "-")
  }

  private func ansibleEnvironment() throws(Failure) -> [String: String] {
    var environment = try request.collectorEnvironment()
    do throws(Failure) {
      for (name, value) in AnsibleSettings.ofEveryRun { try environment.set(name, to: value) }
      try environment.set("ANSIBLE_CALLBACK_PLUGINS", to: request.callbackFolder)
      try environment.set("PRAXIS_KEEP_FACTS", to: "1")
      // Facts are no secrets to hide: what is one is redacted.
      try environment.set("ANSIBLE_NO_LOG", to: "0")
    } catch {
      throw Failure(
        .configuration, source: request.source.name, "the environment cannot be set: \(error.message)")
    }
    return environment.variables
  }
}

extension ObservationRequest {
  /// What a collector sees: the closed base and what the source names.
  fileprivate func collectorEnvironment() throws(Failure) -> ClosedEnvironment {
    var closed = ClosedEnvironment(home: home)
    do throws(Failure) {
      try closed.pass(source.environment.pass, of: environment)
      for (name, value) in source.environment.set { try closed.set(name, to: value) }
      if case .sandbox = confinement {
        for (name, value) in Scratch.variables(isSealed: false) { try closed.set(name, to: value) }
      }
    } catch {
      throw Failure(
        .configuration, source: source.name,
        "the source's environment cannot be set: \(error.message)",
        hint: "Correct environment in praxis.yaml.")
    }
    return closed
  }
}

extension ProgramSearch {
  /// A command's program.
  func collector(_ words: [String]) throws(Failure) -> String {
    guard let name = words.first, !name.isEmpty else {
      throw Failure(
        .configuration, source: source.name, "the collector's command is empty",
        hint: "Name a program under command in praxis.yaml.")
    }
    return try program([name], hint: "Install it, or name it in praxis.yaml.")
  }
}
