import Facts

/// Compares two whole objects, both already redacted, attribute by attribute.
///
/// Null and absent are the same: a resource's attributes are fixed by its schema, and plans leave out what is unknown. Lists of
/// scalars are shown whole, because elements of sets have no place of their own; lists of objects element by element.
struct TofuDifference {
  private(set) var entries: [(path: JSONPointer, content: Delta.Content)] = []

  /// Above so many bytes a value is not shown; that it differs is, and its side's digest tells whether it moved.
  static let maximumBytes = 256 << 10

  /// - Parameter unknown: a tree whose `true` leaves mark what of `desired` is known only after apply.
  init(desired: JSON?, observed: JSON?, unknown: JSON = .bool(false)) {
    compare(desired ?? .null, observed ?? .null, unknown, at: .root)
    entries.sort { $0.path < $1.path }
  }

  private mutating func compare(_ desired: JSON, _ observed: JSON, _ unknown: JSON, at path: JSONPointer) {
    if case .bool(true) = unknown {
      entries.append((path, .opaque(.unknownAfterApply)))
      return
    }
    let hasUnknown = SensitiveMarks.marksAnything(unknown)
    if !hasUnknown, desired == observed { return }
    switch (desired, observed) {
    case (.object(let left), .object(let right)) where !desired.isRedacted && !observed.isRedacted:
      var names = left.keys
      names += right.keys.filter { left[$0] == nil }
      names += (unknown.object?.keys ?? []).filter { left[$0] == nil && right[$0] == nil }
      for name in names {
        compare(
          left[name] ?? .null, right[name] ?? .null, unknown[name] ?? .bool(false), at: path.appending(name))
      }
    case (.array(let left), .array(let right)) where !(left + right).allSatisfy(\.isLeaf):
      for index in 0..<max(left.count, right.count) {
        compare(
          index < left.count ? left[index] : .null, index < right.count ? right[index] : .null,
          unknown[index] ?? .bool(false), at: path.appending(index))
      }
    default:
      entries.append((path, hasUnknown ? .opaque(.unknownAfterApply) : Self.content(desired, observed)))
    }
  }

  private static func content(_ desired: JSON, _ observed: JSON) -> Delta.Content {
    if desired.size + observed.size > maximumBytes { return .opaque(.tooLarge) }
    if case .string(let old) = desired, case .string(let new) = observed, old.hasLines || new.hasLines {
      return .text(LineDiff.hunks(from: old, to: new))
    }
    return .values(desired: desired.isNull ? nil : desired, observed: observed.isNull ? nil : observed)
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

  fileprivate var size: Int { CanonicalJSON.line(self).count }
}

extension String {
  /// More than one line, not counting the end of a last one.
  fileprivate var hasLines: Bool { utf8.dropLast().contains(UInt8(ascii: "\n")) }
}
