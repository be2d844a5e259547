import Facts
import Files
import Git

/// Why the state repository could not be read or written.
package struct StateError: Error, Hashable, Sendable {
  /// The kinds of failure.
  package enum Code: String, CaseIterable, Sendable, Hashable {
    /// There is no state repository here.
    case notFound = "not-found"
    /// Main, or a branch that is needed, is missing.
    case noMain = "no-main"
    /// praxis.yaml says something that cannot be carried out; the message names the line.
    case configuration
    /// A file of the repository is not what this version would have written.
    case malformed
    /// main moved again and again under the recorder, or another process holds what is needed.
    case busy
    /// The observation came after a later one was recorded.
    case late
    /// The tip of main is ahead of this host's clock.
    case clock
    /// main does not verify; recording stops, observing goes on into the spool.
    case unverified
    case notSigned = "not-signed"
    case spool
    /// A file that praxis keeps on this host is another user's, open to others, a link, no regular file, empty or too large.
    case unsafeFile = "unsafe-file"
    case git
    case unknownSource = "unknown-source"
    case unknownFinding = "unknown-finding"
    /// A time from before main's first commit: nothing was known then.
    case beforeHistory = "before-history"
    /// A commit that is not on main's line of first parents.
    case notOnMain = "not-on-main"
  }

  /// The kind of the failure, for callers that decide on it.
  package var code: Code
  /// The object that it is about.
  package var object: String
  /// What failed, and on what.
  package var message: String
  /// What to do next; a sentence.
  package var hint: String

  package init(_ code: Code, _ object: String, _ message: String, hint: String = "") {
    self.code = code
    self.object = object
    self.message = message
    self.hint = hint
  }

  init(_ error: GitError) {
    let code: Code =
      switch error.code {
      case .busy, .locked, .modified: .busy
      default: .git
      }
    self.init(code, error.object, error.description)
  }

  init(_ error: FileError) {
    switch error.code {
    case .missing, .failed:
      self.init(.spool, error.path, error.message, hint: "Check permissions and free space.")
    case .empty, .isLink, .isSpecial, .tooLarge, .owner, .permissions:
      self.init(
        .unsafeFile, error.path, error.message,
        hint: "Nothing of it was believed; see who changed it before you put it right.")
    }
  }

  init(_ error: FactsError) {
    self.init(
      .malformed, error.document, error.description, hint: "Look at its history with git log -p.")
  }
}

extension StateError: CustomStringConvertible {
  package var description: String { message.contains(object) ? message : "\(object): \(message)" }
}

/// Runs an operation of Git and tells its failure as the repository's.
func git<Value: Sendable>(
  _ body: () async throws(GitError) -> Value
) async throws(StateError) -> Value {
  do throws(GitError) { return try await body() } catch { throw StateError(error) }
}

func facts<Value>(_ body: () throws(FactsError) -> Value) throws(StateError) -> Value {
  do throws(FactsError) { return try body() } catch { throw StateError(error) }
}
