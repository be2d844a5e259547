import Engine
import Facts
import Failures
import Observe
import TestSupport
import Testing

@Suite struct RecordedFactsTests {
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  @Test func `a file for each target becomes its facts`() throws {
    try folder.write(#"{"target": "web1", "facts": {"a": 1}}"#, to: "web1.json")
    try folder.write(#"{"a": 2}"#, to: "web2.json")
    try folder.write("not mine", to: "README")
    let observation = try ingest(.command(["/usr/local/bin/collect", "-v"]))
    #expect(observation.tool == "collector collect")
    #expect(observation.targets.map(\.target) == ["web1", "web2"])
    #expect(observation.targets.map(\.facts) == [["a": 1], ["a": 2]])
    #expect(observation.targets.allSatisfy { $0.state == .observed })
    #expect(observation.evidence.map(\.name) == ["web1.json", "web2.json"])
    #expect(observation.declaration.origin == .collector && observation.declaration.isWhole)
  }

  @Test func `results of setup become facts, unreachable or failed`() throws {
    try folder.write(
      #"{"ansible_facts": {"ansible_kernel": "6.1", "ansible_date_time": {}}, "changed": false}"#,
      to: "a.json")
    try folder.write(#"{"changed": false, "msg": "no route", "unreachable": true}"#, to: "b.json")
    try folder.write(#"{"failed": true, "msg": "no python"}"#, to: "c.json")
    try folder.write(#"{"kernel": "6.1"}"#, to: "d.json")
    let observation = try ingest(.ansibleFacts(inventory: "i", binaryDirectory: nil))
    #expect(observation.targets.map(\.state) == [.observed, .unreachable, .failed, .failed])
    #expect(observation.targets[0].facts == ["kernel": "6.1"])
    #expect(observation.targets[1].reasons == [.init(.unreachable, "no route")])
  }

  @Test func `a listed target without a file is a failure, and a file without a listed target is a problem`()
    throws
  {
    try folder.write("web1\n web2 \n\n", to: "targets.txt")
    try folder.write(#"{"a": 1}"#, to: "web1.json")
    let missing = try ingest(.command(["x"]))
    #expect(missing.declaration.origin == .list)
    #expect(missing.targets.map(\.state) == [.observed, .failed])
    #expect(missing.targets[1].reasons.map(\.code) == [.notReported])
    try folder.write(#"{"a": 1}"#, to: "web9.json")
    let stranger = try ingest(.command(["x"]))
    #expect(stranger.targets.map(\.state) == [.partly, .failed])
    #expect(stranger.targets[0].reasons.map(\.code) == [.wrongTarget])
  }

  @Test func `a file that cannot be read, or is another target's, fails its target alone`() throws {
    try folder.write(#"{"a": 1}"#, to: "a.json")
    try folder.write(#"{"a": 1"#, to: "b.json")
    try folder.write(#"{"target": "a", "facts": {"a": 1}}"#, to: "c.json")
    try folder.write("", to: "d.json")
    try folder.write("[1]", to: "e.json")
    let observation = try ingest(.command(["x"]))
    #expect(observation.targets.map(\.state) == [.observed, .failed, .failed, .failed, .failed])
    #expect(
      observation.targets.dropFirst().map { $0.reasons[0].code }
        == [.incompleteOutput, .wrongTarget, .incompleteOutput, .incompleteOutput])
  }

  @Test(arguments: [FileDamage.huge, .pipe])
  func `a file that is refused by its size or kind fails its target, is named with the bound, and is no evidence`(
    damage: FileDamage
  ) throws {
    try folder.write(#"{"a": 1}"#, to: "a.json")
    try folder.write(#"{"a": 1}"#, to: "b.json")
    try damage.apply(to: "\(folder.path)/b.json")
    let observation = try ingest(.command(["x"]))
    #expect(observation.targets.map(\.state) == [.observed, .failed])
    #expect(observation.targets[1].reasons.first?.detail?.contains("more than 16777216 bytes") == true)
    #expect(observation.evidence.map(\.name) == ["a.json"])
  }

  @Test func `an empty folder is an error, never an empty set in sync`() throws {
    let error = #expect(throws: Failure.self) { try ingest(.command(["x"])) }
    #expect(error?.code == .configuration)
    let gone = #expect(throws: Failure.self) { try ingest(.command(["x"]), from: "\(folder.path)/gone") }
    #expect(gone?.code == .unreadable)
  }

  @Test func `a target that is asked for and is none of the source's is an error`() throws {
    try folder.write(#"{"a": 1}"#, to: "web1.json")
    let error = #expect(throws: Failure.self) { try ingest(.command(["x"]), only: ["web2"]) }
    #expect(error?.code == .unknownTarget)
    let narrowed = try ingest(.command(["x"]), known: ["web2"], only: ["web1"])
    #expect(!narrowed.declaration.isWhole && narrowed.targets.map(\.target) == ["web1"])
  }

  private func ingest(
    _ collector: AuthorityConfiguration.Snapshot.Collector, from path: String? = nil, known: [TargetName] = [],
    only: [TargetName]? = nil
  ) throws -> Observation {
    let request = SnapshotFixtures.request(
      .init(collector: collector), directory: "/", evidence: "/nonexistent", known: known, only: only)
    return try request.source.authority.asked.ingest(
      request, RecordedTimes(begin: SnapshotFixtures.begin, end: SnapshotFixtures.begin.advanced(bySeconds: 5)),
      folder: path ?? folder.path)
  }
}
