/// What was wrong with a document or a value that was to become a fact.
package struct FactsError: Error, Hashable, Sendable {
  /// The kinds of failure.
  package enum Code: String, CaseIterable, Sendable, Hashable {
    case malformedJSON = "malformed-json"
    case unsupportedFormat = "unsupported-format"
    case missingKey = "missing-key"
    case unknownKey = "unknown-key"
    case wrongType = "wrong-type"
    case badValue = "bad-value"
    /// Parts of one document contradict each other, so that none of it can be believed.
    case inconsistent
  }

  /// The kind of the failure, for callers that decide on it.
  package var code: Code
  /// Which document, as its reader calls it: a path in the repository or a file.
  package var document: String
  /// Where in the document, as a JSON Pointer; empty for the whole.
  package var path: String
  /// What failed and what would have been right.
  package var message: String

  package init(_ code: Code, in document: String, at path: String = "", _ message: String) {
    self.code = code
    self.document = document
    self.path = path
    self.message = message
  }
}

extension FactsError: CustomStringConvertible {
  package var description: String {
    path.isEmpty ? "\(document): \(message)" : "\(document) at \(path): \(message)"
  }
}
