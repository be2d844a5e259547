/// Playbooks that differ by what earlier tasks of the run leave; and ordinary ones, which do not.
extension WordPlaybook {
  static let differingBehindChanges: [WordPlaybook] = [
    .init(
      "what the run itself reads is changed by it",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.copy: { content: other, dest: "{{ playbook_dir }}/out/x", mode: "0644" }
              - ansible.builtin.copy: { src: out/x, dest: "{{ root }}/x", mode: "0644" }

          """, "out/x": "safe",
      ], [("site.yml:8", "which lies in what the run itself reads")]),
    .init(
      "one file by several names, on one machine by several names",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.stat: { path: "{{ root }}/./word" }
              - ansible.builtin.stat: { path: "{{ root }}/../h1/word" }
              - ansible.builtin.stat: { path: "{{ root }}//word" }
                delegate_to: localhost
              - ansible.builtin.stat: { path: "{{ root }}/word" }
                delegate_to: "127.1"
                connection: local

          """
      ],
      [("site.yml:8", "copy at"), ("site.yml:9", "copy at"), ("site.yml:10", "copy at"), ("site.yml:12", "copy at")]),
    .init(
      "writing over what is not a file yet, by force or not, a backup",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.file: { path: "{{ root }}/d", state: directory, mode: "0755" }
              - ansible.builtin.copy: { src: x, dest: "{{ root }}/d", mode: "0644" }
              - ansible.builtin.copy: { content: x, dest: "{{ root }}/word", mode: "0644", force: false }
              - ansible.builtin.copy: { content: x, dest: "{{ root }}/y", mode: "0644", backup: true }
              - ansible.builtin.getent: { database: passwd, key: root }
              - block:
                  - ansible.builtin.file: { path: "{{ root }}", state: directory }
                rescue:
                  - ansible.builtin.set_fact: { later: other }

          """, "files/x": "x",
      ],
      [
        ("site.yml:9", "file at"), ("site.yml:10", "copy at"), ("site.yml:11", "copy with backup"),
        ("site.yml:12", "behind a change"), ("site.yml:14", "a rescue runs set_fact"),
      ]),
    .init(
      "a path that the host completes, what lies below a folder, a folder that is copied",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.lineinfile: { path: "{{ root }}/x$TZ", create: true, mode: "0644", line: x }
              - ansible.builtin.copy: { content: x, dest: "~/x", mode: "0644" }
              - ansible.builtin.file: { path: "{{ root }}/d", state: directory, recurse: true, mode: "u=rwX" }
              - ansible.builtin.copy: { src: tree/, dest: "{{ root }}/t", mode: "0644" }

          """, "files/tree/f": "x",
      ],
      [
        ("site.yml:8", "for $ in its path"), ("site.yml:9", "for ~ in its path"), ("site.yml:10", "with recurse"),
        ("site.yml:11", "copies a folder"),
      ]),
    .init(
      "a change that the playbook calls none, a path by another name of the argument",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.copy: { content: "a\\nb\\n", dest: "{{ root }}/quiet", mode: "0644" }
                changed_when: false
              - ansible.builtin.lineinfile: { path: "{{ root }}/quiet", create: true, mode: "0644", line: "c" }
              - ansible.builtin.lineinfile: { destfile: "{{ root }}/word", create: true, mode: "0644", line: "c" }

          """
      ],
      [("site.yml:10", "copy at"), ("site.yml:11", "copy at")]),
    .init(
      "a text that says how it is read, lists behind an alias, a block in a loop, facts that are set",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.copy:
                  content: "#jinja2:variable_start_string:'[[', variable_end_string:']]'\\n[[ 1 ]]"
                  dest: "{{ root }}/x"
                  mode: "0644"
              - ansible.builtin.debug: { msg: x }
                vars: { e: &e ["not vars['ro' ~ 'ot']"] }
              - ansible.builtin.debug: { msg: x }
                when: *e
              - ansible.builtin.copy: { content: "{% for vars in [1] %}{% block b %}{{ vars['ro' ~ 'ot'] }}{% endblock %}{% endfor %}", dest: "{{ root }}/y", mode: "0644" }
              - ansible.builtin.set_fact: { discovered_interpreter_python: /usr/bin/python3, cacheable: true }

          """
      ],
      [
        ("site.yml:9", "#jinja2: in a text"), ("site.yml:13", "vars gives any variable"),
        ("site.yml:16", "vars gives any variable"),
        ("site.yml:17", "discovered_interpreter_python"), ("site.yml:17", "cacheable"),
      ]),
    .init(
      "a module that another one hands on to, and a validator that is given other files",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.package: { use: ansible.builtin.lineinfile, path: "{{ root }}/p", line: x, create: true, mode: "0644" }
              - ansible.builtin.copy: { content: x, dest: "{{ root }}/v", mode: "0644", validate: "haproxy -c -f /evil -f %s" }
              - ansible.builtin.copy: { content: x, dest: "{{ root }}/w", mode: "0644", validate: "visudo -cf %s" }

          """
      ],
      [
        ("site.yml:8", "package with use can run"), ("site.yml:8", "package with line can run"),
        ("site.yml:9", "copy with validate can run"),
      ]),
    .init(
      "one file of one machine, by two hosts that come in no order",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.copy: { content: "{{ inventory_hostname }}", dest: "{{ root }}/x", mode: "0644" }
              - ansible.builtin.file: { path: "{{ root }}/d", state: directory, mode: "0755" }
              - ansible.builtin.copy: { content: x, dest: "{{ root }}/d/{{ inventory_hostname }}", mode: "0644" }

          """
      ], [("site.yml:8", "this task may then find something else")], inventory: "[more]\nh2\n",
      hosts: ["h1", "h2"]),
  ]

  static let ordinary: [WordPlaybook] = [
    .init(
      "files by the distribution, names of a template's own, and defaults of modules",
      [
        "site.yml": """
        - name: Hosts
          hosts: all
          gather_facts: true
          gather_subset: ["!all", min]
          vars: { env: prod }
          vars_files: ["vars/{{ env }}.yml"]
          module_defaults: { ansible.builtin.file: { mode: "0700" } }
          pre_tasks:
            - ansible.builtin.include_vars: "{{ lookup('ansible.builtin.first_found', params) }}"
              vars: { params: { files: ["{{ ansible_facts['distribution'] }}.yml", main.yml], paths: [vars] } }
            - ansible.builtin.include_vars: "{{ item }}"
              with_first_found: ["{{ ansible_distribution }}.yml", vars/main.yml]
          tasks:
            - ansible.builtin.file: { path: "{{ root }}", state: directory }
            - name: Word
              ansible.builtin.template: { src: "{{ item.src }}", dest: "{{ root }}/{{ item.dest }}", mode: "0644" }
              loop: [{ src: word.j2, dest: word }]
              loop_control: { label: "{{ item.dest }}" }
              become_user: "{{ user }}"
              register: h
              vars: { ansible_ssh_common_args: "-o ConnectTimeout=2 -o ControlMaster=auto", ansible_host: "{{ address }}" }
            - ansible.builtin.include_tasks: "{{ item }}"
              loop: [one.yml]
            - block:
                - ansible.builtin.assert: { that: "1 == 2" }
              rescue:
                - ansible.builtin.debug: { msg: x }

        """,
        "vars/prod.yml": "user: root\naddress: 192.0.2.1\n", "vars/main.yml": "unused: 1\n",
        "one.yml": "- ansible.builtin.debug: { msg: \"{{ 'x' if h is changed else 'y' }}\" }\n",
        "templates/word.j2": """
        {% for h in groups.all %}{{ h }} {{ hostvars[h].root }}{% endfor %}
        {% set q = ansible_facts.os_family | lower %}{{ q }} {{ 'one.yml' is file }}
        """,
      ], inventory: "ansible_port=22\nansible_user=deploy\n", task: "Word | word")
  ]
}
