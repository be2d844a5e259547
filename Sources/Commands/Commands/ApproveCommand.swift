import ArgumentParser
import Engine
import Facts
import Failures
import Gate
import Report

struct ApproveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve", abstract: "Approve a proposal with a signed merge onto main.",
    discussion: """
      Where the policy wants more than one person, all but the last add their agreement to the proposal's branch. The same \
      can be done with git merge --no-ff -S. The commit is judged by all rules before main moves to it. Without --digest the \
      proposal is shown on the terminal, and its digest asked for.
      """)

  @OptionGroup var options: GlobalOptions
  @OptionGroup var signing: SigningOptions
  @Argument(help: "A proposal's id, or the beginning of it.") var proposal: GivenID<ProposalID>
  @Option(help: "The digest that was reviewed, as praxis review shows it; another one is refused.") var digest: Digest?
  @Flag(help: "Push main, or the branch that one agreed on, to the remote that others share.") var push = false
  @Flag(
    help: "Agree on the proposal's branch alone, and push it: a forge merges it, where the policy says forge-merges.")
  var onBranch = false
  @Flag(help: "As JSON.") var json = false

  func run() async throws {
    let session = try await options.open()
    let remote = push || onBranch ? try await Remote(of: session) : try await Remote(publishing: session)
    if push, remote == nil {
      throw Failure(
        .remoteUnreachable, "", "there is no remote to push to", hint: "Add one: git remote add origin URL.")
    }
    let id = try await session.proposal(proposal)
    var reviewed = digest
    let approved = try await session.deciding(sharedOn: remote) { deciding in
      try await deciding.approve(id, signing.signing, onBranch: onBranch) { review in
        let digest = try reviewed ?? confirmed(review)
        reviewed = digest
        return digest
      }
    }
    guard !json else { return options.console.result(approved.json) }
    options.console.result(approved.text)
    if let next = approved.next { session.console.note(next) }
  }

  /// How much of a digest a person types: enough that another proposal does not have it by chance.
  private static let typedDigits = 8

  /// The digest of what is shown now, once a person has typed the beginning of it.
  private func confirmed(_ review: ProposalReview) throws -> Digest {
    let digest = review.proposal.digest
    let digits = digest.text.dropFirst("sha256:".count)
    let shown = ReviewText(review, now: Environment.process.now())
      .text(columns: options.console.readingWidth)
    let question = "\nType the first \(Self.typedDigits) digits of its digest to approve it: "
    guard !json, let answer = options.console.ask(shown + "\n" + question) else {
      throw Failure(
        .digestMismatch, Layout.proposal(review.proposal.id),
        "no reviewed digest was given. Read it with praxis review \(review.proposal.id), then: "
          + "praxis approve \(review.proposal.id) --digest \(digest)")
    }
    let typed = answer.filter { $0 != " " }
    guard typed.utf8.count >= Self.typedDigits, digits.hasPrefix(typed) || digest.text == typed else {
      throw Failure(
        .digestMismatch, Layout.proposal(review.proposal.id), "what was typed is not its digest; nothing was approved")
    }
    return digest
  }
}

struct RevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take an approval back: its signed inverse on main.",
    discussion:
      "Refused once it was carried out, or a file that it brought has changed. What was revoked is proposed anew.")

  @OptionGroup var options: GlobalOptions
  @OptionGroup var signing: SigningOptions
  @Argument(help: "A proposal's id, or the beginning of it.") var proposal: GivenID<ProposalID>

  func run() async throws {
    let session = try await options.open()
    let id = try await session.proposal(proposal)
    let (what, commit) = try await session.deciding(sharedOn: Remote(publishing: session)) {
      try await $0.revoke(id, signing.signing)
    }
    options.console.result("\(what.id): revoked (\(commit.hex.prefix(10)))")
  }
}

struct WithdrawCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "withdraw", abstract: "Close a proposal that was not approved, with a record.",
    discussion: "The engine signs the record, the branch goes, and merging it later is refused.")

  @OptionGroup var options: GlobalOptions
  @Argument(help: "A proposal's id, or the beginning of it.") var proposal: GivenID<ProposalID>

  func run() async throws {
    let session = try await options.open()
    let id = try await session.proposal(proposal)
    let (what, commit) = try await session.deciding(sharedOn: Remote(publishing: session)) {
      try await $0.withdraw(id)
    }
    options.console.result("\(what.id): withdrawn (\(commit.hex.prefix(10)))")
  }
}

extension Digest: ExpressibleByArgument {
  /// From a word of the command line.
  package init?(argument: String) { self.init(argument) }
}
