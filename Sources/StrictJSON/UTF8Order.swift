/// Strings compared by their UTF-8 bytes.
///
/// Swift's own comparison is canonical equivalence: U+00E9 equals U+0065 U+0301. On a host these are two file
/// names, and taking them for one would hide drift.
package enum UTF8Order {
  package static func equal(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
  }

  package static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  package static func hash(_ string: String, into hasher: inout Hasher) {
    var string = string
    string.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    // No byte of UTF-8: parts that follow each other cannot run together.
    hasher.combine(0xFF as UInt8)
  }
}

/// A string that is a dictionary's key by its bytes.
struct UTF8Key: Hashable, Sendable {
  let string: String

  init(_ string: String) { self.string = string }

  package static func == (left: UTF8Key, right: UTF8Key) -> Bool { UTF8Order.equal(left.string, right.string) }

  func hash(into hasher: inout Hasher) { UTF8Order.hash(string, into: &hasher) }
}
