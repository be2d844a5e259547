import Failures

/// One name in a directory.
package struct TreeEntry: Hashable, Sendable {
  /// What a name stands for.
  package enum Mode: String, Hashable, Sendable {
    /// A regular file.
    case file = "100644"
    /// A regular file that may be executed.
    case executable = "100755"
    /// A directory.
    case directory = "40000"
    /// A symbolic link; the blob holds its target.
    case symbolicLink = "120000"
    /// A commit of another repository (a submodule).
    case foreignCommit = "160000"

    /// Whether the entry's object is the content of a regular file.
    package var isRegularFile: Bool { self == .file || self == .executable }
  }

  /// The name, one component. Compare names by `utf8` where Unicode-equivalent spellings must stay apart.
  package let name: String
  /// What the name stands for.
  package let mode: Mode
  /// The object's id.
  package let id: ObjectID

  /// An entry from its parts.
  package init(name: String, mode: Mode, id: ObjectID) {
    self.name = name
    self.mode = mode
    self.id = id
  }

  var side: TreeDifference.Side { .init(mode: mode, id: id) }

  /// Whether it stands before another one in Git's order: by the names' bytes, a directory's as though it ended in a slash.
  func precedes(_ other: TreeEntry) -> Bool {
    var (mine, theirs) = (name.utf8.makeIterator(), other.name.utf8.makeIterator())
    while true {
      let (byte, otherByte) = (mine.next(), theirs.next())
      if let byte, byte == otherByte { continue }
      return (byte ?? endOfName) < (otherByte ?? other.endOfName)
    }
  }

  private var endOfName: UInt8 { mode == .directory ? UInt8(ascii: "/") : 0 }
}

/// The stored form of a directory.
enum Tree {
  /// Reads a tree strictly: known modes in their canonical spelling, names that may be written, strictly increasing
  /// order. Git reads the first of two entries with one name and libgit2 the last, so twins are refused.
  static func parse(_ bytes: [UInt8], id: ObjectID) throws(Failure) -> [TreeEntry] {
    var entries: [TreeEntry] = []
    var position = 0
    while position < bytes.count {
      let entry = try parseEntry(bytes, at: &position, id: id)
      if let previous = entries.last, !previous.precedes(entry) {
        let name = entry.name.debugDescription
        throw refusal(
          id, entry.precedes(previous) ? "entries out of order at \(name)" : "two entries named \(name)")
      }
      entries.append(entry)
    }
    try refuseFileAndDirectoryOfOneName(entries, id: id)
    return entries
  }

  /// Writes entries in Git's order.
  static func serialise(_ entries: [TreeEntry]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(entries.count * 48)
    for entry in entries.sorted(by: { $0.precedes($1) }) {
      bytes.append(contentsOf: entry.mode.rawValue.utf8)
      bytes.append(UInt8(ascii: " "))
      bytes.append(contentsOf: entry.name.utf8)
      bytes.append(0)
      bytes.append(contentsOf: entry.id.bytes)
    }
    return bytes
  }

  private static func parseEntry(
    _ bytes: [UInt8], at position: inout Int, id: ObjectID
  ) throws(Failure) -> TreeEntry {
    let rest = bytes[position...]
    guard let space = rest.prefix(7).firstIndex(of: UInt8(ascii: " ")),
      let mode = TreeEntry.Mode(rawValue: String(decoding: rest[..<space], as: UTF8.self))
    else { throw refusal(id, "an unknown file mode at byte \(position)") }
    guard let end = bytes[(space + 1)...].firstIndex(of: 0), end + ObjectID.byteCount < bytes.count else {
      throw refusal(id, "an entry is cut short at byte \(position)")
    }
    let name = bytes[(space + 1)..<end]
    if let objection = PathRules.objection(to: name) {
      throw refusal(id, "\(objection) at byte \(position)")
    }
    position = end + 1 + ObjectID.byteCount
    let target = bytes[(end + 1)..<position].withUnsafeBytes { ObjectID(bytes: $0) }
    return TreeEntry(name: String(decoding: name, as: UTF8.self), mode: mode, id: target)
  }

  /// `a` and `a/` are not neighbours when `a.b` stands between them, so order alone does not tell.
  private static func refuseFileAndDirectoryOfOneName(_ entries: [TreeEntry], id: ObjectID) throws(Failure) {
    for entry in entries where entry.mode == .directory {
      let file = TreeEntry(name: entry.name, mode: .file, id: entry.id)
      var (low, high) = (0, entries.count)
      while low < high {
        let middle = (low + high) / 2
        if entries[middle].precedes(file) { low = middle + 1 } else { high = middle }
      }
      // What does not stand before the file, nor behind it, has its name.
      if low < entries.count, !file.precedes(entries[low]) {
        throw refusal(id, "two entries named \(entry.name.debugDescription)")
      }
    }
  }

  private static func refusal(_ id: ObjectID, _ message: String) -> Failure {
    Failure(
      .corrupt, cannot: "read tree", id.hex,
      message + "; run git fsck --strict and find out who wrote it")
  }
}
