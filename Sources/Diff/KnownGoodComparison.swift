import Facts
import StrictJSON

extension TargetReport {
  /// A snapshot's report with the subjects that its facts and the known-good come to.
  ///
  /// Without a known-good nothing is in sync and nothing is drift: the target says so and is only partly observed.
  ///
  /// - Parameter redaction: under which keys the facts were redacted. The comparison is made under the known-good's epoch, and
  ///   what comes of it is written under that.
  func compared(with knownGood: KnownGood?, _ redaction: Redaction?) -> TargetReport {
    guard facts != nil else { return self }
    var report = self
    // What the collector itself could not read stays a blind spot, whatever stands in the facts.
    let blind = subjects.filter(\.isUnobserved)
    guard let knownGood else {
      if report.state == .observed { report.state = .partly }
      report.reasons.append(.init(.noKnownGood))
      report.subjects = blind
      report.listsEverySubject = false
      return report
    }
    let places = Set(blind.compactMap { JSONPointer($0.subject.text) })
    report.subjects =
      blind
      + subjects(comparedWith: included(of: knownGood.facts), redaction).filter { subject in
        !(JSONPointer(subject.subject.text).map(places.contains) ?? false)
      }
    if report.subjects.contains(where: \.isUnobserved), report.state == .observed { report.state = .partly }
    return report
  }

  /// The facts of a known-good that this run was to observe.
  private func included(of knownGood: JSON) -> JSON {
    guard !include.isEmpty else { return knownGood }
    return knownGood.keeping(include.compactMap { JSONPointerPattern($0) }) ?? .object(JSONObject())
  }

  /// A subject for each group of facts that either side has.
  func subjects(comparedWith knownGood: JSON, _ redaction: Redaction?) -> [SubjectReport] {
    let depth = max(1, groupDepth ?? 1)
    let redaction = redaction ?? Redaction(epoch: "")
    let wanted = Self.groups(of: knownGood, depth)
    let found = Self.groups(of: facts(like: knownGood, redaction), depth)
    let desired = Self.withoutEmptyBranches(wanted, where: found)
    let observed = Self.withoutEmptyBranches(found, where: wanted)
    return Set(desired.keys).union(observed.keys).sorted().map { pointer in
      compare(desired[pointer], observed[pointer], at: pointer, redaction)
    }
  }

  /// The facts under the epoch of the known-good, where the keys for it were at hand.
  private func facts(like knownGood: JSON, _ redaction: Redaction) -> JSON {
    guard let facts else { return .object(JSONObject()) }
    guard !redaction.older.isEmpty, let epoch = redaction.olderEpoch(of: CanonicalJSON.line(knownGood)) else {
      return facts
    }
    var expressed = redaction.express(facts, under: epoch)
    // The innermost first: its order is part of how the outer one is written.
    let places = unordered.compactMap { JSONPointer($0) }.sorted { $0.tokens.count > $1.tokens.count }
    for place in places { expressed = Self.sorting(expressed, at: place.tokens[...]) }
    return expressed
  }

  private static func sorting(_ value: JSON, at place: ArraySlice<String>) -> JSON {
    switch value {
    case .array(let elements):
      guard let next = place.first else {
        return .array(
          elements.map { (bytes: CanonicalJSON.line($0.sorted()), value: $0) }
            .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.value))
      }
      guard let index = Int(next), elements.indices.contains(index) else { return value }
      var copy = elements
      copy[index] = sorting(elements[index], at: place.dropFirst())
      return .array(copy)
    case .object(var object):
      guard let name = place.first, let member = object[name] else { return value }
      object[name] = sorting(member, at: place.dropFirst())
      return .object(object)
    default: return value
    }
  }

  private func compare(
    _ desired: JSON?, _ observed: JSON?, at pointer: JSONPointer, _ redaction: Redaction
  ) -> SubjectReport {
    let subject = pointer.description
    func report(_ state: SubjectReport.State) -> SubjectReport {
      SubjectReport(
        SubjectName(subject), state, desired: desired.map(Digest.init(of:)), reality: observed.map(Digest.init(of:)))
    }
    guard let observed else {
      // A name that holds a secret of an epoch without a key: what is there under another name may be the same.
      let named = RedactionTag.epochs(in: subject).subtracting([redaction.epoch])
      if named.contains(where: { redaction.checks[$0] == nil }), !redaction.epoch.isEmpty {
        return report(.unobserved(.redactionKeyMissing))
      }
      guard listsEverySubject else { return report(.unobserved(.notReported)) }
      return report(
        .drifted(.missing, Delta([.init(path: subject, .values(desired: desired, observed: nil))]), nil))
    }
    guard let desired else {
      return report(
        .drifted(.unexpected, Delta([.init(path: subject, .values(desired: nil, observed: observed))]), nil))
    }
    var comparison = ValueComparison(redaction)
    comparison.compare(desired, observed, at: pointer)
    // What certainly differs is drift, even where something else cannot be determined.
    guard comparison.entries.isEmpty else { return report(.drifted(.changed, Delta(comparison.entries), nil)) }
    return report(comparison.isUnknown ? .unobserved(.redactionKeyMissing) : .inSync)
  }

  /// The values at a depth, or above it where a branch ends sooner.
  private static func groups(of facts: JSON, _ depth: Int) -> [(JSONPointer, JSON)] {
    var found: [(JSONPointer, JSON)] = []
    func descend(_ value: JSON, _ pointer: JSONPointer, _ remaining: Int) {
      if remaining > 0, case .object(let object) = value, !object.isEmpty {
        for (name, member) in object.members { descend(member, pointer.appending(name), remaining - 1) }
      } else {
        found.append((pointer, value))
      }
    }
    descend(facts, .root, depth)
    return found
  }
}

