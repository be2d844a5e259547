import Facts
import Failures
import Files
import Glibc
import Processes
import StrictJSON

extension SealedBundle {
  /// What a tool that only observes sees of the bundle; nil without a sandbox.
  package func observingView(_ request: ObservationRequest) throws(Failure) -> Sandbox? {
    var view = try view(request) { .readOnly($0, at: $0) }
    view?.endsAllIn = try Scratch(request).mark
    return view
  }

  /// What a tool that changes the fleet sees of the bundle; nil without a sandbox.
  ///
  /// A state that is not there yet is made, empty, so that it can be mounted; one that is there is kept for ``settleStates(_:)``.
  ///
  /// - Throws: `not-sealable` for a state that is not a regular file: what is written into it would be elsewhere, or nowhere.
  package func executingView(_ request: ObservationRequest) throws(Failure) -> Sandbox? {
    guard isSandboxed else { return nil }
    for path in open.map(\.filePath) {
      var status = stat()
      guard lstat(path, &status) == 0 || errno == ENOENT else { throw stateError(path, request) }
      guard status.st_mode & S_IFMT != 0 else {
        let made = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard made >= 0 else { throw stateError(path, request) }
        close(made)
        continue
      }
      guard status.st_mode & S_IFMT == S_IFREG, let before = try? OwnFile.readAnybodys(path, limit: Bounds.document),
        EvidenceFolder.write(before, to: Self.keptState(path, request)) == nil
      else { throw stateError(path, request) }
    }
    var view = try view(request) { .writable($0, at: $0) }
    view?.unmoved += open.compactMap { Sandbox.Found($0.filePath, .file) }
    return view
  }

  static func keptState(_ path: String, _ request: ObservationRequest) -> String {
    "\(request.evidenceFolder)/\(Digest(of: Array(path.utf8)).shortID)"
  }

  func stateError(_ path: String, _ request: ObservationRequest) -> Failure {
    Failure(
      .notSealable, source: request.source.name,
      "\(TerminalSafe.escaped(path)) is not a regular file that can be kept and written\(errno == 0 ? "" : ": \(systemMessage(errno))")",
      hint: "The tool keeps its state there; check the file and the folder's permissions.")
  }

  /// After a run: a state that it left empty is taken away again, and of one that it changed the one before is kept beside it, as the tool
  /// itself does where it sees the folder.
  package func settleStates(_ request: ObservationRequest) {
    for path in open.map(\.filePath) {
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
      if status.st_size == 0 { unlink(path) }
      let kept = Self.keptState(path, request)
      guard let before = try? OwnFile.readAnybodys(kept, limit: Bounds.document), !before.isEmpty,
        before != (try? OwnFile.readAnybodys(path, limit: Bounds.document))
      else { continue }
      let (backup, fresh) = ("\(path).backup", "\(path).backup.praxis")
      unlink(fresh)
      if EvidenceFolder.write(before, to: fresh) != nil || rename(fresh, backup) != 0 { unlink(fresh) }
    }
  }

  func view(
    _ request: ObservationRequest, local: (String) -> Sandbox.Mount
  ) throws(Failure) -> Sandbox? {
    guard var view else { return nil }
    for path in writes {
      guard access(path, F_OK) == 0 else {
        throw Failure(
          .notSealable, source: request.source.name, "\(TerminalSafe.escaped(path)) is to be written and is not there",
          hint: "Correct writes: of the source in praxis.yaml, or make the folder.")
      }
      let real = OwnFile.resolved(path)
      if let folder = own.first(where: { Sandbox.lies(real, in: $0) }) {
        throw Failure(
          .notSealable, source: request.source.name,
          "\(TerminalSafe.escaped(path)) is to be written, and lies in \(folder), which is praxis' own",
          hint: "No run writes what belongs to praxis. Correct what the source manages, or writes: in praxis.yaml.")
      }
      // What the folder holds, or is itself sealed, must not be hidden.
      let place = firstMount(of: view, in: path) { $0 != path || paths.contains(path) }
      let hidden = own.filter { Sandbox.lies($0, in: real) }.map {
        Sandbox.Mount.empty("\(path)\($0.dropFirst(real.count))")
      }
      view.mounts.insert(contentsOf: [local(path)] + hidden, at: place)
      if let folder = Sandbox.Found(path) { view.unmoved.append(folder) }
    }
    if let socket = request.environment["SSH_AUTH_SOCK"], request.source.environment.pass.contains("SSH_AUTH_SOCK") {
      view.mounts.append(.readOnly(socket, at: socket))
    }
    // The home's own entries stand among the sealed trees.
    let inHome = view.mounts.compactMap { mount -> (name: String, source: String)? in
      guard case .readOnly(let source, let place) = mount, place.hasPrefix("\(request.home)/") else { return nil }
      return (String(place.dropFirst(request.home.count + 1)), source)
    }
    view.mounts += try Scratch(request).mounts(evidence: request.evidenceFolder, homeEntries: inHome)
    return view
  }

  /// Whether a path leads through what a process shows of itself, beside the one that asks.
  static func isOfAProcess(_ path: String) -> Bool {
    Sandbox.lies(path, in: "/proc") && !["/proc/mounts", "/proc/self"].contains { Sandbox.lies(path, in: $0) }
  }
}
