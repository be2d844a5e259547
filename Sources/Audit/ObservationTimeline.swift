import Facts
import Git
import StateRepository
import StrictJSON

/// When a receipt's targets were observed.
struct ReceiptTimes: Sendable {
  let source: SourceName
  let path: String
  let run: RunID
  let begin: Timestamp
  let isWhole: Bool
  let observedAt: [TargetName: Timestamp]
  let late: [Receipt.LateRun]
  /// What a run says of itself, whatever is recomputed under it.
  let sayings: Digest

  init(_ receipt: Receipt, path: String) {
    source = receipt.source
    self.path = path
    run = receipt.run
    begin = receipt.begin
    isWhole = receipt.isWhole
    observedAt = Dictionary(receipt.targets.map { ($0.target, $0.observedAt) }) { first, _ in first }
    late = receipt.late
    var own = receipt
    own.targets = []
    own.changes = .init()
    own.open = nil
    own.redaction = nil
    own.late = []
    sayings = Digest(of: own.bytes)
  }

  /// What a receipt that takes this one's place must not be.
  func objections(to next: ReceiptTimes) -> [(rule: AuditRule, message: String)] {
    var found: [(AuditRule, String)] = []
    if let newest = next.late.last {
      // A late run joins those that came late before, and changes nothing of what the others said.
      if Array(next.late.dropLast()) != late {
        found.append((.receiptRewritten, "the runs that came late before are others than in the receipt before it"))
      } else if newest.begin >= max(observedAt.values.max() ?? begin, begin) || newest.run == run {
        found.append((.receiptRewritten, "it calls the run of \(newest.begin) late, and no later one was recorded"))
      } else if late.contains(where: { $0.run == newest.run }) {
        found.append((.receiptRewritten, "one run came late twice"))
      }
      if next.run == run, next.sayings != sayings {
        found.append((.receiptRewritten, "a late run changed what its newest run said of itself"))
      }
    } else if next.run == run {
      found.append((.receiptRewritten, "it is of the same run as the one before it, and no late run is new"))
    }
    let past = observedAt.filter { target, last in next.observedAt[target].map { $0 < last } ?? false }
    if let (target, last) = past.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      found.append((.receiptWentBack, "\(TerminalSafe.escaped(target)) was observed at \(last), which is later"))
    } else if next.isWhole || next.run != run && !next.late.isEmpty, next.begin < begin {
      // A narrowed run may be about targets that had not been observed since.
      found.append((.receiptWentBack, "it is of \(next.begin), and the one before it of \(begin)"))
    }
    return found
  }
}

/// What an audit remembers of one source: when its targets were observed, and for which times it reported that they
/// were not.
struct ObservationTimeline {
  private(set) var last: ReceiptTimes
  /// When observation began; nil where the audit does not go back so far.
  private var beginning: Timestamp?
  private var holes: [Hole] = []
  private var receipts = 0

  /// No run is folded in behind more than the spool keeps, so that what lies further back stays as it is.
  private static let mostRuns = Spool.keptObservations + 1

  init(_ first: ReceiptTimes, isFirst: Bool) {
    last = first
    beginning = isFirst ? first.begin : nil
  }

  /// Takes the next receipt.
  ///
  /// - Parameter limit: for how many seconds an observation is valid; nil where the source says nothing.
  /// - Returns: the problems that changed, nil for one that is no longer reported, and the new problems.
  mutating func take(
    _ next: ReceiptTimes, at commit: ObjectID, limit: Int64?
  ) -> (changed: [(old: AuditProblem, new: AuditProblem?)], new: [AuditProblem]) {
    receipts += 1
    var changed: [(AuditProblem, AuditProblem?)] = []
    var new: [Hole] = []
    if let limit {
      var hole = Hole(commit: commit, path: next.path, limit: limit, when: "before this run", number: receipts)
      for (target, observedAt) in next.observedAt {
        if let before = last.observedAt[target] {
          hole.gaps.append(.init(target: target, from: before, to: observedAt))
        }
      }
      new.append(hole)
    }
    if let late = next.late.last, late.run != last.late.last?.run {
      for index in holes.indices {
        guard let old = holes[index].problem else { continue }
        holes[index].fill(with: late)
        if holes[index].problem != old { changed.append((old, holes[index].problem)) }
      }
      if let limit, let beginning, late.begin < beginning {
        var hole = Hole(commit: commit, path: next.path, limit: limit, when: "after this late run", number: receipts)
        for target in late.targets ?? [Finding.wholeSource] {
          hole.gaps.append(.init(target: target, from: late.begin, to: beginning))
        }
        new.append(hole)
        self.beginning = late.begin
      }
    }
    for index in new.indices { new[index].drop() }
    new.removeAll { $0.gaps.isEmpty }
    holes.removeAll { $0.gaps.isEmpty || $0.number + Self.mostRuns < receipts }
    holes += new
    last = next
    return (changed, new.compactMap(\.problem))
  }

  /// The hole between the last observations and an instant; nil where there is none.
  func hole(upTo end: Timestamp, at commit: ObjectID, limit: Int64) -> AuditProblem? {
    var hole = Hole(commit: commit, path: last.path, limit: limit, when: "until the newest commit", number: 0)
    hole.gaps = last.observedAt.map { .init(target: $0.key, from: $0.value, to: end) }
    hole.drop()
    return hole.problem
  }
}

/// Periods in which targets of a source were not observed, reported with one receipt.
private struct Hole {
  struct Gap {
    var target: TargetName
    var from: Timestamp
    var to: Timestamp
    var seconds: Int64 { to.seconds(since: from) }
  }

  let commit: ObjectID
  let path: String
  let limit: Int64
  let when: String
  /// The position of its receipt among those of its source.
  let number: Int
  var gaps: [Gap] = []

  /// Drops what is within the limit.
  mutating func drop() {
    let limit = limit
    gaps.removeAll { $0.seconds <= limit }
  }

  /// Splits the gaps at a late run, whose observation became known later.
  mutating func fill(with late: Receipt.LateRun) {
    let targets = late.targets.map(Set.init)
    gaps = gaps.flatMap { gap -> [Gap] in
      guard gap.from < late.begin, late.begin < gap.to, targets?.contains(gap.target) ?? true else { return [gap] }
      return [
        Gap(target: gap.target, from: gap.from, to: late.begin), Gap(target: gap.target, from: late.begin, to: gap.to),
      ]
    }
    drop()
  }

  /// One problem for all targets of a source; nil where there is no gap.
  var problem: AuditProblem? {
    guard let longest = gaps.max(by: { ($0.seconds, $1.target) < ($1.seconds, $0.target) }) else { return nil }
    let count = Set(gaps.map(\.target)).count
    let others = count > 1 ? " and \(count - 1) more" : ""
    return AuditProblem(
      .notObserved, commit, at: path,
      "\(TerminalSafe.escaped(longest.target))\(others) not observed for up to \(longest.seconds) s \(when); max-age is \(limit) s"
    )
  }
}
