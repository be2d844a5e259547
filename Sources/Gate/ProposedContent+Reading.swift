import Diff
import Facts
import Failures
import Git
import StrictJSON

extension ProposedContent {
  /// Reads what a proposal decides: what it brings, and what its base holds of the same.
  ///
  /// Whoever writes the text of a proposal and whoever holds it to what it should say reads by this, so that both have one view.
  ///
  /// - Parameter files: what the proposal brings onto main beside its own files, by path.
  /// - Throws: `proposal-mismatch` where proposal, files and base contradict each other; `proposal-malformed` where one of them has not its
  ///   one form.
  package init(
    of proposal: Proposal, bringing files: [String: [UInt8]], onto base: ObjectID, in repository: Repository
  ) async throws(Failure) {
    let reader = ContentReader(proposal: proposal, files: files, base: base, repository: repository)
    switch proposal.action {
    case .bless: self = .bless(try await reader.blessings())
    case .waive: self = .waive(try await reader.waivings())
    case .retract: self = .retract(try await reader.retracted())
    case .converge, .adopt:
      try await reader.checkMended()
      let policy = try await PolicyInForce.read(from: repository, at: base).policy
      self = .run(why: policy.tier(of: proposal.action, changing: proposal.changes, seal: proposal.seal).why)
    }
  }
}

private struct ContentReader: Sendable {
  let proposal: Proposal
  let files: [String: [UInt8]]
  let base: ObjectID
  let repository: Repository

  // MARK: The three actions

  func blessings() async throws(Failure) -> [ProposedContent.Blessing] {
    let findings = try await openFindings()
    let observed = try await lastObserved()
    var rest = Set(files.keys)
    var found: [ProposedContent.Blessing] = []
    for target in proposal.targets {
      let path = Layout.knownGood(proposal.source, target)
      guard rest.remove(path) != nil, let bytes = files[path] else {
        throw mismatch(
          path, "the proposal is about \(TerminalSafe.escaped(target)), and brings no known-good of it, or two")
      }
      let after = try knownGood(bytes, of: target, at: path)
      guard after.bytes == bytes else { throw Failure(.proposalMalformed, path, "it is not canonical") }
      guard let observation = observed.first(where: { $0.target == target }), observation.run == after.run,
        observation.observedAt == after.observedAt, observation.facts ?? after.digest == after.digest
      else {
        throw mismatch(path, "these are not the facts that the last run of \(proposal.source) before it saw there")
      }
      var before: KnownGood?
      if let bytes = try await file(path) { before = try knownGood(bytes, of: target, at: path) }
      found.append(
        .init(
          before: before, after: after,
          findings: findings.filter { $0.aspect == .drift && $0.target == target }))
    }
    if let other = rest.min() { throw mismatch(other, "it belongs to no target that the proposal names") }
    guard !found.isEmpty, found.map(\.findings.count).reduce(0, +) == findings.count else {
      throw mismatch(place, "it blesses nothing, or names a finding that is no drift")
    }
    return found
  }

  func waivings() async throws(Failure) -> [ProposedContent.Waiving] {
    let findings = try await namedFindings()
    var found: [ProposedContent.Waiving] = []
    for finding in findings {
      let path = Layout.waiver(finding.id)
      guard let bytes = files[path] else {
        throw mismatch(path, "the proposal names the finding, and brings no waiver")
      }
      let after = try waiver(bytes, at: path)
      guard after.finding == finding.id, after.kind == finding.kind, after.delta == finding.delta.fingerprint,
        after.until == found.first?.after.until ?? after.until, Waiver.objection(to: finding) == nil
      else {
        throw mismatch(path, "kind, value or end are not those of the finding, or it cannot be waived")
      }
      let before = try await file(path)
      found.append(
        .init(
          finding: finding,
          before: try before.map { bytes throws(Failure) in
            try waiver(bytes, at: path)
          }, after: after))
    }
    guard files.count == found.count else { throw mismatch(place, "it brings more waivers than it names findings") }
    return found
  }

  func retracted() async throws(Failure) -> [Finding] {
    let findings = try await namedFindings()
    guard files.isEmpty else { throw mismatch(place, "a retraction brings no file") }
    if let finding = findings.first(where: { $0.aspect == .freshness }) {
      throw mismatch(place, "\(finding.id) is about the clock and cannot be retracted")
    }
    return findings
  }

