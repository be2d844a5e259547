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
    var numbers = try numbers()
    if numbers.isEmpty {
      let epochs = try await named().union(recorded.map { [$0.epoch] } ?? [])
      guard epochs.isEmpty else {
        throw missing(
          "it has no redaction key here, and the repository names \(epochs.sorted().joined(separator: ", "))")
      }
      try write { numbers in numbers.isEmpty ? 1 : nil }
      numbers = try self.numbers()
    }
    var keys: [RedactionKey] = []
    for number in numbers.reversed() { keys.append(try read(number)) }
    if let recorded {
      let own = Redaction(
        epoch: keys[0].epoch, checks: Dictionary(uniqueKeysWithValues: keys.map { ($0.epoch, $0.check) }))
      if let epoch = own.contradiction(with: recorded) {
        throw missing("its redaction key \(epoch) here is not the one under which the repository's facts were written")
      }
      if let last = Self.number(of: recorded.epoch), let newest = numbers.last, last > newest {
        throw missing(
          "its newest redaction key here is e\(newest), and the last run was written under \(recorded.epoch)")
      }
    }
    return keys
  }

  /// Makes the key of the next epoch, and says its name.
  package func rotate(recorded: Redaction?, named: Set<String>) async throws -> String {
    let newest = try await all(recorded: recorded) { named }[0].epoch
    // A number that was ever used names another secret.
    let taken = named.union(recorded?.checks.keys.map { $0 } ?? [])
    var next = (Self.number(of: newest) ?? 0) + 1
    while taken.contains("e\(next)") { next += 1 }
    try write { numbers in
      guard !numbers.contains(next) else { throw broken("\(path)/e\(next) is there already") }
      return next
    }
    return "e\(next)"
  }

  /// Makes a key. Runs that begin at once take turns: two keys of one number would make every secret look changed.
  ///
  /// - Parameter number: gets those that are there, and says which to make; nil where another run was first.
  private func write(_ number: ([Int]) throws -> Int?) throws {
    try Folder.makeAll(path)
    let turn = try RepositoryLock(onFolder: path, waiting: true)
    defer { withExtendedLifetime(turn) {} }
    guard let number = try number(numbers()) else { return }
    var random = SystemRandomNumberGenerator()
    let digits = (0..<32).map { _ in
      let text = String(UInt8.random(in: .min ... .max, using: &random), radix: 16)
      return text.utf8.count == 1 ? "0\(text)" : text
    }
    try OwnFile.write(Array("\(digits.joined())\n".utf8), to: "\(path)/e\(number)")
  }

  private func read(_ number: Int) throws -> RedactionKey {
    let file = "\(path)/e\(number)"
    let text = String(decoding: try OwnFile.read(file, limit: Bounds.key, allowing: .ownerAlone), as: UTF8.self)
    let digits = Array(text.utf8.prefix(while: { $0 != 0x0a }))
    var secret: [UInt8] = []
    for index in stride(from: 0, to: digits.count - 1, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16) else { break }
      secret.append(byte)
    }
    guard digits.count == 64, let key = RedactionKey(epoch: "e\(number)", secret: secret) else {
      throw broken("\(file) is not a redaction key: 64 hexadecimal digits are needed")
    }
    return key
  }

  private func broken(_ message: String) -> Failure {
    Failure(.redactionKey, source.text, message, hint: "Restore it from where the source was set up first.")
  }

  private func missing(_ message: String) -> Failure {
    Failure(
      .redactionKeyMissing, source.text, message,
      hint:
        "Copy \(path) from the host where the source was set up, or from a backup: a new key would make every secret look changed. Where it is lost, an admin gives the source another name in praxis.yaml, under which it begins anew."
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
