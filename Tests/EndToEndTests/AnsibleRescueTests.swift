import Facts
import Observe
import Testing

/// What runs only where something else fails, and what comes after it.
@Suite struct AnsibleRescueTests {
  private static let playbook = """
    - name: Rescued
      hosts: alpha:bravo
      gather_facts: false
      any_errors_fatal: true
      tasks:
        - block:
            - name: Makes a folder
              file: { path: "{{ root }}/made", state: directory, mode: "0755" }
            - name: Asks for it
              copy: { src: "{{ root }}/made/source", dest: "{{ root }}/there", remote_src: true, mode: "0644" }
              when: inventory_hostname == 'alpha'
          rescue:
            - name: Only here
              copy: { content: "r\\n", dest: "{{ root }}/rescue", mode: "0644" }
            - ansible.builtin.include_tasks: more.yml
        - block:
            - name: Probe
              command: /bin/false
              check_mode: false
              changed_when: false
              when: inventory_hostname == 'alpha'
          rescue:
            - name: In both runs
              copy: { content: "p\\n", dest: "{{ root }}/probed", mode: "0644" }
        - name: Of the other
          copy: { content: "{{ hostvars.alpha.root }}\\n", dest: "{{ root }}/other", mode: "0644" }
        - meta: end_host
          when: inventory_hostname == 'alpha'
        - name: After
          copy: { content: "a\\n", dest: "{{ root }}/after", mode: "0644" }
    """

  @Test(arguments: AnsibleLiveTests.Version.allCases)
  func `a rescue is drift only where a run for real comes to it, and its host stays in the play`(
    version: AnsibleLiveTests.Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    try fleet.declare(Self.playbook, in: "rescued.yml")
    try fleet.declare(
      "- name: More\n  copy: { content: m, dest: \"{{ root }}/more\", mode: \"0644\" }\n", in: "more.yml")
    let found = try await fleet.observe("rescued.yml")
    #expect(found.drift(on: "alpha", "Makes a folder") != nil)
    #expect(found.unobserved(on: "alpha", "Asks for it") == .taskFailed)
    #expect(found.unobserved(on: "alpha", "Only here") == .dependsOnUnobserved)
    #expect(found.unobserved(on: "alpha", "More") == .dependsOnUnobserved)
    #expect(found.drift(on: "alpha", "In both runs") != nil)
    #expect(found.drift(on: "alpha", "Of the other") != nil && found.drift(on: "bravo", "Of the other") != nil)
    #expect(found.drift(on: "bravo", "After") != nil)
    #expect(found.targets[0].subjects.allSatisfy { !$0.subject.text.contains("After") }, "\(found.targets[0].subjects)")
    #expect(found.targets.flatMap(\.reasons) == [])
  }
}
