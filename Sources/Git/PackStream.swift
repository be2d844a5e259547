import CLibgit2
import Crypto
import Failures

/// A pack on its way into the repository: bytes go to libgit2's indexer, which expands and hashes every object, checks
/// the trailer and makes the index. Nothing is visible to readers before ``finish()``.
struct PackStream: ~Copyable {
  private let indexer: OpaquePointer
  private let folder: String
  private var progress = git_indexer_progress()
  private var buffer: [UInt8] = []
  private var digest = Insecure.SHA1()

  private static let bufferByteCount = 256 << 10

  /// Begins a pack in the repository's pack folder.
  init(into folder: String) throws(Failure) {
    var options = git_indexer_options()
    git_indexer_options_init(&options, UInt32(GIT_INDEXER_OPTIONS_VERSION))
    var made: OpaquePointer?
    try check(
      git_indexer_new(&made, folder, 0o444, nil, &options), operation: "begin a pack in", object: folder)
    guard let made else {
      throw Failure(
        .other, cannot: "begin a pack in", folder, "libgit2 made no indexer")
    }
    indexer = made
    self.folder = folder
    buffer.reserveCapacity(Self.bufferByteCount + 64)
  }

  deinit { git_indexer_free(indexer) }

  /// Writes the head of the pack (gitformat-pack(5), version 2).
  mutating func begin(objectCount: Int) throws(Failure) {
    guard let count = UInt32(exactly: objectCount) else {
      throw Failure(
        .invalid, cannot: "write", "a pack of \(objectCount) objects",
        "a pack holds fewer than 2^32; write several batches")
    }
    buffer += Array("PACK".utf8)
    for word in [UInt32(2), count] { withUnsafeBytes(of: word.bigEndian) { buffer.append(contentsOf: $0) } }
  }

  /// Writes one whole object: its kind and expanded size as a variable-length number, then its compressed bytes.
  mutating func append(
    kind: ObjectKind, byteCount: Int, compressed: UnsafeRawBufferPointer
  ) throws(Failure) {
    var size = byteCount >> 4
    var byte = kind.packNumber << 4 | UInt8(byteCount & 15)
    while size > 0 {
      buffer.append(byte | 0x80)
      byte = UInt8(size & 0x7f)
      size >>= 7
    }
    buffer.append(byte)
    buffer.append(contentsOf: compressed)
    if buffer.count >= Self.bufferByteCount { try flush() }
  }

  /// Writes the trailer, lets the indexer check everything, and puts pack and index into place.
  ///
  /// - Returns: the paths of the pack and its index.
  mutating func finish() throws(Failure) -> (pack: String, index: String) {
    try flush()
    try feed(Array(digest.finalize()))
    return try commit()
  }

  /// As ``finish()``, for a stream whose trailer has been fed already.
  mutating func commit() throws(Failure) -> (pack: String, index: String) {
    try check(git_indexer_commit(indexer, &progress), operation: "finish a pack in", object: folder)
    guard let name = git_indexer_name(indexer) else {
      throw Failure(
        .other, cannot: "finish a pack in", folder, "libgit2 gave it no name")
    }
    let stem = "\(folder)/pack-\(String(cString: name))"
    return (stem + ".pack", stem + ".idx")
  }

  /// Passes bytes of a ready-made pack to the indexer; libgit2's code, for use in its callbacks.
  mutating func feed(raw bytes: UnsafeRawPointer?, count: Int) -> Int32 {
    git_indexer_append(indexer, bytes, count, &progress)
  }

  private mutating func flush() throws(Failure) {
    buffer.withUnsafeBytes { digest.update(bufferPointer: $0) }
    try feed(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  private mutating func feed(_ bytes: [UInt8]) throws(Failure) {
    try check(
      git_indexer_append(indexer, bytes, bytes.count, &progress), operation: "write a pack to", object: folder
    )
  }
}
