import CLibgit2
import Failures
import Files
import Glibc

/// The process-wide state of libgit2: started once, and closed against everything outside the repository.
enum Libgit2 {
  /// Starts libgit2 on first use; later calls return at once.
  static func start() throws(Failure) { try outcome.get() }

  private static let outcome: Result<Void, Failure> = {
    do throws(Failure) {
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
  ) throws(Failure) {
    var made: OpaquePointer?
    try check(make(&made), operation: operation, object: object)
    guard let made else {
      throw Failure(.other, cannot: operation, object, "libgit2 made nothing")
    }
    pointer = made
    self.free = free
  }

  deinit { free(pointer) }
}

extension Failure {
  /// - Parameter operation: what was attempted, as a verb phrase: "read object".
  package init(_ code: Code, cannot operation: String, _ object: String, _ message: String) {
    self.init(code, object, "cannot \(operation) \(object): \(message)")
  }
}

/// The one funnel for libgit2's return codes: reads the thread's last error right after the call (no suspension
/// can lie between), copes with none having been set, and clears it so that it never explains a later failure.
@discardableResult
func check(_ result: Int32, operation: String, object: String) throws(Failure) -> Int32 {
  if result >= 0 { return result }
  var message = "libgit2 gave no reason (code \(result))"
  var category: Int32 = 0
  if let last = git_error_last() {
    category = last.pointee.klass
    if let text = last.pointee.message { message = String(cString: text) }
  }
  git_error_clear()
  throw failure(result, category, message, operation, object)
}

func failure(
  _ result: Int32, _ category: Int32, _ message: String, _ operation: String, _ object: String
) -> Failure {
  // One result, and the word "locked", for a lock that somebody holds and for a file that this user may not open; and its own categories
  // call a full disk another error of an object or a reference.
  let isLocked = result == GIT_ELOCKED.rawValue
  let reasons = [ENOSPC, EDQUOT, EROFS] + (isLocked ? [EACCES, EPERM] : [])
  if let number = reasons.first(where: { message.contains(systemMessage($0)) }) {
    return Failure(
      .io, object, "cannot \(operation) \(object): \(isLocked ? systemMessage(number) : message)",
      hint: systemAdvice(number, "the state repository"))
  }
  return Failure(code(for: result, category: category), cannot: operation, object, message)
}

private func code(for result: Int32, category: Int32) -> Failure.Code {
  switch result {
  case GIT_ENOTFOUND.rawValue: return .notFound
  case GIT_EEXISTS.rawValue: return .exists
  case GIT_EMODIFIED.rawValue: return .modified
  case GIT_ELOCKED.rawValue: return .locked
  case GIT_ECONFLICT.rawValue: return .conflict
  case GIT_EOWNER.rawValue: return .unsafe
  case GIT_EMISMATCH.rawValue: return .corrupt
  case GIT_EINVALIDSPEC.rawValue, GIT_EINVALID.rawValue, GIT_EAMBIGUOUS.rawValue: return .invalid
  default: break
  }
  switch git_error_t(rawValue: UInt32(bitPattern: category)) {
  case GIT_ERROR_OS: return .io
  case GIT_ERROR_ZLIB, GIT_ERROR_ODB, GIT_ERROR_OBJECT, GIT_ERROR_INDEXER, GIT_ERROR_TREE: return .corrupt
  case GIT_ERROR_INVALID: return .invalid
  default: return .other
  }
}
