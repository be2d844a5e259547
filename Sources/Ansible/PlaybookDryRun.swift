import Facts
import Failures
import Observe
import Processes
import Secrets
import StrictJSON

extension AnsibleAuthority {
  /// Runs the playbook in check mode on the findings' hosts, in the sealed view of its files, and says all that it would change.
  ///
  /// Where more than the chosen findings would change, a second run tries whether tags select exactly them; if they do not, the whole
  /// playbook is proposed, with everything that it would change.
  ///
  /// Ansible keeps no state that could adopt anything.
  package func dryRun(
    _ request: ObservationRequest, to action: Proposal.Action, _ chosen: [DryRun.Chosen], like arguments: [String]?,
    _ sealing: Sealing
  ) async throws(Failure) -> DryRun {
    let tags = arguments.map(Self.tags)
    let bundle = try await PlaybookSeal(request, configuration).bundle(sealing)
    try sealing.check(bundle, source: request.source.name)
    var dry = PlaybookDryRun(
      request: request, configuration: configuration, bundle: bundle, view: try request.observingView(), chosen: chosen)
    let first = try await dry.makeSealed(tags, sealing)
    try chosen.checkCleared(
      by: first.shown, source: request.source.name, unseen: ", or let the playbook read before it changes anything")
    guard tags == nil, first.shown.contains(where: { $0.change.finding == nil }), let tags = dry.narrowerTags(first)
    else { return try await dry.complete(first) }
    guard let second = try? await dry.make(tags: tags, in: "check-tags"),
      second.shown.allSatisfy({ $0.change.finding != nil || $0.why == PlaybookDryRun.handler }),
      (try? chosen.checkCleared(by: second.shown, source: request.source.name)) != nil
    else { return try await dry.complete(first) }
    return try await dry.complete(second)
  }

  /// The tags among the words of a proposal.
  private static func tags(in arguments: [String]) -> [String] {
    guard let place = arguments.firstIndex(of: "--tags"), place + 1 < arguments.count else { return [] }
    return arguments[place + 1].split(separator: ",").map(String.init)
  }
}

/// Check runs of a playbook, and what they show.
struct PlaybookDryRun {
  let request: ObservationRequest
  let configuration: AuthorityConfiguration.Ansible
  var bundle: SealedBundle
  var view: Sandbox?
  let chosen: [DryRun.Chosen]

  static let handler = "a handler"

  struct Made {
    var dryRun: DryRun
    var output: RunOutput
    var run: PlaybookRun
    /// What lies where it would change something.
    var there: [ToldActs.There]
    var state: PlaybookState { output.state }
    var shown: [DryRun.Shown] { dryRun.shown }
  }

  /// What a run showed.
  struct RunOutput {
    var shown: [DryRun.Shown]
    var state: PlaybookState
    /// The paths that its tasks are about, on whichever host.
    var managed: [String] { state.origins.managed }
  }

  /// The run in the sealed view.
  ///
  /// Where a part of it happens on this host, it must show what a run shows that sees all of the host. The paths of
  /// that run name the folders that the sealed run must see. The source's last observation was such a run. Where its
  /// raw output is not at hand, or shows something else by now, praxis makes another run.
  mutating func makeSealed(_ tags: [String]?, _ sealing: Sealing) async throws(Failure) -> Made {
    guard sealing.approved == nil, bundle.isSandboxed, bundle.mentionsThisHost else {
      return try await makeSealed(tags, like: nil, in: "check")
    }
    let open = self
    if let last = lastObservation(in: sealing.lastObservation) {
      do throws(Failure) {
        return try await makeSealed(tags, like: last, in: "check")
      } catch {
        guard error.kind != .interrupted else { throw error }
        self = open
      }
    }
    return try await makeSealed(tags, like: make(tags: [], in: "open").output, in: "sealed")
  }

  private mutating func makeSealed(_ tags: [String]?, like open: RunOutput?, in folder: String) async throws(Failure)
    -> Made
  {
    if let open { bundle.allow(writing: bundle.localTargets(open.managed)) }
    view = try bundle.observingView(request)
    let made = try await make(tags: tags ?? [], in: folder)
    if let open { try check(made.output, showsTheSameAs: open) }
    try bundle.checkWrites(try await written(made, tags), source: source)
    return made
  }

