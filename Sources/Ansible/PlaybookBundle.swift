import Facts
import Failures
import Files
import Glibc
import Processes
import Secrets

/// The declared side as a whole: the playbook, the inventory and what they draw on, told by one digest.
///
/// Taken are, below the source's directory, `*.yml`, `*.yaml`, `*.j2`, `*.cfg`, `*.ini`, the playbook and the inventory whatever
/// they are called, and all that lies in a folder named `roles`, `templates`, `files`, `vars`, `defaults`, `tasks`,
/// `handlers`, `group_vars`, `host_vars`, `library` or `collections`. Hidden folders are left out and links are taken as what
/// they say, not followed. There is no digest at all, rather than one of a part, where something cannot be read or where there are
/// more files, bytes or levels than ``Bounds`` has for a declaration.
struct PlaybookBundle {
  let directory: String
  /// The paths of the playbook and the inventory, relative to the directory or absolute.
  let named: [String]

  private static let suffixes = [".yml", ".yaml", ".j2", ".cfg", ".ini"]
  private static let folders: Set<String> = [
    "roles", "templates", "files", "vars", "defaults", "tasks", "handlers", "group_vars", "host_vars",
    "library",
    "collections",
  ]

  /// Keyed, because a bundle may hold secrets in clear, and the rest of it be known.
  func digest(_ redactor: Redactor) -> Digest? {
    var collection = Collection()
    guard collection.walk(directory, "", depth: 0, isInside: false, named: Set(named)) else { return nil }
    guard !collection.fields.isEmpty else { return nil }
    return Digest(of: Array(redactor.tag(for: Digest(ofFields: collection.fields).text).utf8))
  }

  private struct Collection {
    /// Path, kind and content of each entry, in order.
    var fields: [String] = []
    private var files = 0
    private var bytes = 0

    /// - Returns: false where the digest would not be of the whole.
    mutating func walk(_ root: String, _ path: String, depth: Int, isInside: Bool, named: Set<String>) -> Bool {
      guard depth <= Bounds.declaredDepth, let names = try? Folder.names(in: path.isEmpty ? root : "\(root)/\(path)")
      else {
        return false
      }
      for name in names {
        let relative = path.isEmpty ? name : "\(path)/\(name)"
        let full = "\(root)/\(relative)"
        var status = stat()
        guard lstat(full, &status) == 0 else { return false }
        let isNamed = named.contains(relative) || named.contains(full) || named.contains("./\(relative)")
        let isTaken = isInside || isNamed || suffixes.contains { name.hasSuffix($0) }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
          if name.hasPrefix(".") { continue }
          let isInside = isInside || isNamed || folders.contains(name)
          guard walk(root, relative, depth: depth + 1, isInside: isInside, named: named) else { return false }
        case S_IFLNK:
          guard isTaken, let target = Folder.linkTarget(of: full) else { continue }
          fields += [relative, "link", target]
        case S_IFREG:
          guard isTaken else { continue }
          files += 1
          bytes += Int(status.st_size)
          guard files <= Bounds.declaredFiles, bytes <= Bounds.declaredBytes, let digest = Self.digest(of: full) else {
            return false
          }
          fields += [relative, "file", digest.text]
        default: continue
        }
      }
      return true
    }

    private static func digest(of path: String) -> Digest? {
      let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
      guard descriptor >= 0 else { return nil }
      defer { close(descriptor) }
      var content: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0, content.count <= Bounds.declaredBytes else { return nil }
        if count == 0 { return Digest(of: content) }
        content += chunk[..<count]
      }
    }
  }
}
