import ArgumentParser
import Engine
import Facts
import StateRepository

/// What a shell offers for a word: names and ids, as main and its branches have them now.
///
/// It is asked for on a key press: nothing is verified, nothing that is offered decides anything, and where there is no repository nothing
/// is said.
enum Completions {
  static let sources = kind { store in
    try await store.configuration(at: store.tip()).configuration.sources.map(\.name.text)
  }
  static let findings = kind { try await openFindings($0) }
  /// Those that wait, and those that were approved and not executed.
  static let proposals = kind { try await openProposals($0) }
  static let ids = kind { try await openFindings($0) + openProposals($0) }
  /// A name that is not there yet.
  static let none = CompletionKind.list([])

  private static func kind(
    _ names: @escaping @Sendable (StateStore) async throws -> [String]
  ) -> CompletionKind {
    .custom { words, _, prefix in
      guard let path = try? Session.repositoryPath(repository(in: words), .process),
        let store = try? await StateStore.open(at: path), let found = try? await names(store)
      else { return [] }
      return found.filter { $0.hasPrefix(prefix) }
    }
  }

  /// What `--repo` names on the line that is being completed.
  static func repository(in words: [String]) -> String? {
    for (word, next) in zip(words, words.dropFirst() + [""]) {
      if word == "--repo" { return next }
      if word.hasPrefix("--repo=") { return String(word.dropFirst("--repo=".count)) }
    }
    return nil
  }

  private static func openFindings(_ store: StateStore) async throws -> [String] {
    Set(try await store.openFindingIDs(at: store.tip()).map(\.text)).sorted()
  }

  private static func openProposals(_ store: StateStore) async throws -> [String] {
    let tip = try await store.tip()
    func ids(under folder: String, _ position: Int) async throws -> Set<String> {
      Set(
        try await store.repository.files(under: folder, in: tip).compactMap { file in
          let parts = file.path.split(separator: "/")
          guard parts.indices.contains(position) else { return nil }
          return String(parts[position].prefix { $0 != "." })
        })
    }
    let approved = try await ids(under: "approvals", 1).subtracting(ids(under: "executions", 1))
    return approved.union(try await store.proposalBranches()).filter { ProposalID($0) != nil }.sorted()
  }
}
