import Facts
import Failures
import Files
import StateRepository

/// What recording some observations now would change.
package struct Preview: Sendable {
  package var changes = RunChanges()
  /// Of each observation that comes late: what would be recomputed.
  package var late: [(source: SourceName, recomputed: Recomputed)] = []
}

extension Session {
  /// Observations that `praxis observe` wrote into files, by when they began.
  ///
  /// - Throws: for one without its signature by an engine of its source, or redacted under a key that is not the source's.
  package func observations(in paths: [String]) async throws -> [Observation] {
    var observations: [Observation] = []
    for path in paths {
      let bytes = try OwnFile.readAnybodys(path, limit: Bounds.document)
      let observation = try Observation(parsing: bytes, document: path)
      try await Verification(self).check(observationFile: path, bytes, of: observation.source)
      try await refuseForeignKey(observation)
      observations.append(observation)
    }
    return observations.sorted { $0.begin < $1.begin }
  }

  /// Before it is kept: what waits in the spool is tried again by every run.
  private func refuseForeignKey(_ observation: Observation) async throws {
    let receipt = try await store.receipt(of: observation.source, at: store.tip())
    guard let own = observation.redaction, let known = receipt?.redaction, let epoch = own.contradiction(with: known)
    else { return }
    throw Failure(
      .redactionKeyMissing, observation.source.text,
      "its secrets were redacted under another key \(epoch) than those that are recorded",
      hint:
        "On the host that observed it take the right keys over from an engine that has them (praxis engine request-keys), and observe again."
    )
  }

  /// Compares each observation with what is recorded, as though it were recorded now and alone.
  package func preview(_ observations: [Observation]) async throws -> Preview {
    if Set(observations.map(\.source)).count < observations.count {
      console.note("each file is shown as though it were recorded now and alone; recorded, they are applied in order")
    }
    let (spool, now) = (spool, now())
    var all = Preview()
    for observation in observations {
      if let waiting = try spool.pending(observation.source).first, !waiting.isOf(observation.run) {
        console.note("\(observation.source): what waits in the spool would be recorded before it")
      }
      let changes = try await store.preview(observation, now: now) { source, run throws(Failure) in
        try spool.observation(source, run: run)
      }
      if changes.isRepeated { console.note("\(observation.source): recorded already") }
      if let recomputed = changes.late {
        console.note(
          "\(observation.source): a late run, from \(recomputed.run.begin): later runs to replay over it: \(recomputed.runs), "
            + "findings to correct: \(recomputed.corrected)")
        all.late.append((observation.source, recomputed))
      }
      all.changes.opened += changes.opened
      all.changes.ended += changes.ended
      all.changes.corrected += changes.corrected
    }
    return all
  }
}
