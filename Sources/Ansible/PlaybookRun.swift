import Facts
import Failures
import Observe
import Processes
import Secrets

/// A check run of ansible-playbook, written into the evidence folder as `PlaybookReading` wants it.
struct PlaybookRun: Sendable {
  static let inventory = "inventory.json"
  static let hosts = "hosts.txt"

  private let request: ObservationRequest
  private let configuration: AuthorityConfiguration.Ansible
  private(set) var folder: EvidenceFolder
  let environment: [String: String]
  private let tags: [String]
  private(set) var view: Sandbox?

  /// - Parameters:
  ///   - tags: narrow a dry run to what a proposal is about; never an observation.
  ///   - view: what ansible sees; nil: everything, read-only.
  ///   - tellsActs: whether each act of a task is told.
  init(
    _ request: ObservationRequest, _ configuration: AuthorityConfiguration.Ansible, tags: [String] = [],
    in view: Sandbox? = nil, tellsActs: Bool = false
  ) throws(Failure) {
    self.request = request
    self.configuration = configuration
    self.tags = tags
    self.view = if let view { view } else { try request.observingView() }
    folder = EvidenceFolder(request.evidenceFolder, source: request.source.name, progress: request.progress)
    environment = try PlaybookEnvironment(
      request, isStrict: request.strictReadOnly || configuration.strictReadOnly,
      realTasks: configuration.allowedRealTasks, isSealed: view != nil, tellsActs: tellsActs
    )
    .variables
  }

  var vaultPasswordFile: String? { configuration.vaultPasswordFile }

  /// The same in another view.
  func seeing(_ view: Sandbox?) -> PlaybookRun {
    var copy = self
    if let view { copy.view = view }
    return copy
  }

  /// The same with its output in a folder of its own below the evidence folder.
  func writing(to name: String) throws(Failure) -> PlaybookRun {
    var copy = self
    let path = "\(request.evidenceFolder)/\(name)"
    try EvidenceFolder.make(path, request.source.name)
    copy.folder = EvidenceFolder(path, source: request.source.name, progress: request.progress)
    return copy
  }

  /// Has a program answer, and takes the answer from the evidence again.
  func ask(
    _ path: String, _ invocation: ReadOnlyInvocation, as name: String
  ) async throws(Failure) -> (ToolRun.Outcome, [UInt8]) {
    let outcome = try await tool(path).run(invocation, output: name)
    defer { folder.remove(name) }
    try request.checkInTime(outcome, path)
    return (outcome, try folder.read(name) ?? [])
  }

  /// Where only some hosts are asked for, each has to be in the inventory: ansible would take another word for a pattern.
  func run() async throws(Failure) {
    if let asked = request.targets {
      let known = try await declaredByInventory()
      if let unknown = asked.first(where: { !known.contains($0) }) {
        throw Failure(
          .unknownTarget, source: request.source.name, "the target \(unknown) is not in the inventory",
          hint: Failure.didYouMean(unknown.text, among: known.map(\.text))
            + "Compare with the hosts that ansible-inventory --list shows.")
      }
    }
    let progress = PlaybookProgress(request, playbook: configuration.playbook)
    _ = try await tool(program("ansible-playbook")).run(
      .ansibleCheck(playbook), output: PlaybookReading.events, stem: "ansible"
    ) { chunk in
      progress.take(chunk)
    }
  }

  /// The hosts that the plays select, which are written into `targets.txt`, too.
  ///
  /// The run reports them for each play, also for plays that it never reaches. Where the run did not complete, praxis
  /// asks for them. Plays that select no host leave every host of the inventory without a declaration.
  func declared(by reading: PlaybookReading) async throws(Failure) -> [TargetName] {
    var targets = reading.isComplete ? reading.state.selected.sorted() : try await selectedByPlays() ?? []
    if targets.isEmpty { targets = if let asked = request.targets { asked } else { try await declaredByInventory() } }
    try folder.write(Array(targets.map { "\($0)\n" }.joined().utf8), to: PlaybookReading.targets)
    return targets
  }

  var playbook: ReadOnlyInvocation.Playbook {
    .init(
      playbook: configuration.playbook, inventory: configuration.inventory, limit: (request.targets ?? []).map(\.text),
      vaultPasswordFile: configuration.vaultPasswordFile, extraVarsFiles: configuration.extraVarsFiles,
      tags: tags)
  }

  /// The words of the same run for real.
  var arguments: [String] { ReadOnlyInvocation.words(playbook) + ["--diff"] }

  // MARK: What is declared

  private func declaredByInventory() async throws(Failure) -> [TargetName] {
    request.progress(.init(step: "inventory", done: 0, expected: nil))
    let program = try inventoryProgram()
    let outcome = try await tool(program.path).run(
      .ansibleInventoryList(
        words: program.words, inventory: configuration.inventory, vaultPasswordFile: configuration.vaultPasswordFile),
      output: Self.inventory)
    try request.checkInTime(outcome, "ansible-inventory")
    let bytes = try folder.read(Self.inventory) ?? []
    guard outcome == .exited(0), let list = DeclaredHosts(inventory: bytes) else {
      throw Failure(
        .configuration, source: request.source.name,
        "ansible-inventory cannot read the inventory \(configuration.inventory): \(try said("inventory"))",
        hint: "Run ansible-inventory -i \(configuration.inventory) --list in \(request.source.directory).")
    }
    guard !list.hosts.isEmpty else {
      throw Failure(
        .configuration, source: request.source.name, "the inventory \(configuration.inventory) holds no host",
        hint: "Name the right inventory in praxis.yaml; an empty one is never in sync.")
    }
    return list.hosts
  }

  /// Nil when the playbook cannot be read: the check run will say so, for every host.
  private func selectedByPlays() async throws(Failure) -> [TargetName]? {
    let outcome = try await tool(program("ansible-playbook")).run(.ansibleListHosts(playbook), output: Self.hosts)
    guard outcome == .exited(0), let bytes = try folder.read(Self.hosts) else { return nil }
    return DeclaredHosts(listing: bytes)?.hosts
  }

  private func said(_ stem: String) throws(Failure) -> String {
    let words = try folder.read("\(stem).err") ?? []
    return ReasonDetail.end(of: String(decoding: words.suffix(65_536), as: UTF8.self), request.redactor)
  }

  // MARK: Programs

  private func tool(_ path: String) -> ToolRun {
    ToolRun(request: request, program: path, environment: environment, folder: folder, view: view)
  }

  func inventoryProgram() throws(Failure) -> InventoryProgram {
    try InventoryProgram(of: request, in: configuration.binaryDirectory)
  }

  /// The absolute path of one of ansible's programs.
  func program(_ name: String) throws(Failure) -> String {
    try request.programs.ansible(name, in: configuration.binaryDirectory)
  }
}

extension ProgramSearch {
  /// One of ansible's programs.
  package func ansible(_ name: String, in folder: String?) throws(Failure) -> String {
    try program(
      [name], in: folder, hint: "Install ansible-core, or name its folder as binary-directory in praxis.yaml.")
  }
}
