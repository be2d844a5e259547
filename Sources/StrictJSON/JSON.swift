/// A JSON value.
///
/// Two values are equal when they say the same: strings and keys by their bytes (`String.==` takes U+00E9 and
/// U+0065 U+0301 for one), numbers by their text (`1`, `1.0` and `1e0` are three values), objects without
/// regard to the order of their members.
package enum JSON: Sendable {
  case null
  case bool(Bool)
  /// The number as it is written, by the grammar of RFC 8259. Use `init(number:)` for text that may not be a
  /// number.
  case number(String)
  case string(String)
  case array([JSON])
  case object(JSONObject)
}

extension JSON {
  /// Reads one document strictly and copies all of it: see `JSONDocument`.
  package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
    self = try JSONDocument(parsing: bytes, limits: limits).root.value
  }

  /// The number that `text` writes; nil when `text` is not exactly one JSON number.
  package init?(number text: String) {
    guard JSONNumber.isNumber(text) else { return nil }
    self = .number(text)
  }

  /// The number that `integer` is, in decimal digits.
  package init(_ integer: some BinaryInteger) { self = .number(String(integer)) }

  /// True for `null`.
  package var isNull: Bool { if case .null = self { true } else { false } }

  /// Nil when this is not a boolean.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The number as it is written; nil when this is not a number.
  package var numberText: String? { if case .number(let text) = self { text } else { nil } }

  /// The number when it is an integer without fraction and exponent that fits; otherwise nil.
  package var int: Int? { numberText.flatMap { Int($0) } }

  /// Nil when this is not a string.
  package var string: String? { if case .string(let value) = self { value } else { nil } }

  /// Nil when this is not an array.
  package var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }

  /// Nil when this is not an object.
  package var object: JSONObject? { if case .object(let object) = self { object } else { nil } }

  /// The value under `key`; nil when there is none or this is not an object.
  package subscript(key: String) -> JSON? { object?[key] }

  /// The element at `position`; nil when there is none or this is not an array.
  package subscript(position: Int) -> JSON? {
    guard let array, array.indices.contains(position) else { return nil }
    return array[position]
  }

  /// The same value with the members of every object in the order of their keys' UTF-8 bytes.
  package func sorted() -> JSON {
    switch self {
    case .null, .bool, .number, .string: self
    case .array(let elements): .array(elements.map { $0.sorted() })
    case .object(let object): .object(object.sorted())
    }
  }
}

extension JSON: Hashable {
  /// By bytes of strings, keys and numbers; without regard to the order of members.
  package static func == (left: JSON, right: JSON) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)): UTF8Order.equal(left, right)
    case (.string(let left), .string(let right)): UTF8Order.equal(left, right)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null:
      hasher.combine(0)
    case .bool(let value):
      hasher.combine(1)
      hasher.combine(value)
    case .number(let text):
      hasher.combine(2)
      UTF8Order.hash(text, into: &hasher)
    case .string(let value):
      hasher.combine(3)
      UTF8Order.hash(value, into: &hasher)
    case .array(let elements):
      hasher.combine(4)
      hasher.combine(elements)
    case .object(let object):
      hasher.combine(5)
      hasher.combine(object)
    }
  }
}

// Not by `nil`: in a function that returns `JSON?` it would be taken for the value null, and an absence would be a presence.
extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  /// `true` or `false`.
  package init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A number in decimal digits.
  package init(integerLiteral value: Int) { self.init(value) }
  /// A string.
  package init(stringLiteral value: String) { self = .string(value) }
  /// An array.
  package init(arrayLiteral elements: JSON...) { self = .array(elements) }

  /// A key that stands twice is a programming error, as in a dictionary's literal.
  package init(dictionaryLiteral members: (String, JSON)...) {
    self = .object(JSONObject(uniqueMembers: members.map { (key: $0.0, value: $0.1) }))
  }
}
