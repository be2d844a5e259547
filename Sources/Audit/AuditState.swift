import Facts
import Failures
import Git
import StateRepository
import StrictJSON

/// What an audit must remember from one commit to the next: for each subject the end of its last fact, for each source
/// when its targets were observed. It does not grow with the number of facts.
struct AuditState {
  private let repository: Repository
  private(set) var problems: AuditProblems
  /// The end of the last ended fact of each subject, by its key's hash.
  private var ends: [Int: Timestamp] = [:]
  /// Whether a subject that is not among ``ends`` has no ended fact; otherwise it has to be looked up.
  private var holdsAllEnds: Bool
  private var timelines: [SourceName: ObservationTimeline] = [:]
  /// Whether a source that is not among ``timelines`` has none; otherwise it has to be looked up.
  private var holdsAllReceipts: Bool

  /// The most ends that are held: 16 bytes each, and as many again for the table's gaps.
  private static let mostEnds = 1 << 20

  /// - Parameter isFromTheIntroduction: whether nothing came before what is taken first.
  init(_ repository: Repository, isFromTheIntroduction: Bool, problems: AuditProblems) {
    self.repository = repository
    holdsAllEnds = isFromTheIntroduction
    holdsAllReceipts = isFromTheIntroduction
    self.problems = problems
  }

  /// Takes what one commit came to; commits come in their order.
  mutating func take(_ checked: CheckedCommit) async throws(Failure) {
    problems.add(checked.problems)
    forget(checked.blindness)
    for outcome in checked.outcomes {
      for retraction in outcome.retracted { try await check(retraction, checked) }
      if outcome.isIrregular {
        try await readAll(outcome.key, checked)
      } else {
        try await follow(outcome, checked)
      }
    }
    // What comes back under the name was observed by nobody meanwhile, and nobody was to.
    for source in checked.removed { timelines[source] = nil }
    for receipt in checked.receipts { try await follow(receipt, checked) }
  }

  /// What is to be said of the time between the last receipts and the newest commit.
  mutating func close(_ tip: CheckedCommit) {
    for source in tip.maxAges.keys.sorted() {
      guard let known = timelines[source], let limit = tip.maxAges[source] else { continue }
      if let hole = known.hole(upTo: tip.effective, at: tip.id, limit: limit) { problems.add([hole]) }
    }
  }

  /// Forgets what was remembered where it is unknown what a commit did: the tree no longer holds it.
  private mutating func forget(_ blindness: Blindness) {
    guard !blindness.isEmpty else { return }
    if blindness.covers("findings") {
      ends = [:]
      holdsAllEnds = false
    }
    for (source, known) in timelines where blindness.covers(known.last.path) { timelines[source] = nil }
    if blindness.covers("observations") { holdsAllReceipts = false }
  }

  // MARK: Facts

  private mutating func follow(_ outcome: SubjectOutcome, _ checked: CheckedCommit) async throws(Failure) {
    var last = outcome.ended
    if let opened = outcome.opened {
      if last == nil { last = try await lastEnd(of: outcome.key, before: checked) }
      if let last, opened < last {
        report(
          .intervalsOverlap, "\(Layout.openFindings)/\(outcome.key).json",
          "it begins at \(opened), and the fact before it ended at \(last)", checked)
      }
    }
    if let ended = outcome.ended { remember(outcome.key, ended) }
  }

  private mutating func lastEnd(of key: String, before checked: CheckedCommit) async throws(Failure) -> Timestamp? {
    if let end = ends[key.hashValue] { return end }
    guard !holdsAllEnds, let parent = checked.parent else { return nil }
    let end = try await facts(of: key, at: parent, checked).compactMap(\.fact.validTo).max()
    if let end { remember(key, end) }
    return end
  }

  private mutating func remember(_ key: String, _ end: Timestamp) {
    if ends.count >= Self.mostEnds {
      ends.removeAll(keepingCapacity: true)
      holdsAllEnds = false
    }
    ends[key.hashValue] = end
  }

  /// Holds all facts of a subject against each other.
  private mutating func readAll(_ key: String, _ checked: CheckedCommit) async throws(Failure) {
    let facts = try await facts(of: key, at: checked.id, checked).sorted { $0.fact.validFrom < $1.fact.validFrom }
    for (before, after) in zip(facts, facts.dropFirst()) {
      guard let end = before.fact.validTo, end <= after.fact.validFrom else {
        report(
          .intervalsOverlap, after.path, "it begins at \(after.fact.validFrom), while \(before.path) is true", checked)
        continue
      }
    }
    let begins = Set(facts.map(\.fact.validFrom))
    for (path, fact) in facts where fact.ended?.reason == .superseded {
      if let end = fact.validTo, !begins.contains(end) {
        report(.noSuccessor, path, "it was superseded at \(end), and no fact of its subject begins then", checked)
      }
    }
    if let end = facts.compactMap(\.fact.validTo).max() {
      remember(key, end)
    } else {
      ends[key.hashValue] = nil
    }
  }

