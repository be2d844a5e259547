import Testing

/// A playbook of one host and one task, which writes a word.
struct WordPlaybook: Sendable, CustomTestStringConvertible {
  var name: String
  var files: [String: String]
  /// Where it can differ, and a part of why.
  var places: [(file: String, why: String)]
  /// More lines behind the inventory's own.
  var inventory = ""
  /// The hosts whose drift is to end.
  var hosts = ["h1"]
  var isInventoryProgram = false
  /// What the source's environment sets.
  var variables: [String: String] = [:]
  /// ansible-playbook is a program that does not name its Python.
  var isWrapped = false
  var vaulted: [String: String] = [:]
  var vaultPasswordFile: String?

  /// The task as the finding's subject names it.
  var task: String

  var testDescription: String { name }

  init(
    _ name: String, _ files: [String: String], _ places: [(file: String, why: String)] = [], inventory: String = "",
    hosts: [String] = ["h1"], task: String = "Word"
  ) {
    self.name = name
    self.task = task
    self.files = files
    self.places = places
    self.inventory = inventory
    self.hosts = hosts
  }

  static func play(_ word: String, more: String = "") -> String {
    """
    - name: Hosts
      hosts: all
      gather_facts: false
    \(more)
      tasks:
        - name: Word
          ansible.builtin.copy: { content: "word = \(word)\\n", dest: "{{ root }}/word", mode: "0644" }

    """
  }

  static func play(template: String) -> String {
    """
    - name: Hosts
      hosts: all
      gather_facts: false
      tasks:
        - name: Word
          ansible.builtin.template: { src: \(template), dest: "{{ root }}/word", mode: "0644" }

    """
  }

  private static func choice(_ condition: String) -> String { "{{ 'safe' if \(condition) else 'other' }}" }

  // MARK: Those that can differ

