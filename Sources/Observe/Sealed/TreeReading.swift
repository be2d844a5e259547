import Facts
import Failures
import Files
import Glibc
import Processes
import StrictJSON

/// Reads one tree, byte for byte, for its digest, and copies it where that is asked for: what was digested is what was copied.
package struct TreeReading {
  let source: SourceName
  let tree: SealedTree
  /// A line for each entry: kind, path, mode, content. Paths are absolute.
  private(set) var lines: [String] = []
  /// Where links of it lead, by the link.
  private(set) var links: [(link: String, target: String)] = []
  /// Programs and folders that scripts of it name.
  private(set) var named: [String] = []
  /// Whether a file names this host as a place where something happens.
  private(set) var mentionsThisHost = false
  /// Folders that are no part of it.
  private(set) var leftOut: [String] = []
  private var files = 0
  private var bytes = 0

  init(_ tree: SealedTree, source: SourceName) {
    self.tree = tree
    self.source = source
  }

  /// - Parameter copy: where the copy is made; nothing may be there. Nil: only read.
  /// - Throws: `not-sealable`.
  mutating func read(copyingTo copy: String?) throws(Failure) {
    var status = stat()
    guard stat(tree.path, &status) == 0 else { throw refuse(tree.path, systemMessage(errno)) }
    if status.st_mode & S_IFMT == S_IFDIR {
      try folder(tree.path, copy, "", 0)
    } else {
      // A link at the end of a root's path is followed: the content stands at the path.
      try file(tree.path, copy, follows: true)
    }
  }

  private func refuse(_ path: String, _ why: String) -> Failure {
    Failure(
      .notSealable, source: source, "\(TerminalSafe.escaped(path)): \(why)",
      hint: "praxis seals everything that decides what the tool does. Correct it, and propose again.")
  }

  private mutating func folder(
    _ path: String, _ copy: String?, _ relative: String, _ depth: Int
  ) throws(Failure) {
    guard depth <= Bounds.sealedDepth else { throw refuse(path, "it lies too deep") }
    if let copy, mkdir(copy, 0o700) != 0 { throw Failure(evidenceOf: source, copy, "cannot be made", errno) }
    let names: [String]
    do throws(Failure) { names = try Folder.names(in: path) ?? [] } catch { throw refuse(path, error.message) }
    lines.append("folder \(path)")
    for name in names {
      let below = relative.isEmpty ? name : "\(relative)/\(name)"
      let (from, to) = ("\(path)/\(name)", copy.map { "\($0)/\(name)" })
      var status = stat()
      guard lstat(from, &status) == 0 else {
        throw refuse(from, name.contains("\u{fffd}") ? "its name is not UTF-8" : systemMessage(errno))
      }
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      guard tree.takes(name, at: below) else {
        // What is sealed for itself, or stays writable, is mounted over this.
        if isFolder, let to, mkdir(to, 0o700) != 0 { throw Failure(evidenceOf: source, to, "cannot be made", errno) }
        if isFolder, name != "__pycache__" { leftOut.append(from) }
        continue
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try folder(from, to, below, depth + 1)
      case S_IFLNK: try link(from, to)
      case S_IFREG: try file(from, to)
      case S_IFSOCK where tree.kind == .installed: continue
      default: throw refuse(from, "it is neither a file nor a folder")
      }
    }
    if let copy, chmod(copy, 0o755) != 0 { throw Failure(evidenceOf: source, copy, "cannot be written", errno) }
  }

  private mutating func link(_ path: String, _ copy: String?) throws(Failure) {
    guard let target = Folder.linkTarget(of: path) else { throw refuse(path, "the link cannot be read") }
    if let copy, symlink(target, copy) != 0 { throw Failure(evidenceOf: source, copy, "cannot be made", errno) }
    // Both may hold blanks; the length tells where the first one ends.
    lines.append("link \(path.utf8.count) \(path) \(target)")
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    links.append((path, Self.normalized(target.hasPrefix("/") ? target : "/\(folder)/\(target)")))
  }

  private mutating func file(_ path: String, _ copy: String?, follows: Bool = false) throws(Failure) {
    let input = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (follows ? 0 : O_NOFOLLOW))
    guard input >= 0 else { throw refuse(path, "cannot be read: \(systemMessage(errno))") }
    defer { close(input) }
    var status = stat()
    guard fstat(input, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw refuse(path, "it is not a regular file")
    }
    let mode = status.st_mode & 0o777
    var output: Int32 = -1
    if let copy {
      output = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard output >= 0, fchmod(output, mode) == 0 else {
        throw Failure(evidenceOf: source, copy, "cannot be written", errno)
      }
    }
    defer { if output >= 0 { close(output) } }
    files += 1
    var digest = Digest.Stream()
    var isFirst = true
    var chunk = [UInt8](repeating: 0, count: min(max(Int(status.st_size) + 1, 4_096), 1 << 20))
    while true {
      let count = Glibc.read(input, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw refuse(path, "cannot be read: \(systemMessage(errno))") }
      if count == 0 { break }
      bytes += count
      guard files <= Bounds.sealedFiles, bytes <= Bounds.sealedBytes else {
        throw refuse(
          path,
          "with what lies before it, it is more than \(Bounds.sealedFiles) files or \(Bounds.sealedBytes >> 30) GiB"
        )
      }
      if isFirst, tree.kind == .installed, mode & 0o111 != 0, chunk.starts(with: [0x23, 0x21]) {
        named += Self.paths(inScript: chunk[..<count])
      }
      if isFirst, tree.kind == .written, !mentionsThisHost {
        mentionsThisHost = Self.mentionsThisHost(chunk[..<count])
      }
      isFirst = false
      digest.update(chunk[..<count])
      if output >= 0, let number = writeWhole(chunk[..<count], to: output) {
        throw Failure(evidenceOf: source, copy ?? path, "cannot be written", number)
      }
    }
    if output >= 0 { futimens(output, [status.st_atim, status.st_mtim]) }
    lines.append("file \(path) \(String(mode, radix: 8)) \(digest.digest.text)")
  }

  private static func mentionsThisHost(_ bytes: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    if text.contains("localhost") || text.contains("local_action") || text.contains("127.0.0.1") { return true }
    var rest = text[...]
    while let range = rest.firstRange(of: "connection") {
      rest = rest[range.upperBound...]
      if rest.prefix(80).contains("local") { return true }
    }
    return false
  }

  /// Absolute paths in a script's first 64 KiB: its interpreter, and what it starts.
  private static func paths(inScript bytes: ArraySlice<UInt8>) -> [String] {
    func belongsToAPath(_ byte: UInt8) -> Bool {
      byte > 0x20 && byte < 0x7f && !"\"'`;:,()<>|&$*?[]{}=#!".utf8.contains(byte)
    }
    return bytes.prefix(1 << 16).split(whereSeparator: { !belongsToAPath($0) })
      .filter { $0.first == UInt8(ascii: "/") && $0.count > 1 }
      .map { normalized(String(decoding: $0, as: UTF8.self)) }
  }

  /// An absolute path with `.` and `..` folded.
  package static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    return "/" + parts.joined(separator: "/")
  }
}
