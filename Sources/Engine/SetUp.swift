import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import StateRepository

/// What `praxis init` makes: a state repository with its policy, and this installation's engine, hook and trust. All of it, or nothing.
///
/// Everything is whole before any of it is put in place: keys and the engine's file in the folder `init` of the installation, the
/// repository in a folder inside its own. The repository's `.git` (a bare one's `HEAD`) is moved last. A crash before that leaves what the
/// next call takes away, and a crash after it leaves what the next call finishes: ``Begun``.
package struct SetUp: Sendable {
  /// Someone of the first policy.
  package struct Person: Sendable {
    package var name: String
    package var key: PublicKey

    package init(name: String, key: PublicKey) {
      self.name = name
      self.key = key
    }
  }

  /// Whom the first policy names.
  package enum People: Sendable {
    /// An engine, an admin, and the two operators that T3 takes, with new keys.
    case generated
    case given(engine: Installation.Engine, admins: [Person], operators: [Person])
  }

  /// What a call came to.
  package enum Outcome: Sendable, Equatable {
    case made(introduction: ObjectID)
    /// An earlier call for the same repository was broken off; what it was asked for is all there now.
    case finished(introduction: ObjectID)
  }

  /// The operators whose keys are generated.
  package static let generatedOperators = ["operator", "second-operator"]

  /// Where the repository lies within its folder until it is whole.
  static let scratch = ".praxis-init"

  let console: any Console
  let environment: Environment
  let installation: Installation
  let trustPath: String
  /// The repository's folder; an absolute path.
  let repository: String
  let isBare: Bool
  let withoutRemote: Bool
  let people: People
  /// Called before each change on the disk; for tests, which keep what is there then.
  var beforeStep: @Sendable (String) throws -> Void = { _ in }

  package init(
    console: any Console, environment: Environment, trustPath: String, repository: String, isBare: Bool,
    withoutRemote: Bool, people: People
  ) {
    self.console = console
    self.environment = environment
    installation = Installation(environment)
    self.trustPath = trustPath
    self.repository = repository
    self.isBare = isBare
    self.withoutRemote = withoutRemote
    self.people = people
  }

  /// Makes all of it.
  ///
  /// - Throws: what stood in the way; nothing is there then that was not there before.
  package func make() async throws -> Outcome {
    var made = MadeFiles()
    do {
      return try await make(&made)
    } catch {
      made.takeAway()
      throw error
    }
  }

  private func make(_ made: inout MadeFiles) async throws -> Outcome {
    // All that can be refused is refused here, before anything is made.
    let hook = try OwnFile.read(ShippedFiles(environment).preExecuteHook(), limit: Bounds.ownFile)
    try refuseAnotherUser()
    try installation.makeFolders { made.folder($0) }
    let lock = try RepositoryLock(onFolder: installation.state)
    defer { withExtendedLifetime(lock) {} }
    let earlier = try Begun.read(in: installation)
    let finished = try await finish(earlier)
    Folder.remove(installation.unfinished)
    if let earlier, let finished {
      if earlier.repository == repository { return .finished(introduction: finished) }
      console.note("The state repository \(earlier.repository), which an earlier call began, is finished now.")
    }
    try refuseExisting()
    let trustFolder = OwnFile.folder(of: trustPath)
    try Folder.makeAll(trustFolder) { made.folder($0) }
    _ = try Folder.names(in: trustFolder)

    try beforeStep("stage")
    made.tree(installation.unfinished)
    try Folder.make(installation.unfinished)
    let parties = try await parties()
    try Folder.makeAll(repository) { made.folder($0) }
    let scratch = "\(repository)/\(Self.scratch)"
    Folder.remove(scratch)
    made.tree(scratch)
    let (staged, introduction) = try await StateStore.create(
      at: scratch, isBare: isBare, files: parties.files(withoutRemote),
      signer: Session.signer(parties.engine.name, parties.signingKey), now: environment.now())
    try await staged.useSSHSignatures(at: isBare ? nil : OwnFile.realPath(repository))
    let begun = Begun(
      repository: repository, trust: trustPath, introduction: introduction,
      parts: try Folder.names(in: scratch) ?? [], last: isBare ? "HEAD" : ".git")
    try begun.write(in: installation)

    try beforeStep("keys and engine")
    for name in try begun.files(in: installation) {
      let path = "\(installation.state)/\(name)"
      guard link("\(installation.unfinished)/\(name)", path) == 0 else { throw OwnFile.failure("make", path) }
      made.file(path)
      try beforeStep(name)
    }
    try OwnFile.synchronise(installation.keys)
    try OwnFile.synchronise(installation.state)
    try beforeStep("hook")
    try installation.install(hook: hook, &made)
    for part in begun.parts {
      try beforeStep(part)
      let path = "\(repository)/\(part)"
      guard rename("\(scratch)/\(part)", path) == 0 else { throw OwnFile.failure("make", path) }
      made.tree(path)
    }
    try OwnFile.synchronise(repository)
    try beforeStep("memory")
    made.file(installation.seen(introduction: introduction).path)
    try await remember(begun)
    made.file(trustPath)
    try beforeStep("end")
    Folder.remove(scratch)
    Folder.remove(installation.unfinished)
    return .made(introduction: introduction)
  }

  /// What root made in another user's installation, that user could not read.
  private func refuseAnotherUser() throws(Failure) {
    for folder in [installation.state, installation.configuration] {
      var status = stat()
      guard stat(folder, &status) == 0, status.st_uid != geteuid() else { continue }
      throw Failure(
        .fileOwner, folder, "the folder belongs to user \(status.st_uid), and this is user \(geteuid())",
        hint:
          "Run praxis init as its owner, for example with sudo -u praxis, or name another installation with $PRAXIS_HOME."
      )
    }
  }

  private func refuseExisting() throws {
    guard !Begun.isThere(trustPath) else {
      throw Failure(
        .exists, trustPath, "this installation trusts a repository already",
        hint: "Name another trust file with --trust, or another installation with $PRAXIS_HOME.")
    }
    let names = try Folder.names(in: repository) ?? []
    guard names.allSatisfy({ $0 == Self.scratch }) else {
      throw Failure(
        .exists, repository, "the folder is there and not empty",
        hint: "Name a new folder for the state repository, or an empty one.")
    }
    switch people {
    case .generated:
      for name in ["engine", "admin"] + Self.generatedOperators {
        for path in ["\(installation.keys)/\(name)", "\(installation.keys)/\(name).pub"] where Begun.isThere(path) {
          throw Failure(
            .keyExists, path, "it is there already and is not overwritten",
            hint: "Name it with --engine-key, --admin or --operator, or another installation with $PRAXIS_HOME.")
        }
      }
      try refuseAnotherEngine(generatedEngine)
    case .given(let engine, _, _): try refuseAnotherEngine(engine)
    }
  }

  private var generatedEngine: Installation.Engine { .init(name: "engine", key: "\(installation.keys)/engine") }

  /// An installation has one engine: whoever signs for another repository with it keeps it.
  private func refuseAnotherEngine(_ engine: Installation.Engine) throws {
    guard Begun.isThere(installation.engineFile), try installation.readEngine() != engine else { return }
    throw Failure(
      .exists, installation.engineFile, "this installation is another engine's already",
      hint: "Name another installation with $PRAXIS_HOME.")
  }

  /// Keys and the engine's file, in the folder of what is not in place yet.
  private func parties() async throws -> Parties {
    var staged = installation
    staged.state = installation.unfinished
    try Folder.make(staged.keys)
    func generate(_ name: String) async throws -> Person {
      let key = try await SigningKey.generate(at: "\(staged.keys)/\(name)", comment: "\(name)@praxis")
      return Person(name: name, key: try key.publicKey())
    }
    let parties: Parties
    switch people {
    case .generated:
      let engine = try await generate("engine")
      var operators: [Person] = []
      for name in Self.generatedOperators { operators.append(try await generate(name)) }
      parties = Parties(
        engine: engine, signingKey: SigningKey(path: "\(staged.keys)/engine"), admins: [try await generate("admin")],
        operators: operators)
      if !Begun.isThere(installation.engineFile) { try staged.write(generatedEngine) }
    case .given(let engine, let admins, let operators):
      let key = SigningKey(path: engine.key)
      parties = Parties(
        engine: Person(name: engine.name, key: try key.publicKey()), signingKey: key, admins: admins,
        operators: operators)
      if !Begun.isThere(installation.engineFile) { try staged.write(engine) }
    }
    return parties
  }
}

