import Facts
import Failures
import Foundation
import Git
import TestSupport
import Testing

@testable import StateRepository

/// Observations that come in another order than they were made in.
@Suite struct LateTests {
  /// What the spool of a host has.
  private final class Kept: @unchecked Sendable {
    private let lock = NSLock()
    private var observations: [RunID: Observation] = [:]

    func keep(_ observation: Observation) { lock.withLock { observations[observation.run] = observation } }
    func forget(_ observation: Observation) { lock.withLock { observations[observation.run] = nil } }
    func find(_ run: RunID) -> Observation? { lock.withLock { observations[run] } }
  }

  private func terms(_ scratch: Scratch, _ kept: Kept, minutes: Int64 = 1) -> RecordingTerms {
    var terms = scratch.terms(at: Scratch.start.advanced(bySeconds: 60 * minutes))
    terms.observation = { _, run throws(Failure) in kept.find(run) }
    return terms
  }

  @discardableResult
  private func record(_ observation: Observation, _ scratch: Scratch, _ kept: Kept) async throws -> Recorded {
    let recorded = try await scratch.store.record(observation, terms(scratch, kept))
    kept.keep(observation)
    return recorded
  }

  /// What is recorded at a commit, as the files hold it.
  private func recordedState(_ scratch: Scratch, at commit: ObjectID? = nil) async throws -> [String: [UInt8]] {
    let tip = if let commit { commit } else { try await scratch.store.tip() }
    let facts = try await scratch.store.openFindings(at: tip) + scratch.store.closedFindings(at: tip)
    return Dictionary(
      uniqueKeysWithValues: facts.map { ($0.ended == nil ? Layout.open($0) : Layout.closed($0), $0.bytes) })
  }

  // MARK: One by one

  @Test func `a late look that saw it earlier moves the begin, and what was recorded stays readable`() async throws {
    let (scratch, kept) = (try await Scratch(), Kept())
    try await record(observation(1, subjects: [.init("a", .inSync)]), scratch, kept)
    try await record(observation(5, subjects: [drifted("a")]), scratch, kept)
    let before = try await scratch.store.tip()
    let recorded = try await record(observation(3, subjects: [drifted("a")]), scratch, kept)
    #expect(recorded.late?.runs == 1 && recorded.late?.corrected == 1)
    let tip = try await scratch.store.tip()
    #expect(tip == recorded.commit)
    let open = try await scratch.store.openFindings(at: tip)
    #expect(open.map(\.validFrom) == [Scratch.start.advanced(bySeconds: 3)])
    #expect(try await scratch.store.openFindings(at: before).map(\.validFrom) == [Scratch.start.advanced(bySeconds: 5)])
    #expect(try await scratch.store.closedFindings(at: tip).isEmpty)
    #expect(try await scratch.store.facts(of: open[0].id, at: tip) == open)
    let history = try #require(try scratch.store.history(of: .finding(open[0].id), upTo: tip).first)
    #expect(history.transactions.map { $0.changes.map(\.verb) } == [[.opened], [.opened, .corrected]])
    #expect(history.transactions[1].changes[1].fact.correctedBy == recorded.late?.run.run)
    #expect(history.facts == open)
    // One commit, of findings and the receipt alone, signed, with the drift branches beside it.
    #expect(try scratch.git("rev-list", "--count", "\(before.hex)..\(tip.hex)") == "1\n")
    let files = try scratch.git("show", "--format=", "--name-only", "--no-renames", "main").split(separator: "\n")
    #expect(files.allSatisfy { $0.hasPrefix("findings/") || $0 == "observations/site.json" })
    try scratch.writeAllowedSigners()
    #expect(try scratch.git("log", "-1", "--show-signature").contains("Good \"git\" signature for engine"))
    #expect(try scratch.git("fsck", "--strict", "--no-dangling").isEmpty)
    let receipt = try #require(try await scratch.store.receipt(of: SourceName("site")!, at: tip))
    #expect(receipt.begin == Scratch.start.advanced(bySeconds: 5) && receipt.late.count == 1)
  }

