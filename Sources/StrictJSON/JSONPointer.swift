/// A place in a JSON value, RFC 6901: the keys and indices on the way to it.
///
/// Equal, hashed and ordered by the UTF-8 bytes of its tokens, token by token, so that a value comes right
/// before what is in it.
package struct JSONPointer: Sendable {
  /// Unescaped.
  package let tokens: [String]

  /// The whole value, written as the empty text.
  package static let root = JSONPointer(tokens: [])

  /// The place behind these keys and indices, which are not escaped.
  package init(tokens: [String]) { self.tokens = tokens }

  /// Nil when `text` is neither empty nor begins with `/`, or holds a `~` that is followed by neither `0` nor
  /// `1`.
  package init?(_ text: String) {
    guard let parts = Self.split(text) else { return nil }
    var tokens: [String] = []
    for part in parts {
      guard let token = Self.unescaped(part) else { return nil }
      tokens.append(token)
    }
    self.tokens = tokens
  }

  /// The member `key` of this place, not escaped.
  package func appending(_ key: String) -> JSONPointer { JSONPointer(tokens: tokens + [key]) }

  /// Of an array's element.
  package func appending(_ index: Int) -> JSONPointer { appending(String(index)) }

  /// True when `other` is this place, or inside it.
  package func isPrefix(of other: JSONPointer) -> Bool {
    tokens.count <= other.tokens.count && zip(tokens, other.tokens).allSatisfy { UTF8Order.equal($0, $1) }
  }

  /// The parts between slashes; nil when a text that is not empty does not begin with one.
  static func split(_ text: String) -> [Substring.UTF8View]? {
    if text.utf8.isEmpty { return [] }
    guard text.utf8.first == UInt8(ascii: "/") else { return nil }
    return text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
  }

  private static func unescaped(_ part: Substring.UTF8View) -> String? {
    var bytes: [UInt8] = []
    var rest = part[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "~") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): bytes.append(UInt8(ascii: "/"))
      default: return nil
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension JSONPointer: CustomStringConvertible {
  /// The pointer's text, `~` and `/` in tokens as `~0` and `~1`. The rest of a token is as it is: untrusted.
  package var description: String {
    var bytes: [UInt8] = []
    for token in tokens {
      bytes.append(UInt8(ascii: "/"))
      for byte in token.utf8 {
        switch byte {
        case UInt8(ascii: "~"): bytes += "~0".utf8
        case UInt8(ascii: "/"): bytes += "~1".utf8
        default: bytes.append(byte)
        }
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension JSONPointer: Hashable, Comparable {
  /// By bytes of the tokens.
  package static func == (left: JSONPointer, right: JSONPointer) -> Bool {
    left.tokens.count == right.tokens.count && left.isPrefix(of: right)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(tokens.count)
    for token in tokens { UTF8Order.hash(token, into: &hasher) }
  }

  /// Token by token, by bytes; a place before what is in it. Indices are text: 10 is before 2.
  package static func < (left: JSONPointer, right: JSONPointer) -> Bool {
    for (left, right) in zip(left.tokens, right.tokens) where !UTF8Order.equal(left, right) {
      return UTF8Order.precedes(left, right)
    }
    return left.tokens.count < right.tokens.count
  }
}

extension JSON {
  /// The value at `pointer`; nil when there is none. An index is written without leading zeros.
  package subscript(pointer: JSONPointer) -> JSON? {
    var value = self
    for token in pointer.tokens {
      let next: JSON? =
        switch value {
        case .object(let object): object[token]
        case .array: JSONPointer.index(token).flatMap { value[$0] }
        default: nil
        }
      guard let next else { return nil }
      value = next
    }
    return value
  }
}

extension JSONView {
  /// The place at `pointer`; nil when there is none. An index is written without leading zeros.
  package subscript(pointer: JSONPointer) -> JSONView? {
    var view = self
    for token in pointer.tokens {
      guard let next = view.kind == .array ? JSONPointer.index(token).flatMap({ view[$0] }) : view[token]
      else { return nil }
      view = next
    }
    return view
  }
}

extension JSONPointer {
  /// The index that a token writes: digits only, no leading zero.
  static func index(_ token: String) -> Int? {
    guard let index = Int(token), index >= 0, UTF8Order.equal(String(index), token) else { return nil }
    return index
  }
}
