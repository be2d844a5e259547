import Facts
import Failures
import Files
import Gate
import Git
import StateRepository

/// An opened state repository with what this installation knows of it.
package struct Session: Sendable {
  package let console: any Console
  /// The process' surroundings, and the clock.
  package let environment: Environment
  package let installation: Installation
  package let store: StateStore
  package let trust: TrustFile
  /// Where the trust file lies.
  package let trustPath: String
  package let spool: Spool

  package init(
    console: any Console, environment: Environment, installation: Installation, store: StateStore, trust: TrustFile,
    trustPath: String, spool: Spool
  ) {
    self.console = console
    self.environment = environment
    self.installation = installation
    self.store = store
    self.trust = trust
    self.trustPath = trustPath
    self.spool = spool
  }

  /// Opens a repository, and reads the trust file that belongs to it.
  ///
  /// - Parameters:
  ///   - repository: its path; nil for `$PRAXIS_REPO`, else the one around the current folder.
  ///   - trust: the trust file's path; nil for `$PRAXIS_TRUST`, else this installation's.
  package static func open(
    repository: String?, trust: String?, console: any Console, environment: Environment
  ) async throws -> Session {
    let installation = Installation(environment)
    let store = try await StateStore.open(at: repositoryPath(repository, environment))
    let path = trustPath(trust, installation, environment)
    if trust != nil { try OwnFile.checkNamed(path) }
    let trust = try TrustFile.read(at: path)
    // Every command takes a time for now, so every command raises the floor of the clock. A memory that cannot be read is told by whoever
    // needs it: doctor has to come as far as that.
    try? installation.seen(introduction: trust.introduction).raiseClock(to: environment.now())
    return Session(
      console: console, environment: environment, installation: installation, store: store, trust: trust,
      trustPath: path, spool: installation.spool(introduction: trust.introduction.hex))
  }

  package static func trustPath(_ named: String?, _ installation: Installation, _ environment: Environment) -> String {
    environment.absolute(named ?? environment.value("PRAXIS_TRUST") ?? installation.trustFile)
  }

  package static func repositoryPath(_ named: String?, _ environment: Environment) throws -> String {
    if let path = named ?? environment.value("PRAXIS_REPO"), !path.isEmpty {
      return environment.absolute(path)
    }
    guard let found = try Repository.discover(from: environment.currentFolder) else {
      throw Failure(
        .notFound, "", "there is no repository around the current folder",
        hint: "Name the state repository with --repo or $PRAXIS_REPO, or make one with praxis init.")
    }
    return found
  }

  /// The present time.
  package func now() -> Timestamp { environment.now() }

  /// The gate at the present time.
  package func gate(_ signatures: SignatureChecker = .sshKeygen) -> Gate {
    Gate(store.repository, from: trust.introduction, signatures: signatures, at: now())
  }

  /// The signer for this engine's commits.
  package func engineSigner() throws -> CommitSigner {
    let engine = try installation.readEngine()
    return Self.signer(engine.name, SigningKey(path: engine.key))
  }

  package static func signer(_ name: String, _ key: SigningKey) -> CommitSigner {
    CommitSigner(name: name) { payload async throws(Failure) in
      do throws(Failure) {
        return try await key.sign(payload, namespace: "git")
      } catch {
        throw Failure(.notSigned, key.path, error.message, hint: error.hint)
      }
    }
  }

  /// What recording needs: the engine's signature, the clock, and a main that verifies.
  package func recordingTerms() throws -> RecordingTerms {
    let verification = Verification(self)
    let spool = spool
    let engine = try installation.readEngine()
    return RecordingTerms(
      signer: Self.signer(engine.name, SigningKey(path: engine.key)),
      lockFile: installation.lock(introduction: trust.introduction.hex),
      now: environment.now,
      observation: { source, run throws(Failure) in try spool.observation(source, run: run) }
    ) { [repository = store.repository] tip, source async throws(Failure) in
      _ = try await verification.check(tip)
      try await PolicyInForce.read(from: repository, at: tip).check(engine, records: source)
    }
  }

  /// Warns when what is about to be shown comes from a main that does not verify. Its waivers do not count: anyone
  /// could have put them there.
  ///
  /// - Returns: the failure that the command ends with, whatever it shows: what it shows is not verified, so it is
  ///   never "in sync".
  package func warnUnlessVerified(_ tip: ObjectID) async throws -> Failure? {
    guard let objection = await Verification(self).objectionToReading(tip) else { return nil }
    console.fail(objection)
    return objection
  }

  /// praxis.yaml by which tools are run: that of main, and where main does not verify, that of the newest commit that does. What was not
  /// signed by an admin names no program of this host.
  package func configurationOfTools() async throws -> LoadedConfiguration {
    let (commit, objection) = try await Verification(self).newestVerified(store.tip())
    if let objection {
      console.warn(
        "main does not verify: sources are observed as \(Layout.configuration) of \(commit) says, the newest commit that does (\(objection))"
      )
    }
    return try await store.configuration(at: commit)
  }

  /// The sources that a command is about: those named, else all of praxis.yaml.
  package func sources(_ names: [SourceName]) async throws -> (LoadedConfiguration, [SourceConfiguration]) {
    try await sources(names, of: store.configuration(at: store.tip()))
  }

  /// The same of a configuration.
  package func sources(
    _ names: [SourceName], of loaded: LoadedConfiguration
  ) throws -> (LoadedConfiguration, [SourceConfiguration]) {
    guard !names.isEmpty else {
      guard !loaded.configuration.sources.isEmpty else {
        throw Failure(
          .noSources, Layout.configuration, "it names no source; nothing can be in sync",
          hint: "Add one with praxis source add.")
      }
      return (loaded, loaded.configuration.sources)
    }
    var chosen: [SourceConfiguration] = []
    for name in names where !chosen.contains(where: { $0.name == name }) {
      chosen.append(try loaded.source(named: name))
    }
    return (loaded, chosen)
  }
}

extension PolicyInForce {
  /// Whether an engine's own key is one that this policy knows, for this source: what it signed otherwise would stop everybody's main.
  fileprivate func check(_ engine: Installation.Engine, records source: SourceName) throws(Failure) {
    let person = try person(of: engine)
    guard policy.allowsRecording(by: person, of: source) else {
      throw Failure(
        .sourceNotAllowed, "\(source)", "the policy does not let \(person) record it",
        hint: "An admin names it among the engine's sources in \(Layout.policy).")
    }
  }

  /// An engine's name by its own key, which has to be one that this policy knows.
  func person(of engine: Installation.Engine) throws(Failure) -> PersonName {
    let key = try SigningKey(path: engine.key).publicKey()
    guard let person = signers.person(of: key), person.text == engine.name else {
      throw Failure(
        .unknownKey, engine.key, "\(Layout.allowedSigners) does not name it as a key of \(engine.name)",
        hint:
          "Where an admin has signed a new key in: praxis engine rotate-key. Else an admin signs this one in: praxis policy show, praxis policy rotate-key \(engine.name) --key \(engine.key).pub."
      )
    }
    return person
  }
}
