import Facts
import Failures
import Processes

extension AnsibleAuthority {
  /// Runs the playbook in check mode on the findings' hosts, in the sealed view of its files, and says all that it would change.
  ///
  /// Where more than the chosen findings would change, a second run tries whether tags select exactly them; if they do not, the whole
  /// playbook is proposed, with everything that it would change. Where some of it happens on this host, a run that sees all of the host
  /// comes first, and names the folders that the sealed one has to see; both have to show the same.
  ///
  /// Ansible keeps no state that could adopt anything.
  package func dryRun(
    _ request: ObservationRequest, to action: Proposal.Action, _ chosen: [DryRun.Chosen], like arguments: [String]?,
    _ sealing: Sealing
  ) async throws(Failure) -> DryRun {
    let tags = arguments.map(Self.tags)
    var bundle = try await PlaybookSeal(request, configuration).bundle(sealing)
    try sealing.check(bundle, source: request.source.name)
    var open: PlaybookDryRun.Made?
    if sealing.approved == nil, bundle.isSandboxed, bundle.mentionsThisHost {
      let dry = PlaybookDryRun(
        request: request, configuration: configuration, bundle: bundle, view: try request.observingView(),
        chosen: chosen)
      let made = try await dry.make(tags: [], in: "open")
      bundle.allow(writing: bundle.localTargets(made.managed))
      open = made
    }
    let dry = PlaybookDryRun(
      request: request, configuration: configuration, bundle: bundle, view: try bundle.lookingView(request),
      chosen: chosen)
    let first = try await dry.make(tags: tags ?? [], in: "check")
    if let open { try dry.check(first, showsTheSameAs: open) }
    try bundle.checkWrites(try await dry.written(first, tags), source: request.source.name)
    let differences = try await RunDifferences.found(of: request, by: first.run)
    try chosen.checkCleared(by: first.shown, source: request.source.name, of: .ansible)
    guard tags == nil, first.shown.contains(where: { $0.change.finding == nil }), let tags = dry.narrowerTags(first)
    else { return try await dry.complete(first, differences) }
    guard let second = try? await dry.make(tags: tags, in: "check-tags"),
      second.shown.allSatisfy({ $0.change.finding != nil || $0.why == PlaybookDryRun.handler }),
      (try? chosen.checkCleared(by: second.shown, source: request.source.name, of: .ansible)) != nil
    else { return try await dry.complete(first, differences) }
    return try await dry.complete(second, differences)
  }

  /// The tags among the words of a proposal.
  private static func tags(in arguments: [String]) -> [String] {
    guard let place = arguments.firstIndex(of: "--tags"), place + 1 < arguments.count else { return [] }
    return arguments[place + 1].split(separator: ",").map(String.init)
  }
}

/// Check runs of a playbook, and what they show.
private struct PlaybookDryRun {
  let request: ObservationRequest
  let configuration: AuthorityConfiguration.Ansible
  let bundle: SealedBundle
  let view: Sandbox?
  let chosen: [DryRun.Chosen]

  static let handler = "a handler"

  struct Made {
    var dryRun: DryRun
    var fold: PlaybookFold
    var run: PlaybookRun
    var shown: [DryRun.Shown] { dryRun.shown }
    /// The paths that its tasks are about, on whichever host.
    var managed: [String] { fold.origins.managed }
  }

