import ArgumentParser
import Engine
import Facts
import Failures
import Report

struct ReviewCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "review", abstract: "What a proposal would change, who may approve it, and whether it still applies.",
    discussion: "Without a proposal: those that wait. Exit code: 4 when it could not be approved as it stands.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A proposal's id, or the beginning of it.") var proposal: GivenID<ProposalID>?
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let workflow = try await ApprovalWorkflow(session)
    let now = Environment.process.now()
    guard let given = proposal else {
      let report = WaitingReport(
        try await workflow.waiting(), among: try await session.store.proposalIDs(at: workflow.main), now: now)
      return json ? options.console.result(report.json) : options.console.result(report.text)
    }
    let proposal = try await session.proposal(given)
    if let decided = try await workflow.decided(proposal) {
      return json ? options.console.result(decided.json) : options.console.result(decided.text)
    }
    let text = ReviewText(try await workflow.review(proposal), now: now)
    if json {
      options.console.result(text.json)
    } else {
      options.console.result(text.text(columns: options.console.readingWidth))
    }
    if let objection = text.objection { throw objection }
  }
}
