import Facts
import StrictJSON

extension ProposalText {
  static func bless(_ proposal: Proposal, _ targets: [ProposedContent.Blessing]) -> [String] {
    var lines = ["Bless the observed facts of \(counted(targets.count, "target")) of \(proposal.source) as known-good."]
    lines += reason(proposal)
    lines += [
      "",
      "This changes the state repository alone. From its merge on, the facts below are what these targets are compared",
      "with; whatever differs from the known-good before is drift no longer. Below, - is known-good now and + would be.",
    ]
    for target in targets { lines += bless(target) }
    return lines
  }

  private static func bless(_ target: ProposedContent.Blessing) -> [String] {
    let after = target.after
    var changes = FactChanges()
    if let before = target.before {
      changes.compare(before.facts, after.facts, at: "")
    } else {
      changes.come(after.facts, at: "")
    }
    var lines = [
      "",
      "\(TerminalSafe.escaped(after.target)): "
        + (target.before == nil ? "first known-good, " : "") + counted(changes.count, "fact") + " "
        + (target.before == nil ? "in all" : "changed"),
      "  observed \(after.observedAt) in run \(after.run) by \(TerminalSafe.escaped(after.tool))",
    ]
    if let before = target.before {
      lines.append("  before: \(before.observedAt) in run \(before.run) by \(TerminalSafe.escaped(before.tool))")
      let epochs = [before, after].map { RedactionTag.epochs(in: CanonicalJSON.line($0.facts)) }
      if !epochs[0].isEmpty, !epochs[1].isEmpty, epochs[0] != epochs[1] {
        lines.append("  The key of its secrets has changed: the same secret has another tag than before.")
      }
    }
    if !target.findings.isEmpty {
      lines.append("  open findings about it: \(target.findings.map(\.id.text).joined(separator: ", "))")
    }
    return lines + changes.lines
  }
}

/// Two documents of facts, as the lines of all places where they differ.
///
/// Nothing that differs is left out or shortened, and nothing but the two documents has a say: what may be compared as equal across
/// redaction keys, or without an order, decides on drift and not on what is shown to people.
private struct FactChanges {
  private(set) var lines: [String] = []
  private(set) var count = 0

  mutating func compare(_ before: JSON, _ after: JSON, at place: String) {
    if before == after { return }
    switch (before, after) {
    case (.object(let left), .object(let right)) where !left.isEmpty && !right.isEmpty:
      for (name, value) in left.members where right[name] == nil { go(value, at: Self.member(name, of: place)) }
      for (name, value) in right.members {
        if let other = left[name] {
          compare(other, value, at: Self.member(name, of: place))
        } else {
          come(value, at: Self.member(name, of: place))
        }
      }
    case (.array(let left), .array(let right)) where !left.isEmpty && !right.isEmpty: compare(left, right, at: place)
    default:
      let (gone, come) = (write(before, at: place, "-"), write(after, at: place, "+"))
      count += max(gone, come)
    }
  }

  mutating func come(_ value: JSON, at place: String) {
    let values = write(value, at: place, "+")
    count += values
  }

  private mutating func go(_ value: JSON, at place: String) {
    let values = write(value, at: place, "-")
    count += values
  }

  /// Sorted words by what is gone and what came; lists of one length element by element; else what stands between the same beginning
  /// and the same end. Each side's positions are its own.
  private mutating func compare(_ before: [JSON], _ after: [JSON], at place: String) {
    if let left = Self.sortedWords(before), let right = Self.sortedWords(after) {
      return compare(left, right, before, after, at: place)
    }
    if before.count == after.count {
      for index in before.indices { compare(before[index], after[index], at: "\(place)[\(index)]") }
      return
    }
    let shorter = min(before.count, after.count)
    var start = 0
    while start < shorter, before[start] == after[start] { start += 1 }
    var end = 0
    while end < shorter - start, before[before.count - 1 - end] == after[after.count - 1 - end] { end += 1 }
    for index in start..<before.count - end { go(before[index], at: "\(place)[\(index)]") }
    for index in start..<after.count - end { come(after[index], at: "\(place)[\(index)]") }
  }

  private mutating func compare(
    _ left: [[UInt8]], _ right: [[UInt8]], _ before: [JSON], _ after: [JSON], at place: String
  ) {
    var (old, new) = (0, 0)
    while old < left.count || new < right.count {
      if new == right.count || old < left.count && left[old].lexicographicallyPrecedes(right[new]) {
        go(before[old], at: "\(place)[\(old)]")
        old += 1
      } else if old == left.count || right[new].lexicographicallyPrecedes(left[old]) {
        come(after[new], at: "\(place)[\(new)]")
        new += 1
      } else {
        (old, new) = (old + 1, new + 1)
      }
    }
  }

  /// Nil where an element is no text, or comes before its predecessor.
  private static func sortedWords(_ elements: [JSON]) -> [[UInt8]]? {
    var words: [[UInt8]] = []
    for element in elements {
      guard let word = element.string.map({ Array($0.utf8) }) else { return nil }
      if let last = words.last, word.lexicographicallyPrecedes(last) { return nil }
      words.append(word)
    }
    return words
  }

  /// Writes every value within one; an object or a list with nothing in it is a value.
  ///
  /// - Returns: how many there are.
  private mutating func write(_ value: JSON, at place: String, _ sign: String) -> Int {
    switch value {
    case .object(let object) where !object.isEmpty && !RedactionTag.isMarker(value):
      return object.members.reduce(0) { $0 + write($1.value, at: Self.member($1.key, of: place), sign) }
    case .array(let elements) where !elements.isEmpty:
      return elements.enumerated().reduce(0) { $0 + write($1.element, at: "\(place)[\($1.offset)]", sign) }
    default:
      lines.append("  \(sign) \(place.isEmpty ? "(all of it)" : place): \(ProposalText.value(value))")
      return 1
    }
  }

  /// `/db/port`, `/users[3]`; a name with anything but plain letters in it is quoted, so that no two places read the same.
  private static func member(_ name: String, of place: String) -> String {
    let isPlain =
      !name.isEmpty
      && name.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
          || "_-.@+".utf8.contains(byte)
      }
    return "\(place)/\(isPlain ? name : ProposalText.value(.string(name)))"
  }
}
