import Facts
import Failures
import Glibc

extension OpenTofu {
  package var savedPlan: String? { TofuRun.binary(of: TofuEvidence.normalStem) }

  package var executionOutput: (file: String, stem: String) { ("apply.jsonl", "apply") }

  /// Makes a plan that would mend the chosen findings, saves it in the request's evidence folder, and says all that it would change.
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
private struct TofuDryRun {
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
    run = try TofuRun(request, tofu, in: bundle.lookingView(request))
    let version = try await run.tool.run(.tofuVersion, output: TofuRun.versionFile)
    guard version == .exited(0) else {
      throw Failure(
        .toolMissing, source: request.source.name, "\(run.tool.program) does not tell its version",
        hint: "Run `\(run.tool.program) version` by hand. \(Self.sees)")
    }
  }

  private var source: SourceName { request.source.name }

  private static let sees =
    "The run sees the source's directory and what reads: and writes: of the source in praxis.yaml name, and nothing else of this host."

  mutating func make() async throws(Failure) -> DryRun {
    let lock = Int(min(TofuRun.maximumLockWait, request.source.timeoutSeconds / 2))
    let before = try await statePosition()
    let targets = action == .adopt ? [] : addresses
    let stem = TofuEvidence.normalStem
    let trouble = try await run.plan(stem, nil) { out in
      action == .adopt
        ? .tofuPlanRefreshOnly(out: out, varFiles: tofu.varFiles, lockTimeoutSeconds: lock)
        : .tofuPlan(out: out, varFiles: tofu.varFiles, lockTimeoutSeconds: lock, targets: targets)
    }
    guard let plan = try TofuPlanRun(stem, in: run.folder, isTargeted: !targets.isEmpty) else {
      throw incomplete("the tool wrote no plan")
    }
    if let first = (trouble + plan.trouble).first { throw incomplete(first.detail) }
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
    try chosen.checkCleared(by: shown, source: source, of: .tofu, adopting: action == .adopt)
    if action == .adopt, let other = shown.first(where: { $0.change.finding == nil }) {
      throw Failure(
        .beyondChosen, source: source,
        "adopting would take in \(InertText.line(other.change.subject)), too, which is not among the findings",
        hint: "Name all findings of the source's drift, or mend the others first.")
    }
    let saved = try run.folder.evidence([TofuRun.binary(of: TofuEvidence.normalStem)])
    guard let plan = saved.first?.digest else { throw incomplete("the tool saved no plan") }
    var notes =
      targets.isEmpty
      ? [] : ["The plan is narrowed to \(targets.count) resource\(targets.count == 1 ? "" : "s") with -target."]
    if action != .adopt { notes += try bundle.readOnly(changedPaths(), source: source) }
    return DryRun(
      tool: InertText.line(tool), program: run.tool.program,
      arguments: ["apply", "-json", "-input=false", "-lock-timeout=\(lock)s"] + variables(tool) + [Proposal.savedPlan],
      variables: run.tool.environment, directory: request.source.directory, bundle: plan, sealed: bundle,
      shown: shown,
      standsOn: [tofu.workspace, action.rawValue] + request.passedValues + before
        + targets.map { "-target=\($0)" } + realities(document),
      notes: notes)
  }

  /// A saved plan holds no ephemeral values; they are given again, from the same sealed files.
  private func variables(_ tool: String) -> [String] {
    let words = tool.split(separator: " ")
    let numbers = words.last?.split(separator: ".").prefix(2).compactMap { Int($0) } ?? []
    let first = words.first == "OpenTofu" ? [1, 11] : [1, 10]
    return numbers.count == 2 && !numbers.lexicographicallyPrecedes(first)
      ? tofu.varFiles.map { "-var-file=\($0)" } : []
  }

