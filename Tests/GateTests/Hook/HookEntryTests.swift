import Facts
import Foundation
import Testing

@testable import Gate

/// The checks of a site in pre-execute.d, and the change window that comes as an example.
@Suite struct HookEntryTests {
  @Test func `every entry is asked, in the order of their names, with what praxis said`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let log = site.scratch.file("log")
    for name in ["20-second", "10-first", "30-third"] {
      try site.installEntry(name, "printf '%s %s\\n' \"${0##*/}\" \"$(sha256sum | cut -d ' ' -f 1)\" >>\(log)")
    }
    expectYes(try site.ask(proposal))
    let digest = Digest(of: try site.question(proposal)).text.dropFirst("sha256:".count)
    #expect(try site.scratch.text("log") == "10-first \(digest)\n20-second \(digest)\n30-third \(digest)\n")
  }

  @Test func `an entry for a job is told the same as by praxis`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    try site.record(proposal, .claimed, claim: "job")
    try site.installEntry("copy", "cat >\(site.scratch.file("seen"))")
    expectYes(try site.ask(proposal, claim: "job"))
    let seen = try site.scratch.text("seen")
    #expect(try seen == String(decoding: site.question(proposal), as: UTF8.self))
  }

  @Test func `an entry that says no is recorded, with its last line`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    try site.installEntry("10-yes", "exit 0")
    try site.installEntry("20-no", "echo first >&2; printf 'no \\033[2Jticket\\n' >&2; exit 1")
    try site.installEntry("30-never", "touch \(site.scratch.file("never"))")
    let answer = try site.ask(proposal)
    expect("hook-refused", answer)
    #expect(answer.last == "refused (hook-refused): pre-execute.d/20-no: no [2Jticket")
    #expect(!FileManager.default.fileExists(atPath: site.scratch.file("never")))
  }

  @Test func `an entry that is killed, cannot be started or does not end is a no`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    try site.installEntry("10", "kill -9 $$")
    expect("hook-failed", try site.ask(proposal))
    try site.scratch.write(Array("#!/no/such/shell\n".utf8), to: "hooks/pre-execute.d/10", mode: 0o755)
    expect("hook-failed", try site.ask(proposal))
    try site.installHook([("\nentry_limit=60\n", "\nentry_limit=1\n")])
    try site.installEntry("10", "exec sleep 600")
    expect("hook-failed", try site.ask(proposal))
  }

  @Test func `what is no check of this user or of root is refused`() async throws {
    let site = try await HookSite()
    let proposal = try site.approved()
    let folder = site.scratch.file("hooks/pre-execute.d")
    let entry = "\(folder)/10"
    func fresh() throws {
      try? FileManager.default.removeItem(atPath: folder)
      try site.installEntry("10", "exit 0")
    }
    func expectRefused(_ code: String, _ change: () throws -> Void) throws {
      try fresh()
      try change()
      expect(code, try site.ask(proposal))
    }
    try fresh()
    expectYes(try site.ask(proposal))
    try expectRefused("file-permissions") { chmod(entry, 0o644) }
    try expectRefused("file-permissions") { chmod(entry, 0o775) }
    try expectRefused("file-permissions") { chmod(entry, 0o757) }
    try expectRefused("file-permissions") { chmod(folder, 0o777) }
    try expectRefused("file-is-special") {
      try FileManager.default.removeItem(atPath: entry)
      try FileManager.default.createDirectory(atPath: entry, withIntermediateDirectories: false)
    }
    try expectRefused("file-is-special") {
      try FileManager.default.removeItem(atPath: entry)
      #expect(mkfifo(entry, 0o755) == 0)
    }
    try expectRefused("file-is-link") {
      try FileManager.default.removeItem(atPath: entry)
      try FileManager.default.createSymbolicLink(atPath: entry, withDestinationPath: "/bin/true")
    }
    try expectRefused("file-is-link") {
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/20", withDestinationPath: "/nowhere")
    }
    try expectRefused("file-permissions") { try site.installEntry(".hidden", "exit 0", mode: 0o644) }
    try expectRefused("file-is-special") {
      try FileManager.default.removeItem(atPath: folder)
      try site.scratch.write("", to: "hooks/pre-execute.d")
    }
    try expectRefused("file-is-link") {
      try FileManager.default.moveItem(atPath: folder, toPath: "\(folder).real")
      try FileManager.default.createSymbolicLink(atPath: folder, withDestinationPath: "\(folder).real")
    }
    if geteuid() == 0 {
      try expectRefused("file-owner") { chown(entry, 12_345, 12_345) }
      try expectRefused("file-owner") { chown(folder, 12_345, 12_345) }
    } else {
      // Whoever is not root cannot give files away; to a hook that takes itself for somebody else, these are another's.
      try site.installHook([("  require_own \"$entries\" d\n", "  me=12345\n  require_own \"$entries\" d\n")])
      try expectRefused("file-owner") {}
    }
  }

  // MARK: The change window

  /// Installs the example with these hours.
  private func window(_ configuration: String?, mode: Int = 0o644) async throws -> (HookSite, HookSite.Answer) {
    let site = try await HookSite()
    let proposal = try site.approved()
    let example = HookSite.hooks.appendingPathComponent("samples/change-window")
    try site.scratch.write(Array(try Data(contentsOf: example)), to: "hooks/pre-execute.d/change-window", mode: 0o755)
    if let configuration {
      try site.scratch.write(Array(configuration.utf8), to: "hooks/change-window.conf", mode: mode)
    }
    return (site, try site.ask(proposal))
  }

  @Test func `within the change window the hook says yes`() async throws {
    for text in [
      "zone UTC\nallow Mon-Sun 00:00-24:00\n", "# all week\n\nzone Europe/Berlin\nallow Mon-Sun 00:00-24:00",
      "zone UTC\nallow Mon-Fri 00:00-24:00\nallow Sat-Sun 00:00-12:00\nallow Sat-Sun 12:00-24:00\n",
    ] { expectYes(try await window(text).1) }
  }

  @Test func `outside of the change window the hook says no`() async throws {
    // Every day but yesterday, today and tomorrow: this test may run over a midnight.
    let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let today = (Int(Date().timeIntervalSince1970) / 86_400 + 4) % 7
    let others = (2...5).map { names[(today + $0) % 7] }
    let lines = others.map { "allow \($0) 00:00-24:00\n" }.joined()
    let answer = try await window("zone UTC\n\(lines)").1
    expect("hook-refused", answer)
    #expect(answer.last.contains("outside of the change window"))
  }

  @Test(arguments: [
    "", "zone UTC\n", "allow Mon-Sun 00:00-24:00\n", "zone Mars/Olympus\nallow Mon-Sun 00:00-24:00\n",
    "zone ../../etc/passwd\nallow Mon-Sun 00:00-24:00\n", "zone UTC\nzone UTC\nallow Mon-Sun 00:00-24:00\n",
    "zone UTC\nallow Mon-Sun 00:00-24:00\ndeny Sun 00:00-24:00\n", "zone UTC\nallow Mon-Sun 00:00-24:01\n",
    "zone UTC\nallow Mon-Sun 0:00-24:00\n", "zone UTC\nallow Sun-Mon 00:00-24:00\nallow Mon-Sun 00:00-24:00\n",
    "zone UTC\nallow Mon-Sun 22:00-06:00\nallow Mon-Sun 00:00-24:00\n", "zone UTC\nallow Mo-Su 00:00-24:00\n",
    "zone UTC\nallow Mon-Sun\nallow Mon-Sun 00:00-24:00\n",
  ])
  func `a configuration that is not wholly understood allows nothing`(configuration: String) async throws {
    expect("hook-refused", try await window(configuration).1)
  }

  @Test func `a configuration of others, or none, allows nothing`() async throws {
    expect("hook-refused", try await window(nil).1)
    let all = "zone UTC\nallow Mon-Sun 00:00-24:00\n"
    expect("hook-refused", try await window(all, mode: 0o666).1)
    expect("hook-refused", try await window(all, mode: 0o664).1)
  }
}
