import Foundation
import Testing

/// What praxis says before it does something, and what its words mean, from the program itself.
@Suite struct AnnouncementTests {
  @Test func `scan holds a task that would run for real to check mode, aloud, and refuses it when told to`()
    async throws
  {
    let fleet = try await DemoFleet()
    try await fleet.expect(0, "init", "\(fleet.path)/state", "--generate-keys")
    try await fleet.sh("mkdir \(fleet.path)/real")
    try fleet.write("one ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n", to: "real/hosts")
    try fleet.write(
      """
      - name: Only looks
        hosts: all
        gather_facts: false
        tasks:
          - name: Folder
            ansible.builtin.file: {path: "\(fleet.path)", state: directory}
          - name: "Does \\e[31mit"
            ansible.builtin.copy: {content: "done", dest: "\(fleet.path)/real/done", mode: "0644"}
            check_mode: false

      """, to: "real/site.yml")
    try await fleet.expect(
      0, "source", "add", "real", "--authority", "ansible", "--directory", "\(fleet.path)/real", "--playbook",
      "site.yml", "--inventory", "hosts", "--binary-directory", try Tools.ansible())

    let refused = try await fleet.praxis("scan", "real", "--strict-read-only")
    #expect(refused.code == 4 && refused.errors.contains("(not-read-only)"), "\(refused)")
    #expect(!FileManager.default.fileExists(atPath: "\(fleet.path)/real/done"))
    let explained = try await fleet.expect(0, "explain", "not-read-only")
    #expect(explained.output.contains("would have run for real"))
    let exit = try await fleet.expect(0, "explain", "4")
    #expect(exit.output.hasPrefix("4 (exit code): Refused by the gate"))
    let unknown = try await fleet.praxis("explain", "nonsense")
    #expect(unknown.code == 1)

    // It is observed like any other: what somebody wrote there by hand stays, and is drift.
    try fleet.write("by hand", to: "real/done")
    let scanned = try await fleet.expect(2, "scan", "real", "--quiet")
    #expect(
      scanned.errors.contains("real: this task has check_mode: false, and praxis holds it to check mode")
        && scanned.errors.contains("site.yml: Only looks | Does "),
      "\(scanned.errors)")
    #expect(!scanned.errors.contains("\u{1b}"))
    #expect(try String(contentsOfFile: "\(fleet.path)/real/done", encoding: .utf8) == "by hand")
  }
}
