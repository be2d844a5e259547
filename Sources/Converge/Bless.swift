import Facts
import Git
import StateRepository

/// Why no proposal was made.
public struct ProposeError: Error, Hashable, Sendable {
  public enum Code: String, CaseIterable, Sendable, Hashable {
    /// The source's authority has nothing that could be blessed.
    case notASnapshot = "not-a-snapshot"
    case unknownTarget = "unknown-target"
    /// The last run did not see the target wholly, or this host no longer has what it saw.
    case notObserved = "not-observed"
    /// What was observed is what is blessed already.
    case nothingToPropose = "nothing-to-propose"
    /// Facts that were blessed before have changed; each such target has to be named.
    case changesNeedNaming = "changes-need-naming"
    case repository
  }

  public var code: Code
  public var object: String
  public var message: String
  public var hint: String
  /// The repository's own error, where it is one.
  public var underlying: StateError?

  public init(
    _ code: Code, _ object: String, _ message: String, hint: String = "", underlying: StateError? = nil
  ) {
    self.code = code
    self.object = object
    self.message = message
    self.hint = hint
    self.underlying = underlying
  }
}

extension ProposeError: CustomStringConvertible {
  public var description: String { "\(object): \(message)" }
}

/// Who proposes, under which policy, and when.
public struct ProposalTerms: Sendable {
  public var signer: CommitSigner
  public var engine: String
  public var policyVersion: Int
  /// How long an approval of this tier may be given, in seconds.
  public var validForSeconds: Int64
  public var now: Instant

  public init(
    signer: CommitSigner, engine: String, policyVersion: Int, validForSeconds: Int64, now: Instant
  ) {
    self.signer = signer
    self.engine = engine
    self.policyVersion = policyVersion
    self.validForSeconds = validForSeconds
    self.now = now
  }
}

/// Proposes observed facts as the new known-good of a snapshot's targets.
public struct Bless: Sendable {
  private let store: StateStore
  private let spool: Spool

  public init(store: StateStore, spool: Spool) {
    self.store = store
    self.spool = spool
  }

  /// A proposal that lies on its branch.
  public struct Proposed: Sendable {
    public var proposal: Proposal
    public var branch: String
    public var commit: ObjectID
    public var dryRun: String
  }

  /// Puts a proposal on `proposal/<id>`.
  ///
  /// - Parameter targets: which to bless. None: those that have no known-good yet; facts that were blessed before and have changed
  ///   are never taken without being named, since drift would be blessed away with them.
  public func propose(
    _ name: SourceName, targets: [String], _ terms: ProposalTerms
  ) async throws(ProposeError) -> Proposed {
    let result: Result<Proposed, ProposeError>
    do throws(StateError) {
      result = try await propose(name, targets, terms)
    } catch {
      throw ProposeError(.repository, error.object, error.message, hint: error.hint, underlying: error)
    }
    return try result.get()
  }

  private func propose(
    _ name: SourceName, _ targets: [String], _ terms: ProposalTerms
  ) async throws(StateError) -> Result<Proposed, ProposeError> {
    let tip = try await store.tip()
    let loaded = try await store.configuration(at: tip)
    let source = try loaded.source(named: name)
    guard case .snapshot(let snapshot) = source.authority else {
      return .failure(
        ProposeError(
          .notASnapshot, name.text, "its desired side is declared elsewhere; only a snapshot is blessed",
          hint: "For tofu and ansible, change the declaration."))
    }
    let blessed = try await store.knownGood(of: name, at: tip)
    let candidates: [Candidate]
    switch try await observed(name, targets, blessed, tip) {
    case .failure(let error): return .failure(error)
    case .success(let found): candidates = found
    }
    let chosen = targets.isEmpty ? candidates.filter { $0.before == nil } : candidates.filter(\.isChanged)
    guard !chosen.isEmpty else { return .failure(Self.nothing(name, candidates.filter(\.isChanged))) }

    let dryRun = DryRunText.bless(name, chosen.map { ($0.facts, $0.before) }, groupDepth: snapshot.groupDepth)
    var files: [String: [UInt8]] = [:]
    for candidate in chosen {
      files[Layout.knownGood(name, candidate.facts.target)] = candidate.facts.bytes
    }
    let nonce = Self.nonce()
    let proposal = Proposal(
      id: Proposal.id(nonce: nonce), action: .bless, source: name, targets: chosen.map(\.facts.target),
      findings: try await findings(about: chosen, name, tip),
      files: files.sorted { $0.key < $1.key }.map { .init(path: $0.key, digest: Digest(of: $0.value)) },
      dryRun: Digest(of: Array(dryRun.utf8)), rules: loaded.digest, base: tip.hex,
      policyVersion: terms.policyVersion, tier: .t1, proposer: terms.signer.name, engine: terms.engine,
      nonce: nonce, proposedAt: terms.now, notAfter: terms.now.advanced(bySeconds: terms.validForSeconds))
    files["\(Layout.proposal(proposal.id))/proposal.json"] = proposal.bytes
    files["\(Layout.proposal(proposal.id))/dry-run.txt"] = Array(dryRun.utf8)
    files[Layout.statement(proposal.id)] = proposal.statement
    let branch = Layout.proposalBranch(proposal.id)
    let commit = try await store.branch(
      branch, from: tip, files,
      message: "propose: bless \(chosen.count) target\(chosen.count == 1 ? "" : "s") of \(name)\n\n"
        + "Praxis-Proposal: \(proposal.id)\nPraxis-Digest: \(proposal.digest)\n",
      terms.signer, now: terms.now)
    return .success(Proposed(proposal: proposal, branch: branch, commit: commit, dryRun: dryRun))
  }