  static let differing: [WordPlaybook] = [
    .init(
      "check mode in the inventory", ["site.yml": play("{{ word }}")],
      [("inventory.ini:7", "ansible_check_mode")], inventory: "word=\(choice("ansible_check_mode"))\n"),
    .init(
      "check mode in an included template",
      [
        "site.yml": play(template: "word.j2"), "templates/word.j2": "\n{% include 'inner.j2' %}\n",
        "templates/inner.j2": "word\n\(choice("ansible_check_mode"))\n",
      ], [("templates/word.j2:2", "another template"), ("templates/inner.j2:2", "ansible_check_mode")]),
    .init(
      "check mode in a template that a lookup reads",
      ["site.yml": play("{{ lookup('template', 'word.txt') }}"), "word.txt": choice("ansible_check_mode")],
      [("site.yml:7", "the lookup template"), ("word.txt:1", "ansible_check_mode")]),
    .init(
      "check mode by a computed name", ["site.yml": play(choice("vars['ansible_check' + '_mode']"))],
      [("site.yml:7", "vars gives any variable")]),
    .init(
      "check mode by the lookup of a computed name",
      ["site.yml": play(choice("lookup('vars', 'ansible_check' ~ '_mode')"))], [("site.yml:7", "the lookup vars")]),
    .init(
      "a filter that reads the command line",
      [
        "site.yml": play("{{ 'safe' | word }}"),
        "filter_plugins/word.py": """
        import sys
        class FilterModule:
            def filters(self):
                return {"word": lambda word: word if "--check" in sys.argv else "other"}

        """,
      ], [("filter_plugins/word.py", "code"), ("site.yml:7", "the filter word")]),
    .init(
      "a pipe", ["site.yml": play("{{ lookup('pipe', 'echo safe') }}")], [("site.yml:7", "the lookup pipe")]),
    .init(
      "check mode of hostvars by a computed name",
      ["site.yml": play(choice("hostvars[inventory_hostname]['ansible_check' ~ '_mode']"))],
      [("site.yml:7", "hostvars")]),
    .init(
      "check mode that a filter takes from hostvars",
      ["site.yml": play(choice("['h1'] | map('extract', hostvars, ['ansible_check' ~ '_mode']) | first"))],
      [("site.yml:7", "hostvars")]),
    .init(
      "check mode behind an escape of YAML",
      [
        "site.yml": play("{{ word }}"),
        "group_vars/all.yml": "---\nword: \"\(choice("ansible_check\\x5fmode"))\"\n",
      ], [("group_vars/all.yml:2", "ansible_check_mode")]),
    .init(
      "check mode behind an escape in the inventory", ["site.yml": play("{{ word }}")],
      [("inventory: word of h1", "ansible_check_mode")],
      inventory: "word=\"\\x7b\\x7b 'safe' if ansible_check\\x5fmode else 'other' \\x7d\\x7d\"\n"),
    .init(
      "a file from outside of the bundle by a computed name",
      ["site.yml": play("").replacing("content: \"word = \\n\"", with: "src: \"{{ '/pro' ~ 'c/version' }}\"")],
      [("site.yml:6", "/proc/version, which lies outside of the bundle")]),
    .init(
      "a file by a computed name", ["site.yml": play("{{ lookup('file', '/pro' ~ 'c/self/stat') | length > 0 }}")],
      [("site.yml:7", "a file whose name is computed")]),
    .init(
      "what a task that changes something returns, other ways to write arguments, and roles called like other folders",
      [
        "site.yml": play("{{ 'safe' if made.size is defined or made.changed else 'other' }}").replacing(
          "    - name: Word",
          with: """
                - ansible.builtin.copy: { content: made, dest: "{{ root }}/made", mode: "0644" }
                  register: made
                - name: Word
            """),
        "tasks/other.yml": """
        - ansible.builtin.template: "src=odd dest=/odd variable_start_string='<<'"
        - action: debug var=vars['x']
        - ansible.builtin.debug:
          args: { var: "vars['x']" }
        - ansible.builtin.assert: that=vars['x']
        - ansible.builtin.debug: { msg: x }
          when: !unsafe "vars['x']"

        """,
        "roles/files/tasks/main.yml": "- ansible.builtin.debug: { msg: \"{{ vars['x'] }}\" }\n",
        "roles/templates/tasks/main.yml": "- ansible.builtin.debug: { msg: x }\n  when: vars['x']\n",
        "roles/venv/tasks/main.yml": "- ansible.builtin.debug: { msg: \"{{ vars['x'] }}\" }\n",
      ],
      [
        ("site.yml:9", "made is what a task that changes something returns"),
        ("tasks/other.yml:1", "variable_start_string"), ("tasks/other.yml:2", "vars gives any variable"),
        ("tasks/other.yml:4", "vars gives any variable"), ("tasks/other.yml:5", "vars gives any variable"),
        ("tasks/other.yml:7", "vars gives any variable"), ("roles/files/tasks/main.yml:1", "vars gives any variable"),
        ("roles/templates/tasks/main.yml:2", "vars gives any variable"),
        ("roles/venv/tasks/main.yml:1", "vars gives any variable"),
      ]),
    .init("the time", ["site.yml": play("{{ now().year > 2000 }}")], [("site.yml:7", "now()")]),
    .init(
      "a loop over a pipe",
      ["site.yml": play("{{ item }}") + "      with_pipe: echo safe\n"], [("site.yml:8", "the lookup pipe")],
      task: "Word | safe"),
    .init(
      "check mode in variables from a folder of plain files, loaded by a computed name",
      [
        "site.yml": play("{{ word }}").replacing(
          "    - name: Word",
          with: """
                - ansible.builtin.include_vars: "{{ 'files/wo' ~ 'rd.yml' }}"
                - name: Word
            """), "files/word.yml": "word: \"{{ 'safe' if vars['ansible_' ~ 'check_mode'] else 'other' }}\"\n",
      ], [("files/word.yml:1", "vars gives any variable")]),
    .init(
      "a template from a folder of plain files",
      [
        "site.yml": play(template: "\"{{ 'files/wo' ~ 'rd' }}\""),
        "files/word": "{{ ['safe', 'other'] | random }}",
      ], [("files/word:1", "the filter random")]),
    .init(
      "a module of the bundle's own", ["site.yml": play("safe"), "roles/any/library/word": "#!/bin/sh\n"],
      [("roles/any/library/word", "code")]),
    .init(
      "filters from a folder that the settings name",
      ["site.yml": play("safe"), "ansible.cfg": "[defaults]\nfilter_plugins = ./mine\n", "mine/word.py": "word = 1\n"],
      [("mine/word.py", "code")]),
    .init(
      "a Python of the bundle's own",
      [
        "site.yml": play("safe", more: "  vars: { ansible_python_interpreter: \"{{ playbook_dir }}/python\" }"),
        "python": "#!/bin/sh\nexec /usr/bin/python3 \"$@\"\n",
      ], [("site.yml:4", "ansible_python_interpreter has a value that is not known")]),
    .init(
      "what find reads of the processes",
      [
        "site.yml": """
        - name: Hosts
          hosts: all
          gather_facts: false
          tasks:
            - ansible.builtin.find: { paths: /proc/self, patterns: status, contains: "x" }
              register: found
            - name: Word
              ansible.builtin.copy:
                content: "word = {{ 'safe' if found.matched == 0 else 'other' }}\\n"
                dest: "{{ root }}/word"
                mode: "0644"

        """
      ], [("site.yml:9", "what find read")]),
    .init(
      "what slurp reads, what stat says of a moving place, and the run's own folders",
      [
        "site.yml": """
        - name: Hosts
          hosts: all
          gather_facts: true
          gather_subset: ["!all", env]
          tasks:
            - ansible.builtin.slurp: { src: /proc/self/mounts }
              register: mounts
            - ansible.builtin.stat: { path: /proc/self/mounts }
              register: seen
            - name: Word
              ansible.builtin.copy:
                content: "word = {{ 'safe' if 'x' not in (mounts.content | b64decode) else 'other' }}\\n"
                dest: "{{ root }}/word"
                mode: "{{ '0644' if seen.stat.checksum != 'x' else '0600' }}"
            - ansible.builtin.debug:
                msg: "{{ ansible_env.ANSIBLE_LOCAL_TEMP }} {{ ansible_facts.env.HOME }} {{ ansible_config_file }}"

        """
      ],
      [
        ("site.yml:12", "what slurp read"), ("site.yml:14", "a place that is another one"),
        ("site.yml:16", "another one each time"),
      ]),
    .init(
      "facts that are gathered behind a change",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.service_facts:
              - ansible.builtin.debug: { msg: "{{ ansible_facts.services | length }}" }

          """
      ], [("site.yml:8", "behind a change")]),
    .init(
      "a vault's program that a label names",
      [
        "site.yml": play("safe"), "ansible.cfg": "[defaults]\nvault_identity_list = prod@./secret\n",
        "secret": "#!/bin/sh\necho word\n",
      ], [("secret", "a program that ansible starts")]),
    .init(
      "programs that validate, a path for Python, other keywords, a rescue, and facts from a folder",
      [
        "site.yml": play("safe").replacing("0644\" }", with: "0644\", validate: /bin/sh -c true %s }") + """
                environment: { PYTHONPATH: "{{ playbook_dir }}/files" }
                module_defaults: { file: { follow: true } }
              - block:
                  - ansible.builtin.file: { path: "{{ root }}", state: directory }
                rescue:
                  - ansible.builtin.file: { path: "{{ root }}/word", state: absent }
              - ansible.builtin.setup: { fact_path: "{{ playbook_dir }}/files", gather_subset: ["!all", "!min", local] }

          """
      ],
      [
        ("site.yml:6", "copy with validate"), ("site.yml:6", "PYTHONPATH"), ("site.yml:6", "module_defaults"),
        ("site.yml:11", "a rescue runs file"), ("site.yml:14", "setup with fact_path"),
      ]),
    .init(
      "settings that name programs, and one that nobody knows",
      [
        "site.yml": play("safe"),
        "ansible.cfg": """
        [defaults]
        yaml_valid_extensions = .txt
        gathering = smart
        [privilege_escalation]
        become_exe = ./shell
        [ssh_connection]
        ssh_args = -C -o ProxyCommand="ssh -W %h:%p user@jump" -o ControlPersist=60s
        ssh_common_args = -o ProxyCommand="ssh x; shell"

        """,
      ],
      [
        ("ansible.cfg", "become_exe: what it does is not known"),
        ("ansible.cfg", "yaml_valid_extensions: what it does is not known"),
        ("ansible.cfg", "ssh_common_args has a value that is not known"),
      ]),
    .init(
      "a task that finds what an earlier one changed, and one that hangs on a failure which only the run can have",
      [
        "site.yml": play("safe").replacing(
          "0644\" }",
          with: "0644\" }\n      ignore_errors: true\n      register: made") + """
                - ansible.builtin.file: { path: "{{ root }}/word", state: absent }
                - ansible.builtin.debug: { msg: hello }
                  when: made is failed
                - ansible.builtin.file: { path: "{{ playbook_dir }}/a", state: absent }
                - ansible.builtin.copy: { content: x, dest: "{{ playbook_dir }}/a/x", mode: "0644" }

            """, "a/x": "y",
      ],
      [("site.yml:10", "copy at"), ("site.yml:12", "made can fail in the run alone"), ("site.yml:14", "file at")]),
    program,
  ]

  private static let program: WordPlaybook = {
    var playbook = WordPlaybook(
      "a program that makes the inventory", ["site.yml": play("safe")], [("inventory.ini", "a program")])
    playbook.isInventoryProgram = true
    return playbook
  }()

  // MARK: Those that cannot

  static let clean: [WordPlaybook] = [
    .init(
      "a known validator, a language, another file behind a change, and a rescue that only says something",
      [
        "site.yml": play("safe").replacing("0644\" }", with: "0644\", validate: /usr/sbin/visudo -cf %s }") + """
                environment: { LC_ALL: C, https_proxy: "http://localhost:1" }
                register: made
                until: made is succeeded
              - block:
                  - ansible.builtin.file: { path: "{{ root }}/wo", state: absent }
                  - ansible.builtin.lineinfile: { path: "{{ playbook_dir }}/site.yml", line: "- name: Hosts" }
                rescue:
                  - ansible.builtin.debug: { msg: hello }

          """
      ]),
    .init(
      "plain variables, filters and lookups",
      [
        "site.yml": play(
          "{{ lookup('file', 'files/a') }} {{ groups.all | map('extract', hostvars, 'root') | first | basename }}"
            + " {{ hostvars[inventory_hostname].root | dirname }} {{ x.y | default('z') | regex_replace('a', 'b') }}"
            + " {{ {'k': 1}.items() | list | to_json | lower }} {{ [1, 2] | select('odd') | join('-') }}",
          more: "  vars: { x: { y: q } }\n  handlers: [ { name: Never, ansible.builtin.debug: { msg: hello } } ]"),
        "files/a": "A",
        // None of these is evaluated by anybody.
        "files/dashboard.json": "{ \"title\": \"{{ $labels.instance }}\" }",
        "README.md": "Ours avoid {{ lookup('pipe', 'date') }}.\n",
        "files/install.sh": "#!/bin/sh\necho ${#all[@]} {% {{\n",
      ]),
    .init(
      "roles, includes, loops and conditions",
      [
        "site.yml": """
        - name: Hosts
          hosts: all
          gather_facts: false
          vars_files: ["v/{{ inventory_hostname }}.yml"]
          roles: [{ role: word, when: "enabled | bool" }]

        """,
        "v/h1.yml": "enabled: true\nusers: [{ name: word }, { name: other }]\n",
        "roles/word/tasks/main.yml": """
        - ansible.builtin.include_tasks: more.yml
        - name: Word
          ansible.builtin.template: { src: "{{ item.name }}.j2", dest: "{{ root }}/{{ item.name }}" }
          loop: "{{ users | sort(attribute='name') }}"
          loop_control: { label: "{{ item.name }}" }
          when: item.name == 'word' and users | selectattr('name', 'equalto', 'word') | list | length > 0

        """,
        "roles/word/tasks/more.yml": """
        - ansible.builtin.stat: { path: "{{ root }}" }
          register: seen
        - ansible.builtin.assert: { that: ["seen.stat.isdir", "users | length == 2"] }

        """,
        "roles/word/templates/word.j2": """
        # {{ ansible_managed }}
        {% macro line(name) %}{{ '%-10s' | format(name) }}{% endmacro %}
        {% for user in users if user.name is match('w.*') %}{{ loop.index }} {{ line(user.name) }}
        {% endfor %}
        {% raw %}{{ $left }}{% endraw %}
        """,
        "roles/word/templates/other.j2": "other\n",
      ], task: "word : Word | word"),
  ]
}
