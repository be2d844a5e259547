import CLibgit2

extension Repository {
  /// The kind and content of an object, checked against its id.
  ///
  /// - Throws: `.notFound` where there is none, `.corrupt` where its content has another hash.
  public func rawObject(_ id: ObjectID) throws(GitError) -> (kind: ObjectKind, bytes: [UInt8]) {
    try object(id)
  }

  /// The content of a file.
  public func blob(_ id: ObjectID) throws(GitError) -> [UInt8] {
    try content(id, as: .blob)
  }

  /// The contents of many files in the order of their ids, in one visit to the repository.
  public func blobs(_ ids: [ObjectID]) throws(GitError) -> [[UInt8]] {
    var contents: [[UInt8]] = []
    contents.reserveCapacity(ids.count)
    for id in ids { contents.append(try content(id, as: .blob)) }
    return contents
  }

  /// A commit in the strict form.
  ///
  /// - Throws: `.invalid` with the broken ``GitError/rule`` for a commit that Git might accept and this does not; the
  ///   error's object is the commit's id.
  public func commit(_ id: ObjectID) throws(GitError) -> RawCommit {
    let bytes = try content(id, as: .commit)
    do throws(GitError) {
      return try RawCommit(parsing: bytes)
    } catch {
      throw GitError(
        code: error.code, operation: error.operation, object: "commit \(id.hex)", message: error.message,
        rule: error.rule)
    }
  }

  /// The entries of a directory in Git's order, read strictly.
  public func tree(_ id: ObjectID) throws(GitError) -> [TreeEntry] {
    try Tree.parse(content(id, as: .tree), id: id)
  }

  /// What a path names in a commit's tree, or nil where nothing is there.
  public func entry(at path: String, in commit: ObjectID) throws(GitError) -> TreeEntry? {
    try entry(at: PathRules.components(of: path, operation: "look up"), in: self.commit(commit).tree)
  }

  /// Visits every file under a directory in Git's order, recursively, and gathers a result.
  ///
  /// - Parameters:
  ///   - path: a directory, or "" for the root. Nothing is visited where there is none.
  ///   - initial: where the result begins.
  ///   - visit: gets the result so far, the full path from the root, and the entry, which may be anything but a
  ///     directory. What it throws ends the walk.
  public func walk<Result: Sendable>(
    under path: String = "", in commit: ObjectID, into initial: Result,
    visit: @Sendable (inout Result, String, TreeEntry) throws(GitError) -> Void
  ) throws(GitError) -> Result {
    var result = initial
    try eachFile(under: path, in: commit) { (path, entry) throws(GitError) in try visit(&result, path, entry)
    }
    return result
  }

  /// The regular files under a directory, recursively, in Git's order.
  ///
  /// - Parameter path: a directory, or "" for the root; no files where there is none.
  /// - Throws: `.unsafe` where a symbolic link or a submodule stands among them.
  public func files(
    under path: String = "", in commit: ObjectID
  ) throws(GitError) -> [(path: String, id: ObjectID)] {
    var files: [(path: String, id: ObjectID)] = []
    try eachFile(under: path, in: commit) { (path, entry) throws(GitError) in
      try Self.requireRegularFile(entry, at: path)
      files.append((path, entry.id))
    }
    return files
  }

  /// Visits every regular file under a directory with its content, holding one content at a time.
  ///
  /// Parameters and errors are those of ``walk(under:in:into:visit:)`` and ``files(under:in:)``.
  public func readFiles<Result: Sendable>(
    under path: String = "", in commit: ObjectID, into initial: Result,
    visit: @Sendable (inout Result, String, [UInt8]) throws(GitError) -> Void
  ) throws(GitError) -> Result {
    var result = initial
    for (path, id) in try files(under: path, in: commit) {
      try visit(&result, path, content(id, as: .blob))
    }
    return result
  }

