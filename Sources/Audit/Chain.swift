import Facts
import Failures
import Gate
import Git

/// What an audit needs of a commit, also of one that breaks the strict form: history has to be walked past it.
struct CommitHead: Sendable {
  let id: ObjectID
  let tree: ObjectID
  let parents: [ObjectID]
  /// The committer's date in seconds; 0 where a broken commit tells none.
  let committed: Int64
  /// Nil for a commit that breaks the strict form, and then why.
  let commit: RawCommit?
  let refusal: Failure?

  static func read(_ id: ObjectID, in repository: Repository) async throws(Failure) -> CommitHead {
    do throws(Failure) {
      let commit = try await repository.commit(id)
      return CommitHead(
        id: id, tree: commit.tree, parents: commit.parents, committed: commit.committer.seconds, commit: commit,
        refusal: nil)
    } catch {
      guard error.code == .commitMalformed else { throw error }
      let (tree, parents) = try Self.links(of: await repository.rawObject(id).bytes, id)
      return CommitHead(
        id: id, tree: tree, parents: parents, committed: 0, commit: nil,
        refusal: Failure(.commitMalformed, "commit \(id)", error.message))
    }
  }

  /// The first lines of any commit that Git itself can walk past.
  private static func links(of bytes: [UInt8], _ id: ObjectID) throws(Failure) -> (ObjectID, [ObjectID]) {
    var tree: ObjectID?
    var parents: [ObjectID] = []
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let words = line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
      guard words.count == 2, let target = ObjectID(hex: words[1]) else { break }
      if words[0] == "tree", tree == nil {
        tree = target
      } else if words[0] == "parent" {
        parents.append(target)
      } else {
        break
      }
    }
    guard let tree else {
      throw Failure(.invalid, cannot: "walk past", "commit \(id)", "it names no tree")
    }
    return (tree, parents)
  }
}

/// Main's first parents, the newest first.
struct Chain: Sendable {
  let ids: [ObjectID]
  /// The committer dates beside them.
  private let dates: [Int64]
  /// The commit before the last one, where it cannot be read: what came before it is unknown.
  let damaged: (commit: ObjectID, ObjectDamage)?

  /// - Parameter end: where to stop; the last one, if it lies on the chain.
  static func read(
    from tip: ObjectID, to end: ObjectID, in repository: Repository
  ) async throws(Failure) -> Chain {
    var ids: [ObjectID] = []
    var dates: [Int64] = []
    var next: ObjectID? = tip
    while let id = next {
      let head: CommitHead
      do throws(Failure) {
        head = try await CommitHead.read(id, in: repository)
      } catch {
        return Chain(ids: ids, dates: dates, damaged: (id, try await ObjectDamage(error, in: repository)))
      }
      ids.append(id)
      dates.append(head.committed)
      next = id == end ? nil : head.parents.first
    }
    return Chain(ids: ids, dates: dates, damaged: nil)
  }

  /// The effective transaction time of the commit at a place.
  func effective(at place: Int) -> Timestamp {
    Timestamp(microseconds: (dates[place...].max() ?? 0) * 1_000_000)
  }

  /// That a commit is damaged, and what cannot be said for it.
  ///
  /// - Parameter start: the commit that is taken for good; where it is not on the chain, nothing vouches for what follows the damage.
  func problems(upTo start: ObjectID) -> [AuditProblem] {
    guard let (commit, damage) = damaged else { return [] }
    let rest = "what came before it cannot be reached and is not compared"
    var problems = [AuditProblem(.objectDamaged, commit, "\(damage.message); \(rest)")]
    if let next = ids.last, !ids.contains(start) {
      problems.append(
        AuditProblem(
          .notCompared, next,
          "its parent \(commit) is damaged: what it changed is not known, and what follows is checked against its own policy"
        ))
    }
    return problems
  }

  func foreign(_ introduction: ObjectID) -> Failure {
    Failure(
      .foreignHistory, "commit \(ids.first.map(\.hex) ?? "")",
      "its first parents do not lead back to \(introduction), where this history begins",
      hint: "Check that the trust file belongs to this repository, or name another: --trust FILE.")
  }
}
