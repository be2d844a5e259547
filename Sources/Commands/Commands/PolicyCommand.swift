import ArgumentParser
import Engine
import Facts
import Gate
import Report

struct PolicyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Who may do what: show it, and change it as a commit signed by an admin.",
    discussion: """
      Each change is one signed commit with the next version of policy/policy.yaml; where the policy wants more admins, it waits on a \
      branch that another admin merges. docs/policy.md explains every key.
      """,
    subcommands: [Show.self, AddPerson.self, RemovePerson.self, RotateKey.self, ChangeSetting.self])

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "The policy in force on main.")
    @OptionGroup var options: GlobalOptions
    @Flag(help: "As JSON.") var json = false

    func run() async throws {
      let session = try await options.open()
      let tip = try await session.store.tip()
      let failure = try await session.warnUnlessVerified(tip)
      let report = PolicyReport(try await PolicyInForce.read(from: session.store.repository, at: tip))
      json ? options.console.result(report.json) : options.console.result(report.text)
      if let failure { throw ExitCode(failure.exit.rawValue) }
    }
  }

  struct AddPerson: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a person, or an engine, with a key and what they may do.",
      discussion: "An engine records and does nothing else. In place of the names of sources, '*' means all.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var admin: AdminOptions
    @Argument(help: "The name in the policy.") var name: PersonName
    @Option(help: "The file of the public key.", completion: .file()) var key: String
    @Flag(help: "May change the policy and praxis.yaml.") var isAdmin = false
    @Option(help: ArgumentHelp("A source that they may approve for; may be repeated.", valueName: "source"))
    var approves: [String] = []
    @Option(help: "The highest tier that they may approve.") var upTo = Tier.t3
    @Option(help: ArgumentHelp("A source that this engine may record; may be repeated.", valueName: "source"))
    var records: [String] = []

    func validate() throws {
      guard try roles() != Policy.Roles() else {
        throw ValidationError("Say what they may do: --is-admin, --approves SOURCE or --records SOURCE.")
      }
    }

    func run() async throws {
      let roles = try roles()
      let key = try SigningKey(named: Environment.process.absolute(key)).publicKey()
      try await options.change(.add(name, roles, key), "add \(name)", admin.signing)
    }

    private func roles() throws -> Policy.Roles {
      Policy.Roles(
        engine: try sources(records),
        operator: try sources(approves).map { Policy.Operator(sources: $0, upTo: upTo) }, admin: isAdmin)
    }

    private func sources(_ words: [String]) throws -> Policy.Sources? {
      if words.isEmpty { return nil }
      if words == ["*"] { return .all }
      return .named(
        try words.map { word in
          guard let name = SourceName(word) else { throw ValidationError("\(word) is no name of a source.") }
          return name
        })
    }
  }

  struct RemovePerson: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a person's roles and keys away. What they signed before stays valid.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var admin: AdminOptions
    @Argument(help: "The name in the policy.") var name: PersonName

    func run() async throws { try await options.change(.remove(name), "remove \(name)", admin.signing) }
  }

  struct RotateKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Put a new key in the place of all that a person, or an engine, has.")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var admin: AdminOptions
    @Argument(help: "The name in the policy.") var name: PersonName
    @Option(help: "The file of the new public key.", completion: .file()) var key: String

    func run() async throws {
      let key = try SigningKey(named: Environment.process.absolute(key)).publicKey()
      try await options.change(.replaceKeys(of: name, by: key), "new key of \(name)", admin.signing)
    }
  }

  struct ChangeSetting: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "set", abstract: "Change one setting.",
      discussion: "Settings: \(Policy.settings.joined(separator: ", ")).")
    @OptionGroup var options: GlobalOptions
    @OptionGroup var admin: AdminOptions
    @Argument(help: "The setting, such as tiers.T2.approvals.", completion: .list(Policy.settings)) var setting: String
    @Argument(help: "What it is from now on; lists with commas.") var value: String

    func run() async throws { try await options.change(.set(setting, to: value), "set \(setting)", admin.signing) }
  }
}

extension GlobalOptions {
  fileprivate func change(_ change: PolicyChange, _ words: String, _ signing: Signing) async throws {
    let session = try await open()
    let (changed, wasWrittenAnew) = try await session.deciding(sharedOn: Remote(publishing: session)) {
      try await $0.change(change, saying: words, signing)
    }
    console.result(changed.text("policy: \(words)"))
    if wasWrittenAnew {
      console.note("\(Layout.policy) is written in praxis' own form; comments in it stand in the version before alone.")
    }
  }
}

extension Tier: ExpressibleByArgument {}
