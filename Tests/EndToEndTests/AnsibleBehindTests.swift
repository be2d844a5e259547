import Facts
import Observe
import Testing

/// What stands behind something else: a mode behind a content, a handler behind what notifies it, a task behind a change.
@Suite(.serialized) struct AnsibleBehindTests {
  private static let playbook = """
    - name: Behind
      hosts: alpha
      gather_facts: false
      vars: { what: conf }
      vars_prompt: [{ name: answer, default: "no", private: false }]
      tasks:
        - name: Content and mode
          copy: { content: "key=1\\n", dest: "{{ root }}/cm", mode: "0600" }
        - name: Folder
          file: { path: "{{ root }}/tree", state: directory, mode: "0755" }
        - name: All below
          file: { path: "{{ root }}/tree", state: directory, mode: "u+rw", recurse: true }
          changed_when: false
        - name: Notifies
          copy: { content: "n\\n", dest: "{{ root }}/n", mode: "0644" }
          notify: [write conf, stamp, compile, restart]
          register: r
        - name: Remember
          set_fact: { moved: "{{ r is changed }}" }
        - name: By a fact
          copy: { content: "f\\n", dest: "{{ root }}/f" }
          when: moved
        - name: By a variable
          copy: { content: "v\\n", dest: "{{ root }}/v" }
          vars: { m: "{{ r.changed }}" }
          when: m
        - name: By a loop
          copy: { content: "l\\n", dest: "{{ root }}/l" }
          loop: "{{ [r] | selectattr('changed') | list }}"
        - name: By another name
          copy: { content: "o\\n", dest: "{{ root }}/o" }
          when: r is change
        - name: By a command
          command: cp {{ root }}/n {{ root }}/n.db
          when: r is changed
        - name: Edit
          lineinfile: { path: "{{ root }}/e", line: e, create: true, mode: 0600 }
        - name: By an answer
          copy: { content: "a\\n", dest: "{{ root }}/a" }
          when: answer == 'yes'
        - name: By a word
          copy: { content: "w\\n", dest: "{{ root }}/w" }
          when: what == 'other'
      handlers:
        - name: write {{ what }}
          copy: { content: "h\\n", dest: "{{ root }}/h", mode: "0644" }
        - name: stamp
          file: { path: "{{ root }}/s", state: touch, mode: "0600" }
        - name: compile
          shell: cp {{ root }}/n {{ root }}/n.db
        - name: restart
          command: /bin/true
    """

  @Test(arguments: AnsibleLiveTests.Version.allCases)
  func `what a change would bring with it is not observed without one, whatever words ask for it`(
    version: AnsibleLiveTests.Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    try fleet.declare(Self.playbook, in: "behind.yml")
    try await fleet.converge("behind.yml")
    let calm = try await fleet.observe("behind.yml")
    for name in ["By a fact", "By a variable", "By a loop", "By another name", "By a command", "stamp", "compile"] {
      #expect(calm.unobserved(on: "alpha", name) == .notNotified, "\(name)")
    }
    #expect(
      calm.targets[0].subjects.contains { $0.subject.text.contains("write") && $0.state == .unobserved(.notNotified) })
    #expect(calm.unobserved(on: "alpha", "By an answer") == .dependsOnUnobserved)
    #expect(calm.unobserved(on: "alpha", "All below") == .overruled)
    for name in ["By a word", "restart"] { #expect(calm.unobserved(on: "alpha", name) == nil, "\(name)") }
    #expect(calm.targets[0].subjects.filter(\.isDrift).isEmpty)

    // What a handler declares is compared once it runs, whoever notified it.
    try fleet.write("moved\n", to: "alpha/n")
    try fleet.write("moved\n", to: "alpha/h")
    let found = try await fleet.observe("behind.yml")
    #expect(found.drift(on: "alpha", "Notifies") != nil)
    let handler = try #require(found.targets[0].subjects.first { $0.subject.text.contains("write") && $0.isDrift })
    // Once it ran, what was seen of it is over; that nobody looks at it until something notifies it stays a gap.
    try await fleet.converge("behind.yml")
    let over = try await fleet.observe("behind.yml").targets[0]
    #expect(over.provesAbsence(of: handler.subject) && over.state == .partly)
  }

  @Test
  func `a mode behind a content that differs is named as not compared, and is compared again behind one that does not`()
    async throws
  {
    let fleet = try LiveFleet(.new)
    defer { fleet.remove() }
    try fleet.declare(Self.playbook, in: "behind.yml")
    try await fleet.converge("behind.yml")
    try fleet.setMode(0o777, of: "alpha/cm")
    let mode = try #require(try await fleet.observe("behind.yml").drift(on: "alpha", "Content and mode"))
    #expect(mode.delta.entries == [.init(path: "/mode", .values(desired: "0600", observed: "0777"))])
    try fleet.write("key=2\n", to: "alpha/cm")
    let both = try #require(try await fleet.observe("behind.yml").drift(on: "alpha", "Content and mode"))
    #expect(both.delta.entries.map(\.path) == ["/content", "/mode"])
    #expect(both.delta.entries.last?.content == .opaque(.notCompared, desired: "0600"))
    #expect(both.delta.leavesSomeOut && !both.delta.isOpaque)
    // An edit that makes its file compares nothing beside its lines.
    try fleet.remove("alpha/e")
    let edit = try #require(try await fleet.observe("behind.yml").drift(on: "alpha", "Edit"))
    #expect(edit.delta.entries.last?.content == .opaque(.notCompared, desired: "0600"))
    // Where nothing is there, all that is declared is known.
    try fleet.remove("alpha/cm")
    let none = try #require(try await fleet.observe("behind.yml").drift(on: "alpha", "Content and mode"))
    #expect(none.delta.entries.contains(.init(path: "/mode", .values(desired: "0600", observed: nil))))
    #expect(!none.delta.leavesSomeOut)
  }
}
