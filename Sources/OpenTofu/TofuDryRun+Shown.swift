import Facts
import Failures
import Glibc
import Observe
import Secrets
import StrictJSON

extension TofuDryRun {
  // MARK: What it shows

  func converged(_ document: TofuPlan) throws(Failure) -> [DryRun.Shown] {
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

  func adopted(_ document: TofuPlan) -> [DryRun.Shown] {
    var shown: [DryRun.Shown] = []
    for change in document.drift where change.isManaged {
      var subject = TofuSubject(change.key)
      subject.drift = change
      shown.append(one(subject, change, change.actions == ["delete"] ? .forget : .refresh))
    }
    return shown + accepted(document, beside: shown)
  }

  /// What the state holds already without an approval: adopting it changes nothing but that.
  func accepted(_ document: TofuPlan, beside shown: [DryRun.Shown]) -> [DryRun.Shown] {
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
  func one(
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
        isOpaque: delta.hides || runsPrograms || action != .refresh && delta.redacts, type: change.type,
        finding: chosen.finding(tofu.target, name)),
      Delta(turned), why: why)
  }

  func action(of change: TofuChange) throws(Failure) -> PlannedChange.Action {
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

  func outputs(_ document: TofuPlan) -> [DryRun.Shown] {
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
  func realities(_ document: TofuPlan) -> [String] {
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
