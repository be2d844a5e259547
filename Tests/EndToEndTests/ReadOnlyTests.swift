import Facts
import Foundation
import StrictJSON
import Testing

/// An observation that tries to write everywhere.
@Suite struct ReadOnlyTests {
  @Test func `a task that calls itself read-only and is none writes nothing here, and is announced`() async throws {
    let fleet = try await MendFleet(.site)
    let places = ["\(fleet.path)/hosts/h1/written", "\(fleet.path)/infra/written", "/var/tmp/\(UUID().uuidString)"]
    try fleet.write(
      """
      - name: Hosts
        hosts: h1
        gather_facts: false
        tasks:
      \(places.enumerated().map { number, place in
        """
            - name: Write \(number)
              ansible.builtin.shell: "echo written >\(place)"
              check_mode: false
              changed_when: false
              ignore_errors: true

        """
      }.joined())
      """, to: "infra/site.yml")
    let before = try fleet.snapshot()
    let said = try await fleet.say(["scan"], 3)
    #expect(said.errors.contains("this task runs for real"))
    for place in places { #expect(!FileManager.default.fileExists(atPath: place)) }
    #expect(try fleet.snapshot() == before)
    let receipt = try JSON(parsing: Array(try await fleet.git("show", "main:observations/site.json").utf8))
    #expect(receipt["sandbox"] == .bool(true))
  }

  @Test func `a collector that writes beside what it reads is told so by the system`() async throws {
    let fleet = try await MendFleet(.site)
    try fleet.write(
      """
      #!/bin/sh
      if touch "\(fleet.path)/hosts/written" 2>/dev/null; then wrote=true; else wrote=false; fi
      if touch "$TMPDIR/scratch"; then scratch=true; else scratch=false; fi
      printf '{"target": "web1", "facts": {"kernel": {"wrote": %s, "scratch": %s}}}\\n' $wrote $scratch
      """, to: "collect")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(fleet.path)/collect")
    try await fleet.say(
      [
        "source", "add", "facts", "--authority", "snapshot", "--directory", fleet.path, "--command", "./collect",
      ], 0)
    try await fleet.say(["observe", "facts", "--output", "\(fleet.path)/observation.json"], 0)
    let observation = try fleet.read("observation.json")
    #expect(observation.contains("\"wrote\": false") && observation.contains("\"scratch\": true"))
    #expect(!FileManager.default.fileExists(atPath: "\(fleet.path)/hosts/written"))
  }
}
