import Facts
import Failures
import Files
import Glibc
import Processes

/// What holds a tool to reading where it is only to read, and to what was sealed where it changes the fleet.
package enum Confinement: Sendable, Hashable {
  /// The path of bubblewrap, which was tried on this host.
  case sandbox(program: String)
  /// There is no sandbox, and why.
  case none(String)

  /// Below a run's evidence folder: what the tool writes in private, and what is not needed afterwards.
  package static let scratchFolder = "scratch"
}

/// The private folders of one run, and how the view shows them.
package struct Scratch: Sendable {
  /// On the host; below the evidence folder.
  let folder: String
  private let home: String

  /// - Throws: `evidence`.
  init(_ request: ObservationRequest) throws(Failure) {
    folder = "\(request.evidenceFolder)/\(Confinement.scratchFolder)"
    home = request.home
    for path in [folder, temporary, ownHome] where mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw Failure(evidenceOf: request.source.name, path, "cannot be made", errno)
    }
  }

  private var temporary: String { "\(folder)/tmp" }

  /// By which what came out of the run is known; see ``Sandbox/endsAllIn``.
  var mark: Sandbox.Found? { Sandbox.Found(temporary) }
  private var ownHome: String { "\(folder)/home" }

  /// The tool's home is empty and its own for this run; what lies in the installation's stands in it, read-only.
  func mounts(evidence: String?, homeEntries: [(name: String, source: String)]) -> [Sandbox.Mount] {
    (evidence.map { [.writable($0, at: $0)] } ?? []) + [
      .writable(temporary, at: Sandbox.temporaryFolder),
      .writable(ownHome, at: home),
    ] + homeEntries.map { .readOnly($0.source, at: "\(home)/\($0.name)") }
  }

  /// What of the home decides on a run: all but what tools leave there themselves.
  static func homeEntries(of home: String) throws(Failure) -> [String] {
    var found: [String] = []
    for name in try Folder.names(in: home) ?? [] {
      if name == ".ansible" {
        for inner in try Folder.names(in: "\(home)/\(name)") ?? []
        where !["tmp", "cp", "pc", "facts", "galaxy_cache", "galaxy_token"].contains(inner) {
          found.append("\(name)/\(inner)")
        }
      } else if name != ".cache" {
        found.append(name)
      }
    }
    return found
  }

  /// The same as what a seal holds.
  package static func homeTrees(of home: String) throws(Failure) -> [SealedTree] {
    try homeEntries(of: home).map { SealedTree(path: "\(home)/\($0)", kind: .installed) }
  }

  /// The home in the system's list of users, in which ansible's modules keep what they unpack on this host, whatever
  /// HOME says. The run sees it as it is, read-only, with room for new entries that no other process sees.
  static func userHome() throws(Failure) -> [Sandbox.Mount] {
    // One that this user may not list is as it is, without room.
    guard let path = UserHome.path, path.utf8.count > 1, access(path, R_OK | X_OK) == 0,
      let names = try Folder.names(in: path)
    else { return [] }
    return try OpenFolder(path: path, file: "").mounts(content: path)
      + (names.contains(".ansible")
        ? OpenFolder(path: "\(path)/.ansible", file: "").mounts(content: "\(path)/.ansible")
          + [.empty("\(path)/.ansible/tmp")] : [])
  }

  /// Variables that lead a tool to its private folders. What Python has compiled beside its sources is not sealed, so
  /// that a sealed run compiles anew; a run that only observes may use it.
  package static func variables(isSealed: Bool) -> [String: String] {
    var variables = ["TMPDIR": Sandbox.temporaryFolder]
    if isSealed { variables["PYTHONPYCACHEPREFIX"] = "\(Sandbox.temporaryFolder)/pycache" }
    return variables
  }
}

/// A folder in which a tool writes a file of its own, among others that stay read-only: a state, with what is made beside it for the run.
package struct OpenFolder: Sendable, Hashable {
  package var path: String
  /// The name in it that is the host's own, to be written.
  package var file: String
  /// Names that the tool finds free.
  var hidden: [String] = []

  package init(path: String, file: String, hidden: [String] = []) {
    (self.path, self.file, self.hidden) = (path, file, hidden)
  }

  /// The whole path of the file.
  var filePath: String { "\(path)/\(file)" }

  /// - Parameters:
  ///   - content: where the folder's other entries come from; nil: there are none.
  func mounts(content: String?) throws(Failure) -> [Sandbox.Mount] {
    var mounts: [Sandbox.Mount] = [.empty(path)]
    if let content {
      for name in try Folder.names(in: content) ?? [] where name != file && !hidden.contains(name) {
        if let target = Folder.linkTarget(of: "\(content)/\(name)") {
          mounts.append(.link(target, at: "\(path)/\(name)"))
        } else {
          mounts.append(.readOnly("\(content)/\(name)", at: "\(path)/\(name)"))
        }
      }
    }
    // A link would open what it leads to.
    var status = stat()
    if lstat(filePath, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      mounts.append(.writable(filePath, at: filePath))
    }
    return mounts
  }
}

extension ObservationRequest {
  /// The view of a run that only observes: everything as it is, read-only, with private folders beside; nil without a
  /// sandbox.
  ///
  /// - Parameters:
  ///   - open: folders in which the tool takes its lock.
  ///   - writesEvidence: whether the tool itself writes into the evidence folder. A collector does not: what it tells of mounts would have
  ///     another path in it with each run.
  package func observingView(open: [OpenFolder] = [], writesEvidence: Bool = true) throws(Failure) -> Sandbox? {
    guard case .sandbox(let program) = confinement else { return nil }
    var view = Sandbox.everything(by: program)
    view.mounts += try Scratch.userHome()
    for folder in open { view.mounts += try folder.mounts(content: folder.path) }
    let scratch = try Scratch(self)
    view.endsAllIn = scratch.mark
    view.mounts += scratch.mounts(
      evidence: writesEvidence ? evidenceFolder : nil,
      homeEntries: try Scratch.homeEntries(of: home).map { ($0, "\(home)/\($0)") })
    return view
  }
}

/// Where the system's list of users says that this one is at home.
package enum UserHome {
  package static var path: String? { getpwuid(geteuid()).flatMap { $0.pointee.pw_dir }.map { String(cString: $0) } }
}
