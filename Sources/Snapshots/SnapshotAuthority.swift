import Ansible
import Facts
import Failures
import Observe
import Processes
import Secrets

/// The third authority: facts as they are, to be compared with a known-good that people have blessed.
///
/// It compares nothing itself; Diff knows the known-good. When the collector did not end well, or its output is not whole,
/// every target is at most `partly` observed: the facts that came whole are shown, but nothing is closed by them.
package struct SnapshotAuthority: Authority {
  let snapshot: AuthorityConfiguration.Snapshot

  package init(_ snapshot: AuthorityConfiguration.Snapshot) { self.snapshot = snapshot }

  /// Runs the source's collector and reads what it said.
  package func observe(_ request: ObservationRequest) async throws(Failure) -> Observation {
    let filter = try FactFilter(snapshot, source: request.source.name)
    let folder = EvidenceFolder(request.evidenceFolder, source: request.source.name, progress: request.progress)
    let begin = request.now()
    let collected: Collected
    switch snapshot.collector {
    case .command(let words):
      collected = try await CommandCollector(request: request, words: words, folder: folder)
        .collect(targets: snapshot.targets)
    case .ansibleFacts(let inventory, let binaries):
      collected = try await SetupCollector(
        request: request, inventory: inventory, binaryDirectory: binaries, folder: folder
      ).collect(include: snapshot.include)
    }
    return try SnapshotReport(request: request, snapshot: snapshot, filter: filter)
      .observation(collected, begin: begin, end: max(begin, request.now()), folder: folder)
  }

  /// Reads what was recorded elsewhere: a file `<target>.json` for each target; for the declared ones, where praxis.yaml
  /// does not list them, a file `targets.txt`.
  ///
  /// Each file holds `{"target": …, "facts": {…}}`, or a command's facts by themselves, or for ansible the result of `setup`
  /// (`{"ansible_facts": {…}}`).
  package func ingest(
    _ request: ObservationRequest, _ times: RecordedTimes, folder: String
  ) throws(Failure) -> Observation {
    let filter = try FactFilter(snapshot, source: request.source.name)
    let folder = EvidenceFolder(folder, source: request.source.name, progress: request.progress)
    let collected = try RecordedFacts(request: request, snapshot: snapshot, folder: folder).collect()
    return try SnapshotReport(request: request, snapshot: snapshot, filter: filter)
      .observation(collected, begin: times.begin, end: times.end, folder: folder)
  }

  package var datedBy: String? { nil }

  /// Facts hold no time.
  package func recordedTimes(in folder: String, _ source: SourceName) -> RecordedTimes? { nil }

  package func programs(of source: SourceConfiguration, path: String) -> [Result<String, Failure>] {
    let search = ProgramSearch(source, path: path)
    switch snapshot.collector {
    case .command(let words): return [Result { () throws(Failure) in try search.collector(words) }]
    case .ansibleFacts(_, let folder):
      return ["ansible-playbook", "ansible-inventory"].map { name in
        Result { () throws(Failure) in try search.ansible(name, in: folder) }
      }
    }
  }

  package var files: [(path: String, what: String)] {
    if case .ansibleFacts(let inventory, _) = snapshot.collector { [(inventory, "inventory")] } else { [] }
  }

  /// praxis' own playbook of one task that reads would tell the sandbox's mounts as this host's.
  package var runsOutsideBecause: String? {
    guard case .ansibleFacts = snapshot.collector else { return nil }
    return "ansible's setup module reports mounts, and a sandbox has its own"
  }
}

/// What a collector brought, and which targets it should have brought.
struct Collected: Sendable {
  var reading: SnapshotReading
  var tool: String
  /// The declared targets before `--target` narrows them; nil: those known before and those in the reading.
  var declared: [TargetName]?
  var origin: Observation.Declaration.Origin
  /// The names of the files to be recorded as evidence.
  var evidence: [String]
}

