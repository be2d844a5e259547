import Failures
import Glibc

/// A folder for this user alone, removed with the files in it.
package struct TemporaryFolder: ~Copyable {
  /// An absolute path.
  package let path: String

  /// - Parameter parent: where it is made; a folder that others may write is fine when it is sticky, as /tmp is.
  package init(in parent: String = "/tmp") throws(Failure) {
    var template = Array("\(parent)/.praxis-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw OwnFile.failure("make a folder in", parent) }
    path = template.withUnsafeBufferPointer { buffer in
      String(decoding: buffer.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  deinit { Folder.remove(path) }
}
