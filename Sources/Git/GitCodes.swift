import Failures

/// The codes of Git.
extension Failure.Code {
  package static let modified = Self(
    "modified", .busy, "Another program moved the reference in the meantime; try again.")
  package static let locked = Self(
    "locked", .busy, "Another program holds git's lock file; try again, and remove the lock only when nothing runs.")
  package static let exists = Self("exists", .wrongInput, "What should be created is there already.")
  package static let invalid = Self(
    "invalid", .wrongInput, "A value, or a commit that breaks the strict form, is refused.")
  package static let corrupt = Self(
    "corrupt", .damaged,
    "Stored data contradicts itself; run git fsck, and fetch the repository anew from a good copy.")
  package static let unsafe = Self(
    "unsafe", .cannotCheck, "Refused for safety: a foreign owner, or a symbolic link where a file is expected.")
  package static let conflict = Self(
    "conflict", .wrongInput, "Files of the work tree stand in the way; commit or remove them.")
  package static let other = Self("other", .cannotCheck, "libgit2 reports something else; the message says what.")
  package static let commitMalformed = Self("commit-malformed", .refused, "The commit breaks the strict form.")

  /// All of them.
  package static let git: [Self] = [
    .modified, .locked, .exists, .invalid, .corrupt, .unsafe, .conflict, .other, .commitMalformed,
  ]
}
