import Diff
import Facts
import Failures
import Git

/// Who signs the engine's commits and how.
package struct CommitSigner: Sendable {
  /// The person's name in policy/allowed_signers.
  package var name: String
  /// Makes an armoured SSH signature in namespace `git` over these bytes.
  package var sign: @Sendable (_ payload: [UInt8]) async throws(Failure) -> String

  package init(name: String, sign: @escaping @Sendable (_ payload: [UInt8]) async throws(Failure) -> String) {
    self.name = name
    self.sign = sign
  }
}

/// Where facts live in Git: reads at any commit, and one signed commit a run.
package struct StateStore: Sendable {
  /// The Git repository.
  package let repository: Repository

  package init(_ repository: Repository) {
    self.repository = repository
  }

  /// Opens the state repository at exactly this path.
  package static func open(at path: String) async throws(Failure) -> StateStore {
    do throws(Failure) {
      return StateStore(try Repository.open(at: path))
    } catch {
      guard error.code == .notFound else { throw error }
      throw Failure(
        .notFound, path, "there is no state repository at \(path)",
        hint: "Make one with praxis init, or name it with --repo.")
    }
  }

  /// The tip of main.
  package func tip() async throws(Failure) -> ObjectID {
    let id = try await repository.resolve(reference: Layout.main)
    guard let id else {
      throw Failure(
        .noMain, repository.gitFolder, "the repository has no branch main",
        hint: "Is it a state repository? praxis init makes one.")
    }
    return id
  }

  /// A file at a commit; nil when there is none.
  package func file(_ path: String, at commit: ObjectID) async throws(Failure) -> [UInt8]? {
    guard let entry = try await repository.entry(at: path, in: commit) else { return nil }
    return try await repository.blob(entry.id)
  }

  /// praxis.yaml at a commit.
  package func configuration(at commit: ObjectID) async throws(Failure) -> LoadedConfiguration {
    guard let bytes = try await file(Layout.configuration, at: commit) else {
      throw Failure(
        .configuration, Layout.configuration, "there is no \(Layout.configuration) at \(commit.hex.prefix(12))",
        hint: "Is it a state repository? praxis init makes one.")
    }
    return LoadedConfiguration(configuration: try ConfigurationFile.read(bytes), digest: Digest(of: bytes))
  }

  /// The receipt of a source's last run.
  package func receipt(of source: SourceName, at commit: ObjectID) async throws(Failure) -> Receipt? {
    let path = Layout.receipt(of: source)
    guard let bytes = try await file(path, at: commit) else { return nil }
    return try Receipt(parsing: bytes, document: path)
  }

  /// Every source that has a receipt, whether praxis.yaml still names it or not.
  package func observedSources(at commit: ObjectID) async throws(Failure) -> [SourceName] {
    try await repository.files(under: Layout.receipts, in: commit).compactMap { Layout.source(ofReceipt: $0.path) }
  }

  /// The known-good facts of a source, or the file of one target.
  package func knownGood(of source: SourceName, at commit: ObjectID) async throws(Failure) -> [KnownGood] {
    try await documents(under: Layout.knownGood(of: source), at: commit) { path, bytes throws(Failure) in
      try KnownGood(parsing: bytes, document: path)
    }
  }

  /// What operators have accepted, whether it still holds or not.
  package func waivers(at commit: ObjectID) async throws(Failure) -> [Waiver] {
    try await documents(under: Layout.waivers, at: commit) { path, bytes throws(Failure) in
      try Waiver(parsing: bytes, document: path)
    }
  }

  /// What is recorded now: all open findings, or those of one source or aspect, in the order of their paths.
  ///
  /// - Parameter aspect: those whose file has its name; no other file is opened.
  package func openFindings(
    of source: SourceName? = nil, _ aspect: Aspect? = nil, at commit: ObjectID
  ) async throws(Failure) -> [Finding] {
    let files = try await repository.files(
      under: source.map(Layout.openFindings(of:)) ?? Layout.openFindings, in: commit)
    return try await findings(in: files.filter { aspect == nil || Layout.aspect(ofFile: $0.path) == aspect })
  }

  /// The facts in files whose paths are known already.
  func findings(in files: [(path: String, id: ObjectID)]) async throws(Failure) -> [Finding] {
    try await documents(of: files) { path, bytes throws(Failure) in try Finding(parsing: bytes, document: path) }
  }

  /// The ended facts of one finding, oldest first.
  package func closedFindings(like finding: Finding, at commit: ObjectID) async throws(Failure) -> [Finding] {
    try await findings(in: repository.files(under: Layout.closedFolder(of: finding), in: commit))
  }

  /// All facts of one id, oldest first; the open one, if there is one, last.
  package func facts(of id: FindingID, at commit: ObjectID) async throws(Failure) -> [Finding] {
    // The id's letters stand in every file's name, so that no other file has to be opened.
    let all = try await repository.files(under: "findings", in: commit)
    let token = Array(id.token.utf8)
    let found = try await findings(in: all.filter { Self.mentions(token, $0.path) })
    return found.filter { $0.id == id && $0.correctedBy == nil }.sorted { $0.validFrom < $1.validFrom }
  }

  /// The ids of all findings that there are files of, open or ended; no file is opened.
  package func findingIDs(at commit: ObjectID) async throws(Failure) -> [FindingID] {
    let ended = try await repository.files(under: Layout.closedFindings, in: commit)
    let ids = try await openFindingIDs(at: commit) + ended.compactMap { Layout.finding(ofEndedFile: $0.path) }
    return Set(ids).sorted()
  }

  /// The ids of all findings that are open; no file is opened.
  package func openFindingIDs(at commit: ObjectID) async throws(Failure) -> [FindingID] {
    try await repository.files(under: Layout.openFindings, in: commit).compactMap { Layout.finding(ofFile: $0.path) }
  }

  /// That there is no such finding, with the one that was meant, where an id is near enough.
  package func unknownFinding(_ id: String, at commit: ObjectID) async throws(Failure) -> Failure {
    let near = Failure.didYouMean(id, among: try await findingIDs(at: commit).map(\.text))
    return Failure(.unknownFinding, id, "there is no such finding", hint: near + "See praxis findings --state all.")
  }

  static func mentions(_ token: [UInt8], _ path: String) -> Bool {
    path.utf8.split(separator: UInt8(ascii: "/")).contains { part in
      guard let range = part.firstIndex(of: UInt8(ascii: ".")) else { return false }
      return part[..<range].suffix(token.count).elementsEqual(token)
    }
  }

  /// All facts that ended, or those of one source, and not those that were corrected: these were recorded once.
  package func closedFindings(of source: SourceName? = nil, at commit: ObjectID) async throws(Failure) -> [Finding] {
    let folder = source.map(Layout.closedFindings(of:)) ?? Layout.closedFindings
    return try await findings(in: repository.files(under: folder, in: commit)).filter { $0.correctedBy == nil }
  }

  /// A source's recorded state, for Diff.
  package func recordedState(
    of source: SourceConfiguration, at commit: ObjectID
  ) async throws(Failure) -> RecordedState {
    RecordedState(
      open: try await openFindings(of: source.name, at: commit),
      receipt: try await receipt(of: source.name, at: commit),
      knownGood: source.authority.kind.hasKnownGood
        ? try await knownGood(of: source.name, at: commit) : [],
      retired: source.retired)
  }

  private func documents<Document: Sendable>(
    under folder: String, at commit: ObjectID, _ read: @Sendable (String, [UInt8]) throws(Failure) -> Document
  ) async throws(Failure) -> [Document] {
    try await documents(of: repository.files(under: folder, in: commit), read)
  }

  private func documents<Document: Sendable>(
    of files: [(path: String, id: ObjectID)], _ read: @Sendable (String, [UInt8]) throws(Failure) -> Document
  ) async throws(Failure) -> [Document] {
    var documents: [Document] = []
    documents.reserveCapacity(files.count)
    // Not all contents at once: beside the documents that come of them they would lie in memory twice.
    for start in stride(from: 0, to: files.count, by: 1_000) {
      let part = files[start..<min(start + 1_000, files.count)]
      let contents = try await repository.blobs(part.map(\.id))
      for (file, bytes) in zip(part, contents) {
        documents.append(try read(file.path, bytes))
      }
    }
    return documents
  }
}

/// praxis.yaml as it stands at a commit, and its digest.
package struct LoadedConfiguration: Sendable, Hashable {
  /// praxis.yaml as values.
  package var configuration: Configuration
  /// Its digest.
  package var digest: Digest

  package init(configuration: Configuration, digest: Digest) {
    self.configuration = configuration
    self.digest = digest
  }

  /// The source of this name.
  package func source(named name: SourceName) throws(Failure) -> SourceConfiguration {
    guard let source = configuration.source(named: name) else {
      throw Failure(
        .unknownSource, name.text, "praxis.yaml has no source \(name)",
        hint: Failure.didYouMean(name.text, among: configuration.sources.map(\.name.text)) + "See praxis source list.")
    }
    return source
  }
}
