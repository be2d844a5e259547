import Facts
import Failures
import Gate
import Git
import StateRepository

/// What an audit came to.
package struct AuditOutcome: Hashable, Sendable {
  /// The commit after which it began; the introduction for a whole one.
  package let start: ObjectID
  /// The newest commit.
  package let tip: ObjectID
  /// How many commits of main were checked.
  package let commits: Int
  /// How many files were read.
  package let files: Int
  /// What was found.
  package let problems: AuditProblems
  /// The effective transaction time of the newest commit.
  package let effective: Timestamp

  /// Whether no rule is broken. Holes, times without an observation, break none.
  package var isClean: Bool { problems.violations == 0 }
}

/// Reads a history from its introduction to a tip of main and names everything in it that breaks a rule.
///
/// It trusts the introduction alone, which the trust file pins. Nothing that it remembers grows with the history but the ids of
/// main's commits: contents are read, judged and let go.
package struct Audit: Sendable {
  private let repository: Repository
  private let introduction: ObjectID
  private let now: Timestamp
  private let progress: @Sendable (_ done: Int, _ all: Int) -> Void

  /// - Parameters:
  ///   - introduction: the commit that the history begins with, from the trust file.
  ///   - progress: called now and then with how many commits are done.
  package init(
    _ repository: Repository, introduction: ObjectID, now: Timestamp,
    progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void = { _, _ in }
  ) {
    self.repository = repository
    self.introduction = introduction
    self.now = now
    self.progress = progress
  }

  /// How many commits are read and judged at the same time.
  private static let width = 4
  /// What libgit2 keeps of packs grows with how many it has seen.
  private static let commitsBetweenReleases = 256

  /// Walks from a commit, which is taken for good, to a tip.
  ///
  /// - Parameter start: the introduction, or a commit up to which an authenticated checkpoint says that no rule was broken.
  /// - Throws: where something could not be read; that is never a clean audit.
  package func run(to tip: ObjectID, after start: ObjectID? = nil) async throws(Failure) -> AuditOutcome {
    let start = start ?? introduction
    var problems = AuditProblems()
    let chain = try await Chain.read(from: tip, to: introduction, in: repository)
    problems.add(chain.problems(upTo: start))
    guard chain.damaged == nil ? chain.ids.last == introduction : !chain.ids.isEmpty else {
      if chain.damaged == nil { problems.add([AuditProblem(chain.foreign(introduction), tip)]) }
      return AuditOutcome(start: start, tip: tip, commits: 0, files: 0, problems: problems, effective: now)
    }
    guard let place = chain.ids.firstIndex(of: start) ?? (chain.damaged == nil ? nil : chain.ids.count - 1) else {
      throw Failure(
        .unknownStart, "commit \(start)", "it is none of main's commits; audit from the introduction on, without --from"
      )
    }
    var state = AuditState(repository, isFromTheIntroduction: chain.ids[place] == introduction, problems: problems)
    let first = chain.ids[place]
    var walk = try await Walk(self, at: first, effective: chain.effective(at: place))
    var last = walk.checkedStart(isIntroduction: first == introduction)
    var files = 0
    if first == introduction { try await last.check(walk.introduced(&last), in: repository) }
    files += last.files
    try await state.take(last)
    let waiting = chain.ids[..<place].reversed()
    let readers = try Self.readers(of: repository)
    do {
      try await withThrowingTaskGroup(of: (Int, CheckedCommit).self) { group in
        var turns = Turns()
        for (number, id) in waiting.enumerated() {
          let (checked, differences) = try await walk.step(to: id)
          group.addTask {
            var checked = checked
            try await checked.check(differences, in: readers[number % readers.count])
            return (number, checked)
          }
          // At the end, and before the packs are let go, all that is under way is waited for.
          let isRest = (number + 1).isMultiple(of: Self.commitsBetweenReleases) || number + 1 == waiting.count
          while number + 1 - turns.taken >= (isRest ? 1 : Self.width), let finished = try await group.next() {
            for ready in turns.add(finished) {
              files += ready.files
              last = ready
              try await state.take(ready)
            }
            if turns.taken.isMultiple(of: 64) { progress(turns.taken, waiting.count) }
          }
          if isRest { for opened in readers + [repository] { try await opened.releasePacks() } }
        }
      }
    } catch {
      throw Failure(error)
    }
    state.close(last)
    progress(waiting.count, waiting.count)
    return AuditOutcome(
      start: first, tip: tip, commits: waiting.count, files: files, problems: state.problems, effective: last.effective)
  }

  /// Repositories of their own for those who read contents, so that they do not wait for each other.
  private static func readers(of repository: Repository) throws(Failure) -> [Repository] {
    return [try Repository.open(at: repository.gitFolder), try Repository.open(at: repository.gitFolder)]
  }

  /// Brings what is finished in any order into the order of the commits.
  private struct Turns {
    private var early: [Int: CheckedCommit] = [:]
    /// How many commits had their turn.
    private(set) var taken = 0

    /// - Returns: those whose turn it is now.
    mutating func add(_ finished: (number: Int, checked: CheckedCommit)) -> [CheckedCommit] {
      early[finished.number] = finished.checked
      var ready: [CheckedCommit] = []
      while let checked = early.removeValue(forKey: taken) {
        ready.append(checked)
        taken += 1
      }
      return ready
    }
  }

  /// Goes along main, commit by commit: what each changed, and what the parent rule says of it.
  private struct Walk {
    private let audit: Audit
    private let gate: Gate
    private var head: CommitHead
    /// Nil where the files that decide on the next commit are damaged.
    private var policy: PolicyInForce?
    private var maxAges: [SourceName: Int64] = [:]
    private(set) var effective: Timestamp
    /// What is wrong with the commit at which the walk begins.
    private var startProblems: [AuditProblem] = []

    init(_ audit: Audit, at start: ObjectID, effective: Timestamp) async throws(Failure) {
      self.audit = audit
      gate = Gate(audit.repository, from: audit.introduction, signatures: .inProcess, at: audit.now)
      head = try await CommitHead.read(start, in: audit.repository)
      self.effective = effective
      do throws(Failure) {
        policy = try await PolicyInForce.read(from: audit.repository, at: start)
      } catch {
        let damage = try await ObjectDamage(error, in: audit.repository)
        startProblems.append(await damage.problem(in: start, of: audit.repository))
      }
      var problems: [AuditProblem] = []
      try await readMaxAges(&problems)
      startProblems += problems
    }

    /// The commit that is taken for good: nothing is found in it but what is damaged.
    func checkedStart(isIntroduction: Bool) -> CheckedCommit {
      CheckedCommit(
        id: head.id, parent: isIntroduction ? nil : head.parents.first, effective: effective, maxAges: maxAges,
        problems: startProblems)
    }

    /// The files that the introduction brought.
    func introduced(_ checked: inout CheckedCommit) async throws(Failure) -> [TreeDifference] {
      try await differences(from: nil, to: head, &checked)
    }

    mutating func step(to id: ObjectID) async throws(Failure) -> (CheckedCommit, [TreeDifference]) {
      let before = head
      head = try await CommitHead.read(id, in: audit.repository)
      effective = max(effective, Timestamp(microseconds: head.committed * 1_000_000))
      var checked = CheckedCommit(id: id, parent: before.id, effective: effective, maxAges: [:], problems: [])
      let differences = try await differences(from: before.tree, to: head, &checked)
      if let refusal = head.refusal { checked.problems.append(AuditProblem(refusal, id)) }
      try await examine(differences, &checked)
      if checked.blindness.covers(Layout.configuration)
        || differences.contains(where: { $0.path == Layout.configuration })
      {
        try await readMaxAges(&checked.problems)
      }
      checked.maxAges = self.maxAges
      return (checked, differences)
    }

    /// What the parent rule says of a commit, and the policy after it.
    private mutating func examine(
      _ differences: [TreeDifference], _ checked: inout CheckedCommit
    ) async throws(Failure) {
      guard let commit = head.commit else { return }
      if let policy, checked.blindness.isEmpty {
        do throws(Failure) {
          let examined = try await gate.examine(commit, head.id, changing: differences, under: policy)
          self.policy = examined.policy
          checked.problems += examined.refusals.map { AuditProblem($0, head.id) }
          return
        } catch {
          let damage = try await ObjectDamage(error, in: audit.repository)
          checked.problems.append(await damage.problem(in: head.id, of: audit.repository))
        }
      }
      checked.problems.append(
        AuditProblem(
          .notCompared, head.id,
          policy == nil
            ? "the policy that decides on it is damaged, so whether it was allowed is not known"
            : "what it changes cannot be read, so whether it was allowed is not known"))
      do throws(Failure) {
        policy = try await PolicyInForce.read(from: audit.repository, at: head.id)
      } catch {
        // One that can be read and is none was refused, and leaves the one before in force.
        guard !error.isRefusal else { return }
        _ = try await ObjectDamage(error, in: audit.repository)
        policy = nil
      }
    }

    /// What a commit changes, as far as it can be read; the rest is told.
    private func differences(
      from old: ObjectID?, to new: CommitHead, _ checked: inout CheckedCommit
    ) async throws(Failure) -> [TreeDifference] {
      do throws(Failure) {
        return try await audit.repository.differences(fromTree: old, toTree: new.tree)
      } catch {
        _ = try await ObjectDamage(error, in: audit.repository)
      }
      let found = try await audit.repository.readableDifferences(fromTree: old, toTree: new.tree)
      for directory in found.unreadable { checked.note(directory) }
      return found.files
    }

    /// Where praxis.yaml is malformed, the one before counts, and the check of the file reports it. Where it is
    /// damaged, the limits are unknown.
    private mutating func readMaxAges(_ problems: inout [AuditProblem]) async throws(Failure) {
      do throws(Failure) {
        guard let entry = try await audit.repository.entry(at: Layout.configuration, in: head.id) else { return }
        let bytes = try await audit.repository.blob(entry.id)
        guard let configuration = try? ConfigurationFile.read(bytes) else { return }
        let pairs = configuration.sources.compactMap { source in source.maxAgeSeconds.map { (source.name, $0) } }
        maxAges = Dictionary(pairs) { first, _ in first }
      } catch {
        let damage = try await ObjectDamage(error, in: audit.repository)
        maxAges = [:]
        problems.append(
          AuditProblem(
            .notCompared, head.id, at: Layout.configuration,
            "how old observations may be is not known from here on: \(damage.message)"))
      }
    }
  }
}
