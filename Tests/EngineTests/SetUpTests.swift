import Facts
import Failures
import Foundation
import Gate
import Git
import Glibc
import Observe
import StateRepository
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// That `praxis init` makes all of it or nothing, wherever it is broken off.
@Suite struct SetUpTests {
  private struct Silent: Console {
    func note(_ text: String) {}
    func warn(_ text: String) {}
    func fail(_ failure: Failure) {}
    func progress(_ source: SourceName, _ progress: ObservationProgress) {}
    func setPendingExit(_ exit: Exit) {}
  }

  private struct Broken: Error {}

  /// A folder with an installation and a repository in it, and images of it.
  private final class Site: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/set-up-\(UUID().uuidString)"
    let images = Mutex<[String]>([])
    var root: String { "\(path)/root" }
    var environment: Environment {
      let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
      return Environment(
        variables: ["PRAXIS_HOME": "\(root)/home", "PRAXIS_TEMPLATES": "\(package)/templates"], currentFolder: root,
        programFolder: nil, now: { Timestamp(rfc3339: "2026-11-24T03:00:00Z")! })
    }
    var installation: Installation { Installation(environment) }

    init() throws { try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func setUp(isBare: Bool = false) -> SetUp {
      SetUp(
        console: Silent(), environment: environment, trustPath: installation.trustFile, repository: "\(root)/state",
        isBare: isBare, withoutRemote: true, people: .generated)
    }

    /// Keeps what is on the disk now, with links between files as they are.
    func keep(_ step: String) throws {
      try images.withLock { images in
        let image = "\(path)/\(images.count)-\(step)"
        try copy(root, image)
        images.append(image)
      }
    }

    func restore(_ image: String) throws {
      try FileManager.default.removeItem(atPath: root)
      try copy(image, root)
    }

    private func copy(_ from: String, _ to: String) throws {
      let said = try spawn("/bin/cp", ["-a", from, to], environment: [:], in: "/")
      try #require(said.status == 0, "\(said.errors)")
    }

    func names() throws -> [String] { try FileManager.default.subpathsOfDirectory(atPath: root).sorted() }

    /// Whether the installation signs what main takes, and nothing of the way there is left.
    func check(_ introduction: ObjectID) async throws {
      let session = try await Session.open(
        repository: "\(root)/state", trust: nil, console: Silent(), environment: environment)
      #expect(session.trust.introduction == introduction)
      let tip = try await session.store.tip()
      #expect(tip == introduction)
      #expect(await Verification(session).objection(to: tip) == nil)
      let key = try SigningKey(path: installation.readEngine().key).publicKey()
      let policy = try await PolicyInForce.read(from: session.store.repository, at: tip)
      #expect(policy.signers.person(of: key)?.text == "engine")
      for name in ["admin"] + SetUp.generatedOperators {
        #expect(
          policy.signers.person(of: try SigningKey(path: "\(installation.keys)/\(name)").publicKey())?.text == name)
      }
      try PreExecuteHook(path: installation.preExecuteHook).check()
      #expect(try !names().contains { $0.contains(SetUp.scratch) || $0.hasPrefix("home/init") })
    }
  }

  @Test(arguments: [false, true])
  func `a set-up that is broken off anywhere is whole after the next call`(isBare: Bool) async throws {
    let site = try Site()
    var first = site.setUp(isBare: isBare)
    first.beforeStep = { try site.keep($0.replacing("/", with: "-")) }
    guard case .made(let introduction) = try await first.make() else { return #expect(Bool(false)) }
    try await site.check(introduction)
    var finished = 0
    let images = site.images.withLock(\.self)
    #expect(images.count > 10)
    for image in images {
      try site.restore(image)
      switch try await site.setUp(isBare: isBare).make() {
      case .made(let other):
        #expect(other != introduction)
        try await site.check(other)
      case .finished(let same):
        finished += 1
        #expect(same == introduction)
        try await site.check(introduction)
      }
    }
    // With the repository in place it is the same one: before it is remembered, before its trust file, and before the rest goes.
    #expect(finished == 3)
  }

  @Test(arguments: [false, true])
  func `an error at any step leaves nothing behind`(isBare: Bool) async throws {
    let site = try Site()
    let steps = Mutex<[String]>([])
    var first = site.setUp(isBare: isBare)
    first.beforeStep = { step in steps.withLock { $0.append(step) } }
    _ = try await first.make()
    for step in steps.withLock(\.self) {
      try FileManager.default.removeItem(atPath: site.root)
      try FileManager.default.createDirectory(atPath: site.root, withIntermediateDirectories: true)
      var broken = site.setUp(isBare: isBare)
      broken.beforeStep = { if $0 == step { throw Broken() } }
      await #expect(throws: Broken.self, "\(step)") { _ = try await broken.make() }
      // Whoever takes a lock leaves its file.
      let left = try site.names().filter { $0 != "home" && !$0.hasPrefix("home/lock") }
      #expect(left.isEmpty, "\(step): \(left)")
      guard case .made(let introduction) = try await site.setUp(isBare: isBare).make() else {
        return #expect(Bool(false), "\(step)")
      }
      try await site.check(introduction)
    }
  }

  @Test func `another user's installation is refused, where its owner could not read what is made`() async throws {
    let site = try Site()
    try FileManager.default.createDirectory(atPath: "\(site.root)/home", withIntermediateDirectories: false)
    // Only root can give a folder away; anybody else is refused by one of root's.
    if geteuid() == 0 {
      chown("\(site.root)/home", 12_345, 12_345)
    } else {
      try FileManager.default.removeItem(atPath: "\(site.root)/home")
      try FileManager.default.createSymbolicLink(atPath: "\(site.root)/home", withDestinationPath: "/usr")
    }
    let failure = await #expect(throws: Failure.self) { _ = try await site.setUp().make() }
    #expect(failure?.code == .fileOwner)
    #expect(try FileManager.default.contentsOfDirectory(atPath: site.root) == ["home"])
  }

  @Test func `a repository that was moved away before its set-up was finished keeps its keys`() async throws {
    let site = try Site()
    var first = site.setUp()
    first.beforeStep = { try site.keep($0.replacing("/", with: "-")) }
    _ = try await first.make()
    let image = try #require(site.images.withLock(\.self).first { $0.hasSuffix("-memory") })
    try site.restore(image)
    try FileManager.default.moveItem(atPath: "\(site.root)/state", toPath: "\(site.root)/elsewhere")
    let before = try site.names()
    await #expect(throws: Failure.self) { _ = try await site.setUp().make() }
    #expect(try site.names() == before)
  }

  @Test func `what somebody put in the place of a key is left alone`() async throws {
    let site = try Site()
    var first = site.setUp()
    first.beforeStep = { try site.keep($0.replacing("/", with: "-")) }
    _ = try await first.make()
    let image = try #require(site.images.withLock(\.self).first { $0.hasSuffix("-hook") })
    try site.restore(image)
    let key = "\(site.installation.keys)/operator"
    try FileManager.default.removeItem(atPath: key)
    try "theirs".write(toFile: key, atomically: true, encoding: .utf8)
    await #expect(throws: Failure.self) { _ = try await site.setUp().make() }
    #expect(try String(contentsOfFile: key, encoding: .utf8) == "theirs")
  }
}
