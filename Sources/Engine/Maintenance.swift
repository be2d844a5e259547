import Facts
import Files
import Git
import StateRepository

extension Session {
  package struct Maintained: Sendable {
    /// The branches that went, such as `proposal/p-…`: what they held is on main, or was decided against there.
    package var branches: [String]
    /// What became of the packs; nil where they are one already.
    package var folding: Repository.Folding?
  }

  /// Takes away what nobody needs any more and what killed processes left, folds all packs into one, and brings what is made of main up to
  /// it: work tree, branches of drift, query index. Facts, observations that wait, and what was executed are never touched.
  ///
  /// - Throws: `unverified` where main does not verify: what is on it decides on what goes.
  package func maintain() async throws -> Maintained {
    let deciding = try await ApprovalWorkflow(self)
    var branches: [String] = []
    let shared = try await Remote(of: self)?.main()
    for (name, tip) in try await store.repository.references(under: "refs/heads/proposal/") {
      guard let id = ProposalID(String(name.dropFirst("refs/heads/proposal/".count))),
        let decided = try await deciding.decided(id)
      else { continue }
      // A decision that the remote has not may have to be made again there, and the branch is all that it is made of.
      if case .approved(_, let merge, _) = decided, let shared,
        try await !store.repository.isAncestor(merge, of: shared)
      {
        continue
      }
      try await remove(name, at: tip, &branches)
    }
    for (name, tip) in try await store.repository.references(under: Layout.changeBranch(""))
    where try await store.repository.isAncestor(tip, of: deciding.main) { try await remove(name, at: tip, &branches) }
    let lock = try await HeldLock.waiting(at: installation.lock(introduction: trust.introduction.hex))
    defer { withExtendedLifetime(lock) {} }
    // A host that only approves has no engine's key, and makes no branches of drift.
    if let terms = try? recordingTerms(), try await store.tip() == deciding.main {
      tell(try await store.catchUp(with: deciding.main, terms))
    }
    await store.removeLeftovers(now())
    let folding = try await store.repository.foldPacks(whenMoreThan: 1, smallerThan: 1 << 30)
    for folder in [installation.configuration, installation.state] { Self.removeScratch(in: folder) }
    _ = try await FactQueries(self, upTo: deciding.main, usesIndex: true)
      .transaction(.commit(deciding.main.hex))
    return Maintained(branches: branches, folding: folding)
  }

  /// What killed processes left where praxis writes: below that lies what tools wrote.
  private static func removeScratch(in folder: String, depth: Int = 0) {
    TemporaryFolder.removeAbandoned(in: folder)
    guard depth < 4, let names = try? Folder.names(in: folder) else { return }
    for name in names where Folder.linkTarget(of: "\(folder)/\(name)") == nil {
      removeScratch(in: "\(folder)/\(name)", depth: depth + 1)
    }
  }

  private func remove(_ name: String, at tip: ObjectID, _ gone: inout [String]) async throws {
    try await store.repository.deleteReference(name, expecting: tip)
    gone.append(String(name.dropFirst("refs/heads/".count)))
  }
}
