import ArgumentParser
import Gate

struct TrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "What this host trusts, and since when it watches the history.",
    subcommands: [Adopt.self, Show.self])

  struct Adopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verify main from its introduction on and remember its tip on this host.",
      discussion:
        "From then on a history that goes back or is replaced is noticed. praxis init does it for its own repository.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
      let session = try await Session.open(options)
      let tip = try await session.store.tip()
      try await Verification(session).adopt(tip)
      session.console.result("\(tip.hex) is the tip that this host goes on from")
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The introduction, its policy and its admins.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
      let session = try await Session.open(options)
      let trust = session.trust
      session.console.result("introduction  \(trust.introduction.hex)")
      session.console.result("policy        \(trust.policy)")
      for admin in trust.admins {
        let keys = admin.keys.map(\.fingerprint).joined(separator: ", ")
        session.console.result("admin         \(admin.name)  \(keys)")
      }
      session.console.result("threshold     \(trust.threshold)")
      let tip = try await session.store.tip()
      let objection = await Verification(session).objection(to: tip)
      session.console.result("main          \(tip.hex)  \(objection?.description ?? "verifies")")
      if objection != nil { throw ExitCode(Exit.refused.rawValue) }
    }
  }
}