  /// All facts of a subject that count at a commit; what is malformed was reported when it came.
  private mutating func facts(
    of key: String, at commit: ObjectID, _ checked: CheckedCommit
  ) async throws(Failure) -> [(path: String, fact: Finding)] {
    let open = "\(Layout.openFindings)/\(key).json"
    do throws(Failure) {
      var files = try await repository.files(under: "\(Layout.closedFindings)/\(key)", in: commit)
      if let entry = try await repository.entry(at: open, in: commit) { files.append((open, entry.id)) }
      var facts: [(path: String, fact: Finding)] = []
      for (path, id) in files {
        let bytes = try await repository.blob(id)
        if let fact = try? Finding(parsing: bytes, document: path), fact.correctedBy == nil {
          facts.append((path, fact))
        }
      }
      return facts
    } catch {
      try await note(error, open, "the facts of its subject", checked)
      return []
    }
  }

  /// Tells what is not compared for an object that is damaged.
  ///
  /// - Throws: where it is something else that keeps it from being read.
  private mutating func note(
    _ error: Failure, _ path: String, _ what: String, _ checked: CheckedCommit
  ) async throws(Failure) {
    let damage = try await ObjectDamage(error, in: repository)
    report(.notCompared, path, "it is not checked against \(what): \(damage.message)", checked)
  }

  private mutating func check(
    _ retraction: (path: String, finding: FindingID, delta: Digest, proposal: String?), _ checked: CheckedCommit
  ) async throws(Failure) {
    guard let id = retraction.proposal, let parent = checked.parent else {
      report(.retractionUnapproved, retraction.path, "it names no proposal", checked)
      return
    }
    let place = Layout.document(ofProposal: id)
    let proposal: Proposal?
    do throws(Failure) {
      let entry = try await repository.entry(at: place, in: parent)
      let bytes = if let entry { try await repository.blob(entry.id) } else { [UInt8]() }
      proposal = try? Proposal(parsing: bytes, document: place)
    } catch {
      try await note(error, retraction.path, "the proposal that it names", checked)
      return
    }
    guard let proposal, proposal.action == .retract,
      proposal.findings.contains(.init(finding: retraction.finding, delta: retraction.delta))
    else {
      report(
        .retractionUnapproved, retraction.path,
        "main had no approved proposal \(TerminalSafe.escaped(id)) to retract this very fact", checked)
      return
    }
  }

  // MARK: Receipts

  private mutating func follow(_ receipt: ReceiptTimes, _ checked: CheckedCommit) async throws(Failure) {
    var known = timelines[receipt.source]
    if known == nil, !holdsAllReceipts, let parent = checked.parent {
      known = try await receiptBefore(receipt, parent, checked).map { ObservationTimeline($0, isFirst: false) }
    }
    guard var known else {
      timelines[receipt.source] = ObservationTimeline(receipt, isFirst: holdsAllReceipts)
      if holdsAllReceipts, !receipt.late.isEmpty {
        report(.receiptRewritten, receipt.path, "a run is called late, and none came before", checked)
      }
      return
    }
    for (rule, message) in known.last.objections(to: receipt) { report(rule, receipt.path, message, checked) }
    let (changed, new) = known.take(receipt, at: checked.id, limit: checked.maxAges[receipt.source])
    for (old, new) in changed { problems.replace(old, by: new) }
    problems.add(new)
    timelines[receipt.source] = known
  }

  private mutating func receiptBefore(
    _ receipt: ReceiptTimes, _ parent: ObjectID, _ checked: CheckedCommit
  ) async throws(Failure) -> ReceiptTimes? {
    do throws(Failure) {
      guard let entry = try await repository.entry(at: receipt.path, in: parent) else { return nil }
      let bytes = try await repository.blob(entry.id)
      return (try? Receipt(parsing: bytes, document: receipt.path)).map { ReceiptTimes($0, path: receipt.path) }
    } catch {
      try await note(error, receipt.path, "the receipt before it", checked)
      return nil
    }
  }

  private mutating func report(_ rule: AuditRule, _ path: String, _ message: String, _ checked: CheckedCommit) {
    problems.add([AuditProblem(rule, checked.id, at: path, message)])
  }
}

/// The problems of an audit: all are counted, the first of them are kept.
package struct AuditProblems: Hashable, Sendable {
  /// The most that are kept.
  package static let most = 10_000
  /// The first ones, in the order of the commits.
  package private(set) var kept: [AuditProblem] = []
  /// How many rules were broken.
  package private(set) var violations = 0
  /// How many holes there are: times without an observation.
  package private(set) var holes = 0

  init() {}

  mutating func add(_ problems: [AuditProblem]) {
    for problem in problems {
      switch problem.grade {
      case .violation: violations += 1
      case .hole: holes += 1
      }
      if kept.count < Self.most { kept.append(problem) }
    }
  }

  /// Changes or removes a hole after a late observation became known.
  mutating func replace(_ hole: AuditProblem, by other: AuditProblem?) {
    if other == nil { holes -= 1 }
    guard let index = kept.lastIndex(of: hole) else { return }
    if let other { kept[index] = other } else { kept.remove(at: index) }
  }
}
