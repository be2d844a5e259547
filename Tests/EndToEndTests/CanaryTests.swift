import Facts
import Foundation
import StrictJSON
import Testing

/// A canary in every input that can hold a secret, at every depth: none of them leaves the private spool.
@Suite struct CanaryTests {
  @Test func `no canary is in a Git object, an output, an observation or a file that others can read`() async throws {
    let canaries = Canaries()
    let fleet = try await DemoFleet(["CANARY_API_TOKEN": canaries["passed-environment"]])
    try await fleet.converge()
    try await fleet.initialise()
    try await canaries.plant(in: fleet)
    try await canaries.addSources(to: fleet)
    var said = ""
    func praxis(_ arguments: String...) async throws {
      let words = try await fleet.say(arguments)
      said += "$ \(arguments.joined(separator: " "))\n\(words.output)\(words.errors)"
    }

    try await praxis("scan")
    try await praxis("propose", "bless", "secrets")
    let proposed = try await fleet.say(["propose", "bless", "secrets", "--json"])
    said += proposed.output + proposed.errors
    let branch = try #require(try JSON(parsing: Array(proposed.output.utf8))["branch"]?.string, "\(said)")
    try await fleet.merge(branch)
    try await praxis("scan", "secrets")
    try await canaries.drift(in: fleet)
    try await praxis("scan")
    try await praxis("propose", "bless", "secrets", "one")
    try await praxis("observe", "canaries", "--output", "\(fleet.path)/seen-ansible.json")
    try await praxis("observe", "cloud", "--output", "\(fleet.path)/seen-tofu.json")
    try await praxis("observe", "secrets", "--output", "\(fleet.path)/seen-facts.json")
    try await canaries.breakDown(fleet)
    try await praxis("scan", "--json")
    try await canaries.breakInventory(fleet)
    try await praxis("scan", "canaries")
    for output in ["table", "json", "jsonl", "csv", "markdown"] {
      try await praxis("findings", "--state", "all", "--output", output)
    }
    for finding in try await fleet.findings("--state", "all") {
      try await praxis("show", try #require(finding["id"]?.string))
    }
    for words in [["status"], ["status", "--json"], ["doctor"], ["source", "list"], ["source", "check"]] {
      let answer = try await fleet.say(words)
      said += answer.output + answer.errors
    }

    // What was planted was seen: a run that looked at nothing would prove nothing.
    let findings = try await fleet.findings("--state", "all")
    for source in ["cloud", "canaries", "secrets"] {
      #expect(findings.contains { $0["source"]?.string == source && $0["aspect"] == "drift" }, "\(source)\n\(said)")
    }
    let objects = try await fleet.git("cat-file", "--batch-all-objects", "--batch")
    #expect(objects.contains("hmac-sha256:e1:"))
    canaries.expectNone(in: said, "what praxis said")
    canaries.expectNone(in: objects, "the Git objects")
    for name in ["seen-ansible.json", "seen-tofu.json", "seen-facts.json"] {
      canaries.expectNone(in: try String(contentsOfFile: "\(fleet.path)/\(name)", encoding: .utf8), name)
    }
    let raw = try expectPrivate(fleet, canaries)
    // The raw output is where they are: had the tools not told them, nothing would be proven.
    for name in ["loop", "vault", "marked", "tofu-nested", "facts-deep", "registered"] {
      #expect(raw.contains(canaries[name]), "the tools told nothing of \(name)")
    }
  }

  /// Checks the modes and contents of praxis' home. Returns the raw output of the tools.
  private func expectPrivate(_ fleet: DemoFleet, _ canaries: Canaries) throws -> String {
    let home = "\(fleet.path)/home"
    let walker = try #require(FileManager.default.enumerator(atPath: home))
    var raw = ""
    for case let name as String in walker {
      let path = "\(home)/\(name)"
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      let mode = try #require(attributes[.posixPermissions] as? Int)
      let isFile = attributes[.type] as? FileAttributeType == .typeRegular
      let content = isFile ? String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self) : ""
      if name.hasPrefix("spool/") || name.hasPrefix("keys/redaction") {
        #expect(mode == (isFile ? 0o600 : 0o700), "\(name) has mode \(String(mode, radix: 8))")
      }
      if name.contains("/evidence/") {
        raw += content
      } else {
        canaries.expectNone(in: content, name)
      }
      canaries.expectNone(in: name, "the name of a file")
    }
    return raw
  }
}

