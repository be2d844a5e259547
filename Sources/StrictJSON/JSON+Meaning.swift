/// Values that are written otherwise and say the same.
extension JSON {
  /// Whether any leaf is `true`: how documents mark parts of a value.
  package var holdsTrue: Bool {
    switch self {
    case .bool(let isOn): isOn
    case .object(let object): object.members.contains { $0.value.holdsTrue }
    case .array(let elements): elements.contains(where: \.holdsTrue)
    case .null, .number, .string: false
    }
  }

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

  /// Whether it is what a declaration asks for: a number or a switch is the same in quotes, for the provider's type decides.
  package func isAsked(by declared: JSON) -> Bool {
    if declared.says(self) { return true }
    guard let own = scalar, let other = declared.scalar else { return false }
    return own.utf8.elementsEqual(other.utf8)
  }

  /// Whether it is a whole value that a declaration asks for as a block: each member that is declared is, and no other one is set. The
  /// order of elements is none where they are blocks, or a set's.
  package func isBlock(askedBy declared: JSON) -> Bool {
    if isAsked(by: declared) { return true }
    switch (declared, self) {
    case (.object(let wanted), .object(let own)):
      return wanted.members.allSatisfy { own[$0.key]?.isBlock(askedBy: $0.value) ?? $0.value.isEmpty }
        && own.members.allSatisfy { wanted[$0.key] != nil || $0.value.isUnset }
    case (.object, .array(let own)): return own.count == 1 && own[0].isBlock(askedBy: declared)
    case (.array(var wanted), .array(let own)):
      guard wanted.count == own.count else { return false }
      for element in own {
        guard let place = wanted.firstIndex(where: { element.isBlock(askedBy: $0) }) else { return false }
        wanted.remove(at: place)
      }
      return true
    default: return false
    }
  }

  private var isUnset: Bool { isEmpty || self == .bool(false) || self == .number("0") }

  private var scalar: String? {
    switch self {
    case .string(let text), .number(let text): text
    case .bool(let isOn): isOn ? "true" : "false"
    case .null, .array, .object: nil
    }
  }
}