  /// Holds what a tool is to change against the findings that it is for.
  func checkMended() async throws(Failure) {
    let findings = try await openFindings()
    for change in proposal.changes {
      guard let id = change.finding else { continue }
      guard let finding = findings.first(where: { $0.id == id }),
        finding.target == change.target, finding.subject == change.subject
      else { throw mismatch(place, "what it says that would end \(id) is about something else") }
    }
  }

  /// Each target as the last run that is recorded where the proposal begins saw it.
  private func lastObserved() async throws(Failure) -> [Receipt.Target] {
    let path = Layout.receipt(of: proposal.source)
    guard let bytes = try await file(path) else { throw mismatch(path, "what it blesses was not observed") }
    return try reading(path, refusing: .proposalMalformed) { () throws(Failure) in
      try Receipt(parsing: bytes, document: path).targets
    }
  }

  // MARK: Findings

  /// The findings that the proposal names, with their targets and its reason as they have to be.
  private func namedFindings() async throws(Failure) -> [Finding] {
    guard proposal.reason != nil else { throw mismatch(place, "it gives no reason") }
    let findings = try await openFindings()
    guard !findings.isEmpty, Set(findings.map(\.target)) == Set(proposal.targets)
    else { throw mismatch(place, "its targets are not those of its findings") }
    return findings
  }

  /// Every finding that the proposal names, open at its base with the value that the proposal says.
  private func openFindings() async throws(Failure) -> [Finding] {
    var places: [FindingID: TreeEntry] = [:]
    let wanted = Set(proposal.findings.map(\.finding))
    guard wanted.count == proposal.findings.count else { throw mismatch(place, "it names a finding twice") }
    for folder in Set(proposal.targets.map({ Layout.openFindings(of: proposal.source, $0) })).sorted()
    where !wanted.isEmpty {
      guard let found = try await repository.entry(at: folder, in: base), found.mode == .directory else { continue }
      for entry in try await repository.tree(found.id) where entry.mode == .file {
        guard let id = Layout.finding(ofFile: entry.name), wanted.contains(id) else { continue }
        places[id] = entry
      }
    }
    var findings: [Finding] = []
    for subject in proposal.findings {
      guard let entry = places[subject.finding] else {
        throw Failure(
          .sourceNotAllowed, place,
          "\(proposal.source) has no open finding \(subject.finding) of its targets where the proposal begins")
      }
      let bytes = try await repository.blob(entry.id)
      let finding = try reading(subject.finding.text, refusing: .proposalMalformed) { () throws(Failure) in
        try Finding(parsing: bytes, document: subject.finding.text)
      }
      guard finding.id == subject.finding, finding.source == proposal.source, finding.ended == nil,
        proposal.targets.contains(finding.target),
        finding.delta.fingerprint == subject.delta
      else {
        throw mismatch(place, "\(subject.finding) says something else where the proposal begins")
      }
      findings.append(finding)
    }
    return findings
  }

  // MARK: Documents

  private func knownGood(_ bytes: [UInt8], of target: TargetName, at path: String) throws(Failure) -> KnownGood {
    let document = try reading(path, refusing: .proposalMalformed) { () throws(Failure) in
      try KnownGood(parsing: bytes, document: path)
    }
    guard document.source == proposal.source, document.target == target else {
      throw mismatch(path, "it is of another source or target than its place says")
    }
    return document
  }

  private func waiver(_ bytes: [UInt8], at path: String) throws(Failure) -> Waiver {
    try reading(path, refusing: .proposalMalformed) { () throws(Failure) in
      try Waiver(parsing: bytes, document: path)
    }
  }

  /// A file of the base.
  private func file(_ path: String) async throws(Failure) -> [UInt8]? {
    guard let entry = try await repository.entry(at: path, in: base) else { return nil }
    return try await repository.blob(entry.id)
  }

  private var place: String { Layout.document(ofProposal: proposal.id) }

  private func mismatch(_ place: String, _ message: String) -> Failure {
    Failure(.proposalMismatch, TerminalSafe.escaped(place), message)
  }
}
