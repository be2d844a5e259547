import Facts
import Gate
import Git
import StateRepository

/// An opened state repository with what this installation knows of it.
struct Session: Sendable {
  let console: Console
  let installation: Installation
  let store: StateStore
  let trust: TrustFile
  /// Where the trust file lies.
  let trustPath: String
  let spool: Spool

  /// Opens the repository that the options name, and the trust file that belongs to it.
  static func open(_ options: GlobalOptions) async throws -> Session {
    let installation = Installation.current()
    let store = try await StateStore.open(at: repositoryPath(options))
    let path = options.trustPath(installation)
    let trust = try TrustFile.read(at: path)
    return Session(
      console: options.console, installation: installation, store: store, trust: trust, trustPath: path,
      spool: installation.spool(introduction: trust.introduction.hex))
  }

  static func repositoryPath(_ options: GlobalOptions) throws -> String {
    if let path = options.repo ?? Environment.value("PRAXIS_REPO"), !path.isEmpty {
      return Environment.absolute(path)
    }
    guard let found = try Repository.discover(from: Environment.currentFolder) else {
      throw Failure(
        .failure, "not-found", "there is no repository around the current folder",
        hint: "Name the state repository with --repo or $PRAXIS_REPO, or make one with praxis init.")
    }
    return found
  }

  /// The signer for this engine's commits.
  func engineSigner() throws -> CommitSigner {
    let engine = try installation.readEngine()
    return Self.signer(engine.name, SigningKey(path: engine.key))
  }

  static func signer(_ name: String, _ key: SigningKey) -> CommitSigner {
    CommitSigner(name: name) { payload async throws(StateError) in
      do throws(GateError) {
        return try await key.sign(payload, namespace: "git")
      } catch {
        throw StateError(.notSigned, key.path, error.description)
      }
    }
  }

  /// What recording needs: the engine's signature, the clock, and a main that verifies.
  func recordingTerms() throws -> RecordingTerms {
    let verification = Verification(self)
    let spool = spool
    return RecordingTerms(
      signer: try engineSigner(), lockFile: installation.lock(introduction: trust.introduction.hex),
      now: { Environment.now() },
      observation: { source, run throws(StateError) in try spool.observation(source, run: run) }
    ) { tip async throws(StateError) in
      try await verification.check(tip)
    }
  }

  /// Says aloud when what is about to be shown comes from a main that does not verify.
  ///
  /// - Returns: the failure that a verdict over it ends with: nobody vouches for it, so that it is never "in sync".
  func warnUnlessVerified(_ tip: ObjectID) async throws -> Failure? {
    guard let objection = await Verification(self).objectionToReading(tip) else { return nil }
    let failure = Failure(objection)
    console.fail(failure)
    return failure
  }

  /// The waivers that count. Those of a main that does not verify could have been put there by anybody.
  ///
  /// - Parameter commit: one on main's line whose waivers are meant; nil for the tip's.
  func waivers(at tip: ObjectID, of commit: ObjectID? = nil) async throws -> Waivers {
    guard try await warnUnlessVerified(tip) == nil else { return Waivers([]) }
    return Waivers(try await store.waivers(at: commit ?? tip))
  }

  /// The sources that a command is about: those named, else all of praxis.yaml.
  func sources(_ names: [SourceName]) async throws -> (LoadedConfiguration, [SourceConfiguration]) {
    let loaded = try await store.configuration(at: store.tip())
    guard !names.isEmpty else {
      guard !loaded.configuration.sources.isEmpty else {
        throw Failure(
          .failure, "no-sources", "praxis.yaml names no source; nothing can be in sync",
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
