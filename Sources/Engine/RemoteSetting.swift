import Facts
import Failures
import Files
import Glibc
import StateRepository
import StrictJSON

/// Where the shared remote is and how it is reached: the operator's word, in the installation's `remote.json`. What the repository's own
/// configuration says of programs, keys and other addresses counts nothing.
struct RemoteSetting: Sendable, Hashable {
  /// What the file says its format is.
  static let format = "praxis.remote/1"

  /// An absolute path, or an address of ssh or https.
  var url: String
  /// The file of the ssh key to use; nil for those that ssh finds for this user by itself.
  var sshKey: String?
  /// A file of user names and passwords for https, as git-credential-store(1) writes it.
  var credentials: String?
  /// Whether every command that writes to main shares it at once.
  var publish = false

  init(url: String) throws {
    self.url = url
    try check()
  }

  /// Nil where there is no such file.
  init?(at path: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0 || errno != ENOENT else { return nil }
    let bytes = try OwnFile.read(path, limit: Bounds.ownFile)
    var fields = try FieldReader(JSONDocument(bytes, of: path).root, in: path)
    try fields.format(Self.format)
    url = try fields.string("url")
    sshKey = try fields.optionalString("sshKey")
    credentials = try fields.optionalString("credentials")
    if fields.optional("publish") != nil { publish = try fields.bool("publish") }
    try fields.finish()
    try check()
    // Both reach git within a line that a shell reads.
    for path in [sshKey, credentials].compactMap(\.self) where !Self.isPlainPath(path) {
      throw Failure(
        .remoteSetting, TerminalSafe.escaped(path), "it is not a plain absolute path",
        hint: "Use letters, digits and / . _ - alone.")
    }
  }

  /// Only transports that run no program of the address's choice, and only to whom they prove who they are.
  private func check() throws {
    let isPlain = url.utf8.allSatisfy { (0x21...0x7e).contains($0) } && url.utf8.first != UInt8(ascii: "-")
    let isHelper = url.prefix { $0 != "/" }.contains("::")
    let scheme = url.firstRange(of: "://").map { String(url[..<$0.lowerBound]) }
    let isKnown =
      scheme.map { ["ssh", "https", "file"].contains($0) } ?? (url.hasPrefix("/") || Self.isHostAndPath(url))
    guard isPlain, !isHelper, isKnown else {
      throw Failure(
        .remoteAddress, TerminalSafe.escaped(String(url.prefix(200))), "the remote's address is not accepted",
        hint: "Use an absolute path, ssh://, https://, or HOST:PATH.")
    }
  }

  /// `git@host:path`
  private static func isHostAndPath(_ text: String) -> Bool {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
      && parts[0].utf8.allSatisfy { isWord($0) || "._-@".utf8.contains($0) }
  }

  private static func isPlainPath(_ path: String) -> Bool {
    path.hasPrefix("/") && path.utf8.allSatisfy { isWord($0) || "/._-".utf8.contains($0) }
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
  }
}