  @Test func `a late look in sync ends the fact that was open then, and the later look opens another`() async throws {
    let (scratch, kept) = (try await Scratch(), Kept())
    try await record(observation(1, subjects: [drifted("a")]), scratch, kept)
    try await record(observation(5, subjects: [drifted("a")]), scratch, kept)
    let recorded = try await record(observation(3, subjects: [.init("a", .inSync)]), scratch, kept)
    #expect(recorded.late?.corrected == 0, "it was right as far as it went")
    let tip = try await scratch.store.tip()
    #expect(try await scratch.store.openFindings(at: tip).map(\.validFrom) == [Scratch.start.advanced(bySeconds: 5)])
    let closed = try await scratch.store.closedFindings(at: tip)
    #expect(closed.map(\.validTo) == [Scratch.start.advanced(bySeconds: 3)])
    #expect(closed.map(\.ended?.reason) == [.resolved])
    #expect(try scratch.git("show", "drift/observed:web1/site/a-\(closed[0].id.token).txt").isEmpty == false)
  }

  @Test func `a late look that changes no fact is recorded all the same, once`() async throws {
    let (scratch, kept) = (try await Scratch(), Kept())
    try await record(observation(1, subjects: [drifted("a")]), scratch, kept)
    try await record(observation(5, subjects: [drifted("a")]), scratch, kept)
    let late = try observation(3, subjects: [drifted("a")])
    #expect(try await record(late, scratch, kept).commit != nil)
    #expect(try scratch.git("show", "--format=", "--name-only", "main") == "observations/site.json\n")
    let again = try await record(late, scratch, kept)
    #expect(again.commit == nil && again.outcome.isRepeated)
    // It is evidence for the next one that comes late: drift at 3 was there, so that in sync at 2 does not end at 5.
    try await record(observation(2, subjects: [.init("a", .inSync)]), scratch, kept)
    let tip = try await scratch.store.tip()
    #expect(try await scratch.store.openFindings(at: tip).map(\.validFrom) == [Scratch.start.advanced(bySeconds: 3)])
  }

