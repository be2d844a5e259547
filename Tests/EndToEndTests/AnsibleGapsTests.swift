import Facts
import Foundation
import Observe
import Testing

/// What a check run does not come to, or comes to by names that are computed, with the real ansible.
@Suite struct AnsibleGapsTests {
  /// A command that check mode skips.
  private static let ask = """
    - name: Ask
      command: echo go
      register: asked

    """

  private static func play(_ name: String, _ hosts: String, _ tasks: String) -> String {
    let lines = tasks.split(separator: "\n", omittingEmptySubsequences: false).map { "    \($0)\n" }.joined()
    return "- name: \(name)\n  hosts: \(hosts)\n  gather_facts: false\n  tasks:\n\(lines)"
  }

  private static func copy(_ name: String, _ content: String, more: String = "") -> String {
    "- name: \(name)\n  copy: { dest: \"{{ root }}/\(name)\", content: \"\(content)\" }\n\(more)"
  }

  @Test func `a part of a play's pattern that matches nobody is told, whatever the rest matches`() async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    try fleet.declare(
      Self.play("Both", "alpha:bravoo:!delta:&app", Self.copy("a", "x"))
        + Self.play("All", "[alpha, 'char*']", Self.copy("b", "x")), in: "pattern.yml")
    let found = try await fleet.observe("pattern.yml")
    let play = try #require(found.targets.first { $0.target == "pattern.yml: Both" })
    #expect(play.state == .failed && play.reasons == [.init(.noHostMatched, "hosts: bravoo")])
    #expect(!found.targets.contains { $0.target == "pattern.yml: All" })
    #expect(found.drift(on: "alpha", "a") != nil)
  }

  @Test(arguments: AnsibleLiveTests.Version.allCases)
  func `what an end inside an include leaves out is named where its condition is unproven, and else is not due`(
    version: AnsibleLiveTests.Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    let parts = Self.copy("before", "x") + "- meta: end_host\n  when: CONDITION\n" + Self.copy("after", "x")
    try fleet.declare(
      parts.replacing("CONDITION", with: "asked.stdout | default('') != 'go'"), in: "tasks/unproven.yml")
    try fleet.declare(parts.replacing("CONDITION", with: "inventory_hostname == 'bravo'"), in: "tasks/proven.yml")
    try fleet.declare("- include_tasks: proven.yml\n", in: "tasks/nested.yml")
    try fleet.declare(
      Self.play("Ask", "alpha", Self.ask + "- include_tasks: tasks/unproven.yml\n" + Self.copy("late", "x"))
        + Self.play("Tell", "bravo,charlie", "- include_tasks: tasks/nested.yml\n" + Self.copy("late", "x")),
      in: "ends.yml")
    let found = try await fleet.observe("ends.yml")
    #expect(found.drift(on: "alpha", "before") != nil)
    for name in ["after", "late"] {
      #expect(found.unobserved(on: "alpha", name) == .dependsOnUnobserved, "\(name)")
      #expect(found.drift(on: "charlie", name) != nil, "\(name)")
    }
    let bravo = try #require(found.targets.first { $0.target == "bravo" })
    #expect(bravo.state == .observed && bravo.subjects.count == 1 && bravo.listsEverySubject, "\(bravo)")
  }

  @Test func `a condition that computes the name of a variable proves nothing`() async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    let conditions = [
      "not lookup('vars', mode)", "not vars['ansible_check' ~ '_mode']",
      "not lookup('vars', 'ansible_' + 'check_mode')",
      "not query('vars', *[mode]) | first", "inventory_hostname == lookup('vars', other)",
    ]
    let tasks = conditions.enumerated().map { number, condition in
      Self.copy("t\(number)", "x", more: "  when: \"\(condition)\"\n")
    }.joined()
    try fleet.declare("mode: ansible_check_mode\nother: root\n", in: "group_vars/all.yml")
    try fleet.declare(Self.play("P", "alpha", tasks), in: "names.yml")
    let found = try await fleet.observe("names.yml")
    for number in 0..<4 { #expect(found.unobserved(on: "alpha", "t\(number)") != nil, "\(conditions[number])") }
    // The value of a variable names another one, which has nothing to do with check mode.
    #expect(found.unobserved(on: "alpha", "t4") == nil)
  }

  @Test func `what hangs on groups that a skipped task decides is observed on no host`() async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    try fleet.declare(
      Self.play(
        "Add", "alpha",
        Self.ask + "- add_host: { name: \"{{ item }}\", groups: dyn }\n"
          + "  loop: \"{{ asked.stdout_lines | default([]) }}\"\n")
        + Self.play(
          "Use", "bravo",
          Self.copy("text", "{{ groups['dyn'] | default([]) | join(',') }}")
            + Self.copy("asked", "x", more: "  when: groups['dyn'] | default([]) | length > 0\n")
            + "- name: looped\n  copy: { dest: \"{{ root }}/{{ item }}\", content: x }\n"
            + "  loop: \"{{ groups['dyn'] | default([]) }}\"\n" + Self.copy("free", "x")), in: "groups.yml")
    let found = try await fleet.observe("groups.yml")
    for name in ["text", "asked", "looped"] {
      #expect(found.unobserved(on: "bravo", name) == .dependsOnUnobserved, "\(name)")
    }
    #expect(found.drift(on: "bravo", "free") != nil)
  }

  @Test func `the template of a with_template loop is followed`() async throws {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    try fleet.declare("{{ asked.stdout | default('') }}", in: "templates/names.j2")
    let tasks = ["names.j2", "{{ playbook_dir }}/templates/names.j2"].enumerated().map { number, path in
      "- name: looped\(number)\n  copy: { dest: \"{{ root }}/l{{ item }}\", content: x }\n  with_template: [\"\(path)\"]\n"
    }.joined()
    try fleet.declare(Self.play("P", "alpha", Self.ask + tasks + Self.copy("free", "x")), in: "loops.yml")
    let found = try await fleet.observe("loops.yml")
    for name in ["looped0", "looped1"] {
      #expect(found.unobserved(on: "alpha", name) == .dependsOnUnobserved, "\(name)")
    }
    #expect(found.drift(on: "alpha", "free") != nil)
  }

  @Test(arguments: AnsibleLiveTests.Version.allCases)
  func `a script that what is there makes needless is in sync`(version: AnsibleLiveTests.Version) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    try fleet.declare("#!/bin/sh\ntouch \"$1\"\n", in: "files/make.sh")
    let task = "- name: made\n  script: { cmd: \"make.sh {{ root }}/made\", creates: \"{{ root }}/made\" }\n"
    let idle = "- name: gone\n  script: { cmd: \"make.sh {{ root }}/made\", removes: \"{{ root }}/gone\" }\n"
    try fleet.declare(Self.play("P", "alpha", task + idle), in: "scripts.yml")
    #expect(try await fleet.observe("scripts.yml").drift(on: "alpha", "made") != nil)
    try await fleet.converge("scripts.yml")
    let found = try await fleet.observe("scripts.yml")
    let alpha = try #require(found.targets.first { $0.target == "alpha" })
    #expect(alpha.state == .observed && alpha.subjects.map(\.state) == [.inSync, .inSync], "\(alpha)")
  }

  @Test(arguments: AnsibleLiveTests.Version.allCases)
  func `what a worker decrypts or looks up as a password is redacted, by whatever way it came`(
    version: AnsibleLiveTests.Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    try fleet.declare(
      "[defaults]\nvault_password_file = vp\ninterpreter_python = /usr/bin/python3\n", in: "ansible.cfg")
    try fleet.declare("vault password\n", in: "vp")
    for (file, text) in [
      ("files/one.vault", "CANARY-with-file"), ("files/two.vault", "CANARY-computed"),
      ("host_vars/bravo.yml", "password: CANARY-of-another\n"),
    ] {
      try fleet.declare(text, in: file)
      try await fleet.run("ansible-vault", ["encrypt", file])
    }
    try fleet.declare("CANARY-password\n", in: "pass/word")
    let tasks =
      "- name: with\n  copy: { dest: \"{{ root }}/with\", content: \"x {{ item }} y\" }\n  with_file: [one.vault]\n"
      + "  loop_control: { label: \"it is {{ item }}\" }\n"
      + "- name: looked\n  copy: { dest: \"{{ root }}/looked\", content: \"x {{ item }} y\" }\n"
      + "  with_password: [\"{{ playbook_dir }}/pass/word\"]\n  loop_control: { label: it }\n"
      + Self.copy("computed", "x {{ lookup('file', which + '.vault') }} y", more: "  vars: { which: two }\n")
      + Self.copy("other", "x {{ hostvars['bravo'].password }} y")
      + Self.copy("mapped", "x {{ ['bravo'] | map('extract', hostvars) | map(attribute='password') | join }} y")
    try fleet.declare(Self.play("P", "alpha", tasks), in: "secrets.yml")
    let found = try await fleet.observe("secrets.yml")
    let alpha = try #require(found.targets.first { $0.target == "alpha" })
    #expect(alpha.subjects.count == 5 && alpha.subjects.allSatisfy(\.isDrift), "\(alpha)")
    #expect(!String(decoding: found.bytes, as: UTF8.self).contains("CANARY"))
  }
}
