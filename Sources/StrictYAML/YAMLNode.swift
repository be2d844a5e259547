/// A part of a YAML document and where it begins.
package struct YAMLNode: Sendable, Hashable {
  /// What kind of part it is, and what is in it.
  package enum Content: Sendable, Hashable {
    /// A scalar's text, as written; what type it has is for its reader to say.
    case scalar(String)
    /// The entries in their order, each key once.
    case mapping([Entry])
    /// The elements in their order.
    case sequence([YAMLNode])
  }

  /// A key and its value.
  package struct Entry: Sendable, Hashable {
    /// The key's text.
    package var key: String
    /// Where the key stands, from 1.
    package var keyLine: Int
    /// The value.
    package var value: YAMLNode
  }

  /// What is there.
  package var content: Content
  /// Where it begins: the line, from 1.
  package var line: Int
  /// Where it begins: the column, from 1.
  package var column: Int
}

/// What is wrong with a YAML document, and where.
package struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, from 1; 0 where the whole document is meant.
  package var line: Int
  /// The column, from 1.
  package var column: Int
  /// What is wrong; it may quote the document.
  package var message: String

  /// The line and the message.
  package var description: String { line > 0 ? "line \(line): \(message)" : message }

  /// An error at a place.
  package init(line: Int, column: Int = 1, _ message: String) {
    self.line = line
    self.column = column
    self.message = message
  }
}
