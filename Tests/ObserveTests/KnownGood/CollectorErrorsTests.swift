import Engine
import Facts
import Failures
import Observe
import Testing

@Suite struct CollectorErrorsTests {
  @Test func `a program that is not there is a missing tool, and an empty command a wrong configuration`()
    async throws
  {
    #expect(try await code(["praxis-no-such-collector"]) == .toolMissing)
    #expect(try await code(["./no-such-collector"]) == .toolMissing)
    #expect(try await code([]) == .configuration)
  }

  @Test func `a collector that names nothing where nothing is known is an error, never an empty set in sync`()
    async throws
  {
    #expect(try await code(["true"]) == .configuration)
    #expect(try await code(["false"]) == .configuration)
    #expect(try await code(["echo", "rubbish"]) == .configuration)
  }

  @Test func `a target that is asked for and is none of the source's is an error`() async throws {
    #expect(
      try await code(["echo", #"{"target": "web1", "facts": {"a": 1}}"#], only: ["web2"]) == .unknownTarget)
    #expect(try await code(["echo", #"{"target": "web1", "facts": {"a": 1}}"#], only: []) == .unknownTarget)
  }

  @Test func `only what the source names of praxis' environment reaches the collector`() async throws {
    let scratch = try ScratchFolder()
    var request = SnapshotFixtures.request(
      .init(
        collector: .command([
          "sh", "-c", #"printf '{"target": "a", "facts": {"env": "%s"}}\n' "$(env | sort | tr '\n' ' ')""#,
        ])),
      directory: "/", evidence: scratch.path)
    request.environment = ["PATH": "/usr/bin:/bin", "SITE": "north", "OTHER": "x"]
    request.source.environment = .init(pass: ["SITE"], set: ["FIXED": "1"])
    let environment = try #require(
      try await request.source.authority.asked.observe(request).targets[0].facts?["env"]?.string)
    #expect(environment.contains("SITE=north ") && environment.contains("FIXED=1 "))
    #expect(!environment.contains("OTHER"))
  }

  private func code(_ words: [String], only: [TargetName]? = nil) async throws -> Failure.Code? {
    let scratch = try ScratchFolder()
    do {
      let request = SnapshotFixtures.request(
        .init(collector: .command(words)), directory: scratch.path, evidence: scratch.path, only: only)
      _ = try await request.source.authority.asked.observe(request)
      return nil
    } catch {
      return error.code
    }
  }
}
