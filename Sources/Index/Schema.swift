import Facts
import GRDB

/// The tables. One row of `facts` is one file of a finding over the commits that hold it.
enum Schema {
  /// Stands for "still in the tree" and "not ended": comparisons need no case for it.
  static let forever = Int64(Int32.max)
  /// See ``forever``, for valid time.
  static let endOfTime = Int64.max

  static let tables = """
    CREATE TABLE about (version TEXT NOT NULL, tip BLOB NOT NULL, seq INTEGER NOT NULL);
    CREATE TABLE commits (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, seconds INTEGER NOT NULL);
    CREATE TABLE names (
      finding INTEGER PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL, subject TEXT NOT NULL,
      aspect INTEGER NOT NULL);
    CREATE TABLE facts (
      finding INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, valid_from INTEGER NOT NULL,
      valid_to INTEGER NOT NULL, kind INTEGER NOT NULL, severity INTEGER NOT NULL, authority INTEGER NOT NULL,
      ending INTEGER NOT NULL, corrected INTEGER NOT NULL, blob BLOB NOT NULL,
      PRIMARY KEY (finding, since, blob)) WITHOUT ROWID;
    CREATE TABLE strange (path TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL, blob BLOB NOT NULL);
    """

  /// Made after the rows are in.
  static let lookups = """
    CREATE UNIQUE INDEX commits_by_id ON commits (id);
    CREATE INDEX commits_by_time ON commits (seconds);
    """

  /// Another text is another index, which is made anew.
  static let version = Digest(ofFields: ["2", tables, lookups, Codes.words]).text

  static let insertFact = """
    INSERT INTO facts (finding, since, until, valid_from, valid_to, kind, severity, authority, ending, corrected, blob)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
  static let insertName =
    "INSERT OR IGNORE INTO names (finding, source, target, subject, aspect) VALUES (?, ?, ?, ?, ?)"
  static let insertCommit = "INSERT INTO commits (seq, id, seconds) VALUES (?, ?, ?)"
  static let insertStrange = "INSERT INTO strange (path, since, until, blob) VALUES (?, ?, ?, ?)"
}
