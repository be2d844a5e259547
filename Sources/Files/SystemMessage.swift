import Glibc

/// The system's text for an error number.
package func systemMessage(_ number: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
  return buffer.withUnsafeBufferPointer { text in text.baseAddress.map { String(cString: $0) } ?? "" }
}

/// What to do about a file or folder that the system would not read or write.
package func systemAdvice(_ number: Int32, _ path: String) -> String {
  switch number {
  case ENOSPC, EDQUOT:
    "The disk is full, or the quota is used up: free some space where \(path) lies (df, quota), and repeat."
  case EROFS: "The file system is read-only: see why (findmnt, dmesg), and mount the one of \(path) writable."
  case EMFILE, ENFILE: "Raise the limit of open files: ulimit -n."
  case EACCES, EPERM: "Check its permissions and those of the folders above it, and who runs praxis: namei -l \(path)"
  default: "Check the path and its disk: ls -ld \(path)"
  }
}
