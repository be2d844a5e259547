import CLibgit2

/// What went wrong with a repository, on which object, and what can be done next.
package struct GitError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of a failure, for callers that decide on it.
  package enum Code: String, CaseIterable, Hashable, Sendable {
    /// The object, reference, path or repository is not there.
    case notFound
    /// A reference no longer has the value that was expected: somebody else moved it. Read again, then retry.
    case modified
    /// Another program holds git's own lock file on a reference or on the index. Retry after a pause.
    case locked
    /// Another process holds the ``RepositoryLock``.
    case busy
    /// What should be created is there already.
    case exists
    /// A value given by the caller, or a commit that breaks the strict form, is refused.
    case invalid
    /// Stored data contradicts itself: a wrong hash, a duplicate tree entry, an unreadable pack.
    case corrupt
    /// Refused for safety: a foreign owner, a symbolic link where a file is expected.
    case unsafe
    /// Files of the work tree stand in the way.
    case conflict
    /// The operating system refused: disk full, no permission, input/output error.
    case io
    /// Anything else that libgit2 reports.
    case other
  }

  /// The kind of the failure.
  package let code: Code
  /// What was attempted, as a verb phrase: "read object".
  package let operation: String
  /// The object id, reference name or path it was attempted on.
  package let object: String
  /// What happened, and where it is not obvious what to do next.
  package let message: String
  /// Which rule of the strict commit form broke, when one did.
  package let rule: RawCommit.Rule?

  /// An error with all its parts.
  package init(
    code: Code, operation: String, object: String, message: String, rule: RawCommit.Rule? = nil
  ) {
    self.code = code
    self.operation = operation
    self.object = object
    self.message = message
    self.rule = rule
  }

  /// One line for a log or a person.
  package var description: String { "cannot \(operation) \(object): \(message)" }
}

/// The one funnel for libgit2's return codes: reads the thread's last error right after the call (no suspension
/// can lie between), copes with none having been set, and clears it so that it never explains a later failure.
@discardableResult
func check(_ result: Int32, operation: String, object: String) throws(GitError) -> Int32 {
  if result >= 0 { return result }
  var message = "libgit2 gave no reason (code \(result))"
  var category: Int32 = 0
  if let last = git_error_last() {
    category = last.pointee.klass
    if let text = last.pointee.message { message = String(cString: text) }
  }
  git_error_clear()
  throw GitError(
    code: code(for: result, category: category), operation: operation, object: object, message: message)
}

private func code(for result: Int32, category: Int32) -> GitError.Code {
  switch result {
  case GIT_ENOTFOUND.rawValue: return .notFound
  case GIT_EEXISTS.rawValue: return .exists
  case GIT_EMODIFIED.rawValue: return .modified
  case GIT_ELOCKED.rawValue: return .locked
  case GIT_ECONFLICT.rawValue: return .conflict
  case GIT_EOWNER.rawValue: return .unsafe
  case GIT_EMISMATCH.rawValue: return .corrupt
  case GIT_EINVALIDSPEC.rawValue, GIT_EINVALID.rawValue, GIT_EAMBIGUOUS.rawValue: return .invalid
  default: break
  }
  switch git_error_t(rawValue: UInt32(bitPattern: category)) {
  case GIT_ERROR_OS: return .io
  case GIT_ERROR_ZLIB, GIT_ERROR_ODB, GIT_ERROR_OBJECT, GIT_ERROR_INDEXER, GIT_ERROR_TREE: return .corrupt
  case GIT_ERROR_INVALID: return .invalid
  default: return .other
  }
}