  private struct Candidate {
    var facts: KnownGood
    var before: KnownGood?
    var isChanged: Bool { before?.digest != facts.digest }
  }

  /// What the last runs saw, for each target that is asked for.
  private func observed(
    _ name: SourceName, _ targets: [String], _ blessed: [KnownGood], _ tip: ObjectID
  ) async throws(StateError) -> Result<[Candidate], ProposeError> {
    guard let receipt = try await store.receipt(of: name, at: tip) else {
      return .failure(
        ProposeError(.notObserved, name.text, "nobody has observed it yet", hint: "Run praxis scan \(name)."))
    }
    for target in targets where !receipt.targets.contains(where: { $0.target == target }) {
      return .failure(ProposeError(.unknownTarget, target, "the source \(name) has no such target"))
    }
    var candidates: [Candidate] = []
    for entry in receipt.targets where targets.isEmpty || targets.contains(entry.target) {
      guard let observation = try spool.observation(name, run: entry.run) else {
        return .failure(
          ProposeError(
            .notObserved, entry.target, "this host no longer has what run \(entry.run) saw",
            hint: "Run praxis scan \(name)."))
      }
      let report = observation.targets.first { $0.target == entry.target }
      guard let report, let facts = report.facts, report.state == .observed else {
        // What was not wholly seen is not blessed; without being named it is only passed over.
        if targets.isEmpty { continue }
        return .failure(
          ProposeError(
            .notObserved, entry.target, "the last run did not see it wholly", hint: "Run praxis scan \(name)."))
      }
      candidates.append(
        Candidate(
          facts: KnownGood(
            source: name, target: entry.target, observedAt: observation.observedAt, run: observation.run,
            tool: observation.tool, facts: facts),
          before: blessed.first { $0.target == entry.target }))
    }
    return .success(candidates)
  }

  private func findings(
    about candidates: [Candidate], _ name: SourceName, _ tip: ObjectID
  ) async throws(StateError) -> [Proposal.Subject] {
    let targets = Set(candidates.map(\.facts.target))
    return try await store.openFindings(of: name, at: tip)
      .filter { $0.aspect == .drift && targets.contains($0.target) }
      .map { .init(finding: $0.id, delta: $0.delta.fingerprint) }
  }

  private static func nothing(_ name: SourceName, _ changed: [Candidate]) -> ProposeError {
    guard !changed.isEmpty else {
      return ProposeError(
        .nothingToPropose, name.text, "what was observed is the known-good already, or nothing was wholly observed")
    }
    let names = changed.map(\.facts.target)
    return ProposeError(
      .changesNeedNaming, name.text,
      "facts that were blessed before have changed: \(names.map(InertText.line).joined(separator: ", "))",
      hint: "Look at praxis findings --source \(name), then name the targets whose drift is to be the new known-good.")
  }

  private static func nonce() -> String {
    var random = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ in
      let half = String(random.next(), radix: 16)
      return String(repeating: "0", count: 16 - half.utf8.count) + half
    }
    return digits.joined()
  }
}
