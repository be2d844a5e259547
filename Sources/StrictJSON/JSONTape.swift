/// A document in its two parts: the bytes as they came, and the tape that says where its values are.
///
/// The tape holds one 64-bit word a token, in the order of the text; arrays and objects have a second word.
/// An object's keys are ordinary string words before their values. Strings and numbers are not copied.
///
///     63..61 kind | 60 unused | 59..30 offset in the bytes | 29..0 length in bytes, or count of members
///     second word of an array or object: index of the word after its last one
///
/// Immutable once made, and so shared freely between views and threads.
final class JSONStorage: Sendable {
  let bytes: [UInt8]
  let tape: [UInt64]

  init(bytes: [UInt8], tape: [UInt64]) {
    self.bytes = bytes
    self.tape = tape
  }
}

/// One word of the tape.
struct JSONToken {
  enum Kind: UInt64 {
    case null = 0
    case `false` = 1
    case `true` = 2
    case number = 3
    /// The raw bytes are the string's UTF-8.
    case plainString = 4
    /// The raw bytes hold escapes, or characters of the range that is reserved for lone surrogates.
    case encodedString = 5
    case array = 6
    case object = 7
  }

  static let maximumOffset = (1 << 30) - 1

  let word: UInt64

  @inline(__always)
  init(word: UInt64) { self.word = word }

  @inline(__always)
  init(_ kind: Kind, offset: Int, length: Int) {
    word =
      kind.rawValue << 61 | UInt64(truncatingIfNeeded: offset) << 30 | UInt64(truncatingIfNeeded: length)
  }

  /// Three bits, eight kinds: the fallback is never taken.
  @inline(__always)
  var kind: Kind { Kind(rawValue: word >> 61) ?? .null }

  /// For strings the first byte after the quote.
  @inline(__always)
  var offset: Int { Int(truncatingIfNeeded: word >> 30 & 0x3FFF_FFFF) }

  /// Bytes of a string or number, members of an object, elements of an array.
  @inline(__always)
  var length: Int { Int(truncatingIfNeeded: word & 0x3FFF_FFFF) }

  @inline(__always)
  var isContainer: Bool { word >> 62 == 3 }
}

extension JSONStorage {
  @inline(__always)
  func token(_ index: Int) -> JSONToken { JSONToken(word: tape[index]) }

  /// The index of the word after the value that begins at `index`.
  @inline(__always)
  func end(of index: Int) -> Int {
    token(index).isContainer ? Int(truncatingIfNeeded: tape[index + 1]) : index + 1
  }

  func withRaw<Result>(_ token: JSONToken, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { all in
      body(UnsafeBufferPointer(rebasing: all[token.offset..<token.offset + token.length]))
    }
  }

  /// The text of a string or number word.
  func text(_ token: JSONToken) -> String {
    withRaw(token) { raw in
      token.kind == .encodedString
        ? String(decoding: JSONStringCoding.decoded(raw), as: UTF8.self)
        : String(decoding: raw, as: UTF8.self)
    }
  }

  /// The value at `index`, copied out of the document. Depth is bounded by the reader.
  func value(at index: Int) -> JSON {
    let token = token(index)
    switch token.kind {
    case .null: return .null
    case .false: return .bool(false)
    case .true: return .bool(true)
    case .number: return .number(text(token))
    case .plainString, .encodedString: return .string(text(token))
    case .array:
      var elements: [JSON] = []
      elements.reserveCapacity(token.length)
      var next = index + 2
      for _ in 0..<token.length {
        elements.append(value(at: next))
        next = end(of: next)
      }
      return .array(elements)
    case .object:
      var members: [(key: String, value: JSON)] = []
      members.reserveCapacity(token.length)
      var next = index + 2
      for _ in 0..<token.length {
        members.append((text(self.token(next)), value(at: next + 1)))
        next = end(of: next + 1)
      }
      return .object(JSONObject(knownUnique: members))
    }
  }
}
