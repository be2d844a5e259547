import Facts
import Glibc
import Processes

/// A private copy of a source's directory, so that the playbook that was shown is the playbook that runs.
///
/// Everything below the directory is taken but Git's own folder, Python's caches and virtual environments; what a playbook reads from
/// elsewhere (the collections of the ansible installation, lookups of absolute paths) is not, and the dry run that is made again
/// from the copy is what shows a change there.
struct FrozenBundle {
  /// Where the copy lies.
  let path: String
  /// The digest of every path, mode and content.
  let digest: Digest
  /// Variables that the tasks' own lists of names do not lead to depend on whether a run is in check mode.
  let asksForCheckMode: Bool

  static let maximumFiles = 20_000
  static let maximumBytes = 256 << 20
  static let maximumDepth = 32
  private static let leftOut: Set<String> = [".git", "__pycache__", ".venv", "venv", ".tox"]

  /// Copies a directory.
  ///
  /// - Parameter destination: must not be there.
  /// - Throws: `not-freezable` for what cannot be copied whole: too much, links that lead out, files that are no files.
  init(of directory: String, into destination: String, _ redactor: Redactor, _ source: SourceName)
    throws(ObserveError)
  {
    var copier = Copier(source: source)
    try copier.folder(directory, destination, "", 0)
    path = destination
    asksForCheckMode = copier.asksForCheckMode
    // Keyed, because it may hold secrets in clear, and the rest of it be known.
    digest = Digest(of: Array(redactor.tag(for: Digest(ofFields: copier.fields).text).utf8))
  }

  private struct Copier {
    let source: SourceName
    var fields: [String] = []
    var files = 0
    var bytes = 0
    var asksForCheckMode = false

    func refuse(_ path: String, _ why: String) -> ObserveError {
      ObserveError(
        .notFreezable, source: source, "\(InertText.line(path)) \(why)",
        hint:
          "What runs has to be what was approved, so all of the playbook's files have to lie in the source's directory."
      )
    }

    mutating func folder(_ from: String, _ to: String, _ relative: String, _ depth: Int) throws(ObserveError) {
      guard depth <= maximumDepth else { throw refuse(relative, "lies too deep") }
      guard mkdir(to, 0o700) == 0 else { throw refuse(to, "cannot be made") }
      guard let names = PlaybookBundle.list(from) else { throw refuse(from, "cannot be read") }
      for name in names where !leftOut.contains(name) {
        let path = relative.isEmpty ? name : "\(relative)/\(name)"
        var status = stat()
        guard lstat("\(from)/\(name)", &status) == 0 else { throw refuse(path, "cannot be looked at") }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: try folder("\(from)/\(name)", "\(to)/\(name)", path, depth + 1)
        case S_IFLNK: try link("\(from)/\(name)", "\(to)/\(name)", path)
        case S_IFREG: try file("\(from)/\(name)", "\(to)/\(name)", path)
        default: throw refuse(path, "is neither a file nor a folder")
        }
      }
      fields += ["folder", relative]
    }

    mutating func link(_ from: String, _ to: String, _ path: String) throws(ObserveError) {
      guard let target = PlaybookBundle.target(of: from), !target.hasPrefix("/") else {
        throw refuse(path, "is a link to an absolute path")
      }
      var depth = path.split(separator: "/").count - 1
      for part in target.split(separator: "/") {
        depth += part == ".." ? -1 : (part == "." ? 0 : 1)
        guard depth >= 0 else { throw refuse(path, "is a link that leads out of the directory") }
      }
      guard symlink(target, to) == 0 else { throw refuse(to, "cannot be made") }
      fields += ["link", path, target]
    }

    mutating func file(_ from: String, _ to: String, _ path: String) throws(ObserveError) {
      let input = open(from, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)
      guard input >= 0 else { throw refuse(path, "cannot be read") }
      defer { close(input) }
      var status = stat()
      guard fstat(input, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw refuse(path, "is no regular file")
      }
      // The folder above keeps others out; `mode: preserve` and programs in the inventory go by the file's own mode.
      let mode = status.st_mode & 0o777
      let output = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard output >= 0, fchmod(output, mode) == 0 else { throw refuse(to, "cannot be written") }
      defer { close(output) }
      let isVariables = path.split(separator: "/").contains {
        ["group_vars", "host_vars", "vars", "defaults"].contains($0)
      }
      var tail: [UInt8] = []
      files += 1
      var digest = Digest.Stream()
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = read(input, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw refuse(path, "cannot be read") }
        if count == 0 { break }
        bytes += count
        guard files <= maximumFiles, bytes <= maximumBytes else {
          throw refuse(path, "and what lies before it are more than \(maximumFiles) files or \(maximumBytes >> 20) MiB")
        }
        digest.update(Array(chunk[..<count]))
        if isVariables, !asksForCheckMode {
          tail += chunk[..<count]
          asksForCheckMode = tail.contains(Self.checkMode)
          tail = Array(tail.suffix(Self.checkMode.count))
        }
        guard writeWhole(chunk[..<count], to: output) == nil else { throw refuse(to, "cannot be written") }
      }
      fields += ["file", path, String(mode, radix: 8), digest.digest.text]
    }

    private static let checkMode = Array("ansible_check_mode".utf8)
  }
}
