import Facts
import Failures
import Files
import Git
import Observe
import Secrets
import StateRepository

/// The keys under which secrets become digests: one folder a source, one file an epoch (`e1`, `e2`, …), 64 hexadecimal digits.
///
/// Any of them may be missing: what was written under an epoch without a key cannot be compared, and says so.
package struct RedactionKeys: Sendable {
  package let source: SourceName
  private let path: String

  package init(_ installation: Installation, _ source: SourceName) {
    self.source = source
    path = "\(installation.keys)/redaction/\(source)"
  }

  /// The numbers of the epochs that have a key here, ascending.
  package func numbers() throws -> [Int] {
    try Folder.visibleNames(in: path).compactMap(Self.number).sorted()
  }

  /// `e7`; nil for what names no epoch of praxis' own.
  package static func number(of epoch: String) -> Int? {
    guard epoch.utf8.first == UInt8(ascii: "e"), (2...9).contains(epoch.utf8.count),
      epoch.utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(epoch.dropFirst()),
      number > 0, "e\(number)" == epoch
    else { return nil }
    return number
  }

  /// All keys, the newest first; the first one is made where nothing was ever redacted for the source.
  ///
  /// - Parameters:
  ///   - recorded: what the last run said of its keys.
  ///   - named: the epochs that live files of the source name; only asked where there is no key.
  /// - Throws: `Failure` where another host has keys that this one has not, or has others under the same name.
  package func all(recorded: Redaction?, named: () async throws -> Set<String>) async throws -> [RedactionKey] {
    if try numbers().isEmpty {
      let epochs = try await named().union(recorded.map { [$0.epoch] } ?? [])
      guard epochs.isEmpty else {
        throw missing(
          "it has no redaction key here, and the repository names \(epochs.sorted().joined(separator: ", "))")
      }
      try make { numbers in numbers.isEmpty ? 1 : nil }
    }
    let keys = try here()
    if let objection = Self.objection(to: keys, recorded) { throw missing(objection) }
    return keys
  }

  /// All that are here, the newest first; none is made.
  package func here() throws -> [RedactionKey] { try numbers().reversed().map(read) }

  /// Why what the last run wrote cannot be compared under some keys, the newest of which stands first; nil where it can, as far as is known.
  package static func objection(to keys: [RedactionKey], _ recorded: Redaction?) -> String? {
    guard let recorded, let newest = keys.first?.epoch else { return nil }
    let own = Redaction(epoch: newest, checks: Dictionary(uniqueKeysWithValues: keys.map { ($0.epoch, $0.check) }))
    if let epoch = own.contradiction(with: recorded) {
      return "its redaction key \(epoch) is not the one under which the repository's facts were written"
    }
    guard let last = number(of: recorded.epoch), let number = number(of: newest), last > number else { return nil }
    return "its newest redaction key is \(newest), and the last run was written under \(recorded.epoch)"
  }

  /// Makes the key of the next epoch, and says its name.
  package func rotate(recorded: Redaction?, named: Set<String>) async throws -> String {
    let newest = try await all(recorded: recorded) { named }[0].epoch
    // A number that was ever used names another secret.
    let taken = named.union(recorded?.checks.keys.map { $0 } ?? [])
    var next = (Self.number(of: newest) ?? 0) + 1
    while taken.contains("e\(next)") { next += 1 }
    try make { numbers in
      guard !numbers.contains(next) else { throw broken("\(path)/e\(next) is there already") }
      return next
    }
    return "e\(next)"
  }

  /// Makes a key. Runs that begin at once take turns: two keys of one number would make every secret look changed.
  ///
  /// - Parameter number: gets those that are there, and says which to make; nil where another run was first.
  private func make(_ number: ([Int]) throws -> Int?) throws {
    try inTurn {
      guard let number = try number(numbers()) else { return }
      var random = SystemRandomNumberGenerator()
      let secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      guard let key = RedactionKey(epoch: "e\(number)", secret: secret) else { throw broken("no key can be made") }
      _ = try write(key)
    }
  }

  /// Writes keys of another engine, the newest last: as long as it is not there, nothing is observed under the others.
  ///
  /// - Returns: the epochs that were not here before.
  /// - Throws: `key-exists` where another key has one's name.
  package func add(_ keys: [RedactionKey]) throws -> [String] {
    try inTurn { try Self.newestFirst(keys).reversed().filter(write).map(\.epoch) }
  }

  /// Keys in the order of their epochs' numbers.
  package static func newestFirst(_ keys: some Collection<RedactionKey>) -> [RedactionKey] {
    keys.sorted { (number(of: $0.epoch) ?? 0) > (number(of: $1.epoch) ?? 0) }
  }

  private func inTurn<Result>(_ change: () throws -> Result) throws -> Result {
    try Folder.makeAll(path)
    let turn = try RepositoryLock(onFolder: path, waiting: true)
    defer { withExtendedLifetime(turn) {} }
    return try change()
  }

  /// - Returns: false where this very key is here.
  private func write(_ key: RedactionKey) throws -> Bool {
    if try OwnFile.writeNew(Array("\(key.digits)\n".utf8), to: "\(path)/\(key.epoch)") { return true }
    try refuseAnother(than: key)
    return false
  }

  /// Refuses a key whose name another key has here: what was written under that one could never be compared again.
  package func refuseAnother(than key: RedactionKey) throws {
    guard let own = try here().first(where: { $0.epoch == key.epoch }), own != key else { return }
    let file = "\(path)/\(key.epoch)"
    throw Failure(
      .keyExists, file,
      "another redaction key of \(source) is there (its check is \(own.check), the other one's is \(key.check)), and is not overwritten",
      hint:
        "The right one has the check that \(Layout.receipt(of: source)) says. Where it is the other one, move this one away and try again: mv \(file) \(file).other"
    )
  }

  private func read(_ number: Int) throws -> RedactionKey {
    let file = "\(path)/e\(number)"
    let text = try OwnFile.read(file, limit: Bounds.key, allowing: .ownerAlone)
    guard let key = RedactionKey(epoch: "e\(number)", digits: text.prefix { $0 != 0x0a }) else {
      throw broken("\(file) is not a redaction key: 64 hexadecimal digits are needed")
    }
    return key
  }

  private func broken(_ message: String) -> Failure {
    Failure(
      .redactionKey, source.text, message,
      hint:
        "Restore it from a backup; or move it away, and take it over from an engine that has it: praxis engine request-keys"
    )
  }

  /// What to type for keys that another engine has.
  package static let asking =
    "Ask an engine that has it: praxis engine request-keys here, there praxis engine share-keys --to REQUEST --output FILE, and here praxis engine take-keys FILE"

  private func missing(_ message: String) -> Failure {
    Failure(
      .redactionKeyMissing, source.text, message,
      hint:
        "\(Self.asking), or restore \(path) from a backup: a new key would make every secret look changed. Where it is lost, an admin gives the source another name in praxis.yaml, under which it begins anew."
    )
  }
}

