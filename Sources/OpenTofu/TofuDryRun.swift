import Facts
import Failures
import Glibc
import Observe
import Secrets
import StrictJSON

extension TofuAuthority {
  package var savedPlan: String? { TofuRun.binary(of: TofuEvidence.normalStem) }

  package var executionOutput: (file: String, stem: String) { ("apply.jsonl", "apply") }

  /// Makes a plan that would fix the chosen findings, saves it in the request's evidence folder, and says all that it would change.
  ///
  /// To converge it is a normal plan, narrowed to the findings' resources where all of them are plain resource instances. To adopt it is
  /// a refresh-only plan, whose apply changes the tool's state alone.
  package func dryRun(
    _ request: ObservationRequest, to action: Proposal.Action, _ chosen: [DryRun.Chosen], like arguments: [String]?,
    _ sealing: Sealing
  ) async throws(Failure) -> DryRun {
    try checkTargets(of: request)
    var bundle = try TofuSeal(request, tofu).bundle(sealing)
    try sealing.check(bundle, source: request.source.name)
    var dry = try await TofuDryRun(request: request, tofu: tofu, action: action, chosen: chosen, bundle: bundle)
    if sealing.approved == nil, bundle.isSandboxed {
      // Where resources are files of this host, a first plan names them; the second one sees them.
      let first: Result<DryRun, Failure>
      do throws(Failure) { first = .success(try await dry.make()) } catch { first = .failure(error) }
      let local = bundle.localTargets(try dry.plannedPaths())
      guard !local.isEmpty else { return try first.get() }
      bundle.allow(writing: local)
      dry = try await TofuDryRun(request: request, tofu: tofu, action: action, chosen: chosen, bundle: bundle)
    }
    let made = try await dry.make()
    try bundle.checkWrites(dry.plannedPaths(), source: request.source.name)
    return made
  }

  /// What `apply -json` of a saved plan wrote, as what was really done.
  ///
  /// - Parameter folder: holds `apply.jsonl`.
  package func executed(
    _ request: ObservationRequest, folder: String
  ) throws(Failure) -> ExecutionReading {
    let evidence = EvidenceFolder(folder, source: request.source.name)
    return try TofuApply(reading: evidence, target: tofu.target, redactor: request.redactor).reading
  }
}

/// A plan for a proposal, and what it shows.
struct TofuDryRun {
  let request: ObservationRequest
  let tofu: AuthorityConfiguration.Tofu
  let run: TofuRun
  let action: Proposal.Action
  let chosen: [DryRun.Chosen]
  let bundle: SealedBundle
  /// Knows the secrets of the plan, once there is one.
  var redactor: Redactor

  init(
    request: ObservationRequest, tofu: AuthorityConfiguration.Tofu, action: Proposal.Action, chosen: [DryRun.Chosen],
    bundle: SealedBundle
  ) async throws(Failure) {
    self.request = request
    self.tofu = tofu
    self.action = action
    self.chosen = chosen
    self.bundle = bundle
    redactor = request.redactor
    run = try TofuRun(request, tofu, in: bundle.observingView(request))
    let version = try await run.tool.run(.tofuVersion, output: TofuRun.versionFile)
    try request.checkInTime(version, run.tool.program)
    guard version == .exited(0) else {
      throw Failure(
        .toolMissing, source: request.source.name, "\(run.tool.program) does not tell its version",
        hint: "Run `\(run.tool.program) version` by hand. \(Self.sees)")
    }
  }

  var source: SourceName { request.source.name }

  static let sees =
    "The run sees the source's directory and what reads: and writes: of the source in praxis.yaml name, and nothing else of this host."