extension TargetReport {
  /// An object with nothing in it is no fact of its own where the other side has facts inside it.
  private static func withoutEmptyBranches(
    _ groups: [(JSONPointer, JSON)], where others: [(JSONPointer, JSON)]
  ) -> [JSONPointer: JSON] {
    var branches: Set<JSONPointer> = []
    for (pointer, _) in others {
      for length in 0..<pointer.tokens.count {
        branches.insert(JSONPointer(tokens: Array(pointer.tokens.prefix(length))))
      }
    }
    let kept = groups.filter { pointer, value in
      guard case .object(let object) = value, object.isEmpty else { return true }
      return !branches.contains(pointer)
    }
    return Dictionary(kept, uniquingKeysWith: { first, _ in first })
  }
}

/// Two values of one fact, compared down to where they differ.
struct ValueComparison {
  private(set) var entries: [Delta.Entry] = []
  /// Two secrets stand there under different keys, one of which was not at hand.
  private(set) var isUnknown = false
  private let redaction: Redaction

  init(_ redaction: Redaction) {
    self.redaction = redaction
  }

  mutating func compare(_ desired: JSON, _ observed: JSON, at pointer: JSONPointer) {
    if desired == observed { return }
    switch redaction.compare(older: CanonicalJSON.line(desired.sorted()), newer: CanonicalJSON.line(observed.sorted()))
    {
    case .same: return
    case .unknown:
      isUnknown = true
      return
    case .different: break
    }
    switch (desired, observed) {
    case (.object(let left), .object(let right)):
      for (name, member) in left.members {
        if let other = right[name] {
          compare(member, other, at: pointer.appending(name))
        } else {
          add(.values(desired: member, observed: nil), at: pointer.appending(name))
        }
      }
      for (name, member) in right.members where left[name] == nil {
        add(.values(desired: nil, observed: member), at: pointer.appending(name))
      }
    case (.array(let left), .array(let right)):
      if let lines = Self.listLines(left, right) {
        add(.text(lines), at: pointer)
      } else {
        add(.values(desired: desired, observed: observed), at: pointer)
      }
    default:
      add(.values(desired: desired, observed: observed), at: pointer)
    }
  }

  private mutating func add(_ content: Delta.Content, at pointer: JSONPointer) {
    entries.append(.init(path: pointer.description, content))
  }

  /// Sorted lists of words read best as what is gone and what came. Only there do the lines tell the whole list:
  /// elsewhere a change of order would hide behind them.
  private static func listLines(_ desired: [JSON], _ observed: [JSON]) -> [String]? {
    guard let left = words(desired), let right = words(observed), left.count + right.count > 4,
      isSorted(left), isSorted(right)
    else { return nil }
    var surplus: [[UInt8]: Int] = [:]
    for word in right { surplus[Array(word.utf8), default: 0] += 1 }
    var lines: [String] = []
    for word in left {
      if let count = surplus[Array(word.utf8)], count > 0 {
        surplus[Array(word.utf8)] = count - 1
      } else {
        lines.append("-\(word)")
      }
    }
    for word in right {
      if let count = surplus[Array(word.utf8)], count > 0 {
        surplus[Array(word.utf8)] = count - 1
        lines.append("+\(word)")
      }
    }
    return lines.isEmpty ? nil : lines
  }

  private static func isSorted(_ words: [String]) -> Bool {
    zip(words, words.dropFirst()).allSatisfy { !$1.utf8.lexicographicallyPrecedes($0.utf8) }
  }

  private static func words(_ elements: [JSON]) -> [String]? {
    var words: [String] = []
    for element in elements {
      guard case .string(let text) = element, !text.utf8.contains(0x0a) else { return nil }
      words.append(text)
    }
    return words
  }
}
