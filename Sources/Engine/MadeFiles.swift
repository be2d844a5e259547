import Files
import Glibc

/// What a call has made so far, in order.
struct MadeFiles {
  private enum Made {
    case folder(String)
    case file(String)
    case tree(String)
  }

  private var made: [Made] = []

  mutating func folder(_ path: String) { made.append(.folder(path)) }
  mutating func file(_ path: String) { made.append(.file(path)) }
  mutating func tree(_ path: String) { made.append(.tree(path)) }

  /// Removes it again, the last first; a folder that something else was put into stays.
  func takeAway() {
    for one in made.reversed() {
      switch one {
      case .folder(let path): rmdir(path)
      case .file(let path): unlink(path)
      case .tree(let path): Folder.remove(path)
      }
    }
  }
}
