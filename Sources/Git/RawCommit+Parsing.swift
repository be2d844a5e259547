import Failures

extension RawCommit {
  /// Reads the stored bytes of a commit strictly.
  ///
  /// - Throws: `commitMalformed`, whose message names the rule that broke.
  package init(parsing bytes: [UInt8]) throws(Failure) {
    if bytes.count > Bounds.commit {
      throw Self.refusal(.size, "\(bytes.count) bytes are more than \(Bounds.commit)")
    }
    if let position = bytes.firstIndex(of: 0) {
      throw Self.refusal(.noNUL, "a NUL byte at \(position)")
    }
    if let position = bytes.firstIndex(of: UInt8(ascii: "\r")) {
      throw Self.refusal(.noCarriageReturn, "a carriage return at \(position)")
    }
    if String(validating: bytes, as: UTF8.self) == nil {
      throw Self.refusal(.utf8, "the bytes are not UTF-8")
    }
    var headers = Headers(bytes)

    guard let tree = headers.take("tree").flatMap(Self.objectID) else {
      throw Self.refusal(.tree, "the first line is not 'tree' and an id")
    }
    var parents: [ObjectID] = []
    while let value = headers.take("parent") {
      guard let parent = Self.objectID(value), !parents.contains(parent) else {
        throw Self.refusal(.parent, "a parent is not an id, or is named twice")
      }
      parents.append(parent)
    }
    guard let author = headers.take("author").flatMap({ Signature(parsing: $0) }) else {
      throw Self.refusal(.author, "no well-formed 'author' after tree and parents")
    }
    guard let committer = headers.take("committer").flatMap({ Signature(parsing: $0) }) else {
      throw Self.refusal(.committer, "no well-formed 'committer' after the author")
    }
    let text = try Self.signature(&headers)
    let isForeign = parents.count > 1 && text.map(Armour.isForeign) == true
    if let text, !isForeign, let objection = Armour.objection(to: text) { throw Self.refusal(.armour, objection) }
    try Self.requireBlankLine(&headers)

    let commit = RawCommit(
      tree: tree, parents: parents, author: author, committer: committer, signature: isForeign ? nil : text,
      foreignSignature: isForeign ? text : nil, message: String(decoding: headers.rest, as: UTF8.self), bytes: bytes)
    let again = Self.serialise(
      tree: tree, parents: parents, author: author, committer: committer, signature: text,
      message: commit.message)
    guard again == bytes else {
      throw Self.refusal(.canonical, "writing it again gives other bytes")
    }
    self = commit
  }

  private static func objectID(_ value: ArraySlice<UInt8>) -> ObjectID? {
    ObjectID(hex: String(decoding: value, as: UTF8.self))
  }

  private static func signature(_ headers: inout Headers) throws(Failure) -> String? {
    guard let first = headers.take("gpgsig") else { return nil }
    var lines = [first]
    while let next = headers.takeContinuation() { lines.append(next) }
    if headers.next(is: "gpgsig") { throw refusal(.oneSignature, "a second 'gpgsig' header") }
    return String(decoding: Array(lines.joined(separator: [UInt8(ascii: "\n")])), as: UTF8.self)
  }

  private static func requireBlankLine(_ headers: inout Headers) throws(Failure) {
    guard let line = headers.takeLine() else {
      throw refusal(.blankLine, "the headers end without a blank line")
    }
    if line.isEmpty { return }
    let name = line.prefix { $0 != UInt8(ascii: " ") }
    throw refusal(
      .unknownHeader,
      "a header that is not allowed here: \(String(decoding: name, as: UTF8.self).debugDescription)")
  }
}

/// Takes the lines of a commit's head one by one.
private struct Headers {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  func next(is name: String) -> Bool { rest.starts(with: Array(name.utf8) + [UInt8(ascii: " ")]) }

  /// The value of the next line when it is a header of this name; nothing is taken otherwise.
  mutating func take(_ name: String) -> ArraySlice<UInt8>? {
    next(is: name) ? takeLine()?.dropFirst(name.utf8.count + 1) : nil
  }

  /// The next line without its leading blank, when it continues the one before.
  mutating func takeContinuation() -> ArraySlice<UInt8>? {
    rest.first == UInt8(ascii: " ") ? takeLine()?.dropFirst() : nil
  }

  /// The next line without its line break; nil where no line break is left.
  mutating func takeLine() -> ArraySlice<UInt8>? {
    guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    defer { rest = rest[(end + 1)...] }
    return rest[..<end]
  }
}
