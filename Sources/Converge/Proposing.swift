import Facts
import Git
import StateRepository

/// Why no proposal was made.
public struct ProposeError: Error, Hashable, Sendable {
  public enum Code: String, Sendable, Hashable {
    /// The source's authority has nothing that could be blessed.
    case notASnapshot = "not-a-snapshot"
    case unknownTarget = "unknown-target"
    /// The last run did not see the target wholly, or this host no longer has what it saw.
    case notObserved = "not-observed"
    /// What was observed is what is blessed already.
    case nothingToPropose = "nothing-to-propose"
    /// Facts that were blessed before have changed; each such target has to be named.
    case changesNeedNaming = "changes-need-naming"
    /// No finding has this id.
    case unknownFinding = "unknown-finding"
    /// The findings are of more than one source; a proposal is about one.
    case severalSources = "several-sources"
    /// The finding is of a sort that cannot be waived, or not be retracted.
    case notWaivable = "not-waivable"
    /// It is believed no longer.
    case notOpen = "not-open"
    /// The end lies in the past, or too far off for a time to be written.
    case badUntil = "bad-until"
    /// The reason is empty or too long.
    case badReason = "bad-reason"
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

  init(_ error: StateError) {
    self.init(.repository, error.object, error.message, hint: error.hint, underlying: error)
  }
}

extension ProposeError: CustomStringConvertible {
  public var description: String { "\(object): \(message)" }
}

/// Who proposes, under which policy, and when.
public struct ProposalTerms: Sendable {
  public var signer: CommitSigner
  /// The engine that is to carry out what is proposed of a source.
  public var engine: @Sendable (SourceName) -> String
  public var policyVersion: Int
  /// How long an approval of this tier may be given, in seconds.
  public var validForSeconds: Int64
  public var now: Instant

  public init(
    signer: CommitSigner, engine: @escaping @Sendable (SourceName) -> String, policyVersion: Int,
    validForSeconds: Int64, now: Instant
  ) {
    self.signer = signer
    self.engine = engine
    self.policyVersion = policyVersion
    self.validForSeconds = validForSeconds
    self.now = now
  }
}

/// A proposal that lies on its branch.
public struct Proposed: Sendable {
  public var proposal: Proposal
  /// The branch's full reference name.
  public var branch: String
  public var commit: ObjectID
  /// What the proposal would change, for eyes.
  public var dryRun: String
}

/// A change of the state repository alone, about to be put on a branch.
struct Draft {
  var nonce = Draft.newNonce()
  var action: Proposal.Action
  var source: SourceName
  var targets: [String]
  var findings: [Proposal.Subject]
  var reason: String?
  /// What an approval brings onto main.
  var files: [String: [UInt8]] = [:]
  var dryRun = ""
  /// The rest of the commit's first line, behind `propose: `; praxis' own words and names that it gave.
  var summary: String

  var id: String { Proposal.id(nonce: nonce) }

  /// Puts it on `proposal/<id>`.
  func put(
    in store: StateStore, on tip: ObjectID, rules: Digest, _ terms: ProposalTerms
  ) async throws(StateError) -> Proposed {
    let proposal = Proposal(
      id: id, action: action, source: source, targets: targets, findings: findings, reason: reason,
      files: files.sorted { $0.key < $1.key }.map { .init(path: $0.key, digest: Digest(of: $0.value)) },
      dryRun: Digest(of: Array(dryRun.utf8)), rules: rules, base: tip.hex, policyVersion: terms.policyVersion,
      tier: .t1, proposer: terms.signer.name, engine: terms.engine(source), nonce: nonce, proposedAt: terms.now,
      notAfter: terms.now.advanced(bySeconds: terms.validForSeconds))
    var all = files
    all["\(Layout.proposal(id))/proposal.json"] = proposal.bytes
    all["\(Layout.proposal(id))/dry-run.txt"] = Array(dryRun.utf8)
    all[Layout.statement(id)] = proposal.statement
    let branch = Layout.proposalBranch(id)
    let commit = try await store.branch(
      branch, from: tip, all,
      message: "propose: \(summary)\n\nPraxis-Proposal: \(id)\nPraxis-Digest: \(proposal.digest)\n",
      terms.signer, now: terms.now)
    return Proposed(proposal: proposal, branch: branch, commit: commit, dryRun: dryRun)
  }

  private static func newNonce() -> String {
    var random = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ in
      let half = String(random.next(), radix: 16)
      return String(repeating: "0", count: 16 - half.utf8.count) + half
    }
    return digits.joined()
  }
}