  @Test func `a late look is refused when a later one is not kept here any more`() async throws {
    let (scratch, kept) = (try await Scratch(), Kept())
    try await record(observation(1, subjects: [drifted("a")]), scratch, kept)
    let gone = try observation(5, subjects: [drifted("a", "0777")])
    try await record(gone, scratch, kept)
    try await record(observation(7, subjects: [drifted("a")]), scratch, kept)
    kept.forget(gone)
    let tip = try await scratch.store.tip()
    await #expect {
      try await record(observation(3, subjects: [.init("a", .inSync)]), scratch, kept)
    } throws: { ($0 as? Failure)?.code == .late }
    #expect(try await scratch.store.tip() == tip)
    // After the gap all is kept, so that what falls there is folded in.
    #expect(try await record(observation(6, subjects: [drifted("a")]), scratch, kept).late != nil)
  }

  @Test func `a look at the very time of another one is refused`() async throws {
    let (scratch, kept) = (try await Scratch(), Kept())
    try await record(observation(3, subjects: [drifted("a")]), scratch, kept)
    try await record(observation(5, subjects: [drifted("a")]), scratch, kept)
    var twin = try observation(3, subjects: [.init("a", .inSync)])
    twin.run = RunID(begin: twin.begin, tail: 999)
    let other = twin
    await #expect { try await record(other, scratch, kept) } throws: { ($0 as? Failure)?.code == .late }
  }

  // MARK: Every order

  private func randomObservations(_ seed: UInt64, _ count: Int) throws -> [Observation] {
    var random = SeededGenerator(seed: seed)
    return try (1...count).map { number in
      let begin = Scratch.start.advanced(bySeconds: Int64(number))
      var targets: [TargetName] = ["web1", "web2", "web3"].filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
      if targets.isEmpty { targets = ["web1"] }
      let isWhole = Int.random(in: 0..<3, using: &random) > 0
      let reports = targets.map { target -> TargetReport in
        if Int.random(in: 0..<6, using: &random) == 0 {
          return TargetReport(
            target: target, state: .unreachable, reasons: [.init(.unreachable)], listsEverySubject: false)
        }
        var subjects = ["a", "b", "c"].filter { _ in Int.random(in: 0..<5, using: &random) > 0 }.map { subject in
          switch Int.random(in: 0..<5, using: &random) {
          case 0, 1: SubjectReport(SubjectName(subject), .inSync)
          default: drifted(SubjectName(subject), ["0644", "0777"].randomElement(using: &random)!)
          }
        }
        let isBlind = Int.random(in: 0..<5, using: &random) == 0
        if isBlind { subjects.append(SubjectReport("d", .unobserved(.skippedInCheckMode))) }
        return TargetReport(
          target: target, state: isBlind ? .partly : .observed, subjects: subjects, listsEverySubject: !isBlind)
      }
      return try Observation(
        source: SourceName("site")!, authority: .ansible, run: RunID(begin: begin, tail: UInt16(number)),
        tool: "ansible-core 2.19.14", begin: begin, end: begin.advanced(bySeconds: 1),
        evidence: [.init(name: "events.jsonl", digest: Digest(of: Array("\(number)".utf8)))], desired: nil,
        rules: Digest(of: Array("rules".utf8)),
        declaration: .init(origin: .inventory, isWhole: isWhole, targets: targets), targets: reports)
    }
  }

  private static func permutations(_ values: [Int]) -> [[Int]] {
    guard values.count > 1 else { return [values] }
    return values.indices.flatMap { index in
      var rest = values
      let first = rest.remove(at: index)
      return permutations(rest).map { [first] + $0 }
    }
  }

  /// One signature for every commit: what is asked here is what they hold, and nobody checks who signed them.
  private func quick(_ scratch: Scratch) async throws -> RecordingTerms {
    let armour = try await scratch.signer.sign(Array("any".utf8))
    var terms = scratch.terms
    terms.signer = CommitSigner(name: "engine") { _ async throws(Failure) in armour }
    return terms
  }

  /// The recorded state after these observations came in this order; each intermediate tree is kept by history, so that it must not change.
  private func recorded(_ observations: [Observation], in order: [Int]) async throws -> [String: [UInt8]] {
    let (scratch, kept) = (try await Scratch(isBare: true), Kept())
    var terms = try await quick(scratch)
    terms.observation = { _, run throws(Failure) in kept.find(run) }
    var seen: [(commit: ObjectID, recordedState: [String: [UInt8]])] = []
    for index in order {
      try await scratch.store.record(observations[index], terms)
      kept.keep(observations[index])
      seen.append((try await scratch.store.tip(), try await recordedState(scratch)))
    }
    for (commit, before) in seen { #expect(try await recordedState(scratch, at: commit) == before) }
    return seen.last?.recordedState ?? [:]
  }

  @Test(arguments: [UInt64](0..<2))
  func `every order of four arrivals ends in the same recordedState`(seed: UInt64) async throws {
    let observations = try randomObservations(seed, 4)
    let right = try await recorded(observations, in: [0, 1, 2, 3])
    for order in Self.permutations([0, 1, 2, 3]).dropFirst() {
      #expect(try await recorded(observations, in: order) == right, "seed \(seed), order \(order)")
    }
  }

  @Test(arguments: [UInt64](10..<18))
  func `many arrivals in a random order end in the same recordedState`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed &* 77)
    let observations = try randomObservations(seed, 9)
    let right = try await recorded(observations, in: Array(0..<9))
    let order = Array(0..<9).shuffled(using: &random)
    #expect(try await recorded(observations, in: order) == right, "seed \(seed), order \(order)")
  }

  @Test(arguments: [UInt64](30..<36))
  func `with a spool that forgets, an order ends in that recordedState or in a refusal`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed &* 91)
    let observations = try randomObservations(seed, 7)
    let right = try await recorded(observations, in: Array(0..<7))
    let (scratch, kept) = (try await Scratch(isBare: true), Kept())
    var refused = false
    for index in Array(0..<7).shuffled(using: &random) {
      do {
        try await record(observations[index], scratch, kept)
        if Int.random(in: 0..<4, using: &random) == 0 { kept.forget(observations[index]) }
      } catch let error as Failure {
        #expect(error.code == .late)
        refused = true
      }
    }
    if !refused { #expect(try await recordedState(scratch) == right) }
  }
}
