/// A part of a YAML document and where it begins.
public struct YAMLNode: Sendable, Hashable {
  public enum Content: Sendable, Hashable {
    /// A scalar's text, as written; what type it has is for its reader to say.
    case scalar(String)
    case mapping([Entry])
    case sequence([YAMLNode])
  }

  public struct Entry: Sendable, Hashable {
    public var key: String
    public var keyLine: Int
    public var value: YAMLNode
  }

  public var content: Content
  /// From 1.
  public var line: Int
  public var column: Int
}

/// What is wrong with a YAML document, and where.
public struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// From 1; 0 where the whole document is meant.
  public var line: Int
  public var column: Int
  public var message: String

  public var description: String { line > 0 ? "line \(line): \(message)" : message }

  public init(line: Int, column: Int = 1, _ message: String) {
    self.line = line
    self.column = column
    self.message = message
  }
}
