import Facts
import Secrets
import StrictJSON

/// Reads one run's evidence as what it proves. Pure: the same evidence gives the same report on every machine.
///
/// A resource is in sync only on positive evidence from both plans. The refresh-only plan must have begun and ended its
/// refresh, and neither plan may list it as drifted; the normal plan must list it as a no-op, since taints, half-failed
/// applies and drift that another program's refresh accepted show there alone. Everything else is drifted or
/// unobserved. Data sources are no subjects: the tool does not report their drift, and one that cannot be read fails
/// its plan.
struct TofuReading {
  private let evidence: TofuEvidence
  private let redactor: Redactor
  private let words: ToolWords
  private let declaration: TofuDeclaration
  private let open: Set<SubjectName>
  private var subjects: [TofuAddress: TofuSubject] = [:]
  /// The addresses that moved, by the one before.
  private var moved: [TofuAddress: TofuAddress] = [:]

  /// - Parameters:
  ///   - open: subjects with open drift.
  ///   - problems: what else kept the run from being whole.
  static func report(
    _ evidence: TofuEvidence, target: TargetName, redactor: Redactor, open: Set<SubjectName>,
    problems: [TofuProblem] = []
  ) -> TargetReport {
    var reading = TofuReading(evidence: evidence, redactor: redactor, open: open)
    reading.gather()
    return reading.report(target: target, problems: problems)
  }

  private init(evidence: TofuEvidence, redactor: Redactor, open: Set<SubjectName>) {
    self.open = open
    declaration = TofuDeclaration(evidence.normal?.document ?? evidence.refreshOnly.document)
    self.evidence = evidence
    self.redactor = redactor
    words = ToolWords(redactor: redactor)
  }

  // MARK: Gathering

  private mutating func gather() {
    let drift = evidence.refreshOnly.document?.drift ?? []
    let laterDrift = evidence.normal?.document?.drift ?? []
    let planned = evidence.normal?.document?.changes ?? []
    for change in drift + laterDrift + planned {
      if let previous = change.previous { moved[previous] = change.key }
    }
    if let state = evidence.state {
      subjects.reserveCapacity(state.instances.count)
      for instance in state.instances {
        let key = key(of: instance)
        subjects[key, default: TofuSubject(key)].isInState = true
        if state.deposed.contains(instance) { subjects[key]?.isDeposed = true }
      }
    }
    let priors = evidence.documents.compactMap(\.prior)
    for prior in priors { expect(prior.instances) }
    for run in evidence.runs { expect(run.stream.started.filter { $0.parts?.isData != true }) }
    mark(by: [evidence.state].compactMap { $0 } + priors)
    take(drift, as: \.drift)
    take(laterDrift, as: \.laterDrift)
    take(planned, as: \.planned)
    for run in evidence.runs {
      for announced in run.unshown where announced.address.parts?.isData != true {
        subjects[announced.address, default: TofuSubject(announced.address)].announced = announced
      }
    }
  }

  /// The address that an instance has by now.
  private func key(of instance: TofuAddress) -> TofuAddress { moved[instance] ?? instance }

  /// What any part of the evidence names is a subject, so that none is left out for being in no list.
  private mutating func expect(_ instances: some Sequence<TofuAddress>) {
    for instance in instances {
      let key = key(of: instance)
      if subjects[key] == nil { subjects[key] = TofuSubject(key) }
    }
  }

  /// What a state marks as sensitive is so wherever it stands.
  private mutating func mark(by states: [TofuState]) {
    for (instance, marks) in states.flatMap(\.marks) {
      let key = key(of: instance)
      guard let known = subjects[key]?.stateMarks else { continue }
      subjects[key]?.stateMarks = SensitiveMarks.union(known, marks)
    }
  }

  private mutating func take(_ changes: [TofuChange], as part: WritableKeyPath<TofuSubject, TofuChange?>) {
    for change in changes where change.isManaged {
      subjects[change.key, default: TofuSubject(change.key)][keyPath: part] = change
      if change.isDeposed { subjects[change.key]?.isDeposed = true }
    }
  }

  // MARK: Judging

