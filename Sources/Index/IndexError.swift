import Facts
import GRDB
import Git

/// Why the index could not answer. Git can answer everything that it can, so that no caller has to fail of it.
package struct IndexError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  package enum Code: String, Sendable, Hashable {
    /// Its file is no index of this version, or damaged; it was or will be made anew.
    case damaged
    /// Another process is at it, and was so for too long.
    case busy
    /// Its file or folder cannot be read or written.
    case file
    /// The repository itself could not be read.
    case git
    /// The repository holds a finding's file that is not where, or not what, this version writes.
    case strange
    /// The index does not know the commit that was asked for.
    case unknownCommit = "unknown-commit"
  }

  /// The kind of the failure, for callers that decide on it.
  package var code: Code
  /// The index's file, or the object in the repository.
  package var object: String
  /// What failed.
  package var message: String

  package init(_ code: Code, _ object: String, _ message: String) {
    self.code = code
    self.object = object
    self.message = message
  }

  package var description: String { "\(object): \(message)" }

  init(_ error: any Error, at path: String) {
    switch error {
    case let error as IndexError: self = error
    case let error as GitError: self.init(.git, error.object, error.description)
    case let error as DatabaseError:
      let code: Code =
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT, .SQLITE_SCHEMA:
          .damaged
        case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
        default: .file
        }
      self.init(code, path, error.message ?? "SQLite's error \(error.resultCode.rawValue)")
    case is RowDecodingError: self.init(.damaged, path, "a row holds what is never written")
    default: self.init(.file, path, String(describing: error))
    }
  }
}
