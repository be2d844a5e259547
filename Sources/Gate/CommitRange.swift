import Facts
import Failures
import Git
import Glibc

/// Commits of main that follow one another, to be verified.
///
/// praxis checks who signed each of them and what it may touch. For that, a directory of one source's facts is not
/// opened: its path says whose it is. Then the form of the files that main holds in the end is checked; where one of
/// them fails, praxis searches for the commit that brought it. The form of ended facts, and of what came and went in
/// between, decides nothing: whoever reads it checks it, and so does an audit.
struct CommitRange {
  /// The tree that they begin on.
  let base: ObjectID
  /// The oldest first; never none.
  let commits: [(id: ObjectID, commit: RawCommit)]

  /// Verifies them all.
  ///
  /// - Parameter policy: the policy in the commit that they begin on.
  /// - Throws: the refusal of the oldest commit that breaks a rule, or an inability.
  func verify(
    in gate: Gate, startingUnder policy: PolicyInForce
  ) async throws(Failure) -> (commits: [VerifiedCommit], policy: PolicyInForce) {
    async let form = formInTheEnd(in: gate)
    let line = await judge(in: gate, startingUnder: policy)
    if let refusal = line.refusal {
      // An older one may have brought a file that is out of form.
      try await CommitRange(base: base, commits: Array(commits[..<line.verified.count])).formInTheEnd(in: gate).get()
      throw refusal
    }
    try await form.get()
    return (line.verified, line.policy)
  }

  // MARK: Signers and areas

  /// As many commits as make a task worth its while.
  private static let chunk = 32
  private static let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  private struct Signers {
    let start: Int
    /// How many policies there had been when they were asked for.
    let generation: Int
    let answers: [Result<PersonName?, Failure>]
  }

  /// How far the judgement has come.
  private struct Line {
    var policy: PolicyInForce
    var generation = 0
    var verified: [VerifiedCommit] = []
    var refusal: Failure?
  }

  /// Signatures are most of what a long history costs, and none depends on another but by the policy: they are checked on every core while the
  /// commits before them are judged, and again where the policy has changed since.
  private func judge(in gate: Gate, startingUnder policy: PolicyInForce) async -> Line {
    await withTaskGroup(of: Signers.self) { group in
      defer { group.cancelAll() }
      var line = Line(policy: policy)
      var begun = 0
      var found: [Int: Signers] = [:]
      while line.verified.count < commits.count, line.refusal == nil {
        while begun < commits.count, begun - line.verified.count < Self.chunk * (2 * Self.cores + 2) {
          let range = begun..<min(begun + Self.chunk, commits.count)
          group.addTask { [policy = line.policy, generation = line.generation] in
            Signers(
              start: range.lowerBound, generation: generation,
              answers: await signers(of: commits[range], in: gate, under: policy))
          }
          begun = range.upperBound
        }
        while found[line.verified.count] == nil, let signers = await group.next() { found[signers.start] = signers }
        do throws(Failure) {
          guard let signers = found.removeValue(forKey: line.verified.count) else {
            throw Failure(
              .repositoryFailed, "commit \(commits[line.verified.count].id)", "its signer was not checked")
          }
          try await judge(signers, in: gate, &line)
        } catch {
          line.refusal = error
        }
      }
      return line
    }
  }

  private func signers(
    of commits: ArraySlice<(id: ObjectID, commit: RawCommit)>, in gate: Gate, under policy: PolicyInForce
  ) async -> [Result<PersonName?, Failure>] {
    var answers: [Result<PersonName?, Failure>] = []
    for (_, commit) in commits {
      do throws(Failure) {
        answers.append(.success(try await gate.merger(of: commit, under: policy)))
      } catch {
        answers.append(.failure(error))
      }
    }
    return answers
  }

  private func judge(_ signers: Signers, in gate: Gate, _ line: inout Line) async throws(Failure) {
    for (position, answer) in zip(signers.start..., signers.answers) {
      let (id, commit) = commits[position]
      do throws(Failure) {
        let signer =
          signers.generation == line.generation
          ? try answer.get() : try await gate.merger(of: commit, under: line.policy)
        let before = position == 0 ? base : commits[position - 1].commit.tree
        let places = try await gate.repository.differences(
          fromTree: before, toTree: commit.tree, takingWhole: Area.isOfFacts)
        let (commitClass, next) = try await gate.judge(
          commit, id, by: signer, changing: places, under: line.policy)
        line.verified.append(VerifiedCommit(id: id, commitClass: commitClass, signer: signer))
        if let next {
          line.policy = next
          line.generation += 1
        }
      } catch {
        throw error.within("commit \(id)")
      }
    }
  }

  // MARK: The form of files

  /// Whether every file that is new in the last commit has the form of the state repository, ended facts aside.
  private func formInTheEnd(in gate: Gate) async -> Result<Void, Failure> {
    guard let (id, last) = commits.last else { return .success(()) }
    do throws(Failure) {
      let differences = try await gate.repository.differences(
        fromTree: base, toTree: last.tree, takingWhole: Area.isOfEndedFacts)
      do throws(Failure) {
        var form = PathForm()
        for difference in differences { _ = try form.area(of: difference) }
      } catch {
        try await findOldestOutOfForm(in: gate)
        throw error.within("commit \(id)")
      }
      return .success(())
    } catch {
      return .failure(error)
    }
  }

  private func findOldestOutOfForm(in gate: Gate) async throws(Failure) {
    var before = base
    for (id, commit) in commits {
      let differences = try await gate.repository.differences(fromTree: before, toTree: commit.tree)
      do throws(Failure) { _ = try Changes(differences) } catch { throw error.within("commit \(id)") }
      before = commit.tree
    }
  }
}
