import Facts
import Failures
import Files
import Glibc
import Processes
import Secrets
import StrictJSON

/// Everything that decides what a tool does, told by one digest, and the view of the file system in which it runs.
///
/// Each tree stands in the view at its own path, read-only: the tree itself while a proposal is made, and a private copy, made again
/// and compared, when it is executed. What is neither sealed nor of the operating system is not there.
package struct SealedBundle: Sendable {
  /// A line for each entry of the trees, and what else was bound.
  var entries: [String]
  let redactor: Redactor
  /// The sealed trees' paths, for people.
  package let paths: [String]
  /// What the tool may write beside its private folders: paths that people read before they approve.
  package private(set) var writes: [String]
  /// Those that the source's configuration names.
  let configured: [String]
  /// praxis' own, which no run may write.
  let own: [String]
  /// Whether what people wrote says that some of it happens on this host.
  package let mentionsThisHost: Bool
  /// Nil where this host has no sandbox.
  var view: Sandbox?
  /// How many mounts of it show the system.
  var systemMounts = 0
  let open: [OpenFolder]

  /// Reads all trees, and what their scripts and links lead to.
  ///
  /// - Parameters:
  ///   - trees: what the authority knows to decide.
  ///   - copies: an empty private folder for copies; nil: the trees themselves stand in the view.
  ///   - open: folders in which the tool writes files of its own.
  package init(
    _ trees: [SealedTree], of request: ObservationRequest, copiesIn copies: String?,
    open: [OpenFolder] = []
  ) throws(Failure) {
    let source = request.source.name
    self.open = open
    if let copies, mkdir(copies, 0o700) != 0, errno != EEXIST {
      throw Failure(evidenceOf: source, copies, "cannot be made", errno)
    }
    var queue = trees + request.source.reads.map { SealedTree(path: $0, kind: .written) }
    var done: [SealedTree] = []
    var readings: [TreeReading] = []
    var mounts: [(place: String, source: String)] = []
    while !queue.isEmpty {
      let tree = queue.removeFirst()
      guard !done.contains(where: { $0.holds(tree.path) }) else { continue }
      let copy = copies.map { "\($0)/\(done.count)" }
      var reading = TreeReading(tree, source: source)
      try reading.read(copyingTo: copy)
      done.append(tree)
      readings.append(reading)
      mounts.append((tree.path, copy ?? OwnFile.resolved(tree.path)))
      if tree.kind == .installed {
        for path in reading.named + reading.links.map(\.target) where !Sandbox.isOfTheSystem(path) {
          queue += try ToolInstallation.trees(behind: path)
        }
      }
    }
    let held = done + done.map { SealedTree(path: OwnFile.resolved($0.path), kind: $0.kind, leavesOut: $0.leavesOut) }
    for reading in readings {
      // A link that leads nowhere leads to nothing that could be swapped for what runs: it is not in the view. Where links of what is
      // installed lead is sealed, too, or not in the view. What a process shows can be anything at any time.
      for (link, target) in reading.links
      where Self.isOfAProcess(target) || reading.tree.kind == .written && access(link, F_OK) == 0 {
        let ends = Sandbox.lies(target, in: "/dev") ? [target] : [target, OwnFile.resolved(link)]
        let isFixed = ends.allSatisfy { end in held.contains { $0.holds(end) } || Sandbox.onlyRootChanges(end) }
        guard !isFixed else { continue }
        throw Failure(
          .notSealable, source: source,
          "\(TerminalSafe.escaped(link)) is a link that leads out of what is sealed, to \(TerminalSafe.escaped(target))",
          hint: "Put what it leads to into the source's directory, or name it in reads: of \(source) in praxis.yaml.")
      }
    }
    // A tree that was found after one of its parts shows that part, too.
    mounts.removeAll { mount in done.contains { $0.path != mount.place && $0.holds(mount.place) } }
    entries = readings.flatMap(\.lines)
    own = request.ownFolders.map(OwnFile.resolved)
    mentionsThisHost = readings.contains(where: \.mentionsThisHost)
    redactor = request.redactor
    paths = done.map(\.path).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    configured = request.source.writes
    writes = Self.withRealPaths(configured)
    guard case .sandbox(let program) = request.confinement else { return }
    var view = Sandbox.system(by: program)
    systemMounts = view.mounts.count
    for mount in mounts.sorted(by: { $0.place.utf8.lexicographicallyPrecedes($1.place.utf8) }) {
      view.mounts.append(.readOnly(mount.source, at: mount.place))
      // Before what lies below it.
      for folder in open where folder.path == mount.place { view.mounts += try folder.mounts(content: mount.source) }
    }
    for folder in open where !mounts.contains(where: { $0.place == folder.path }) {
      let holder = mounts.filter { folder.path.hasPrefix("\($0.place)/") }.max { $0.place.count < $1.place.count }
      let mounts = try folder.mounts(content: holder.map { "\($0.source)\(folder.path.dropFirst($0.place.count))" })
      view.mounts.insert(contentsOf: mounts, at: firstMount(of: view, in: folder.path))
    }
    // An observing run sees of these what the real run sees in the copies: nothing. A folder that is sealed by itself
    // is mounted over it.
    let sealed = Set(done.map(\.path))
    for folder in readings.flatMap(\.leftOut) where !sealed.contains(folder) {
      view.mounts.insert(.empty(folder), at: firstMount(of: view, in: folder))
    }
    self.view = view
  }

  /// Where a folder has to be mounted, so that it does not hide what is mounted in it: what comes later lies over what was before. The
  /// system's own mounts are hidden by whatever else stands there.
  func firstMount(
    of view: Sandbox, in folder: String, where counts: (String) -> Bool = { _ in true }
  ) -> Int {
    view.mounts.indices.dropFirst(systemMounts).first {
      Sandbox.lies(view.mounts[$0].place, in: folder) && counts(view.mounts[$0].place)
    } ?? view.mounts.endIndex
  }

  /// What the digest stands on; private. A folder that may be written is told by where it really lies, too, since another one can be put
  /// in its place.
  package var lines: [String] { entries + writes.compactMap(Self.line(ofWritable:)) }

  /// Of every path, mode and content; keyed, since a bundle may hold secrets and the rest of it be known.
  package var digest: Digest {
    let sorted = lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return Digest(of: Array(redactor.tag(for: Digest(ofFields: sorted).text).utf8))
  }

  /// Binds it to something that is not a file.
  package mutating func bind(_ line: String) { entries.append(line) }

  /// Shows another file in the place of one that is sealed.
  package mutating func put(_ file: String, at place: String) { view?.mounts.append(.readOnly(file, at: place)) }

  /// Shows nothing of a folder but some of what lies in it.
  package mutating func clear(_ folder: String, keeping names: [String]) {
    guard var view else { return }
    let kept = view.mounts.compactMap { mount -> (String, String)? in
      guard case .readOnly(let source, let place) = mount, Sandbox.lies(folder, in: place) else {
        return nil
      }
      return (place, "\(source)\(folder.dropFirst(place.count))")
    }.last?.1
    view.mounts.append(.empty(folder))
    for name in names {
      if let kept, access("\(kept)/\(name)", F_OK) == 0 {
        view.mounts.append(.readOnly("\(kept)/\(name)", at: "\(folder)/\(name)"))
      }
    }
    self.view = view
  }

  /// Whether there is a sandbox to run it in.
  package var isSandboxed: Bool { view != nil }

  /// Lets a run write local targets, beside what the source's own `writes:` names.
  ///
  /// - Parameter folders: as ``LocalTargets`` or a proposal gives them.
  package mutating func allow(writing folders: [String]) {
    writes = Self.withRealPaths(writes + folders)
  }

  /// A folder that may be written, told by which one it is; nil for a file, which whoever writes it replaces.
  static func line(ofWritable path: String) -> String? {
    Sandbox.Found(path).map { "writes \(path.utf8.count) \(path) \($0.number) \(OwnFile.resolved(path))" }
  }

  /// Where a path leads through links, people read where it leads, too.
  static func withRealPaths(_ paths: [String]) -> [String] {
    Set(paths + paths.map(OwnFile.resolved)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The local folders that a run has to write which manages some paths, as far as it does not have them anyway.
  package func localTargets(_ managed: [String]) -> [String] {
    func isThere(_ path: String) -> Bool { (configured + paths).contains { Sandbox.lies(path, in: $0) } }
    let places = managed.filter { $0.hasPrefix("/") }.map(TreeReading.normalized)
    return LocalTargets.folders(of: places.filter { !isThere($0) }).filter { !isThere($0) }
  }

  /// Says of what a run would change that it is sealed or the system's, so that the run can read it and no more.
  ///
  /// - Parameter changed: absolute paths.
  package func readOnly(_ changed: [String], source: SourceName) -> [String] {
    guard isSandboxed else { return [] }
    return changed.map(TreeReading.normalized).filter { path in
      !writes.contains { Sandbox.lies(path, in: $0) }
        && (Sandbox.isOfTheSystem(path) || paths.contains { Sandbox.lies(path, in: $0) })
    }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { path in
      Sandbox.isOfTheSystem(path)
        ? "Where \(path) is one of this host's own, the run cannot write it. If it has to, name its folder in writes: of \(source) in praxis.yaml."
        : "The run can read \(path), which is sealed, and not write it. If it has to, name its folder in writes: of \(source) in praxis.yaml."
    }
  }

  /// Refuses what a proposal may write, where the dry run asks for other folders: it is what the proposal's maker says of it, and no more.
  ///
  /// - Parameter managed: the paths that the dry run shows.
  /// - Throws: `seal-changed`.
  package func checkWrites(_ managed: [String], source: SourceName) throws(Failure) {
    let needed = Set(Self.withRealPaths(configured + localTargets(managed)))
    guard isSandboxed, let odd = needed.symmetricDifference(writes).min() else { return }
    throw Failure(
      .sealChanged, source: source,
      "\(TerminalSafe.escaped(odd)) is \(needed.contains(odd) ? "to be written, and the proposal does not say so" : "no folder that the run has to write")",
      hint: "Propose again.")
  }
}

/// What belongs to a program or a folder that something sealed leads to.
package enum ToolInstallation {
  /// - Parameter path: absolute, and not of the operating system.
  package static func trees(behind path: String) throws(Failure) -> [SealedTree] {
    var status = stat()
    guard stat(path, &status) == 0 else { return [] }
    let parts = path.split(separator: "/")
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      // A home or a temporary folder is named in passing; nothing that runs is all of it.
      let isShared = parts.count < 2 || ["home", "var"].contains(parts[0]) && parts.count < 3
      return isShared ? [] : [SealedTree(path: path, kind: .installed)]
    case S_IFREG:
      return try surroundings(ofProgramAt: parts) + [SealedTree(path: path, kind: .installed)]
    default: return []
    }
  }

  /// A program in `bin` of a Python installation stands on the rest of it.
  static func surroundings(ofProgramAt parts: [Substring]) throws(Failure) -> [SealedTree] {
    guard parts.count > 2, parts[parts.count - 2] == "bin" else { return [] }
    let prefix = "/" + parts.dropLast(2).joined(separator: "/")
    // A virtual environment is taken whole; its packages are why it is there.
    if access("\(prefix)/pyvenv.cfg", F_OK) == 0 { return [SealedTree(path: prefix, kind: .installed)] }
    guard parts[parts.count - 1].hasPrefix("python"), let names = try Folder.names(in: "\(prefix)/lib") else {
      return []
    }
    let versions = names.filter { $0.hasPrefix("python3") }
    guard !versions.isEmpty else { return [] }
    // What a virtual environment draws on is the standard library, not what else was installed beside it.
    return [
      SealedTree(
        path: "\(prefix)/lib", kind: .installed,
        leavesOut: Set(versions.flatMap { ["\($0)/site-packages", "\($0)/test"] }))
    ]
  }
}
