import CLibgit2
import Failures
import Files
import Glibc

/// How a work tree stands to a commit of a branch.
package enum WorkTreeState: Hashable, Sendable {
  /// The repository has no work tree.
  case bare
  /// Index and files equal the commit, and `HEAD` names the branch.
  case clean(on: String)
  /// These paths differ from the commit, in the index or in the files.
  case dirty([String])
  /// `HEAD` names another branch.
  case otherBranch(String)
  /// `HEAD` names a commit and no branch.
  case detached(ObjectID)
  /// A merge, rebase or the like was begun here and is not finished.
  case unfinishedOperation
  /// It could not be brought to the commit, or only in part, and why.
  case notFollowed(String)
}

/// What became of a work tree that should follow its branch.
package enum WorkTreeOutcome: Hashable, Sendable {
  /// Files and index are at the new commit, but for these paths, which somebody has edited; so many paths changed.
  case followed(paths: Int, edited: [String] = [])
  /// Nothing was touched, because of this state.
  case leftAlone(WorkTreeState)
}

extension Repository {
  /// How the work tree stands to a commit that its branch has or had. The branch itself may have moved on already.
  ///
  /// - Parameters:
  ///   - branch: the full reference name.
  ///   - commit: what index and files are compared with; nil stands for an empty tree.
  ///   - paths: only these; nil for all.
  package func workTreeState(
    on branch: String, at commit: ObjectID?, paths: [String]? = nil
  ) throws(Failure) -> WorkTreeState {
    guard let workTree else { return .bare }
    switch try head() {
    case .branch(branch): break
    case .branch(let other): return .otherBranch(other)
    case .detached(let id): return .detached(id)
    case nil:
      throw Failure(.corrupt, cannot: "read", gitFolder + "HEAD", "it is missing")
    }
    if git_repository_state(handle.pointer) != Int32(GIT_REPOSITORY_STATE_NONE.rawValue) {
      return .unfinishedOperation
    }
    let index = try freshIndex()
    var options = git_diff_options()
    git_diff_options_init(&options, UInt32(GIT_DIFF_OPTIONS_VERSION))
    options.flags = GIT_DIFF_INCLUDE_TYPECHANGE.rawValue | GIT_DIFF_DISABLE_PATHSPEC_MATCH.rawValue
    let names = PathList(paths ?? [])
    defer { withExtendedLifetime(names) {} }
    options.pathspec = names.native

    var baseline: Owned?
    if let commit { baseline = try treeHandle(of: commit) }
    let repository = handle.pointer
    let tree = pointer(of: baseline)
    let staged = try Owned(
      operation: "compare the index of", object: workTree, free: { git_diff_free($0) },
      make: { git_diff_tree_to_index(&$0, repository, tree, index.pointer, &options) })
    let edited = try Owned(
      operation: "compare the files of", object: workTree, free: { git_diff_free($0) },
      make: { git_diff_index_to_workdir(&$0, repository, index.pointer, &options) })
    let different = Set(Self.paths(of: staged) + Self.paths(of: edited))
    return different.isEmpty ? .clean(on: branch) : .dirty(different.sorted())
  }

  /// Brings the work tree to the commit that its branch has now. Edits are left exactly as they are, and so are untracked files where
  /// new ones would go. What a killed update left behind is no edit: it is a version that the branch had (``edits(in:...)``).
  ///
  /// - Parameters:
  ///   - branch: the full reference name.
  ///   - old: the commit that the branch had; nil for none yet.
  ///   - new: the commit to go to.
  /// - Throws: `.locked` while another git program holds the index; `.unsafe` where a changed path is a symbolic link
  ///   or a submodule; in both cases nothing was touched. After `.io` (a full disk) some files may be at the new commit
  ///   already; the next call goes on.
  package func fastForwardWorkTree(
    on branch: String, from old: ObjectID?, to new: ObjectID
  ) throws(Failure) -> WorkTreeOutcome {
    guard let workTree else { return .leftAlone(.bare) }
    // This reads every changed directory strictly; libgit2's checkout reads them by its own, laxer rules.
    let changes = try differences(from: old, to: new)
    for change in changes {
      if let entry = change.new { try Self.requireRegularFile(entry.mode, at: change.path) }
    }
    // What was brought to this very commit may lack nothing but what has changed since, or be edited, which is left alone.
    let paths = if let old, isFollowed(to: old) { changes.map(\.path) } else { [String]?.none }
    let state = try workTreeState(on: branch, at: old, paths: paths)
    let dirty: [String]
    switch state {
    case .clean: dirty = []
    case .dirty(let paths): dirty = paths
    default: return .leftAlone(state)
    }
    let lock = staleLock(gitFolder + "index.lock")
    if try FileSystem.status(lock.path) != nil, try !lock.removeIfStale() {
      throw Failure(.locked, cannot: "update work tree", workTree, lock.words())
    }
    var conflicts = try dirty.isEmpty ? checkOut(new, over: old, at: paths) : []
    guard !dirty.isEmpty || !conflicts.isEmpty else {
      noteFollowed(to: new)
      return .followed(paths: changes.count)
    }

    let index = try freshIndex()
    conflicts += changes.map(\.path).filter { Self.entry(at: $0, in: index) == nil }
    let edited = try edits(in: Set(dirty + conflicts), index, from: new)
    let own = Set(changes.map(\.path) + dirty + conflicts).subtracting(edited)
    try checkOut(new, over: index, at: own.sorted())
    // What is edited may be given up later, and then has to be brought up to date, too.
    if edited.isEmpty { noteFollowed(to: new) } else { try? FileSystem.remove(followedFile) }
    return .followed(paths: own.count, edited: edited)
  }

