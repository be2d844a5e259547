import Failures

/// New objects that are collected in memory and become one pack, all or none.
///
/// Ids are known as soon as an object is added. The same content is kept once. What is held is the compressed form,
/// so a batch takes about as much memory as its pack takes on disk.
package struct ObjectBatch: Sendable {
  /// Where an object's compressed bytes lie.
  struct Slot {
    let id: ObjectID
    let kind: ObjectKind
    let byteCount: Int
    let chunk: Int
    let range: Range<Int>
  }

  private var slots: [ObjectID: Slot] = [:]
  /// The directories, for edits of them before they are written.
  private(set) var trees: [ObjectID: [TreeEntry]] = [:]
  private(set) var commits: [ObjectID: RawCommit] = [:]
  private var chunks: [[UInt8]] = []
  private let deflater = Deflater()

  /// A chunk is closed at this size, so that growing the store never copies more than this.
  private static let chunkByteCount = 4 << 20

  /// An empty batch.
  package init() {}

  /// The number of different objects.
  package var count: Int { slots.count }

  /// Adds the content of a file.
  @discardableResult
  package mutating func add(blob bytes: [UInt8]) throws(Failure) -> ObjectID {
    try add(bytes, as: .blob)
  }

  /// Adds the content of a file unless it is one that the repository is known to hold.
  mutating func add(blob bytes: [UInt8], unless known: ObjectID?) throws(Failure) -> ObjectID {
    try add(bytes, as: .blob, unless: known)
  }

  /// Adds a commit. Its tree and parents have to be in this batch or in the repository when it is written.
  @discardableResult
  package mutating func add(commit: RawCommit) throws(Failure) -> ObjectID {
    let id = try add(commit.bytes, as: .commit)
    commits[id] = commit
    return id
  }

  /// Adds a directory.
  @discardableResult
  mutating func add(tree entries: [TreeEntry]) throws(Failure) -> ObjectID {
    let id = try add(Tree.serialise(entries), as: .tree)
    trees[id] = entries
    return id
  }

  /// Whether the batch holds an object.
  package func contains(_ id: ObjectID) -> Bool { slots[id] != nil }

  /// The kind of an object of this batch, or nil where it holds none of that id.
  func kind(_ id: ObjectID) -> ObjectKind? { slots[id]?.kind }

  /// The slots in the order of a pack: commits, trees, blobs, each by where they were added.
  var slotsInPackOrder: [Slot] {
    slots.values.sorted {
      ($0.kind.packNumber, $0.chunk, $0.range.lowerBound) < (
        $1.kind.packNumber, $1.chunk, $1.range.lowerBound
      )
    }
  }

  func withCompressedBytes<Failure: Error>(
    of slot: Slot, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    try chunks[slot.chunk].withUnsafeBufferPointer { (chunk: UnsafeBufferPointer<UInt8>) throws(Failure) in
      try body(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: chunk[slot.range])))
    }
  }

  private mutating func add(
    _ bytes: [UInt8], as kind: ObjectKind, unless known: ObjectID? = nil
  ) throws(Failure) -> ObjectID {
    let id = try ObjectID(hashing: bytes, as: kind)
    if id == known || slots[id] != nil { return id }
    let compressed = try deflater.compress(bytes)
    if chunks.last.map({ $0.count + compressed.count > Self.chunkByteCount }) ?? true { chunks.append([]) }
    let last = chunks.count - 1
    let start = chunks[last].count
    chunks[last].append(contentsOf: compressed)
    slots[id] = Slot(
      id: id, kind: kind, byteCount: bytes.count, chunk: last, range: start..<(start + compressed.count))
    return id
  }
}