  private var source: SourceName { request.source.name }

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
    let run = try PlaybookRun(request, configuration, tags: tags, in: view).writing(to: folder)
    let selected = try await run.run()
    let reading = try PlaybookReading(
      run.folder, playbook: configuration.playbook, source: source, redactor: request.redactor, mode: .dryRun)
    let flaws = reading.flaws.filter { tags.isEmpty || $0.code != .narrowed || $0.detail != "--tags" }
    let reports = TargetReports(reading.fold, flaws: flaws, keepsHandlers: true)
    var shown: [DryRun.Shown] = []
    for target in Set(selected + hosts + Array(reading.fold.hosts.keys)) {
      guard hosts.contains(target) else {
        throw incomplete("the run reached \(target), which is none of the findings' hosts")
      }
      shown += try changes(reports.report(on: target, isAskedFor: true), reading.fold)
    }
    shown.settle()
    var notes = reading.fold.effects.map { "It ran for real already in the dry run, as the playbook says: \($0)" }
    notes += reading.fold.rescues.map { "Where a task of its block fails, this runs, too: \($0)" }
    if bundle.mentionsThisHost { notes += bundle.readOnly(shown.compactMap(\.change.path), source: source) }
    if !tags.isEmpty { notes.append("The run is narrowed to the tags that select exactly the chosen findings.") }
    let dryRun = DryRun(
      tool: reading.tool, program: try run.program("ansible-playbook"),
      arguments: run.arguments, variables: run.environment, directory: request.source.directory,
      bundle: bundle.digest, sealed: bundle, shown: shown,
      standsOn: hosts.map(\.text) + reading.fold.effects + reading.fold.rescues + request.passedValues, notes: notes)
    return Made(dryRun: dryRun, fold: reading.fold, run: run)
  }

  private static func isPlain(_ host: TargetName) -> Bool {
    guard let first = host.text.utf8.first, Bytes.isAlphanumeric(first) || first == UInt8(ascii: "_") else {
      return false
    }
    return host.text.utf8.allSatisfy { Bytes.isAlphanumeric($0) || "._-".utf8.contains($0) } && host != "all"
  }

  private func incomplete(_ why: String) -> Failure {
    Failure(
      .incompleteDryRun, source: source, "the dry run is not complete: \(InertText.line(why))",
      hint:
        "Correct that first; nothing is proposed on half an answer. The run sees the source's directory and what reads: and writes: of the source in praxis.yaml name, and nothing else of this host."
    )
  }

  /// The paths on this host that the whole playbook manages. A narrowed run does not tell them: what it hides (`no_log`), its neighbours show.
  func written(_ made: Made, _ tags: [String]?) async throws(Failure) -> [String] {
    guard bundle.mentionsThisHost, bundle.isSandboxed else { return [] }
    return tags?.isEmpty ?? true ? made.managed : try await make(tags: [], in: "check-whole").managed
  }

  /// What the sealed run does not see would be decided on by what nobody approved.
  func check(_ sealed: Made, showsTheSameAs open: Made) throws(Failure) {
    let (inside, outside) = (Set(sealed.dryRun.changes), Set(open.dryRun.changes))
    guard let odd = inside.symmetricDifference(outside).map(\.subject).min() else { return }
    throw Failure(
      .notSealable, source: source,
      "in the sandbox \(InertText.line(odd)) shows something else: the playbook reads what lies outside of what is sealed",
      hint: "Name what it reads in reads:, and local targets in writes: of \(source) in praxis.yaml.")
  }

  // MARK: What it cannot show

  /// The dry run with each reason why the run can do otherwise, on each host; bound to what is there now where it does not show that.
  func complete(_ made: Made, _ differences: RunDifferences) async throws(Failure) -> DryRun {
    var dryRun = made.dryRun
    let now = try await TargetDigests(of: made.shown.filter(\.change.isOpaque), made.fold, by: made.run)
    dryRun.standsOn += now.digests
    dryRun.notes += now.unread.map {
      "What is there now cannot be read. What somebody changes there after the approval is overwritten without notice: \($0)"
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

  // MARK: What it shows

  private func changes(_ report: TargetReport, _ fold: PlaybookFold) throws(Failure) -> [DryRun.Shown] {
    if let reason = report.reasons.first {
      throw incomplete("\(report.target): \(reason.code.rawValue)\(reason.detail.map { ": \($0)" } ?? "")")
    }
    var shown: [DryRun.Shown] = []
    var names: Set<SubjectName> = []
    func append(_ one: DryRun.Shown) {
      if names.insert(one.change.subject).inserted { shown.append(one) }
    }
    for subject in report.subjects {
      let origin = fold.origins[subject.subject]
      switch subject.state {
      // A handler that nothing notifies does not run.
      case .inSync, .unobserved(.notNotified): continue
      case .drifted(let kind, let delta, _):
        append(one(report.target, subject.subject, Self.action(kind, delta, origin), delta, origin))
      case .unobserved(let why):
        guard Self.runsUnseen.contains(why) else {
          throw incomplete("\(report.target): \(subject.subject): \(why.rawValue)")
        }
        let words = Explained.unseen[why] ?? why.rawValue
        append(one(report.target, subject.subject, .run, Delta([]), origin, why: words))
        for handler in origin?.task.notifies ?? [] {
          let name = fold.naming.name(handler: handler, of: origin?.task.play ?? "")
          append(
            one(report.target, SubjectName(name), .run, Delta([]), nil, why: "a handler that the task before notifies"))
        }
      }
    }
    for effect in fold.effects {
      append(one(report.target, SubjectName(effect), .run, Delta([]), nil, why: "it runs for real, check mode or not"))
    }
    return shown
  }

  private func one(
    _ target: TargetName, _ subject: SubjectName, _ action: PlannedChange.Action, _ delta: Delta,
    _ origin: SubjectOrigins.Origin?,
    why: String? = nil
  ) -> DryRun.Shown {
    DryRun.Shown(
      PlannedChange(
        target: target, subject: subject, action: action, delta: delta.fingerprint,
        isOpaque: action != .run && delta.hides, type: origin?.task.action,
        path: origin?.managed.flatMap { $0.hasPrefix("/") ? request.redactor.redact(text: $0) : nil },
        finding: chosen.finding(target, subject)),
      delta, why: why ?? (origin?.task.isHandler == true ? Self.handler : nil))
  }

  /// Skipped in check mode or for want of what a skipped task would have told: in a real run it does something that nobody saw.
  private static let runsUnseen: Set<Unobserved> = [
    .skippedInCheckMode, .conditionUnknown, .conditionOnCheckMode, .dependsOnUnobserved, .hidden, .overruled,
  ]

  private enum Explained {
    static let unseen: [Unobserved: String] = [
      .skippedInCheckMode: "check mode skips it", .conditionUnknown: "its condition could not be told",
      .conditionOnCheckMode: "its condition asks for check mode",
      .dependsOnUnobserved:
        "it depends on what a task gives only in the run: one that check mode skips, or that reads after a change",
      .hidden: "no_log hides what it does", .overruled: "changed_when or failed_when overrules what the module says",
    ]
  }

  private static func action(
    _ kind: Kind, _ delta: Delta, _ origin: SubjectOrigins.Origin?
  ) -> PlannedChange.Action {
    if kind == .unexpected || origin?.isRemoval == true { return .delete }
    let removes = delta.entries.contains {
      if case .values(let desired, _) = $0.content {
        $0.path == "/state" && desired == .string("absent")
      } else {
        false
      }
    }
    if removes { return .delete }
    return kind == .missing ? .create : .update
  }

  // MARK: Tags

  /// For each chosen finding the tag of its task that fewest tasks share; nil where one of them has none.
  func narrowerTags(_ made: Made) -> [String]? {
    var tags: Set<String> = []
    for one in chosen {
      guard let origin = made.fold.origins[one.subject] else { return nil }
      let own = origin.task.tags.filter { tag in
        !["always", "never", "all", "tagged", "untagged"].contains(tag)
          && tag.utf8.allSatisfy { Bytes.isAlphanumeric($0) || "_-.".utf8.contains($0) }
      }
      let rarest = own.min { left, right in
        let (a, b) = (uses(of: left, in: made.fold), uses(of: right, in: made.fold))
        return a == b ? left < right : a < b
      }
      guard let rarest else { return nil }
      tags.insert(rarest)
    }
    return tags.sorted()
  }

  private func uses(of tag: String, in fold: PlaybookFold) -> Int { fold.tasks.count { $0.tags.contains(tag) } }
}