  /// Whether the work tree was brought to this commit last, since the system started; every file is compared where nothing says so.
  private func isFollowed(to commit: ObjectID) -> Bool {
    (try? OwnFile.readAnybodys(followedFile, limit: 128)) == followedWords(commit)
  }

  private func noteFollowed(to commit: ObjectID) { try? OwnFile.write(followedWords(commit), to: followedFile) }

  /// Files of a work tree are not made durable: what a power cut has left of them is not known.
  private func followedWords(_ commit: ObjectID) -> [UInt8] {
    Array("\(commit.hex)\n".utf8)
      + ((try? OwnFile.readAnybodys("/proc/sys/kernel/random/boot_id", limit: 64)) ?? [])
  }

  private var followedFile: String { gitFolder + "praxis-followed" }

  /// Checks a commit out over a baseline, or returns the paths that stand in the way, having touched nothing.
  ///
  /// - Parameter paths: only these; nil for all.
  private func checkOut(_ new: ObjectID, over old: ObjectID?, at paths: [String]?) throws(Failure) -> [String] {
    var options = git_checkout_options()
    git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION))
    options.checkout_strategy =
      GIT_CHECKOUT_SAFE.rawValue | GIT_CHECKOUT_DONT_OVERWRITE_IGNORED.rawValue
      | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH.rawValue
    let names = PathList(paths ?? [])
    defer { withExtendedLifetime(names) {} }
    options.paths = names.native
    options.notify_flags = GIT_CHECKOUT_NOTIFY_CONFLICT.rawValue
    options.notify_cb = { _, path, _, _, _, payload in
      if let path, let payload {
        payload.assumingMemoryBound(to: [String].self).pointee.append(String(cString: path))
      }
      return 0
    }
    let target = try treeHandle(of: new)
    // Without a baseline libgit2 takes HEAD's tree, and HEAD's branch is at the new commit already.
    var baseline: Owned?
    let empty = try Owned(
      operation: "prepare", object: "an empty index", free: { git_index_free($0) },
      make: { git_index_new(&$0) })
    if let old { baseline = try treeHandle(of: old) } else { options.baseline_index = empty.pointer }
    options.baseline = pointer(of: baseline)

    var conflicts: [String] = []
    let result = withUnsafeMutablePointer(to: &conflicts) { payload in
      options.notify_payload = UnsafeMutableRawPointer(payload)
      return git_checkout_tree(handle.pointer, target.pointer, &options)
    }
    if result == GIT_ECONFLICT.rawValue, !conflicts.isEmpty {
      git_error_clear()
      return Set(conflicts).sorted()
    }
    try check(result, operation: "update work tree", object: workTree ?? gitFolder)
    return []
  }

  /// Puts these paths as a commit has them, whatever stands there.
  private func checkOut(_ new: ObjectID, over index: borrowing Owned, at paths: [String]) throws(Failure) {
    guard !paths.isEmpty else { return }
    var options = git_checkout_options()
    git_checkout_options_init(&options, UInt32(GIT_CHECKOUT_OPTIONS_VERSION))
    options.checkout_strategy = GIT_CHECKOUT_FORCE.rawValue | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH.rawValue
    options.baseline_index = index.pointer
    let target = try treeHandle(of: new)
    let names = PathList(paths)
    defer { withExtendedLifetime(names) {} }
    options.paths = names.native
    let result = git_checkout_tree(handle.pointer, target.pointer, &options)
    try check(result, operation: "update work tree", object: workTree ?? gitFolder)
  }

  private func freshIndex() throws(Failure) -> Owned {
    let repository = handle.pointer
    let index = try Owned(
      operation: "open the index of", object: gitFolder, free: { git_index_free($0) },
      make: { git_repository_index(&$0, repository) })
    try check(git_index_read(index.pointer, 1), operation: "read the index of", object: gitFolder)
    return index
  }

  private func treeHandle(of commit: ObjectID) throws(Failure) -> Owned {
    var oid = try self.commit(commit).tree.native
    let repository = handle.pointer
    return try Owned(
      operation: "read the tree of commit", object: commit.hex, free: { git_tree_free($0) },
      make: { git_tree_lookup(&$0, repository, &oid) })
  }

  private func pointer(of owned: borrowing Owned?) -> OpaquePointer? {
    switch owned {
    case .some(let owned): owned.pointer
    case .none: nil
    }
  }

  private static func paths(of diff: borrowing Owned) -> [String] {
    (0..<git_diff_num_deltas(diff.pointer)).compactMap { index in
      guard let delta = git_diff_get_delta(diff.pointer, index) else { return nil }
      let path = delta.pointee.new_file.path ?? delta.pointee.old_file.path
      return path.map { String(cString: $0) }
    }
  }
}

/// Paths as libgit2 takes them; valid as long as the list is. Keep it alive with `withExtendedLifetime`.
private final class PathList {
  private let strings: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

  init(_ paths: [String]) {
    strings = .allocate(capacity: paths.count)
    for (index, path) in paths.enumerated() { strings.initializeElement(at: index, to: strdup(path)) }
  }

  deinit {
    for string in strings { free(string) }
    strings.deallocate()
  }

  var native: git_strarray { git_strarray(strings: strings.baseAddress, count: strings.count) }
}
