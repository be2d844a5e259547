import Diff
import Facts
import Failures
import Gate
import Git
import Observe
import StateRepository

/// Who proposes, under which policy, and when.
package struct ProposalTerms: Sendable {
  /// Whose signature the commit bears.
  package var signer: CommitSigner
  /// The engine that is to carry out what is proposed of a source.
  package var engine: @Sendable (SourceName) -> String
  /// The policy that it is proposed under.
  package var policy: Policy
  /// The present time.
  package var now: Timestamp

  package init(
    signer: CommitSigner, engine: @escaping @Sendable (SourceName) -> String, policy: Policy, now: Timestamp
  ) {
    self.signer = signer
    self.engine = engine
    self.policy = policy
    self.now = now
  }
}

/// A proposal that lies on its branch.
package struct Proposed: Sendable {
  /// The branch's full reference name.
  package var branch: String
  /// The branch's only commit.
  package var commit: ObjectID
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
  ) async throws(Failure) -> Proposed {
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
    all[Layout.document(ofProposal: id)] = proposal.bytes
    all[Layout.text(ofProposal: id)] = Array(text.utf8)
    all[Layout.statement(id)] = proposal.statement
    let (written, brought) = (proposal, all)
    let branch = Layout.proposalBranch(id)
    let commit = try await store.branch(
      branch, from: tip, brought,
      message: "propose: \(summary)\n\nPraxis-Proposal: \(id)\nPraxis-Digest: \(written.digest)\n",
      terms.signer, now: terms.now)
    return Proposed(branch: branch, commit: commit)
  }

  /// The gate's own view of what is proposed: the text is written from nothing else.
  private func content(
    of proposal: Proposal, onto tip: ObjectID, in store: StateStore
  ) async throws(Failure) -> ProposedContent {
    try await ProposedContent(of: proposal, bringing: files, onto: tip, in: store.repository)
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
