import Facts
import Failures
import Files
import Gate
import Git
import Glibc
import StateRepository
import StrictJSON

/// Where praxis keeps what is not in the repository: keys, trust, the spool.
package struct Installation: Sendable {
  /// The folder of configuration: trust.json.
  package var configuration: String
  /// The folder of private state: keys, spool, seen, lock.
  package var state: String
  /// The folder of what can be made anew at any time: the query index.
  package var cache: String

  package init(configuration: String, state: String, cache: String) {
    self.configuration = configuration
    self.state = state
    self.cache = cache
  }

  /// `$PRAXIS_HOME` for both; else the system's folders where they are ours to write, else the user's XDG folders.
  package init(_ environment: Environment) {
    if let home = environment.value("PRAXIS_HOME"), !home.isEmpty {
      let path = environment.absolute(home)
      self.init(configuration: path, state: path, cache: "\(path)/cache")
    } else if access("/var/lib/praxis", W_OK) == 0 {
      self.init(configuration: "/etc/praxis", state: "/var/lib/praxis", cache: "/var/cache/praxis")
    } else {
      let home = environment.value("HOME") ?? "/"
      let configuration = environment.value("XDG_CONFIG_HOME") ?? "\(home)/.config"
      let state = environment.value("XDG_STATE_HOME") ?? "\(home)/.local/state"
      let cache = environment.value("XDG_CACHE_HOME") ?? "\(home)/.cache"
      self.init(
        configuration: "\(configuration)/praxis", state: "\(state)/praxis", cache: "\(cache)/praxis")
    }
  }

  package var trustFile: String { "\(configuration)/trust.json" }
  package var keys: String { "\(state)/keys" }
  /// The second opinion over every execution.
  package var preExecuteHook: String { "\(configuration)/hooks/pre-execute" }
  package var engineFile: String { "\(state)/engine.json" }
  /// How the shared remote is reached.
  package var remoteFile: String { "\(configuration)/remote.json" }
  /// What tools see as their home: empty, and ours.
  package var toolHome: String { "\(state)/tool-home" }

  package func spool(introduction: String) -> Spool { Spool("\(state)/spool/\(introduction.prefix(12))") }
  /// What this installation has seen of a history.
  package func seen(introduction: ObjectID) -> SeenStore {
    SeenStore(
      folder: "\(state)/seen", lock: lock(introduction: introduction.hex) + "-seen", introduction: introduction)
  }
  /// The proposals of a history that this installation began to execute.
  package func executed(introduction: ObjectID) -> ExecutedDigests {
    ExecutedDigests(folder: "\(state)/executed", introduction: introduction)
  }
  /// Held while something is executed: one at a time on a host.
  package func executionLock(introduction: String) -> String { "\(state)/lock/\(introduction.prefix(12))-execute" }
  package func lock(introduction: String) -> String { "\(state)/lock/\(introduction.prefix(12))" }
  /// Held while main and a remote's main are brought one step nearer: two of a host that do so would give each other's runs up.
  package func sharingLock(introduction: String) -> String { "\(state)/lock/\(introduction.prefix(12))-share" }

  /// The query index of a repository: by its introduction and by where it lies, so that clones do not mix.
  package func index(introduction: String, repository: String) -> String {
    let place = Digest(of: Array(OwnFile.resolved(repository).utf8)).shortID
    return "\(cache)/index/\(introduction.prefix(12))-\(place).sqlite"
  }

  /// Where `praxis init` keeps what it has not put in place yet.
  package var unfinished: String { "\(state)/init" }

  /// - Parameter made: told of each folder that was not there.
  package func makeFolders(made: (String) -> Void = { _ in }) throws(Failure) {
    for path in [
      configuration, state, keys, toolHome, "\(state)/spool", "\(state)/seen", "\(state)/executed", "\(state)/lock",
    ] {
      try Folder.makeAll(path, made: made)
    }
  }

  /// The engine of this host: under which name it signs, and with which key.
  package struct Engine: Sendable, Hashable {
    package var name: String
    /// The path of the private key, or of a public key whose private half an agent holds.
    package var key: String
    /// The path of the key that takes its place once the policy names it.
    package var next: String?

    package init(name: String, key: String, next: String? = nil) {
      self.name = name
      self.key = key
      self.next = next
    }
  }

  package func readEngine() throws -> Engine {
    var status = stat()
    guard lstat(engineFile, &status) == 0 || errno != ENOENT else {
      throw Failure(
        .noEngine, engineFile, "it is missing, so that this installation has no engine key",
        hint: "Run praxis init, or praxis engine join in a clone of a repository that is there.")
    }
    let document = try JSONDocument(OwnFile.read(engineFile, limit: Bounds.ownFile), of: engineFile)
    var fields = try FieldReader(document.root, in: engineFile)
    try fields.format("praxis.engine/1")
    let engine = Engine(
      name: try fields.string("name"), key: try fields.string("key"), next: try fields.optionalString("next"))
    try fields.finish()
    return engine
  }

  package func write(_ engine: Engine) throws(Failure) {
    var json: JSONObject = [
      "format": "praxis.engine/1", "name": .string(engine.name), "key": .string(engine.key),
    ]
    if let next = engine.next { json["next"] = .string(next) }
    try OwnFile.write(CanonicalJSON.bytes(.object(json)), to: engineFile)
  }
}