/// Turns what was collected into an Observation.
struct SnapshotReport: Sendable {
  let request: ObservationRequest
  let snapshot: AuthorityConfiguration.Snapshot
  let filter: FactFilter

  func observation(
    _ collected: Collected, begin: Timestamp, end: Timestamp, folder: EvidenceFolder
  ) throws(Failure) -> Observation {
    var reading = collected.reading
    let declared = declaredTargets(collected)
    guard !declared.isEmpty else {
      if reading.diagnostics.contains(where: { $0.code == .timedOut }) {
        try request.checkInTime(.timedOut, collected.tool)
      }
      let why = reading.diagnostics.map { $0.detail ?? $0.code.rawValue }.joined(separator: "; ")
      throw Failure(
        .configuration, source: request.source.name,
        "there is no target to observe\(why.isEmpty ? "" : " (\(why))")",
        hint: "Check the collector or the inventory; an empty set is never in sync.")
    }
    let undeclared = Set(reading.targets).subtracting(declared)
    if !undeclared.isEmpty {
      reading.note(.wrongTarget, "\(undeclared.count) targets were reported that are not declared")
    }
    let asked = try narrowed(declared)
    let reports = asked.map { report($0, in: reading) }
    let evidence = try folder.evidence(collected.evidence)
    return try Observation(
      source: request.source.name, authority: .snapshot, run: request.run, tool: collected.tool,
      begin: begin,
      end: end, evidence: evidence, desired: nil, rules: request.rules,
      declaration: .init(origin: collected.origin, isWhole: request.targets == nil, targets: asked),
      targets: reports)
  }

  private func declaredTargets(_ collected: Collected) -> [TargetName] {
    if let declared = collected.declared { return Array(Set(declared)) }
    let known = Set(request.knownTargets).subtracting(request.source.retired)
    return Array(known.union(collected.reading.targets))
  }

  private func narrowed(_ declared: [TargetName]) throws(Failure) -> [TargetName] {
    guard let targets = request.targets else { return declared }
    for target in targets where !declared.contains(target) {
      throw Failure(
        .unknownTarget, source: request.source.name, "\(target) is not among the source's targets",
        hint: Failure.didYouMean(target.text, among: declared.map(\.text))
          + "Leave --target out to see which there are.")
    }
    guard !targets.isEmpty else {
      throw Failure(
        .unknownTarget, source: request.source.name, "no target is asked for",
        hint: "Leave --target out for all.")
    }
    return Array(Set(targets))
  }

  /// The facts of a target are compared as a whole only when nothing at all was wrong with the run.
  private func report(_ target: TargetName, in reading: SnapshotReading) -> TargetReport {
    switch reading.answers[target] {
    case nil:
      let reasons = reading.diagnostics.isEmpty ? [TargetReport.Reason(.notReported)] : reading.diagnostics
      return TargetReport(target: target, state: .failed, reasons: reasons, listsEverySubject: false)
    case .unreachable(let detail):
      return TargetReport(
        target: target, state: .unreachable, reasons: [.init(.unreachable, detail)] + reading.diagnostics,
        listsEverySubject: false)
    case .failed(let reason):
      return TargetReport(
        target: target, state: .failed,
        reasons: [reason] + reading.diagnostics.filter { $0.code != reason.code },
        listsEverySubject: false)
    case .facts(let raw):
      guard let facts = filter.apply(raw, redactor: request.redactor) else {
        return TargetReport(
          target: target, state: .failed,
          reasons: [.init(.nothingDeclared, "no fact matches include")] + reading.diagnostics,
          listsEverySubject: false)
      }
      let isWhole = reading.diagnostics.isEmpty
      var report = TargetReport(
        target: target, state: isWhole ? .observed : .partly, reasons: reading.diagnostics,
        listsEverySubject: isWhole, facts: facts, groupDepth: snapshot.groupDepth)
      report.unordered = filter.unorderedSecrets(in: facts)
      report.include = snapshot.include
      return report
    }
  }
}
