import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import StateRepository

/// What makes this host an engine of a repository that others set up, and gives its engine another key.
///
/// The policy says whose key is whose, so that an admin has the last word on both. A call that was broken off is made again.
package struct EngineSetUp: Sendable {
  /// An engine's key that the policy may not name yet.
  package struct Offer: Sendable {
    package var name: PersonName
    package var key: PublicKey
    /// Where its public half lies.
    package var path: String
    /// Whether the policy names an engine of this name already: then its key is exchanged, else the engine is added.
    package var isKnown: Bool
    /// Whether the policy names the key, so that the engine signs with it from now on.
    package var isInForce: Bool
    /// Where the request for other engines' redaction keys lies; nil where none was made.
    package var request: String?
  }

  let console: any Console
  let environment: Environment
  let installation: Installation

  package init(console: any Console, environment: Environment) {
    self.console = console
    self.environment = environment
    installation = Installation(environment)
  }

  /// Gives this installation an engine with a key of its own, the trust file, and the memory of a clone that verifies.
  ///
  /// - Parameters:
  ///   - trust: the trust file of a host that has joined before, or of the one that made the repository.
  ///   - repository: a clone.
  ///   - trustPath: where this installation keeps its trust file.
  /// - Throws: `exists` where this installation is an engine's already, or trusts another repository; what the clone's main meets.
  package func join(
    as name: PersonName, trusting trust: String, repository: String, trustPath: String
  ) async throws -> Offer {
    var made = MadeFiles()
    do {
      return try await join(as: name, trusting: trust, repository: repository, trustPath: trustPath, &made)
    } catch {
      made.takeAway()
      throw error
    }
  }

  private func join(
    as name: PersonName, trusting given: String, repository: String, trustPath: String, _ made: inout MadeFiles
  ) async throws -> Offer {
    let hook = try OwnFile.read(ShippedFiles(environment).preExecuteHook(), limit: Bounds.ownFile)
    guard !Begun.isThere(installation.engineFile) else {
      throw Failure(
        .exists, installation.engineFile, "this installation is an engine's already",
        hint: "praxis engine rotate-key gives it another key; another installation is named with $PRAXIS_HOME.")
    }
    try OwnFile.checkNamed(given)
    let trust = try TrustFile.read(at: given)
    if Begun.isThere(trustPath), try TrustFile.read(at: trustPath).bytes != trust.bytes {
      throw Failure(
        .exists, trustPath, "this installation trusts another repository already",
        hint: "Name another trust file with --trust, or another installation with $PRAXIS_HOME.")
    }
    let store = try await StateStore.open(at: repository)
    try await trust.check(against: store.repository)
    // An engine's key in the place of a person's would decide for that person.
    let people = try await PolicyInForce.read(from: store.repository, at: store.tip()).policy.people
    if let roles = people[name], roles.engine == nil {
      throw Failure(
        .wrongPerson, "\(name)", "it is a person's name in the policy, and no engine's",
        hint: "Name this engine otherwise: --name engine-2.")
    }
    try installation.makeFolders { made.folder($0) }
    let session = Session(
      console: console, environment: environment, installation: installation, store: store, trust: trust,
      trustPath: trustPath, spool: installation.spool(introduction: trust.introduction.hex))
    let seen = installation.seen(introduction: trust.introduction)
    if try seen.read() == nil {
      made.file(seen.path)
      try await Verification(session).adopt(store.tip())
    } else {
      _ = try await Verification(session).check(store.tip())
    }
    let path = "\(installation.keys)/\(name)"
    if !Begun.isThere(path) {
      _ = try await SigningKey.generate(at: path, comment: "\(name)@praxis")
      made.file(path)
      made.file("\(path).pub")
    }
    for own in [installation.agreementFile(of: name), installation.requestFile(of: name)] where !Begun.isThere(own) {
      made.file(own)
    }
    var offer = try await offer(of: name, path, in: store)
    offer.request = try await installation.requestKeys(
      as: name, signedBy: SigningKey(path: path), of: trust.introduction)
    try installation.install(hook: hook, &made)
    try await store.useSSHSignatures(at: store.repository.workTree.map(OwnFile.realPath))
    if !Begun.isThere(trustPath) {
      try Folder.makeAll(OwnFile.folder(of: trustPath)) { made.folder($0) }
      made.file(trustPath)
      try trust.write(to: trustPath)
    }
    try installation.write(Installation.Engine(name: name.text, key: path))
    return offer
  }

  /// Makes the engine's next key, or takes it into use where the policy names it by now.
  package func rotateKey(in session: Session) async throws -> Offer {
    var engine = try installation.readEngine()
    let name = try PersonName(checking: engine.name)
    if engine.next == nil {
      let digits = String(UInt32.random(in: .min ... .max), radix: 16)
      engine.next = "\(installation.keys)/\(name)-\(digits)"
      try installation.write(engine)
    }
    guard let next = engine.next else { preconditionFailure("it was set above") }
    if !Begun.isThere(next) { _ = try await SigningKey.generate(at: next, comment: "\(name)@praxis") }
    _ = try await Verification(session).check(session.store.tip())
    let offer = try await offer(of: name, next, in: session.store)
    if offer.isInForce { try installation.write(Installation.Engine(name: engine.name, key: next)) }
    return offer
  }

  private func offer(of name: PersonName, _ path: String, in store: StateStore) async throws -> Offer {
    let key = try SigningKey(path: path).publicKey()
    let policy = try await PolicyInForce.read(from: store.repository, at: store.tip())
    return Offer(
      name: name, key: key, path: "\(path).pub", isKnown: policy.policy.people[name] != nil,
      isInForce: policy.signers.person(of: key) == name)
  }
}

extension Installation {
  /// The second opinion is installed once and then the site's own: one that is there is left alone.
  func install(hook bytes: [UInt8], _ made: inout MadeFiles) throws {
    let place = preExecuteHook
    guard !Begun.isThere(place) else { return }
    try Folder.makeAll(OwnFile.folder(of: place)) { made.folder($0) }
    made.file(place)
    try OwnFile.write(bytes, to: place)
    guard chmod(place, 0o700) == 0 else {
      throw Failure(.hookNotInstalled, place, "it cannot be made executable", hint: "Run chmod 700 \(place).")
    }
  }
}
