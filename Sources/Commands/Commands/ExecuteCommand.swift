import ArgumentParser
import Converge
import Engine
import Facts
import Failures
import Report
import StrictJSON

struct ExecuteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "execute", abstract: "Carry out an approved proposal, once, and observe the result.",
    discussion: """
      Verifies the approval under today's policy, makes the dry run again and compares it with what was approved, asks the \
      pre-execute hook, records the start, runs exactly what was approved, records the end, and scans the source.

      Exit code: 0 carried out and the drift is gone, 4 refused and nothing was touched, 6 carried out, but failed, ended unknown, \
      or the drift is not gone.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A proposal's id, or the beginning of it.") var proposal: GivenID<ProposalID>
  @Option(
    help: ArgumentHelp(
      "Do not run it: authorize a job that runs it elsewhere, behind hooks/pre-execute --claim.",
      valueName: "job"))
  var claim: String?
  @Flag(help: "As JSON.") var json = false

  func validate() throws {
    guard let claim else { return }
    let isPlain = claim.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || "_-./:".utf8.contains(byte)
    }
    guard isPlain, (1...100).contains(claim.utf8.count) else {
      throw ValidationError("A job's name has 1 to 100 letters, digits or any of _-./: and nothing else.")
    }
  }

  func run() async throws {
    let session = try await options.open()
    let executing = try await ExecutionWorkflow(session, session.proposal(proposal))
    let ended: ExecutionWorkflow.Ended
    if let claim {
      ended = try await executing.claim(for: claim)
    } else {
      ended = try await executing.execute()
    }
    let record = ended.record
    options.console.result(
      json
        ? String(decoding: CanonicalJSON.bytes(record.json), as: UTF8.self)
        : ExecutionText(ended.proposal, record).text)
    if let words = ended.unpublished {
      session.console.warn("the remote did not take the record of the end: \(words); push main with git")
    }
    if let first = ended.refused.first {
      session.console.fail(
        Failure(
          .notShown, "proposal \(record.proposal)",
          "\(ended.refused.count == 1 ? "a task was" : "\(ended.refused.count) tasks were") about to do what the dry run did not show, and did not: \(first)"
        ))
    }
    let exit: Exit = record.state == .claimed || record.endsDrift ? .success : .driftRemains
    PendingExit.set(exit)
    if exit != .success { throw ExitCode(exit.rawValue) }
  }
}
