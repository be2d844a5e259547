import Failures
import StrictJSON

/// What an execution is sealed by: the digest of everything that decides what the tool does, and how far the run can reach.
package struct Seal: Sendable, Hashable {
  /// Of programs, settings, plugins, the inventory as it was resolved, and the source's own files.
  package var digest: Digest
  /// Whether the run sees nothing but what is sealed and the operating system.
  package var isSandboxed: Bool
  /// Absolute paths that it may write on the engine's host.
  package var writes: [String]

  package init(digest: Digest, isSandboxed: Bool, writes: [String]) {
    self.digest = digest
    self.isSandboxed = isSandboxed
    self.writes = writes
  }

  var json: JSON {
    .object([
      "digest": .string(digest.text), "sandbox": .bool(isSandboxed), "writes": .array(writes.map(JSON.string)),
    ])
  }

  init(reading view: JSONView, in document: String, at path: String) throws(Failure) {
    var fields = try FieldReader(view, in: document, at: path)
    digest = try fields.digest("digest")
    isSandboxed = try fields.bool("sandbox")
    writes = try fields.strings("writes")
    if let odd = writes.first(where: { !Self.isPlain($0) }) {
      throw Failure(
        .badValue, in: document, at: "\(path)/writes", "\(TerminalSafe.escaped(odd)) is not a plain absolute path")
    }
    try fields.finish()
  }

  /// Whether a path is absolute, without `.`, `..` and empty parts, and not the root.
  package static func isPlain(_ path: String) -> Bool {
    path.utf8.first == UInt8(ascii: "/") && path.utf8.count > 1
      && path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().allSatisfy {
        !["", ".", ".."].contains($0)
      }
  }
}