/// The canaries by where they were planted.
private struct Canaries {
  private let tail = String(UUID().uuidString.lowercased().prefix(8))
  private static let names = [
    "passed-environment", "marked", "variable", "tofu-nested", "for-each", "output", "named-output", "provider-error",
    "host-var", "no-log", "loop", "loop-token", "template", "diff-no", "vault", "registered", "failed", "failed-url",
    "private-key", "json", "netrc", "redis", "env", "name", "environment", "facts-top", "facts-deep", "facts-array",
    "facts-text", "facts-key", "facts-url", "facts-block", "collector-stderr", "cookie", "url-slash", "drifted",
    "line", "destination", "map-key", "broken-line", "inventory", "long-label",
  ]

  /// Nothing else in the fleet looks like it.
  subscript(_ name: String) -> String {
    precondition(Self.names.contains(name), "\(name) is not among the names")
    return "cnry\(tail)\(name.replacingOccurrences(of: "-", with: ""))x7"
  }

  func expectNone(in text: String, _ place: String) {
    guard text.contains("cnry\(tail)") else { return }
    for name in Self.names where text.contains(self[name]) {
      let line = text.split(separator: "\n").first { $0.contains(self[name]) } ?? ""
      Issue.record("the canary \(name) is in \(place): \(line.prefix(400))")
    }
  }

  func plant(in fleet: DemoFleet) async throws {
    try await plantCloud(fleet)
    try await plantPlaybook(fleet)
    try plantFacts(fleet, drifted: false)
  }

  func addSources(to fleet: DemoFleet) async throws {
    try await fleet.expect(
      0, "source", "add", "cloud", "--authority", "tofu", "--directory", "\(fleet.path)/infra/cloud", "--binary",
      try Tools.terraform(), "--set-environment", "TF_CLI_CONFIG_FILE=\(try Tools.providerConfiguration())")
    try await fleet.expect(
      0, "source", "add", "canaries", "--authority", "ansible", "--directory", "\(fleet.path)/infra/canaries",
      "--playbook", "site.yml", "--inventory", "inventory.ini", "--binary-directory", fleet.ansibleFolder,
      "--vault-password-file", "vault.pass", "--pass", "CANARY_API_TOKEN")
    try await fleet.expect(
      0, "source", "add", "secrets", "--authority", "snapshot", "--directory", "\(fleet.path)/infra/secrets", "--pass",
      "CANARY_API_TOKEN", "--command", "./collect")
  }

  // MARK: OpenTofu

  private func plantCloud(_ fleet: DemoFleet) async throws {
    try FileManager.default.createDirectory(
      atPath: "\(fleet.path)/infra/cloud", withIntermediateDirectories: true)
    try fleet.write(
      """
      terraform {
        required_providers {
          driftfile = { source = "local.test/drift/driftfile", version = "0.1.0" }
        }
      }
      variable "db_password" { default = "\(self["variable"])" }
      variable "hidden" {
        default   = "\(self["marked"])"
        sensitive = true
      }
      variable "broken" { default = false }
      resource "driftfile_secret" "marked" {
        path    = "\(fleet.path)/cloud/marked"
        content = var.hidden
      }
      resource "driftfile_file" "plain" {
        path    = "\(fleet.path)/cloud/plain"
        content = "user = x\\npassword = ${var.db_password}\\n"
      }
      resource "driftfile_file" "keyed" {
        for_each = toset(["password=\(self["for-each"])"])
        path     = "\(fleet.path)/cloud/keyed"
        content  = "nothing"
      }
      output "hidden" {
        value     = "\(self["output"])-${driftfile_file.plain.path}"
        sensitive = true
      }
      output "admin_token" { value = "\(self["named-output"])" }
      output "nested" {
        value = { users = [{ name = "bob", auth = { api_secret = "\(self["tofu-nested"])" }, "token=\(self["map-key"])" = 1 }] }
      }
      """, to: "infra/cloud/main.tf")
    try await fleet.sh(
      """
      cd \(fleet.path)/infra/cloud
      export TF_CLI_CONFIG_FILE=\(try Tools.providerConfiguration()) CHECKPOINT_DISABLE=1 HOME=\(fleet.path)/user
      \(try Tools.terraform()) init -input=false >/dev/null
      """)
  }