  /// What the source's last observation showed, where its raw output is still here and it observed all of the hosts.
  private func lastObservation(in folder: String?) -> RunOutput? {
    guard let folder,
      let reading = try? PlaybookReading(
        EvidenceFolder(folder, source: source), playbook: configuration.playbook, source: source,
        redactor: request.redactor, mode: .dryRun),
      let shown = try? shown(by: reading, flaws: reading.flaws, on: hosts)
    else { return nil }
    return RunOutput(shown: shown, state: reading.state)
  }

  private func shown(
    by reading: PlaybookReading, flaws: [TargetReport.Reason], on targets: [TargetName]
  ) throws(Failure) -> [DryRun.Shown] {
    let reports = TargetReports(reading.state, flaws: flaws, keepsHandlers: true)
    var shown: [DryRun.Shown] = []
    for target in targets { shown += try changes(reports.report(on: target, isAskedFor: true), reading.state) }
    shown.settle()
    return shown
  }

  var source: SourceName { request.source.name }

  /// The chosen findings' hosts, each once, in order.
  private var hosts: [TargetName] { Set(chosen.map(\.target)).sorted() }

  func make(tags: [String], in folder: String) async throws(Failure) -> Made {
    // What --limit would take for a pattern could select other hosts than the one that is called so.
    if let odd = hosts.first(where: { !Self.isPlain($0) }) {
      throw incomplete("the host \(odd) has a name that --limit would take for a pattern")
    }
    var request = request
    request.targets = hosts
    // All runs of one dry run have their private folders where the view has them.
    let run = try PlaybookRun(request, configuration, tags: tags, in: view, tellsActs: true).writing(to: folder)
    try await run.run()
    let reading = try PlaybookReading(
      run.folder, playbook: configuration.playbook, source: source, redactor: request.redactor, mode: .dryRun)
    let flaws = reading.flaws.filter { tags.isEmpty || $0.code != .narrowed || $0.detail != "--tags" }
    if let other = reading.state.selected.union(reading.state.hosts.keys).subtracting(hosts).min() {
      throw incomplete("the run reached \(other), which is none of the findings' hosts")
    }
    let shown = try shown(by: reading, flaws: flaws, on: hosts)
    var notes = reading.state.effects.map { "It ran for real already in the dry run, as the playbook says: \($0)" }
    notes += reading.state.rescues.map { "Where a task of its block fails, this runs, too: \($0)" }
    if bundle.mentionsThisHost { notes += bundle.readOnly(shown.compactMap(\.change.path), source: source) }
    if !tags.isEmpty { notes.append("The run is narrowed to the tags that select exactly the chosen findings.") }
    var dryRun = DryRun(
      tool: reading.tool, program: try run.program("ansible-playbook"),
      arguments: run.arguments, variables: run.environment, directory: request.source.directory,
      bundle: bundle.digest, sealed: bundle, shown: shown,
      standsOn: hosts.map(\.text) + reading.state.effects + reading.state.rescues + request.passedValues, notes: notes)
    dryRun.acts = reading.acts.digests
    return Made(
      dryRun: dryRun, output: RunOutput(shown: shown, state: reading.state), run: run,
      there: reading.acts.there.sorted())
  }

  private static func isPlain(_ host: TargetName) -> Bool {
    guard let first = host.text.utf8.first, Bytes.isAlphanumeric(first) || first == UInt8(ascii: "_") else {
      return false
    }
    return host.text.utf8.allSatisfy { Bytes.isAlphanumeric($0) || "._-".utf8.contains($0) } && host != "all"
  }

  func incomplete(_ why: String) -> Failure {
    Failure(
      .incompleteDryRun, source: source, "the dry run is not complete: \(TerminalSafe.escaped(why))",
      hint:
        "Correct that first; nothing is proposed on half an answer. The run sees the source's directory and what reads: and writes: of the source in praxis.yaml name, and nothing else of this host."
    )
  }

  /// The paths on this host that the whole playbook manages. A narrowed run does not tell them: what it hides (`no_log`), its neighbours show.
  func written(_ made: Made, _ tags: [String]?) async throws(Failure) -> [String] {
    guard bundle.mentionsThisHost, bundle.isSandboxed else { return [] }
    return try await (tags?.isEmpty ?? true ? made : make(tags: [], in: "check-whole")).output.managed
  }

