import ArgumentParser
import Engine
import Facts
import Failures
import Report
import StateRepository
import StrictJSON

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "One finding: its delta as a diff, and how often it came before.",
    discussion: """
      --evidence shows what the tool printed, raw and with the secrets in it, on the engine's host and to the engine's user alone.
      """)

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A finding's id, or the beginning of it.") var finding: GivenID<FindingID>
  @Flag(help: "What the tool itself said in the run that it is from, where this host keeps it.") var evidence = false
  @Flag(help: "As JSON.") var json = false

  func validate() throws {
    if json, evidence { throw ValidationError("--evidence is what a tool printed, and has no form as JSON.") }
  }

  func run() async throws {
    let session = try await options.open()
    let tip = try await session.store.tip()
    let objection = try await session.warnUnlessVerified(tip)
    let waivers = Waivers(objection == nil ? try await session.store.waivers(at: tip) : [])
    let facts = try await options.found(objection) {
      let id = try await session.finding(finding, at: tip)
      let facts = try await session.store.facts(of: id, at: tip)
      guard !facts.isEmpty else { throw try await session.store.unknownFinding(id.text, at: tip) }
      return facts
    }
    let (current, now) = (facts[facts.count - 1], Environment.process.now())
    if evidence {
      let report = EvidenceReport(try await session.evidence(of: current), of: current)
      options.console.result(report.text(palette: options.console.palette))
    } else if json {
      options.console.result(FindingsReport(facts, validAt: now, knownAt: now, waivers: waivers).bytes)
    } else {
      let report = FindingReport(current, history: facts.dropLast(), asOf: now, waivers: waivers)
      options.console.result(report.text(palette: options.console.palette))
    }
    if let objection { throw ExitCode(objection.exitOfAnswer.rawValue) }
  }
}

extension GlobalOptions {
  /// What is asked for by an id. A main that does not verify may not hold what there is: then that ends the command, and not that nothing
  /// was found.
  func found<Found>(_ objection: Failure?, _ find: () async throws -> Found) async throws -> Found {
    do {
      return try await find()
    } catch let missing as Failure where missing.kind == .wrongInput {
      guard let objection else { throw missing }
      console.fail(missing)
      throw ExitCode(objection.exitOfAnswer.rawValue)
    }
  }
}
