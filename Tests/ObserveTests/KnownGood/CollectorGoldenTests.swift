import Engine
import Facts
import Foundation
import Observe
import StrictJSON
import Testing

/// Each case is a real collector (`collector.sh`, run by sh) and the observation that has to come of it (`expected.json`;
/// PRAXIS_RECORD=1 writes it anew, to be read before it is committed).
@Suite struct CollectorGoldenTests {
  static let cases =
    (try? FileManager.default.contentsOfDirectory(atPath: SnapshotFixtures.folder))?
    .filter { FileManager.default.fileExists(atPath: "\(SnapshotFixtures.folder)/\($0)/collector.sh") }
    .sorted() ?? []

  @Test func `there are cases`() { #expect(Self.cases.count >= 12) }

  @Test(arguments: cases)
  func `what a collector prints becomes the recorded observation`(_ name: String) async throws {
    let observation = try await Self.observe(name)
    let expected = "\(SnapshotFixtures.folder)/\(name)/expected.json"
    let bytes = CanonicalJSON.bytes(observation.json)
    if ProcessInfo.processInfo.environment["PRAXIS_RECORD"] == "1" {
      try Data(bytes).write(to: URL(fileURLWithPath: expected))
    }
    #expect(String(decoding: bytes, as: UTF8.self) == (try String(contentsOfFile: expected, encoding: .utf8)))
  }

  @Test(arguments: cases)
  func `no secret of a collector reaches the observation`(_ name: String) async throws {
    let text = String(decoding: CanonicalJSON.bytes(try await Self.observe(name).json), as: UTF8.self)
    for secret in ["hunter2", "token = abc", "u:p@"] { #expect(!text.contains(secret)) }
  }

  /// The rule that nothing else may break: positive evidence needs a run without any problems.
  @Test(arguments: cases)
  func `a target is fully observed only by a collector that ended well`(_ name: String) async throws {
    let observation = try await Self.observe(name)
    let isSound = ["in-order", "missing", "narrowed", "silent", "twice", "wrong-shapes"].contains(name)
    for target in observation.targets where target.state == .observed {
      #expect(isSound, "\(name): \(target.target)")
      #expect(target.facts != nil && target.groupDepth == 1)
    }
    #expect(observation.targets.allSatisfy { $0.subjects.isEmpty })
  }

  private static func observe(_ name: String) async throws -> Observation {
    let evidence = try ScratchFolder()
    let settings = try JSON(parsing: SnapshotFixtures.bytes("\(name)/case.json"))
    func strings(_ key: String) -> [String]? { settings[key]?.array?.compactMap(\.string) }
    let snapshot = AuthorityConfiguration.Snapshot(
      collector: .command(["sh", "collector.sh"]), targets: strings("targets")?.map(TargetName.init),
      include: strings("include") ?? [],
      unordered: strings("unordered") ?? [])
    let request = SnapshotFixtures.request(
      snapshot, directory: "\(SnapshotFixtures.folder)/\(name)", evidence: evidence.path,
      known: (strings("known") ?? []).map(TargetName.init), only: strings("only")?.map(TargetName.init),
      retired: (strings("retired") ?? []).map(TargetName.init),
      timeout: Int64(settings["timeout"]?.int ?? 60))
    return try await request.source.authority.asked.observe(request)
  }
}
