import Glibc

/// Goes through a tree's stored bytes, entry by entry, without making anything of what does not differ.
///
/// Order is checked on the way, so that two trees can be merged; names are checked where they are used.
struct TreeCursor {
  /// Where an entry lies in the bytes.
  struct Entry {
    let start: Int
    let nameStart: Int
    let nameEnd: Int
    /// The first letter of the mode: `4` directory, `1` and then `00` file, `20` link, `60` submodule.
    let isDirectory: Bool
    let isRegularFile: Bool

    var end: Int { nameEnd + 1 + ObjectID.byteCount }
  }

  private let bytes: [UInt8]
  private let id: ObjectID?
  private var position = 0
  private var previous: Entry?
  private var hasFiles = false
  private var hasDirectories = false

  /// Whether both files and directories were met so far.
  var hasBoth: Bool { hasFiles && hasDirectories }
  var byteCount: Int { bytes.count }

  init(_ bytes: [UInt8], id: ObjectID?) {
    self.bytes = bytes
    self.id = id
  }

  mutating func next() throws(GitError) -> Entry? {
    guard position < bytes.count else { return nil }
    let start = position
    let found: Entry? = bytes.withUnsafeBytes { buffer in
      guard start + 7 < buffer.count else { return nil }
      guard let base = buffer.baseAddress else { return nil }
      func holds(_ mode: StaticString) -> Bool { memcmp(base + start, mode.utf8Start, mode.utf8CodeUnitCount) == 0 }
      let isDirectory = holds("40000 ")
      let isFile = holds("100644 ") || holds("100755 ")
      let nameStart = start + (isDirectory ? 6 : 7)
      guard isDirectory || isFile || holds("120000 ") || holds("160000 "),
        let end = memchr(base + nameStart, 0, buffer.count - nameStart)
      else { return nil }
      let nameEnd = base.distance(to: UnsafeRawPointer(end))
      guard nameEnd > nameStart, nameEnd + ObjectID.byteCount < buffer.count else { return nil }
      return Entry(
        start: start, nameStart: nameStart, nameEnd: nameEnd, isDirectory: isDirectory, isRegularFile: isFile)
    }
    guard let entry = found else { throw refusal("an entry is malformed or cut short at byte \(start)") }
    if let previous, Self.order(previous, in: self, entry, in: self) >= 0 {
      throw refusal("entries out of order at byte \(start)")
    }
    previous = entry
    position = entry.end
    if entry.isDirectory { hasDirectories = true } else { hasFiles = true }
    return entry
  }

  /// Goes past the entries at the start of which both trees hold the very same bytes; most trees differ in one entry.
  static func skipCommonStart(_ one: inout TreeCursor, _ other: inout TreeCursor) throws(GitError) {
    let common = one.bytes.withUnsafeBytes { a in
      other.bytes.withUnsafeBytes { b -> Int in
        let count = min(a.count, b.count)
        var index = 0
        while index + 8 <= count {
          if a.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            != b.loadUnaligned(fromByteOffset: index, as: UInt64.self)
          {
            break
          }
          index += 8
        }
        while index < count, a[index] == b[index] { index += 1 }
        return index
      }
    }
    while one.position < common {
      let before = one
      guard let entry = try one.next(), entry.end <= common else {
        one = before
        break
      }
    }
    other.position = one.position
    other.previous = one.previous
    other.hasFiles = one.hasFiles
    other.hasDirectories = one.hasDirectories
  }

  /// Less than, equal to or greater than zero, as Git orders entries: a directory as though its name ended in a slash. One
  /// that is nil comes after all others.
  static func order(_ left: Entry?, in one: TreeCursor, _ right: Entry?, in other: TreeCursor) -> Int {
    guard let left else { return 1 }
    guard let right else { return -1 }
    return one.bytes.withUnsafeBytes { a in
      other.bytes.withUnsafeBytes { b in
        let (first, second) = (left.nameEnd - left.nameStart, right.nameEnd - right.nameStart)
        let common = min(first, second)
        guard let x = a.baseAddress, let y = b.baseAddress else { return 0 }
        let order = memcmp(x + left.nameStart, y + right.nameStart, common)
        if order != 0 { return Int(order) }
        func next(_ entry: Entry, _ count: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
          if common < count { return Int(bytes[entry.nameStart + common]) }
          return entry.isDirectory ? Int(UInt8(ascii: "/")) : 0
        }
        return next(left, first, a) - next(right, second, b)
      }
    }
  }

  func holdsTheSame(_ entry: Entry, as other: Entry, in cursor: TreeCursor) -> Bool {
    let count = entry.end - entry.start
    guard count == other.end - other.start else { return false }
    return bytes.withUnsafeBytes { a in
      cursor.bytes.withUnsafeBytes { b in
        guard let x = a.baseAddress, let y = b.baseAddress else { return false }
        return memcmp(x + entry.start, y + other.start, count) == 0
      }
    }
  }

  func name(of entry: Entry) -> ArraySlice<UInt8> { bytes[entry.nameStart..<entry.nameEnd] }

  /// The mode, of which ``next()`` has seen that it is a known one.
  func mode(of entry: Entry) -> TreeEntry.Mode {
    switch (bytes[entry.start], bytes[entry.start + 1], bytes[entry.start + 3]) {
    case (UInt8(ascii: "4"), _, _): .directory
    case (_, UInt8(ascii: "2"), _): .symbolicLink
    case (_, UInt8(ascii: "6"), _): .foreignCommit
    case (_, _, UInt8(ascii: "7")): .executable
    default: .file
    }
  }

  /// What stands before an entry.
  func bytes(before entry: Entry) -> ArraySlice<UInt8> { bytes[..<entry.start] }

  func side(of entry: Entry) -> TreeDifference.Side { .init(mode: mode(of: entry), id: target(of: entry)) }

  func target(of entry: Entry) -> ObjectID {
    bytes.withUnsafeBytes { ObjectID(bytes: UnsafeRawBufferPointer(rebasing: $0[(entry.nameEnd + 1)...])) }
  }

  /// The name, where it is one that may be written.
  func checkedName(of entry: Entry) throws(GitError) -> String {
    let name = name(of: entry)
    if let objection = PathRules.objection(to: name) { throw refusal("\(objection) at byte \(entry.start)") }
    return String(decoding: name, as: UTF8.self)
  }

  private func refusal(_ message: String) -> GitError {
    GitError(
      code: .corrupt, operation: "read tree", object: id?.hex ?? "",
      message: message + "; run git fsck --strict and find out who wrote it")
  }
}