  /// What the plan's changed resources name in the root module: `${path.module}/file` gives `./file`.
  private func changedPaths() throws(Failure) -> [String] {
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
  private func planDocument() throws(Failure) -> JSONView? {
    try run.folder.read("\(TofuEvidence.normalStem).json").flatMap {
      try? JSONDocument(parsing: $0, limits: TofuPlan.limits).root
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

  private func incomplete(_ why: String) -> Failure {
    Failure(
      .incompleteDryRun, source: source,
      "the dry run is not complete: \(InertText.line(ReasonDetail.text(why, request.redactor)))",
      hint: "Mend that first; nothing is proposed on half an answer. \(Self.sees)")
  }

  /// The chosen resources, if all of them can be named to the tool; none where the whole configuration has to be planned.
  ///
  /// A finding's subject is redacted text: it is an address only if the state or the configuration has it so, which the plan shows.
  private var addresses: [String] {
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
  private func statePosition() async throws(Failure) -> [String] {
    let file = "state-pull.json"
    defer { run.folder.remove(file) }
    let outcome = try await run.tool.run(.tofuStatePull, output: file)
    guard outcome == .exited(0) else { throw incomplete("state pull: \(outcome)") }
    guard let bytes = try run.folder.read(file), !bytes.isEmpty else { return ["no state"] }
    guard let root = try? JSONDocument(parsing: bytes, limits: TofuPlan.limits).root,
      let lineage = root["lineage"]?.string, let serial = root["serial"]?.numberText
    else { throw incomplete("the state does not tell its lineage and serial") }
    return [lineage, serial]
  }

  // MARK: What it shows

  private func converged(_ document: TofuPlan) throws(Failure) -> [DryRun.Shown] {
    var shown: [DryRun.Shown] = []
    var drift: [TofuAddress: TofuChange] = [:]
    for change in document.drift where change.isManaged { drift[change.key] = change }
    for change in document.changes where change.isManaged {
      var subject = TofuSubject(change.key)
      subject.planned = change
      subject.laterDrift = drift.removeValue(forKey: change.key)
      let isStateOnly = change.previous != nil || change.values.isImporting || subject.laterDrift != nil
      if change.isNoOp, !isStateOnly { continue }
      shown.append(one(subject, change, try action(of: change), document))
    }
    // What left the state is written into it by the same apply, planned for or not.
    for change in drift.values {
      var subject = TofuSubject(change.key)
      subject.laterDrift = change
      shown.append(one(subject, change, change.actions == ["delete"] ? .forget : .refresh))
    }
    return shown
  }

  private func adopted(_ document: TofuPlan) -> [DryRun.Shown] {
    var shown: [DryRun.Shown] = []
    for change in document.drift where change.isManaged {
      var subject = TofuSubject(change.key)
      subject.drift = change
      shown.append(one(subject, change, change.actions == ["delete"] ? .forget : .refresh))
    }
    return shown + accepted(document, beside: shown)
  }

  /// What the state holds already, and nobody approved: adopting it changes nothing but that.
  private func accepted(_ document: TofuPlan, beside shown: [DryRun.Shown]) -> [DryRun.Shown] {
    var found: [DryRun.Shown] = []
    for one in chosen where !shown.contains(where: { $0.change.finding == one.finding }) {
      guard let delta = one.accepted,
        let resource = document.prior?.resources.first(where: {
          SubjectName(redactor.redact(text: $0["address"]?.string ?? "")) == one.subject
        }), let values = resource["values"]?.value
      else { continue }
      let actual = redactor.redact(values, marks: resource["sensitive_values"]?.value ?? .bool(false))
      let isAsFound = delta.entries.allSatisfy { entry in
        let now = JSONPointer(entry.path).flatMap { actual[$0] } ?? .null
        return switch entry.content {
        case .values(_, let observed): (observed ?? .null).says(now)
        case .text(let hunks): now.string.map { LineDiff.undone(hunks, from: $0) != nil } ?? false
        case .opaque, .unobserved: false
        }
      }
      guard isAsFound else { continue }
      found.append(
        DryRun.Shown(
          PlannedChange(
            target: tofu.target, subject: one.subject, action: .refresh, delta: delta.fingerprint,
            type: resource["type"]?.string, finding: one.finding),
          Delta(delta.entries.map(\.turned)), why: "the state holds it already; what is missing is the approval"))
    }
    return found
  }

  /// - Parameter document: the plan, where the resource's own programs may run.
  private func one(
    _ subject: TofuSubject, _ change: TofuChange, _ action: PlannedChange.Action, _ document: TofuPlan? = nil
  ) -> DryRun.Shown {
    let runsPrograms =
      [.create, .replace, .delete].contains(action) && document?.hasProvisioners(change) == true
    var delta = Delta([])
    if case .drifted(_, let found, _)? = subject.difference(redactor: redactor).state { delta = found }
    let name = SubjectName(redactor.redact(text: change.key.text))
    // What the plan leaves as it is, the apply writes into the state: there the state is what moves, and the world what it moves to.
    var plan = subject
    (plan.drift, plan.laterDrift) = (nil, nil)
    var planned: [String] = []
    if case .drifted(_, let found, _)? = plan.difference(redactor: redactor).state {
      planned = found.entries.map(\.path)
    }
    let accepted = delta.entries.filter { !planned.contains($0.path) }
    let turned = delta.entries.map { planned.contains($0.path) ? $0 : $0.turned }
    var why = runsPrograms ? "its provisioners run, and no plan shows what they do" : nil
    why = why ?? change.reason.map { redactor.redact(text: $0) }
    if action != .refresh, action != .forget, !accepted.isEmpty {
      let places = accepted.map(\.path).joined(separator: ", ")
      why = (why.map { "\($0); " } ?? "") + "the world stays as it is, and the state accepts it, at \(places)"
    }
    return DryRun.Shown(
      PlannedChange(
        target: tofu.target, subject: name, action: action, delta: delta.fingerprint,
        isOpaque: delta.hides || runsPrograms, type: change.type, finding: chosen.finding(tofu.target, name)),
      Delta(turned), why: why)
  }

  private func action(of change: TofuChange) throws(Failure) -> PlannedChange.Action {
    switch change.actions {
    case ["no-op"]: change.values.isImporting ? .update : .refresh
    case ["create"]: .create
    case ["update"]: .update
    case ["delete"]: .delete
    case ["forget"]: .forget
    case ["delete", "create"], ["create", "delete"], ["create", "forget"], ["forget", "create"]: .replace
    default: throw incomplete("the plan holds an action that this version does not know")
    }
  }

  private func outputs(_ document: TofuPlan) -> [DryRun.Shown] {
    TofuOutputs(document, redactor: redactor).reports.compactMap { report in
      guard case .drifted(_, let delta, _) = report.state else { return nil }
      return DryRun.Shown(
        PlannedChange(
          target: tofu.target, subject: report.subject, action: action == .adopt ? .refresh : .update,
          delta: delta.fingerprint,
          type: "output", finding: chosen.finding(tofu.target, report.subject)), delta)
    }
  }

  /// Digests of everything that is there now where something would change, whatever the tool shows of it.
  private func realities(_ document: TofuPlan) -> [String] {
    var fields: [String] = []
    let touched = document.changes.filter { $0.isManaged && !$0.isNoOp } + document.drift.filter(\.isManaged)
    for change in touched.sorted(by: { $0.key < $1.key }) {
      for value in [change.values.before, change.values.after] {
        let redacted = value.map { redactor.redact($0, marks: change.values.marks) }
        fields.append(redacted.map { Digest(of: $0).text } ?? "nothing")
      }
    }
    return fields
  }
}

extension Delta {
  /// Whether whoever approves cannot see what would change. A value that the tool computes while it applies hides nothing that is there.
  var hides: Bool {
    entries.contains {
      if case .opaque(let why, _) = $0.content { why != .unknownAfterApply } else { false }
    }
  }
}
