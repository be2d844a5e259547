import CLibgit2

/// The process-wide state of libgit2: started once, and closed against everything outside the repository.
enum Libgit2 {
  /// Starts libgit2 on first use; later calls return at once.
  static func start() throws(GitError) { try outcome.get() }

  private static let outcome: Result<Void, GitError> = {
    do throws(GitError) {
      try check(git_libgit2_init(), operation: "start", object: "libgit2")
      // Configuration of the host, the user or XDG must not steer what is read or written here.
      let levels = [
        GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
        GIT_CONFIG_LEVEL_GLOBAL,
      ]
      for level in levels {
        try check(
          shim_set_search_path(level.rawValue, ""), operation: "close the search path of",
          object: "configuration level \(level.rawValue)")
      }
      try check(shim_enable_strict_hash_verification(1), operation: "turn on", object: "hash verification")
      try check(shim_enable_fsync_gitdir(1), operation: "turn on", object: "durable writes")
      try check(shim_set_owner_validation(1), operation: "turn on", object: "owner validation")
      // What is read once must not stay: a walk over a long history would hold all of its trees and map all of its packs.
      try check(shim_set_cache_max_size(8 << 20), operation: "bound", object: "the cache of objects")
      try check(shim_set_pack_windows(2 << 20, 32 << 20), operation: "bound", object: "the windows on packs")
      return .success(())
    } catch {
      return .failure(error)
    }
  }()
}

/// Owns a `git_repository`; freed when the owner goes.
struct RepositoryHandle: ~Copyable {
  let pointer: OpaquePointer

  init(adopting pointer: OpaquePointer) { self.pointer = pointer }

  deinit { git_repository_free(pointer) }
}

/// Owns any other libgit2 object together with the function that frees it.
struct Owned: ~Copyable {
  let pointer: OpaquePointer
  private let free: (OpaquePointer?) -> Void

  /// Runs a libgit2 constructor, and owns what it made.
  init(
    operation: String, object: String, free: @escaping (OpaquePointer?) -> Void,
    make: (inout OpaquePointer?) -> Int32
  ) throws(GitError) {
    var made: OpaquePointer?
    try check(make(&made), operation: operation, object: object)
    guard let made else {
      throw GitError(code: .other, operation: operation, object: object, message: "libgit2 made nothing")
    }
    pointer = made
    self.free = free
  }

  deinit { free(pointer) }
}
