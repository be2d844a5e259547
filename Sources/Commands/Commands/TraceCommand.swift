import ArgumentParser
import Engine
import Facts
import Failures
import Report
import StrictJSON

struct TraceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "From a finding to its proposals, their approvals and executions, and what was seen afterwards.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A finding's id, or a proposal's, or the beginning of it.", completion: Completions.ids) var id:
    String
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let workflow = try await ApprovalWorkflow(session)
    let trace: Trace
    if let finding = GivenID<FindingID>(id) {
      trace = try await workflow.trace(of: session.finding(finding, at: workflow.main))
    } else if let proposal = GivenID<ProposalID>(id) {
      trace = try await workflow.trace(of: session.proposal(proposal))
    } else {
      throw ValidationError("\(TerminalSafe.escaped(id)) is neither a finding's id nor a proposal's.")
    }
    if json { options.console.result(trace.json) } else { options.console.result(trace.text) }
  }
}
