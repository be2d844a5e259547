import Facts
import Failures
import Files
import Foundation
import Gate
import Git
import Glibc
import Secrets
import StateRepository
import TestSupport
import Testing

@testable import Audit
@testable import Engine

/// Whatever praxis keeps on a host beside the repository: when it is not what it has to be, it is not trusted, and nothing waits
/// for it. (Trust file, seen file, signing key and hook: `FailClosedTests` of the gate.)
@Suite(.timeLimit(.minutes(2))) struct OwnFileTests {
  private final class Home: Sendable {
    let path = FileManager.default.temporaryDirectory.path + "/own-files-\(UUID().uuidString)"
    let source = SourceName("hosts")!
    let introduction = ObjectID(hex: String(repeating: "a", count: 40))!
    var installation: Installation { Installation(configuration: path, state: path, cache: "\(path)/cache") }
    var redaction: RedactionKeys { RedactionKeys(installation, source) }
    var checkpoints: AuditCheckpoints { AuditCheckpoints(installation, introduction: introduction) }
    var spool: Spool { installation.spool(introduction: introduction.hex) }

    init() throws { try installation.makeFolders() }
    deinit { try? FileManager.default.removeItem(atPath: path) }
  }

  private func checkpoint(_ home: Home) -> AuditCheckpoint {
    let commit = home.introduction
    let outcome = AuditOutcome(
      start: commit, tip: commit, commits: 0, files: 0, problems: AuditProblems(), effective: Timestamp(microseconds: 0)
    )
    return AuditCheckpoint(after: outcome, introduction: commit, before: nil)
  }

  private func refusal(_ read: () async throws -> Void) async -> Failure? {
    do {
      try await read()
      return nil
    } catch {
      return Failure(error)
    }
  }

  /// What a reading has to say of a file that somebody else may have written, or that is not a file.
  private func expectRefused(_ failure: Failure?, _ damage: FileDamage, _ place: String) {
    guard let failure else {
      Issue.record("\(place), \(damage): it was recorded")
      return
    }
    guard damage != .garbage, damage != .missing, damage != .unreadable || geteuid() == 0 else { return }
    #expect(failure.code.word.hasPrefix("file-") && failure.exit == .refused, "\(place), \(damage): \(failure)")
    #expect(!failure.hint.isEmpty, "\(place), \(damage): \(failure)")
  }

  @Test(arguments: FileDamage.always)
  func `the engine's name and key are not taken from a file that is damaged`(damage: FileDamage) async throws {
    let home = try Home()
    let engine = Installation.Engine(name: "engine", key: "/keys/engine")
    try home.installation.write(engine)
    #expect(try home.installation.readEngine() == engine)
    // Others may read it: it is no secret.
    try FileDamage.othersRead.apply(to: home.installation.engineFile)
    #expect(try home.installation.readEngine() == engine)
    try damage.apply(to: home.installation.engineFile)
    expectRefused(await refusal { _ = try home.installation.readEngine() }, damage, "engine.json")
  }

  @Test func `a file in a folder where others may put another in its place is not trusted`() async throws {
    let home = try Home()
    try home.installation.write(Installation.Engine(name: "engine", key: "/keys/engine"))
    #expect(chmod(home.path, 0o777) == 0)
    expectRefused(await refusal { _ = try home.installation.readEngine() }, .othersWrite, "engine.json")
    #expect(chmod(home.path, 0o1777) == 0)
    #expect(try home.installation.readEngine().name == "engine")
  }

  @Test(arguments: FileDamage.allCases)
  func `an agreement key that is damaged, or that others may read, is not used`(damage: FileDamage) async throws {
    let home = try Home()
    let name = try #require(PersonName("engine-2"))
    let signing = try await SigningKey.generate(at: "\(home.installation.keys)/\(name)", comment: "")
    let request = try await home.installation.requestKeys(as: name, signedBy: signing, of: home.introduction)
    let asked = FileManager.default.contents(atPath: request)
    let place = home.installation.agreementFile(of: name)
    try damage.apply(to: place)
    let failure = await refusal { _ = try home.installation.agreementKey(of: name) }
    expectRefused(failure, damage, "agreement key")
    if damage == .garbage || damage == .missing {
      #expect(failure?.hint.contains("praxis engine request-keys") == true)
    }
    #expect(FileManager.default.contents(atPath: request) == asked)
  }

  @Test func `a redaction key is never written over, and the same one may come twice`() async throws {
    let home = try Home()
    let own = try await home.redaction.all(recorded: nil) { [] }[0]
    let next = try #require(RedactionKey(epoch: "e2", digits: String(repeating: "c0", count: 32).utf8))
    #expect(try home.redaction.add([next, own]) == ["e2"])
    #expect(try home.redaction.add([own, next]) == [])
    let other = try #require(RedactionKey(epoch: "e1", digits: String(repeating: "0c", count: 32).utf8))
    let failure = await refusal { _ = try home.redaction.add([other]) }
    #expect(failure?.code == .keyExists && failure?.hint.contains("e1.other") == true, "\(String(describing: failure))")
    #expect(try home.redaction.here() == [next, own])
    // The newest comes last: where the older one does not, nothing is observed under it.
    let third = try #require(RedactionKey(epoch: "e3", digits: String(repeating: "0c", count: 32).utf8))
    #expect(await refusal { _ = try home.redaction.add([third, other]) } != nil)
    #expect(try home.redaction.here() == [next, own])
    // Nothing but keys is left, each for this user alone.
    let folder = "\(home.installation.keys)/redaction/hosts"
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["e1", "e2"])
    let modes = try FileManager.default.attributesOfItem(atPath: "\(folder)/e2")[.posixPermissions] as? Int
    #expect(modes == 0o600)
  }

  @Test(arguments: FileDamage.allCases.filter { $0 != .missing })
  func `a redaction key that is damaged, or that others may read, is not used`(damage: FileDamage) async throws {
    let home = try Home()
    #expect(try await home.redaction.all(recorded: nil) { [] }.map(\.epoch) == ["e1"])
    let place = "\(home.installation.keys)/redaction/\(home.source)/e1"
    try damage.apply(to: place)
    expectRefused(await refusal { _ = try await home.redaction.all(recorded: nil) { [] } }, damage, "e1")
  }

  @Test(arguments: FileDamage.allCases)
  func `the audit's seal and its checkpoint are not trusted when they are damaged`(damage: FileDamage) async throws {
    let seal = try Home()
    try seal.checkpoints.write(checkpoint(seal))
    #expect(try seal.checkpoints.read() != nil)
    try damage.apply(to: "\(seal.installation.keys)/audit-seal")
    expectRefused(await refusal { _ = try seal.checkpoints.read() }, damage, "audit-seal")
    // Without a checkpoint the audit begins at the beginning, and what others may read says nothing that they do not know.
    guard damage != .missing, damage != .othersRead else { return }
    let kept = try Home()
    try kept.checkpoints.write(checkpoint(kept))
    try damage.apply(to: "\(kept.path)/audit/\(kept.introduction.hex.prefix(12)).json")
    var recorded: AuditCheckpoint?
    let failure = await refusal { recorded = try kept.checkpoints.read() }
    #expect(recorded == nil)
    // Nothing is there behind a link to itself.
    if damage != .unreadable || failure != nil { expectRefused(failure, damage, "the checkpoint") }
  }

  @Test(arguments: [FileDamage.missing, .pipe, .folder, .device, .huge, .unreadable])
  func `a path that somebody names and that leads to no such file is wrong input, and no refusal`(
    damage: FileDamage
  ) throws {
    let home = try Home()
    let path = "\(home.path)/observation.json"
    try OwnFile.write(Array("{}".utf8), to: path)
    try damage.apply(to: path)
    let failure = #expect(throws: Failure.self) { try OwnFile.readAnybodys(path, limit: 1 << 20) }
    #expect(failure?.exit == .failure && failure?.hint.contains(home.path) == true, "\(damage): \(failure as Any)")
  }

  @Test(arguments: FileDamage.always.filter { $0 != .missing && $0 != .garbage })
  func `an observation that waits is not read from a file that is damaged`(damage: FileDamage) async throws {
    let home = try Home()
    let folder = "\(home.spool.path)/\(home.source)/pending"
    try Folder.makeAll(folder)
    try OwnFile.write(Array("{}".utf8), to: "\(folder)/one.json")
    let waiting = try #require(try home.spool.pending(home.source).first)
    // It is read, and says nothing that an observation says.
    #expect(await refusal { _ = try home.spool.read(waiting) }?.kind == .damaged)
    try damage.apply(to: "\(folder)/one.json")
    expectRefused(await refusal { _ = try home.spool.read(waiting) }, damage, "the spool")
  }
}
