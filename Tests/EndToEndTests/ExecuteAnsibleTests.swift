import Facts
import Foundation
import Testing

/// Two hosts that drifted, mended behind the gate with the real ansible; and what happens when the playbook moves in between.
@Suite struct ExecuteAnsibleTests {
  private func drifted(_ handlers: String = MendFleet.plainHandlers) async throws -> MendFleet {
    let fleet = try await MendFleet(.site, handlers: handlers)
    for host in ["h1", "h2"] {
      try fleet.write("edited\n", to: "hosts/\(host)/motd")
      try fleet.write("edited\n", to: "hosts/\(host)/service")
      try? FileManager.default.removeItem(atPath: "\(fleet.path)/hosts/\(host)/reloaded")
    }
    try await fleet.expect(2, "scan")
    return fleet
  }

  @Test func `tags are used where they select exactly the chosen finding, and only its host is touched`() async throws {
    let fleet = try await drifted()
    let proposal = try await fleet.propose("converge", "Greeting")
    #expect(proposal.tier == "T2")
    let review = try await fleet.expect(0, "review", proposal.id)
    #expect(review.output.contains("--limit h1 --tags motd site.yml --diff"))
    #expect(!review.output.contains("Service"))
    try await fleet.approve(proposal.id, as: "alice")
    try await fleet.expect(0, "execute", proposal.id)
    #expect(try fleet.read("hosts/h1/motd") == "hello\n")
    #expect(try fleet.read("hosts/h1/service") == "edited\n")
    #expect(try fleet.read("hosts/h2/motd") == "edited\n")
    #expect(try await fleet.record(proposal.id)["result"]?["changes"]?.array?.count == 1)
  }

  @Test func `a handler is shown beside what notifies it, and its run is within what was approved`() async throws {
    let fleet = try await drifted()
    let proposal = try await fleet.propose("converge", "Service")
    let review = try await fleet.expect(0, "review", proposal.id)
    #expect(review.output.contains("Also changes") && review.output.contains("reload"))
    try await fleet.merge(proposal.id)
    try await fleet.expect(0, "execute", proposal.id)
    #expect(try fleet.read("hosts/h1/reloaded") == "reloaded\n")
    #expect(!FileManager.default.fileExists(atPath: "\(fleet.path)/hosts/h2/reloaded"))
  }

  @Test func `a handler that nobody saw is T3, and two people take it on`() async throws {
    let fleet = try await drifted(
      """
          - name: reload
            ansible.builtin.command: { argv: [cp, "{{ root }}/motd", "{{ root }}/reloaded"] }
      """)
    let proposal = try await fleet.propose("converge", "Service")
    #expect(proposal.tier == "T3")
    let review = try await fleet.expect(0, "review", proposal.id)
    #expect(review.output.contains("Not shown by check mode") && review.output.contains("check mode skips it"))
    try await fleet.refuse(
      "digest-mismatch", "approve", proposal.id, "--sign-with", "\(fleet.path)/home/keys/bob")
    try await fleet.approve(proposal.id, as: "bob")
    try await fleet.refuse("not-approved", "execute", proposal.id)
    try await fleet.approve(proposal.id, as: "alice")
    try await fleet.expect(0, "execute", proposal.id)
    #expect(FileManager.default.fileExists(atPath: "\(fleet.path)/hosts/h1/reloaded"))
  }

  @Test func `what asks whether it is in check mode, and what check mode cannot do, is shown as unseen`() async throws {
    let fleet = try await drifted()
    let playbook = try fleet.read("infra/site.yml")
    let more = """
          - name: Sweep
            ansible.builtin.file: { path: "{{ root }}/precious", state: absent }
            when: go
            tags: [motd]
          - name: Choose
            ansible.builtin.file:
              path: "{{ root }}/{{ 'nothing' if ansible_check_mode else 'precious' }}"
              state: absent
            tags: [motd]
          - name: Call
            ansible.builtin.uri: { url: "http://127.0.0.1:9/", method: DELETE }
            tags: [motd]
          - name: Look
            ansible.builtin.stat: { path: "{{ root }}/motd" }
            register: seen
            tags: [motd]
          - name: Behind
            ansible.builtin.file: { path: "{{ root }}/precious", state: absent }
            when: seen.stat.size == 6
            tags: [motd]

      """
    try fleet.write(
      playbook.replacing(
        "  gather_facts: false", with: "  gather_facts: false\n  vars: { go: \"{{ not ansible_check_mode }}\" }"
      )
      .replacing("  handlers:", with: more + "  handlers:"), to: "infra/site.yml")
    try fleet.write("kept\n", to: "hosts/h1/precious")
    let proposal = try await fleet.propose("converge", "Greeting")
    #expect(proposal.tier == "T3")
    let review = try await fleet.expect(0, "review", proposal.id).output
    let unseen = try #require(review.range(of: "Not shown by check mode"))
    for name in ["Sweep", "Choose", "Call", "Behind"] {
      #expect(review[unseen.lowerBound...].contains("| \(name)"), "\(name)\n\(review)")
    }
    #expect(try fleet.read("hosts/h1/precious") == "kept\n")
  }

