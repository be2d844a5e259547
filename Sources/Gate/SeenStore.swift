import Facts
import Failures
import Files
import Git
import StrictJSON

/// Where an installation keeps the seen file of one history. Whatever happens at once, nothing in it is lowered: each change is made to what
/// the file holds then, by one process at a time.
package struct SeenStore: Sendable {
  /// The file's path.
  package let path: String
  private let lockPath: String
  private let introduction: ObjectID

  /// - Parameters:
  ///   - folder: the installation's folder of such files.
  ///   - lock: held while the file is read or changed; outside of the folder.
  ///   - introduction: the commit that the history begins with.
  package init(folder: String, lock: String, introduction: ObjectID) {
    path = "\(folder)/\(introduction).json"
    lockPath = lock
    self.introduction = introduction
  }

  /// Beside the seen file: the acceptances by which it went back.
  package var rewindLog: String { "\(path.dropLast(".json".count)).rewinds.jsonl" }

  /// What was seen; nil where nothing is remembered of this history.
  ///
  /// - Throws: `file-…` for a file that is there and cannot be trusted: then it is unknown what it would have said.
  package func read() throws(Failure) -> SeenFile? {
    do throws(Failure) {
      // The lock's folder is made with the first file.
      _ = try content()
      let lock = try hold()
      defer { withExtendedLifetime(lock) {} }
      return try content()
    } catch {
      if error.code == .fileMissing { return nil }
      throw error
    }
  }

  /// Begins to remember.
  ///
  /// - Throws: `remembered` where this history is remembered already: nothing that was seen is lowered.
  package func create(_ seen: SeenFile) throws(Failure) {
    let lock = try hold()
    defer { withExtendedLifetime(lock) {} }
    do throws(Failure) {
      _ = try content()
    } catch {
      guard error.code == .fileMissing else { throw error }
      return try OwnFile.write(seen.bytes, to: path)
    }
    throw Failure(
      .remembered, path,
      "this history is remembered on this host, and a copy of its repository is the same history; nothing is to be adopted"
    )
  }

  /// Changes what is remembered, durably; the old file stays until the new one is whole. Clones that are gone are forgotten.
  ///
  /// - Parameter next: done before anybody else can look at, or change, what is remembered.
  package func update(
    _ change: (inout SeenFile) async throws(Failure) -> Void,
    then next: () async throws(Failure) -> Void = { () throws(Failure) in }
  ) async throws(Failure) {
    let lock = try hold()
    defer { withExtendedLifetime(lock) {} }
    let before = try content()
    var seen = before
    try await change(&seen)
    if seen != before {
      seen.clones = seen.clones.filter { path, _ in (try? OwnFile.realPath(path)) != nil }
      try OwnFile.write(seen.bytes, to: path)
    }
    try await next()
  }

  /// Raises the floor of the clock to a time that is now, in place and without waiting for the disk: a crash may lose the last seconds of
  /// it, and nothing else of the file. Nothing happens where nothing is remembered.
  package func raiseClock(to now: Timestamp) throws(Failure) {
    guard let before = try read(), before.clockFloor < now else { return }
    let lock = try hold()
    defer { withExtendedLifetime(lock) {} }
    let old = try content()
    var seen = old
    seen.clockFloor = max(old.clockFloor, now)
    // A time has always as many digits, so that nothing else moves.
    try OwnFile.overwrite(old.bytes, with: seen.bytes, at: path)
  }

  private func hold() throws(Failure) -> RepositoryLock {
    try RepositoryLock(at: lockPath, waiting: true)
  }

  private func content() throws(Failure) -> SeenFile {
    let bytes = try OwnFile.read(path, limit: Bounds.ownFile, allowing: .ownerAlone)
    let seen: SeenFile
    do throws(Failure) {
      seen = try SeenFile(parsing: bytes, document: path)
    } catch {
      throw Failure(.fileMalformed, path, TerminalSafe.escaped(error.message), hint: OwnFile.restoring)
    }
    guard seen.introduction == introduction else {
      throw Failure(.fileMalformed, path, "it is about another history", hint: OwnFile.restoring)
    }
    return seen
  }
}
