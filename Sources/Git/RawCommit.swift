import Failures

/// A commit in the one strict form that is accepted here, with the bytes that it was read from or will be stored as.
///
/// The form is narrower than Git's: `tree`, any number of `parent`, `author`, `committer`, at most one `gpgsig` with
/// one canonical SSH signature, a blank line, the message. A merge may carry a signature of another kind, as a forge makes it. Git ignores, re-wraps or hides from the signature what
/// else may stand there, and other readers do so differently; here nothing else may stand there.
package struct RawCommit: Hashable, Sendable {
  /// The rules of the form, one for each way a commit is refused.
  package enum Rule: String, Hashable, Sendable, CaseIterable {
    /// At most 64 KiB.
    case size
    /// No NUL byte: text functions of C stop there, so what follows would escape them.
    case noNUL
    /// No carriage return.
    case noCarriageReturn
    /// Valid UTF-8 throughout.
    case utf8
    /// `tree` comes first, with 40 lower-case digits.
    case tree
    /// Each `parent` has 40 lower-case digits, and none is named twice.
    case parent
    /// One `author` follows, in the form `NAME <EMAIL> SECONDS +HHMM`.
    case author
    /// One `committer` follows, in the same form.
    case committer
    /// At most one `gpgsig`.
    case oneSignature
    /// The signature is one SSH signature block, base64 in lines of 70, nothing around it; that of a merge may be of another kind.
    case armour
    /// No other header (`encoding`, `mergetag`, `gpgsig-sha256`, …).
    case unknownHeader
    /// A blank line ends the headers.
    case blankLine
    /// Writing the parts again gives the same bytes.
    case canonical
  }

  /// The root directory.
  package let tree: ObjectID
  /// The parents in order; the first is the line that a merge was made onto.
  package let parents: [ObjectID]
  /// Who wrote the change.
  package let author: Signature
  /// Who made the commit.
  package let committer: Signature
  /// The armoured signature without a final line break, or nil in an unsigned commit.
  package let signature: String?
  /// The text of a merge's signature that is no SSH signature, such as a forge's; nobody's word here.
  let foreignSignature: String?
  /// Whether it carries a signature that is no SSH signature.
  package var isSignedOtherwise: Bool { foreignSignature != nil }
  /// Everything after the blank line, byte for byte.
  package let message: String
  /// The stored form.
  package let bytes: [UInt8]

  /// An unsigned commit from its parts; refuses what would break the strict form.
  package init(
    tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, message: String
  ) throws(Failure) {
    try self.init(
      parsing: Self.serialise(
        tree: tree, parents: parents, author: author, committer: committer, signature: nil, message: message))
  }

  init(
    tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, signature: String?,
    foreignSignature: String?, message: String, bytes: [UInt8]
  ) {
    self.tree = tree
    self.parents = parents
    self.author = author
    self.committer = committer
    self.signature = signature
    self.foreignSignature = foreignSignature
    self.message = message
    self.bytes = bytes
  }

  /// The same commit with a signature over ``signedPayload``.
  ///
  /// - Parameter armour: an SSH signature block as `ssh-keygen -Y sign` prints it; a final line break is dropped.
  package func signed(with armour: String) throws(Failure) -> RawCommit {
    var text = Substring(armour)
    if text.utf8.last == UInt8(ascii: "\n") { text = Substring(text.unicodeScalars.dropLast()) }
    if let objection = Armour.objection(to: String(text)) {
      throw Self.refusal(.armour, objection)
    }
    return try RawCommit(
      parsing: Self.serialise(
        tree: tree, parents: parents, author: author, committer: committer, signature: String(text),
        message: message))
  }

  /// What the signature covers: the stored bytes without the `gpgsig` header.
  package var signedPayload: [UInt8] {
    Self.serialise(
      tree: tree, parents: parents, author: author, committer: committer, signature: nil, message: message)
  }

  /// The commit's id. Signatures can be made again with other bytes, so one approval can have many ids: never use an
  /// id as proof that something has not happened before.
  package var id: ObjectID {
    get throws(Failure) { try ObjectID(hashing: bytes, as: .commit) }
  }

  static func serialise(
    tree: ObjectID, parents: [ObjectID], author: Signature, committer: Signature, signature: String?,
    message: String
  ) -> [UInt8] {
    var text = "tree \(tree.hex)\n"
    for parent in parents { text += "parent \(parent.hex)\n" }
    text += "author \(author.line)\ncommitter \(committer.line)\n"
    var bytes = Array(text.utf8)
    if let signature {
      bytes += Array("gpgsig".utf8)
      for line in signature.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        bytes.append(UInt8(ascii: " "))
        bytes += Array(line)
        bytes.append(UInt8(ascii: "\n"))
      }
    }
    bytes.append(UInt8(ascii: "\n"))
    bytes += Array(message.utf8)
    return bytes
  }

  static func refusal(_ rule: Rule, _ message: String) -> Failure {
    Failure(.commitMalformed, "commit", "\(message) (rule \(rule.rawValue))")
  }
}
