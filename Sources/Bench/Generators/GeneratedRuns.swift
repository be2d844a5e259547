import Facts
import Git
import StateRepository

/// The runs of a generated history, and what is recorded after each.
struct GeneratedRuns {
  let facts: GeneratedFacts
  /// How many facts were opened so far.
  private(set) var opened = 0
  private var random: SplitMix
  private var begins: [Timestamp] = []
  /// For each finding the run that opened what is recorded, or -1, and how many versions it has had.
  private var recorded: [(run: Int32, versions: Int32)]
  /// For each target of each source how many of its facts are open.
  private var drifted: [Int]
  /// Where in its round over the findings each source goes on.
  private var positions: [Int]
  /// For each source the target that its last run did not reach, and that run.
  private var unreached: [(target: Int, run: Int)?]

  init(facts: GeneratedFacts, seed: UInt64) {
    self.facts = facts
    random = SplitMix(state: seed)
    let sources = facts.sources.count
    recorded = Array(repeating: (-1, 0), count: sources * facts.targets * facts.subjects)
    drifted = Array(repeating: 0, count: sources * facts.targets)
    positions = Array(repeating: 0, count: sources)
    unreached = Array(repeating: nil, count: sources)
  }

  /// The next source's run.
  ///
  /// - Parameter quota: how many facts to open.
  mutating func next(
    opening quota: Int, at now: Timestamp, _ people: GeneratedPeople
  ) -> ([String: TreeEdit.Change], Receipt, GeneratedKey) {
    let number = begins.count
    let source = number % facts.sources.count
    let begin = Timestamp(microseconds: now.microseconds + Int64(random.next() % 1_000_000))
    begins.append(begin)
    var work = Work(number: number, source: source, begin: begin, run: facts.run(begin: begin, number))
    if let (target, run) = unreached[source] {
      end(blindSpot(target, of: source, since: run), .resolved, &work)
      unreached[source] = nil
    }
    let round = facts.targets * facts.subjects
    // A source of one target would have nothing left to say.
    if facts.targets > 1, number % 25 == 24 {
      let target = place(positions[source]).target
      unreached[source] = (target, number)
      open(blindSpot(target, of: source, since: number), &work)
    }
    var visited = 0
    while work.receiptChanges.opened + work.receiptChanges.superseded < quota, visited < round {
      let (target, subject) = place(positions[source])
      positions[source] = (positions[source] + 1) % round
      visited += 1
      if unreached[source]?.target == target { continue }
      change(subject, of: target, &work)
    }
    return (work.files, receipt(&work), people.engine(of: source))
  }

  /// An open fact that was recorded some time ago, of any source; nil where a few tries found none.
  mutating func someOpenFinding() -> Finding? {
    for _ in 0..<1_000 {
      let index = Int(random.next() % UInt64(recorded.count))
      if recorded[index].run >= 0 { return finding(at: index) }
    }
    return nil
  }

  /// Ends a fact as never true, where it is still recorded as it was.
  mutating func retract(_ finding: Finding, by receipt: Receipt, of proposal: String) -> [String: TreeEdit.Change]? {
    guard let index = recorded.indices.first(where: { recorded[$0].run >= 0 && self.finding(at: $0) == finding }),
      finding.validFrom < receipt.begin
    else { return nil }
    recorded[index].run = -1
    drifted[index / facts.subjects] -= 1
    let ended = finding.ended(at: receipt.begin, .retracted, by: receipt.run, proposal: proposal)
    return [Layout.open(finding): .remove, Layout.closed(ended): .put(ended.bytes)]
  }

  func message(_ receipt: Receipt) -> String {
    let changes = receipt.changes
    return
      "\(receipt.source): \(changes.opened) opened, \(changes.superseded) superseded, \(changes.resolved) resolved, "
      + "\(receipt.targets.reduce(0) { $0 + $1.inSync }) in sync\n\nPraxis-Run: \(receipt.run)\n"
      + "Praxis-Source: \(receipt.source)\nPraxis-Observed-At: \(receipt.begin)\n"
  }

