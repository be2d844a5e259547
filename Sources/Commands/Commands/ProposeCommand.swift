import ArgumentParser
import Engine
import Facts
import Gate
import Report

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
    @Argument(help: "Ids of open drift of one source, or their beginnings.") var findings: [GivenID<FindingID>]
    @Option(help: "The reason, shown to the approvers.") var reason: String?
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      options.show(try await ProposalWorkflow(options, signing).fix(.converge, findings, reason: reason), json: json)
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
    @Argument(help: "Ids of all open drift of one tofu source, or their beginnings.") var findings: [GivenID<FindingID>]
    @Option(help: "The reason, shown to the approvers.") var reason: String?
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      options.show(try await ProposalWorkflow(options, signing).fix(.adopt, findings, reason: reason), json: json)
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
      options.show(try await ProposalWorkflow(options, signing).bless(source, targets), json: json)
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
    @Argument(help: "Ids of open findings of one source, or their beginnings.") var findings: [GivenID<FindingID>]
    @Option(help: "When it ends: a date, which means its first instant in UTC, or an RFC 3339 time.") var until: Moment
    @Option(help: "Why it is accepted.") var reason: String
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      let workflow = try await ProposalWorkflow(options, signing)
      options.show(try await workflow.waive(findings, until: until.instant, reason: reason), json: json)
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
    @Argument(help: "An open finding's id, or the beginning of it.") var finding: GivenID<FindingID>
    @Option(help: "Why it was never true.") var reason: String
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      options.show(try await ProposalWorkflow(options, signing).retract(finding, reason: reason), json: json)
    }
  }
}

extension GlobalOptions {
  fileprivate func show(_ review: ProposalReview, json: Bool) {
    let report = ProposedReport(review)
    json ? console.result(report.json) : console.result(report.text(columns: console.readingWidth))
  }
}

extension ProposalWorkflow {
  fileprivate init(_ options: GlobalOptions, _ signing: SigningOptions) async throws {
    try await self.init(options.open(), signing.isGiven ? signing.signing : nil)
  }
}
