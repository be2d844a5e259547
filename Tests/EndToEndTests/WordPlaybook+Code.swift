/// Playbooks that run code of their own, under names that hide it, or whose own words lead the run elsewhere.
extension WordPlaybook {
  private static let module = """
    from ansible.module_utils.basic import AnsibleModule
    m = AnsibleModule(argument_spec=dict(path=dict(type="str"), line=dict(type="str")), supports_check_mode=True)
    m.exit_json(changed=False)

    """

  private static let edit = "    - lineinfile: { path: \"{{ root }}/other\", line: x }\n"
  private static let role = [
    "r/tasks/main.yml": edit.replacing("    - ", with: "- "), "r/library/lineinfile.py": module,
  ]

  static let differingByCode: [WordPlaybook] = [
    .init(
      "modules with endings that no other programs have",
      [
        "site.yml": play("safe") + edit + "    - blockinfile: { path: \"{{ root }}/other\", block: x }\n",
        "library/lineinfile.license": module,
        "library/blockinfile.gitkeep": module.replacing("line=", with: "block="),
      ],
      [("library/lineinfile.license", "it is code"), ("library/blockinfile.gitkeep", "it is code")]),
    .init(
      "a role in a folder that is left out where nothing leads to it",
      ["site.yml": play("safe", more: "  roles: [r]"), "ansible.cfg": "[defaults]\nroles_path = ./.git/roles\n"]
        .merging(role.map { (".git/roles/\($0)", $1) }) { $1 },
      [(".git/roles/r/library/lineinfile.py", "it is code")]),
    .init(
      "a role in what looks like a virtual environment",
      [
        "site.yml": play("safe", more: "  roles: [r]"), "ansible.cfg": "[defaults]\nroles_path = ./roles\n",
        "roles/pyvenv.cfg": "",
      ].merging(role.map { ("roles/\($0)", $1) }) { $1 },
      [("roles/r/library/lineinfile.py", "it is code")]),
    .init(
      "a loop that gives ansible its own variables",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.debug: { msg: x }
                loop: [/usr/bin/python3]
                loop_control: { loop_var: ansible_python_interpreter, index_var: ansible_retries }
              - ansible.builtin.debug: { msg: x }
                register: ansible_ssh_executable

          """
      ],
      [
        ("site.yml:10", "ansible_python_interpreter gets values"), ("site.yml:10", "ansible_retries gets values"),
        ("site.yml:12", "ansible_ssh_executable gets values"),
      ]),
    .init(
      "paths of which nobody can tell where they lead",
      [
        "site.yml": play("safe") + """
              - ansible.builtin.copy: { content: x, dest: "{{ root }}/a\\nb", mode: "0644" }
              - ansible.builtin.copy: { content: x, dest: elsewhere, mode: "0644" }

          """
      ],
      [("site.yml:8", "nobody could tell what lies at"), ("site.yml:9", "nobody could tell what lies at elsewhere")]),
  ]
}
