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
    var difference = Difference(
      state: state, desired: nil, reality: sides.realityDigest, actual: sides.reality, marks: sides.marks,
      identity: identity)
    switch state {
    case .drifted(.changed, _, _)?:
      let found = sides.entries()
      difference.values = sides.desired(found)
      if sides.isDrifted { difference.held = found.filter(\.isHeldByState).map(\.path) }
      if case .values(let desired?, _)? = driftedIdentity?.content {
        difference.held.append(.root)
        difference.values[""] = desired
      }
    case .drifted(.unexpected, _, _)? where sides.reality != nil:
      // What drifted before it was taken out of the configuration has, too, once it is back in.
      difference.held = sides.drifted.map(\.path)
      difference.values = sides.desired(sides.drifted)
    default: break
    }
    // Beside a change that is planned no document shows the whole of what is declared.
    if difference.held.isEmpty || sides.plansNothing { difference.desired = sides.desiredDigest }
    return difference
  }

  struct Difference {
    /// Nil when nothing is known to differ, which is no proof that nothing does.
    var state: SubjectReport.State?
    var desired: Digest?
    var reality: Digest?
    /// Where the desired side is only what the state held.
    var held: [JSONPointer] = []
    /// What is desired of each attribute that differs.
    var values: [String: JSON] = [:]
    /// What is there, redacted.
    var actual: JSON?
    var marks: JSON
    var identity: String?

    /// Takes out where the state alone lags behind: reality is as it is declared, and no plan asks for anything there.
    ///
    /// - Parameter declared: the values that the declaration shows.
    mutating func settle(_ declared: JSONObject) {
      guard case .drifted(.changed, let delta, let cause)? = state else { return }
      func isDeclared(_ name: String) -> Bool {
        guard let wanted = declared[name], let now = actual?[name] else { return false }
        return now.isAsked(by: wanted)
      }
      let before = values
      let lagging = Set(held.compactMap(\.tokens.first)).filter { name in
        if declared[name] != nil { return isDeclared(name) }
        guard let now = actual?[name] else { return false }
        // What is computed from a text is as that is.
        return declared.members.contains { text, wanted in
          guard isDeclared(text), let whole = wanted.string else { return false }
          return TextDigests.follows(
            now, whole, before: before[name].flatMap { value in before[text]?.string.map { (value, $0) } })
        }
      }
      guard !lagging.isEmpty else { return }
      let places = held.filter { $0.tokens.first.map(lagging.contains) ?? false }
      held.removeAll { places.contains($0) }
      let left = delta.entries.filter { entry in !places.contains { $0.description == entry.path } }
      for name in lagging where !left.contains(where: { Delta.attribute(of: $0.path) == name }) { values[name] = nil }
      if left.isEmpty {
        (state, desired) = (nil, reality)
      } else {
        state = .drifted(.changed, Delta(left), cause)
      }
    }
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
    if let driftedIdentity { entries.insert(driftedIdentity, at: 0) }
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
  /// reality left the state: the world moved. Where something else is asked for than the state held, a new declaration and drift that
  /// another program's refresh wrote into the state look the same: nil, in `resource_drift` and outside of it.
  private func cause(_ sides: Sides) -> Cause? {
    guard sides.isDrifted || isGone else { return nil }
    return sides.asksForAnother ? nil : .world
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

  /// The drift of the object, as far as values tell: what the normal plan saw comes later.
  var realDrift: TofuChange? { [laterDrift, drift].compactMap { $0 }.first(where: \.values.isRealDrift) }

  /// Reality answers to another identity than the state holds.
  private var driftedIdentity: Delta.Entry? {
    guard let known = realDrift?.values.identities else { return nil }
    return Self.identity(desired: known.before, observed: known.after)
  }

  /// By what the provider knows what is there.
  private var identity: String? {
    (planned?.values.identities.before ?? realDrift?.values.identities.after).map(Self.words(for:))
  }

  private static func words(for identity: JSON) -> String { "identity \(line(identity))" }

  private static func identity(desired: JSON?, observed: JSON?) -> Delta.Entry? {
    guard let desired, let observed, !desired.says(observed) else { return nil }
    return .init(
      path: "", .values(desired: .string(words(for: desired)), observed: .string(words(for: observed))))
  }

  /// Where all values are the same: another identity is planned, or there are other marks of what is sensitive.
  private var besideValues: Delta.Entry? {
    if let planned, !planned.isNoOp,
      let entry = Self.identity(desired: planned.values.identities.after, observed: planned.values.identities.before)
    {
      return entry
    }
    for values in [planned, laterDrift, drift].compactMap({ $0?.values }) where !values.actions.contains("no-op") {
      if values.beforeMarks.holdsTrue || values.afterMarks.holdsTrue, values.beforeMarks != values.afterMarks {
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
