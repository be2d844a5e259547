import Facts
import Foundation
import GRDB
import Git

/// The tables. One row of `facts` is one file of a finding over the commits that hold it.
enum Schema {
  /// Stands for "still in the tree": comparisons need no case for it.
  static let forever = Int64(Int32.max)

  // Names are kept as bytes: they may hold any letter, also a NUL.
  static let tables = """
    CREATE TABLE about (version TEXT NOT NULL, tip BLOB, seq INTEGER NOT NULL);
    CREATE TABLE commits (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, seconds INTEGER NOT NULL);
    CREATE INDEX commits_by_time ON commits (seconds);
    CREATE TABLE names (finding TEXT PRIMARY KEY, source TEXT NOT NULL, target BLOB NOT NULL, subject BLOB NOT NULL);
    CREATE TABLE facts (
      finding TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, valid_from INTEGER NOT NULL,
      valid_to INTEGER, kind TEXT NOT NULL, severity TEXT NOT NULL, authority TEXT NOT NULL, ending TEXT,
      corrected INTEGER NOT NULL, blob BLOB NOT NULL,
      UNIQUE (finding, since, blob));
    CREATE TABLE unrecognized (path TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, blob BLOB NOT NULL);
    """

  /// Another text is another index, which is made anew.
  static let version = Digest(ofFields: ["3", tables]).text
}

extension ObjectID: DatabaseValueConvertible {
  /// The 20 bytes, which SQLite compares one by one, so that ids that begin alike lie side by side.
  package var databaseValue: DatabaseValue {
    var bytes = [UInt8](repeating: 0, count: Self.byteCount)
    bytes.withUnsafeMutableBytes { store(into: $0) }
    return Data(bytes).databaseValue
  }

  /// Nil for anything but 20 bytes.
  package static func fromDatabaseValue(_ value: DatabaseValue) -> ObjectID? {
    guard let data = Data.fromDatabaseValue(value), data.count == byteCount else { return nil }
    return data.withUnsafeBytes { ObjectID(bytes: $0) }
  }
}
