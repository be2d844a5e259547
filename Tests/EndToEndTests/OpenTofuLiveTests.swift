import Engine
import Facts
import Failures
import Foundation
import Observe
import Secrets
import Testing

/// The OpenTofu authority against the real tool and resources that are files, so that drift is made by hand.
@Suite struct OpenTofuLiveTests {
  @Test func `a converged module is in sync, twice in a row, and the plans lie private in the evidence`()
    async throws
  {
    let module = try await TofuModule()
    for _ in 0..<2 {
      let observation = try await module.observe()
      let report = observation.targets[0]
      #expect(report.state == .observed && report.target == "default")
      #expect(
        report.subjects.map(\.subject) == [
          "driftfile_file.motd", "driftfile_file.zone[\"a\"]", "driftfile_file.zone[\"b\"]",
          "driftfile_secret.token", "output.motd",
        ])
      #expect(
        report.subjects.allSatisfy { $0.state == .inSync && $0.desired != nil && $0.desired == $0.reality })
      #expect(observation.tool.hasPrefix("terraform ") || observation.tool.hasPrefix("OpenTofu "))
      #expect(observation.desired != nil && observation.declaration.isWhole)
      let names = Set(observation.evidence.map(\.name))
      #expect(
        names.isSuperset(of: [
          "refresh-only.jsonl", "refresh-only.json", "plan.jsonl", "plan.json", "state.json",
        ]))
      for name in ["refresh-only.tfplan", "plan.tfplan", "refresh-only.json", "plan.json"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(module.evidence)/\(name)")
        #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
      }
      #expect(!String(decoding: observation.bytes, as: UTF8.self).contains(module.secret))
    }
  }

  @Test func `hand-made changes, deletions and modes are found, recorded alike, and gone after an apply`()
    async throws
  {
    let module = try await TofuModule()
    let before = try await module.observe()
    try module.write("HACKED\n", to: "live/motd")
    try module.write("leaked\n", to: "live/token")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o777], ofItemAtPath: "\(module.path)/live/zone-a")
    try FileManager.default.removeItem(atPath: "\(module.path)/live/zone-b")
    let observation = try await module.observe()
    let report = observation.targets[0]
    #expect(report.state == .observed)
    #expect(
      report.drift("driftfile_file.motd")
        == .drifted(
          .changed, Delta([.init(path: "/content", .values(desired: "hello\n", observed: "HACKED\n"))]),
          .world))
    #expect(
      report.drift("driftfile_file.zone[\"a\"]")
        == .drifted(
          .changed, Delta([.init(path: "/mode", .values(desired: "0644", observed: "0777"))]), .world))
    guard case .drifted(.missing, _, .world) = report.drift("driftfile_file.zone[\"b\"]"),
      case .drifted(.changed, _, .world) = report.drift("driftfile_secret.token")
    else {
      Issue.record("the deletion or the secret was not found: \(report.subjects)")
      return
    }
    let text = String(decoding: observation.bytes, as: UTF8.self)
    #expect(!text.contains(module.secret) && !text.contains("leaked"))
    #expect(before.desired == observation.desired, "nothing was declared anew")
    // What the run left is what ingest reads.
    let request = module.request()
    let recorded = try request.source.authority.asked.ingest(
      request, RecordedTimes(begin: observation.begin, end: observation.end), folder: module.evidence)
    #expect(recorded.targets == observation.targets)
    try await module.apply()
    let after = try await module.observe().targets[0]
    #expect(after.state == .observed && after.subjects.allSatisfy { $0.state == .inSync })
  }

  @Test func `a changed declaration is not called the world's doing, and beside drift no cause is proven`() async throws
  {
    let module = try await TofuModule()
    let before = try await module.observe()
    try module.declare(motd: "declared anew")
    let declared = try await module.observe()
    #expect(
      declared.targets[0].drift("driftfile_file.motd")
        == .drifted(
          .changed,
          Delta([.init(path: "/content", .values(desired: "declared anew\n", observed: "hello\n"))]), nil))
    #expect(before.desired != declared.desired)
    try module.write("HACKED\n", to: "live/motd")
    #expect(
      try await module.observe().targets[0].drift("driftfile_file.motd")
        == .drifted(
          .changed,
          Delta([.init(path: "/content", .values(desired: "declared anew\n", observed: "HACKED\n"))]), nil))
  }

  @Test func `what cannot be read is unobserved, and what can be is still found`() async throws {
    let module = try await TofuModule()
    try module.write("HACKED\n", to: "live/motd")
    let report = try await module.observe(variables: ["DRIFTFILE_FAIL_READ": "zone-a"]).targets[0]
    #expect(report.state == .partly && !report.listsEverySubject)
    #expect(report.reasons.map(\.code) == [.toolFailed])
    #expect(report.drift("driftfile_file.zone[\"a\"]") == .unobserved(.notRefreshed))
    guard case .drifted(.changed, _, .world) = report.drift("driftfile_file.motd") else {
      Issue.record("the drift was not found: \(report.subjects)")
      return
    }
    #expect(!report.subjects.contains { $0.state == .inSync })
  }

  @Test func `a state that somebody holds locked is not observed`() async throws {
    let module = try await TofuModule()
    let holder = try await StateLock(on: "\(module.path)/module/terraform.tfstate")
    let report = try await module.observe(timeoutSeconds: 60).targets[0]
    #expect(report.state == .failed && report.subjects.isEmpty)
    #expect(report.reasons.map(\.code) == [.lockHeld])
    holder.release()
    #expect(try await module.observe().targets[0].state == .observed)
  }

  @Test func `what the tool says of a module that it cannot read is told, without the lines that it quotes`()
    async throws
  {
    let module = try await TofuModule()
    try module.write(
      "variable \"x\" {\n  default = \"Nordlicht-62\" \"again\"\n}\n", to: "module/broken.tf")
    let report = try await module.observe().targets[0]
    let words = report.reasons.compactMap(\.detail).joined(separator: "\n")
    #expect(report.state == .failed && report.reasons.allSatisfy { $0.code == .toolFailed }, "\(report.reasons)")
    #expect(words.contains("workspace list: exit code 1; Error: ") && words.contains("broken.tf line 2"), "\(words)")
    #expect(!words.contains("Nordlicht"), "\(words)")
  }

  @Test func `a workspace that is not there is an error and is not made`() async throws {
    let module = try await TofuModule()
    let error = await #expect(throws: Failure.self) { try await module.observe(workspace: "production") }
    #expect(error?.code == .configuration)
    #expect(!FileManager.default.fileExists(atPath: "\(module.path)/module/terraform.tfstate.d"))
  }

  @Test(arguments: ["TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_WORKSPACE", "TF_REATTACH_PROVIDERS", "TF_INPUT"])
  func `a variable that changes what is looked at is refused`(name: String) async throws {
    let module = try await TofuModule(isConverged: false)
    let error = await #expect(throws: Failure.self) {
      try await module.observe(variables: [name: "-target=driftfile_file.motd"])
    }
    #expect(error?.code == .configuration)
  }

  @Test func `a module that was not initialised is a failure, not an empty fleet`() async throws {
    let module = try await TofuModule(isConverged: false)
    let report = try await module.observe().targets[0]
    #expect(
      report.state == .failed && report.subjects.isEmpty && report.reasons.contains { $0.code == .toolFailed }
    )
  }

  @Test func `what a run before left in the folder is never shown again`() async throws {
    let module = try await TofuModule()
    try module.write("HACKED\n", to: "live/motd")
    let before = try await module.observe()
    #expect(before.targets[0].drift("driftfile_file.motd") != .inSync)
    try module.write("resource {", to: "module/broken.tf")
    let after = try await module.observe(reusesEvidence: true).targets[0]
    #expect(after.state == .failed && after.subjects.isEmpty && after.reasons.contains { $0.code == .toolFailed })
    for name in ["refresh-only.tfplan", "plan.tfplan", "refresh-only.json", "plan.json"] {
      #expect(!FileManager.default.fileExists(atPath: "\(module.evidence)/\(name)"), "\(name)")
    }
  }

  @Test func `a program that is not there is a missing tool`() async throws {
    let module = try await TofuModule(isConverged: false)
    let error = await #expect(throws: Failure.self) { try await module.observe(binary: "no-such-tofu") }
    #expect(error?.code == .toolMissing)
  }
}

/// Another process that holds a local state's lock, the way both tools take it: fcntl(2) on the state file.
private final class StateLock {
  private let process = Process()
  private let input = Pipe()

  init(on state: String) async throws {
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    process.arguments = [
      "-c",
      "import fcntl,sys; f=open(sys.argv[1],'r+'); fcntl.lockf(f,fcntl.LOCK_EX); print(1,flush=True); sys.stdin.read()",
      state,
    ]
    let output = Pipe()
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    try #require(try output.fileHandleForReading.read(upToCount: 1) != nil, "the lock was not taken")
  }

  func release() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  deinit { if process.isRunning { process.terminate() } }
}

extension TargetReport {
  fileprivate func drift(_ subject: SubjectName) -> SubjectReport.State? {
    subjects.first { $0.subject == subject }?.state
  }
}
