/// What was wrong with a document or a value that was to become a fact.
public struct FactsError: Error, Hashable, Sendable {
  public enum Code: String, CaseIterable, Sendable, Hashable {
    case malformedJSON = "malformed-json"
    case unsupportedFormat = "unsupported-format"
    case missingKey = "missing-key"
    case unknownKey = "unknown-key"
    case wrongType = "wrong-type"
    case badValue = "bad-value"
    /// Parts of one document contradict each other, so that none of it can be believed.
    case inconsistent
  }

  public var code: Code
  /// Which document, as its reader calls it: a path in the repository or a file.
  public var document: String
  /// Where in the document, as a JSON Pointer; empty for the whole.
  public var path: String
  /// What failed and what would have been right.
  public var message: String

  public init(_ code: Code, in document: String, at path: String = "", _ message: String) {
    self.code = code
    self.document = document
    self.path = path
    self.message = message
  }
}

extension FactsError: CustomStringConvertible {
  public var description: String {
    path.isEmpty ? "\(document): \(message)" : "\(document) at \(path): \(message)"
  }
}
