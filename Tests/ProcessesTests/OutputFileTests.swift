import Failures
import Foundation
import Testing

@testable import Processes

@Suite struct `Output put into a file` {
  @Test func `a whole output becomes a file of mode 0600, whatever the exit code`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let file = scratch.path + "/plan"
    let ended = try await run(scratch.sh("umask 0; head -c 300000 /dev/zero; exit 2"), standardOutputTo: file)
    #expect(ended.status == .exited(2))
    let attributes = try FileManager.default.attributesOfItem(atPath: file)
    #expect(attributes[.size] as? Int == 300_000)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(scratch.files == ["plan"])
  }

  @Test(arguments: ["echo half; kill -KILL $$", "echo half; exec sleep 600", "echo half; exec yes"])
  func `no file is left of a run that was not whole`(script: String) async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    await #expect(throws: Failure.self) {
      try await run(
        scratch.sh(script, timeLimit: .milliseconds(500)), standardOutputTo: scratch.path + "/plan",
        limit: 1_000_000)
    }
    #expect(scratch.files.isEmpty)
  }

  @Test func `an existing file and a link are not written`() async throws {
    let scratch = try Scratch()
    defer { scratch.remove() }
    let (file, link) = (scratch.path + "/file", scratch.path + "/link")
    try "old".write(toFile: file, atomically: true, encoding: .utf8)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: scratch.path + "/elsewhere")
    for name in [file, link] {
      let error = await #expect(throws: Failure.self) {
        try await run(scratch.sh("echo new"), standardOutputTo: name)
      }
      #expect(error?.code == .io)
    }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "old")
    #expect(scratch.files == ["file", "link"])
  }
}
