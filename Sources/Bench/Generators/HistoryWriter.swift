import Facts
import Git

/// Signed commits on main and beside it, in packs of many commits each.
struct HistoryWriter {
  let repository: Repository
  private(set) var tip: ObjectID
  private var tree: ObjectID?
  private var batch = ObjectBatch()
  private var commitsInBatch = 0

  /// A batch lies in memory until it is written.
  private static let commitsPerPack = 250

  /// Begins a history with its introduction.
  init(
    _ repository: Repository, files: [String: [UInt8]], by key: GeneratedKey, at time: Timestamp
  ) async throws {
    self.repository = repository
    tree = try await repository.apply(TreeEdit(files.mapValues { .put($0) }), to: nil, into: &batch)
    tip = try Self.commit(tree, [], "init: the trust root\n", key, time, into: &batch)
  }

  /// Commits onto main.
  @discardableResult
  mutating func commit(
    _ changes: [String: TreeEdit.Change], by key: GeneratedKey, at time: Timestamp, message: String,
    merging branch: ObjectID? = nil
  ) async throws -> ObjectID {
    tree = try await repository.apply(TreeEdit(changes), to: tree, into: &batch)
    tip = try Self.commit(tree, [tip] + (branch.map { [$0] } ?? []), message, key, time, into: &batch)
    commitsInBatch += 1
    if commitsInBatch >= Self.commitsPerPack { try await flush() }
    return tip
  }

  /// Commits beside main, on its tip.
  mutating func branch(
    _ changes: [String: TreeEdit.Change], by key: GeneratedKey, at time: Timestamp, message: String
  ) async throws -> ObjectID {
    let own = try await repository.apply(TreeEdit(changes), to: tree, into: &batch)
    return try Self.commit(own, [tip], message, key, time, into: &batch)
  }

  /// Writes what is left, and puts main on the newest commit.
  consuming func finish() async throws {
    try await flush()
    try await repository.updateReference("refs/heads/main", to: tip, expecting: nil, message: "generated")
  }

  private mutating func flush() async throws {
    try await repository.write(batch)
    batch = ObjectBatch()
    commitsInBatch = 0
  }

  private static func commit(
    _ tree: ObjectID?, _ parents: [ObjectID], _ message: String, _ key: GeneratedKey, _ time: Timestamp,
    into batch: inout ObjectBatch
  ) throws -> ObjectID {
    guard let tree else { throw BenchError("a commit without a tree") }
    let who = try Signature(name: key.name, email: "\(key.name)@praxis", seconds: time.wholeSeconds)
    let unsigned = try RawCommit(tree: tree, parents: parents, author: who, committer: who, message: message)
    return try batch.add(commit: unsigned.signed(with: key.sign(unsigned.signedPayload)))
  }
}
