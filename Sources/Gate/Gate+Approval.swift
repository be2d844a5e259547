import Diff
import Facts
import Failures
import Git
import StrictJSON

extension Gate {
  /// The merge of a proposal's branch.
  ///
  /// - Returns: the proposal's id.
  func checkApproval(
    _ branch: ProposedBranch, _ changes: Changes, of merge: RawCommit, by merger: PersonName?,
    under inForce: PolicyInForce
  ) async throws(Failure) -> String {
    let parsed = try await parse(on: branch, changes, onto: merge.parents[0], under: inForce)
    try ParentRule.checkApproval(
      of: parsed.proposal, proposedBy: parsed.proposer,
      approvedBy: parsed.coApprovers.union([merger].compactMap(\.self)),
      under: inForce.policy)
    // A date proves nothing in favour of a commit. One that speaks against it is taken at its word.
    // Nobody has signed a forge's, so main may not be later either.
    var seconds = merge.committer.seconds
    if merger == nil { seconds = max(seconds, try await commit(merge.parents[0]).committer.seconds) }
    guard seconds <= parsed.proposal.notAfter.wholeSeconds else {
      throw Failure(
        .proposalExpired, Layout.proposal(parsed.proposal.id),
        "it could be approved until \(parsed.proposal.notAfter), and the merge\(merger == nil ? ", or main," : "") is dated later; propose again"
      )
    }
    return parsed.proposal.id
  }

  /// What a branch proposes, checked in all that does not depend on who approves.
  func parse(
    on branch: ProposedBranch, _ changes: Changes, onto main: ObjectID, under inForce: PolicyInForce
  ) async throws(Failure) -> ParsedProposal {
    guard let id = changes.proposalID, let (first, opening) = branch.commits.first else {
      throw Failure(.proposalMalformed, "its branch", "it is not the branch of one proposal")
    }
    let proposer = try await naming("the proposal's commit \(first)") { () async throws(Failure) in
      try await signer(of: opening, under: inForce)
    }
    let proposal = try await proposal(id, in: branch, proposedBy: proposer, under: inForce.policy)
    let content = try await checkFiles(of: proposal, in: branch)
    let text = try await checkText(of: proposal, content, in: branch)
    let others = try await coApprovers(of: proposal, in: branch, under: inForce)
    try await refuseApprovedBefore(id, from: main, to: branch.base)
    guard !(try await exists(Layout.execution(id), in: main)) else {
      throw Failure(
        .proposalClosed, Layout.execution(id), "the proposal was withdrawn or carried out; propose anew")
    }
    return ParsedProposal(proposal: proposal, proposer: proposer, coApprovers: others, content: content, text: text)
  }

  /// Reads the proposal and holds it against where it stands and who signed it.
  private func proposal(
    _ id: String, in branch: ProposedBranch, proposedBy proposer: PersonName, under policy: Policy
  ) async throws(Failure) -> Proposal {
    let place = Layout.document(ofProposal: id)
    let proposal = try await readProposal(id, in: branch.commits[0].id)
    func mismatch(_ message: String) -> Failure { Failure(.proposalMismatch, place, message) }
    guard proposal.base == branch.base.hex else {
      throw mismatch("it names another base than its branch has")
    }
    let version = try await inForce(at: branch.base).policy.version
    guard proposal.policyVersion == version else {
      throw mismatch(
        "it was made under policy version \(proposal.policyVersion), and its base has \(version)")
    }
    guard proposal.proposer == proposer.text else {
      throw mismatch(
        "it names \(TerminalSafe.escaped(proposal.proposer)) as its proposer, and \(proposer) signed it")
    }
    let roles = policy.roles(of: proposer)
    guard
      roles.engine?.contains(proposal.source) ?? roles.operator?.sources.contains(proposal.source) ?? false
    else {
      throw Failure(.roleMissing, place, "\(proposer) is neither engine nor operator of \(proposal.source)")
    }
    guard let engine = PersonName(proposal.engine), policy.allowsRecording(by: engine, of: proposal.source)
    else {
      throw mismatch("the engine that it names is none of \(proposal.source)")
    }
    let (tier, why) = policy.tier(of: proposal.action, changing: proposal.changes, seal: proposal.seal)
    guard proposal.tier >= tier else {
      throw Failure(
        .tierTooLow, place,
        "it claims \(proposal.tier.rawValue), and \(proposal.action.rawValue) is \(tier.rawValue) here"
          + (why.map { ": \($0)" } ?? ""))
    }
    if let rule = policy.tiers[proposal.tier],
      proposal.notAfter > proposal.proposedAt.advanced(bySeconds: rule.validForSeconds)
    {
      throw mismatch("it can be approved for longer than \(proposal.tier.rawValue) allows")
    }
    if let objection = proposal.objectionToItsExecution { throw mismatch(objection) }
    return proposal
  }

