import Failures
import StrictJSON

/// The codes of reading a document.
extension Failure.Code {
  package static let malformedJSON = Self(
    "malformed-json", .damaged, "A document is not JSON in the strict form that is written here.")
  package static let unsupportedFormat = Self(
    "unsupported-format", .damaged,
    "A document is of a format that this version of praxis does not read; use the version that wrote it, or a newer one."
  )
  package static let missingField = Self("missing-field", .damaged, "A document lacks a key that it has to have.")
  package static let unknownField = Self(
    "unknown-field", .damaged,
    "A document has a key that its format does not have, so that nothing in it is taken for granted.")
  package static let wrongType = Self(
    "wrong-type", .damaged, "A value of a document is of another type than its format says.")
  package static let badValue = Self("bad-value", .damaged, "A value of a document is not one that its format allows.")
  package static let inconsistent = Self(
    "inconsistent", .damaged, "Parts of one document contradict each other, so none of it can be used.")

  /// All of them.
  package static let facts: [Self] = [
    .malformedJSON, .unsupportedFormat, .missingField, .unknownField, .wrongType, .badValue, .inconsistent,
  ]
}

extension Failure {
  /// - Parameters:
  ///   - document: as its reader calls it: a path in the repository or a file.
  ///   - path: where in the document, as a JSON Pointer; empty for the whole.
  package init(_ code: Code, in document: String, at path: String = "", _ message: String) {
    self.init(code, path.isEmpty ? document : "\(document) at \(path)", message)
  }
}
