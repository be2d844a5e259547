/// Values that are written otherwise and say the same.
extension JSON {
  /// Null, `""`, `[]` and `{}`: what providers put for each other where nothing is set.
  package var isEmpty: Bool {
    switch self {
    case .null: true
    case .string(let text): text.utf8.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let object): object.count == 0
    case .bool, .number: false
    }
  }

  /// Whether both say the same, however it is written: null counts as what is empty, a key that is absent as null, and a text that
  /// holds JSON is that JSON. A label without a value is there all the same.
  ///
  /// Not for what a plan would change: there the tool itself takes the two for different.
  package func says(_ other: JSON) -> Bool {
    if self == other || isEmpty && other.isEmpty { return true }
    switch (self, other) {
    case (.string(let left), .string(let right)):
      guard let left = Self.document(left), let right = Self.document(right) else { return false }
      return left == right
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.says($1) }
    case (.object(let left), .object(let right)):
      return Set(left.keys).union(right.keys).allSatisfy { key in
        guard let one = left[key], let other = right[key] else { return (left[key] ?? right[key]) == .null }
        return one.says(other)
      }
    default: return false
    }
  }

  /// The object or list that a text holds; a number or a word alone is a text like any other.
  private static func document(_ text: String) -> JSON? {
    guard let first = text.utf8.first(where: { !" \t\r\n".utf8.contains($0) }),
      first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    else { return nil }
    return try? JSON(parsing: Array(text.utf8))
  }
}