  mutating func make() async throws(Failure) -> DryRun {
    let lock = Int(min(TofuRun.maximumLockWait, request.source.timeoutSeconds / 2))
    let before = try await statePosition()
    let targets = action == .adopt ? [] : addresses
    let stem = TofuEvidence.normalStem
    let problems = try await run.plan(stem, nil) { out in
      action == .adopt
        ? .tofuPlanRefreshOnly(out: out, varFiles: tofu.varFiles, lockTimeoutSeconds: lock)
        : .tofuPlan(out: out, varFiles: tofu.varFiles, lockTimeoutSeconds: lock, targets: targets)
    }
    guard let plan = try TofuPlanRun(stem, in: run.folder, isTargeted: !targets.isEmpty) else {
      throw incomplete("the tool wrote no plan")
    }
    if let first = (problems + plan.problems).first { throw incomplete(first.detail) }
    guard let document = plan.document, let tool = plan.stream.tool else { throw incomplete("it shows no plan") }
    redactor = TofuSecrets.redactor([document], nil, request.redactor).redactor
    let after = try await statePosition()
    guard before == after else { throw incomplete("the state moved while the plan was made") }

    var shown = try action == .adopt ? adopted(document) : converged(document)
    shown += outputs(document)
    shown += document.invocations.map { address in
      DryRun.Shown(
        PlannedChange(
          target: tofu.target, subject: SubjectName(redactor.redact(text: address)), action: .run,
          delta: Delta([]).fingerprint, type: "action"), Delta([]), why: "an action that the apply invokes")
    }
    shown += document.readsWhileApplying.map { address in
      DryRun.Shown(
        PlannedChange(
          target: tofu.target, subject: SubjectName(redactor.redact(text: address)), action: .run,
          delta: Delta([]).fingerprint, type: "data"), Delta([]),
        why: "it is read while the plan is applied, and what it gives then is not known")
    }
    shown.settle()
    try chosen.checkCleared(
      by: shown, source: source, adopting: action == .adopt,
      left: ". Where the declaration itself tells the tool to leave it (ignore_changes), change the declaration.")
    if action == .adopt, let other = shown.first(where: { $0.change.finding == nil }) {
      throw Failure(
        .beyondChosen, source: source,
        "adopting would take in \(TerminalSafe.escaped(other.change.subject)), too, which is not among the findings",
        hint: "Name all findings of the source's drift, or fix the others first.")
    }
    let saved = try run.folder.evidence([TofuRun.binary(of: TofuEvidence.normalStem)])
    guard let plan = saved.first?.digest else { throw incomplete("the tool saved no plan") }
    var notes =
      targets.isEmpty
      ? [] : ["The plan is narrowed to \(targets.count) resource\(targets.count == 1 ? "" : "s") with -target."]
    if action == .adopt {
      notes.append(
        "Where the declaration asks for something else, the finding stays open until the declaration is changed.")
    } else {
      notes += try bundle.readOnly(changedPaths(), source: source)
    }
    return DryRun(
      tool: TerminalSafe.escaped(tool), program: run.tool.program,
      arguments: ["apply", "-json", "-input=false", "-lock-timeout=\(lock)s"] + variables(tool) + [Proposal.savedPlan],
      variables: run.tool.environment, directory: request.source.directory, bundle: plan, sealed: bundle,
      shown: shown,
      standsOn: [tofu.workspace, action.rawValue] + request.passedValues + before
        + targets.map { "-target=\($0)" } + realities(document),
      notes: notes)
  }

  /// A saved plan holds no ephemeral values; they are given again, from the same sealed files.
  func variables(_ tool: String) -> [String] {
    let words = tool.split(separator: " ")
    let numbers = words.last?.split(separator: ".").prefix(2).compactMap { Int($0) } ?? []
    let first = words.first == "OpenTofu" ? [1, 11] : [1, 10]
    return numbers.count == 2 && !numbers.lexicographicallyPrecedes(first)
      ? tofu.varFiles.map { "-var-file=\($0)" } : []
  }

