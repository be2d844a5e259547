import Failures
import StrictJSON

/// Reads the members of one object of ours: each key once, with its type, and none that is not known.
///
/// A key that this version does not know could change what the others mean, so it is an error, never passed over.
package struct FieldReader {
  private let view: JSONView
  /// What is read, for messages.
  package let document: String
  private let path: String
  // A list: an object of ours has a dozen keys, and hashing each takes longer than looking through them.
  private var taken: [String] = []

  package init(_ view: JSONView, in document: String, at path: String = "") throws(Failure) {
    guard view.kind == .object else {
      throw Failure(.wrongType, in: document, at: path, "an object is needed here")
    }
    self.view = view
    self.document = document
    self.path = path
  }

  /// Where a member stands, for messages and for readers of nested objects.
  package func path(of key: String) -> String { "\(path)/\(key)" }

  /// The member, if it is there; `null` counts as there.
  package mutating func optional(_ key: String) -> JSONView? {
    taken.append(key)
    return view[key]
  }

  /// The member; an error where it is not there.
  package mutating func required(_ key: String) throws(Failure) -> JSONView {
    guard let member = optional(key) else {
      throw Failure(.missingField, in: document, at: path, "\(key) is missing")
    }
    return member
  }

  /// A text.
  package mutating func string(_ key: String) throws(Failure) -> String {
    guard let text = try required(key).string else { throw wrong(key, "a string") }
    return text
  }

  /// A text, where it is there and not null.
  package mutating func optionalString(_ key: String) throws(Failure) -> String? {
    guard let member = optional(key), !member.isNull else { return nil }
    guard let text = member.string else { throw wrong(key, "a string or null") }
    return text
  }

  /// A whole number.
  package mutating func int(_ key: String) throws(Failure) -> Int {
    guard let number = try required(key).int else { throw wrong(key, "a whole number") }
    return number
  }

  /// True or false.
  package mutating func bool(_ key: String) throws(Failure) -> Bool {
    guard let flag = try required(key).bool else { throw wrong(key, "true or false") }
    return flag
  }

  /// A list of texts.
  package mutating func strings(_ key: String) throws(Failure) -> [String] {
    guard let list = try optionalStrings(key) else {
      throw Failure(.missingField, in: document, at: path, "\(key) is missing")
    }
    return list
  }

  /// A list of texts, where it is there.
  package mutating func optionalStrings(_ key: String) throws(Failure) -> [String]? {
    guard let member = optional(key) else { return nil }
    guard member.kind == .array else { throw wrong(key, "an array of strings") }
    var texts: [String] = []
    for element in member.elements {
      guard let text = element.string else { throw wrong(key, "an array of strings") }
      texts.append(text)
    }
    return texts
  }

  /// The members of an array of objects, each read by a closure that is told its path.
  package mutating func list<Element>(
    _ key: String, _ read: (JSONView, String) throws(Failure) -> Element
  ) throws(Failure) -> [Element] {
    let member = try required(key)
    guard member.kind == .array else { throw wrong(key, "an array") }
    var values: [Element] = []
    for (index, element) in member.elements.enumerated() {
      values.append(try read(element, "\(path)/\(key)/\(index)"))
    }
    return values
  }

  /// An RFC 3339 time.
  package mutating func instant(_ key: String) throws(Failure) -> Timestamp {
    guard let instant = Timestamp(rfc3339: try string(key)) else { throw wrong(key, "an RFC 3339 time") }
    return instant
  }

  /// An RFC 3339 time, where it is there and not null.
  package mutating func optionalInstant(_ key: String) throws(Failure) -> Timestamp? {
    guard let text = try optionalString(key) else { return nil }
    guard let instant = Timestamp(rfc3339: text) else { throw wrong(key, "an RFC 3339 time or null") }
    return instant
  }

  /// A digest.
  package mutating func digest(_ key: String) throws(Failure) -> Digest {
    guard let digest = Digest(try string(key)) else { throw wrong(key, "sha256: and 64 hexadecimal digits") }
    return digest
  }

  /// A digest, where it is there and not null.
  package mutating func optionalDigest(_ key: String) throws(Failure) -> Digest? {
    guard let text = try optionalString(key) else { return nil }
    guard let digest = Digest(text) else { throw wrong(key, "sha256: and 64 hexadecimal digits") }
    return digest
  }

  /// The source of this name.
  package mutating func source(_ key: String) throws(Failure) -> SourceName {
    guard let name = SourceName(try string(key)) else { throw wrong(key, "a source's name") }
    return name
  }

  /// A run's id.
  package mutating func run(_ key: String) throws(Failure) -> RunID {
    guard let run = RunID(try string(key)) else { throw wrong(key, "a run's id") }
    return run
  }

  /// In their order.
  package mutating func oneOf<Value: RawRepresentable & CaseIterable>(
    _ key: String
  ) throws(Failure) -> Value where Value.RawValue == String {
    guard let value: Value = try optionalCase(key) else {
      throw Failure(.missingField, in: document, at: path, "\(key) is missing")
    }
    return value
  }

  /// In their order.
  package mutating func optionalCase<Value: RawRepresentable & CaseIterable>(
    _ key: String
  ) throws(Failure) -> Value? where Value.RawValue == String {
    guard let text = try optionalString(key) else { return nil }
    guard let value = Value(rawValue: text) else {
      throw wrong(key, "one of " + Value.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  /// Checks that the document says which format it has, and that it is this one.
  package mutating func format(_ name: String) throws(Failure) {
    let found = try string("format")
    guard found == name else {
      throw Failure(
        .unsupportedFormat, in: document, at: path,
        "the format is not \(name); a newer praxis may have written it")
    }
  }

  /// Refuses what was not asked for.
  package func finish() throws(Failure) {
    for (key, _) in view.members where !taken.contains(key) {
      throw Failure(.unknownField, in: document, at: path, "a key that this version does not know: \(key)")
    }
  }

  private func wrong(_ key: String, _ needed: String) -> Failure {
    Failure(.wrongType, in: document, at: "\(path)/\(key)", "needed here: \(needed)")
  }
}

extension JSONDocument {
  /// Parses a document of ours.
  package init(_ bytes: [UInt8], of document: String) throws(Failure) {
    do throws(JSONError) {
      try self.init(parsing: bytes, limits: .own)
    } catch {
      throw Failure(.malformedJSON, in: document, error.description)
    }
  }
}
