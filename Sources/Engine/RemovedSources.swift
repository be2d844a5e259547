import Facts
import Failures
import Git
import StateRepository

extension Session {
  /// Ends what is open of the sources that an admin has removed from praxis.yaml, and has what waits of them in the spool wait no longer.
  ///
  /// What cannot be ended is told, and stays reported.
  ///
  /// - Returns: whether main has moved.
  package func endRemovedSources() async throws -> Bool {
    let tip = try await store.tip()
    // On a main that does not verify, nobody can tell who removed what.
    guard await Verification(self).objection(to: tip) == nil else { return false }
    let terms = try recordingTerms()
    var hasEnded = false
    for source in try await store.removedSources(at: tip) {
      do throws(Failure) {
        guard let ended = try await store.end(removed: source, terms) else { continue }
        hasEnded = true
        letIndexFollow(to: ended.commit)
        await tell(ended.workTree, of: ended.commit)
        console.note(
          "\(source): removed from \(Layout.configuration); findings ended as undeclared: \(ended.findings) (\(ended.commit.hex.prefix(10)))"
        )
      } catch {
        guard error.kind != .interrupted else { throw error }
        console.fail(error)
      }
    }
    let configuration = try await store.configuration(at: tip).configuration
    for source in try spool.sources() where configuration.source(named: source) == nil {
      for place in try spool.pending(source) {
        let waiting = try spool.read(place)
        console.warn(
          "\(source): the observation of run \(waiting.run) is quarantined: \(Layout.configuration) has no such source")
        try spool.markRecorded(waiting)
      }
    }
    return hasEnded
  }
}
