/// Why a file is not one to believe, or could not be read or written.
package struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The ways in which a file is not what it has to be.
  package enum Code: Sendable, Hashable, CaseIterable {
    /// There is no such file.
    case missing
    /// It has nothing in it.
    case empty
    /// The path ends in a symbolic link.
    case isLink
    /// The path names a folder, a pipe, a device or a socket.
    case isSpecial
    /// It is larger than any that was written here.
    case tooLarge
    /// It belongs to another user.
    case owner
    /// Others than its owner may write it, or read what is secret.
    case permissions
    /// The system said no; the message says why.
    case failed
  }

  /// Which of them.
  package let code: Code
  /// The path.
  package let path: String
  /// What is wrong, and what to do next where that is not obvious.
  package let message: String

  package init(_ code: Code, _ path: String, _ message: String) {
    self.code = code
    self.path = path
    self.message = message
  }

  package var description: String { "\(path): \(message)" }
}
