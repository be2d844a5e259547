import Failures
import GRDB

/// The codes of the index.
extension Failure.Code {
  package static let indexDamaged = Self(
    "index-damaged", .damaged,
    "The index's file is no index of this version, or damaged; it is made anew, and Git answers meanwhile.")
  package static let indexFailed = Self(
    "index-file", .cannotCheck, "The index's file or folder cannot be read or written; Git answers without it.")
  package static let indexUnrecognized = Self(
    "index-unrecognized", .damaged,
    "The repository holds a finding's file that is not where, or not what, this version writes; praxis audit names it.")
  package static let indexUnknownCommit = Self(
    "index-unknown-commit", .cannotCheck,
    "The index does not know the commit that was asked for; Git answers without it.")

  /// All of them.
  package static let index: [Self] = [
    .indexDamaged, .indexFailed, .indexUnrecognized, .indexUnknownCommit,
  ]
}

extension Failure {
  /// What kept the index at a path from answering. Git can answer everything that it can.
  init(_ error: any Error, at path: String) {
    switch error {
    case let error as DatabaseError:
      let code: Code =
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT, .SQLITE_SCHEMA:
          .indexDamaged
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        default: .indexFailed
        }
      self.init(code, path, error.message ?? "SQLite's error \(error.resultCode.rawValue)")
    case is RowDecodingError: self.init(.indexDamaged, path, "a row holds what is never written")
    default: self.init(error)
    }
  }
}
