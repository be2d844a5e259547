import Failures

/// The codes of files outside the repository: why one is not to be trusted, or could not be read or written.
extension Failure.Code {
  package static let fileMissing = Self("file-missing", .refused, "There is no such file.")
  package static let fileEmpty = Self("file-empty", .refused, "The file has nothing in it.")
  package static let fileIsLink = Self("file-is-link", .refused, "The path ends in a symbolic link.")
  package static let fileIsSpecial = Self(
    "file-is-special", .refused, "The path names a folder, a pipe, a device or a socket.")
  package static let fileTooLarge = Self(
    "file-too-large", .refused, "The file is larger than any that was written here.")
  package static let fileOwner = Self("file-owner", .refused, "The file belongs to another user.")
  package static let filePermissions = Self(
    "file-permissions", .refused, "Others than its owner may write the file, or read what is secret.")
  package static let fileFailed = Self("file-failed", .cannotCheck, "A file or folder could not be read or written.")

  /// All of them.
  package static let files: [Self] = [
    .fileMissing, .fileEmpty, .fileIsLink, .fileIsSpecial, .fileTooLarge, .fileOwner, .filePermissions,
    .fileFailed,
  ]
}
