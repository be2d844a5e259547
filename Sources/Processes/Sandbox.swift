import Failures
import Files
import Glibc

/// What a program sees of the file system and may write, held by bubblewrap: what is not mounted is not there, and what is mounted
/// read-only cannot be written.
///
/// The network, the processes and the user stay as they are.
package struct Sandbox: Sendable, Hashable {
  /// One place of the view, in the order in which it is made; a later one lies over an earlier one.
  package enum Mount: Sendable, Hashable {
    case readOnly(String, at: String)
    case writable(String, at: String)
    /// A new, empty folder in memory.
    case empty(String)
    case link(String, at: String)

    /// Where it stands in the view.
    package var place: String {
      switch self {
      case .readOnly(_, let place), .writable(_, let place), .empty(let place), .link(_, let place): place
      }
    }
  }

  /// The path of `bwrap`.
  package let program: String
  /// The view.
  package var mounts: [Mount]
  /// Folders and files that have to be the ones that they were when the view was made: whoever may write above one of them could put
  /// another in its place.
  package var unmoved: [Found] = []
  /// The program's private temporary folder, where all that sees it as that ends with the last program in this view, whatever session it
  /// has gone to. Nil where a run may leave something behind that goes on: a service that it started.
  package var endsAllIn: Found?

  /// One of ``unmoved`` that is another one now; nil where all are what they were.
  package var moved: Found? { unmoved.first { Found($0.path, $0.kind) != $0 } }

  /// A folder or file as it was found, by the file system and the number that it is known by there.
  package struct Found: Sendable, Hashable {
    /// What it has to be.
    package enum Kind: Sendable, Hashable {
      case folder, file
    }

    /// Where it was found.
    package let path: String
    /// What it is, links followed.
    package let kind: Kind
    /// Its inode's number.
    package let number: UInt64
    private let device: UInt64

    /// Finds it now; nil for what is of another kind, or not there.
    package init?(_ path: String, _ kind: Kind = .folder) {
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == (kind == .folder ? S_IFDIR : S_IFREG) else {
        return nil
      }
      self.path = path
      self.kind = kind
      number = UInt64(status.st_ino)
      device = UInt64(status.st_dev)
    }

    /// Whether another path leads to the same one.
    func isSame(as other: Found) -> Bool { (number, device) == (other.number, other.device) }
  }

  /// Where the program's private temporary folder lies: a short path, since sockets have no long ones.
  package static let temporaryFolder = "/.praxis/tmp"

  /// The folders at the root that belong to the operating system and not to its users.
  package static let systemFolders = [
    "/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/run", "/sbin", "/sys", "/usr",
  ]

  /// A view of everything, read-only.
  package static func everything(by program: String) -> Sandbox {
    let names = ((try? Folder.names(in: "/")) ?? []).filter { !["dev", "proc", ".praxis"].contains($0) }
    return Sandbox(program: program, mounts: base(names.map { "/\($0)" }))
  }

  /// A view of the operating system, read-only, and of nothing else: only root can change anything in it.
  package static func system(by program: String) -> Sandbox {
    Sandbox(
      program: program,
      mounts: base(systemFolders)
        + ["/home", "/root", "/tmp", "/usr/local", "/var/tmp"].map(Mount.empty)
        + ["/etc", "/run"].flatMap { hidden(in: $0, 0) })
  }

  /// Whether a path belongs to the operating system and not to its users or to what was installed beside it.
  package static func isOfTheSystem(_ path: String) -> Bool {
    (systemFolders + ["/dev", "/proc"]).contains { lies(path, in: $0) } && !lies(path, in: "/usr/local")
  }

  /// Whether ``system(by:)`` shows what stands at a path, and only root can put something else in its place.
  ///
  /// `/dev` is a new one in each view. `/run` and `/proc` hold what processes put there, whoever they belong to.
  package static func onlyRootChanges(_ path: String) -> Bool {
    if lies(path, in: "/dev") { return true }
    guard let real = try? OwnFile.realPath(path) else { return false }
    return [path, real].allSatisfy { path in
      guard isOfTheSystem(path), !["/proc", "/run", "/sys"].contains(where: { lies(path, in: $0) }) else {
        return false
      }
      var place = ""
      return path.split(separator: "/").allSatisfy { part in
        place += "/\(part)"
        return isRoots(place)
      }
    }
  }

  /// Whether a file or folder is root's and root alone may write it; a link is what it leads to.
  private static func isRoots(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_uid == 0
      && (status.st_mode & 0o002 == 0 && (status.st_mode & 0o020 == 0 || status.st_gid == 0))
  }

  /// Lies over what others than root can change below a folder.
  private static func hidden(in folder: String, _ depth: Int) -> [Mount] {
    ((try? Folder.names(in: folder)) ?? []).flatMap { name -> [Mount] in
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0 else { return [] }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: return isRoots(path) && depth < 8 ? hidden(in: path, depth + 1) : [.empty(path)]
      case S_IFREG: return isRoots(path) ? [] : [.readOnly("/dev/null", at: path)]
      default: return []
      }
    }
  }

  /// Whether a path is a folder's or one of something in it; both absolute and without links, compared by their bytes.
  package static func lies(_ path: String, in folder: String) -> Bool {
    path.utf8.elementsEqual(folder.utf8) || path.utf8.starts(with: (folder == "/" ? folder : "\(folder)/").utf8)
  }

  private static func base(_ folders: [String]) -> [Mount] {
    var mounts: [Mount] = []
    for folder in folders {
      var status = stat()
      guard lstat(folder, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFLNK {
        guard let target = Folder.linkTarget(of: folder) else { continue }
        mounts.append(.link(target, at: folder))
      } else {
        mounts.append(.readOnly(folder, at: folder))
      }
    }
    return mounts + [.readOnly("/proc", at: "/proc")]
  }

  /// Finds bubblewrap and tries whether it may make namespaces here.
  ///
  /// - Parameter path: where to search, as `$PATH`.
  /// - Throws: `notFound`, `notExecutable` or what bubblewrap itself says, as the detail.
  package static func find(in path: String) async throws(Failure) -> String {
    guard let program = locate("bwrap", in: path) else {
      throw Failure(.toolMissing, "bwrap", "it is not on PATH; install bubblewrap")
    }
    var status = stat()
    guard stat(program, &status) == 0, status.st_uid == 0 || status.st_uid == geteuid(), status.st_mode & 0o022 == 0
    else {
      throw Failure(
        .toolMissing, program, "a user other than root and this one owns it, or may write it",
        hint:
          "Install bubblewrap as a package, or give it to root and take the write permission of group and others away.")
    }
    var trial = Invocation(executable: "/bin/true", environment: [:], timeLimit: .seconds(60))
    trial.sandbox = everything(by: program)
    let ended = try await run(trial) { _ in }
    guard ended.status == .exited(0) else {
      let said = String(decoding: ended.standardError.suffix(300), as: UTF8.self)
      throw Failure(
        .toolMissing, program,

        "it may make no namespaces here: \(said.split(separator: "\n").last.map(String.init) ?? "no reason given")")
    }
    return program
  }

  /// The words of bubblewrap in front of the program's own.
  func arguments(for invocation: Invocation) -> [String] {
    // Root could mount over the view again, or write the disk behind it.
    var words = ["CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_SYS_RAWIO", "CAP_SYS_MODULE", "CAP_SYS_PTRACE"]
      .flatMap { ["--cap-drop", $0] }
    for mount in mounts {
      switch mount {
      case .readOnly(let source, let place): words += ["--ro-bind", source, place]
      case .writable(let source, let place): words += ["--bind", source, place]
      case .empty(let place): words += ["--tmpfs", place]
      case .link(let target, let place): words += ["--symlink", target, place]
      }
    }
    words += ["--dev", "/dev"]
    if let folder = invocation.workingDirectory { words += ["--chdir", folder] }
    return words + ["--", invocation.executable] + invocation.arguments
  }
}
