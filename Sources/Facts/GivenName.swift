import Failures
import StrictJSON

/// A name that praxis did not give: any text, compared by its bytes.
///
/// Swift's strings take an é of one code point and one of two for the same. On a host these are two names, and taking them for one would
/// hide drift.
package protocol GivenName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringInterpolation {
  /// As it was given.
  var text: String { get }
  /// Takes any text.
  init(_ text: String)
}

extension GivenName {
  /// As it was given: untrusted, and nothing to be shown unescaped.
  package var description: String { text }

  /// From a text that stands in the code.
  package init(stringLiteral text: String) { self.init(text) }

  /// By bytes.
  package static func == (left: Self, right: Self) -> Bool { UTF8Order.equal(left.text, right.text) }

  /// By bytes.
  package static func < (left: Self, right: Self) -> Bool { UTF8Order.precedes(left.text, right.text) }

  /// By bytes.
  package func hash(into hasher: inout Hasher) { UTF8Order.hash(text, into: &hasher) }
}

/// A host, a workspace, or a play that no host matches, as its authority names it.
package struct TargetName: GivenName {
  /// As it was given.
  package let text: String

  /// Takes any text.
  package init(_ text: String) { self.text = text }
}

/// What is declared on a target, as its authority names it.
package struct SubjectName: GivenName {
  /// As it was given.
  package let text: String

  /// Takes any text.
  package init(_ text: String) { self.text = text }
}

extension TerminalSafe {
  /// A name, fit for a terminal.
  package static func escaped(_ name: some GivenName) -> String { escaped(name.text) }
}

extension JSON {
  /// A name as it was given.
  package static func name(_ name: some GivenName) -> JSON { .string(name.text) }
}

extension FieldReader {
  /// A name as it was given.
  package mutating func name<Name: GivenName>(_ key: String) throws(Failure) -> Name { Name(try string(key)) }

  /// A list of names.
  package mutating func names<Name: GivenName>(_ key: String) throws(Failure) -> [Name] {
    try strings(key).map(Name.init)
  }

  /// A list of names, where it is there.
  package mutating func optionalNames<Name: GivenName>(_ key: String) throws(Failure) -> [Name]? {
    try optionalStrings(key)?.map(Name.init)
  }
}