  /// Reads a proposal that has to be canonical and to stand under its own id.
  func readProposal(_ id: String, in commit: ObjectID) async throws(Failure) -> Proposal {
    let place = Layout.document(ofProposal: id)
    guard let bytes = try await file(place, in: commit) else {
      throw Failure(.proposalMalformed, place, "it is not there as a plain file")
    }
    let proposal = try reading(place, refusing: .proposalMalformed) { () throws(Failure) in
      try Proposal(parsing: bytes, document: place)
    }
    guard proposal.bytes == bytes else { throw Failure(.proposalMalformed, place, "it is not canonical") }
    guard proposal.id == id else {
      throw Failure(.proposalMismatch, place, "it has another id than its folder")
    }
    return proposal
  }

  /// The branch's first commit adds the proposal's own files and exactly what the proposal says it brings.
  ///
  /// - Returns: what that comes to.
  private func checkFiles(
    of proposal: Proposal, in branch: ProposedBranch
  ) async throws(Failure) -> ProposedContent {
    let opening = branch.commits[0].id
    let changes = try Changes(await differences(from: branch.base, to: opening))
    let own = [
      Layout.statement(proposal.id): Digest(of: proposal.statement),
      Layout.text(ofProposal: proposal.id): proposal.dryRun,
      Layout.document(ofProposal: proposal.id): proposal.digest,
    ]
    var expected: [String: Digest?] = own.mapValues { $0 }
    for file in proposal.files {
      guard expected.updateValue(file.digest, forKey: file.path) == nil else {
        throw Failure(.proposalMismatch, TerminalSafe.escaped(file.path), "the proposal names it twice")
      }
    }
    var brought: [String: [UInt8]] = [:]
    for (difference, area) in zip(changes.differences, changes.areas) {
      guard let digest = expected.removeValue(forKey: difference.path) else {
        throw Failure(.proposalMismatch, difference.path, "the proposal does not say that it changes this")
      }
      if own[difference.path] != nil, difference.old != nil {
        throw Failure(.approvedBefore, difference.path, "it is on main already")
      }
      try check(area, of: proposal, at: difference.path)
      guard let new = difference.new else {
        throw Failure(
          .pathNotAllowed, difference.path, "a proposal takes no file away; what an approval brought is revoked")
      }
      let bytes = try await repository.blob(new.id)
      if own[difference.path] == nil { brought[difference.path] = bytes }
      if case .waiver(let finding) = area { try Self.check(bytes, waiverOf: finding, in: proposal) }
      let found = Digest(of: bytes)
      guard found == digest else {
        throw Failure(.proposalMismatch, difference.path, "its content is not what the proposal says")
      }
    }
    if let missing = expected.keys.min() {
      throw Failure(
        .proposalMismatch, TerminalSafe.escaped(missing), "the proposal needs it, and its commit does not change it"
      )
    }
    return try await ProposedContent(of: proposal, bringing: brought, onto: branch.base, in: repository)
  }

  /// What people read is what the proposal and its content come to. No text is trusted for its digest.
  private func checkText(
    of proposal: Proposal, _ content: ProposedContent, in branch: ProposedBranch
  ) async throws(Failure) -> [UInt8] {
    let place = Layout.text(ofProposal: proposal.id)
    guard (1...Proposal.currentTextVersion).contains(proposal.textVersion) else {
      throw Failure(
        .textVersion, place,
        "it is written in version \(proposal.textVersion) of the text, and this praxis knows those up to \(Proposal.currentTextVersion)"
      )
    }
    let text = try await file(place, in: branch.commits[0].id) ?? []
    guard ProposalText.isComputed(text, for: proposal, content) else {
      throw Failure(
        .textMismatch, place, "it is not what the proposal and the files of its branch come to; do not approve it")
    }
    return text
  }