  /// Refuses a sealed run that shows something else than the open one: what it does not see was not approved, and would
  /// decide what is done.
  private func check(_ sealed: RunOutput, showsTheSameAs open: RunOutput) throws(Failure) {
    let (inside, outside) = (Set(sealed.shown.map(\.change)), Set(open.shown.map(\.change)))
    guard let odd = inside.symmetricDifference(outside).map(\.subject).min() else { return }
    throw Failure(
      .notSealable, source: source,
      "in the sandbox \(TerminalSafe.escaped(odd)) shows something else: the playbook reads a file that is not sealed, or computes a value that changes with each run (a time, a random value)",
      hint:
        "Name what it reads in reads:, and local targets in writes: of \(source) in praxis.yaml. A value that changes with each run cannot be approved beforehand."
    )
  }

  // MARK: What it cannot show

  /// The dry run with all that it cannot show. Where it shows all, the run has to be held to it, and so its acts have to be known.
  func complete(_ made: Made) async throws(Failure) -> DryRun {
    let dryRun = explained(made, try await RunDifferences.found(of: request, by: made.run))
    guard dryRun.acts != nil || dryRun.runsUnseen else {
      throw incomplete("this ansible does not tell what its tasks are about to do, so no run could be held to it")
    }
    return dryRun
  }

  /// The dry run with each reason why the run can do otherwise, on each host; bound to what is there now where it does not show that.
  private func explained(_ made: Made, _ differences: RunDifferences) -> DryRun {
    var dryRun = made.dryRun
    dryRun.standsOn += made.there.map { request.redactor.tag(for: $0.text) }
    dryRun.notes += made.there.compactMap(\.elsewhere).map { request.redactor.redact(text: $0) }
    dryRun.notes += unread(made).map {
      "Its present content cannot be read, so a change made to it after the approval is overwritten without notice: \($0)"
    }
    let reasons = differences.reasons
    guard !reasons.isEmpty else { return dryRun }
    dryRun.notes.append("The run can do otherwise than it shows here; the places and the reasons are listed below.")
    for host in hosts {
      dryRun.shown += reasons.prefix(RunDifferences.maximumShown).map { reason in
        one(host, SubjectName(reason.place), .run, Delta([]), nil, why: reason.why)
      }
      if reasons.count > RunDifferences.maximumShown {
        let more = "\(reasons.count - RunDifferences.maximumShown) more places"
        dryRun.shown.append(
          one(host, SubjectName(more), .run, Delta([]), nil, why: "they can give something else, too"))
      }
    }
    dryRun.shown.settle()
    return dryRun
  }

  /// The changes that do not show the actual state, and whose actual state was not read in another way either.
  private func unread(_ made: Made) -> [String] {
    made.shown.filter(\.change.isOpaque).filter { one in
      let task = made.state.origins[one.change.subject]?.task.path
      let found = made.there.filter { $0.host == one.change.target.text && $0.task == task }
      return found.isEmpty || found.contains { !$0.isRead }
    }.map { "\($0.change.target): \($0.change.subject)" }
  }

  // MARK: Tags

  /// For each chosen finding the tag of its task that fewest tasks share; nil where one of them has none.
  func narrowerTags(_ made: Made) -> [String]? {
    var tags: Set<String> = []
    for one in chosen {
      guard let origin = made.state.origins[one.subject] else { return nil }
      let own = origin.task.tags.filter { tag in
        !["always", "never", "all", "tagged", "untagged"].contains(tag)
          && tag.utf8.allSatisfy { Bytes.isAlphanumeric($0) || "_-.".utf8.contains($0) }
      }
      let rarest = own.min { left, right in
        let (a, b) = (uses(of: left, in: made.state), uses(of: right, in: made.state))
        return a == b ? left < right : a < b
      }
      guard let rarest else { return nil }
      tags.insert(rarest)
    }
    return tags.sorted()
  }

  private func uses(of tag: String, in state: PlaybookState) -> Int { state.tasks.count { $0.tags.contains(tag) } }
}
