import Failures

extension Repository {
  /// Lays an edit over a tree, adding the new files and the directories on the way to them to a batch. Directories
  /// without a change keep their id and are not opened.
  ///
  /// - Parameters:
  ///   - base: a tree of the repository or of the batch; nil for an empty one.
  /// - Returns: the id of the new root.
  /// - Throws: `.notFound` for a removal of what is not there; `.invalid` where a file would stand in a directory's
  ///   place or the other way round, unless the same edit removes what is there.
  package func apply(
    _ edit: TreeEdit, to base: ObjectID?, into batch: inout ObjectBatch
  ) throws(Failure) -> ObjectID {
    let entries = try apply(edit.root.children, to: base, path: "", batch: &batch)
    return try batch.add(tree: entries)
  }

  private func apply(
    _ changes: [[UInt8]: TreeEdit.Node], to base: ObjectID?, path: String,
    batch: inout ObjectBatch
  ) throws(Failure) -> [TreeEntry] {
    var remaining = changes
    var entries: [TreeEntry] = []
    let before: [TreeEntry]
    if let base, let new = batch.trees[base] { before = new } else { before = try objects.tree(base) }
    for entry in before {
      guard let node = remaining.removeValue(forKey: Array(entry.name.utf8)) else {
        entries.append(entry)
        continue
      }
      if let changed = try apply(
        node, to: entry, name: entry.name, path: path, batch: &batch)
      {
        entries.append(changed)
      }
    }
    for (name, node) in remaining {
      let name = String(decoding: name, as: UTF8.self)
      if let added = try apply(node, to: nil, name: name, path: path, batch: &batch) {
        entries.append(added)
      }
    }
    return entries
  }

  private func apply(
    _ node: TreeEdit.Node, to entry: TreeEntry?, name: String, path: String,
    batch: inout ObjectBatch
  ) throws(Failure) -> TreeEntry? {
    let full = path + name
    var file = entry?.mode == .directory ? nil : entry
    switch node.change {
    case .put(let bytes):
      file = TreeEntry(name: name, mode: .file, id: try batch.add(blob: bytes, unless: entry?.id))
    case .use(let id):
      try requireBlob(id, batch: batch, path: full)
      file = TreeEntry(name: name, mode: .file, id: id)
    case .remove:
      guard file != nil else {
        throw Failure(
          .notFound, cannot: "remove", full.debugDescription,
          entry == nil ? "there is no such file" : "it is a directory; remove its files")
      }
      file = nil
    case nil: break
    }
    var directory = entry?.mode == .directory ? entry : nil
    if !node.children.isEmpty {
      let inner = try apply(
        node.children, to: directory?.id, path: full + "/", batch: &batch)
      directory = nil
      if !inner.isEmpty {
        directory = TreeEntry(name: name, mode: .directory, id: try batch.add(tree: inner))
      }
    }
    guard file == nil || directory == nil else {
      throw Failure(
        .invalid, cannot: "change", full.debugDescription,
        "it would be a file and a directory at once; remove the one in the same edit")
    }
    return file ?? directory
  }

  private func requireBlob(_ id: ObjectID, batch: ObjectBatch, path: String) throws(Failure) {
    let kind = try kind(id, batch)
    guard kind == .blob else {
      throw Failure(
        .invalid, cannot: "change", path.debugDescription,
        "object \(id.hex) is a \(kind.rawValue), not the content of a file")
    }
  }
}
