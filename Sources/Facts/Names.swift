/// A source's name in praxis.yaml: `[a-z0-9][a-z0-9-]{0,62}`.
package struct SourceName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The written form.
  package let text: String

  package var description: String { text }

  /// Reads the written form; nil for anything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count), bytes[0] != 0x2d,
      bytes.allSatisfy({ Letters.isLowerAlphanumeric($0) || $0 == 0x2d })
    else { return nil }
    self.text = text
  }

  /// By bytes.
  package static func < (left: SourceName, right: SourceName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}

/// A run's id: `r-20261124t030000z-5f2c`, its begin and a random tail that tells apart two runs of one second.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
  /// The written form.
  package let text: String

  package var description: String { text }

  /// - Parameter tail: a random number; its 16 lowest bits stand in the id.
  package init(begin: Timestamp, tail: UInt16) {
    let digits = String(tail, radix: 16)
    text = "r-\(begin.compact)-" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
  }

  /// Reads the written form; nil for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard text.utf8.count <= 40, parts.count == 3, parts[0] == "r",
      parts[1...].allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Letters.isLowerAlphanumeric) })
    else { return nil }
    self.text = text
  }
}

/// Names (source, target, subject, aspect): `f-7q3kz2hw5m4t`.
///
/// It does not name one interval, so a subject that drifts again has the same id, and a history.
package struct FindingID: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The written form.
  package let text: String

  package var description: String { text }

  package init(source: SourceName, target: TargetName, subject: SubjectName, aspect: Aspect) {
    text = "f-" + Digest(ofFields: [source.text, target.text, subject.text, aspect.rawValue]).shortID
  }

  /// Reads the written form; nil for anything else.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard bytes.count == 14, bytes.starts(with: "f-".utf8),
      bytes.dropFirst(2).allSatisfy(Letters.isLowerAlphanumeric)
    else { return nil }
    self.text = text
  }

  /// The twelve letters behind `f-`.
  package var token: String { String(text.dropFirst(2)) }

  /// By bytes.
  package static func < (left: FindingID, right: FindingID) -> Bool { left.text < right.text }
}

/// The name of a person or an engine: `[a-z0-9][a-z0-9._-]{0,62}`.
package struct PersonName: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The name itself.
  package let text: String

  /// The same as ``text``.
  package var description: String { text }

  /// Nil for what is not a name. `statement` is none: `approvals/<id>/<person>.json` stands beside `statement.json`.
  package init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard (1...63).contains(bytes.count), Letters.isLowerAlphanumeric(bytes[0]), text != "statement",
      bytes.allSatisfy({ Letters.isLowerAlphanumeric($0) || "._-".utf8.contains($0) })
    else { return nil }
    self.text = text
  }

  /// By bytes.
  package static func < (left: PersonName, right: PersonName) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }
}

/// A proposal's id, with or without `proposal/` before it.
package struct ProposalID: Sendable, CustomStringConvertible {
  package let text: String

  package var description: String { text }

  package init?(_ argument: String) {
    let text = argument.hasPrefix("proposal/") ? String(argument.dropFirst("proposal/".count)) : argument
    guard text.hasPrefix("p-"), text.utf8.count == 14,
      text.utf8.dropFirst(2).allSatisfy(Letters.isLowerAlphanumeric)
    else { return nil }
    self.text = text
  }
}

enum Letters {
  static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
