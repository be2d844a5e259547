import Facts

/// All that one run says of one resource instance, and what follows from it.
struct TofuSubject {
  let key: TofuAddress
  var isInState = false
  var isDeposed = false
  /// From the refresh-only plan.
  var drift: TofuChange?
  /// From the normal plan, which looked a little later.
  var laterDrift: TofuChange?
  var planned: TofuChange?
  /// Announced by a stream, and in no document.
  var announced: TofuStream.Announcement?

  init(_ key: TofuAddress) {
    self.key = key
  }

  /// What there is to say without asking whether the plans are whole: a difference that was seen is never taken back.
  ///
  /// - Returns: no state when nothing is known to differ, which is no proof that nothing does.
  func difference(redactor: Redactor) -> (state: SubjectReport.State?, desired: Digest?, reality: Digest?) {
    let sides = Sides(self, redactor: redactor)
    let state: SubjectReport.State? =
      switch plannedAction {
      case .create: .drifted(.missing, sides.missing(), cause(of: [], sides))
      case .delete: .drifted(.unexpected, sides.unexpected(), removalCause)
      case .update: changed(sides, [])
      case .replace:
        planned?.reason == "replace_because_tainted" || planned?.reason == "replace_by_request"
          ? .drifted(
            .changed, Delta([.init(path: "", .opaque(.changed))] + sides.entries().map(\.entry)), .world)
          : changed(sides, [Self.replacement(planned?.reason)])
      case .unknown: .drifted(.changed, Delta([.init(path: "", .opaque(.changed))]), nil)
      case .none: unplanned(sides)
      }
    return (state, sides.desiredDigest, sides.realityDigest)
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
    return .drifted(kind, Delta([.init(path: "", .opaque(.changed))]), announced.isDrift ? .world : nil)
  }

  private func changed(_ sides: Sides, _ first: [Delta.Entry]) -> SubjectReport.State {
    let found = sides.entries()
    var entries = first + found.map(\.entry)
    if entries.isEmpty { entries = [.init(path: "", .opaque(.changed))] }
    if planned?.values.isImporting == true { entries.insert(contentsOf: Self.pendingImport.entries, at: 0) }
    return .drifted(.changed, Delta(entries), cause(of: found, sides))
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
  /// A plan shows what the configuration asks for and what is there, not when either changed. In `resource_drift` reality
  /// left the state: the world moved, and the declaration too where it asks for something else than the state held. Outside of
  /// it, a new declaration and drift that somebody's refresh wrote into the state look the same: nil.
  private func cause(of found: [Sides.Found], _ sides: Sides) -> Cause? {
    guard sides.isDrifted || isGone else { return nil }
    return sides.declarationMoved(within: found) ? .both : .world
  }

  private var removalCause: Cause? {
    let isDrifted = [drift, laterDrift].contains { $0?.actions == ["update"] }
    let isDeclared = planned?.reason?.hasPrefix("delete_because_") ?? false
    guard isDeclared || isDeposed || planned?.actions == ["forget"] else { return isDrifted ? .world : nil }
    return isDrifted ? .both : .declaration
  }

  // MARK: Statements about the whole object, at the path of the whole: texts, where its value would be an object

  private static func replacement(_ reason: String?) -> Delta.Entry {
    let why = reason.map { " (\($0))" } ?? ""
    return .init(path: "", .values(desired: .string("a new object\(why)"), observed: "this object"))
  }

  private static let pendingImport = Delta([
    .init(path: "", .values(desired: "imported into the state", observed: "not in the state"))
  ])
}
