import ArgumentParser
import Audit
import Engine
import Facts
import Failures
import Gate
import Git
import StateRepository
import StrictJSON

struct AuditCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Read main from its introduction on and name every commit and file that breaks a rule.",
    discussion: """
      Signatures, classes and paths, policy versions, the form and name of every file, both time axes, the ledger of executions. A \
      clone and the trust file are enough: nothing else is trusted.

      Exit code: 0 clean, 3 no rule is broken but a source was not observed for longer than it allows, 4 a rule is broken, an object is \
      damaged or main is older than this host has verified, 1 not all could be read for another reason.
      """)

  /// Where an audit begins.
  enum Start: Sendable, Hashable, ExpressibleByArgument {
    case checkpoint
    case commit(ObjectID)

    init?(argument: String) {
      if argument == "checkpoint" {
        self = .checkpoint
      } else if let id = ObjectID(hex: argument) {
        self = .commit(id)
      } else {
        return nil
      }
    }
  }

  @OptionGroup var options: GlobalOptions
  @Option(
    help: ArgumentHelp(
      "Go on after this commit (40 digits), or after the last audit's 'checkpoint'. An audit of this installation has to have found nothing up to there.",
      valueName: "commit"))
  var from: Start?
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let introduction = session.trust.introduction
    var isWhole = false
    do throws(Failure) {
      try await session.trust.check(against: session.store.repository)
    } catch {
      // The audit comes upon the same damage at the introduction, and names it.
      guard await Audit.isDamage(error, in: session.store.repository) else { throw error }
      isWhole = true
    }
    let checkpoints = AuditCheckpoints(session.installation, introduction: introduction)
    let tip = try await session.store.tip()
    let (start, known) = isWhole ? (nil, nil) : try await start(session, checkpoints)
    let isQuiet = options.quiet
    let audit = Audit(session.store.repository, introduction: introduction, now: Environment.process.now()) {
      done, all in
      if !isQuiet { ProgressLine.shared.show("audit: commit \(done) of \(all)") }
    }
    let outcome = try await audit.run(to: tip, after: start)
    let forgotten = await forgotten(by: tip, session)
    if forgotten == nil { keep(outcome, known, checkpoints, session) }
    show(outcome, known, introduction, options.console)
    if let forgotten { options.console.fail(forgotten) }
    if !outcome.isClean { throw ExitCode(Exit.refused.rawValue) }
    if let forgotten { throw ExitCode(forgotten.exit.rawValue) }
    if outcome.problems.holes + (known?.holes ?? 0) > 0 { throw ExitCode(Exit.incomplete.rawValue) }
  }

  /// Why this is not the main that this host remembers; nil where it holds all of it, or where nothing is remembered.
  private func forgotten(by tip: ObjectID, _ session: Session) async -> Failure? {
    do throws(Failure) {
      try await Verification(session).checkMemory(of: tip)
      return nil
    } catch {
      return Failure(error)
    }
  }

  /// The commit after which to begin, and the checkpoint that vouches for it.
  private func start(
    _ session: Session, _ checkpoints: AuditCheckpoints
  ) async throws -> (ObjectID?, AuditCheckpoint?) {
    guard let from else { return (nil, nil) }
    if from == .commit(session.trust.introduction) { return (nil, nil) }
    guard let checkpoint = try checkpoints.read() else {
      throw Failure(
        .unknownStart, "--from", "no audit of this installation has come to its end; begin without --from")
    }
    guard case .commit(let commit) = from, commit != checkpoint.commit else { return (checkpoint.commit, checkpoint) }
    let chain: [(id: ObjectID, commit: RawCommit)]
    do throws(Failure) {
      chain = try await session.store.repository.firstParentChain(
        from: checkpoint.commit, limit: Int.max, until: commit)
    } catch {
      // A whole audit names what is damaged.
      guard await Audit.isDamage(error, in: session.store.repository) else { throw error }
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
    _ outcome: AuditOutcome, _ known: AuditCheckpoint?, _ checkpoints: AuditCheckpoints, _ session: Session
  ) {
    guard outcome.isClean else { return }
    do {
      try checkpoints.write(AuditCheckpoint(after: outcome, introduction: session.trust.introduction, before: known))
    } catch {
      session.console.note("no checkpoint is kept: \(Failure(error).message)")
    }
  }

  private func show(
    _ outcome: AuditOutcome, _ known: AuditCheckpoint?, _ introduction: ObjectID, _ console: TerminalConsole
  ) {
    let problems = outcome.problems
    if json {
      var object = JSONObject()
      object["format"] = "praxis.audit/1"
      object["introduction"] = .string(introduction.hex)
      object["from"] = .string(outcome.start.hex)
      object["tip"] = .string(outcome.tip.hex)
      object["commits"] = JSON(outcome.commits)
      object["files"] = JSON(outcome.files)
      object["clean"] = .bool(outcome.isClean)
      object["violations"] = JSON(problems.violations)
      object["holes"] = JSON(problems.holes)
      object["earlierHoles"] = JSON(known?.holes ?? 0)
      object["problems"] = .array(problems.kept.map(\.json))
      console.result(CanonicalJSON.bytes(.object(object)))
      return
    }
    for problem in problems.kept { console.result(Self.lines(problem)) }
    let all = problems.violations + problems.holes
    if all > problems.kept.count { console.result("… and \(all - problems.kept.count) more") }
    let start = outcome.start == introduction ? "the introduction" : "\(outcome.start)"
    let verdict =
      switch problems.violations {
      case 0: "no rule is broken"
      case 1: "1 violation"
      default: "\(problems.violations) violations"
      }
    console.result(
      "\(outcome.commits) commits from \(start) to \(outcome.tip), \(outcome.files) files read: \(verdict)")
    if problems.holes > 0 { console.result("\(problems.holes) gap(s) between observations longer than max-age") }
    if let holes = known?.holes, holes > 0 {
      console.result("\(holes) earlier gap(s) between observations; without --from they are listed")
    }
  }

  private static func lines(_ problem: AuditProblem) -> String {
    let place = problem.path.map { " \(TerminalSafe.escaped($0))" } ?? ""
    let hint = problem.remedy.isEmpty ? "" : "\n    \(problem.remedy)"
    return
      "\(problem.grade.rawValue) \(problem.rule) in \(problem.commit)\(place)\n    \(TerminalSafe.escaped(problem.message))\(hint)"
  }
}
