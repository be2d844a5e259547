import Facts
import Gate
import Git
import StateRepository

/// What an audit came to.
public struct AuditOutcome: Hashable, Sendable {
  /// The commit after which it began; the introduction for a whole one.
  public let start: ObjectID
  /// The newest commit.
  public let tip: ObjectID
  /// How many commits of main were looked at.
  public let commits: Int
  /// How many files were read.
  public let files: Int
  /// What was found.
  public let problems: AuditProblems
  /// The effective transaction time of the newest commit.
  public let effective: Instant

  /// Whether no rule is broken. Holes, where nobody looked, break none.
  public var isClean: Bool { problems.violations == 0 }
}

/// Reads a history from its introduction to a tip of main and names everything in it that breaks a rule.
///
/// It believes the introduction alone, which the trust file pins. Nothing that it remembers grows with the history but the ids of
/// main's commits: contents are read, judged and let go.
public struct Audit: Sendable {
  private let repository: Repository
  private let introduction: ObjectID
  private let now: Instant
  private let progress: @Sendable (_ done: Int, _ all: Int) -> Void

  /// - Parameters:
  ///   - introduction: the commit that the history begins with, from the trust file.
  ///   - progress: called now and then with how many commits are done.
  public init(
    _ repository: Repository, introduction: ObjectID, now: Instant,
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
  public func run(to tip: ObjectID, after start: ObjectID? = nil) async throws(AuditError) -> AuditOutcome {
    let start = start ?? introduction
    var problems = AuditProblems()
    let chain = try await Chain.read(from: tip, to: introduction, in: repository)
    guard chain.ids.last == introduction else {
      problems.add([AuditProblem(chain.foreign(introduction), tip)])
      return AuditOutcome(start: start, tip: tip, commits: 0, files: 0, problems: problems, effective: now)
    }
    guard let place = chain.ids.firstIndex(of: start) else {
      throw AuditError(
        .unknownStart, "commit \(start)", "it is none of main's commits; audit from the introduction on, without --from"
      )
    }
    var fold = AuditFold(repository, isFromTheIntroduction: start == introduction, problems: problems)
    var walk = try await Walk(self, at: start, effective: chain.effective(at: place))
    var last = walk.checkedStart(isIntroduction: start == introduction)
    var files = 0
    if start == introduction { try await last.check(walk.introduced(), in: repository) }
    files += last.files
    try await fold.take(last)
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
              try await fold.take(ready)
            }
            if turns.taken.isMultiple(of: 64) { progress(turns.taken, waiting.count) }
          }
          if isRest { for opened in readers + [repository] { try await opened.releasePacks() } }
        }
      }
    } catch let error as AuditError {
      throw error
    } catch {
      throw AuditError(.unreadable, "main", String(describing: error))
    }
    fold.close(last)
    progress(waiting.count, waiting.count)
    return AuditOutcome(
      start: start, tip: tip, commits: waiting.count, files: files, problems: fold.problems, effective: last.effective)
  }

  /// Repositories of their own for those who read contents, so that they do not wait for each other.
  private static func readers(of repository: Repository) throws(AuditError) -> [Repository] {
    do throws(GitError) {
      return [try Repository.open(at: repository.gitFolder), try Repository.open(at: repository.gitFolder)]
    } catch {
      throw AuditError(error)
    }
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
    private let examiner: HistoryExaminer
    private var head: CommitHead
    private var policy: PolicyInForce
    private var maxAges: [SourceName: Int64]
    private(set) var effective: Instant

    init(_ audit: Audit, at start: ObjectID, effective: Instant) async throws(AuditError) {
      self.audit = audit
      examiner = HistoryExaminer(
        audit.repository, introduction: audit.introduction, signatures: .inProcess, at: audit.now)
      head = try await CommitHead.read(start, in: audit.repository)
      do throws(GateError) {
        policy = try await PolicyInForce.read(from: audit.repository, at: start)
      } catch {
        throw AuditError(error)
      }
      maxAges = try await Self.maxAges(at: start, in: audit.repository) ?? [:]
      self.effective = effective
    }

    /// The commit that is taken for good, with nothing found in it.
    func checkedStart(isIntroduction: Bool) -> CheckedCommit {
      CheckedCommit(
        id: head.id, parent: isIntroduction ? nil : head.parents.first, effective: effective, maxAges: maxAges,
        problems: [])
    }

    /// The files that the introduction brought.
    func introduced() async throws(AuditError) -> [TreeDifference] {
      try await differences(from: nil, to: head.tree)
    }

    mutating func step(to id: ObjectID) async throws(AuditError) -> (CheckedCommit, [TreeDifference]) {
      let before = head
      head = try await CommitHead.read(id, in: audit.repository)
      effective = max(effective, Instant(microseconds: head.committed * 1_000_000))
      let differences = try await differences(from: before.tree, to: head.tree)
      var problems: [AuditProblem] = []
      if let commit = head.commit {
        do throws(GateError) {
          let examined = try await examiner.examine(commit, id, changing: differences, under: policy)
          policy = examined.policy
          problems = examined.refusals.map { AuditProblem($0, id) }
        } catch {
          throw AuditError(error)
        }
      } else if let refusal = head.refusal {
        problems = [AuditProblem(refusal, id)]
      }
      if differences.contains(where: { $0.path == Layout.configuration }),
        let changed = try await Self.maxAges(at: head.id, in: audit.repository)
      {
        maxAges = changed
      }
      return (
        CheckedCommit(id: id, parent: before.id, effective: effective, maxAges: maxAges, problems: problems),
        differences
      )
    }

    private func differences(from old: ObjectID?, to new: ObjectID) async throws(AuditError) -> [TreeDifference] {
      do throws(GitError) {
        return try await audit.repository.differences(fromTree: old, toTree: new)
      } catch {
        throw AuditError(error)
      }
    }

    /// Nil where praxis.yaml cannot be read; that it cannot is reported with the file.
    private static func maxAges(
      at commit: ObjectID, in repository: Repository
    ) async throws(AuditError) -> [SourceName: Int64]? {
      do throws(GitError) {
        guard let entry = try await repository.entry(at: Layout.configuration, in: commit),
          let configuration = try? ConfigurationFile.read(await repository.blob(entry.id))
        else { return nil }
        return Dictionary(configuration.sources.compactMap { source in source.maxAgeSeconds.map { (source.name, $0) } })
        {
          first, _ in first
        }
      } catch {
        throw AuditError(error)
      }
    }
  }
}
