import Facts
import Failures
import Secrets
import StrictJSON

/// Makes raw facts comparable: keeps what is asked for, drops what changes by itself, takes secrets out, sorts what has no order.
///
/// A pattern that matches a place means the value there with all that is in it.
struct FactFilter: Sendable {
  /// Empty: everything.
  private let include: [JSONPointerPattern]
  private let ignore: [JSONPointerPattern]
  private let unordered: [JSONPointerPattern]

  init(include: [JSONPointerPattern], ignore: [JSONPointerPattern], unordered: [JSONPointerPattern]) {
    self.include = include
    self.ignore = ignore
    self.unordered = unordered
  }

  /// - Returns: the facts with the members of objects in the order of their keys; nil when nothing is left.
  ///
  /// Sorting comes last: the order is that of the values as they are written, and so tells nothing of a secret.
  func apply(_ facts: JSON, redactor: Redactor) -> JSON? {
    guard let kept = facts.keeping(include, without: ignore), !Self.isEmpty(kept) else {
      return nil
    }
    return sorted(redactor.redact(kept), at: .root).sorted()
  }

  /// The lists without an order that hold secrets, as pointers into filtered facts: under another key they are sorted anew.
  func unorderedSecrets(in facts: JSON) -> [String] {
    var found: [String] = []
    func descend(_ value: JSON, at place: JSONPointer) {
      switch value {
      case .null, .bool, .number, .string: return
      case .object(let object): for (name, member) in object.members { descend(member, at: place.appending(name)) }
      case .array(let elements):
        if unordered.contains(where: { $0.matches(place) }),
          !RedactionTag.epochs(in: CanonicalJSON.line(value)).isEmpty
        {
          found.append(place.description)
        }
        for (index, element) in elements.enumerated() { descend(element, at: place.appending(index)) }
      }
    }
    if !unordered.isEmpty { descend(facts, at: .root) }
    return found
  }

  private static func isEmpty(_ value: JSON) -> Bool {
    if case .object(let object) = value { object.count == 0 } else { false }
  }

  private func sorted(_ value: JSON, at place: JSONPointer) -> JSON {
    switch value {
    case .null, .bool, .number, .string: return value
    case .object(let object):
      var result = JSONObject()
      for (name, member) in object.members { result[name] = sorted(member, at: place.appending(name)) }
      return .object(result)
    case .array(let elements):
      let inner = elements.enumerated().map { sorted($0.element, at: place.appending($0.offset)) }
      guard unordered.contains(where: { $0.matches(place) }) else { return .array(inner) }
      return .array(
        inner.map { (bytes: CanonicalJSON.line($0.sorted()), value: $0) }
          .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }.map(\.value))
    }
  }
}

extension FactFilter {
  /// The filter of a source: its own lists, and for ansible's facts the shipped ones.
  ///
  /// - Throws: `configuration` for a pattern that is none.
  init(_ snapshot: AuthorityConfiguration.Snapshot, source: SourceName) throws(Failure) {
    let include = try Self.patterns(snapshot.include, named: "include", source: source)
    let unordered = try Self.patterns(snapshot.unordered, named: "unordered", source: source)
    switch snapshot.collector {
    case .command:
      self.init(include: include, ignore: [], unordered: unordered)
    case .ansibleFacts:
      let ignored = AnsibleFacts.volatile + (include.isEmpty ? AnsibleFacts.leftOutUnlessNamed : [])
      self.init(
        include: include, ignore: try Self.patterns(ignored, named: "the shipped list", source: source),
        unordered: try Self.patterns(AnsibleFacts.unordered, named: "the shipped list", source: source)
          + unordered)
    }
  }

  private static func patterns(
    _ texts: [String], named list: String, source: SourceName
  ) throws(Failure) -> [JSONPointerPattern] {
    var patterns: [JSONPointerPattern] = []
    for text in texts {
      guard let pattern = JSONPointerPattern(text) else {
        throw Failure(
          .configuration, source: source, "\(list) holds what is not a pattern of JSON Pointers: \(text)",
          hint: "A pattern begins with /, as in /packages/**; ~ is written ~0.")
      }
      patterns.append(pattern)
    }
    return patterns
  }
}
