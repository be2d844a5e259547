import Facts
import Failures
import Files
import Glibc
import Observe
import StateRepository

extension Session {
  /// Records what a tool said elsewhere, at the time that it says itself, and once; before it what still waits of the source.
  ///
  /// - Parameters:
  ///   - folder: the tool's raw output.
  ///   - claim: when it was recorded, as the operator says; facts hold no time themselves.
  package func ingest(
    _ source: SourceConfiguration, _ loaded: LoadedConfiguration, from folder: String, observedAt claim: Timestamp?
  ) async throws -> Recorded {
    let request = try await request(source, targets: nil, loaded, strictReadOnly: false)
    let authority = source.authority.asked
    try Self.checkRecording(folder, of: source.name)
    let times = try RecordedTimes.agreed(
      authority.recordedTimes(in: folder, source.name), claim, datedBy: authority.datedBy, request)
    let observation = try authority.ingest(request, times, folder: folder).naming(request.redactor, under: nil)
    let known = Set(request.knownTargets)
    guard known.isEmpty || !known.isDisjoint(with: observation.declaration.targets) else {
      throw Failure(
        .otherInventory, source.name.text, "\(folder) names none of the targets that are known here",
        hint:
          "Compare it with praxis status \(source.name). Where all were renamed, retire the old ones in praxis.yaml."
      )
    }
    try await checkLineage(of: observation, in: folder)
    // An ingest that was killed may have left this very recording.
    try await recordWaiting(of: [source.name])
    if let run = try await store.recording(of: observation, at: store.tip()) {
      throw Failure(
        .seenBefore, source.name.text, "\(folder) was recorded before, by the run \(run)",
        hint:
          "A recording counts once, at its own time. See what it said: git log -- \(Layout.receipt(of: source.name))"
      )
    }
    try spool.keep(observation)
    for note in observation.notes { console.note("\(source.name): \(note)") }
    return try await record(observation, recordingTerms())
  }

  /// Whoever mistyped the folder is told so, and not that the recording is off.
  private static func checkRecording(_ folder: String, of source: SourceName) throws(Failure) {
    var status = stat()
    let hint = "Name the folder with the tool's output; see praxis help ingest."
    guard stat(folder, &status) == 0 else {
      let reason = errno == ENOENT ? "there is no such folder" : systemMessage(errno)
      throw Failure(.unreadable, source: source, "\(folder): \(reason)", hint: hint)
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw Failure(.unreadable, source: source, "\(folder) is not a folder", hint: hint)
    }
    guard try Folder.names(in: folder)?.isEmpty == false else {
      throw Failure(.unreadable, source: source, "there is no recording in \(folder)", hint: hint)
    }
  }

  /// Refuses a recording of another state than the one on record: of another workspace, or of another root module.
  private func checkLineage(of observation: Observation, in folder: String) async throws(Failure) {
    let receipt = try await store.receipt(of: observation.source, at: store.tip())
    let hint =
      "Record the source's own root module and workspace, with state pull as stored.json. Where the state was made anew, take it with praxis scan \(observation.source)."
    guard let known = receipt?.lineage(of: observation.declaration.targets) else {
      // Without a lineage its objects tell it. Some of them are made anew now and then, and not all.
      let objects = receipt?.objects ?? []
      guard !objects.isEmpty, !observation.objects.isEmpty, observation.objects.isDisjoint(with: objects) else {
        return
      }
      throw Failure(
        .otherRecording, observation.source.text, "\(folder) has no object in common with what is on record", hint: hint
      )
    }
    guard observation.lineage != known else { return }
    let own = observation.lineage.map { "is of the state \($0.text.prefix(19))" } ?? "does not say which state it is of"
    throw Failure(
      .otherRecording, observation.source.text,
      "\(folder) \(own), and on record is \(known.text.prefix(19)) (digests of lineages)", hint: hint)
  }
}
