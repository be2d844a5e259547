import Facts
import Failures
import Observe
import Secrets
import StrictJSON

/// Asks Ansible: a playbook in check mode, its own inventory as the list of what should have been observed.
///
/// Both ways lead through the same files and the same reading (`PlaybookReading`):
///
/// - A host is called observed only if the run ended with its recap and with 0, 2 or 4, the host is in the recap, answered, failed
///   nowhere, and no task of it went unobserved. Whatever was seen to differ is reported, however the run ended.
/// - Tasks that prove nothing by nature (`debug`, `set_fact`, `stat`, includes …) are no subjects unless they fail.
/// - A task with `check_mode: false` really ran: it is listed among the effects. A module's result still tells how the host was
///   before it; a program's run tells nothing, unless its `changed_when` says what a change is.
/// - A condition that is false without regard to check mode means: not declared for this host now. One that speaks of check
///   mode, or of a variable that a skipped task would have set, or that the stream does not tell: unobserved.
/// - Praxis' own callback tells what narrowed a run and lists the tasks beforehand. A recording of ansible.posix does neither, so
///   that a host is never called fully observed on its word.
/// - Handlers follow from what notified them: one that ran for drift is not a finding of its own. One that nothing notified and that
///   leaves something on the host is unobserved.
/// - What is declared is counted from the plays as ansible compiled them: each task and handler of each host has a result, or is a
///   gap with its reason. A play that no host matches is a target of its own, called as its subjects begin.
package struct AnsibleAuthority: ConvergingAuthority {
  let configuration: AuthorityConfiguration.Ansible

  package init(_ configuration: AuthorityConfiguration.Ansible) { self.configuration = configuration }

  /// Runs `ansible-playbook --check --diff` and reads what it said.
  package func observe(_ request: ObservationRequest) async throws(Failure) -> Observation {
    let begin = request.now()
    let run = try PlaybookRun(request, configuration)
    try await run.run()
    let reading = try reading(request, in: run.folder)
    let declared = try await run.declared(by: reading)
    return try observation(
      request, reading, in: run.folder, declared: declared, origin: .inventory, begin: begin, end: request.now())
  }

  /// Reads the files that `PlaybookReading` names; `targets.txt` has to be there.
  package func ingest(
    _ request: ObservationRequest, _ times: RecordedTimes, folder: String
  ) throws(Failure) -> Observation {
    let source = request.source.name
    let evidence = EvidenceFolder(folder, source: source, progress: request.progress)
    guard let listed = try PlaybookReading.declaredTargets(in: evidence), !listed.isEmpty else {
      throw Failure(
        .configuration, source: source, "\(PlaybookReading.targets) in \(folder) names no host",
        hint: "Write the hosts that the recorded run should have reached into it, one a line.")
    }
    return try observation(
      request, reading(request, in: evidence), in: evidence, declared: listed, origin: .list, begin: times.begin,
      end: times.end)
  }

  package var datedBy: String? { "praxis' own callback, or with one of ansible.posix" }

  package func programs(of source: SourceConfiguration, path: String) -> [Result<String, Failure>] {
    ["ansible-playbook", "ansible-inventory"].map { name in
      Result { () throws(Failure) in
        try ProgramSearch(source, path: path).ansible(name, in: configuration.binaryDirectory)
      }
    }
  }

  package var files: [(path: String, what: String)] {
    [(configuration.playbook, "playbook"), (configuration.inventory, "inventory")]
      + [configuration.vaultPasswordFile].compactMap(\.self).map { ($0, "vault password") }
      + configuration.extraVarsFiles.map { ($0, "extra variables") }
  }

  package func recordedTimes(in folder: String, _ source: SourceName) throws(Failure) -> RecordedTimes? {
    let folder = EvidenceFolder(folder, source: source)
    var found: [Timestamp] = []
    func take(_ view: JSONView?, _ names: [String]) {
      found += names.compactMap { view?[$0]?.string.flatMap(Timestamp.init(rfc3339:)) }
    }
    func take(entry view: JSONView) {
      for name in ["play", "task"] { take(view[name]?["duration"], ["start", "end"]) }
    }
    let hasEvents = try folder.readLines(PlaybookReading.events) { line throws(Failure) in
      guard let line, let event = try? JSONDocument(parsing: line).root else { return }
      take(event, ["at", "_timestamp"])
      take(entry: event)
    }
    if !hasEvents, let bytes = try folder.read(PlaybookReading.document),
      let root = PlaybookReading.document(in: bytes).flatMap({ try? JSONDocument(parsing: Array($0)).root })
    {
      for play in root["plays"].map({ Array($0.elements) }) ?? [] {
        take(entry: play)
        for task in play["tasks"].map({ Array($0.elements) }) ?? [] { take(entry: task) }
      }
    }
    return RecordedTimes(found)
  }

  private func reading(
    _ request: ObservationRequest, in folder: EvidenceFolder
  ) throws(Failure) -> PlaybookReading {
    try PlaybookReading(
      folder, playbook: configuration.playbook, source: request.source.name, redactor: request.redactor)
  }

  private func observation(
    _ request: ObservationRequest, _ reading: PlaybookReading, in folder: EvidenceFolder, declared: [TargetName],
    origin: Observation.Declaration.Origin, begin: Timestamp, end: Timestamp
  ) throws(Failure) -> Observation {
    let source = request.source.name
    // praxis' own runs are made of what the source declares; of a recording only its own words tell.
    let untold = origin == .list ? try reading.origin.check(configuration, request.source) : []
    let reached = reading.state.selected.union(reading.state.recap.map { Array($0.keys) } ?? [])
    guard reached.isEmpty || !Set(declared).isDisjoint(with: reached) || origin == .inventory else {
      throw Failure(
        .inconsistent, source: source, "the recorded run reached none of the hosts in \(PlaybookReading.targets)",
        hint: "It was recorded with another inventory, or the file is another run's.")
    }
    var flaws = reading.flaws
    // A limit of our own is what `targets` asked for; any other one went behind our back.
    if reading.limit != nil, request.targets == nil { flaws.append(.init(.narrowed, "--limit")) }
    let (targets, isWanted) = try Self.targets(declared, request, reading.state)
    let reports = TargetReports(reading.state, flaws: flaws)
    let unmatched = reports.unmatchedPlays.filter {
      request.targets == nil && !request.source.retired.contains($0.target)
    }
    let bundle = PlaybookBundle(
      directory: request.source.directory, named: [configuration.playbook, configuration.inventory])
    let recorded = try folder.evidence([
      PlaybookReading.events, PlaybookReading.document, PlaybookReading.exitCode, PlaybookReading.targets,
      PlaybookRun.inventory,
    ])
    var observation = try Observation(
      source: source, authority: .ansible, run: request.run, tool: reading.tool, begin: begin, end: end,
      evidence: recorded, desired: bundle.digest(request.redactor), rules: request.rules,
      declaration: .init(origin: origin, isWhole: request.targets == nil, targets: targets + unmatched.map(\.target)),
      targets: targets.map { reports.report(on: $0, isAskedFor: isWanted($0)) } + unmatched,
      effects: reading.state.effects)
    observation.notes = reading.notes + untold
    observation.toolRun = reading.origin.run.map { Digest(of: Array($0.utf8)) }
    return observation
  }

  /// Who is reported on: the declared hosts, those that a play selected while it ran (`add_host`), and whoever else reported.
  private static func targets(
    _ declared: [TargetName], _ request: ObservationRequest, _ state: PlaybookState
  ) throws(Failure) -> ([TargetName], (TargetName) -> Bool) {
    var wanted = state.selected.union(declared)
    if let asked = request.targets {
      if let unknown = asked.first(where: { !wanted.contains($0) }) {
        throw Failure(
          .unknownTarget, source: request.source.name, "the target \(unknown) is not declared",
          hint: Failure.didYouMean(unknown.text, among: wanted.map(\.text))
            + "Compare with the hosts that ansible-playbook --list-hosts shows.")
      }
      wanted.formIntersection(asked)
    }
    let reported = Set(state.hosts.keys).union(state.recap.map { Array($0.keys) } ?? [])
    let isWanted = { [wanted] (target: TargetName) in wanted.contains(target) }
    return (Array(wanted.union(reported)), isWanted)
  }
}