/// A source's new key, and what became of the older ones.
package struct RotatedKey: Sendable {
  package var source: SourceName
  /// Under which secrets are redacted from the next run on.
  package var epoch: String
  /// The older epochs that live files name, by how many, and whether the key is here.
  package var needed: [(epoch: String, files: Int, isHere: Bool)]
  /// The older epochs whose keys are here and that no live file names.
  package var unused: [String]
}

extension Session {
  /// Makes a new key for the digests that stand for a source's secrets.
  package func rotateKey(of source: SourceName) async throws -> RotatedKey {
    _ = try await sources([source])
    let keys = RedactionKeys(installation, source)
    let recorded = try await store.receipt(of: source, at: store.tip())?.redaction
    let uses = try await namedEpochs(of: source)
    let epoch = try await keys.rotate(recorded: recorded, named: Set(uses.keys))
    let here = try keys.numbers().map { "e\($0)" }
    return RotatedKey(
      source: source, epoch: epoch,
      needed: uses.filter { RedactionKeys.number(of: $0.key) != nil }.sorted { $0.key < $1.key }
        .map { ($0.key, $0.value, here.contains($0.key)) },
      unused: here.filter { $0 != epoch && uses[$0] == nil })
  }

  /// The epochs that open findings and known-good of a source name, and how many files each.
  func namedEpochs(of source: SourceName) async throws -> [String: Int] {
    let tip = try await store.tip()
    var uses: [String: Int] = [:]
    func count(_ bytes: [UInt8]) {
      for epoch in RedactionTag.epochs(in: bytes) { uses[epoch, default: 0] += 1 }
    }
    for finding in try await store.openFindings(of: source, at: tip) { count(finding.bytes) }
    for facts in try await store.knownGood(of: source, at: tip) { count(facts.bytes) }
    return uses
  }
}