  private func eachFile(
    under path: String, in commit: ObjectID, visit: (String, TreeEntry) throws(GitError) -> Void
  ) throws(GitError) {
    var root = try self.commit(commit).tree
    if !path.isEmpty {
      let components = try PathRules.components(of: path, operation: "list")
      guard let entry = try entry(at: components, in: root) else { return }
      guard entry.mode == .directory else {
        throw GitError(
          code: .invalid, operation: "list", object: path.debugDescription, message: "it is not a directory")
      }
      root = entry.id
    }
    try eachFile(in: root, prefix: path.isEmpty ? "" : path + "/", depth: 0, visit: visit)
  }

  func eachFile(
    in tree: ObjectID, prefix: String, depth: Int, visit: (String, TreeEntry) throws(GitError) -> Void
  ) throws(GitError) {
    try Self.requireDepth(depth, at: prefix)
    for entry in try self.tree(tree) {
      if entry.mode == .directory {
        try eachFile(in: entry.id, prefix: prefix + entry.name + "/", depth: depth + 1, visit: visit)
      } else {
        try visit(prefix + entry.name, entry)
      }
    }
  }

  private func entry(at components: [[UInt8]], in root: ObjectID) throws(GitError) -> TreeEntry? {
    var tree = root
    for (index, component) in components.enumerated() {
      guard let entry = try self.tree(tree).first(where: { $0.name.utf8.elementsEqual(component) }) else {
        return nil
      }
      if index == components.count - 1 { return entry }
      guard entry.mode == .directory else { return nil }
      tree = entry.id
    }
    return nil
  }

  static func requireRegularFile(_ entry: TreeEntry, at path: String) throws(GitError) {
    guard entry.mode.isRegularFile else {
      throw GitError(
        code: .unsafe, operation: "read file", object: path.debugDescription,
        message:
          "it is a symbolic link or a submodule (mode \(entry.mode.rawValue)); replace it by a regular file")
    }
  }

  /// Keeps a forged, endlessly nested tree from exhausting the stack.
  static func requireDepth(_ depth: Int, at path: String) throws(GitError) {
    guard depth <= 128 else {
      throw GitError(
        code: .unsafe, operation: "read tree", object: path.debugDescription,
        message: "it is nested more than 128 directories deep")
    }
  }

  /// The content of an object of a kind.
  func content(_ id: ObjectID, as kind: ObjectKind) throws(GitError) -> [UInt8] {
    try Self.content(of: object(id), as: kind, id)
  }

  private func object(_ id: ObjectID) throws(GitError) -> (kind: ObjectKind, bytes: [UInt8]) {
    if let packed = packed.object(id) { return packed }
    return try Self.read(id, from: objectStore())
  }

  static func content(
    of object: (kind: ObjectKind, bytes: [UInt8]), as kind: ObjectKind, _ id: ObjectID
  ) throws(GitError) -> [UInt8] {
    guard object.kind == kind else {
      throw GitError(
        code: .invalid, operation: "read \(kind.rawValue)", object: id.hex,
        message: "it is a \(object.kind.rawValue)")
    }
    return object.bytes
  }

  /// The kind and content of an object by libgit2, which has the last word on every object.
  static func read(
    _ id: ObjectID, from store: borrowing Owned
  ) throws(GitError) -> (kind: ObjectKind, bytes: [UInt8]) {
    var oid = id.native
    let pointer = store.pointer
    let object = try Owned(
      operation: "read object", object: id.hex, free: { git_odb_object_free($0) },
      make: { git_odb_read(&$0, pointer, &oid) })
    guard let kind = ObjectKind(git_odb_object_type(object.pointer)) else {
      throw GitError(code: .corrupt, operation: "read object", object: id.hex, message: "its kind is unknown")
    }
    let content = UnsafeRawBufferPointer(
      start: git_odb_object_data(object.pointer), count: git_odb_object_size(object.pointer))
    return (kind, Array(content))
  }
}
