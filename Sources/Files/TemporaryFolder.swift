import Failures
import Glibc

/// A folder for this user alone, removed with the files in it.
package struct TemporaryFolder: ~Copyable {
  /// An absolute path.
  package let path: String

  /// - Parameter parent: where it is made. Nil: `$TMPDIR`, else /tmp; one in which others could put another folder in its place is
  ///   refused.
  package init(in parent: String? = nil) throws(Failure) {
    let named = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
    let folder = parent ?? named ?? "/tmp"
    if parent == nil { try OwnFile.checkFolder(of: "\(folder)/new") }
    var template = Array("\(folder)/.praxis-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw OwnFile.failure("make a folder in", folder) }
    path = template.withUnsafeBufferPointer { buffer in
      String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  deinit { Folder.remove(path) }
}
