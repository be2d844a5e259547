import Foundation
import Testing

/// A person signs with the key that git is set to sign with, and no program of a setting's is run.
@Suite struct GitSigningSettingsTests {
  /// A fleet whose operator's key lies where people's keys lie.
  private struct Person {
    let fleet: SnapshotFleet
    let key: String
    private let proposal: (id: String, digest: String)

    init() async throws {
      fleet = try await SnapshotFleet()
      try await fleet.expect(3, "scan")
      let folder = "\(fleet.path)/user/.ssh"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      key = "\(folder)/id_ed25519"
      for end in ["", ".pub"] {
        try FileManager.default.moveItem(atPath: "\(fleet.home)/keys/operator\(end)", toPath: key + end)
      }
      proposal = try await fleet.propose("bless", "hosts")
    }

    var publicLine: String {
      get throws { try String(contentsOfFile: "\(key).pub", encoding: .utf8).trimmingCharacters(in: .newlines) }
    }

    func write(_ text: String, to file: String) throws {
      let path = "\(fleet.path)/user/\(file)"
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    func approve(_ words: String..., agent: String? = nil) async throws -> Said {
      var environment = fleet.environment
      environment["GIT_CONFIG_GLOBAL"] = nil
      environment["SSH_AUTH_SOCK"] = agent
      return try await execute(
        fleet.program, ["approve", proposal.id, "--digest", proposal.digest] + words, environment: environment,
        in: fleet.path)
    }

    /// Gives the key a passphrase.
    func lock() async throws {
      let said = try await execute(
        "/usr/bin/ssh-keygen", ["-q", "-p", "-P", "", "-N", "a passphrase", "-f", key], environment: fleet.environment,
        in: fleet.path)
      try #require(said.code == 0, "\(said.errors)")
    }

    /// Runs a body beside an agent that ends with it.
    func withAgent(_ body: (String) async throws -> Void) async throws {
      let socket = "\(NSTemporaryDirectory())agent-\(UUID().uuidString.prefix(8))"
      let started = try await execute(
        "/usr/bin/ssh-agent", ["-a", socket, "-s"], environment: fleet.environment, in: fleet.path)
      let number = try #require(started.output.firstMatch(of: /SSH_AGENT_PID=([0-9]+)/)?.1)
      defer {
        kill(pid_t(number) ?? 0, SIGTERM)
        try? FileManager.default.removeItem(atPath: socket)
      }
      try await body(socket)
    }

    func add(to agent: String) async throws {
      let said = try await execute(
        "/usr/bin/ssh-add", ["-q", key], environment: fleet.environment.merging(["SSH_AUTH_SOCK": agent]) { $1 },
        in: fleet.path)
      try #require(said.code == 0, "\(said.errors)")
    }
  }

  @Test(arguments: [
    (".gitconfig", "[gpg]\nformat = ssh\n[user]\nsigningkey = ~/.ssh/id_ed25519\n"),
    (".gitconfig", "[user]\nsigningkey = ~/.ssh/id_ed25519.pub\n"),
    (".config/git/config", "[user]\nsigningkey = ~/.ssh/id_ed25519\n"),
    (".gitconfig", "[include]\npath = more\n"),
    (".gitconfig", "[include]\npath = ~/more\n"),
    (".gitconfig", "[includeIf \"gitdir:**/state/.git\"]\npath = ~/more\n"),
    (".gitconfig", "[user]\nsigningkey = ../user/.ssh/id_ed25519\n"),
  ])
  func `the key of git's own settings signs, wherever git reads them`(_ file: String, _ settings: String) async throws {
    let person = try await Person()
    #expect(try await person.approve().errors.contains("no-key"))
    try person.write(settings, to: file)
    try person.write("[gpg]\nformat = ssh\n[user]\nsigningkey = ~/.ssh/id_ed25519\n", to: "more")
    let said = try await person.approve()
    #expect(said.code == 0 && said.output.contains("approved by operator"), "\(said)")
  }

