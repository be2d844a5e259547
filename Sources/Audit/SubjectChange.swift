import Facts
import Git
import StateRepository

/// What one commit does to the facts of one subject and aspect.
struct SubjectChange: Sendable {
  /// A fact's file.
  struct File: Sendable {
    var path: String
    var id: ObjectID
  }

  /// `<source>/<target>/<subject>.<aspect>`: what the paths of its open and of its ended facts have in common.
  let key: String
  /// What was recorded before, and what is now.
  var open: (old: File?, new: File?) = (nil, nil)
  /// Ended facts that are new, that are gone, and that are other ones under their old name.
  var added: [File] = []
  var removed: [File] = []
  var rewritten: [File] = []

  private static let openPrefix = Layout.openFindings + "/"
  private static let closedPrefix = Layout.closedFindings + "/"

  /// Sorts a commit's differences under findings/ by subject.
  static func all(of differences: [TreeDifference]) -> [SubjectChange] {
    var changes: [SubjectChange] = []
    var places: [Substring: Int] = [:]
    func place(_ key: Substring) -> Int {
      if let found = places[key] { return found }
      places[key] = changes.count
      changes.append(SubjectChange(key: String(key)))
      return changes.count - 1
    }
    for difference in differences {
      let path = difference.path
      let old = difference.old.map { File(path: path, id: $0.id) }
      // What is not a plain file is refused by the gate, and is no fact.
      let new = difference.new.flatMap { $0.mode == .file ? File(path: path, id: $0.id) : nil }
      if path.utf8.starts(with: openPrefix.utf8), path.hasSuffix(".json") {
        let key = path.utf8.dropFirst(openPrefix.utf8.count).dropLast(".json".utf8.count)
        changes[place(Substring(key))].open = (old, new)
      } else if path.utf8.starts(with: closedPrefix.utf8), let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
        let key = path.utf8[..<slash].dropFirst(closedPrefix.utf8.count)
        let index = place(Substring(key))
        switch (old, new) {
        case (let old?, let new?) where old.id != new.id: changes[index].rewritten.append(new)
        case (nil, let new?): changes[index].added.append(new)
        case (let old?, nil): changes[index].removed.append(old)
        default: break
        }
      }
    }
    return changes
  }

  /// The contents that must be read.
  var contents: [ObjectID] { (open.new.map { [$0.id] } ?? []) + added.map(\.id) + rewritten.map(\.id) }
}

/// What a commit's facts of one subject come to, for whoever knows what came before.
struct SubjectOutcome: Sendable {
  let key: String
  /// When the fact begins that is recorded from this commit on; nil where none opened.
  var opened: Timestamp?
  /// When the fact ended that was recorded before; nil where none did.
  var ended: Timestamp?
  /// Whether the ends and begins do not simply follow each other, so that all facts of the subject must be checked.
  var isIrregular = false
  /// Facts that were taken back, and by which proposal.
  var retracted: [(path: String, finding: FindingID, delta: Digest, proposal: String?)] = []
}
