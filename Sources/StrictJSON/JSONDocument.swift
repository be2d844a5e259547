/// One strictly read JSON document: the bytes and an index over them, no copy of its strings.
///
/// Strict means RFC 8259 and: valid UTF-8 without byte order mark, no key twice in an object, bounded size
/// and depth. `\u0000` in a string is allowed and kept, a raw NUL byte is not. Lone surrogates are kept: see
/// `JSONStringCoding`.
package struct JSONDocument: Sendable {
  private let storage: JSONStorage

  /// Reads `bytes`, which must be one value and white space around it, nothing else.
  package init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
    let tape = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) -> [UInt64] in
      do throws(JSONFault) {
        var reader = try JSONTapeReader(buffer, limits: limits)
        try reader.readDocument()
        return reader.tape
      } catch {
        throw error.located(in: buffer)
      }
    }
    storage = JSONStorage(bytes: bytes, tape: tape)
  }

  /// The document's value.
  package var root: JSONView { JSONView(storage: storage, index: 0) }
}

/// A place in a document: cheap to make and to pass on, it keeps the document alive.
package struct JSONView: Sendable {
  /// What stands at the place.
  package enum Kind: Hashable, Sendable {
    case null, bool, number, string, array, object
  }

  let storage: JSONStorage
  let index: Int

  init(storage: JSONStorage, index: Int) {
    self.storage = storage
    self.index = index
  }

  var token: JSONToken { storage.token(index) }

  /// What stands here.
  package var kind: Kind {
    switch token.kind {
    case .null: .null
    case .false, .true: .bool
    case .number: .number
    case .plainString, .encodedString: .string
    case .array: .array
    case .object: .object
    }
  }

  /// True for `null`.
  package var isNull: Bool { token.kind == .null }

  /// Nil when this is not `true` or `false`.
  package var bool: Bool? {
    switch token.kind {
    case .true: true
    case .false: false
    default: nil
    }
  }

  /// The number as it was written, of any length; nil when this is not a number.
  package var numberText: String? { kind == .number ? storage.text(token) : nil }

  /// The number when it is an integer without fraction and exponent that fits; otherwise nil.
  package var int: Int? { numberText.flatMap { Int($0) } }

  /// Nil when this is not a string. For lone surrogates see `JSONStringCoding`.
  package var string: String? { kind == .string ? storage.text(token) : nil }

  /// The value under `key`, compared by bytes; nil when there is none or this is not an object. Linear in the
  /// members.
  package subscript(key: String) -> JSONView? {
    guard token.kind == .object else { return nil }
    var wanted = key
    return wanted.withUTF8 { wanted in
      var next = index + 2
      for _ in 0..<token.length {
        if isKey(at: next, equalTo: wanted) { return JSONView(storage: storage, index: next + 1) }
        next = storage.end(of: next + 1)
      }
      return nil
    }
  }

  /// The element at `position`; nil when there is none or this is not an array. Linear: to see all, walk
  /// `elements`.
  package subscript(position: Int) -> JSONView? {
    guard token.kind == .array, position >= 0, position < token.length else { return nil }
    var next = index + 2
    for _ in 0..<position { next = storage.end(of: next) }
    return JSONView(storage: storage, index: next)
  }

  /// Members of the object or elements of the array; 0 for scalars.
  package var count: Int { token.isContainer ? token.length : 0 }

  /// The members of the object in the order of the text; none when this is not an object.
  package var members: Members { Members(of: self) }

  /// The elements of the array; none when this is not an array.
  package var elements: Elements { Elements(of: self) }

  /// The whole value, copied out of the document.
  package var value: JSON { storage.value(at: index) }

  /// Where the value begins, in bytes from the begin of the document.
  package var offset: Int { kind == .string ? token.offset - 1 : token.offset }

  private func isKey(at place: Int, equalTo wanted: UnsafeBufferPointer<UInt8>) -> Bool {
    let key = storage.token(place)
    if key.kind == .plainString {
      return key.length == wanted.count && storage.withRaw(key) { $0.elementsEqual(wanted) }
    }
    return storage.withRaw(key) { JSONStringCoding.decoded($0).elementsEqual(wanted) }
  }
}

extension JSONView {
  /// The members of an object, in the order of the text.
  package struct Members: Sequence, IteratorProtocol, Sendable {
    private let storage: JSONStorage
    private var position: Int
    private var left: Int

    init(of view: JSONView) {
      storage = view.storage
      position = view.index + 2
      left = view.kind == .object ? view.count : 0
    }

    /// The next member, or nil after the last one.
    package mutating func next() -> (key: String, value: JSONView)? {
      guard left > 0 else { return nil }
      left -= 1
      let key = storage.text(storage.token(position))
      let value = JSONView(storage: storage, index: position + 1)
      position = storage.end(of: position + 1)
      return (key, value)
    }
  }

  /// The elements of an array.
  package struct Elements: Sequence, IteratorProtocol, Sendable {
    private let storage: JSONStorage
    private var position: Int
    private var left: Int

    init(of view: JSONView) {
      storage = view.storage
      position = view.index + 2
      left = view.kind == .array ? view.count : 0
    }

    /// The next element, or nil after the last one.
    package mutating func next() -> JSONView? {
      guard left > 0 else { return nil }
      left -= 1
      let element = JSONView(storage: storage, index: position)
      position = storage.end(of: position)
      return element
    }
  }
}
