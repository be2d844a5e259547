import Facts
import Failures

/// When a tool that ran elsewhere began and ended, as its own output says.
package struct RecordedTimes: Sendable, Hashable {
  package private(set) var begin: Timestamp
  package private(set) var end: Timestamp

  /// How far the clock of the machine that recorded may be from this one's.
  private static let clockSlackSeconds: Int64 = 300

  /// - Returns: nil where there is no time.
  package init?(_ times: [Timestamp]) {
    guard let begin = times.min(), let end = times.max() else { return nil }
    self.init(begin: begin, end: end)
  }

  /// From its parts, the end not before the begin.
  package init(begin: Timestamp, end: Timestamp) {
    self.begin = begin
    self.end = end
  }

  /// Checks a recording's own times against what whoever brings it says of them. The recording's own times count, so
  /// that an old one never passes for a new observation.
  ///
  /// - Parameters:
  ///   - own: what the recording says; nil where its format holds no times, or it holds none.
  ///   - claim: when it began, as the operator says.
  ///   - recorder: what makes a recording that holds times; nil where none does.
  /// - Throws: `undated`, `misdated`.
  package static func agreed(
    _ own: RecordedTimes?, _ claim: Timestamp?, datedBy recorder: String?, _ request: ObservationRequest
  ) throws(Failure) -> RecordedTimes {
    let (source, now) = (request.source.name, request.now())
    guard let own else {
      if let recorder {
        throw Failure(
          .undated, source: source, "the recording does not say when it was made, so what it proves is not known",
          hint: "Record it with \(recorder).")
      }
      guard let claim else {
        throw Failure(
          .undated, source: source, "recorded facts hold no time",
          hint: "Say when they were read: praxis ingest \(source) --from FOLDER --observed-at TIME")
      }
      guard claim <= now else { throw future(claim, source) }
      return RecordedTimes(begin: claim, end: claim)
    }
    guard own.end <= now.advanced(bySeconds: clockSlackSeconds) else { throw future(own.end, source) }
    if let claim,
      claim < own.begin.advanced(bySeconds: -clockSlackSeconds)
        || own.end.advanced(bySeconds: clockSlackSeconds) < claim
    {
      throw Failure(
        .misdated, source: source,
        "the recording says that it began at \(own.begin) and ended at \(own.end), and --observed-at says \(claim)",
        hint: "Leave --observed-at out: the recording's own times count.")
    }
    return RecordedTimes(begin: min(own.begin, now), end: min(own.end, now))
  }

  private static func future(_ time: Timestamp, _ source: SourceName) -> Failure {
    Failure(
      .misdated, source: source, "it is dated \(time), in the future",
      hint: "Set the clocks of this host and of the one that recorded right.")
  }
}
