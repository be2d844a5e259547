import Audit
import Facts
import Failures
import Gate
import Git
import StateRepository

/// Where an audit begins.
package enum AuditStart: Sendable, Hashable {
  case checkpoint
  case commit(ObjectID)
}

/// What an audit of main came to.
package struct Audited: Sendable {
  package var outcome: AuditOutcome
  package var introduction: ObjectID
  /// How many gaps between observations lie before where it began.
  package var earlierHoles: Int
  /// Why this is not the main that this host remembers; nil where it holds all of it, or where nothing is remembered.
  package var forgotten: Failure?

  /// What the command ends with; nil where all is well.
  package var exit: Exit? {
    if !outcome.isClean { return .refused }
    return forgotten?.exit ?? (outcome.problems.holes + earlierHoles > 0 ? .incomplete : nil)
  }
}

extension Session {
  /// Reads main from its introduction on, or from a commit up to which an audit of this installation found nothing.
  package func audit(
    from: AuditStart?, progress: @escaping @Sendable (_ done: Int, _ all: Int) -> Void
  ) async throws -> Audited {
    let introduction = trust.introduction
    var isWhole = false
    do throws(Failure) {
      try await trust.check(against: store.repository)
    } catch {
      // The audit comes upon the same damage at the introduction, and names it.
      guard await Audit.isDamage(error, in: store.repository) else { throw error }
      isWhole = true
    }
    let checkpoints = AuditCheckpoints(installation, introduction: introduction)
    let tip = try await store.tip()
    let (start, known) = isWhole ? (nil, nil) : try await start(from, checkpoints)
    let outcome = try await Audit(store.repository, introduction: introduction, now: now(), progress: progress)
      .run(to: tip, after: start)
    let forgotten = await forgotten(by: tip)
    if forgotten == nil { keep(outcome, known, checkpoints) }
    return Audited(
      outcome: outcome, introduction: introduction, earlierHoles: known?.holes ?? 0, forgotten: forgotten)
  }

  /// Why this is not the main that this host remembers; nil where it holds all of it, or where nothing is remembered.
  private func forgotten(by tip: ObjectID) async -> Failure? {
    do throws(Failure) {
      try await Verification(self).checkMemory(of: tip)
      return nil
    } catch {
      return Failure(error)
    }
  }

  /// The commit after which to begin, and the checkpoint that vouches for it.
  private func start(
    _ from: AuditStart?, _ checkpoints: AuditCheckpoints
  ) async throws -> (ObjectID?, AuditCheckpoint?) {
    guard let from else { return (nil, nil) }
    if from == .commit(trust.introduction) { return (nil, nil) }
    guard let checkpoint = try checkpoints.read() else {
      throw Failure(
        .unknownStart, "--from", "no audit of this installation has come to its end; begin without --from")
    }
    guard case .commit(let commit) = from, commit != checkpoint.commit else { return (checkpoint.commit, checkpoint) }
    let chain: [(id: ObjectID, commit: RawCommit)]
    do throws(Failure) {
      chain = try await store.repository.firstParentChain(
        from: checkpoint.commit, limit: Int.max, until: commit)
    } catch {
      // A whole audit names what is damaged.
      guard await Audit.isDamage(error, in: store.repository) else { throw error }
      return (nil, nil)
    }
    guard chain.last?.id == commit else {
      throw Failure(
        .unknownStart, "commit \(commit)",
        "the last audit went up to \(checkpoint.commit), and this commit is not on the way there; begin without --from")
    }
    // How many holes lie before it is not known; what lies behind it is listed again.
    var earlier = checkpoint
    earlier.commit = commit
    earlier.commits -= chain.count - 1
    earlier.holes = 0
    return (commit, earlier)
  }

  /// Keeps how far a clean audit went. That it cannot be kept, as beside a borrowed clone, spoils nothing.
  private func keep(
    _ outcome: AuditOutcome, _ known: AuditCheckpoint?, _ checkpoints: AuditCheckpoints
  ) {
    guard outcome.isClean else { return }
    do {
      try checkpoints.write(AuditCheckpoint(after: outcome, introduction: trust.introduction, before: known))
    } catch {
      console.note("no checkpoint is kept: \(Failure(error).message)")
    }
  }
}
