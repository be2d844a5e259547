import Diff
import Facts
import Gate
import Git
import Observe
import StateRepository

/// Why no proposal was made, or nothing was executed.
package struct ConvergeError: Error, Hashable, Sendable {
  /// The kinds of failure.
  package enum Code: String, CaseIterable, Sendable, Hashable {
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
    /// The finding is no drift, or its authority has nothing that could mend it.
    case notConvergeable = "not-convergeable"
    /// The policy does not allow what the dry run shows at all.
    case tierForbidden = "tier-forbidden"
    /// The private folder in which the tool runs cannot be made ready.
    case workspace
    case repository
  }

  /// The kind of the failure, for callers that decide on it.
  package var code: Code
  /// The object that it is about.
  package var object: String
  /// What failed, and on what.
  package var message: String
  /// What to do next; a sentence.
  package var hint: String
  /// The repository's own error, where it is one.
  package var underlying: StateError?

  package init(
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

extension ConvergeError: CustomStringConvertible {
  package var description: String { "\(object): \(message)" }
}

/// Who proposes, under which policy, and when.
package struct ProposalTerms: Sendable {
  /// Whose signature the commit bears.
  package var signer: CommitSigner
  /// The engine that is to carry out what is proposed of a source.
  package var engine: @Sendable (SourceName) -> String
  /// The policy that it is proposed under.
  package var policy: Policy
  /// The present time.
  package var now: Instant

  package init(
    signer: CommitSigner, engine: @escaping @Sendable (SourceName) -> String, policy: Policy, now: Instant
  ) {
    self.signer = signer
    self.engine = engine
    self.policy = policy
    self.now = now
  }
}

/// A proposal that lies on its branch.
package struct Proposed: Sendable {
  /// The proposal.
  package var proposal: Proposal
  /// The branch's full reference name.
  package var branch: String
  /// The commit of main.
  package var commit: ObjectID
  /// What the proposal would change, for eyes.
  package var dryRun: String
}

/// A proposal about to be put on a branch.
struct Draft {
  var nonce = Draft.newNonce()
  var action: Proposal.Action
  var source: SourceName
  var targets: [TargetName]
  var findings: [Proposal.Subject]
  var reason: String?
  /// What an approval brings onto main.
  var files: [String: [UInt8]] = [:]
  /// How a tool would carry it out; nil for a change of the state repository alone.
  var execution: DryRun?
  /// The rest of the commit's first line, behind `propose: `; praxis' own words and names that it gave.
  var summary: String

  var id: String { Proposal.id(nonce: nonce) }

  /// Puts it on `proposal/<id>`.
  func put(
    in store: StateStore, on tip: ObjectID, rules: Digest, _ terms: ProposalTerms
  ) async throws(ConvergeError) -> Proposed {
    let changes = execution?.changes ?? []
    let tier = terms.policy.tier(of: action, changing: changes, seal: execution?.seal).tier
    var proposal = Proposal(
      id: id, action: action, source: source, targets: targets, findings: findings, reason: reason,
      files: files.sorted { $0.key < $1.key }.map { .init(path: $0.key, digest: Digest(of: $0.value)) },
      tool: execution?.tool, arguments: execution?.arguments ?? [], environment: execution?.environment ?? [],
      bundle: execution?.bundle, seal: execution?.seal, changes: changes, fingerprint: execution?.fingerprint,
      dryRun: Digest(of: []), rules: rules, base: tip.hex, policyVersion: terms.policy.version,
      tier: tier, proposer: terms.signer.name, engine: terms.engine(source), nonce: nonce, proposedAt: terms.now,
      notAfter: terms.now.advanced(bySeconds: terms.policy.validForSeconds(tier)))
    let content = try await content(of: proposal, onto: tip, in: store)
    let text = ProposalText.computed(for: proposal, content) + (execution.map(DryRunText.details) ?? "")
    proposal.dryRun = Digest(of: Array(text.utf8))
    var all = files
    all["\(Layout.proposal(id))/proposal.json"] = proposal.bytes
    all["\(Layout.proposal(id))/dry-run.txt"] = Array(text.utf8)
    all[Layout.statement(id)] = proposal.statement
    let (written, brought) = (proposal, all)
    let branch = Layout.proposalBranch(id)
    let commit = try await asking { () async throws(StateError) in
      try await store.branch(
        branch, from: tip, brought,
        message: "propose: \(summary)\n\nPraxis-Proposal: \(id)\nPraxis-Digest: \(written.digest)\n",
        terms.signer, now: terms.now)
    }
    return Proposed(proposal: written, branch: branch, commit: commit, dryRun: text)
  }

  /// The gate's own view of what is proposed: the text is written from nothing else.
  private func content(
    of proposal: Proposal, onto tip: ObjectID, in store: StateStore
  ) async throws(ConvergeError) -> ProposedContent {
    do throws(GateError) {
      return try await ProposedContent(of: proposal, bringing: files, onto: tip, in: store.repository)
    } catch {
      throw ConvergeError(.repository, error.object, error.description)
    }
  }

  static func newNonce() -> String {
    var random = SystemRandomNumberGenerator()
    let digits = (0..<2).map { _ in
      let half = String(random.next(), radix: 16)
      return String(repeating: "0", count: 16 - half.utf8.count) + half
    }
    return digits.joined()
  }
}