  /// A proposal about one source touches nothing of another, and only what its action is for.
  private func check(_ area: Area, of proposal: Proposal, at path: String) throws(Failure) {
    switch area {
    case .proposal(proposal.id), .approval(proposal.id): return
    case .knownGood(let source) where proposal.action == .bless:
      guard source == proposal.source else {
        throw Failure(.sourceNotAllowed, path, "the proposal is about \(proposal.source)")
      }
    case .waiver(let finding) where proposal.action == .waive:
      guard proposal.findings.contains(where: { $0.finding == finding }) else {
        throw Failure(.proposalMismatch, path, "the proposal is not about this finding")
      }
    default:
      throw Failure(.pathNotAllowed, path, "a proposal to \(proposal.action.rawValue) does not touch it")
    }
  }

  /// Checks that a waiver's file says what the proposal says, so that nothing else is approved than the value that was
  /// shown.
  private static func check(
    _ bytes: [UInt8], waiverOf finding: FindingID, in proposal: Proposal
  ) throws(Failure) {
    let place = Layout.waiver(finding)
    let waiver = try reading(place, refusing: .proposalMalformed) { () throws(Failure) in
      try Waiver(parsing: bytes, document: place)
    }
    guard waiver.bytes == bytes else { throw Failure(.proposalMalformed, place, "it is not canonical") }
    guard waiver.finding == finding, waiver.proposal == proposal.id, waiver.proposer == proposal.proposer,
      waiver.reason == proposal.reason,
      proposal.findings.contains(.init(finding: finding, delta: waiver.delta))
    else {
      throw Failure(
        .proposalMismatch, place, "finding, delta, reason, proposer and id are not those of the proposal")
    }
  }

  /// Who agreed on the branch: each commit after the first adds its signer's agreement to this very proposal, and nothing else.
  func coApprovers(
    of proposal: Proposal, in branch: ProposedBranch, under inForce: PolicyInForce
  ) async throws(Failure) -> Set<PersonName> {
    var people: Set<PersonName> = []
    for (before, (id, commit)) in zip(branch.commits, branch.commits.dropFirst()) {
      let place = "the co-approval \(id)"
      let person = try await naming(place) { () async throws(Failure) in
        try await signer(of: commit, under: inForce)
      }
      let agreement = CoApproval(to: proposal, by: person)
      let differences = try await differences(from: before.id, to: id)
      guard differences.count == 1, differences[0].path == agreement.path, differences[0].old == nil,
        try await file(agreement.path, in: id) == agreement.bytes
      else {
        throw Failure(
          .coApprovalMalformed, place,
          "signed by \(person), it adds \(agreement.path) with the proposal's digest and nothing else")
      }
      people.insert(person)
    }
    return people
  }

  /// A proposal that was approved and revoked does not come back. It names its base, so it cannot be older than that.
  private func refuseApprovedBefore(
    _ id: String, from newest: ObjectID, to base: ObjectID
  ) async throws(Failure) {
    var next = newest
    while next != base {
      if try await exists(Layout.proposal(id), in: next) {
        throw Failure(
          .approvedBefore, Layout.proposal(id), "it was on main before, at \(next); propose anew")
      }
      guard let parent = try await commit(next).parents.first else {
        throw ProposedBranch.malformed("its base is not on main")
      }
      next = parent
    }
  }

  /// Says of which commit an error is.
  private func naming<Value>(
    _ place: String, _ body: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    do throws(Failure) { return try await body() } catch { throw error.within(place) }
  }
}

extension Proposal {
  /// What a proposal that a tool is to carry out has to say of it; nil where nothing is missing.
  fileprivate var objectionToItsExecution: String? {
    guard action.runsATool else {
      return tool != nil || !arguments.isEmpty || bundle != nil
        ? "\(action.rawValue) runs no tool, and it names one" : nil
    }
    guard tool != nil, !arguments.isEmpty, bundle != nil, fingerprint != nil else {
      return "it does not name the tool, its arguments, what it works on and the dry run"
    }
    guard files.isEmpty else { return "what a tool carries out brings no files onto main" }
    guard !findings.isEmpty, !changes.isEmpty else { return "it names no finding, or nothing that would change" }
    for finding in findings where !changes.contains(where: { $0.finding == finding.finding }) {
      return "no planned change fixes the finding \(finding.finding)"
    }
    let named = Set(targets)
    if let change = changes.first(where: { !named.contains($0.target) }) {
      return "it changes \(TerminalSafe.escaped(change.target)), which is none of its targets"
    }
    return nil
  }
}
