import ArgumentParser
import Engine
import Facts
import Git
import Report
import StateRepository

struct FindingsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "findings", abstract: "The open findings, or all with --state.",
    discussion: """
      --valid-at asks what was true at a time, --known-at what praxis knew then; together: what did we know on Monday \
      about Sunday? A commit's time is the later of its own date and its parent's.
      """)

  enum Output: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl, csv, markdown, sarif
    case codeQuality = "code-quality"
  }

  @OptionGroup var options: GlobalOptions
  @OptionGroup var knowledge: KnowledgeOptions
  @Option(help: "Only what was true then, whether it has ended since or not: a time or a date.") var validAt: Moment?
  @Option(help: "Only of this source; may be repeated.") var source: [SourceName] = []
  @Option(help: "Only of targets that match; * and ? stand for anything.") var target: String?
  @Option(help: "Only of subjects that match; * and ? stand for anything.") var subject: String?
  @Option(help: "Only of this kind; may be repeated.") var kind: [Kind] = []
  @Option(help: "At least of this severity.") var severity: Severity?
  @Option(help: "Only of this authority; may be repeated.") var authority: [AuthorityKind] = []
  @Option(help: "open, closed or all; with --valid-at all, else open.") var state: FactQuery.State?
  @Option(help: "Only findings at least this old: 30d, 6h, 5m.") var olderThan: Length?
  @Option(help: "Only findings younger than this: 30d, 6h, 5m.") var newerThan: Length?
  @Option(help: "Only findings that recurred at least so often.") var recurring: Int?
  @Option(help: "table, json, jsonl, csv, markdown, sarif or code-quality (GitLab's).") var output: Output = .table
  @Flag(help: "The same as --output json.") var json = false

  func validate() throws {
    if let recurring, recurring < 1 { throw ValidationError("--recurring takes a number from 1 on") }
  }

  func run() async throws {
    let session = try await options.open()
    let tip = try await session.store.tip()
    let answers = FactQueries(session, upTo: tip, usesIndex: !knowledge.withoutIndex)
    let past = try await Past(knowledge.knownAt, answers)
    let known = past?.instant ?? Environment.process.now()
    let commit = past?.transaction.commit ?? tip
    let objection = try await session.warnUnlessVerified(tip)
    let waivers = Waivers(objection == nil ? try await session.store.waivers(at: commit) : [])
    var query = FactQuery(asOf: validAt?.instant ?? known)
    query.sources = source
    query.target = target
    query.subject = subject
    query.kinds = kind
    query.severity = severity
    query.authorities = authority
    query.state = state ?? (validAt == nil ? .open : .all)
    query.validAt = validAt?.instant
    query.minimumAge = olderThan?.seconds
    query.maximumAge = newerThan?.seconds
    query.minimumReturns = recurring
    let findings = try await answers.facts(matching: query, at: commit)
    if !source.isEmpty || findings.isEmpty {
      try await session.requireKnown(source, target: findings.isEmpty ? target : nil, at: commit)
    }
    let report = FindingsReport(findings, validAt: query.asOf, knownAt: known, waivers: waivers)
    switch json ? .json : output {
    case .table:
      let open = try await session.store.openFindingIDs(at: commit)
      options.console.result(
        report.table(palette: options.console.palette, width: options.console.width, among: open))
    case .json: options.console.result(report.bytes)
    case .jsonl: options.console.result(report.lines)
    case .csv: options.console.result(Array(report.csv().utf8))
    case .markdown: options.console.result(report.markdown())
    case .sarif: options.console.result(report.sarif)
    case .codeQuality: options.console.result(report.codeQuality)
    }
    if let objection { throw ExitCode(objection.exitOfAnswer.rawValue) }
  }
}

extension FactQuery.State: ExpressibleByArgument {}

/// A past state of knowledge.
struct Past {
  /// The last commit that belongs to it.
  var transaction: Transaction
  /// The time that was asked for; of a commit its own.
  var instant: Timestamp

  /// Nil where the present is meant.
  init?(_ knownAt: KnownAt?, _ answers: FactQueries) async throws {
    guard let knownAt else { return nil }
    transaction = try await answers.transaction(knownAt)
    if case .time(let instant) = knownAt { self.instant = instant } else { instant = transaction.time }
  }
}
