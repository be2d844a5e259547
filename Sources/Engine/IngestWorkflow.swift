import Facts
import Failures
import Observe
import StateRepository

extension Session {
  /// Records what a tool said elsewhere, at the time that it says itself, and once.
  ///
  /// - Parameters:
  ///   - folder: the tool's raw output.
  ///   - claim: when somebody says that it was recorded; facts hold no time themselves.
  package func ingest(
    _ source: SourceConfiguration, _ loaded: LoadedConfiguration, from folder: String, observedAt claim: Instant?
  ) async throws -> Recorded {
    let request = try await request(source, targets: nil, loaded, strictReadOnly: false)
    let authority = source.authority.asked
    let times = try RecordedTimes.agreed(
      authority.recordedTimes(in: folder, source.name), claim, isDated: authority.datesRecordings, request)
    let observation = try authority.ingest(request, times, folder: folder).naming(request.redactor, under: nil)
    let known = Set(request.knownTargets)
    guard known.isEmpty || !known.isDisjoint(with: observation.declaration.targets) else {
      throw Failure(
        .otherInventory, source.name.text, "\(folder) tells of none of the targets that are known here",
        hint:
          "Compare it with praxis status \(source.name). Where all were renamed, retire the old ones in praxis.yaml."
      )
    }
    if let run = try await store.recording(of: observation, at: store.tip()) {
      throw Failure(
        .seenBefore, source.name.text, "\(folder) was recorded before, by the run \(run)",
        hint:
          "A recording counts once, at its own time. See what it said: git log -- \(Layout.receipt(of: source.name))"
      )
    }
    try spool.keep(observation)
    return try await record(observation, recordingTerms())
  }
}
