import Foundation
import Testing

/// What a dry run does not show is bound to the approval all the same: an edit by hand after it is refused, with the real ansible.
@Suite struct ExecuteOpaqueTests {
  /// The head of a playbook; its tasks follow.
  private static let play = "- name: Hosts\n  hosts: all\n  gather_facts: false\n  tasks:\n"

  private func drifted() async throws -> MendFleet {
    let fleet = try await MendFleet(.site)
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/infra/files", withIntermediateDirectories: true)
    try fleet.write("a\0b", to: "infra/files/blob")
    try fleet.write(
      Self.play + """
            - name: Blob
              ansible.builtin.copy: { src: blob, dest: "{{ root }}/blob", mode: "0644" }
              tags: [blob]
            - name: Secret
              ansible.builtin.copy: { content: "right\\n", dest: "{{ root }}/secret", mode: "0600" }
              no_log: true
              tags: [secret]
            - name: Many secrets
              ansible.builtin.copy: { content: "right\\n", dest: "{{ root }}/secret-{{ item }}", mode: "0600" }
              loop: [one, two]
              no_log: true
              tags: [many]

        """, to: "infra/site.yml")
    for name in ["blob", "secret", "secret-one", "secret-two"] {
      try fleet.write("x\0y", to: "hosts/h1/\(name)")
    }
    try await fleet.expect(2, "scan")
    return fleet
  }

  @Test func `an opaque target that somebody edits after the approval is refused untouched`() async throws {
    let fleet = try await drifted()
    for (task, file) in [("| Secret", "secret"), ("Many secrets", "secret-two"), ("Blob", "blob")] {
      let proposal = try await fleet.propose("converge", task)
      #expect(proposal.tier == "T3")
      let review = try await fleet.expect(0, "review", proposal.id).output
      #expect(!review.contains("overwritten without notice"), "\(review)")
      for person in ["bob", "alice"] { try await fleet.approve(proposal.id, as: person) }

      try fleet.write("x\0z, and needed", to: "hosts/h1/\(file)")
      let edited = try fleet.snapshot()
      try await fleet.refuse("dry-run-changed", "execute", proposal.id)
      #expect(try fleet.snapshot() == edited)

      try fleet.write("x\0y", to: "hosts/h1/\(file)")
      if task == "Blob" {
        try await fleet.expect(0, "execute", proposal.id)
        #expect(try fleet.read("hosts/h1/blob") == "a\0b")
      }
    }
  }