  @Test func `a playbook, a host list or a host that moved after the approval is refused untouched`() async throws {
    let fleet = try await drifted()
    let proposal = try await fleet.propose("converge", "Greeting")
    try await fleet.merge(proposal.id)
    let playbook = try fleet.read("infra/site.yml")
    let before = try fleet.snapshot()

    try fleet.write(playbook.replacing("hello", with: "goodbye"), to: "infra/site.yml")
    try await fleet.refuse("seal-changed", "execute", proposal.id)
    try fleet.write(playbook, to: "infra/site.yml")
    // A task that joins under the same tag, with a handler that nobody saw.
    let joined = playbook.replacing(
      "    - name: Service",
      with: "    - name: More\n      ansible.builtin.command: touch /tmp/x\n      tags: [motd]\n    - name: Service")
    try fleet.write(joined, to: "infra/site.yml")
    try await fleet.refuse("seal-changed", "execute", proposal.id)
    try fleet.write(playbook, to: "infra/site.yml")

    try FileManager.default.createDirectory(atPath: "\(fleet.path)/hosts/h3", withIntermediateDirectories: true)
    try fleet.declareHosts(["h1", "h2", "h3"])
    try await fleet.refuse("seal-changed", "execute", proposal.id)
    try fleet.declareHosts(["h1", "h2"])
    #expect(try fleet.snapshot() == before)

    try fleet.write("edited again, and needed\n", to: "hosts/h1/motd")
    let edited = try fleet.snapshot()
    try await fleet.refuse("dry-run-changed", "execute", proposal.id)
    #expect(try fleet.snapshot() == edited)
  }

  @Test func `a dry run that did not reach its host is no ground for a proposal`() async throws {
    let fleet = try await drifted()
    let finding = try await fleet.finding("Greeting")
    let inventory = try fleet.read("infra/inventory.ini")
    try fleet.write(
      inventory.replacing(
        "ansible_connection=local", with: "ansible_connection=ssh\nansible_host=127.0.0.1\nansible_port=9"),
      to: "infra/inventory.ini")
    try await fleet.refuse("incomplete-dry-run", "propose", "converge", finding)
    #expect(try await fleet.git("branch", "--list", "proposal/*").isEmpty)
  }

  @Test func `with a remote, two clones cannot both execute, and a start that it refuses runs nothing`() async throws {
    let fleet = try await drifted()
    let remote = "\(fleet.path)/remote.git"
    try await fleet.run(git: ["clone", "--quiet", "--bare", "\(fleet.path)/state", remote])
    try await fleet.git("remote", "add", "origin", remote)
    let proposal = try await fleet.propose("converge", "Greeting")
    try await fleet.git("push", "--quiet", "origin", "proposal/\(proposal.id)")

    // The operator approves in a clone and pushes, and a second engine of the same name lives in another one.
    let desk = "\(fleet.path)/desk"
    try await fleet.run(git: ["clone", "--quiet", remote, desk])
    try await fleet.run(
      git: ["-C", desk, "merge", "--quiet", "--no-ff", "-S", "-m", "Yes", "origin/proposal/\(proposal.id)"])
    try await fleet.run(git: ["-C", desk, "push", "--quiet", "origin", "main"])
    let second = (home: "\(fleet.path)/home2", repository: "\(fleet.path)/state2")
    try await fleet.run(git: ["clone", "--quiet", remote, second.repository])
    try FileManager.default.copyItem(atPath: "\(fleet.path)/home", toPath: second.home)

    let guardScript = "\(remote)/hooks/pre-receive"
    try "#!/bin/sh\nexit 1\n".write(toFile: guardScript, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: guardScript)
    let before = try fleet.snapshot()
    try await fleet.refuse("remote-refused", "execute", proposal.id)
    #expect(try fleet.snapshot() == before)
    #expect(try await fleet.git("ls-tree", "--name-only", "main", "executions/").isEmpty)
    try FileManager.default.removeItem(atPath: guardScript)

    try await fleet.expect(0, "execute", proposal.id)
    let late = try await fleet.say(["execute", proposal.id], 4, home: second.home, repository: second.repository)
    #expect(late.errors.contains("(already-executed)"), "\(late.errors)")
    #expect(
      try await fleet.git("rev-parse", "main") == fleet.run(git: ["-C", remote, "rev-parse", "main"]))

    // The other way round: approved and pushed by praxis in the second clone, executed there, and too late here.
    let other = try await fleet.propose("converge", "Service")
    try await fleet.git("push", "--quiet", "origin", "proposal/\(other.id)")
    try await fleet.say(
      try await fleet.approval(other.id, as: "bob") + ["--push"], 0, home: second.home, repository: second.repository)
    try await fleet.say(["execute", other.id], 0, home: second.home, repository: second.repository)
    try await fleet.refuse("already-executed", "execute", other.id)
  }
}
