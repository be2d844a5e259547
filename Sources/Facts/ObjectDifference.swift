import StrictJSON

/// Compares two whole objects, both already redacted, attribute by attribute.
///
/// Null and absent are the same: a resource's attributes are fixed by its schema, and plans leave out what is unknown. Elements of sets
/// have no place of their own, and no document tells a set from a list: lists of scalars are shown whole, and of lists of objects what
/// both sides hold anywhere is set aside.
package struct ObjectDifference {
  package private(set) var entries: [(path: JSONPointer, content: Delta.Content)] = []

  private let bySense: Bool

  /// - Parameters:
  ///   - unknown: a tree whose `true` leaves mark what of `desired` is known only after apply.
  ///   - bySense: whether what says the same in other words is no difference; not for what a plan would change.
  package init(
    desired: JSON?, observed: JSON?, at path: JSONPointer = .root, unknown: JSON = .bool(false), bySense: Bool = false
  ) {
    self.bySense = bySense
    compare(desired ?? .null, observed ?? .null, unknown, at: path)
    entries.sort { $0.path < $1.path }
  }

  private mutating func compare(_ desired: JSON, _ observed: JSON, _ unknown: JSON, at path: JSONPointer) {
    if case .bool(true) = unknown {
      entries.append((path, .opaque(.unknownAfterApply)))
      return
    }
    let hasUnknown = unknown.holdsTrue
    if !hasUnknown, bySense ? desired.says(observed) : desired == observed { return }
    switch (desired, observed) {
    case (.object(let left), .object(let right)) where !desired.isRedacted && !observed.isRedacted:
      var names = left.keys
      names += right.keys.filter { left[$0] == nil }
      names += (unknown.object?.keys ?? []).filter { left[$0] == nil && right[$0] == nil }
      for name in names {
        let (old, new, unknown) = (left[name] ?? .null, right[name] ?? .null, unknown[name] ?? .bool(false))
        // Null and empty say the same; a key of a map that comes or goes does not, however empty what it holds.
        let isOnOneSide = (left[name] == nil) != (right[name] == nil) && old != new
        if bySense, isOnOneSide, !unknown.holdsTrue {
          entries.append((path.appending(name), .between(desired: old, observed: new)))
        } else {
          compare(old, new, unknown, at: path.appending(name))
        }
      }
    case (.array(let left), .array(let right)) where !(left + right).allSatisfy(\.isLeaf):
      compareElements(left, right, unknown, at: path)
    default:
      entries.append((path, hasUnknown ? .opaque(.unknownAfterApply) : .between(desired: desired, observed: observed)))
    }
  }

  private mutating func compareElements(_ left: [JSON], _ right: [JSON], _ unknown: JSON, at path: JSONPointer) {
    var places: [JSON: [Int]] = [:]
    for (index, element) in right.enumerated().reversed() { places[element, default: []].append(index) }
    var lost: [Int] = []
    for (index, element) in left.enumerated() {
      let hasUnknown = (unknown[index] ?? .bool(false)).holdsTrue
      if hasUnknown || places[element]?.popLast() == nil { lost.append(index) }
    }
    let extra = places.values.joined().sorted()
    if lost.isEmpty, extra.isEmpty {
      // All that differs is the order, and in a list that counts.
      entries.append((path, .between(desired: .array(left), observed: .array(right))))
      return
    }
    let pairs = Self.alike(lost, extra, left, right)
    let hasMore = extra.count > lost.count
    for (old, new) in pairs {
      compare(left[old], right[new], unknown[old] ?? .bool(false), at: path.appending(hasMore ? new : old))
    }
    func alone(_ index: Int, _ desired: JSON, _ observed: JSON) {
      entries.append(
        (
          path.appending(index),
          desired == observed ? .opaque(.changed) : .between(desired: desired, observed: observed)
        ))
    }
    let (paired, taken) = (Set(pairs.map(\.0)), Set(pairs.map(\.1)))
    for index in lost where !paired.contains(index) { alone(index, left[index], .null) }
    for index in extra where !taken.contains(index) { alone(index, .null, right[index]) }
  }

  /// Above so many combinations elements are paired in their order.
  private static let maximumCombinations = 4_096

  /// Pairs what is only on one side with what is only on the other, those with the most members in common first.
  private static func alike(_ lost: [Int], _ extra: [Int], _ left: [JSON], _ right: [JSON]) -> [(Int, Int)] {
    guard lost.count * extra.count <= maximumCombinations else { return Array(zip(lost, extra)) }
    func likeness(_ old: Int, _ new: Int) -> Int {
      guard let old = left[old].object, let new = right[new].object else { return 0 }
      return old.members.count { new[$0.key] == $0.value }
    }
    let all = lost.flatMap { old in extra.map { (old, $0, likeness(old, $0)) } }
    var pairs: [(Int, Int)] = []
    var (paired, taken): (Set<Int>, Set<Int>) = ([], [])
    for (old, new, _) in all.sorted(by: { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) })
    where !paired.contains(old) && !taken.contains(new) {
      paired.insert(old)
      taken.insert(new)
      pairs.append((old, new))
    }
    return pairs
  }
}

extension JSON {
  /// Whether a redactor has put it in a secret's place.
  fileprivate var isRedacted: Bool {
    guard case .object(let object) = self, object.count == 1, let tag = object["redacted"]?.string else {
      return false
    }
    return tag.utf8.starts(with: "hmac-sha256:".utf8)
  }

  fileprivate var isLeaf: Bool {
    switch self {
    case .null, .bool, .number, .string: true
    case .array: false
    case .object: isRedacted
    }
  }
}
