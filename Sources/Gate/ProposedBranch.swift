import Facts
import Failures
import Git

/// The branch that a merge brings in: a line of single parents that leaves main's first-parent chain at its base.
struct ProposedBranch: Sendable {
  /// Where it leaves main.
  let base: ObjectID
  /// Its commits, the oldest first; never none.
  let commits: [(id: ObjectID, commit: RawCommit)]

  /// The newest of its commits.
  let tip: ObjectID

  /// - Throws: `branch-malformed` where the second parent is no such line.
  init(of merge: RawCommit, in gate: Gate) async throws(Failure) {
    try await self.init(onto: merge.parents[0], tip: merge.parents[1], in: gate)
  }

  /// The branch that ends in a commit, as it would be merged onto a tip of main.
  ///
  /// - Throws: `branch-malformed` where the commit is the end of no such line.
  init(onto main: ObjectID, tip: ObjectID, in gate: Gate) async throws(Failure) {
    var line: [(id: ObjectID, commit: RawCommit)] = []
    var next: ObjectID? = tip
    // One more than the longest branch: the last may be its base.
    while let id = next, line.count <= Bounds.branchCommits {
      let commit = try await gate.commit(id)
      line.append((id, commit))
      next = commit.parents.first
    }
    var onMain = main
    while true {
      if let position = line.firstIndex(where: { $0.id == onMain }) {
        let commits = Array(line[..<position].reversed())
        guard !commits.isEmpty else { throw Self.malformed("its second parent is on main already") }
        guard commits.allSatisfy({ $0.commit.parents.count == 1 }) else {
          throw Self.malformed("there is a merge on its branch")
        }
        base = onMain
        self.tip = tip
        self.commits = commits
        return
      }
      guard onMain != gate.introduction, let parent = try await gate.commit(onMain).parents.first else {
        throw Self.malformed(
          "its branch does not begin on main's first-parent chain, or has more than \(Bounds.branchCommits) commits; were the parents of the merge turned round?"
        )
      }
      onMain = parent
    }
  }

  /// Refuses a branch of which main has merged something before: signatures of a change count once, also where it was undone since.
  func checkFresh(onto main: ObjectID, in gate: Gate) async throws(Failure) {
    let own = Set(commits.map(\.id))
    var next = main
    while next != base {
      let parents = try await gate.commit(next).parents
      guard !parents.dropFirst().contains(where: own.contains), let parent = parents.first else {
        throw Self.malformed("main merged its branch before, in \(next); sign the change anew")
      }
      next = parent
    }
  }

  /// The admins who signed the very content that the branch ends with. Other commits of the branch only prepare it.
  func admins(in gate: Gate, under policy: PolicyInForce) async throws(Failure) -> Set<PersonName> {
    guard let final = commits.last?.commit.tree else { return [] }
    var people: Set<PersonName> = []
    for (_, commit) in commits where commit.tree == final && commit.signature != nil {
      do throws(Failure) {
        let person = try await gate.signer(of: commit, under: policy)
        if policy.policy.roles(of: person).admin { people.insert(person) }
      } catch  where error.isRefusal {
        // A signature that does not count takes nothing from those that do.
        continue
      }
    }
    return people
  }

  static func malformed(_ message: String) -> Failure {
    Failure(.branchMalformed, "its branch", message)
  }
}
