import Facts
import StrictJSON

/// What was desired when a finding was opened, and how it is remembered.
extension StateAcceptance {
  func desired(_ attribute: String) -> JSON? {
    open.seen.heldByState.values[attribute] ?? open.delta.desired(of: attribute)
  }

  /// What was desired of an attribute of a finding that does not remember it, where it is still as it was found.
  func undone(_ attribute: String, in actual: JSON) -> JSON? {
    var whole = actual
    for entry in recorded(attribute) {
      guard let tokens = JSONPointer(entry.path)?.tokens else { return nil }
      let value: JSON
      switch entry.content {
      case .values(let desired, _): value = desired ?? .null
      case .text(let hunks):
        guard let text = actual[JSONPointer(tokens: tokens)]?.string, let before = LineDiff.undone(hunks, from: text)
        else { return nil }
        value = .string(before)
      case .opaque, .unobserved: return nil
      }
      guard let put = whole.putting(value, at: tokens[...]) else { return nil }
      whole = put
    }
    return whole[attribute] ?? .null
  }

  func recorded(_ attribute: String) -> [Delta.Entry] {
    let own = open.kind == .changed ? open.delta.entries.filter { Delta.attribute(of: $0.path) == attribute } : []
    return own.isEmpty ? [.init(path: JSONPointer(tokens: [attribute]).description, .opaque(.movedOn))] : own
  }

  /// The same where what was desired is not known whole: lines that are there no more are not shown.
  func recorded(_ attribute: String, _ now: JSON) -> [Delta.Entry] {
    recorded(attribute).map { entry in
      guard case .text(let hunks) = entry.content, let text = now.string, LineDiff.undone(hunks, from: text) == nil
      else { return entry }
      return .init(path: entry.path, .opaque(.movedOn))
    }
  }

  func entries(from desired: JSON, to now: JSON, at attribute: String) -> [Delta.Entry] {
    let line = CanonicalJSON.line(desired)
    if redaction.compare(older: line, newer: CanonicalJSON.line(now)) == .same { return [] }
    // What was remembered under an older key is compared under that.
    let now = redaction.olderEpoch(of: line).map { redaction.express(now, under: $0) } ?? now
    let path = attribute.isEmpty ? JSONPointer.root : JSONPointer(tokens: [attribute])
    return ObjectDifference(desired: desired, observed: now, at: path, bySense: true).entries
      .map { .init(path: $0.description, $1) }
  }
}

extension SubjectReport {
  mutating func remember(_ attribute: String, _ desired: JSON?, of open: Finding, isHeld: Bool) {
    heldByState.values[attribute] = desired ?? heldByState.values[attribute]
    heldByState.object = open.seen.heldByState.object ?? heldByState.object
    guard isHeld, !heldByState.attributes.contains(attribute) else { return }
    for path in open.seen.heldByState.paths where Delta.attribute(of: path) == attribute { hold(path, as: open) }
  }

  /// Of what was not seen to be declared before, it stays so.
  mutating func hold(_ path: String, as open: Finding) {
    guard !heldByState.paths.contains(path) else { return }
    let name = Delta.attribute(of: path)
    if open.seen.heldByState.computed.contains(where: { Delta.attribute(of: $0) == name }),
      heldByState.declarations[name] == nil
    {
      heldByState.computed.append(path)
    } else {
      heldByState.ignored.append(path)
    }
  }

  mutating func forget(_ attribute: String) {
    heldByState.ignored.removeAll { Delta.attribute(of: $0) == attribute }
    heldByState.computed.removeAll { Delta.attribute(of: $0) == attribute }
    heldByState.values[attribute] = nil
  }

  func desired(of attribute: String) -> JSON? {
    guard case .drifted(_, let delta, _) = state else { return nil }
    return heldByState.values[attribute] ?? delta.desired(of: attribute)
  }

  var kept: SubjectReport {
    var copy = self
    var delta: Delta?
    if case .drifted(_, let own, _) = state { delta = own }
    copy.heldByState = heldByState.kept(beside: delta)
    return copy
  }
}

extension Delta.Entry {
  /// Whether another entry is of the same place, or of one in it or around it. An element of a list has no place of its own.
  func covers(_ other: Delta.Entry) -> Bool {
    func place(_ path: String) -> [String] {
      let tokens = JSONPointer(path)?.tokens ?? []
      return Array(tokens.prefix { Int($0) == nil })
    }
    return zip(place(path), place(other.path)).allSatisfy(==)
  }
}

extension JSON {
  /// Whether a declared value is one of blocks, or within one that is there as a list.
  func isOfBlocks(there now: JSON) -> Bool {
    switch self {
    case .object: now.object == nil
    case .array(let elements): elements.contains { $0.object != nil }
    case .null, .bool, .number, .string: false
    }
  }
}