  @Test(arguments: ["key::", ""])
  func `a key that the settings spell out is the agent's, and without it people are told what to type`(
    _ prefix: String
  ) async throws {
    let person = try await Person()
    try person.write("[user]\nsigningkey = \"\(prefix)\(try person.publicLine)\"\n", to: ".gitconfig")
    let alone = try await person.approve()
    #expect(alone.code == 1 && alone.errors.contains(#"eval "$(ssh-agent)"; ssh-add FILE"#), "\(alone)")
    try await person.withAgent { agent in
      let empty = try await person.approve(agent: agent)
      #expect(empty.code == 1 && empty.errors.contains("the agent does not hold it"), "\(empty)")
      try await person.add(to: agent)
      let said = try await person.approve(agent: agent)
      #expect(said.code == 0, "\(said)")
    }
  }

  @Test func `a passphrase without an agent is told with what to type`() async throws {
    let person = try await Person()
    try await person.lock()
    let alone = try await person.approve("--sign-with", person.key)
    #expect(alone.errors.contains(#"eval "$(ssh-agent)"; ssh-add \#(person.key)"#), "\(alone)")
    let dead = try await person.approve("--sign-with", person.key, agent: "\(person.fleet.path)/nobody")
    #expect(dead.errors.contains("the agent of SSH_AUTH_SOCK does not answer"), "\(dead)")
    try await person.withAgent { agent in
      let empty = try await person.approve("--sign-with", "\(person.key).pub", agent: agent)
      #expect(empty.errors.contains("ssh-add \(person.key) and then"), "\(empty)")
    }
    #expect(alone.code == 1 && dead.code == 1)
  }

  @Test(arguments: [
    ("[gpg]\nformat = openpgp\n[user]\nsigningkey = ABCD1234\n", Int32(1), "git signs with openpgp here"),
    ("[user]\nsigningkey = ABCD1234\n", 1, "ABCD1234 is no file, and no SSH key"),
    ("[user]\nsigningkey = \"key::ssh-ed25519 nonsense\"\n", 4, "key-malformed"),
    (
      "[gpg \"ssh\"]\nprogram = /bin/true\n[user]\nsigningkey = ~/.ssh/id_ed25519\n", 4, "git would sign with /bin/true"
    ),
    ("[gpg \"ssh\"]\ndefaultKeyCommand = ssh-add -L\n", 4, "praxis runs none that a setting names"),
  ])
  func `what cannot sign an approval is refused with the reason and what to type`(
    _ settings: String, _ ends: Int32, _ why: String
  ) async throws {
    let person = try await Person()
    // What the repository itself says is stronger.
    try await person.fleet.git("config", "--unset", "gpg.format")
    try person.write(settings, to: ".gitconfig")
    let said = try await person.approve()
    #expect(said.code == ends && said.errors.contains(why), "\(said)")
    // Whoever names the key needs no setting.
    #expect(try await person.approve("--sign-with", person.key).code == 0)
  }

  @Test func `a typed path that leads nowhere is wrong input and no lost file`() async throws {
    let person = try await Person()
    let nowhere = "\(person.fleet.path)/nowhere"
    for words in [
      ["approve", "p-aaaaaaaaaaaa", "--digest", "sha256:\(String(repeating: "0", count: 64))", "--sign-with", nowhere],
      ["policy", "add-person", "bob", "--key", nowhere, "--approves", "hosts"],
      ["policy", "set", "tiers.T1.valid-for", "3d", "--sign-with", nowhere],
      ["source", "remove", "hosts", "--sign-with", nowhere],
      ["engine", "join", person.fleet.repository, "--name", "second", "--trust-from", nowhere],
    ] {
      let said = try await execute(
        person.fleet.program, words,
        environment: person.fleet.environment.merging(
          words[0] == "engine" ? ["PRAXIS_HOME": "\(person.fleet.path)/second"] : [:]
        ) { $1 }, in: person.fleet.path)
      #expect(said.code == 1 && !said.errors.contains("Restore it"), "\(words): \(said)")
    }
  }
}
