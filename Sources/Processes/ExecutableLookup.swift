import Files
import Glibc

/// Finds programs in a list of directories such as PATH.
package struct ExecutableLookup: Sendable, Hashable {
  /// The directories that are searched, in order: the absolute ones of the list.
  package let directories: [String]

  /// Reads a list separated by colons. Empty and relative entries mean the working directory, which
  /// anybody may have filled: they are left out.
  package init(path: String) {
    directories = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
  }

  /// The absolute path of the first regular file of that name that this process may execute, or nil.
  package func locate(_ name: String) -> String? {
    guard !name.isEmpty, !name.utf8.contains(0), !name.contains("/"), name != ".", name != ".." else {
      return nil
    }
    for directory in directories where !directory.utf8.contains(0) {
      let candidate = directory.hasSuffix("/") ? directory + name : directory + "/" + name
      if case .executable = FileKind(ofProgramAt: candidate) { return candidate }
    }
    return nil
  }
}

/// The absolute path of a program in a list of directories such as PATH, or nil; see `ExecutableLookup`.
package func locate(_ name: String, in path: String) -> String? {
  ExecutableLookup(path: path).locate(name)
}

/// Whether a regular file that this process may execute stands at a path.
package func isProgram(at path: String) -> Bool {
  guard !path.utf8.contains(0), case .executable = FileKind(ofProgramAt: path) else { return false }
  return true
}

/// What stands at a path where a program is expected.
enum FileKind {
  case missing(Int32)
  case notExecutable(String)
  case executable

  init(ofProgramAt path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = .missing(errno)
      return
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      self = .notExecutable("it is not a regular file")
      return
    }
    self =
      faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0
      ? .executable : .notExecutable("it may not be executed by this user (\(systemMessage(errno)))")
  }
}
