import Diff
import Facts
import Failures
import Git

/// A generated branch to be moved once main has moved.
struct GeneratedBranch: Sendable {
  var name: String
  var id: ObjectID
  var old: ObjectID?
}

extension StateStore {
  /// `drift/desired` and `drift/observed`: one file for every drifting subject, so that plain `git diff` shows the drift.
  ///
  /// They follow by the run's own changes where they stood at the tree that the run was built on, and are built anew from
  /// main where they lag or are missing.
  func driftBranches(
    _ changes: [FindingChange], main: ObjectID, on tip: ObjectID, _ who: Signature, _ signer: CommitSigner,
    into batch: inout ObjectBatch
  ) async throws(Failure) -> [GeneratedBranch] {
    let drift = changes.filter { $0.finding.aspect == .drift }
    let (oldDesired, oldObserved) = (
      try await repository.resolve(reference: Layout.desired),
      try await repository.resolve(reference: Layout.observed)
    )
    let isCurrent = try await follows(oldDesired, oldObserved, tip)
    if isCurrent, drift.isEmpty { return [] }
    var desired = TreeEdit()
    var observed = TreeEdit()
    var bases: (desired: ObjectID?, observed: ObjectID?) = (nil, nil)
    if isCurrent, let oldDesired, let oldObserved {
      bases = (try await repository.commit(oldDesired).tree, try await repository.commit(oldObserved).tree)
      try Self.apply(drift, desired: &desired, observed: &observed)
    } else {
      // Main's new tree is not stored yet; what was open before and this run's changes come to the same.
      let ended = Set(drift.compactMap { if case .ended(let finding) = $0 { finding.id } else { nil } })
      let kept = try await openFindings(at: tip).filter { $0.aspect == .drift && !ended.contains($0.id) }
      let opened = drift.filter { if case .opened = $0 { true } else { false } }
      try Self.apply(kept.map { .opened($0) } + opened, desired: &desired, observed: &observed)
    }
    let desiredTree = try await repository.apply(desired, to: bases.desired, into: &batch)
    let observedTree = try await repository.apply(observed, to: bases.observed, into: &batch)
    let desiredCommit = try await signed(
      tree: desiredTree, parents: [], who, RunMessage.text(driftSide: "desired", main: main.hex), signer)
    let desiredID = try batch.add(commit: desiredCommit)
    let observedCommit = try await signed(
      tree: observedTree, parents: [desiredID], who, RunMessage.text(driftSide: "observed", main: main.hex), signer)
    let observedID = try batch.add(commit: observedCommit)
    return [
      GeneratedBranch(name: Layout.desired, id: desiredID, old: oldDesired),
      GeneratedBranch(name: Layout.observed, id: observedID, old: oldObserved),
    ]
  }

  /// Whether both branches were made from a main with the same open findings as this tip's.
  private func follows(
    _ desired: ObjectID?, _ observed: ObjectID?, _ tip: ObjectID
  ) async throws(Failure) -> Bool {
    guard let desired, let observed else { return false }
    do throws(Failure) {
      let (left, right) = (try await repository.commit(desired), try await repository.commit(observed))
      guard right.parents == [desired], let main = Self.mainNamed(in: left), main == Self.mainNamed(in: right)
      else { return false }
      return try await hasSameDrift(main, tip)
    } catch {
      // A branch that cannot be read is built anew.
      return false
    }
  }

  private static func mainNamed(in commit: RawCommit) -> ObjectID? {
    let prefix = "Praxis-Main: "
    guard let line = commit.message.split(separator: "\n").last(where: { $0.hasPrefix(prefix) }) else { return nil }
    return ObjectID(hex: String(line.dropFirst(prefix.count)))
  }

  /// Equal folders are not opened, so that this takes as long as the two are apart.
  private func hasSameDrift(_ left: ObjectID, _ right: ObjectID) async throws(Failure) -> Bool {
    try await repository.differences(from: left, to: right).allSatisfy {
      !$0.path.hasPrefix("\(Layout.openFindings)/") || !$0.path.hasSuffix(".\(Aspect.drift.rawValue).json")
    }
  }

  private static func apply(
    _ changes: [FindingChange], desired: inout TreeEdit, observed: inout TreeEdit
  ) throws(Failure) {
    var sides: [String: (desired: [UInt8]?, observed: [UInt8]?)] = [:]
    var removed: [String: Finding] = [:]
    for case .ended(let finding) in changes { removed[Layout.drift(finding)] = finding }
    for case .opened(let finding) in changes { sides[Layout.drift(finding)] = DriftText(finding).sides }
    for (path, finding) in removed {
      let before = DriftText(finding).sides
      let after = sides[path]
      if before.desired != nil, after?.desired == nil { try desired.remove(path) }
      if before.observed != nil, after?.observed == nil { try observed.remove(path) }
    }
    for (path, side) in sides {
      if let bytes = side.desired { try desired.put(bytes, at: path) }
      if let bytes = side.observed { try observed.put(bytes, at: path) }
    }
  }
}
