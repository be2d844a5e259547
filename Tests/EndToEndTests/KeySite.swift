import Facts
import Foundation
import Secrets
import StrictJSON
import Testing

/// Two installations over one bare remote: the first has blessed what it saw, a secret among it, and the second one has joined.
final class KeySite: Sendable {
  let first: SnapshotFleet
  let second: SnapshotFleet
  let remote: String
  /// The second engine's request, and the file in which the keys go to it.
  let request: String
  let file: String

  var firstKey: String { "\(first.home)/keys/engine" }
  var secondKey: String { "\(second.home)/keys/engine-2" }

  init(isSignedIn: Bool = true) async throws {
    first = try await SnapshotFleet(["web1": #"{"db":{"password":"hunter2"}}"#])
    try await first.bless()
    remote = "\(first.path)/remote.git"
    try await first.git("clone", "--quiet", "--bare", first.repository, remote)
    try Self.publish(first, to: remote)
    second = try await Self.join("engine-2", beside: first, remote)
    request = "\(second.home)/keys/engine-2.request"
    file = "\(first.path)/keys-for-engine-2"
    if isSignedIn { try await signIn("engine-2") }
  }

  private static func publish(_ fleet: SnapshotFleet, to remote: String) throws {
    let path = "\(fleet.home)/remote.json"
    try #"{"format":"praxis.remote/1","url":"\#(remote)","publish":true}"#
      .write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
  }

  private static func join(_ name: String, beside first: SnapshotFleet, _ remote: String) async throws -> SnapshotFleet
  {
    let fleet = SnapshotFleet(
      beside: first, home: "\(first.path)/home-\(name)", repository: "\(first.path)/state-\(name)")
    try await first.git("clone", "--quiet", remote, fleet.repository)
    let said = try await fleet.expect(
      0, "engine", "join", fleet.repository, "--name", name, "--trust-from", "\(first.home)/trust.json")
    #expect(said.output.contains("praxis engine share-keys --to \(fleet.home)/keys/\(name).request --output FILE"))
    try publish(fleet, to: remote)
    return fleet
  }

  /// Another installation, which the policy does not know yet.
  func join(_ name: String) async throws -> SnapshotFleet { try await Self.join(name, beside: first, remote) }

  /// An admin signs an engine in.
  func signIn(_ name: String, of fleet: SnapshotFleet? = nil, for sources: String...) async throws {
    let key = "\((fleet ?? second).home)/keys/\(name).pub"
    let records = (sources.isEmpty ? ["hosts"] : sources).flatMap { ["--records", $0] }
    try await first.expect(0, arguments: ["policy", "add-person", name, "--key", key] + records)
  }

  func share(to request: String? = nil) async throws {
    try await first.expect(0, "engine", "share-keys", "--to", request ?? self.request, "--output", file)
  }

  /// The second engine takes what was shared, and scans in peace.
  func taken() async throws {
    try await second.expect(0, "engine", "take-keys", file)
    try await second.expect(0, "scan", "hosts")
  }

  func key(_ epoch: String, of fleet: SnapshotFleet) throws -> String {
    try String(contentsOfFile: "\(fleet.home)/keys/redaction/hosts/\(epoch)", encoding: .utf8)
  }

  func digits(_ epoch: String) throws -> String { String(try key(epoch, of: first).dropLast()) }

  /// What stands for the secrets that an engine sees now.
  func tags(seenBy fleet: SnapshotFleet) async throws -> [String] {
    let path = "\(fleet.home)/observation"
    try await fleet.expect(0, "observe", "hosts", "--output", path)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let reports = try #require(try JSON(parsing: Array(text.utf8))["targets"])
    return RedactionTag.tags(in: String(decoding: CanonicalJSON.bytes(reports), as: UTF8.self))
  }

  // MARK: Attacks

  /// That the first engine shares nothing, says why, and what to type.
  func refuses(_ code: String, _ hint: String, request: String) async throws {
    let output = "\(first.path)/none"
    let said = try await first.expect(4, "engine", "share-keys", "--to", request, "--output", output)
    #expect(said.errors.contains("(\(code))") && said.errors.contains(hint), "\(said.errors)")
    #expect(said.errors.contains(request), "\(said.errors)")
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  /// That the second engine takes nothing, and says why.
  func notTaken(_ code: String, _ words: String, _ file: String) async throws {
    let said = try await second.expect(1, 4, arguments: ["engine", "take-keys", file])
    #expect(said.errors.contains("(\(code))") && said.errors.contains(words), "\(said.errors)")
    #expect(said.errors.contains("praxis "), "\(said.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(second.home)/keys/redaction/hosts/e1"))
  }

  /// A copy of a file with other members.
  ///
  /// - Parameter key: signs it anew; nil leaves the signature that it has.
  func changed(
    _ file: String, signedBy key: String? = nil, for purpose: String? = nil, _ change: (inout JSONObject) -> Void
  ) async throws -> String {
    var object = try #require(
      try JSON(parsing: Array(String(contentsOfFile: file, encoding: .utf8).utf8)).object)
    let signature = object["signature"]
    object["signature"] = nil
    change(&object)
    if let key {
      let purpose = purpose ?? (object["engine"] == nil ? "praxis-shared-keys" : "praxis-key-request")
      return try await signed(object, key, purpose)
    }
    object["signature"] = signature
    return try write(object)
  }

  /// A file from the first engine, signed by it, with other keys in it.
  ///
  /// - Parameter change: what stands in its head after it was sealed.
  func sealed(
    _ keys: JSONObject, naming sources: [String]? = nil, _ change: (inout JSONObject) -> Void
  ) async throws -> String {
    var head = try #require(
      try JSON(parsing: Array(String(contentsOfFile: file, encoding: .utf8).utf8)).object)
    let agreement = try #require(head["agreement"]?.string.flatMap { Base64.decode($0.utf8) })
    head["signature"] = nil
    head["sealed"] = nil
    head["sources"] = .array((sources ?? keys.keys).map(JSON.string))
    let own = head
    change(&head)
    let sealed = try #require(
      AgreementKey.seal(
        CanonicalJSON.bytes(.object(keys)), for: agreement, info: CanonicalJSON.bytes(.object(head))))
    head = own
    head["sealed"] = .string(Base64.encode(sealed))
    return try await signed(head, firstKey, "praxis-shared-keys")
  }

  private func signed(_ object: JSONObject, _ key: String, _ purpose: String) async throws -> String {
    var object = object
    let payload = "\(first.path)/\(UUID().uuidString)"
    try Data(CanonicalJSON.bytes(.object(object))).write(to: URL(fileURLWithPath: payload))
    let said = try await execute(
      "/usr/bin/ssh-keygen", ["-q", "-Y", "sign", "-n", purpose, "-f", key, payload],
      environment: first.environment, in: first.path)
    try #require(said.code == 0, "\(said.errors)")
    let armour = try String(contentsOfFile: "\(payload).sig", encoding: .utf8)
    object["signature"] = .array(armour.split(separator: "\n").map { .string(String($0)) })
    return try write(object)
  }

  private func write(_ object: JSONObject) throws -> String {
    let path = "\(first.path)/\(UUID().uuidString)"
    try Data(CanonicalJSON.bytes(.object(object))).write(to: URL(fileURLWithPath: path))
    return path
  }
}
