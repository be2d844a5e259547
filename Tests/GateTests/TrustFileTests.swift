import Facts
import Foundation
import Git
import Testing

@testable import Gate

private func id(_ digit: Character) throws -> ObjectID {
  try #require(ObjectID(hex: String(repeating: digit, count: 40)))
}

private let now = Timestamp(microseconds: 1_790_000_000_000_000)

@Suite struct TrustFileTests {
  private func trust(_ scratch: Scratch) async throws -> TrustFile {
    TrustFile(
      introduction: try id("a"), policy: Digest(of: [1]),
      admins: [.init(name: "alice", keys: [try await scratch.key("alice").publicKey()])], threshold: 1)
  }

  @Test func `a trust file is read back as it was written, for its owner alone`() async throws {
    let scratch = try Scratch()
    let trust = try await trust(scratch)
    try trust.write(to: scratch.file("trust.json"))
    try trust.write(to: scratch.file("trust.json"))
    #expect(try TrustFile.read(at: scratch.file("trust.json")) == trust)

    let attributes = try FileManager.default.attributesOfItem(atPath: scratch.file("trust.json"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
        == ["alice", "alice.pub", "trust.json"])
  }

  @Test func `every way of not being a file to trust has its own reason`() async throws {
    let scratch = try Scratch()
    let path = scratch.file("trust.json")
    let manager = FileManager.default
    func read() throws { _ = try TrustFile.read(at: path) }

    await expect(.fileMissing) { try read() }
    await expect(.fileMissing) { _ = try TrustFile.read(at: scratch.file("no/such/trust.json")) }

    try scratch.write("", to: "trust.json")
    await expect(.fileEmpty) { try read() }

    for garbage in ["x", "{}", "{\"format\": \"praxis.trust/2\"}", "\u{feff}{}"] {
      try scratch.write(garbage, to: "trust.json")
      await expect(.fileMalformed) { try read() }
    }

    let good = try await trust(scratch).bytes
    try scratch.write(good + [0x7b], to: "trust.json")
    await expect(.fileMalformed) { try read() }
    let text = String(decoding: good, as: UTF8.self)
    for (old, new) in [
      ("\"threshold\": 1", "\"threshold\": 2"), ("\"threshold\": 1", "\"threshold\": 0"),
      ("\"threshold\": 1", "\"threshold\": 1, \"threshold\": 1"),
      ("\"threshold\": 1", "\"threshold\": 1, \"x\": 1"),
      ("\"name\": \"alice\"", "\"name\": \"Alice\""), ("ssh-ed25519", "ssh-dss"),
      (String(repeating: "a", count: 40), "main"),
    ] {
      let changed = text.replacing(old, with: new)
      #expect(changed != text)
      try scratch.write(changed, to: "trust.json")
      await expect(.fileMalformed) { try read() }
    }

    // One admin as two, and one without a key.
    let alice = try #require(TrustFile(parsing: good, document: "good").admins.first)
    for admins in [[alice, alice], [alice, .init(name: "bob", keys: [])]] {
      let other = TrustFile(introduction: try id("a"), policy: Digest(of: [1]), admins: admins, threshold: 1)
      try scratch.write(other.bytes, to: "trust.json")
      await expect(.fileMalformed) { try read() }
    }

    try scratch.write([UInt8](repeating: 0x20, count: (1 << 20) + 1), to: "trust.json")
    await expect(.fileTooLarge) { try read() }

    try scratch.write(good, to: "trust.json", mode: 0o620)
    await expect(.filePermissions) { try read() }
    try scratch.write(good, to: "trust.json", mode: 0o602)
    await expect(.filePermissions) { try read() }
    try scratch.write(good, to: "trust.json", mode: 0o644)
    try read()

    try manager.setAttributes([.posixPermissions: 0o777], ofItemAtPath: scratch.path)
    await expect(.filePermissions) { try read() }
    try manager.setAttributes([.posixPermissions: 0o700], ofItemAtPath: scratch.path)

    try manager.moveItem(atPath: path, toPath: scratch.file("real.json"))
    try manager.createSymbolicLink(atPath: path, withDestinationPath: "real.json")
    await expect(.fileIsLink) { try read() }

    try manager.removeItem(atPath: path)
    #expect(mkfifo(path, 0o600) == 0)
    await expect(.fileIsSpecial) { try read() }

    try manager.removeItem(atPath: path)
    try manager.createDirectory(atPath: path, withIntermediateDirectories: false)
    await expect(.fileIsSpecial) { try read() }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
  func `a file of another user is refused`() async throws {
    let scratch = try Scratch()
    let trust = try await trust(scratch)
    try scratch.write(trust.bytes, to: "trust.json")
    #expect(chown(scratch.file("trust.json"), 12_345, 0) == 0)
    await expect(.fileOwner) { _ = try TrustFile.read(at: scratch.file("trust.json")) }
    #expect(chown(scratch.file("trust.json"), 0, 0) == 0)
    #expect(try TrustFile.read(at: scratch.file("trust.json")) == trust)
    // Whoever has the folder can put another file in its place.
    #expect(chown(scratch.path, 12_345, 0) == 0)
    await expect(.fileOwner) { _ = try TrustFile.read(at: scratch.file("trust.json")) }
    #expect(chown(scratch.path, 0, 0) == 0)
  }

  @Test func `a trust file that says other than its introduction does is refused, in each of its parts`() async throws {
    let site = try await Site { $0.people[PersonName("bob")!]?.admin = true }
    let trust = try await TrustFile.describing(site.introduction, in: site.repository)
    try await trust.check(against: site.repository)
    #expect(trust.admins.map(\.name) == ["alice", "bob"])
    // The order in which it lists them says nothing.
    var turned = trust
    turned.admins.reverse()
    try await turned.check(against: site.repository)
    let mallory = try SigningKey(path: site.scratch.file("mallory")).publicKey()
    let edits: [(inout TrustFile) -> Void] = [
      { $0.policy = Digest(of: [1]) }, { $0.threshold = 2 }, { $0.admins.removeLast() },
      { $0.admins[0].name = "mallory" }, { $0.admins[0].keys = [mallory] }, { $0.admins[0].keys.append(mallory) },
    ]
    for edit in edits {
      var other = trust
      edit(&other)
      await expect(.foreignHistory) { try await other.check(against: site.repository) }
    }
  }

  @Test func `a rewind is accepted by an admin's signature for this purpose over this very statement`() async throws {
    let site = try await Site()
    let trust = try await TrustFile.describing(site.introduction, in: site.repository)
    let policy = try await PolicyInForce.read(from: site.repository, at: site.introduction)
    let admins = RewindAcceptance.admins(trust, policy)
    #expect(Set(admins.values) == ["alice"])
    let acceptance = RewindAcceptance(
      introduction: site.introduction, from: try id("b"), to: site.introduction, at: Site.now)
    func signed(by name: String, _ namespace: String = RewindAcceptance.namespace) async throws -> String {
      try await SigningKey(path: site.scratch.file(name)).sign(acceptance.statement, namespace: namespace)
    }
    let armour = try await signed(by: "alice")
    #expect(try await acceptance.verify(armour, admins: admins, at: Site.now) == "alice")
    for name in ["bob", "engine", "mallory"] {
      let other = try await signed(by: name)
      await expect(.roleMissing) { _ = try await acceptance.verify(other, admins: admins, at: Site.now) }
    }
    let commit = try await signed(by: "alice", "git")
    await expect(.wrongNamespace) { _ = try await acceptance.verify(commit, admins: admins, at: Site.now) }
    for changed in [
      RewindAcceptance(introduction: site.introduction, from: nil, to: site.introduction, at: Site.now),
      RewindAcceptance(introduction: site.introduction, from: try id("b"), to: try id("b"), at: Site.now),
      RewindAcceptance(introduction: try id("b"), from: try id("b"), to: site.introduction, at: Site.now),
    ] {
      await expect(.badSignature) { _ = try await changed.verify(armour, admins: admins, at: Site.now) }
    }
  }
}
