import ArgumentParser
import Engine
import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import StateRepository

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Make a state repository, its policy and this host's trust in it.",
    discussion: """
      For a quick start, --generate-keys makes a key for an engine, an admin and an operator, all without a passphrase, in \
      this installation's private folder. For a site, give the public keys of its people.
      """)

  @OptionGroup var options: GlobalOptions

  @Argument(help: "The new repository's folder.")
  var folder: String

  @Option(help: ArgumentHelp("An admin and the file of their public key; may be repeated.", valueName: "name=key"))
  var admin: [String] = []

  @Option(help: ArgumentHelp("An operator and the file of their public key; may be repeated.", valueName: "name=key"))
  var `operator`: [String] = []

  @Option(help: "The engine's key: the private key's file, or the public one's where an agent holds the private half.")
  var engineKey: String?

  @Option(help: "The engine's name in the policy.")
  var engineName = "engine"

  @Flag(help: "Make the repository bare, for a host without people.")
  var bare = false

  @Flag(
    help:
      "This host alone executes: no shared remote has to take the record of a start. An admin changes it in the policy."
  )
  var withoutRemote = false

  @Flag(help: "Make keys for an engine, an admin and an operator.")
  var generateKeys = false

  func validate() throws {
    if generateKeys {
      guard admin.isEmpty, `operator`.isEmpty, engineKey == nil else {
        throw ValidationError("--generate-keys makes all keys; give none beside it.")
      }
    } else if admin.isEmpty || `operator`.isEmpty || engineKey == nil {
      throw ValidationError("Give --admin, --operator and --engine-key, or --generate-keys for a quick start.")
    }
  }

  func run() async throws {
    let console = options.console
    let installation = Installation(.process)
    let trustPath = options.trustPath(installation)
    // All that can be refused is refused here, before the repository is made.
    try Self.refuseExisting(trustPath)
    let hook = try OwnFile.read(ShippedFiles(.process).preExecuteHook(), limit: 1 << 20)
    try installation.makeFolders()
    let trustFolder = OwnFile.folder(of: trustPath)
    try Folder.makeAll(trustFolder)
    _ = try Folder.names(in: trustFolder)
    let people = try await people(installation)
    let engine = Installation.Engine(name: people.engine.name, key: people.engineKey.path)
    try Self.refuseAnother(engine, in: installation)
    let policy = try Policy.initial(
      engine: people.engine.name, admins: people.admins.map(\.name), operators: people.operators.map(\.name),
      withoutRemote: withoutRemote)
    let signers = try AllowedSigners(
      people.all.map { .init(person: try Self.personName($0.name), key: $0.key, comment: "\($0.name)@praxis") })
    let files: [String: [UInt8]] = [
      Layout.configuration: Array(ConfigurationFile.initial.utf8), Layout.policy: policy.bytes,
      Layout.allowedSigners: signers.bytes,
    ]
    let path = Environment.process.absolute(folder)
    let signer = Session.signer(people.engine.name, people.engineKey)
    let (store, introduction) = try await StateStore.create(
      at: path, isBare: bare, files: files, signer: signer, now: Environment.process.now())
    try await store.useSSHSignatures()
    try installation.write(engine)
    let trust = TrustFile(
      introduction: introduction, policy: Digest(of: policy.bytes),
      admins: people.admins.map { .init(name: $0.name, keys: [$0.key]) }, threshold: 1)
    try trust.write(to: trustPath)
    let session = Session(
      console: console, environment: .process, installation: installation, store: store, trust: trust,
      trustPath: trustPath, spool: installation.spool(introduction: introduction.hex))
    try await Verification(session).adopt(introduction)

    try Self.install(hook, at: installation.preExecuteHook)

    console.result("state repository: \(path)")
    console.result("introduction:     \(introduction.hex), pinned in \(trustPath)")
    if generateKeys {
      console.result("keys:             \(installation.keys)/{engine,admin,operator}, without a passphrase")
    }
    if !withoutRemote {
      console.note(
        "Before anything is executed: give it a remote (git -C \(path) remote add origin URL). Or init with --without-remote if this host alone executes."
      )
    }
    console.note("Next: praxis source add NAME --authority tofu|ansible|snapshot …, then praxis scan.")
  }

  private struct Person {
    var name: String
    var key: PublicKey
  }

  private struct People {
    var engine: Person
    var engineKey: SigningKey
    var admins: [Person]
    var operators: [Person]
    var all: [Person] {
      var seen: Set<String> = []
      return ([engine] + admins + operators).filter { seen.insert("\($0.name) \($0.key.fingerprint)").inserted }
    }
  }

  private func people(_ installation: Installation) async throws -> People {
    guard generateKeys else {
      let signing = SigningKey(path: Environment.process.absolute(engineKey ?? ""))
      return People(
        engine: Person(name: engineName, key: try signing.publicKey()), engineKey: signing,
        admins: try admin.map(Self.person), operators: try `operator`.map(Self.person))
    }
    func generate(_ name: String) async throws -> SigningKey {
      try await SigningKey.generate(at: "\(installation.keys)/\(name)", comment: "\(name)@praxis")
    }
    let engine = try await generate("engine")
    return People(
      engine: Person(name: engineName, key: try engine.publicKey()), engineKey: engine,
      admins: [Person(name: "admin", key: try await generate("admin").publicKey())],
      operators: [Person(name: "operator", key: try await generate("operator").publicKey())])
  }

  private static func person(_ argument: String) throws -> Person {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw ValidationError("NAME=KEY is needed, not \(argument).")
    }
    return Person(name: parts[0], key: try SigningKey(path: Environment.process.absolute(parts[1])).publicKey())
  }

  private static func personName(_ text: String) throws -> PersonName {
    guard let name = PersonName(text) else {
      throw ValidationError("\(text) is no name that a policy can hold.")
    }
    return name
  }

  /// The second opinion is installed once and then the site's own: one that is there is left alone.
  private static func install(_ bytes: [UInt8], at place: String) throws {
    guard !isThere(place) else { return }
    try Folder.makeAll(OwnFile.folder(of: place))
    try OwnFile.write(bytes, to: place)
    guard chmod(place, 0o700) == 0 else {
      throw Failure(.hookNotInstalled, place, "it cannot be made executable", hint: "Run chmod 700 \(place).")
    }
  }

  /// An installation has one engine: whoever signs for another repository with it keeps it.
  private static func refuseAnother(_ engine: Installation.Engine, in installation: Installation) throws {
    guard isThere(installation.engineFile), try installation.readEngine() != engine else { return }
    throw Failure(
      .exists, installation.engineFile, "this installation is another engine's already",
      hint: "Name another installation with $PRAXIS_HOME.")
  }

  /// Whether there is anything at the path. A dangling link or an unreadable file counts, too: it belongs to someone.
  private static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  private static func refuseExisting(_ trustPath: String) throws {
    guard !isThere(trustPath) else {
      throw Failure(
        .exists, trustPath, "this installation trusts a repository already",
        hint: "Name another trust file with --trust, or another installation with $PRAXIS_HOME.")
    }
  }
}

extension StateStore {
  /// Makes plain git in the work tree verify with the shipped keys.
  func useSSHSignatures() async throws {
    try await repository.setConfiguration("gpg.format", to: "ssh")
    try await repository.setConfiguration("core.logAllRefUpdates", to: "always")
    if let workTree = repository.workTree {
      try await repository.setConfiguration(
        "gpg.ssh.allowedSignersFile", to: "\(workTree)\(Layout.allowedSigners)")
    }
  }
}
