import Facts
import Failures
import Git
import StateRepository

/// What an id that was typed stands for. It is looked up here and nowhere else, and before anything is decided: what is reviewed, approved
/// and executed goes by whole ids.
extension Session {
  /// The finding that is meant, of all that main holds at a commit, open or ended.
  ///
  /// - Throws: `ambiguous-id`; `unknown-finding` for a beginning that no finding has. A whole id is not looked up.
  package func finding(_ given: GivenID<FindingID>, at commit: ObjectID) async throws(Failure) -> FindingID {
    if let whole = given.whole { return whole }
    guard let id = try only(given, of: await store.findingIDs(at: commit)) else {
      throw try await store.unknownFinding(given.text, at: commit)
    }
    return id
  }

  /// The findings that are meant, in their order, as main holds them now.
  func findings(_ given: [GivenID<FindingID>]) async throws(Failure) -> [FindingID] {
    let tip = try await store.tip()
    var ids: [FindingID] = []
    for one in given { ids.append(try await finding(one, at: tip)) }
    return ids
  }

  /// The proposal that is meant, of all that main, a branch here or a branch that was fetched knows.
  ///
  /// - Throws: `ambiguous-id`; `unknown-proposal` for a beginning that no proposal has. A whole id is not looked up.
  package func proposal(_ given: GivenID<ProposalID>) async throws(Failure) -> ProposalID {
    if let whole = given.whole { return whole }
    let known = try await store.proposalIDs(at: store.tip())
    guard let id = try only(given, of: known) else {
      throw Failure(
        .unknownProposal, given.text, "no proposal's id begins so",
        hint: "See praxis review; praxis sync fetches those that others made.")
    }
    return id
  }

  private func only<ID>(_ given: GivenID<ID>, of ids: [ID]) throws(Failure) -> ID? {
    let meant = given.meant(among: ids).map(\.text).sorted()
    guard meant.count > 1 else { return meant.first.flatMap { ID($0) } }
    throw Failure(
      .ambiguousID, given.text, "\(meant.count) ids begin so",
      hint: "There are: \(meant.prefix(10).joined(separator: ", "))\(meant.count > 10 ? ", …" : ""). Write more of it.")
  }
}
