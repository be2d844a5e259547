import Facts
import Failures
import Foundation
import Git
import TestSupport
import Testing

@testable import StateRepository

/// What recording would come to, held against what it then comes to.
@Suite struct PreviewTests {
  private final class Kept: @unchecked Sendable {
    private let lock = NSLock()
    private var observations: [RunID: Observation] = [:]

    func keep(_ observation: Observation) { lock.withLock { observations[observation.run] = observation } }
    func forget(_ run: RunID) { lock.withLock { observations[run] = nil } }
    func find(_ run: RunID) -> Observation? { lock.withLock { observations[run] } }
  }

  /// What a commit did to findings/, read from its tree alone.
  private func done(_ scratch: Scratch, from before: ObjectID, to after: ObjectID) async throws -> RunChanges {
    var changes = RunChanges()
    for difference in try await scratch.store.repository.differences(from: before, to: after) {
      guard difference.path.hasPrefix("findings/"), let new = difference.new else { continue }
      let fact = try Finding(parsing: await scratch.store.repository.blob(new.id), document: difference.path)
      if difference.path.hasPrefix("findings/open/") {
        changes.opened.append(fact)
      } else if fact.correctedBy != nil {
        changes.corrected.append(fact)
      } else {
        changes.ended.append(fact)
      }
    }
    return changes
  }

  /// Previews, records, and compares; also a refusal.
  ///
  /// - Returns: whether it was recorded, and whether as late.
  @discardableResult
  private func hold(
    _ observation: Observation, _ scratch: Scratch, _ kept: Kept, hours: Int64 = 0
  ) async throws -> (isRecorded: Bool, isLate: Bool) {
    let now = Scratch.start.advanced(bySeconds: 60 + hours * 3_600)
    var terms = scratch.terms(at: now)
    terms.observation = { _, run throws(Failure) in kept.find(run) }
    let before = try await scratch.store.tip()
    let preview: Result<RunChanges, Failure>
    do throws(Failure) {
      preview = .success(
        try await scratch.store.preview(observation, now: now) { _, run throws(Failure) in kept.find(run) })
    } catch {
      preview = .failure(error)
    }
    #expect(try await scratch.store.tip() == before, "a preview writes nothing")
    let recording: Result<Recorded, Failure>
    do throws(Failure) {
      recording = .success(try await scratch.store.record(observation, terms))
    } catch {
      recording = .failure(error)
    }
    switch (preview, recording) {
    case (.success(let shown), .success(let recorded)):
      kept.keep(observation)
      #expect(shown.late == recorded.late && shown.isRepeated == (recorded.commit == nil))
      let done = try await done(scratch, from: before, to: scratch.store.tip())
      #expect(Set(shown.opened) == Set(done.opened) && shown.opened.count == done.opened.count)
      #expect(Set(shown.ended) == Set(done.ended) && shown.ended.count == done.ended.count)
      #expect(Set(shown.corrected) == Set(done.corrected) && shown.corrected.count == done.corrected.count)
      return (true, recorded.late != nil)
    case (.failure(let shown), .failure(let refusal)):
      #expect(shown == refusal)
    default: Issue.record("shown: \(preview)\nrecorded: \(recording)")
    }
    return (false, false)
  }

  @Test(arguments: [UInt64](0..<6))
  func `runs in any order, of a spool that forgets, do what they were shown to do`(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed &+ 900)
    let (scratch, kept) = (try await Scratch(isBare: true), Kept())
    var late = 0
    for number in Array(1...9).shuffled(using: &random) {
      let subjects = ["a", "b", "c"].filter { _ in Int.random(in: 0..<5, using: &random) > 0 }.map { subject in
        Bool.random(using: &random)
          ? SubjectReport(subject, .inSync) : drifted(subject, ["0644", "0777"].randomElement(using: &random) ?? "")
      }
      let isAway = Int.random(in: 0..<6, using: &random) == 0
      let observation = try observation(
        number, subjects: isAway ? [] : subjects, state: isAway ? .unreachable : .observed,
        reasons: isAway ? [.init(.unreachable)] : [])
      if try await hold(observation, scratch, kept).isLate { late += 1 }
      // The same again is shown as known.
      if Int.random(in: 0..<4, using: &random) == 0 { try await hold(observation, scratch, kept) }
      if seed > 3, Int.random(in: 0..<4, using: &random) == 0 { kept.forget(observation.run) }
    }
    #expect(late > 0)
  }

  @Test func `what depends on the clock is shown with it`() async throws {
    let (scratch, kept) = (try await Scratch(), Kept())
    try await hold(observation(1, subjects: [drifted("a")]), scratch, kept)
    // The source is overdue by then, whether the run is late or of another source.
    #expect(try await hold(observation(0, subjects: [.init("a", .inSync)]), scratch, kept, hours: 7).isLate)
    let open = try await scratch.store.openFindings(at: scratch.store.tip())
    #expect(open.contains { $0.aspect == .freshness })
  }
}
