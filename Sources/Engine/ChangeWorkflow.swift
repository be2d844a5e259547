import Facts
import Failures
import Gate
import Git
import StateRepository

/// What admins decide: policy/ and praxis.yaml.
extension ApprovalWorkflow {
  package struct Changed: Sendable {
    package var person: PersonName
    package var commit: ObjectID
    /// The branch that waits for other admins; nil where main has the change.
    package var branch: String?
    /// How many admins have to sign it beside this one.
    package var missing: Int
  }

  /// Changes the policy.
  ///
  /// - Returns: what became of it, and whether the file had another form than praxis writes, such as comments, which is not kept.
  package func change(
    _ change: PolicyChange, saying words: String, _ options: Signing
  ) async throws -> (Changed, wasWrittenAnew: Bool) {
    let signers = try await store.file(Layout.allowedSigners, at: main) ?? []
    let next = try policy.next(change, signers: signers)
    var changes = [Layout.policy: TreeEdit.Change.put(next.policy)]
    if next.signers != signers { changes[Layout.allowedSigners] = .put(next.signers) }
    let changed = try await self.change(
      changes, branch: "policy-\(policy.policy.version + 1)", saying: "policy: \(words)", options)
    return (changed, try await store.file(Layout.policy, at: main) != policy.policy.bytes)
  }

  /// Adds a source to praxis.yaml.
  package func add(_ source: SourceConfiguration, _ options: Signing) async throws -> Changed {
    let before = try await configuration()
    try await checkIsEnded(source.name, under: source.authority.kind)
    return try await change(
      [Layout.configuration: .put(ConfigurationFile.adding(source, to: before))],
      branch: "source-\(source.name)", saying: "source: add \(source.name)", options)
  }

  /// Changes a source of praxis.yaml, or takes it out.
  ///
  /// - Parameters:
  ///   - words: what is done, for the commit's message.
  ///   - next: the source as it is to be, of what it is on main; nil for one that goes.
  package func change(
    _ name: SourceName, saying words: String, _ options: Signing,
    to next: (SourceConfiguration) throws -> SourceConfiguration?
  ) async throws -> Changed {
    let before = try await configuration()
    let source = try next(try await store.configuration(at: main).source(named: name))
    if let source, source.name != name { try await checkIsEnded(source.name, under: source.authority.kind) }
    let after = try ConfigurationFile.changing(name, to: source, in: before)
    guard after != before else {
      throw Failure(.nothingChanged, name.text, "\(Layout.configuration) says so already")
    }
    return try await change(
      [Layout.configuration: .put(after)], branch: "source-\(name)", saying: "source: \(words)", options)
  }

  private func configuration() async throws -> [UInt8] {
    guard let bytes = try await store.file(Layout.configuration, at: main) else {
      throw Failure(.configuration, Layout.configuration, "it is missing at the tip of main")
    }
    return bytes
  }

  /// What is recorded of a source under one authority is not continued under another.
  private func checkIsEnded(_ name: SourceName, under authority: AuthorityKind) async throws {
    guard let receipt = try await store.receipt(of: name, at: main), receipt.authority != authority else { return }
    throw Failure(
      .exists, name.text, "what was found by \(receipt.authority.rawValue) under this name is not ended yet",
      hint: "Have it ended by a scan of an engine that records \(name), or choose another name.")
  }

  /// What main still holds of a source that is to go.
  package struct Remains: Sendable {
    /// Findings that are open.
    package var open: Int
    /// What people approved for it: blessed targets, and waivers of what is open.
    package var approved: Int
    /// Rules of praxis.yaml that name it.
    package var rules: Int
  }

  package func remains(of name: SourceName) async throws -> Remains {
    let open = try await store.openFindings(of: name, at: main)
    let ids = Set(open.map(\.id))
    let waivers = try await store.waivers(at: main).count { ids.contains($0.finding) }
    let rules = try await store.configuration(at: main).configuration.rules
    return Remains(
      open: open.count, approved: try await store.knownGood(of: name, at: main).count + waivers,
      rules: (rules.severity.map(\.match) + rules.ignore.map(\.match)).count { $0.source == name })
  }

  /// One admin's commit on main; where the policy wants more of them, on a branch that another one merges.
  private func change(
    _ changes: [String: TreeEdit.Change], branch: String, saying words: String, _ options: Signing
  ) async throws -> Changed {
    let (person, signer) = try await signer(options)
    guard policy.policy.roles(of: person).admin else {
      throw Failure(
        .roleMissing, "the key of \(person)", "only an admin changes the policy and \(Layout.configuration)")
    }
    let missing = policy.policy.adminThreshold - 1
    guard missing > 0 else {
      let commit = try await commit(changes, onto: [main], "\(words)\n", by: signer)
      return Changed(person: person, commit: commit, branch: nil, missing: 0)
    }
    let commit = try await store.prepare(
      changes, onto: [main], message: "\(words)\n", signer, now: session.now())
    let reference = Layout.changeBranch(branch)
    let before = try await store.repository.resolve(reference: reference)
    // Other admins may have signed what is there, unless main has it.
    if let before, try await !store.repository.isAncestor(before, of: main) {
      throw Failure(
        .exists, "change/\(branch)", "another change waits on this branch",
        hint:
          "Have it merged first, or give it up: git branch -D change/\(branch), and where it is on a remote git push origin :change/\(branch)."
      )
    }
    try await store.move(reference, from: before, to: commit, by: person.text)
    do { try await share(commit, at: reference) } catch {
      // Nobody else sees it: the next try begins as this one did.
      try? await store.repository.deleteReference(reference, expecting: commit)
      throw error
    }
    return Changed(person: person, commit: commit, branch: "change/\(branch)", missing: missing)
  }
}
