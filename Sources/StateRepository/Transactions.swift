import Facts
import Failures
import Git

/// A commit of main as a point of transaction time.
package struct Transaction: Sendable, Hashable {
  /// The commit.
  package var commit: ObjectID
  /// Its effective time: the later of its committer date and its parent's effective time, as whole seconds since 1970.
  package var seconds: Int64

  package init(commit: ObjectID, seconds: Int64) {
    self.commit = commit
    self.seconds = seconds
  }

  /// Its effective time.
  package var time: Timestamp { Timestamp(microseconds: 0).advanced(bySeconds: seconds) }
}

/// Up to when knowledge is meant.
package enum KnownAt: Sendable, Hashable {
  /// The last commit of main at or before this time.
  case time(Timestamp)
  /// The commit of main whose id begins like this; 4 to 40 lower-case hexadecimal digits.
  case commit(String)

  /// An RFC 3339 time, a date (its first instant in UTC), or the beginning of a commit's id; nil for anything else.
  package init?(_ text: String) {
    if let instant = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") {
      self = .time(instant)
    } else if (4...40).contains(text.utf8.count),
      text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    {
      self = .commit(text)
    } else {
      return nil
    }
  }

  /// Which of main's transactions is meant.
  ///
  /// - Parameters:
  ///   - latest: the last transaction at or before an instant's whole second.
  ///   - named: the transactions whose commit's id begins so; two are enough.
  ///   - first: where main begins.
  package func find(
    latest: (Int64) throws -> Transaction?, named: (String) throws -> [Transaction], first: () throws -> Transaction?
  ) throws -> Transaction {
    switch self {
    case .time(let instant):
      if let found = try latest(instant.wholeSeconds) { return found }
      let begin = try first().map { " main begins at \($0.time)" } ?? ""
      throw Failure(
        .beforeHistory, instant.rfc3339, "nothing was known at \(instant): it is before this history;\(begin)",
        hint: "Ask for a later time.")
    case .commit(let prefix):
      let found = try named(prefix)
      guard let one = found.first, found.count == 1 else {
        throw Failure(
          .notOnMain, prefix,
          found.isEmpty
            ? "\(prefix) is not a commit on main's line of first parents"
            : "\(prefix) begins more than one commit's id",
          hint: "See git log --first-parent main.")
      }
      return one
    }
  }
}

/// Main's line of first parents, the introduction first.
struct TransactionLine {
  /// One commit with its tree.
  struct Point: Sendable {
    var transaction: Transaction
    var tree: ObjectID
  }

  let points: [Point]

  /// Reads the line that ends in a commit.
  init(_ reader: HistoryReader, upTo tip: ObjectID) throws(Failure) {
    var found: [Point] = []
    try reader.firstParents(from: tip) { id, commit in
      found.append(Point(transaction: Transaction(commit: id, seconds: commit.committer.seconds), tree: commit.tree))
      return true
    }
    found.reverse()
    for index in found.indices.dropFirst() {
      found[index].transaction.seconds = max(
        found[index].transaction.seconds, found[index - 1].transaction.seconds)
    }
    points = found
  }

  func find(_ knownAt: KnownAt) throws -> Transaction {
    try knownAt.find(
      latest: { seconds in points.last { $0.transaction.seconds <= seconds }?.transaction },
      named: { prefix in points.map(\.transaction).filter { $0.commit.hex.hasPrefix(prefix) } },
      first: { points.first?.transaction })
  }
}