  // MARK: One run

  private struct Work {
    let number: Int
    let source: Int
    let begin: Timestamp
    let run: RunID
    var files: [String: TreeEdit.Change] = [:]
    var receiptChanges = Receipt.Changes()
    /// Whether the next fact that opens takes the place of the last one that ended.
    var superseding = false
  }

  /// Ten targets in turn, subject by subject, so that a run touches few targets and many of their subjects.
  private func place(_ position: Int) -> (target: Int, subject: Int) {
    let width = facts.targets.isMultiple(of: 10) ? 10 : 1
    let inBlock = position % (width * facts.subjects)
    return (position / (width * facts.subjects) * width + inBlock % width, inBlock / width)
  }

  private mutating func change(_ subject: Int, of target: Int, _ work: inout Work) {
    let index = (work.source * facts.targets + target) * facts.subjects + subject
    if recorded[index].run >= 0 {
      let resolves = random.next() % 5 == 0
      end(finding(at: index), resolves ? .resolved : .superseded, &work)
      if resolves {
        recorded[index].run = -1
        drifted[work.source * facts.targets + target] -= 1
        return
      }
    } else {
      drifted[work.source * facts.targets + target] += 1
    }
    recorded[index] = (Int32(work.number), recorded[index].versions + 1)
    open(finding(at: index), &work)
  }

  private func finding(at index: Int) -> Finding {
    let (run, versions) = recorded[index]
    let begin = begins[Int(run)]
    return facts.finding(
      index % facts.subjects, of: index / facts.subjects % facts.targets,
      of: index / facts.subjects / facts.targets, version: Int(versions), from: begin,
      by: facts.run(begin: begin, Int(run)))
  }

  private func blindSpot(_ target: Int, of source: Int, since run: Int) -> Finding {
    facts.blindSpot(target, of: source, from: begins[run], by: facts.run(begin: begins[run], run))
  }

  private mutating func open(_ finding: Finding, _ work: inout Work) {
    work.files[Layout.open(finding)] = .put(finding.bytes)
    opened += 1
    // What takes another's place was counted when that ended.
    if work.superseding { work.superseding = false } else { work.receiptChanges.opened += 1 }
  }

  private func end(_ finding: Finding, _ reason: EndReason, _ work: inout Work) {
    let ended = finding.ended(at: work.begin, reason, by: work.run)
    work.files[Layout.open(finding)] = .remove
    work.files[Layout.closed(ended)] = .put(ended.bytes)
    if reason == .superseded {
      work.receiptChanges.superseded += 1
      work.superseding = true
    } else {
      work.receiptChanges.resolved += 1
    }
  }

  private func receipt(_ work: inout Work) -> Receipt {
    let targets = (0..<facts.targets).map { target in
      let isUnreached = unreached[work.source]?.target == target
      let drifted = drifted[work.source * facts.targets + target]
      return Receipt.Target(
        target: facts.target(target, of: work.source), state: isUnreached ? .unreachable : .observed,
        reasons: isUnreached ? [.init(.unreachable)] : [], run: work.run, observedAt: work.begin,
        inSync: isUnreached ? 0 : facts.subjects - drifted, drifted: isUnreached ? 0 : drifted,
        unobserved: isUnreached ? 1 : 0, masked: 0)
    }
    return Receipt(
      source: facts.sources[work.source], authority: facts.authority(of: work.source), run: work.run,
      tool: facts.tool(of: work.source), begin: work.begin, end: work.begin.advanced(bySeconds: 60),
      evidence: [.init(name: "events.jsonl", digest: facts.evidence(of: work.run))],
      desired: Digest(ofFields: ["declared", facts.sources[work.source].text]), rules: Digest(of: []),
      origin: work.source.isMultiple(of: 2) ? .inventory : .configuration, isWhole: true, targets: targets,
      changes: work.receiptChanges, effects: [])
  }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed everywhere.
struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
