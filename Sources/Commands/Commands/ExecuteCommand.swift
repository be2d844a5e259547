import ArgumentParser
import Converge
import Engine
import Facts
import Failures
import Gate
import StateRepository
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
  @Argument(help: "A proposal's id.") var proposal: ProposalID
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
    let executing = try await ExecutionWorkflow(session, proposal)
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
    let exit: Exit = record.state == .claimed || record.isMended ? .success : .notMended
    PendingExit.set(exit)
    if exit != .success { throw ExitCode(exit.rawValue) }
  }
}

extension ExecutionRecord {
  /// Whether it ended well and nothing of what was to go was seen afterwards.
  var isMended: Bool { result?.outcome == .succeeded && result?.remaining?.isEmpty == true }
}

/// What became of an execution, for people.
struct ExecutionText {
  let proposal: Proposal
  let record: ExecutionRecord

  init(_ proposal: Proposal, _ record: ExecutionRecord) {
    self.proposal = proposal
    self.record = record
  }

  var text: String {
    if record.state == .claimed {
      return """
        \(record.proposal): claimed for \(record.claim ?? "")
        In the job, in front of the tool:  hooks/pre-execute --repo DIR --trust FILE --proposal \(record.proposal) --claim \(record.claim ?? "")
        """
    }
    guard let result = record.result else { return "\(record.proposal): \(record.state.rawValue) at \(record.at)" }
    var lines = ["\(record.proposal): \(headline(result))"]
    if let detail = result.detail { lines.append("  \(TerminalSafe.escaped(detail))") }
    lines += list("changed", result.changes.filter(\.isApproved))
    lines += list("changed, and NOT APPROVED", result.changes.filter { !$0.isApproved })
    lines += list(result.outcome == .unknown ? "outcome unknown" : "not changed", result.left)
    if let gone = result.gone, !gone.isEmpty {
      lines.append("  gone       \(gone.map(\.text).joined(separator: ", "))")
    }
    if let remaining = result.remaining, !remaining.isEmpty {
      lines.append("  remaining  \(remaining.map(\.text).joined(separator: ", "))")
      if record.action == .adopt {
        lines.append(
          "  The state has it now, and the declaration asks for something else: change the declaration, then scan.")
      }
    }
    if result.gone == nil { lines.append("  what is there now was not seen: praxis scan \(proposal.source)") }
    if result.outcome == .unknown {
      lines.append(
        "  Look at \(proposal.targets.map { TerminalSafe.escaped($0) }.joined(separator: ", ")) by hand, then scan and propose what is still to be done."
      )
      lines.append("  Nothing is tried again by itself.")
    }
    if result.outcome == .failed {
      lines.append("  Look at it with: praxis trace \(record.proposal); then propose what is still to be done.")
    }
    return lines.joined(separator: "\n")
  }

  private func headline(_ result: ExecutionRecord.Result) -> String {
    switch result.outcome {
    case .succeeded: record.isMended ? "carried out; the drift is gone" : "carried out; the drift is not gone"
    case .failed:
      "failed"
        + (result.exitCode.map { $0 == 0 ? ", although the tool ended with 0" : ", exit code \($0)" } ?? "")
    case .unknown: "ended unknown"
    }
  }

  private func list(_ what: String, _ changes: [ExecutionRecord.Change]) -> [String] {
    guard !changes.isEmpty else { return [] }
    return ["  \(what):"]
      + changes.map { "    \(TerminalSafe.escaped($0.target)): \(TerminalSafe.escaped($0.subject))" }
  }
}
