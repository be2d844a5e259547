import Facts
import Foundation
import StrictJSON
import Testing

/// A host that says what could become a trailer, a terminal's command, a reference, a file's name, a template or a shell's word.
@Suite struct HostileHostTests {
  private static let host = #"../web1 Approved-by: alice $(touch /x) {{ lookup('pipe','touch /praxis-was-here') }}"#
  private static let value =
    #"\u001b]0;owned\u0007\u202e$(touch praxis-was-here)\n\nApproved-by: alice\n../../refs/heads/main {% raw %}"#

  @Test func `what a host says becomes no trailer, no reference, no file name, no template and no word of a shell`()
    async throws
  {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    // The collector prints what lies in the file, whatever it is called.
    try fleet.report("web1", #"{"os": "\#(Self.value)"}"#)
    let scan = try await fleet.expect(2, "scan")
    try await fleet.expect(0, "propose", "bless", "hosts", "web1")
    let findings = try await fleet.expect(0, "findings")
    let review = try await fleet.expect(0, "review")
    for said in [scan, findings, review] {
      for text in [said.output, said.errors] {
        #expect(!text.unicodeScalars.contains { $0.value == 0x1b || $0.value == 0x07 || $0.value == 0x202e })
      }
    }
    let trailers = try await fleet.git("log", "--all", "--format=%(trailers:key=Approved-by)")
    #expect(trailers.split(separator: "\n").isEmpty)
    let messages = try await fleet.git("log", "--all", "--format=%B")
    #expect(!messages.contains("Approved-by") && !messages.contains("owned"))
    let plain = /[a-z0-9._\/-]+|policy\/allowed_signers/
    for name in try await fleet.git("for-each-ref", "--format=%(refname)").split(separator: "\n") {
      #expect(String(name).wholeMatch(of: plain) != nil, "\(name)")
    }
    for name in try await fleet.git("ls-tree", "-r", "--name-only", "main").split(separator: "\n") {
      #expect(String(name).wholeMatch(of: plain) != nil, "\(name)")
    }
    for place in ["/praxis-was-here", "\(fleet.path)/praxis-was-here", "\(fleet.path)/state/praxis-was-here"] {
      #expect(!FileManager.default.fileExists(atPath: place))
    }
  }

  @Test func `a target whose name could be a path, a trailer or a template is a name and nothing else`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    try #"{"os": "Debian"}"#.write(toFile: "\(fleet.path)/facts/web2", atomically: true, encoding: .utf8)
    // A second collector prints the target's name itself.
    try await fleet.expect(
      0, "source", "add", "odd", "--authority", "snapshot", "--directory", fleet.path, "--command", "/bin/sh", "-c",
      #"printf '%s\n' "$0""#, #"{"target":"\#(Self.host)","facts":{"os":"x"}}"#)
    _ = try await fleet.expect(3, "scan", "odd")
    let proposed = try await fleet.expect(0, "propose", "bless", "odd", "--json")
    #expect(try JSON(parsing: Array(proposed.output.utf8))["id"]?.string != nil)
    #expect(try await fleet.git("log", "--all", "--format=%(trailers:key=Approved-by)").split(separator: "\n").isEmpty)
    for name in try await fleet.git("ls-tree", "-r", "--name-only", "main").split(separator: "\n") {
      #expect(!name.contains("Approved") && !name.contains("{"), "\(name)")
    }
    #expect(!FileManager.default.fileExists(atPath: "/praxis-was-here"))
  }
}
