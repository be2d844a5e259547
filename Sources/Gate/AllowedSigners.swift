import Facts
import Failures
import StrictJSON

/// `policy/allowed_signers`: whose key is whose, in a strict part of OpenSSH's own format (ssh-keygen(1), ALLOWED SIGNERS),
/// so that plain git verifies with the same file.
///
/// One line a key: `alice namespaces="git" ssh-ed25519 AAAA… comment`. The principal is one literal name; there is no
/// other option; a key belongs to one person, a person may have several. Blank lines and lines that begin with `#` say
/// nothing.
package struct AllowedSigners: Hashable, Sendable {
  /// One line.
  package struct Entry: Hashable, Sendable {
    /// Whose key it is.
    package let person: PersonName
    /// The key.
    package let key: PublicKey
    /// What stands after the key, for eyes only; may be empty.
    package let comment: String

    /// A line from its parts; what is not visible ASCII in a comment becomes `?`.
    package init(person: PersonName, key: PublicKey, comment: String = "") {
      self.person = person
      self.key = key
      self.comment = String(
        decoding: comment.utf8.map { (0x20...0x7e).contains($0) ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// As the file has it, with the line's end.
    var line: String {
      "\(person) \(AllowedSigners.option) \(key.line)" + (comment.isEmpty ? "\n" : " \(comment)\n")
    }
  }

  /// The lines in their order.
  package let entries: [Entry]
  private let people: [PublicKey: PersonName]

  /// A file from its lines.
  ///
  /// - Throws: `signers-malformed` where a key stands there twice.
  package init(_ entries: [Entry]) throws(Failure) {
    var people: [PublicKey: PersonName] = [:]
    for (position, entry) in entries.enumerated() {
      try Self.add(entry, to: &people, line: position + 1)
    }
    self.entries = entries
    self.people = people
  }

  /// A file of keys and the names of those whom they belong to.
  ///
  /// - Throws: `signers-malformed` where a name is no ``PersonName`` or a key stands there twice.
  package init(_ keys: [(person: String, key: PublicKey)]) throws(Failure) {
    var entries: [Entry] = []
    for (name, key) in keys { entries.append(Entry(person: try PersonName(checking: name), key: key)) }
    try self.init(entries)
  }

  /// Reads the file.
  ///
  /// - Throws: `signers-malformed`, `key-type-refused`, `key-too-weak` or `key-malformed`, each naming the line.
  package init(parsing bytes: [UInt8]) throws(Failure) {
    guard bytes.count <= Bounds.ownFile else {
      throw Failure(.signersMalformed, Layout.allowedSigners, "it is larger than \(Bounds.ownFile) bytes")
    }
    var entries: [Entry] = []
    var people: [PublicKey: PersonName] = [:]
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      // ssh-keygen reads a line up to a NUL, and takes tabs and carriage returns for blanks.
      guard line.allSatisfy({ (0x20...0x7e).contains($0) }) else {
        throw Self.refusal(line: index + 1, "only visible ASCII and blanks are allowed")
      }
      if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
      let entry = try Self.entry(line, number: index + 1)
      try Self.add(entry, to: &people, line: index + 1)
      entries.append(entry)
    }
    self.entries = entries
    self.people = people
  }

  /// The file, one line an entry.
  package var bytes: [UInt8] { Array(entries.map(\.line).joined().utf8) }

  /// All keys.
  package var keys: [PublicKey] { entries.map(\.key) }

  /// Whose key this is.
  package func person(of key: PublicKey) -> PersonName? { people[key] }

  /// The keys of one person, in their order.
  package func keys(of person: PersonName) -> [PublicKey] {
    entries.filter { $0.person == person }.map(\.key)
  }

  private static let option = "namespaces=\"git\""

  private static func entry(_ line: ArraySlice<UInt8>, number: Int) throws(Failure) -> Entry {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 4, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard parts.count >= 4 else {
      throw refusal(line: number, "a line 'NAME \(option) TYPE BASE64 COMMENT' is needed")
    }
    guard let person = PersonName(parts[0]) else {
      throw refusal(
        line: number,
        "'\(parts[0])' is not a name of one person: letters a-z, digits, '.', '_' and '-', no pattern, no list")
    }
    guard parts[1] == option else {
      throw refusal(line: number, "after the name stands \(option) and no other option, not '\(parts[1])'")
    }
    do throws(Failure) {
      let key = try PublicKey(type: parts[2], base64: parts[3].utf8)
      return Entry(person: person, key: key, comment: parts.count > 4 ? parts[4] : "")
    } catch {
      throw Failure(error.code, "\(Layout.allowedSigners) line \(number)", error.message)
    }
  }

  private static func add(
    _ entry: Entry, to people: inout [PublicKey: PersonName], line: Int
  ) throws(Failure) {
    if let owner = people.updateValue(entry.person, forKey: entry.key) {
      throw refusal(
        line: line, "the key \(entry.key) stands there already, for \(owner); one key is one person's")
    }
  }

  private static func refusal(line: Int, _ message: String) -> Failure {
    Failure(.signersMalformed, "\(Layout.allowedSigners) line \(line)", message)
  }
}

extension PersonName {
  /// The name; refused with what a name may hold where it is none.
  package init(checking text: String) throws(Failure) {
    guard let name = PersonName(text) else {
      throw Failure(
        .signersMalformed, "the name '\(TerminalSafe.escaped(text))'",
        "names of people have 1 to 63 letters a-z, digits, '.', '_' or '-' and begin with a letter or a digit; 'statement' is taken"
      )
    }
    self = name
  }
}