  // MARK: Ansible

  private func plantPlaybook(_ fleet: DemoFleet) async throws {
    let folder = "infra/canaries"
    for name in ["templates", "host_vars"] {
      try FileManager.default.createDirectory(
        atPath: "\(fleet.path)/\(folder)/\(name)", withIntermediateDirectories: true)
    }
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/one", withIntermediateDirectories: true)
    try fleet.write("opensesame\n", to: "\(folder)/vault.pass")
    try fleet.write("[defaults]\nretry_files_enabled = False\nnocows = True\n", to: "\(folder)/ansible.cfg")
    try fleet.write("from_vault: \(self["vault"])\n", to: "\(folder)/secret.yml")
    try await fleet.ansible(
      "ansible-vault", ["encrypt", "--vault-password-file", "vault.pass", "secret.yml"], in: folder)
    try fleet.write(
      "one ansible_connection=local ansible_python_interpreter={{ansible_playbook_python}} root=\(fleet.path)/one\n",
      to: "\(folder)/inventory.ini")
    try fleet.write("db_password: \(self["host-var"])\n", to: "\(folder)/host_vars/one.yml")
    try fleet.write(
      """
      name = x
      password = \(self["template"])
      db.password: {{ db_password }}
      {"auths": {"h": {"token": "\(self["json"])"}}}
      machine h login bob password \(self["netrc"])
      requirepass \(self["redis"])
      url = postgres://bob:\(self["url-slash"])/rest@db/x
      export API_TOKEN=\(self["env"])
      Set-Cookie: session_token=\(self["cookie"]); Path=/
      """, to: "\(folder)/templates/app.conf.j2")
    try fleet.write(playbook, to: "\(folder)/site.yml")
  }

  private var playbook: String {
    """
    - hosts: all
      gather_facts: false
      vars_files: [secret.yml]
      tasks:
        - name: Hidden
          copy: {content: "\(self["no-log"])", dest: "{{ root }}/hidden"}
          no_log: true
        - name: Users
          copy: {content: "user={{ item.user }} password={{ item.password }}", dest: "{{ root }}/{{ item.user }}"}
          loop:
            - {user: bob, password: \(self["loop"]), nested: {api_token: \(self["loop-token"])}}
        - name: Template
          template: {src: app.conf.j2, dest: "{{ root }}/app.conf"}
        - name: Without a diff
          copy: {content: "\(self["diff-no"])", dest: "{{ root }}/quiet"}
          diff: false
        - name: From the vault
          copy: {content: "secret: {{ from_vault }}", dest: "{{ root }}/vaulted"}
        - name: Ask
          command: echo token=\(self["registered"])
          check_mode: false
          changed_when: false
          register: asked
        - name: Use what was asked
          copy: {content: "api_{{ asked.stdout }}", dest: "{{ root }}/asked"}
        - name: Key
          copy:
            dest: "{{ root }}/key"
            content: |
              -----BEGIN OPENSSH PRIVATE KEY-----
              \(self["private-key"])
              -----END OPENSSH PRIVATE KEY-----
        - name: "Call with password=\(self["name"])"
          copy: {content: "x", dest: "{{ root }}/named"}
          environment: {API_TOKEN: "\(self["environment"])"}
        - name: A line
          lineinfile: {path: "{{ root }}/lines", create: true, line: "password=\(self["line"])"}
        - name: A path
          copy: {content: "x", dest: "{{ root }}/token=\(self["destination"])"}
        - name: Long labels
          copy: {content: "x", dest: "{{ root }}/{{ item.name }}"}
          loop:
            - {name: long, note: "\(String(repeating: "long ", count: 40))", password: \(self["long-label"])}
        - name: Fail
          fail: {msg: "no answer from https://bob:\(self["failed-url"])@h/ with token=\(self["failed"])"}
          ignore_errors: true
    """
  }

