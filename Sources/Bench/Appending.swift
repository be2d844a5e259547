import Facts
import Failures
import Files
import Gate
import Git
import Index
import StateRepository

/// Runs that praxis records as `praxis ingest` does, and the index that follows each of them, in this process.
struct Appending {
  /// A copy of a generated history: its main moves.
  var repository: String
  var file: String
  /// Of the generated history; its engines' keys follow from it.
  var seed: UInt64 = 1

  private static let versions = 20

  /// Seconds, one round a line: the index brought up to a run's commit, the recording of that run, and of this what begins with the
  /// signature: all that comes before is reading what is recorded, and making contents and trees.
  func run(rounds: Int) async throws -> String {
    let store = try await StateStore.open(at: repository)
    let first = try await store.tip()
    _ = try FactIndex.current(at: file, of: repository, upTo: first)
    let people = try GeneratedPeople(seed: seed)
    let observations = try await self.observations(of: store, at: first, rounds: rounds)
    let keyFile = "\(file).key"
    var said = ""
    var now = Timestamp(microseconds: 0)
    for (observation, source) in observations {
      let key = people.engine(of: source)
      try OwnFile.write(key.privateKeyFile, to: keyFile)
      now = observation.end
      let (clock, asked) = (ContinuousClock(), AskedAt())
      let signing = CommitSigner(name: key.name, key: SigningKey(path: keyFile))
      let signer = CommitSigner(name: key.name) { payload async throws(Failure) in
        await asked.note()
        return try await signing.sign(payload)
      }
      let terms = RecordingTerms(
        signer: signer, lockFile: "\(repository).lock", now: { observation.end },
        verify: { _, _ async throws(Failure) in })
      let begin = clock.now
      let recorded = try await store.record(observation, terms)
      let end = clock.now
      guard let commit = recorded.commit, recorded.outcome.receipt.changes.superseded == Self.versions else {
        throw BenchError("the run of \(observation.source) came to \(recorded.outcome.receipt.changes)")
      }
      let follow = clock.now
      guard try FactIndex.follow(at: file, of: repository, to: commit) else { throw BenchError("it did not follow") }
      let followed = clock.now
      guard let asked = await asked.instant else { throw BenchError("nobody signed") }
      said += "\((followed - follow).inSeconds) \((end - begin).inSeconds) \((end - asked).inSeconds)\n"
    }
    // What was measured are records that anybody's main would take.
    _ = try await Gate(store.repository, from: first, signatures: .inProcess, at: now).verify(to: store.tip())
    return said
  }

  /// For each round twenty findings of another target that differ otherwise than they did; all else there is as it was.
  private func observations(
    of store: StateStore, at tip: ObjectID, rounds: Int
  ) async throws -> [(Observation, source: Int)] {
    let names = try await store.configuration(at: tip).configuration.sources.map(\.name)
    let time = Timestamp(microseconds: 0).advanced(bySeconds: try await store.repository.commit(tip).committer.seconds)
    let targets = Dictionary(grouping: try await store.openFindings(at: tip)) { "\($0.source) \($0.target)" }
      .sorted { $0.key < $1.key }.map(\.value)
      .filter { open in
        open.allSatisfy { $0.aspect == .drift } && open.count { $0.kind == .changed } >= Self.versions
      }
    guard targets.count >= rounds else { throw BenchError("too little is open") }
    return try (0..<rounds).map { round in
      let open = targets[round * targets.count / rounds]
      guard let number = names.firstIndex(of: open[0].source) else {
        throw BenchError("praxis.yaml does not know \(open[0].source)")
      }
      let begin = time.advanced(bySeconds: Int64(round + 1) * GeneratedHistory.secondsBetweenCommits)
      var left = Self.versions
      let subjects = open.map { fact in
        guard fact.kind == .changed, left > 0 else {
          return SubjectReport(
            fact.subject, .drifted(fact.kind, fact.delta, fact.cause), desired: fact.seen.desired,
            reality: fact.seen.reality)
        }
        left -= 1
        let delta = Delta([.init(path: "/mode", .values(desired: "0600", observed: .string("0\(700 + round)")))])
        return SubjectReport(
          fact.subject, .drifted(.changed, delta, fact.cause), desired: fact.seen.desired,
          reality: Digest(ofFields: ["appended", "\(round)", fact.subject.text]))
      }
      let observation = try Observation(
        source: open[0].source, authority: open[0].authority, run: RunID(begin: begin, tail: UInt16(round)),
        tool: open[0].seen.tool, begin: begin, end: begin.advanced(bySeconds: 60),
        evidence: [.init(name: "events.jsonl", digest: Digest(ofFields: ["appended", "\(round)"]))], desired: nil,
        rules: Digest(of: []), declaration: .init(origin: .list, isWhole: false, targets: [open[0].target]),
        targets: [
          TargetReport(target: open[0].target, state: .observed, subjects: subjects, listsEverySubject: true)
        ])
      return (observation, number)
    }
  }
}

/// When the signature was asked for; the last time, where main had moved.
private actor AskedAt {
  private(set) var instant: ContinuousClock.Instant?

  func note() { instant = .now }
}

extension CommitSigner {
  /// As the engine signs: by ssh-keygen.
  init(name: String, key: SigningKey) {
    self.init(name: name) { payload async throws(Failure) in
      do throws(Failure) {
        return try await key.sign(payload, namespace: "git")
      } catch {
        throw Failure(.notSigned, key.path, error.description)
      }
    }
  }
}
