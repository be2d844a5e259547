import ArgumentParser
import Converge
import Facts
import Gate
import StateRepository

struct ProposeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "propose", abstract: "Put a change on a branch, for a person to review and approve by a signed merge.",
    subcommands: [BlessCommand.self])

  struct BlessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "bless", abstract: "The observed facts of a snapshot as its new known-good.",
      discussion: """
        Without targets: those that have no known-good yet. Facts that were blessed before and have changed are taken only for \
        targets that you name.
        """)

    @OptionGroup var options: GlobalOptions
    @Argument var source: SourceName
    @Argument var targets: [String] = []
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      let session = try await Session.open(options)
      let tip = try await session.store.tip()
      try await Verification(session).check(tip)
      let policy = try await Verification(session).policy(at: tip)
      let signer = try session.engineSigner()
      let terms = ProposalTerms(
        signer: signer, engine: signer.name, policyVersion: policy.version,
        validForSeconds: policy.validForSeconds(.t1), now: Environment.now())
      let proposed = try await Bless(store: session.store, spool: session.spool).propose(
        source, targets: targets, terms)
      let branch = String(proposed.branch.dropFirst("refs/heads/".count))
      if json {
        session.console.result(
          CanonicalJSON.bytes(
            .object([
              "format": "praxis.proposed/1", "id": .string(proposed.proposal.id), "branch": .string(branch),
              "commit": .string(proposed.commit.hex), "digest": .string(proposed.proposal.digest.text),
              "tier": .string(proposed.proposal.tier.rawValue),
              "notAfter": .string(proposed.proposal.notAfter.rfc3339),
            ])))
        return
      }
      session.console.result(proposed.dryRun)
      session.console.result(
        """
        \(proposed.proposal.id): tier \(proposed.proposal.tier.rawValue), to be approved until \(proposed.proposal.notAfter)
        Review it:   git diff main...\(branch)
        Approve it:  git merge --no-ff -S \(branch)
        """)
    }
  }
}
