import Failures

extension Repository {
  /// The kind and content of an object, checked against its id.
  ///
  /// - Throws: `.notFound` where there is none, `.corrupt` where its content has another hash.
  package func rawObject(_ id: ObjectID) throws(Failure) -> (kind: ObjectKind, bytes: [UInt8]) {
    try objects.object(id)
  }

  /// The content of a file.
  package func blob(_ id: ObjectID) throws(Failure) -> [UInt8] {
    try objects.content(id, as: .blob)
  }

  /// The contents of many files in the order of their ids, in one visit to the repository.
  package func blobs(_ ids: [ObjectID]) throws(Failure) -> [[UInt8]] {
    var contents: [[UInt8]] = []
    contents.reserveCapacity(ids.count)
    for id in ids { contents.append(try objects.content(id, as: .blob)) }
    return contents
  }

  /// A commit in the strict form.
  ///
  /// - Throws: `commitMalformed` for a commit that Git might accept and this does not; the
  ///   error's object is the commit's id.
  package func commit(_ id: ObjectID) throws(Failure) -> RawCommit {
    try objects.commit(id)
  }

  /// The entries of a directory in Git's order, read strictly.
  package func tree(_ id: ObjectID) throws(Failure) -> [TreeEntry] {
    try objects.tree(id)
  }

  /// What a path names in a commit's tree, or nil where nothing is there.
  package func entry(at path: String, in commit: ObjectID) throws(Failure) -> TreeEntry? {
    try entry(at: PathRules.components(of: path, operation: "look up"), in: self.commit(commit).tree)
  }

  /// Visits every file under a directory in Git's order, recursively, and gathers a result.
  ///
  /// - Parameters:
  ///   - path: a directory, or "" for the root. Nothing is visited where there is none.
  ///   - initial: where the result begins.
  ///   - visit: gets the result so far, the full path from the root, and the entry, which may be anything but a
  ///     directory. What it throws ends the walk.
  package func walk<Result: Sendable>(
    under path: String = "", in commit: ObjectID, into initial: Result,
    visit: @Sendable (inout Result, String, TreeEntry) throws(Failure) -> Void
  ) throws(Failure) -> Result {
    var result = initial
    try eachFile(under: path, in: commit) { (path, entry) throws(Failure) in try visit(&result, path, entry)
    }
    return result
  }

  /// The regular files under a directory, recursively, in Git's order.
  ///
  /// - Parameter path: a directory, or "" for the root; no files where there is none.
  /// - Throws: `.unsafe` where a symbolic link or a submodule stands among them.
  package func files(
    under path: String = "", in commit: ObjectID
  ) throws(Failure) -> [(path: String, id: ObjectID)] {
    var files: [(path: String, id: ObjectID)] = []
    try eachFile(under: path, in: commit) { (path, entry) throws(Failure) in
      try Self.requireRegularFile(entry.mode, at: path)
      files.append((path, entry.id))
    }
    return files
  }

  /// Visits every regular file under a directory with its content, holding one content at a time.
  ///
  /// Parameters and errors are those of ``walk(under:in:into:visit:)`` and ``files(under:in:)``.
  package func readFiles<Result: Sendable>(
    under path: String = "", in commit: ObjectID, into initial: Result,
    visit: @Sendable (inout Result, String, [UInt8]) throws(Failure) -> Void
  ) throws(Failure) -> Result {
    var result = initial
    for (path, id) in try files(under: path, in: commit) {
      try visit(&result, path, objects.content(id, as: .blob))
    }
    return result
  }

  private func eachFile(
    under path: String, in commit: ObjectID, visit: (String, TreeEntry) throws(Failure) -> Void
  ) throws(Failure) {
    var root = try self.commit(commit).tree
    if !path.isEmpty {
      let components = try PathRules.components(of: path, operation: "list")
      guard let entry = try entry(at: components, in: root) else { return }
      guard entry.mode == .directory else {
        throw Failure(
          .invalid, cannot: "list", path.debugDescription, "it is not a directory")
      }
      root = entry.id
    }
    try eachFile(in: root, prefix: path.isEmpty ? "" : path + "/", depth: 0, visit: visit)
  }

  func eachFile(
    in tree: ObjectID, prefix: String, depth: Int, visit: (String, TreeEntry) throws(Failure) -> Void
  ) throws(Failure) {
    try Self.requireDepth(depth, at: prefix)
    for entry in try self.tree(tree) {
      if entry.mode == .directory {
        try eachFile(in: entry.id, prefix: prefix + entry.name + "/", depth: depth + 1, visit: visit)
      } else {
        try visit(prefix + entry.name, entry)
      }
    }
  }

  private func entry(at components: [[UInt8]], in root: ObjectID) throws(Failure) -> TreeEntry? {
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

  static func requireRegularFile(_ mode: TreeEntry.Mode, at path: String) throws(Failure) {
    guard mode.isRegularFile else {
      throw Failure(
        .unsafe, cannot: "read file", path.debugDescription,

        "it is a symbolic link or a submodule (mode \(mode.rawValue)); replace it by a regular file")
    }
  }

  /// Keeps a forged, endlessly nested tree from exhausting the stack.
  static func requireDepth(_ depth: Int, at path: String) throws(Failure) {
    guard depth <= 128 else {
      throw Failure(
        .unsafe, cannot: "read tree", path.debugDescription,
        "it is nested more than 128 directories deep")
    }
  }
}
