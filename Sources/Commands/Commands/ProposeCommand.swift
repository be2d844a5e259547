import ArgumentParser
import Converge
import Engine
import Facts
import Failures
import Gate
import Report
import StateRepository
import StrictJSON

struct ProposeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "propose", abstract: "Put a change on a branch, for a person to review and approve by a signed merge.",
    discussion:
      "The engine proposes; with --as or --sign-with an operator does, who may then need another one to approve.",
    subcommands: [
      ConvergeCommand.self, AdoptCommand.self, BlessCommand.self, WaiveCommand.self, RetractCommand.self,
    ])

  struct ConvergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "converge", abstract: "Bring what drifted back to what is declared, with the tool that owns it.",
      discussion: """
        Makes a dry run that only observes, and proposes what it shows: all of it, the chosen findings and whatever else the same \
        run would change. Nothing is done before it is approved and praxis execute is called.
        """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "Ids of open drift of one source.") var findings: [FindingID]
    @Option(help: "The reason, shown to the approvers.") var reason: String?
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      try await Proposing(options, signing).fix(.converge, findings, reason: reason, json: json)
    }
  }

  struct AdoptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "adopt", abstract: "Take what is there into the state of OpenTofu or Terraform.",
      discussion: """
        Only if a refresh-only plan shows exactly these findings. It changes the tool's state and nothing in the world; where the \
        declaration says otherwise, a normal plan will want to change it back.
        """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "Ids of all open drift of one tofu source.") var findings: [FindingID]
    @Option(help: "The reason, shown to the approvers.") var reason: String?
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      try await Proposing(options, signing).fix(.adopt, findings, reason: reason, json: json)
    }
  }

  struct BlessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "bless", abstract: "The observed facts of a snapshot as its new known-good.",
      discussion: """
        Without targets: those that have no known-good yet. Facts that were blessed before and have changed are taken only for \
        targets that you name.
        """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var signing: SigningOptions
    @Argument var source: SourceName
    @Argument var targets: [TargetName] = []
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      let proposing = try await Proposing(options, signing)
      let session = proposing.session
      let proposed = try await Bless(store: session.store, spool: session.spool).propose(
        source, targets: targets, proposing.terms)
      try await proposing.show(proposed, json: json)
    }
  }

  struct WaiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "waive", abstract: "Accept open findings for a time, each by the value that it has now.",
      discussion: """
        Drift and blind spots can be waived. Another value, or another list of what was not observed, is reported again, and so is \
        all of it once the end is reached. What the tool does not show (opaque deltas) cannot be waived.
        """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "Ids of open findings of one source.") var findings: [FindingID]
    @Option(help: "When it ends: a date, which means its first instant in UTC, or an RFC 3339 time.") var until: Moment
    @Option(help: "Why it is accepted.") var reason: String
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      let proposing = try await Proposing(options, signing)
      let proposed = try await Waive(store: proposing.session.store).propose(
        findings, until: until.instant, reason: reason, proposing.terms)
      try await proposing.show(proposed, json: json)
    }
  }

  struct RetractCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "retract", abstract: "Take an open finding back as never true.",
      discussion: """
        Once it is approved, the engine's next scan of the finding's target ends it as retracted. A difference that this scan sees \
        is opened anew.
        """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: "An open finding's id.") var finding: FindingID
    @Option(help: "Why it was never true.") var reason: String
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      let proposing = try await Proposing(options, signing)
      let proposed = try await Retract(store: proposing.session.store).propose(
        finding, reason: reason, proposing.terms)
      try await proposing.show(proposed, json: json)
    }
  }
}

/// What every proposal needs and ends with.
private struct Proposing {
  let session: Session
  let terms: ProposalTerms

  private let options: GlobalOptions

  init(_ options: GlobalOptions, _ signing: SigningOptions) async throws {
    self.options = options
    session = try await options.open()
    let deciding = try await ApprovalWorkflow(session)
    let policy = deciding.policy.policy
    let signer: CommitSigner
    let engine: @Sendable (SourceName) -> String
    if signing.isGiven {
      signer = try await deciding.signer(signing.signing).signer
      // An operator names the first engine that records the source; the gate refuses a source without one.
      engine = { source in
        policy.people.keys.filter { policy.allowsRecording(by: $0, of: source) }.min()?.text ?? "none"
      }
    } else {
      signer = try session.engineSigner()
      let name = signer.name
      engine = { _ in name }
    }
    terms = ProposalTerms(
      signer: signer, engine: engine, policy: policy, now: Environment.process.now())
  }

  /// Has the tool make its dry run, and proposes what it shows.
  func fix(_ action: Proposal.Action, _ findings: [FindingID], reason: String?, json: Bool) async throws {
    let convergence = Convergence(store: session.store)
    let plan = try await convergence.plan(action, findings)
    let made = try await session.dryRun(for: plan)
    // A dry run takes its time; the proposal is as old as it is.
    var terms = terms
    terms.now = Environment.process.now()
    do {
      try await show(convergence.propose(plan, made, reason: reason, terms), json: json)
    } catch {
      session.waitingFolder(plan.id).remove()
      throw error
    }
  }

  /// Holds the proposal to all rules before anybody is asked, and says what to do with it.
  func show(_ proposed: Proposed, json: Bool) async throws {
    let proposal = proposed.proposal
    let branch = String(proposed.branch.dropFirst("refs/heads/".count))
    do {
      // Main may have moved on since this began, and the branch with it.
      _ = try await session.gate().review(branch: proposed.commit, onto: ApprovalWorkflow(session).main)
    } catch {
      // A proposal that cannot be approved is deleted.
      try? await session.store.repository.deleteReference(proposed.branch, expecting: proposed.commit)
      throw error
    }
    try await session.publish()
    if json {
      options.console.result(
        CanonicalJSON.bytes(
          .object([
            "format": "praxis.proposed/1", "id": .string(proposal.id), "branch": .string(branch),
            "commit": .string(proposed.commit.hex), "digest": .string(proposal.digest.text),
            "tier": .string(proposal.tier.rawValue), "notAfter": .string(proposal.notAfter.rfc3339),
          ])))
      return
    }
    let whole = "git show \(ReviewText.place(of: proposal))"
    options.console.result(
      TerminalSafe.rows(of: proposed.dryRun, columns: options.console.readingWidth, whole: whole).joined(
        separator: "\n"))
    options.console.result(
      """
      \(proposal.id): tier \(proposal.tier.rawValue), to be approved until \(proposal.notAfter)
      Review it:   praxis review \(proposal.id), or git diff main...\(branch)
      Approve it:  praxis approve \(proposal.id) --digest \(proposal.digest), or git merge --no-ff -S \(branch)
      """)
  }
}
