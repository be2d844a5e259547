import Facts
import Foundation
import Processes
import Testing

@testable import Observe

/// What the view of a sealed bundle shows, with the real bubblewrap.
@Suite struct SealedBundleTests {
  private let folder =
    FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path + "/bundle-\(UUID().uuidString)"

  init() throws {
    for name in ["site/infra", "site/hosts", "evidence", "home"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/\(name)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    try write("approved\n")
  }

  private func write(_ text: String) throws {
    try text.write(toFile: "\(folder)/site/infra/file", atomically: true, encoding: .utf8)
  }

  /// The view of `site/infra`, sealed by a copy, in which the tool may write some folders.
  private func view(writing folders: [String]) async throws -> Sandbox {
    let program = try await Sandbox.find(in: "/usr/bin:/bin")
    let request = ObservationRequest(
      source: SourceConfiguration(
        name: try #require(SourceName("site")), authority: .tofu(.init()), directory: "\(folder)/site/infra"),
      run: RunID(begin: TofuFixture.begin, tail: 1), redactor: TofuFixture.redactor, rules: Digest(of: []),
      evidenceFolder: "\(folder)/evidence", home: "\(folder)/home", environment: [:], callbackFolder: "/nowhere",
      confinement: .sandbox(program: program), now: { TofuFixture.begin })
    var bundle = try SealedBundle(
      [SealedTree(path: "\(folder)/site/infra", kind: .written)], of: request, copiesIn: "\(folder)/copies")
    bundle.addWrites(folders)
    return try #require(try bundle.executingView(request))
  }

  private func said(_ script: String, in view: Sandbox) async throws -> String {
    var invocation = Invocation(
      executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
      timeLimit: .seconds(300))
    invocation.sandbox = view
    let (_, output) = try await capture(invocation, limit: 1 << 20)
    return String(decoding: output, as: UTF8.self)
  }

  @Test(arguments: ["/site", "/site/infra", ""])
  func `a folder that may be written does not hide the sealed copy in it`(place: String) async throws {
    let view = try await view(writing: [folder + place])
    try write("swapped\n")
    let script = "cat \(folder)/site/infra/file; echo more 2>/dev/null >\(folder)/site/infra/file || echo refused"
    #expect(try await said(script, in: view) == "approved\nrefused\n")
    #expect(try String(contentsOfFile: "\(folder)/site/infra/file", encoding: .utf8) == "swapped\n")
  }

  @Test func `what lies beside the sealed copy is written where it may be`() async throws {
    let view = try await view(writing: ["\(folder)/site"])
    #expect(try await said("echo done >\(folder)/site/hosts/h1 && echo written", in: view) == "written\n")
    #expect(try String(contentsOfFile: "\(folder)/site/hosts/h1", encoding: .utf8) == "done\n")
  }

  @Test func `a folder of the system that may be written stands in front of the system's own`() async throws {
    let view = try await view(writing: ["/etc"])
    let last = view.mounts.last { $0.place == "/etc" }
    guard case .writable("/etc", _)? = last else {
      Issue.record("/etc is \(String(describing: last))")
      return
    }
  }
}
