import ArgumentParser
import Facts
import Report
import StateRepository

struct FindingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings", abstract: "What is believed: the open findings, or all with --state.")

  enum State: String, ExpressibleByArgument, CaseIterable {
    case open, closed, all
  }

  enum Output: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl, csv, markdown
  }

  @OptionGroup var options: GlobalOptions
  @Option(help: "Only of this source; may be repeated.") var source: [SourceName] = []
  @Option(help: "Only of targets that match; * and ? stand for anything.") var target: String?
  @Option(help: "Only of subjects that match; * and ? stand for anything.") var subject: String?
  @Option(help: "Only of this kind; may be repeated.") var kind: [Kind] = []
  @Option(help: "At least of this severity.") var severity: Severity?
  @Option(help: "Only of this authority; may be repeated.") var authority: [Authority] = []
  @Option(help: "open, closed or all.") var state: State = .open
  @Option(help: "table, json, jsonl, csv or markdown.") var output: Output = .table
  @Flag(help: "The same as --output json.") var json = false

  func run() async throws {
    let session = try await Session.open(options)
    let tip = try await session.store.tip()
    let waivers = try await session.waivers(at: tip)
    var findings: [Finding] = []
    if state != .closed { findings += try await session.store.openFindings(at: tip) }
    if state != .open { findings += try await session.store.closedFindings(at: tip) }
    findings = findings.filter(isWanted)
      .sorted { ($0.source, $0.target, $0.subject, $0.validFrom) < ($1.source, $1.target, $1.subject, $1.validFrom) }
    let now = Environment.now()
    let report = FindingsReport(findings, validAt: now, knownAt: now, waivers: waivers)
    switch json ? .json : output {
    case .table: session.console.result(report.table(palette: session.console.palette, width: session.console.width))
    case .json: session.console.result(report.bytes)
    case .jsonl: session.console.result(report.lines)
    case .csv: session.console.result(Array(report.csv().utf8))
    case .markdown: session.console.result(report.markdown())
    }
  }

  private func isWanted(_ finding: Finding) -> Bool {
    (source.isEmpty || source.contains(finding.source))
      && (target.map { Glob($0).matches(finding.target) } ?? true)
      && (subject.map { Glob($0).matches(finding.subject) } ?? true)
      && (kind.isEmpty || kind.contains(finding.kind))
      && (severity.map { finding.severity >= $0 } ?? true)
      && (authority.isEmpty || authority.contains(finding.authority))
  }
}
