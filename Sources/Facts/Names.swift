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
  package init(begin: Instant, tail: UInt16) {
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
    text = "f-" + Digest(ofFields: [source.text, target.text, subject.text, aspect.rawValue]).spoken
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

/// File names for untrusted strings.
package enum Slug {
  /// A readable start of the text in `[a-z0-9-]`: at most 40 letters, empty when nothing in it is readable.
  ///
  /// Only ever put in front of a digest of the whole text: two texts can share a slug.
  package static func readable(_ text: String) -> String {
    var letters: [UInt8] = []
    for byte in text.utf8 where letters.count < 40 {
      let lower = (0x41...0x5a).contains(byte) ? byte + 0x20 : byte
      if Letters.isLowerAlphanumeric(lower) {
        letters.append(lower)
      } else if letters.last != 0x2d, !letters.isEmpty {
        letters.append(0x2d)
      }
    }
    while letters.last == 0x2d { letters.removeLast() }
    return String(decoding: letters, as: UTF8.self)
  }

  /// A folder for a target: the name itself where it is plain (`web1`, `db1.example.org`), else a slug and a digest.
  ///
  /// Two targets never share one: a plain name that ends as a digested one does is digested, too.
  package static func target(_ name: TargetName) -> String {
    let text = name.text
    let bytes = Array(text.utf8)
    // Nearly all names are plain, and a digest takes its time.
    func other() -> String {
      let readable = readable(text)
      return "\(readable.isEmpty ? "x" : readable)-\(Digest(of: bytes).spoken)"
    }
    guard (1...64).contains(bytes.count), let first = bytes.first, let last = bytes.last,
      Letters.isLowerAlphanumeric(first), Letters.isLowerAlphanumeric(last),
      bytes.allSatisfy({ Letters.isLowerAlphanumeric($0) || $0 == 0x2d || $0 == 0x2e }),
      !hasTwoDots(bytes), !endsLikeADigest(bytes)
    else { return other() }
    return text
  }

  private static func hasTwoDots(_ bytes: [UInt8]) -> Bool {
    zip(bytes, bytes.dropFirst()).contains { $0 == 0x2e && $1 == 0x2e }
  }

  private static func endsLikeADigest(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 13 && bytes[bytes.count - 13] == 0x2d
      && bytes.suffix(12).allSatisfy(Letters.isLowerAlphanumeric)
  }
}

enum Letters {
  static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
