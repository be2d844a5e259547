import Facts
import Failures
import Git

extension SeenFile.Clone {
  /// Takes note of what others have of main, as the remote-tracking references tell it, and refuses one that no longer holds what it had.
  ///
  /// A reference moves when main was pushed there or fetched from there. Whoever has forced the remote's main elsewhere, or has taken it
  /// back, is noticed with the next fetch.
  ///
  /// - Parameters:
  ///   - tip: main, which verifies and holds what was published before.
  ///   - introduction: the commit that its history begins with.
  /// - Throws: `rewound` where a published commit is gone from where it was.
  package mutating func notePublished(
    _ tip: ObjectID, from introduction: ObjectID, in repository: Repository
  ) async throws(Failure) {
    let remotes = try await repository.references(under: "refs/remotes/").filter {
      let parts = $0.name.split(separator: "/")
      return parts.count == 4 && parts[3] == "main"
    }
    if let published = publishedTip, let remote = remotes.first(where: { $0.name == publishedOn }) {
      try await Self.requireStillThere(published, on: remote.name, at: remote.id, in: repository)
    }
    for (name, id) in remotes where id != publishedTip {
      // Only what lies between the newest commit that is known to be published and main's tip is news.
      let end = publishedTip ?? introduction
      let chain = try await Self.chain(from: tip, until: id, orUntil: end, in: repository)
      guard chain.contains(id) else { continue }
      publishedTip = id
      publishedOn = name
    }
  }

  private static func requireStillThere(
    _ published: ObjectID, on name: String, at id: ObjectID, in repository: Repository
  ) async throws(Failure) {
    guard id != published else { return }
    let chain = try await repository.firstParentChain(from: id, limit: Int.max, until: published)
    guard chain.last?.id == published else {
      throw Failure(
        .rewound, name,
        "it is at \(id), and no longer contains \(published), which it had before: it was moved back, or forced to another commit",
        hint: "Find out who moved it (git reflog \(name)), and put it back on a commit that contains \(published)."
      )
    }
  }

  private static func chain(
    from tip: ObjectID, until one: ObjectID, orUntil other: ObjectID, in repository: Repository
  ) async throws(Failure) -> [ObjectID] {
    var ids: [ObjectID] = []
    var next: ObjectID? = tip
    while let id = next {
      ids.append(id)
      next = id == one || id == other ? nil : try await repository.commit(id).parents.first
    }
    return ids
  }
}
