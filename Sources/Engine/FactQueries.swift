import Facts
import Failures
import Files
import Git
import Glibc
import Index
import Observe
import StateRepository
import StrictJSON

/// Questions about the facts on both time axes, answered from the index where it can be had, and from Git where it cannot.
package struct FactQueries {
  private let session: Session
  private let tip: ObjectID
  private let usesIndex: Bool
  private let opened = Opened()

  /// The index, once it is open and at the tip: what a command asks next is of the same tip.
  private final class Opened {
    var index: FactIndex?
  }

  package init(_ session: Session, upTo tip: ObjectID, usesIndex: Bool) {
    self.session = session
    self.tip = tip
    self.usesIndex = usesIndex
  }

  /// Which commit of main is meant.
  package func transaction(_ knownAt: KnownAt) async throws -> Transaction {
    try await answer { index in
      try index.read { try $0.transaction(knownAt, upTo: tip) }
    } fromGit: {
      try session.store.transaction(knownAt, upTo: tip)
    }
  }

  /// The facts that are asked for, as a commit's tree holds them; by source, target, subject and time.
  ///
  /// Where there is no index yet, what is open is read from the one tree that holds it: that takes less than building one.
  package func facts(matching query: FactQuery, at commit: ObjectID) async throws -> [Finding] {
    if query.state == .open, query.minimumReturns == nil, access(session.indexFile, F_OK) != 0 {
      return try await session.store.facts(matching: query, at: commit).inOrder()
    }
    let found: [Finding] = try await answer { index in
      let rows = try index.read { try $0.facts(matching: query, at: commit) }
      let facts = try await read(rows.map(\.blob))
      // What is shown is Git's; a row that says otherwise belongs to an index that is to go.
      for (row, fact) in zip(rows, facts) where fact.id != row.finding || !query.matches(fact) {
        throw Failure(.indexDamaged, index.path, "what it says of \(row.finding) is not what Git holds")
      }
      return facts
    } fromGit: {
      try await session.store.facts(matching: query, at: commit)
    }
    return found.inOrder()
  }

  /// The findings that are meant, over both time axes, up to a commit; by id.
  package func history(of subject: HistorySubject, upTo commit: ObjectID) async throws -> [FactHistory] {
    try await answer { index in
      var histories: [FactHistory] = []
      for id in try index.read({ try $0.findings(subject) }) {
        var commits: [FactFiles] = []
        for changed in try index.read({ try $0.history(of: id, upTo: commit) }) {
          var files = FactFiles(changed.transaction)
          files.gone = try await read(changed.gone)
          files.come = try await read(changed.come)
          guard (files.gone + files.come).allSatisfy({ $0.id == id }) else {
            throw Failure(.indexDamaged, index.path, "what it says of \(id) is not what Git holds")
          }
          commits.append(files)
        }
        if let history = FactHistory(commits) { histories.append(history) }
      }
      return histories.sorted { $0.id < $1.id }
    } fromGit: {
      try session.store.history(of: subject, upTo: commit)
    }
  }

  private func answer<Value>(
    fromIndex: (FactIndex) async throws -> Value, fromGit: () async throws -> Value
  ) async throws -> Value {
    guard usesIndex else { return try await fromGit() }
    let path = session.indexFile
    do {
      return try await fromIndex(index(at: path))
    } catch let error as Failure where error.kind != .wrongInput && error.kind != .interrupted {
      opened.index = nil
      if error.code == .indexDamaged { FactIndex.discard(at: path) }
      session.console.note("the query index is unavailable; reading from Git, which takes longer (\(error))")
    }
    return try await fromGit()
  }

  private func index(at path: String) throws -> FactIndex {
    if let index = opened.index { return index }
    try Folder.makeAll("\(session.installation.cache)/index")
    let index = try FactIndex.current(at: path, of: session.store.repository.gitFolder, upTo: tip)
    opened.index = index
    return index
  }

  private func read(_ blobs: [ObjectID]) async throws -> [Finding] {
    var facts: [Finding] = []
    for start in stride(from: 0, to: blobs.count, by: 1_000) {
      let part = Array(blobs[start..<min(start + 1_000, blobs.count)])
      let contents: [[UInt8]]
      do throws(Failure) {
        contents = try await session.store.repository.blobs(part)
      } catch {
        guard error.code == .notFound else { throw error }
        throw Failure(.indexDamaged, session.indexFile, "it names an object that Git does not hold")
      }
      for (blob, bytes) in zip(part, contents) { facts.append(try Finding(parsing: bytes, document: blob.hex)) }
    }
    return facts
  }
}

extension Session {
  /// The file of this repository's query index.
  package var indexFile: String {
    installation.index(introduction: trust.introduction.hex, repository: store.repository.gitFolder)
  }

  /// Lets the index follow a commit that was recorded, where there is one; a question would do it else.
  package func letIndexFollow(to commit: ObjectID) {
    _ = try? FactIndex.follow(at: indexFile, of: store.repository.gitFolder, to: commit)
  }
}

extension [Finding] {
  /// By source, target, subject and time, byte by byte, so that two ways to the same facts show them the same.
  fileprivate func inOrder() -> [Finding] {
    func place(_ fact: Finding) -> (SourceName, TargetName, SubjectName, String, Timestamp, Timestamp) {
      (
        fact.source, fact.target, fact.subject, fact.aspect.rawValue, fact.validFrom,
        fact.validTo ?? Timestamp(microseconds: .max)
      )
    }
    return sorted { place($0) < place($1) }
  }
}

extension Session {
  /// Tells a filter that nothing matches because it is mistyped from one that nothing matches now.
  ///
  /// - Throws: `unknown-source` and `unknown-target`, with the names that there are.
  package func requireKnown(_ sources: [SourceName], target: String?, at commit: ObjectID) async throws(Failure) {
    let declared = try await store.configuration(at: commit).configuration.sources.map(\.name)
    let observed = try await store.observedSources(at: commit)
    let all = Set(declared + observed).sorted()
    for source in sources where !all.contains(source) {
      // One that was removed is known by its history.
      if try await store.repository.entry(at: Layout.closedFindings(of: source), in: commit) != nil { continue }
      throw Failure(
        .unknownSource, source.text, "praxis.yaml has no source \(source)",
        hint: Failure.didYouMean(source.text, among: all.map(\.text))
          + "There are: \(all.map(\.text).joined(separator: ", ")).")
    }
    guard let target else { return }
    var known: [TargetName] = []
    for source in sources.isEmpty ? all : sources {
      known += try await store.receipt(of: source, at: commit)?.targets.map(\.target) ?? []
    }
    guard !known.isEmpty, !known.contains(where: { Glob(target).matches($0.text) }) else { return }
    let near = Failure.didYouMean(target, among: known.map { TerminalSafe.escaped($0.text) })
    throw Failure(
      .unknownTarget, TerminalSafe.escaped(target), "no target that was observed matches it",
      hint: near
        + "There are \(known.count): \(known.prefix(5).map { TerminalSafe.escaped($0.text) }.joined(separator: ", "))"
        + (known.count > 5 ? ", …" : "."))
  }
}