  @Test func `where nobody can tell what is there, people read that a later edit is overwritten`() async throws {
    let fleet = try await drifted()
    // A task that changes more than one path, and names none that could be asked for.
    let playbook = try fleet.read("infra/site.yml")
    try fleet.write(
      playbook.replacing(
        "    - name: Secret",
        with: """
              - name: Tree
                ansible.builtin.copy: { src: tree/, dest: "{{ root }}/", mode: "0644" }
                tags: [tree]
                diff: false
              - name: Secret
          """), to: "infra/site.yml")
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/infra/files/tree", withIntermediateDirectories: true)
    try fleet.write("one\n", to: "infra/files/tree/one")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "Tree")
    let text = try await fleet.git("show", "proposal/\(proposal.id):proposals/\(proposal.id)/dry-run.txt")
    #expect(text.contains("overwritten without notice: h1: site.yml: Hosts | Tree"), "\(text)")
  }

  @Test func `where a path leads, who may read it, and what a link replaces stand in the approval`() async throws {
    let fleet = try await MendFleet(.site)
    try fleet.write(
      Self.play + """
            - name: Setting
              ansible.builtin.lineinfile: { path: "{{ root }}/conf", line: a=2, regexp: ^a= }
              tags: [one]
            - name: Key
              ansible.builtin.copy: { content: "new\\n", dest: "{{ root }}/key" }
              tags: [one]
            - name: Mode
              ansible.builtin.file: { path: "{{ root }}/current", mode: "0644" }
              tags: [one]
            - name: Tool
              ansible.builtin.file: { path: "{{ root }}/tool", mode: "0755" }
              tags: [one]
            - name: Log
              ansible.builtin.file: { path: "{{ root }}/log", mode: "0640" }
              tags: [one]
            - name: Data
              ansible.builtin.file: { src: "{{ root }}/elsewhere", dest: "{{ root }}/data", state: link, force: true }
              tags: [two]

        """, to: "infra/site.yml")
    func link(_ name: String, to target: String) throws {
      try? FileManager.default.removeItem(atPath: "\(fleet.path)/hosts/h1/\(name)")
      try FileManager.default.createSymbolicLink(
        atPath: "\(fleet.path)/hosts/h1/\(name)", withDestinationPath: "\(fleet.path)/hosts/h1/\(target)")
    }
    func setMode(_ mode: Int, _ name: String) throws {
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: "\(fleet.path)/hosts/h1/\(name)")
    }
    for (name, text) in [
      "conf": "a=1\n", "victim": "a=1\n", "key": "old\n", "v1": "1\n", "v2": "2\n", "data": "dear\n",
      "tool": "true\n", "log": "1\n",
    ] {
      try fleet.write(text, to: "hosts/h1/\(name)")
      try setMode(0o600, name)
    }
    try link("current", to: "v1")
    try await fleet.expect(2, "scan")
    // What was there is gone once a link takes its place.
    let other = try await fleet.propose("converge", "Data")
    #expect(other.tier == "T3")

    let proposal = try await fleet.propose("converge", "Setting", "Key", "Mode", "Tool", "Log")
    let review = try await fleet.expect(0, "review", proposal.id).output
    let words = review.split(whereSeparator: \.isWhitespace).filter { $0 != "|" }.joined()
    #expect(proposal.tier == "T2" && words.contains("currentreallyis"), "\(review)")
    try await fleet.approve(proposal.id, as: "alice")
    let changes: [(name: String, change: () throws -> Void, undo: () throws -> Void)] = [
      (
        "a link to another file", { try link("conf", to: "victim") },
        {
          try FileManager.default.removeItem(atPath: "\(fleet.path)/hosts/h1/conf")
          try fleet.write("a=1\n", to: "hosts/h1/conf")
          try setMode(0o600, "conf")
        }
      ),
      ("others may read it", { try setMode(0o666, "key") }, { try setMode(0o600, "key") }),
      (
        "what somebody may run is something else",
        {
          try fleet.write("false\n", to: "hosts/h1/tool")
          try setMode(0o600, "tool")
        },
        {
          try fleet.write("true\n", to: "hosts/h1/tool")
          try setMode(0o600, "tool")
        }
      ),
      (
        "another name of the file",
        {
          try FileManager.default.linkItem(
            atPath: "\(fleet.path)/hosts/h1/log", toPath: "\(fleet.path)/hosts/h1/log.again")
        }, { try FileManager.default.removeItem(atPath: "\(fleet.path)/hosts/h1/log.again") }
      ),
      ("another link", { try link("current", to: "v2") }, { try link("current", to: "v1") }),
    ]
    for (name, change, undo) in changes {
      try change()
      let before = try fleet.snapshot()
      try await fleet.refuse("dry-run-changed", "execute", proposal.id)
      #expect(try fleet.snapshot() == before, "\(name)")
      try undo()
    }
    // A log goes on while somebody approves its mode.
    try fleet.write("1\n2\n", to: "hosts/h1/log")
    try setMode(0o600, "log")
    let done = try await fleet.expect(0, "execute", proposal.id).output
    let found = try ["conf", "key", "log"].map { try fleet.read("hosts/h1/\($0)") }
    #expect(found == ["a=2\n", "new\n", "1\n2\n"], "\(review)\n\(done)")
  }

  @Test func `what a redaction hides is T3, whatever it makes look like a secret`() async throws {
    let fleet = try await MendFleet(.site)
    try fleet.write(
      Self.play + """
            - name: Key
              ansible.builtin.copy:
                content: "#!/bin/sh\\n# -----BEGIN RSA PRIVATE KEY-----\\nreboot\\n# -----END RSA PRIVATE KEY-----\\n"
                dest: "{{ root }}/job"
                mode: "0755"
              tags: [key]
            - name: Password
              ansible.builtin.copy: { content: 'DB_PASSWORD="$(reboot; echo x)"', dest: "{{ root }}/env", mode: "0644" }
              tags: [password]
            - name: Beside
              ansible.builtin.lineinfile: { path: "{{ root }}/conf", line: a=2, regexp: ^a= }
              tags: [beside]

        """, to: "infra/site.yml")
    try fleet.write("a=1\npassword = hush1234\n", to: "hosts/h1/conf")
    try await fleet.expect(2, "scan")
    for task in ["Key", "Password"] {
      let proposal = try await fleet.propose("converge", task)
      #expect(proposal.tier == "T3", "\(task)")
      let text = try await fleet.git("show", "proposal/\(proposal.id):proposals/\(proposal.id)/dry-run.txt")
      #expect(text.contains("the tool does not show all"), "\(text)")
    }
    // A secret that stays as it is hides nothing of the change.
    #expect(try await fleet.propose("converge", "Beside").tier == "T2")
  }

  @Test func `a sensitive value that moved after the approval is refused untouched`() async throws {
    let fleet = try await MendFleet(.cloud)
    let module = try fleet.read("infra/main.tf")
    let secret = """
      resource "driftfile_secret" "s" {
        path    = "\(fleet.path)/cloud/s"
        content = "right\\n"
      }

      """
    try fleet.write(module + secret, to: "infra/main.tf")
    try await fleet.terraform("apply", "-input=false", "-auto-approve")
    try fleet.write("wrong\n", to: "cloud/s")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "secret.s")
    for person in proposal.tier == "T3" ? ["bob", "alice"] : ["alice"] {
      try await fleet.approve(proposal.id, as: person)
    }

    try fleet.write("wrong, and needed\n", to: "cloud/s")
    let edited = try fleet.snapshot()
    try await fleet.refuse("dry-run-changed", "execute", proposal.id)
    #expect(try fleet.snapshot() == edited)
  }
}
