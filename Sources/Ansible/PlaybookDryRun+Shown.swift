import Facts
import Failures
import Observe
import Secrets

/// What a check run of a playbook shows: each change, and each thing that would run unseen.
extension PlaybookDryRun {
  func changes(_ report: TargetReport, _ state: PlaybookState) throws(Failure) -> [DryRun.Shown] {
    if let reason = report.reasons.first {
      throw incomplete("\(report.target): \(reason.code.rawValue)\(reason.detail.map { ": \($0)" } ?? "")")
    }
    var shown: [DryRun.Shown] = []
    var names: Set<SubjectName> = []
    func append(_ one: DryRun.Shown) {
      if names.insert(one.change.subject).inserted { shown.append(one) }
    }
    for subject in report.subjects {
      let origin = state.origins[subject.subject]
      switch subject.state {
      // A handler that nothing notifies does not run.
      case .inSync, .unobserved(.notNotified): continue
      // It touches nothing, and fails in the run as it does here; what its rescue does is shown.
      case .unobserved(.taskFailed) where ["fail", "assert"].contains(origin?.task.action.split(separator: ".").last):
        continue
      case .drifted(let kind, let delta, _):
        append(one(report.target, subject.subject, Self.action(kind, delta, origin), delta, origin))
      case .unobserved(let why):
        guard Self.runsUnseen.contains(why) else {
          throw incomplete("\(report.target): \(subject.subject): \(why.rawValue)")
        }
        let words = Explained.unseen[why] ?? why.rawValue
        append(one(report.target, subject.subject, .run, Delta([]), origin, why: words))
        for handler in origin?.task.notifies ?? [] {
          let name = state.naming.name(handler: handler, of: origin?.task.play ?? "")
          append(
            one(report.target, SubjectName(name), .run, Delta([]), nil, why: "a handler that the task before notifies"))
        }
      }
    }
    for effect in state.effects {
      append(one(report.target, SubjectName(effect), .run, Delta([]), nil, why: "it runs for real, check mode or not"))
    }
    return shown
  }

  func one(
    _ target: TargetName, _ subject: SubjectName, _ action: PlannedChange.Action, _ delta: Delta,
    _ origin: SubjectOrigins.Origin?,
    why: String? = nil
  ) -> DryRun.Shown {
    DryRun.Shown(
      PlannedChange(
        target: target, subject: subject, action: action, delta: delta.fingerprint,
        isOpaque: action != .run && (delta.hides || delta.redacts), type: origin?.task.action,
        path: origin?.managed.flatMap { $0.hasPrefix("/") ? request.redactor.redact(text: $0) : nil },
        finding: chosen.finding(target, subject)),
      delta, why: why ?? (origin?.task.isHandler == true ? Self.handler : nil))
  }

  /// Skipped in check mode, or undetermined because a skipped task returned nothing: a real run does something here
  /// that check mode did not show.
  private static let runsUnseen: Set<Unobserved> = [
    .skippedInCheckMode, .heldToCheckMode, .conditionUnknown, .conditionOnCheckMode, .dependsOnUnobserved, .hidden,
    .overruled,
    .taskFailed,
  ]

  private enum Explained {
    static let unseen: [Unobserved: String] = [
      .skippedInCheckMode: "check mode skips it", .heldToCheckMode: "check mode skips it",
      .conditionUnknown: "its condition could not be told",
      .conditionOnCheckMode: "its condition asks for check mode",
      .dependsOnUnobserved:
        "it depends on what a task gives only in the run: one that check mode skips, or that reads after a change",
      .taskFailed: "it fails in check mode, and may not fail in the run",
      .hidden: "no_log hides what it does", .overruled: "changed_when or failed_when overrules what the module says",
    ]
  }

  private static let fileKinds = ["file", "directory", "link", "hard"]

  private static func action(
    _ kind: Kind, _ delta: Delta, _ origin: SubjectOrigins.Origin?
  ) -> PlannedChange.Action {
    if kind == .unexpected || origin?.isRemoval == true { return .delete }
    for case .values(let desired, let observed) in delta.entries.filter({ $0.path == "/state" }).map(\.content) {
      if desired == .string("absent") { return .delete }
      // A file that becomes a link or a folder is gone.
      if let observed, fileKinds.contains(where: { observed == .string($0) }) { return .replace }
    }
    return kind == .missing ? .create : .update
  }
}
