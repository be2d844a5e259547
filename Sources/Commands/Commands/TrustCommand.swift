import ArgumentParser
import Engine
import Failures
import Gate
import Git
import Glibc

struct TrustCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trust", abstract: "What this host trusts, and from which commit on.",
    subcommands: [Adopt.self, AcceptRewind.self, Show.self])

  struct Adopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Verify main from its introduction on and remember its tip on this host.",
      discussion:
        "From then on a history that goes back or is replaced is noticed. praxis init does it for its own repository.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
      let session = try await options.open()
      let tip = try await session.store.tip()
      try await Verification(session).adopt(tip)
      options.console.result("\(tip.hex) is recorded as the trusted tip of main")
    }
  }

  struct AcceptRewind: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Go on from an earlier commit than this host has seen; an admin signs for it.",
      discussion: """
        For a main that does not verify, or whose last commits are gone: an admin resets it to the last good commit (praxis doctor and \
        praxis audit name the first bad one) and accepts that here. The acceptance is signed, and kept beside the seen file. The runs \
        that are discarded with it wait in the spool again, as far as this host has them, and the next scan records them.
        """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The commit that main was reset to; 40 digits.") var commit: CommitID
    @Option(
      help: ArgumentHelp(
        "The file of the admin's key; else this installation's admin key, else what git signs with (user.signingkey).",
        valueName: "key"))
    var signWith: String?

    func run() async throws {
      let session = try await options.open()
      let key = try await session.signingKey(Signing(person: nil, key: signWith, own: "admin"))
      let (admin, from, waiting) = try await Verification(session).acceptRewind(to: commit.id, signedBy: key)
      options.console.result(
        "\(admin) accepts \(commit.id) as the tip of main; \(from.map(\.hex) ?? "what came after it") is discarded"
      )
      if waiting > 0 {
        options.console.note("runs of it that wait in the spool again, for the next praxis scan to record: \(waiting)")
      }
    }
  }

  /// A commit's full id; a short one could become another commit's, too.
  struct CommitID: ExpressibleByArgument, Sendable {
    let id: ObjectID

    init?(argument: String) {
      guard let id = ObjectID(hex: argument) else { return nil }
      self.id = id
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The introduction, its policy and its admins.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
      let session = try await options.open()
      let trust = session.trust
      options.console.result("introduction  \(trust.introduction.hex)")
      options.console.result("policy        \(trust.policy)")
      for admin in trust.admins {
        let keys = admin.keys.map(\.fingerprint).joined(separator: ", ")
        options.console.result("admin         \(admin.name)  \(keys)")
      }
      options.console.result("threshold     \(trust.threshold)")
      let tip = try await session.store.tip()
      let objection = await Verification(session).objection(to: tip)
      options.console.result("main          \(tip.hex)  \(objection?.description ?? "verifies")")
      if objection != nil { throw ExitCode(Exit.refused.rawValue) }
    }
  }
}
