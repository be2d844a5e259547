import Glibc

/// What a program sees of the file system and may write, held by bubblewrap: what is not mounted is not there, and what is mounted
/// read-only cannot be written.
///
/// The network, the processes and the user stay as they are.
public struct Sandbox: Sendable, Hashable {
  /// One place of the view, in the order in which it is made; a later one lies over an earlier one.
  public enum Mount: Sendable, Hashable {
    case readOnly(String, at: String)
    case writable(String, at: String)
    /// A new, empty folder in memory.
    case empty(String)
    case link(String, at: String)

    /// Where it stands in the view.
    public var place: String {
      switch self {
      case .readOnly(_, let place), .writable(_, let place), .empty(let place), .link(_, let place): place
      }
    }
  }

  /// The path of `bwrap`.
  public let program: String
  /// The view.
  public var mounts: [Mount]

  /// Where the program's private temporary folder lies: a short path, since sockets have no long ones.
  public static let temporaryFolder = "/.praxis/tmp"

  /// The folders at the root that belong to the operating system and not to its users.
  public static let systemFolders = [
    "/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/run", "/sbin", "/sys", "/usr",
  ]

  /// A view of everything, read-only.
  public static func everything(by program: String) -> Sandbox {
    var names: [String] = []
    if let folder = opendir("/") {
      defer { closedir(folder) }
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) {
          String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if ![".", "..", "dev", "proc", ".praxis"].contains(name) { names.append("/\(name)") }
      }
    }
    return Sandbox(program: program, mounts: base(names.sorted()))
  }

  /// A view of the operating system, read-only, and of nothing else.
  public static func system(by program: String) -> Sandbox {
    Sandbox(
      program: program,
      mounts: base(systemFolders) + [.empty("/tmp"), .empty("/var/tmp"), .empty("/root"), .empty("/home")])
  }

  /// Whether a path belongs to the operating system's own packages, so that ``system(by:)`` shows it and only root changes it.
  public static func isOfTheSystem(_ path: String) -> Bool {
    (systemFolders + ["/dev", "/proc"]).contains { lies(path, in: $0) } && !lies(path, in: "/usr/local")
  }

  /// Whether a path is a folder's or one of something in it; both absolute and without links, compared by their bytes.
  public static func lies(_ path: String, in folder: String) -> Bool {
    path.utf8.elementsEqual(folder.utf8) || path.utf8.starts(with: (folder == "/" ? folder : "\(folder)/").utf8)
  }

  private static func base(_ folders: [String]) -> [Mount] {
    var mounts: [Mount] = []
    for folder in folders {
      var status = stat()
      guard lstat(folder, &status) == 0 else { continue }
      if status.st_mode & S_IFMT == S_IFLNK {
        guard let target = linkTarget(of: folder) else { continue }
        mounts.append(.link(target, at: folder))
      } else {
        mounts.append(.readOnly(folder, at: folder))
      }
    }
    return mounts + [.readOnly("/proc", at: "/proc")]
  }

  private static func linkTarget(of path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      bytes.bindMemory(to: CChar.self).baseAddress.map { readlink(path, $0, bytes.count) } ?? -1
    }
    return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
  }

  /// Finds bubblewrap and tries whether it may make namespaces here.
  ///
  /// - Parameter path: where to search, as `$PATH`.
  /// - Throws: `notFound`, `notExecutable` or what bubblewrap itself says, as the detail.
  public static func find(in path: String) async throws(ProcessError) -> String {
    guard let program = locate("bwrap", in: path) else {
      throw ProcessError(code: .notFound, program: "bwrap", detail: "it is not on PATH; install bubblewrap")
    }
    var status = stat()
    guard stat(program, &status) == 0, status.st_uid == 0 || status.st_uid == geteuid(), status.st_mode & 0o022 == 0
    else {
      throw ProcessError(
        code: .notExecutable, program: program, detail: "somebody else than root and this user can write it")
    }
    var trial = Invocation(executable: "/bin/true", environment: [:], timeLimit: .seconds(60))
    trial.sandbox = everything(by: program)
    let ended = try await run(trial) { _ in }
    guard ended.status == .exited(0) else {
      let said = String(decoding: ended.standardError.suffix(300), as: UTF8.self)
      throw ProcessError(
        code: .notExecutable, program: program,
        detail:
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