  // MARK: Snapshots

  private func plantFacts(_ fleet: DemoFleet, drifted: Bool) throws {
    try FileManager.default.createDirectory(
      atPath: "\(fleet.path)/infra/secrets", withIntermediateDirectories: true)
    let facts: JSON = [
      "db_password": .string(self["facts-top"]),
      "app": [
        "users": [["name": "bob", "auth": ["api_token": .string(drifted ? self["drifted"] : self["facts-deep"])]]],
        "motd": .string("welcome\npassword = \(self["facts-text"])\n"),
        "args": ["--verbose", .string("--token=\(self["facts-array"])")],
        "url": .string("https://bob:\(self["facts-url"])@h/"),
        "token=\(self["facts-key"])": 1, "size": drifted ? 2 : 1,
      ],
      "key": .string("-----BEGIN RSA PRIVATE KEY-----\n\(self["facts-block"])\n-----END RSA PRIVATE KEY-----\n"),
    ]
    let line = String(decoding: CanonicalJSON.line(["target": "one", "facts": facts]), as: UTF8.self)
    try fleet.write(
      "#!/bin/sh\ncat <<'END'\n\(line)END\necho \"password=\(self["collector-stderr"]) token: $CANARY_API_TOKEN\" >&2\n",
      to: "infra/secrets/collect")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o755], ofItemAtPath: "\(fleet.path)/infra/secrets/collect")
  }

  // MARK: Drift and failure

  func drift(in fleet: DemoFleet) async throws {
    try await fleet.ansible(
      "ansible-playbook", ["-i", "inventory.ini", "--vault-password-file", "vault.pass", "site.yml"],
      in: "infra/canaries")
    try await fleet.sh(
      """
      cd \(fleet.path)/infra/cloud
      export TF_CLI_CONFIG_FILE=\(try Tools.providerConfiguration()) CHECKPOINT_DISABLE=1 HOME=\(fleet.path)/user
      \(try Tools.terraform()) apply -input=false -auto-approve >/dev/null
      sed -i 's/password = .*/password = \(self["drifted"])/' \(fleet.path)/cloud/plain \(fleet.path)/one/app.conf
      printf '\(self["drifted"])' > \(fleet.path)/cloud/marked
      echo 'token: \(self["drifted"])' >> \(fleet.path)/one/vaulted
      rm \(fleet.path)/one/asked \(fleet.path)/one/key
      """)
    try plantFacts(fleet, drifted: true)
  }

  /// The inventory cannot be read, and ansible says which line.
  func breakInventory(_ fleet: DemoFleet) async throws {
    try await fleet.sh(
      "echo 'two db_password=\(self["inventory"]) \"unclosed' >> \(fleet.path)/infra/canaries/inventory.ini")
  }

  /// Each tool ends with an error whose words hold a secret.
  func breakDown(_ fleet: DemoFleet) async throws {
    try await fleet.sh(
      """
      cd \(fleet.path)/infra
      cat >> secrets/collect <<'END'
      echo '{"target": "two", "token": "\(self["broken-line"])'
      exit 1
      END
      cat >> cloud/main.tf <<'END'
      check "never" {
        assert {
          condition     = var.broken
          error_message = "the call with password=\(self["provider-error"]) failed"
        }
      }
      resource "driftfile_file" "impossible" {
        path    = "/proc/none/password=\(self["provider-error"])"
        content = "x"
        lifecycle {
          precondition {
            condition     = var.broken
            error_message = "token: \(self["provider-error"])"
          }
        }
      }
      END
      printf '  - name: Broken\\n    nonsense: {password: \(self["failed"])}\\n' >> canaries/site.yml
      """)
  }
}
