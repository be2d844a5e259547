import Facts
import Foundation
import Testing

/// Playbooks that show one word in their dry run and write another one when they run for real, past all that the reading of their
/// templates finds: their run is held to what its tasks were about to do in the dry run.
@Suite struct HeldRunTests {
  struct Odd: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var playbook: String
    /// What the same run is to have done all the same.
    var done: String?
  }

  static let odd: [Odd] = [
    Odd(
      testDescription: "in a part of a result by a computed name",
      playbook: play(
        """
        ansible.builtin.stat: { path: "{{ root }}" }
              register: there
            - name: Word
              \(word("{{ 'other' if there.stat['write' ~ 'able'] else 'safe' }}"))
        """, first: "Look")),
    Odd(
      testDescription: "in whether an edit of what the system shows would change it",
      playbook: play(
        """
        ansible.builtin.replace: { path: /proc/self/mounts, regexp: '{{ root }} \\S+ rw', replace: x }
              check_mode: true
              register: probe
            - name: Word
              \(word("{{ 'other' if probe is changed else 'safe' }}"))
        """, first: "Look")),
    Odd(
      testDescription: "in what an earlier result holds",
      playbook: play(
        """
        ansible.builtin.copy: { content: "first\\n", dest: "{{ root }}/first", mode: "0644" }
              register: made
            - name: Word
              \(word("{{ 'safe' if hostvars[inventory_hostname].made.size is not defined else 'other' }}"))
        """, first: "First"),
      done: "first"),
  ]

  private static func word(_ text: String) -> String {
    "ansible.builtin.copy: { content: \"\(text)\\n\", dest: \"{{ root }}/word\", mode: \"0644\" }"
  }

  private static func play(_ task: String, first: String) -> String {
    """
    - name: Hosts
      hosts: all
      gather_facts: false
      tasks:
        - name: \(first)
          \(task)

    """
  }

  @Test(arguments: odd.map { ($0, .new) } + [(odd[0], .old)] as [(Odd, AnsibleLiveTests.Version)])
  func `what was not shown is not done`(_ odd: Odd, _ ansible: AnsibleLiveTests.Version) async throws {
    let fleet = try await MendFleet(.site, ansible: ansible)
    try fleet.write(odd.playbook, to: "infra/site.yml")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "Word")
    #expect(proposal.tier == "T2")
    try await fleet.approve(proposal.id, as: "alice")
    let said = try await fleet.expect(6, "execute", proposal.id)
    #expect(said.errors.contains("(not-shown)"), "\(said.errors)\(said.output)")
    #expect(said.output.contains("the dry run did not show"), "\(said.output)")
    if let done = odd.done { _ = try fleet.read("hosts/h1/\(done)") }
    let word = try? fleet.read("hosts/h1/word")
    #expect(word == nil || word == "safe\n")
    #expect(try await fleet.record(proposal.id)["result"]?["outcome"]?.string == "failed")
  }

  /// What an earlier task of the same run leaves behind is not what the dry run saw: each names what the second task would do then.
  static let behind: [Odd] = [
    Odd(
      testDescription: "a link that was made leads an edit into another file",
      playbook: play(
        """
        \(word("safe"))
            - ansible.builtin.file: { path: "{{ root }}/ld", src: "{{ root }}/dirB", follow: false }
            - ansible.builtin.lineinfile: { path: "{{ root }}/ld/f", regexp: "^other", line: b, create: true, mode: "0644" }
        """, first: "Word")),
    Odd(
      testDescription: "a path with another link and .. in it, and one with a variable of the environment",
      playbook: play(
        """
        \(word("safe"))
            - ansible.builtin.copy: { content: "cc\n", dest: "{{ root }}/sub/cc", mode: "0644" }
            - ansible.builtin.lineinfile: { path: "{{ root }}/lda/../cc", line: keep }
        """, first: "Word")),
  ]

  /// Each item of a loop is held to what it showed itself.
  private static let items = Odd(
    testDescription: "an item of a loop that does what was shown of another one",
    playbook: play(
      """
      \(word("safe"))
          - ansible.builtin.replace: { path: "{{ root }}/bb", regexp: evil, replace: bb }
          - ansible.builtin.lineinfile: { path: "{{ root }}/{{ item }}", line: evil }
            loop: [c, bb]
      """, first: "Word"))

  @Test(arguments: behind + [items])
  func `what an earlier task made another thing is not touched`(_ odd: Odd) async throws {
    let fleet = try await MendFleet(.site)
    for (name, text) in [
      "dirB/f": "other\n", "bb": "evil\n", "c": "c\n",
      "sub/cc": "keep\n", "sub/dirA/x": "x\n",
    ] {
      try FileManager.default.createDirectory(
        atPath: URL(filePath: "\(fleet.path)/hosts/h1/\(name)").deletingLastPathComponent().path,
        withIntermediateDirectories: true)
      try fleet.write(text, to: "hosts/h1/\(name)")
    }
    for (name, target) in ["ld": "nowhere", "lda": "sub/dirA"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(fleet.path)/hosts/h1/\(name)", withDestinationPath: target)
    }
    try fleet.write(odd.playbook, to: "infra/site.yml")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "Word")
    try await fleet.approve(proposal.id, as: "alice")
    let said = try await fleet.expect(6, "execute", proposal.id)
    #expect(said.errors.contains("(not-shown)"), "\(proposal.tier) \(said.errors)\(said.output)")
    #expect(try fleet.read("hosts/h1/word") == "safe\n")
    #expect(
      try fleet.read("hosts/h1/dirB/f") == "other\n" && fleet.read("hosts/h1/bb") != "bb\nevil\n"
    )
    #expect(try fleet.read("hosts/h1/sub/cc") != "cc\nkeep\n")
  }

  /// Handlers, loops, included tasks, templates, delegation, edits of lines, results and facts.
  private static let ordinary = """
    - name: Hosts
      hosts: all
      gather_facts: true
      environment: { LANG: C.UTF-8 }
      tasks:
        - name: Word
          ansible.builtin.copy: { content: "word\\n", dest: "{{ root }}/word", mode: "0644" }
          register: made
          notify: reload
        - name: Page
          ansible.builtin.template: { src: page.j2, dest: "{{ root }}/page", mode: "0644" }
        - name: Lines
          ansible.builtin.lineinfile: { path: "{{ root }}/lines", line: "{{ item }}", create: true, mode: "0644" }
          loop: [a, b]
        - name: Folder
          ansible.builtin.file: { path: "{{ root }}/{{ item.name }}", state: directory, mode: "{{ item.mode }}" }
          loop: [{ name: d1, mode: "0755" }, { name: d2, mode: "0700" }]
        - ansible.builtin.include_tasks: more.yml
          loop: [x, y]
        - name: Say
          ansible.builtin.debug: { msg: "{{ made is changed }}" }
        - name: Behind
          ansible.builtin.copy: { content: "changed\\n", dest: "{{ root }}/behind", mode: "0644" }
          when: made is changed
        - name: Hidden
          ansible.builtin.copy: { content: "hidden\\n", dest: "{{ root }}/hidden", mode: "0600" }
          delegate_to: "{{ inventory_hostname }}"
      handlers:
        - name: reload
          ansible.builtin.copy: { content: "reloaded\\n", dest: "{{ root }}/reloaded", mode: "0644" }

    """

  @Test(arguments: AnsibleLiveTests.Version.allCases)
  func `what was shown is done as it was shown`(_ ansible: AnsibleLiveTests.Version) async throws {
    let fleet = try await MendFleet(.site, ansible: ansible)
    try FileManager.default.removeItem(atPath: "\(fleet.path)/hosts/h1/reloaded")
    try fleet.write(Self.ordinary, to: "infra/site.yml")
    try fleet.write("{{ inventory_hostname }} {{ ansible_facts['distribution'] }}\n", to: "infra/page.j2")
    try fleet.write(
      "- name: More\n  ansible.builtin.copy: { content: \"{{ item }}\\n\", dest: \"{{ root }}/{{ item }}\", mode: \"0644\" }\n",
      to: "infra/more.yml")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "Word")
    let review = try await fleet.expect(0, "review", proposal.id).output
    #expect(proposal.tier == "T2", "\(review)")
    try await fleet.approve(proposal.id, as: "alice")
    try await fleet.expect(0, "execute", proposal.id)
    #expect(try fleet.read("hosts/h1/word") == "word\n" && fleet.read("hosts/h1/reloaded") == "reloaded\n")
    #expect(try fleet.read("hosts/h1/lines") == "a\nb\n" && fleet.read("hosts/h1/y") == "y\n")
    #expect(try fleet.read("hosts/h1/behind") == "changed\n" && fleet.read("hosts/h1/hidden") == "hidden\n")
  }
}
