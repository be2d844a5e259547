import ArgumentParser
import Engine
import Facts
import Failures
import Git
import Report
import StateRepository
import StrictJSON

struct HistoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "One finding on both time axes: what was true when, and when we came to know it.",
    discussion: "It lists every commit of main that changed what is recorded of it, as git log does for its files.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var knowledge: KnowledgeOptions
  @Argument(
    help: "A finding's id or the beginning of it, or a pattern of subjects; * and ? stand for anything.",
    completion: Completions.findings)
  var finding: String
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let tip = try await session.store.tip()
    let objection = try await session.warnUnlessVerified(tip)
    let answers = FactQueries(session, upTo: tip, usesIndex: !knowledge.withoutIndex)
    let past = try await Past(knowledge.knownAt, answers)
    let histories = try await options.found(objection) {
      let subject = try await subject(session, at: tip)
      let histories = try await answers.history(of: subject, upTo: past?.transaction.commit ?? tip)
      guard !histories.isEmpty else { throw try await session.store.unknownFinding(finding, at: tip) }
      return histories
    }
    let report = HistoryReport(
      histories.map(HistoryReport.Timeline.init), knownAt: past?.instant ?? Environment.process.now())
    options.console.result(
      json ? report.bytes : Array(report.text(palette: options.console.palette).utf8))
    if let objection { throw ExitCode(objection.exitOfAnswer.rawValue) }
  }

  /// The finding whose id it begins; what begins none is a pattern.
  private func subject(_ session: Session, at tip: ObjectID) async throws -> HistorySubject {
    guard let given = GivenID<FindingID>(finding) else { return .subjects(finding) }
    do {
      return .finding(try await session.finding(given, at: tip))
    } catch  where error.code == .unknownFinding {
      return .subjects(finding)
    }
  }
}

extension HistoryReport.Timeline {
  init(_ history: FactHistory) {
    self.init(
      sample: history.sample,
      steps: history.transactions.map { step in
        .init(
          commit: step.transaction.commit.hex, time: step.transaction.time,
          changes: step.changes.map { .init(verb: .init($0.verb), fact: $0.fact) })
      },
      facts: history.facts)
  }
}

extension HistoryReport.Verb {
  init(_ verb: FactHistory.Change.Verb) {
    switch verb {
    case .opened: self = .opened
    case .ended: self = .ended
    case .corrected: self = .corrected
    case .removed: self = .removed
    }
  }
}