  private func report(target: TargetName, problems: [TofuProblem]) -> TargetReport {
    var problems = problems + evidence.refreshOnly.problems
    if let normal = evidence.normal {
      problems += normal.problems
    } else if !problems.contains(where: { $0.code == .lockHeld }) {
      problems.append(
        .init(.notReported, "there is no normal plan, and only that shows what was accepted or half applied"))
    }
    if evidence.refreshOnly.endsUnexplained, evidence.normal?.changesNothing != true {
      problems.append(.init(.contradictory, "the refresh-only plan says that there are changes, and shows none"))
    }
    problems += [evidence.stateProblem, evidence.stored.problem].compactMap(\.self)
    let warnings = evidence.warnings.filter { $0.address.map { subjects[$0] != nil } ?? false }
    let judge = Judge(evidence, problems, warnings)
    let previous = Dictionary(moved.map { ($1, $0) }) { first, _ in first }
    let candidates = vanishedTypes
    var reports: [SubjectReport] = []
    reports.reserveCapacity(subjects.count)
    var hasSeenAny = false
    for subject in subjects.values.sorted(by: { $0.key < $1.key }) {
      let (report, wasSeen) = self.report(subject, judge, movedFrom: previous[subject.key], candidates)
      if wasSeen || evidence.refreshOnly.stream.completed.contains(subject.key) { hasSeenAny = true }
      reports.append(report)
    }
    let declaresNothing = subjects.isEmpty
    reports += TofuCheck.reports(evidence.documents, isWhole: problems.isEmpty, redactor)
    // Half of an errored plan's outputs are missing. A narrowed one shows some, and an older tool's does not say whether it is errored:
    // what these show is so.
    if let document = evidence.normal?.document, document.isErrored != true {
      let outputs = TofuOutputs(document, redactor: redactor).reports
      // In a run that is not whole, and without a resource, an output in sync proves nothing about a fleet.
      reports += declaresNothing || !problems.isEmpty ? outputs.filter { $0.state != .inSync } : outputs
    }
    if declaresNothing, evidence.state != nil, evidence.refreshOnly.isWhole, evidence.normal?.isWhole ?? true {
      problems = [.init(.nothingDeclared, "neither the state nor the configuration holds a managed resource")]
    }
    let reasons = words.reasons(problems + warnings)
    if declaresNothing || (!hasSeenAny && !problems.isEmpty) {
      return TargetReport(
        target: target, state: .failed, reasons: reasons, subjects: reports.filter { !$0.isUnobserved },
        listsEverySubject: false)
    }
    let isWhole = reasons.isEmpty && !reports.contains(where: \.isUnobserved)
    return TargetReport(
      target: target, state: isWhole ? .observed : .partly, reasons: reasons, subjects: reports,
      listsEverySubject: problems.isEmpty)
  }

  /// The types of subjects with open drift that nothing names any more: they may have moved to another address.
  private var vanishedTypes: Set<String> {
    guard !open.isEmpty else { return [] }
    let names = Set(subjects.keys.map(name))
    return Set(open.subtracting(names).compactMap { TofuAddress($0.text).parts?.type })
  }

  private func name(of address: TofuAddress) -> SubjectName { SubjectName(redactor.redact(text: address.text)) }

  private func report(
    _ subject: TofuSubject, _ judge: Judge, movedFrom previous: TofuAddress?, _ vanished: Set<String>
  ) -> (SubjectReport, wasSeen: Bool) {
    var found = subject.difference(redactor: redactor)
    let subjectName = name(of: subject.key)
    let movedFrom = previous.map(name)
    let isOpen =
      open.contains(subjectName) || movedFrom.map(open.contains) ?? false
      || (subject.key.parts.map { vanished.contains($0.type) } ?? false)
    var declared = JSONObject()
    if isOpen || !found.held.isEmpty {
      declared = declaration.values(of: subject.key, for: found.actual, marks: found.marks, redactor)
      found.settle(declared)
    }
    let state = found.state ?? judge.state(of: subject)
    var report = SubjectReport(subjectName, state, desired: found.desired, reality: found.reality)
    report.movedFrom = movedFrom
    if isOpen {
      report.actual = found.actual
      report.declared = .object(declared)
      report.identity = found.identity
    }
    for path in found.held {
      if declaration.declares(path, of: subject.key) {
        report.heldByState.ignored.append(path.description)
      } else {
        report.heldByState.computed.append(path.description)
      }
    }
    if isOpen || found.state != nil {
      report.heldByState.declarations = declaration.digests(of: subject.key, redactor)
    }
    var delta: Delta?
    if case .drifted(_, let own, _) = state { delta = own }
    report.heldByState.values = found.values
    if !found.held.isEmpty { report.heldByState.object = found.actual?["id"]?.string }
    report.heldByState = report.heldByState.kept(beside: delta)
    if case .unobserved = state { return (report, false) }
    return (report, true)
  }

  /// Answers for subjects that nothing was seen to be wrong with.
  private struct Judge {
    private let evidence: TofuEvidence
    /// Why nothing that is not mentioned is proven; nil where both plans are whole.
    private let general: Unobserved?
    private let atFault: Set<TofuAddress>
    private let warned: Set<TofuAddress>

    init(_ evidence: TofuEvidence, _ problems: [TofuProblem], _ warnings: [TofuProblem]) {
      self.evidence = evidence
      general = problems.first?.code
      atFault = Set(problems.compactMap(\.address))
      warned = Set(warnings.compactMap(\.address))
    }

    func state(of subject: TofuSubject) -> SubjectReport.State {
      if subject.isDeposed { return .unobserved(.neverRefreshed) }
      let stream = evidence.refreshOnly.stream
      guard stream.started.contains(subject.key), stream.completed.contains(subject.key) else {
        return .unobserved(.notRefreshed)
      }
      if atFault.contains(subject.key) { return .unobserved(.toolFailed) }
      if let general { return .unobserved(general) }
      if warned.contains(subject.key) { return .unobserved(.warned) }
      guard let planned = subject.planned, planned.isNoOp else { return .unobserved(.notReported) }
      return .inSync
    }
  }
}