/// Whom the first policy names, with their keys.
private struct Parties {
  var engine: SetUp.Person
  /// The engine's key, where it lies now.
  var signingKey: SigningKey
  var admins: [SetUp.Person]
  var operators: [SetUp.Person]

  /// What the introduction holds.
  func files(_ withoutRemote: Bool) throws(Failure) -> [String: [UInt8]] {
    let policy = try Policy.initial(
      engine: engine.name, admins: admins.map(\.name), operators: operators.map(\.name), withoutRemote: withoutRemote)
    var seen: Set<String> = []
    var signers: [AllowedSigners.Entry] = []
    for person in [engine] + admins + operators
    where seen.insert("\(person.name) \(person.key.fingerprint)").inserted {
      signers.append(
        .init(person: try PersonName(checking: person.name), key: person.key, comment: "\(person.name)@praxis"))
    }
    return [
      Layout.configuration: Array(ConfigurationFile.initial.utf8), Layout.policy: policy.bytes,
      Layout.allowedSigners: try AllowedSigners(signers).bytes,
    ]
  }
}

extension StateStore {
  /// Makes plain git in the work tree verify with the shipped keys.
  ///
  /// - Parameter workTree: where the work tree will lie; nil for a bare repository.
  func useSSHSignatures(at workTree: String?) async throws {
    try await repository.setConfiguration("gpg.format", to: "ssh")
    try await repository.setConfiguration("core.logAllRefUpdates", to: "always")
    if let workTree {
      try await repository.setConfiguration(
        "gpg.ssh.allowedSignersFile", to: "\(workTree)/\(Layout.allowedSigners)")
    }
  }
}
