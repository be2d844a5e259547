import Facts
import Observe
import Secrets
import StrictJSON

/// All that one run says of one resource instance, and what follows from it.
struct TofuSubject {
  let key: TofuAddress
  var isInState = false
  var isDeposed = false
  /// What the states mark as sensitive of it.
  var stateMarks = JSON.bool(false)
  /// From the refresh-only plan.
  var drift: TofuChange?
  /// From the normal plan, which observed a little later.
  var laterDrift: TofuChange?
  var planned: TofuChange?
  /// Announced by a stream, and in no document.
  var announced: TofuStream.Announcement?

  init(_ key: TofuAddress) {
    self.key = key
  }

  /// What there is to say without asking whether the plans are whole: a difference that was seen is never taken back.
  ///
  func difference(redactor: Redactor) -> Difference {
    let sides = Sides(self, redactor: redactor)
    let state: SubjectReport.State? =
      switch plannedAction {
      case .create: .drifted(.missing, sides.missing(), cause(sides))
      case .delete: .drifted(.unexpected, sides.unexpected(), removalCause)
      case .update: changed(sides, [])
      case .replace:
        changed(sides, [Self.replacement(planned?.reason)])
      case .unknown: .drifted(.changed, Delta([.init(path: "", .opaque(.changed))]), nil)
      case .none: unplanned(sides)
      }
    var held: [JSONPointer] = []
    if case .drifted(.changed, _, _)? = state, sides.isDrifted {
      held = sides.entries().filter(\.isHeldByState).map(\.path)
    }
    // Beside a change that is planned no document shows the whole of what is declared.
    return Difference(
      state: state, desired: held.isEmpty || sides.plansNothing ? sides.desiredDigest : nil,
      reality: sides.realityDigest, held: held, actual: sides.reality)
  }

  struct Difference {
    /// Nil when nothing is known to differ, which is no proof that nothing does.
    var state: SubjectReport.State?
    var desired: Digest?
    var reality: Digest?
    /// Where the desired side is only what the state held.
    var held: [JSONPointer]
    /// What is there, redacted.
    var actual: JSON?
  }

  private func unplanned(_ sides: Sides) -> SubjectReport.State? {
    if isGone { return .drifted(.missing, sides.missing(), .world) }
    if sides.isDrifted { return changed(sides, []) }
    if planned?.values.isImporting == true { return .drifted(.changed, Self.pendingImport, .declaration) }
    if planned != nil, sides.plannedDiffers { return changed(sides, []) }
    guard let announced else { return nil }
    let kind: Kind =
      switch (announced.action, announced.isDrift) {
      case ("delete", true), ("create", false): .missing
      case ("delete", false), ("remove", false): .unexpected
      default: .changed
      }
    // Without values it is unknown whether an update is more than another notation of the same.
    return .drifted(
      kind, Delta([.init(path: "", .opaque(.changed))]), announced.isDrift && kind == .missing ? .world : nil)
  }

  private func changed(_ sides: Sides, _ first: [Delta.Entry]) -> SubjectReport.State {
    var entries = first + sides.entries().map(\.entry)
    if entries.isEmpty { entries = [besideValues ?? .init(path: "", .opaque(.changed))] }
    if planned?.values.isImporting == true { entries.insert(contentsOf: Self.pendingImport.entries, at: 0) }
    return .drifted(.changed, Delta(entries), cause(sides))
  }

  // MARK: What the tool would do

  private enum Action { case none, create, update, replace, delete, unknown }

  private var plannedAction: Action {
    guard let planned else { return .none }
    switch planned.actions {
    case ["no-op"], ["read"]: return .none
    case ["create"]: return .create
    case ["update"]: return .update
    case ["delete"], ["forget"]: return .delete
    case ["delete", "create"], ["create", "delete"], ["create", "forget"], ["forget", "create"]:
      return .replace
    default: return .unknown
    }
  }

  private var isGone: Bool {
    (laterDrift ?? drift)?.actions == ["delete"] || drift?.actions == ["delete"]
  }

  // MARK: Causes

  /// Which side moved, where that is proven.
  ///
  /// A plan shows what the configuration asks for and what is there, not when either changed. In `resource_drift`
  /// reality left the state: the world moved, and the declaration too where it asks for something else than the state
  /// held. Outside of it, a new declaration and drift that another program's refresh wrote into the state look the
  /// same: nil.
  private func cause(_ sides: Sides) -> Cause? {
    guard sides.isDrifted || isGone else { return nil }
    return sides.declarationMoved ? .both : .world
  }

  private var removalCause: Cause? {
    let isDrifted = [drift, laterDrift].contains {
      $0.map { $0.actions == ["update"] && $0.values.isRealDrift } ?? false
    }
    let isDeclared = planned?.reason?.hasPrefix("delete_because_") ?? false
    guard isDeclared || isDeposed || planned?.actions == ["forget"] else { return isDrifted ? .world : nil }
    return isDrifted ? .both : .declaration
  }

  // MARK: Statements about the whole object, at the path of the whole: texts, where its value would be an object

  /// Where all values are the same: another identity, or other marks of what is sensitive.
  private var besideValues: Delta.Entry? {
    for values in [planned, laterDrift, drift].compactMap({ $0?.values }) where !values.actions.contains("no-op") {
      let isPlan = planned != nil
      let identities = values.identities
      if let before = identities.before, let after = identities.after, before != after {
        let (old, new) = ("identity \(Self.line(before))", "identity \(Self.line(after))")
        return .init(path: "", .values(desired: .string(isPlan ? new : old), observed: .string(isPlan ? old : new)))
      }
      if SensitiveMarks.marksAnything(values.beforeMarks) || SensitiveMarks.marksAnything(values.afterMarks),
        values.beforeMarks != values.afterMarks
      {
        return .init(
          path: "",
          .values(
            desired: .string("marked as sensitive: \(Self.line(values.afterMarks))"),
            observed: .string("marked as sensitive: \(Self.line(values.beforeMarks))")))
      }
    }
    return nil
  }

  private static func line(_ json: JSON) -> String {
    String(decoding: CanonicalJSON.line(json.sorted()).dropLast(), as: UTF8.self)
  }

  private static func replacement(_ reason: String?) -> Delta.Entry {
    let why = reason.map { " (\($0))" } ?? ""
    return .init(path: "", .values(desired: .string("a new object\(why)"), observed: "this object"))
  }

  private static let pendingImport = Delta([
    .init(path: "", .values(desired: "imported into the state", observed: "not in the state"))
  ])
}
