import CLibgit2
import Failures
import Files
import Glibc

extension Repository {
  /// What `HEAD` says.
  package enum Head: Hashable, Sendable {
    /// It names a branch by its full reference name; the branch need not exist yet.
    case branch(String)
    /// It names a commit.
    case detached(ObjectID)
  }

  /// The id that a reference names, or nil where there is no such reference.
  ///
  /// - Parameter reference: a full name (`refs/heads/main`) or `HEAD`. Short names are refused: a tag could shadow a
  ///   branch of the same name.
  package func resolve(reference: String) throws(Failure) -> ObjectID? {
    if reference != "HEAD" { try Self.requireFullName(reference) }
    var oid = git_oid()
    do throws(Failure) {
      try check(
        git_reference_name_to_id(&oid, handle.pointer, reference), operation: "read reference",
        object: reference)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
    return ObjectID(oid)
  }

  /// All references whose full name begins with a prefix such as `refs/heads/`, sorted by name. Symbolic ones are
  /// followed, and left out where they lead nowhere.
  package func references(
    under prefix: String
  ) throws(Failure) -> [(name: String, id: ObjectID)] {
    let pointer = handle.pointer
    let iterator = try Owned(
      operation: "list references under", object: prefix, free: { git_reference_iterator_free($0) },
      make: { git_reference_iterator_new(&$0, pointer) })
    var names: [String] = []
    while true {
      var name: UnsafePointer<CChar>?
      let result = git_reference_next_name(&name, iterator.pointer)
      if result == GIT_ITEROVER.rawValue { break }
      try check(result, operation: "list references under", object: prefix)
      if let name { names.append(String(cString: name)) }
    }
    git_error_clear()
    var found: [(name: String, id: ObjectID)] = []
    for name in names.sorted() where name.utf8.starts(with: prefix.utf8) {
      if let id = try resolve(reference: name) { found.append((name, id)) }
    }
    return found
  }

  /// What `HEAD` says; nil where there is no `HEAD`.
  package func head() throws(Failure) -> Head? {
    guard let head = try lookUp("HEAD") else { return nil }
    if let target = git_reference_symbolic_target(head.pointer) { return .branch(String(cString: target)) }
    return git_reference_target(head.pointer).map { .detached(ObjectID($0.pointee)) }
  }

  /// Moves a reference by compare-and-swap, durably. The new commit need not descend from the old one, so that
  /// generated branches can be replaced.
  ///
  /// - Parameters:
  ///   - name: the full name, below `refs/`.
  ///   - new: an object that the repository holds.
  ///   - old: the id it must have now; nil where it must not exist.
  ///   - message: for the reflog, which is a hint for people and no evidence. One line.
  /// - Throws: `.notFound` when the repository holds no such object; `.modified` when the reference has another value
  ///   than `old`, or when it was taken back right after; `.locked` when a program held git's lock file on it for about half a second;
  ///   `fileFailed` when it moved and could not be made durable (it may then be either after a crash).
  package func updateReference(
    _ name: String, to new: ObjectID, expecting old: ObjectID?, message: String
  ) throws(Failure) {
    try Self.requireFullName(name)
    let kind = try rawObject(new).kind
    try beforeStep(.moveReference)
    var failure: Failure?
    do throws(Failure) { try swap(name, to: new, expecting: old, message: message) } catch {
      failure = error
    }
    // An error can come after the rename that moved the reference: only what it says now counts.
    if let failure {
      guard failure.code == .io, try resolve(reference: name) == new else { throw failure }
    }
    try beforeStep(.synchroniseReference)
    try synchroniseFolders(of: name)
    let now = try resolve(reference: name)
    if now == new { return }
    // Another program that built on the new commit has not undone it.
    if let now, kind == .commit, try isAncestor(new, of: now) { return }
    throw Failure(
      .modified, cannot: "move reference", name,
      "it moved to \(new.hex), and another process then \(now.map { "moved it to \($0.hex)" } ?? "deleted it"); try again"
    )
  }

  /// Removes a reference that has an expected value, durably.
  ///
  /// - Throws: `.modified` when it has another value or is not there.
  package func deleteReference(_ name: String, expecting old: ObjectID) throws(Failure) {
    try Self.requireFullName(name)
    guard let now = try lookUp(name) else {
      throw Failure(
        .modified, cannot: "delete reference", name, "there is no such reference")
    }
    let target = git_reference_target(now.pointer).map { ObjectID($0.pointee) }
    guard target == old else {
      throw Failure(
        .modified, cannot: "delete reference", name,
        "it is at \(target?.hex ?? "another reference"), not at \(old.hex); read it again")
    }
    // libgit2 1.5.1 takes a reference for deleted once it has met this lock, and it is not.
    _ = try staleLock(commonFolder + "packed-refs.lock").removeIfStale()
    try beforeStep(.moveReference)
    let pointer = now.pointer
    try retryWhileLocked(name) {
      git_reference_delete(pointer)
    } orThrow: { (result) throws(Failure) in
      try check(result, operation: "delete reference", object: name)
    }
    try beforeStep(.synchroniseReference)
    try synchroniseFolders(of: name)
    guard try resolve(reference: name) == nil else {
      throw Failure(
        .modified, cannot: "delete reference", name, "another process created it again at once; try again")
    }
  }

  private func swap(
    _ name: String, to new: ObjectID, expecting old: ObjectID?, message: String
  ) throws(Failure) {
    var target = new.native
    // The null id stands for "must not exist", and is compared under the reference's lock; the plain creation of
    // libgit2 checks before it locks, and two creators could both succeed.
    var expected = old?.native ?? git_oid()
    var made: OpaquePointer?
    let repository = handle.pointer
    try retryWhileLocked(name) {
      git_reference_create_matching(&made, repository, name, &target, 1, &expected, message)
    } orThrow: { (result) throws(Failure) in
      if result == GIT_EMODIFIED.rawValue || (result == GIT_ENOTFOUND.rawValue && old != nil) {
        git_error_clear()
        throw Failure(
          .modified, cannot: "move reference", name,
          "it is not \(old.map { "at \($0.hex)" } ?? "absent") as was expected; read it again")
      }
      try check(result, operation: "move reference", object: name)
    }
    git_reference_free(made)
  }

  /// Git's lock files on references live for milliseconds; waiting a little is the rule among git programs, too. One that a killed
  /// program left behind is removed.
  private func retryWhileLocked(
    _ name: String, _ attempt: () -> Int32, orThrow report: (Int32) throws(Failure) -> Void
  ) throws(Failure) {
    for pause in 1...10 {
      let result = attempt()
      if result != GIT_ELOCKED.rawValue { return try report(result) }
      // Jitter keeps two that met once from meeting again.
      usleep(UInt32(pause) * 8_000 + UInt32.random(in: 0..<8_000))
    }
    let locks = ["\(commonFolder)\(name).lock", "\(commonFolder)packed-refs.lock"].map(staleLock)
    for lock in locks { _ = try lock.removeIfStale() }
    let result = attempt()
    var held: StaleLock?
    for lock in locks where result == GIT_ELOCKED.rawValue {
      if try FileSystem.status(lock.path) != nil { held = lock }
    }
    guard let held else { return try report(result) }
    git_error_clear()
    throw Failure(.locked, cannot: "move reference", name, held.words())
  }

  private func lookUp(_ name: String) throws(Failure) -> Owned? {
    let pointer = handle.pointer
    do throws(Failure) {
      return try Owned(
        operation: "read reference", object: name, free: { git_reference_free($0) },
        make: { git_reference_lookup(&$0, pointer, name) })
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
  }

  /// libgit2 makes the reference and its folder durable, and not the folders above that it may have made or removed.
  private func synchroniseFolders(of name: String) throws(Failure) {
    var parts = name.split(separator: "/").dropLast()
    while !parts.isEmpty {
      let folder = commonFolder + parts.joined(separator: "/")
      if try FileSystem.status(folder) != nil { try OwnFile.synchronise(folder) }
      parts = parts.dropLast()
    }
    let packed = commonFolder + "packed-refs"
    if try FileSystem.status(packed) != nil { try OwnFile.synchronise(packed) }
    try OwnFile.synchronise(commonFolder)
  }

  static func requireFullName(_ name: String) throws(Failure) {
    try Libgit2.start()
    var valid: Int32 = 0
    try check(git_reference_name_is_valid(&valid, name), operation: "use reference", object: name)
    let components = name.utf8.split(separator: UInt8(ascii: "/"))
    let misleading = components.contains { $0.first == UInt8(ascii: "-") } || name == "refs/heads/HEAD"
    guard valid == 1, name.utf8.starts(with: "refs/".utf8), !misleading else {
      throw Failure(
        .invalid, cannot: "use reference", name.debugDescription,
        "give a full name such as refs/heads/main, without parts that begin with '-'")
    }
  }
}
