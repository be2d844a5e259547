import Engine
import Facts
import Failures
import Foundation
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

  @Test func `a collector that prints without end is ended at max-output, and nothing of it is kept`() async throws {
    let scratch = try ScratchFolder()
    var request = SnapshotFixtures.request(
      .init(collector: .command(["yes", #"{"target": "web1", "facts": {}}"#])), directory: "/", evidence: scratch.path)
    request.source.outputLimit = 1 << 20
    let failure = await #expect(throws: Failure.self) { _ = try await request.source.authority.asked.observe(request) }
    #expect(failure?.code == .outputTooLarge && failure?.message.contains("1048576 bytes") == true)
    #expect(failure?.hint.contains("max-output") == true)
    #expect(try !FileManager.default.contentsOfDirectory(atPath: scratch.path).contains("collector.jsonl"))
  }

  @Test func `of a collector that prints endless lines no more are read than there can be targets`() async throws {
    let scratch = try ScratchFolder()
    let request = SnapshotFixtures.request(
      .init(
        collector: .command(["sh", "-c", #"echo '{"target": "web1", "facts": {"os": 1}}'; yes | head -n 3000000"#])),
      directory: "/", evidence: scratch.path)
    let target = try #require(try await request.source.authority.asked.observe(request).targets.first)
    #expect(target.state == .partly && target.reasons.contains { $0.code == .incompleteOutput })
  }

  @Test
  func `a tool that runs into the time limit is told as that, with the limit and the key, where nothing is known`()
    async throws
  {
    let scratch = try ScratchFolder()
    let slow = "\(scratch.path)/ansible-inventory"
    for name in ["ansible-inventory", "ansible-playbook"] {
      try scratch.write("#!/bin/sh\nexec sleep 600\n", to: name)
      #expect(chmod("\(scratch.path)/\(name)", 0o700) == 0)
    }
    for collector: AuthorityConfiguration.Snapshot.Collector in [
      .command([slow]), .ansibleFacts(inventory: "inventory.ini", binaryDirectory: scratch.path),
    ] {
      let request = SnapshotFixtures.request(
        .init(collector: collector), directory: scratch.path, evidence: scratch.path, timeout: 1)
      let failure = await #expect(throws: Failure.self) {
        _ = try await request.source.authority.asked.observe(request)
      }
      #expect(failure?.code.word == "timed-out" && failure?.message.contains("time limit of 1 s") == true)
      #expect(failure?.hint.contains("raise timeout of hosts in praxis.yaml") == true)
    }
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
