import ArgumentParser
import Engine
import Facts
import Failures
import Report
import StateRepository
import StrictJSON

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "One finding: its delta as a diff, and how often it came before.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A finding's id.") var finding: FindingID
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let tip = try await session.store.tip()
    let objection = try await session.warnUnlessVerified(tip)
    let waivers = Waivers(objection == nil ? try await session.store.waivers(at: tip) : [])
    let facts = try await session.store.facts(of: finding, at: tip)
    guard let current = facts.last else {
      let missing = Failure(
        .unknownFinding, "\(finding)", "there is no such finding", hint: "See praxis findings --state all.")
      // A main that does not verify may not hold what there is.
      guard let objection else { throw missing }
      options.console.fail(missing)
      throw ExitCode(objection.exitOfAnswer.rawValue)
    }
    let now = Environment.process.now()
    if json {
      options.console.result(FindingsReport(facts, validAt: now, knownAt: now, waivers: waivers).bytes)
    } else {
      let report = FindingReport(current, history: facts.dropLast(), asOf: now, waivers: waivers)
      options.console.result(report.text(palette: options.console.palette))
    }
    if let objection { throw ExitCode(objection.exitOfAnswer.rawValue) }
  }
}
