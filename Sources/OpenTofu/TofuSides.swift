import Facts
import Secrets
import StrictJSON

/// The declared and the real side of one subject, redacted under the marks of everything that was said of it.
struct Sides {
  /// What the state held.
  private let state: JSON?
  /// What is there.
  let reality: JSON?
  /// What the configuration asks for; nil where no plan says so.
  private let planned: JSON?
  private let unknown: JSON
  private let hasPlan: Bool
  let plansNothing: Bool
  /// What anything that was said of it marks as sensitive.
  let marks: JSON
  /// Reality left the state, as far as values tell.
  let isDrifted: Bool
  /// Of the declared side: what is planned, or what the state held where the plan leaves the object as it is.
  let desiredDigest: Digest?
  let realityDigest: Digest?

  struct Found {
    var path: JSONPointer
    var content: Delta.Content
    /// No plan asks for the desired value: the state held it.
    var isHeldByState = false
    var entry: Delta.Entry { Delta.Entry(path: path.description, content) }
  }

  init(_ subject: TofuSubject, redactor: Redactor) {
    let drift = subject.laterDrift ?? subject.drift
    let all = [subject.drift, subject.laterDrift, subject.planned].compactMap { $0?.values }
    let marks = all.map(\.marks).reduce(subject.stateMarks) { SensitiveMarks.union($0, $1) }
    self.marks = marks
    func redacted(_ value: JSON?) -> JSON? { value.map { redactor.redact($0, marks: marks) } }
    isDrifted = subject.realDrift != nil
    hasPlan = subject.planned != nil
    plansNothing = subject.planned?.isNoOp ?? true
    state = redacted(
      isDrifted ? subject.realDrift?.values.before : nil)
    planned = redacted(subject.planned?.values.after)
    unknown = subject.planned.map { redactor.redact(keysOf: $0.values.unknown) } ?? .bool(false)
    // The normal plan observed last; a drift that only the first plan saw still counts as seen.
    let isPassing = isDrifted && subject.laterDrift?.values.isRealDrift != true && plansNothing && hasPlan
    // A plan to remove an object has its state on the one side, which was not refreshed.
    let isRemoved = isDrifted && hasPlan && subject.planned?.values.after == nil
    let shown = isPassing ? subject.drift : (isRemoved ? subject.realDrift : drift)
    let seen = hasPlan && !isPassing && !isRemoved ? subject.planned?.values.before : shown?.values.after
    // Most of a fleet is in sync: then both sides are one value, and it is redacted once.
    reality = plansNothing && seen == subject.planned?.values.after ? planned : redacted(seen)
    realityDigest = reality.map { Digest(of: $0) }
    desiredDigest =
      !isDrifted && hasPlan && planned == reality
      ? realityDigest : (isDrifted && plansNothing || !hasPlan ? state : planned).map { Digest(of: $0) }
  }

  /// A plan that calls itself a no-op and is none.
  var plannedDiffers: Bool { !differences.isEmpty }

  private var differences: [Found] {
    guard hasPlan else { return [] }
    return ObjectDifference(desired: planned, observed: reality, unknown: unknown).entries
      .map { Found(path: $0, content: $1) }
  }

  /// What differs, attribute by attribute.
  ///
  /// An attribute that drifted and that the plan would leave as it is (`ignore_changes`, or computed by the provider) is shown
  /// against what the state held.
  func entries() -> [Found] {
    let found = differences
    let claimed = PathSet(found.map(\.path))
    return (found + drifted.filter { !claimed.touches($0.path) }).sorted { $0.path < $1.path }
  }

  /// What reality left the state in, whatever is planned.
  var drifted: [Found] {
    guard isDrifted else { return [] }
    return ObjectDifference(desired: state, observed: reality, bySense: true).entries
      .map { Found(path: $0, content: $1, isHeldByState: true) }
  }

  /// For each attribute that differs what is asked for, or what the state held where no plan asks; without those that are known only
  /// after an apply.
  func desired(_ found: [Found]) -> [String: JSON] {
    var values: [String: JSON] = [:]
    for (name, own) in Dictionary(grouping: found, by: { $0.path.tokens.first ?? "" }) where !name.isEmpty {
      if own.allSatisfy(\.isHeldByState) {
        values[name] = state?[name] ?? .null
      } else if !(unknown[name] ?? .bool(false)).holdsTrue {
        // Where only a part is left alone, the plan has reality there.
        values[name] = own.filter(\.isHeldByState).reduce(planned?[name] ?? .null) { whole, one in
          whole.putting(state?[one.path] ?? .null, at: one.path.tokens.dropFirst()) ?? whole
        }
      }
    }
    return values
  }

  /// Whether the configuration asks for something else than the state held, in what differs.
  var asksForAnother: Bool {
    guard hasPlan else { return false }
    let moved = ObjectDifference(desired: planned, observed: state, unknown: unknown, bySense: true).entries
      .filter { $0.content != .opaque(.unknownAfterApply) }
    // Where the object is gone there is nothing to find, and all that is asked for counts.
    if reality == nil { return !moved.isEmpty }
    let real = PathSet(differences.filter { $0.content != .opaque(.unknownAfterApply) }.map(\.path))
    return moved.contains { real.touches($0.path) }
  }

  func missing() -> Delta {
    Delta([
      .init(path: "", .values(desired: (hasPlan && planned != nil ? planned : state) ?? .null, observed: nil))
    ])
  }

  func unexpected() -> Delta {
    Delta([.init(path: "", .values(desired: nil, observed: reality ?? .null))])
  }
}

/// Paths, for asking whether another one is among them, above or below one.
private struct PathSet {
  private var paths: Set<JSONPointer> = []
  private var above: Set<JSONPointer> = []

  init(_ list: [JSONPointer]) {
    for path in list {
      paths.insert(path)
      for count in 0..<path.tokens.count {
        above.insert(JSONPointer(tokens: Array(path.tokens.prefix(count))))
      }
    }
  }

  func touches(_ path: JSONPointer) -> Bool {
    if paths.isEmpty { return false }
    if above.contains(path) { return true }
    return (0...path.tokens.count).contains {
      paths.contains(JSONPointer(tokens: Array(path.tokens.prefix($0))))
    }
  }
}
