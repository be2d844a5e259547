import Facts
import Git
import Index
import StateRepository

/// The index at work in this process, for a parent that wants its peak of memory by itself.
struct Indexing {
  var repository: String
  var file: String

  /// Builds it from nothing.
  func build() async throws -> String {
    FactIndex.discard(at: file)
    let tip = try await StateStore.open(at: repository).tip()
    let took = try ContinuousClock().measure {
      _ = try FactIndex.current(at: file, of: repository, upTo: tip)
    }
    return "\(took.inSeconds) \(try Parsing.peakBytes())\n"
  }

  /// The mean of many look-ups of findings that are open at the tip, each of another one.
  ///
  /// - Parameter kind: `history`, or `as-of` for what one was at a time, as known at another.
  func lookUp(_ kind: String, rounds: Int) async throws -> String {
    let store = try await StateStore.open(at: repository)
    let tip = try await store.tip()
    let index = try FactIndex.current(at: file, of: repository, upTo: tip)
    var random = SplitMix(state: 7)
    let known = try await store.openFindings(at: tip)
    guard !known.isEmpty else { throw BenchError("nothing is open") }
    let took = try index.read { reader throws -> Duration in
      let chosen = (0..<rounds).map { _ in known[Int(random.next() % UInt64(known.count))] }
      let middle = try Self.middle(reader, tip)
      return try ContinuousClock().measure {
        for finding in chosen {
          if kind == "history" {
            let found = try reader.history(of: finding.id, upTo: tip)
            guard !found.isEmpty else { throw BenchError("\(finding.id) has no history") }
          } else {
            var query = FactQuery(asOf: middle)
            (query.state, query.validAt, query.sources) = (.all, middle, [finding.source])
            (query.target, query.subject) = (finding.target.text, finding.subject.text)
            let commit = try reader.transaction(.time(middle), upTo: tip).commit
            _ = try reader.facts(matching: query, at: commit)
          }
        }
      }
    }
    return "\(took.inSeconds / Double(rounds)) \(try Parsing.peakBytes())\n"
  }

  /// The whole fleet as of a time: what is true at half of the history, as known at three quarters of it.
  func fleet() async throws -> String {
    let tip = try await StateStore.open(at: repository).tip()
    let index = try FactIndex.current(at: file, of: repository, upTo: tip)
    var count = 0
    let took = try ContinuousClock().measure {
      count = try index.read { reader in
        var query = FactQuery(asOf: try Self.middle(reader, tip))
        query.validAt = query.asOf
        query.state = .all
        return try reader.facts(matching: query, at: Self.later(reader, tip)).count
      }
    }
    return "\(took.inSeconds) \(try Parsing.peakBytes()) \(count)\n"
  }

  /// Puts the times that ``fleet()`` asks about into words for a peer: the commit, and the instant.
  func times() async throws -> String {
    let tip = try await StateStore.open(at: repository).tip()
    let index = try FactIndex.current(at: file, of: repository, upTo: tip)
    return try index.read { "\(try Self.later($0, tip)) \(try Self.middle($0, tip))\n" }
  }

  private static func middle(_ reader: IndexReader, _ tip: ObjectID) throws -> Timestamp { try at(reader, tip, 2, 4) }

  private static func later(_ reader: IndexReader, _ tip: ObjectID) throws -> ObjectID {
    try reader.transaction(.time(at(reader, tip, 3, 4)), upTo: tip).commit
  }

  /// A part of the time from the introduction to the tip.
  private static func at(_ reader: IndexReader, _ tip: ObjectID, _ part: Int64, _ of: Int64) throws -> Timestamp {
    let end = try reader.transaction(.commit(tip.hex), upTo: tip).time
    let begin = GeneratedHistory.begin
    return begin.advanced(bySeconds: end.seconds(since: begin) * part / of)
  }
}
