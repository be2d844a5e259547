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
    guard let before = try await store.file(Layout.configuration, at: main) else {
      throw Failure(.configuration, Layout.configuration, "it is missing at the tip of main")
    }
    return try await change(
      [Layout.configuration: .put(ConfigurationFile.adding(source, to: before))], branch: "source-\(source.name)",
      saying: "source: add \(source.name)", options)
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
    // Other admins may have signed what is there.
    guard try await store.repository.resolve(reference: reference) == nil else {
      throw Failure(
        .exists, "change/\(branch)", "another change waits on this branch",
        hint: "Have it merged first, or give it up: git branch -D change/\(branch).")
    }
    try await store.move(reference, from: nil, to: commit, by: person.text)
    try await share(commit, at: reference)
    return Changed(person: person, commit: commit, branch: "change/\(branch)", missing: missing)
  }
}