  /// What the plan's changed resources name in the root module: `${path.module}/file` gives `./file`.
  func changedPaths() throws(Failure) -> [String] {
    let root = try planDocument()
    var paths: Set<String> = []
    for change in root?["resource_changes"].map({ Array($0.elements) }) ?? [] where change["mode"]?.string == "managed"
    {
      let actions = change["change"]?["actions"].map { $0.elements.compactMap(\.string) } ?? []
      guard actions.contains(where: { $0 != "no-op" && $0 != "read" }) else { continue }
      for side in ["before", "after"] {
        for value in change["change"]?[side]?.members.map(\.value.value) ?? [] {
          guard case .string(let text) = value, ["/", "./", "../"].contains(where: text.hasPrefix) else { continue }
          paths.insert(text.hasPrefix("/") ? text : "\(request.source.directory)/\(text)")
        }
      }
    }
    return Array(paths)
  }

  /// The plan as the tool shows it, where it showed one.
  func planDocument() throws(Failure) -> JSONView? {
    try run.folder.read("\(TofuEvidence.normalStem).json").flatMap {
      try? JSONDocument(parsing: $0).root
    }
  }

  /// Absolute paths among the values of what the plan knows, whole or not: what stays as it is has to be seen, too.
  func plannedPaths() throws(Failure) -> [String] {
    guard let root = try planDocument() else { return [] }
    var paths: Set<String> = []
    func walk(_ json: JSON) {
      switch json {
      case .string(let text) where text.utf8.first == UInt8(ascii: "/"): paths.insert(text)
      case .array(let elements): elements.forEach(walk)
      case .object(let object): object.members.forEach { walk($0.value) }
      default: break
      }
    }
    for list in ["resource_changes", "resource_drift"] {
      for change in root[list].map({ Array($0.elements) }) ?? [] where change["mode"]?.string == "managed" {
        for side in ["before", "after"] { change["change"]?[side].map { walk($0.value) } }
      }
    }
    // What a first plan did not see and took for gone is, in the next, in the state alone.
    func walk(module: JSONView?) {
      for resource in module?["resources"].map({ Array($0.elements) }) ?? [] where resource["mode"]?.string == "managed"
      {
        resource["values"].map { walk($0.value) }
      }
      for inner in module?["child_modules"].map({ Array($0.elements) }) ?? [] { walk(module: inner) }
    }
    walk(module: root["prior_state"]?["values"]?["root_module"])
    walk(module: root["planned_values"]?["root_module"])
    return Array(paths)
  }

  func incomplete(_ why: String) -> Failure {
    Failure(
      .incompleteDryRun, source: source,
      "the dry run is not complete: \(TerminalSafe.escaped(ReasonDetail.text(why, request.redactor)))",
      hint: "Fix that first; nothing is proposed on half an answer. \(Self.sees)")
  }

  /// The chosen resources, if all of them can be named to the tool; none where the whole configuration has to be planned.
  ///
  /// A finding's subject is redacted text: it is an address only if the state or the configuration has it so, which the plan shows.
  var addresses: [String] {
    var found: [String] = []
    for one in chosen {
      let address = one.subject.text
      guard !address.hasPrefix("output."), !address.hasSuffix(")"), !address.contains("redacted")
      else { return [] }
      found.append(address)
    }
    return found
  }

  /// The state's lineage and serial: a saved plan is applied to exactly this state or not at all.
  func statePosition() async throws(Failure) -> [String] {
    let file = "state-pull.json"
    defer { run.folder.remove(file) }
    let outcome = try await run.tool.run(.tofuStatePull, output: file)
    guard outcome == .exited(0) else { throw incomplete("state pull: \(outcome)") }
    guard let bytes = try run.folder.read(file), !bytes.isEmpty else { return ["no state"] }
    guard let root = try? JSONDocument(parsing: bytes).root,
      let lineage = root["lineage"]?.string, let serial = root["serial"]?.numberText
    else { throw incomplete("the state does not tell its lineage and serial") }
    return [lineage, serial]
  }
}
