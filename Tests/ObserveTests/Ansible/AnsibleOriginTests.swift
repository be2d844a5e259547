import Facts
import Failures
import Foundation
import Observe
import Testing

/// A recording counts for the source that it is a recording of, wherever its checkout lay.
@Suite struct AnsibleOriginTests {
  private static let own = AuthorityConfiguration.Ansible(
    playbook: "plays/site.yml", inventory: "hosts/prod", extraVarsFiles: ["vars/site.yml"])

  /// - Parameter options: those that say what it was made with.
  private static func run(_ playbook: String, _ options: String) -> [String] {
    let head =
      #"{"event":"playbook","path":"\#(playbook)","play":null,"options":{"check":true,"diff":true,"limit":null"#
      + #","start_at_task":null,"tags":["all"],"skip_tags":[]"# + options + "}}"
    let start = AnsibleStream.start.replacing(#""play":null"#, with: #""play":null,"run":"one""#)
    return [start, head, AnsibleStream.play()]
      + [AnsibleStream.result("ok", AnsibleStream.task("Copy"), #"{"changed":false}"#), AnsibleStream.stats(ok: 1)]
  }

  private static func with(_ inventory: [String], _ files: [String?]) -> String {
    let files = files.map { $0.map { #""\#($0)""# } ?? "null" }.joined(separator: ",")
    return #","inventory":["# + inventory.map { #""\#($0)""# }.joined(separator: ",")
      + #"],"variable_files":[\#(files)]"#
  }

  private static func take(
    _ lines: [String], _ own: AuthorityConfiguration.Ansible = own
  ) throws -> Observation {
    try AnsibleFixture.withFolder { folder in
      try AnsibleFixture.write(lines.map { $0 + "\n" }.joined(), "events.jsonl", in: folder)
      try AnsibleFixture.write("0\n", "ansible.rc", in: folder)
      try AnsibleFixture.write("alpha\n", "targets.txt", in: folder)
      return try AnsibleFixture.ingest(folder, ansible: own)
    }
  }

  /// - Returns: what is said of the refusal.
  private static func refused(
    _ playbook: String, _ options: String, _ own: AuthorityConfiguration.Ansible = own
  ) -> String? {
    let failure = #expect(throws: Failure.self) { try take(run(playbook, options), own) }
    #expect(failure?.code == .otherRecording)
    return failure?.message
  }

  @Test(arguments: ["/nowhere", "/builds/4711/fleet"])
  func `a recording of the same files in another checkout is taken`(root: String) throws {
    let options = Self.with(["\(root)/hosts/prod"], ["\(root)/vars/site.yml"])
    let found = try Self.take(Self.run("\(root)/plays/site.yml", options))
    #expect(found.targets[0].state == .observed && found.notes.isEmpty)
    #expect(found.toolRun == Digest(of: Array("one".utf8)))
  }

  @Test func `files outside of the checkout and hosts in words are compared as they are named`() throws {
    let system = AuthorityConfiguration.Ansible(playbook: "/nowhere/site.yml", inventory: "/etc/ansible/hosts")
    #expect(try Self.take(Self.run("/ci/site.yml", Self.with(["/etc/ansible/hosts"], [])), system).notes.isEmpty)
    #expect(Self.refused("/ci/site.yml", Self.with(["/ci/etc/ansible/hosts"], []), system) != nil)
    let words = AuthorityConfiguration.Ansible(playbook: "site.yml", inventory: "alpha,bravo")
    #expect(try Self.take(Self.run("/ci/site.yml", Self.with(["alpha,bravo"], [])), words).notes.isEmpty)
    #expect(Self.refused("/ci/site.yml", Self.with(["alpha,charlie"], []), words) != nil)
    let beside = AuthorityConfiguration.Ansible(playbook: "site.yml", inventory: "../common/hosts")
    #expect(try Self.take(Self.run("/ci/fleet/site.yml", Self.with(["/ci/common/hosts"], [])), beside).notes.isEmpty)
    #expect(Self.refused("/ci/fleet/site.yml", Self.with(["/ci/stage/hosts"], []), beside) != nil)
  }

  @Test(arguments: ["/ci/plays/other.yml", "/ci/plays/mysite.yml", "/ci/site.yml"])
  func `a recording of another playbook is refused`(playbook: String) {
    let said = Self.refused(playbook, Self.with(["/ci/hosts/prod"], ["/ci/vars/site.yml"]))
    #expect(said?.contains(playbook) == true && said?.contains("plays/site.yml") == true)
  }

  @Test func `a recording of two playbooks is refused`() {
    let options = Self.with(["/ci/hosts/prod"], ["/ci/vars/site.yml"])
    let lines = Self.run("/ci/plays/site.yml", options)
    let both = lines + [lines[1].replacing("site.yml\",\"play\"", with: "other.yml\",\"play\"")]
    #expect(throws: Failure.self) { try Self.take(both) }
  }

  @Test(
    arguments: [
      ["/ci/hosts/stage"], ["/ci/other/hosts/prod"], ["/ci/hosts/prod", "/ci/hosts/stage"], [],
      ["/elsewhere/hosts/prod"],
    ])
  func `a recording of another inventory is refused, whatever its hosts are called`(inventory: [String]) {
    let said = Self.refused("/ci/plays/site.yml", Self.with(inventory, ["/ci/vars/site.yml"]))
    #expect(said?.contains("another inventory") == true && said?.contains("hosts/prod") == true)
  }

  @Test(arguments: [
    [nil], [], ["/ci/vars/site.yml", nil], ["/ci/vars/other.yml"], ["/ci/vars/site.yml", "/ci/x.yml"],
  ])
  func `a recording with other extra variables is refused`(files: [String?]) {
    let said = Self.refused("/ci/plays/site.yml", Self.with(["/ci/hosts/prod"], files))
    #expect(said?.contains("extra variables") == true && said?.contains("vars/site.yml") == true)
  }

  @Test func `what a recording does not say is said`() throws {
    let old = try Self.take(Self.run("/ci/plays/site.yml", ""))
    #expect(
      old.notes == ["the recording does not say with which inventory and with which extra variables it was made"])
    #expect(Self.refused("/ci/plays/other.yml", "") != nil)
  }

  @Test func `a recording of ansible posix is of the playbook in which its plays stand`() throws {
    func recording(_ path: String) -> [String] {
      [
        #"{"_event":"v2_playbook_on_play_start","play":{"id":"p","name":"P","path":"\#(path)"}}"#,
        #"{"_event":"v2_runner_on_ok","task":{"id":"t","name":"T"},"hosts":{"alpha":{"action":"copy","changed":false}}}"#,
        #"{"_event":"v2_playbook_on_stats","stats":{"alpha":{"ok":1,"changed":0,"failures":0,"unreachable":0,"skipped":0}}}"#,
      ]
    }
    let found = try Self.take(recording("/ci/plays/site.yml:2"))
    #expect(found.notes.count == 1 && found.notes[0].contains("with which inventory"))
    let failure = #expect(throws: Failure.self) { try Self.take(recording("/ci/plays/other.yml:2")) }
    #expect(failure?.code == .otherRecording)
    // Where the playbook imports others, its plays stand in these.
    try AnsibleFixture.withFolder { folder in
      try AnsibleFixture.write("- import_playbook: web.yml\n", "site.yml", in: folder)
      let own = AuthorityConfiguration.Ansible(playbook: "\(folder.path)/site.yml", inventory: "hosts")
      let imported = try Self.take(recording("/ci/web.yml:2"), own)
      #expect(imported.notes.count == 1 && imported.notes[0].contains("of which playbook"))
    }
  }
}
