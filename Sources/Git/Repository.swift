import CLibgit2
import Failures
import Files
import Glibc

/// A Git repository, owned by this actor alone.
///
/// Nothing outside the repository steers it: no environment variable, no configuration of the user or the host, no
/// replace references, no grafts. Every object read is checked against its id.
package actor Repository {
  private(set) var handle: RepositoryHandle
  private(set) var objects: ObjectReader

  /// The repository's own folder (`.git`, or the bare repository itself), with a final slash.
  package nonisolated let gitFolder: String
  /// The folder with objects and references, which linked work trees share; with a final slash.
  nonisolated let commonFolder: String
  /// The root of the work tree with a final slash, or nil in a bare repository.
  package nonisolated let workTree: String?

  /// Called before each step of a write; tests make it throw, to stand for a crash there.
  private(set) var beforeStep: @Sendable (WriteStep) throws(Failure) -> Void = { _ in }

  private init(adopting handle: consuming RepositoryHandle) throws(Failure) {
    gitFolder = String(cString: git_repository_path(handle.pointer))
    commonFolder = String(cString: git_repository_commondir(handle.pointer))
    workTree = git_repository_workdir(handle.pointer).map { String(cString: $0) }
    objects = try Self.reader(of: handle)
    self.handle = handle
  }

  /// Opens the repository at exactly this path: a work tree's root, its `.git`, or a bare repository.
  ///
  /// No parent folder is searched. Any failure is an error, also "not found" (which libgit2 gives for a repository of
  /// another user, too): never take it as leave to create one.
  package static func open(at path: String) throws(Failure) -> Repository {
    try Repository(adopting: openHandle(at: path))
  }

  static func openHandle(at path: String) throws(Failure) -> RepositoryHandle {
    try Libgit2.start()
    try checkFiles(of: path)
    var made: OpaquePointer?
    let flags = GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue
    do throws(Failure) {
      try check(
        git_repository_open_ext(&made, path, flags, nil), operation: "open repository", object: path)
    } catch {
      for part in [path, path + "/.git"] {
        guard let status = try FileSystem.status(part), status.owner != geteuid() else { continue }
        throw Failure(
          .unsafe, cannot: "open repository", path,
          "\(part) belongs to user \(status.owner), not to this one (\(geteuid())); run as its owner"
        )
      }
      // What this user may not look into is no reason to say that nothing is there.
      for part in [path, path + "/.git"] { _ = try FileSystem.status("\(part)/HEAD") }
      throw error
    }
    guard let made else {
      throw Failure(
        .other, cannot: "open repository", path, "libgit2 opened nothing")
    }
    return RepositoryHandle(adopting: made)
  }

  /// libgit2 waits for the writer of a pipe, and takes a repository for none where one of these cannot be read.
  private static func checkFiles(of path: String) throws(Failure) {
    for file in ["", "/.git"].flatMap({ ["\(path)\($0)/HEAD", "\(path)\($0)/config"] }) {
      var status = stat()
      guard lstat(file, &status) == 0 else { continue }
      guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw Failure(
          .unsafe, file, "it is not a regular file, so the repository cannot be opened",
          hint: "Put the file of a good copy in its place.")
      }
    }
  }

  /// Makes a new, empty repository, durably; parent folders are made too.
  ///
  /// - Throws: code `.exists` where there is a repository already.
  package static func create(
    at path: String, bare: Bool, initialBranch: String = "main"
  ) throws(Failure) -> Repository {
    try Libgit2.start()
    var options = git_repository_init_options()
    try check(
      git_repository_init_options_init(&options, UInt32(GIT_REPOSITORY_INIT_OPTIONS_VERSION)),
      operation: "create repository", object: path)
    options.flags = GIT_REPOSITORY_INIT_MKPATH.rawValue | GIT_REPOSITORY_INIT_NO_REINIT.rawValue
    if bare { options.flags |= GIT_REPOSITORY_INIT_BARE.rawValue }
    var made: OpaquePointer?
    let result = initialBranch.withCString { branch in
      options.initial_head = branch
      return git_repository_init_ext(&made, path, &options)
    }
    try check(result, operation: "create repository", object: path)
    guard let made else {
      throw Failure(
        .other, cannot: "create repository", path, "libgit2 made nothing")
    }
    let repository = try Repository(adopting: RepositoryHandle(adopting: made))
    try FileSystem.synchroniseAll(under: String(repository.gitFolder.dropLast()))
    if let workTree = repository.workTree { try OwnFile.synchronise(workTree) }
    return repository
  }

  /// Looks for a repository in a folder and then in its parents, within one file system.
  ///
  /// - Returns: the path of its `.git` (or of the bare repository), for ``open(at:)``; nil where there is none.
  package static func discover(from folder: String) throws(Failure) -> String? {
    try Libgit2.start()
    var found = git_buf()
    defer { git_buf_dispose(&found) }
    do throws(Failure) {
      try check(
        git_repository_discover(&found, folder, 0, nil), operation: "find a repository from",
        object: folder)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
    return found.ptr.map { String(cString: $0) }
  }

  /// Opens the repository anew: libgit2 goes on looking for packs that are gone.
  func reopen() throws(Failure) {
    handle = try Self.openHandle(at: gitFolder)
    objects = try Self.reader(of: handle)
  }

  private static func reader(of handle: borrowing RepositoryHandle) throws(Failure) -> ObjectReader {
    try ObjectReader(of: handle, treeByteCount: 8 << 20)
  }

  /// Lets go of what is mapped of the packs; the next read maps what it needs.
  ///
  /// libgit2 maps the whole index of every pack that it has searched, and keeps it. A walk over a long history, which
  /// comes through one pack after the other, would end with all of them. All repositories that are open in this process
  /// share packs, so each of them must release them.
  package func releasePacks() throws(Failure) { try reopen() }

  /// Makes the following steps of writes call this first; for tests, which throw from it.
  func callBeforeSteps(_ body: @escaping @Sendable (WriteStep) throws(Failure) -> Void) { beforeStep = body }

  /// The folder that holds the objects, also of a work tree that shares another one's repository.
  package nonisolated var objectFolder: String { commonFolder + "objects" }

  /// The folder that holds packs.
  nonisolated var packFolder: String { commonFolder + "objects/pack" }

  /// A setting of this repository's own configuration file (`section.name`), or nil where it is not set.
  package func configuration(_ name: String) throws(Failure) -> String? {
    let configuration = try localConfiguration()
    var value = git_buf()
    defer { git_buf_dispose(&value) }
    do throws(Failure) {
      try check(
        git_config_get_string_buf(&value, configuration.pointer, name), operation: "read setting",
        object: name)
    } catch {
      if error.code == .notFound { return nil }
      throw error
    }
    return value.ptr.map { String(cString: $0) }
  }

  /// Sets a setting in this repository's own configuration file, durably.
  package func setConfiguration(_ name: String, to value: String) throws(Failure) {
    let configuration = try localConfiguration()
    try check(
      git_config_set_string(configuration.pointer, name, value), operation: "write setting", object: name)
  }

  private func localConfiguration() throws(Failure) -> Owned {
    let all = try Owned(
      operation: "read the settings of", object: gitFolder, free: { git_config_free($0) },
      make: { git_repository_config(&$0, handle.pointer) })
    return try Owned(
      operation: "read the settings of", object: gitFolder, free: { git_config_free($0) },
      make: { git_config_open_level(&$0, all.pointer, GIT_CONFIG_LEVEL_LOCAL) })
  }
}
