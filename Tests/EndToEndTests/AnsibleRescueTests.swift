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
            - name: Probe
              command: /bin/false
              check_mode: false
              changed_when: false
              when: inventory_hostname == 'alpha'
          rescue:
            - name: In both runs
              copy: { content: "p\\n", dest: "{{ root }}/probed", mode: "0644" }
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
            - name: Reads what is made first
              slurp: { src: "{{ root }}/made/later" }
          rescue:
            - name: Not in a run
              copy: { content: "n\\n", dest: "{{ root }}/never", mode: "0644" }
        - stat: { path: "{{ root }}/made" }
          register: made
        - name: Where nothing was made
          copy: { content: "w\\n", dest: "{{ root }}/where", mode: "0644" }
          when: not made.stat.exists
        - name: Second name
          file: { path: "{{ root }}/linked", state: file, mode: "0644" }
        - name: Two names
          file: { path: "{{ root }}/decoy", name: "{{ root }}/linked", mode: "0600" }
        - name: Of the other
          copy: { content: "{{ hostvars.alpha.root }}\\n", dest: "{{ root }}/other", mode: "0644" }
        - name: Each
          include_tasks: each.yml
          loop: [nobody-of-this-name]
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
    try fleet.declare(
      """
      - block:
          - getent: { database: passwd, key: "{{ item }}" }
        rescue:
          - debug: { msg: none }
      - name: Behind the rescue
        copy: { content: b, dest: "{{ root }}/behind", mode: "0644" }
      """, in: "each.yml")
    for host in ["alpha", "bravo"] {
      try fleet.write("l\n", to: "\(host)/linked")
      try fleet.link("\(host)/linked", as: "\(host)/second")
    }
    let found = try await fleet.observe("rescued.yml")
    #expect(found.drift(on: "alpha", "Makes a folder") != nil)
    #expect(found.unobserved(on: "alpha", "Asks for it") == .failureTaken)
    #expect(found.unobserved(on: "alpha", "Only here") == .dependsOnUnobserved)
    #expect(found.unobserved(on: "alpha", "More") == .dependsOnUnobserved)
    #expect(found.drift(on: "alpha", "In both runs") != nil)
    #expect(found.drift(on: "alpha", "Of the other") != nil && found.drift(on: "bravo", "Of the other") != nil)
    #expect(found.drift(on: "bravo", "After") != nil)
    // What an earlier task would make is there in the run, and what looks at it sees something else then.
    #expect(found.unobserved(on: "bravo", "Not in a run") == .dependsOnUnobserved)
    #expect(found.unobserved(on: "bravo", "Where nothing was made") == .dependsOnUnobserved)
    // Of two names for one argument the last alias counts.
    #expect(
      found.targets[1].subjects.contains {
        $0.isDrift && $0.subject.text.hasSuffix("| Two names | \(fleet.hosts.path)/bravo/linked")
      }, "\(found.targets[1].subjects.map(\.subject))")
    #expect(found.drift(on: "bravo", "Second name") == nil && found.unobserved(on: "bravo", "Second name") == nil)
    #expect(found.targets[0].subjects.allSatisfy { !$0.subject.text.contains("After") }, "\(found.targets[0].subjects)")
    #expect(found.targets.flatMap(\.reasons) == [])
    // What an include brings behind a failure that a rescue took over was reached.
    #expect(found.drift(on: "bravo", "Behind the rescue") != nil)
    #expect(!found.targets[1].subjects.contains { $0.subject.text.contains("its include brings") })
  }

  private static let batches = """
    - name: Batches
      hosts: app
      serial: 1
      gather_facts: false
      tasks:
        - name: First
          copy: { content: "f\\n", dest: "{{ root }}/first", mode: "0644" }
        - meta: end_play
          when: inventory_hostname == 'bravo'
        - name: Last
          copy: { content: "l\\n", dest: "{{ root }}/last", mode: "0644" }
    """

  @Test(arguments: AnsibleLiveTests.Version.allCases)
  func `what a play that ends leaves out of its later batches is not due`(
    version: AnsibleLiveTests.Version
  ) async throws {
    let fleet = try LiveFleet(version)
    defer { fleet.remove() }
    try fleet.declare(Self.batches, in: "batches.yml")
    let found = try await fleet.observe("batches.yml").targets
    #expect(found.map { $0.subjects.count(where: \.isDrift) } == [2, 1, 0])
    #expect(found.allSatisfy { !$0.subjects.contains(where: \.isUnobserved) })
    #expect(found[2].reasons.map(\.code) == [.notReported])
  }
}
