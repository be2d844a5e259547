/// Playbooks that differ by how their hosts are reached, by whose names they use, and by what they look at.
extension WordPlaybook {
  static let differingByReach: [WordPlaybook] = [
    .init(
      "variables and keywords that say how a host is reached",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.set_fact: ansible_become_flags="; sh x"
                when: false
              - ansible.builtin.set_fact: { "{{ 'ansible_python' ~ '_interpreter' }}": /b/python }
                when: false
              - ansible.builtin.add_host: name=h9 groups=other ansible_ssh_common_args="-4F /b"
                when: false
              - ansible.builtin.debug: { msg: x }
                when: false
                become_user: "root sh x"
                vars: { ansible_remote_tmp: "~/$(sh x)", ansible_ssh_private_key_file: "{{ folder }}/key" }
              - ansible.builtin.debug: { msg: x }
                when: false
                vars:
                  ansible_python_interpreter: /usr/bin/python3 x.py
                  ansible_ssh_extra_args: "-oXAuthLocation=/b/x"
                  ansible_scp_extra_args: -S /b/x

          """,
        "ansible.cfg": "[defaults]\nremote_tmp = ~/$(sh x)\n[ssh_connection]\nssh_args = -C -I /b/x.so\n",
      ],
      [
        ("site.yml:8", "ansible_become_flags can change"), ("site.yml:10", "a name is computed"),
        ("site.yml:12", "ansible_ssh_common_args has a value"), ("site.yml:14", "become_user has a value"),
        ("site.yml:17", "ansible_remote_tmp has a value"),
        ("site.yml:17", "ansible_ssh_private_key_file is computed"),
        ("site.yml:21", "ansible_python_interpreter has a value"),
        ("site.yml:22", "ansible_ssh_extra_args has a value"),
        ("site.yml:23", "ansible_scp_extra_args can change"), ("inventory.ini:9", "ansible_ssh_executable can change"),
        ("ansible.cfg", "remote_tmp has a value"), ("ansible.cfg", "ssh_args has a value"),
      ], inventory: "[other]\n[other:vars]\nansible_ssh_executable=/b/ssh\n"),
    .init(
      "looks at the disk, by names that the run can change or that nobody knows",
      [
        "site.yml": play("{{ 'other' if (root ~ '/flag') is exists else 'safe' }}").replacing(
          "    - name: Word",
          with: """
                - ansible.builtin.copy: { content: x, dest: "{{ root }}/flag", mode: "0644" }
                - name: Word
            """) + """
                - ansible.builtin.debug: { msg: "{{ query('fileglob', root ~ '/flag*') }}" }
                - ansible.builtin.debug: { msg: "{{ [root ~ '/flag'] | select('exists') | list }}" }
                - ansible.builtin.debug: { msg: "{{ '/.praxis' is directory }} {{ lookup('first_found', nobody) }}" }
                  when: false

            """
      ],
      [
        ("site.yml:8", "the test exists looks at"), ("site.yml:9", "the lookup fileglob goes to"),
        ("site.yml:10", "exists, by way of select"), ("site.yml:11", "no place that the run works in"),
        ("site.yml:11", "the lookup first_found looks at the disk by a name that is computed"),
      ]),
    .init(
      "variables and tasks from files of any ending, by computed names",
      [
        "site.yml": play(
          "{{ word }}",
          more: "  vars: { from: conf/word.txt }\n  vars_files: [\"{{ from }}\", [\"{{ 1 | string }}.yml\", v.yml]]"
        ) + """
              - ansible.builtin.import_tasks: conf/tasks.txt
              - ansible.builtin.include_vars: "{{ ['conf', 'hidden.txt'] | join('/') }}"
                no_log: true

          """,
        "conf/word.txt": "word: \"{{ 'safe' if vars['ansible_check' ~ '_mode'] else 'other' }}\"\n",
        "conf/tasks.txt": "- ansible.builtin.debug: { msg: \"{{ vars['x'] | default(1) }}\" }\n",
        "conf/hidden.txt": "unused: 1\n", "v.yml": "unused: 1\n",
      ],
      [
        ("conf/word.txt:1", "vars gives any variable"), ("conf/tasks.txt:1", "vars gives any variable"),
        ("site.yml:5", "nothing tells which one is read"), ("site.yml:10", "no_log hides which one"),
      ]),
    .init(
      "a collection of the bundle's own that is called as one of ansible's",
      [
        "site.yml": play(
          "{{ 'safe' if lookup('community.general.dict', 'ansible_check' ~ '_mode') else 'other' }}",
          more: "  collections: [community.general]"),
        "collections/ansible_collections/community/general/meta/runtime.yml":
          "plugin_routing:\n  lookup:\n    dict:\n      redirect: ansible.builtin.vars\n",
      ],
      [
        ("collections/ansible_collections/community/general/meta/runtime.yml", "the names of plugins"),
        ("site.yml:4", "no collection of ansible's own"), ("site.yml:7", "the lookup community.general.dict"),
      ]),
    .init(
      "values of the moment",
      [
        "site.yml": play("{{ 'safe' if ('%Y' | strftime(none) | int) < 2100 else 'other' }}").replacing(
          "gather_facts: false", with: "gather_facts: true") + """
                - ansible.builtin.debug: { msg: "{{ 'x' | password_hash('sha512', none) | length }}" }
                  when: false
                - ansible.builtin.debug: { msg: "{{ ansible_facts['memory_mb']['nocache']['free'] }}" }
                - ansible.builtin.debug: { msg: "{{ ansible_local | default('') }} {{ ansible_play_hosts }} {{ role_uuid | default('') }}" }
                - ansible.builtin.debug: { msg: "{{ nobody | default(omit) | string | length }}" }
                  when: false

            """
      ],
      [
        ("site.yml:7", "the filter strftime"), ("site.yml:8", "the filter password_hash"), ("site.yml:10", "memory_mb"),
        ("site.yml:11", "ansible_local"), ("site.yml:11", "ansible_play_hosts"), ("site.yml:11", "role_uuid"),
        ("site.yml:12", "omit as a part"),
      ]),
  ]
}
