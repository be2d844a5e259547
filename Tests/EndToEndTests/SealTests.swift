import Facts
import Foundation
import Testing

/// What was approved is what runs: everything that decides on a run is changed after the approval, piece by piece, and each time
/// nothing is touched; what is changed while it runs does not count.
@Suite struct SealTests {
  @Test func `whatever decides on a run of the root module is bound to the approval`() async throws {
    let fleet = try await SealedCloud()
    try fleet.drift()
    let proposal = try await fleet.proposed()
    for change in SealedCloud.changes { try await fleet.refuses(change, of: proposal) }
    // The folder that the run writes leads elsewhere: to another one, and to the engine's keys.
    let (files, cloud) = (FileManager.default, "\(fleet.fleet.path)/cloud")
    try files.moveItem(atPath: cloud, toPath: "\(fleet.fleet.path)/real")
    for place in ["\(fleet.fleet.path)/scripts", "\(fleet.fleet.path)/home/keys", "\(fleet.fleet.path)/real"] {
      try files.createSymbolicLink(atPath: cloud, withDestinationPath: place)
      let before = try fleet.fleet.snapshot()
      let said = try await fleet.fleet.say(["execute", proposal], 4)
      #expect(said.errors.contains("seal-changed") || said.errors.contains("dry-run-changed"), "\(said.errors)")
      #expect(try fleet.fleet.snapshot() == before)
      try files.removeItem(atPath: cloud)
    }
    try files.moveItem(atPath: "\(fleet.fleet.path)/real", toPath: cloud)
    // The hook itself puts another folder in its place: nothing has begun, and the approval stands.
    let hook = "home/hooks/pre-execute.d/swap"
    try fleet.program("#!/bin/sh\nmv '\(cloud)' '\(cloud).real' && mkdir '\(cloud)'\n", at: hook)
    try await fleet.fleet.refuse("seal-changed", "execute", proposal)
    #expect(try files.contentsOfDirectory(atPath: cloud).isEmpty)
    try files.removeItem(atPath: "\(fleet.fleet.path)/\(hook)")
    try files.removeItem(atPath: cloud)
    try files.moveItem(atPath: "\(cloud).real", toPath: cloud)
    try await fleet.fleet.expect(0, "execute", proposal)
    #expect(try fleet.fleet.read("cloud/a") == "one\n")
  }

  @Test func `whatever decides on a run of the playbook is bound to the approval`() async throws {
    let fleet = try await SealedSite()
    try fleet.drift()
    let proposal = try await fleet.proposed()
    for change in SealedSite.changes { try await fleet.refuses(change, of: proposal) }
    // The program of the inventory is the same, and says another place for the host.
    let other = try fleet.otherAnswer()
    let before = try fleet.fleet.snapshot()
    try await fleet.fleet.refuse("seal-changed", "execute", proposal)
    // It may have been started with SIGTERM blocked.
    kill(other.processIdentifier, SIGKILL)
    other.waitUntilExit()
    #expect(try fleet.fleet.snapshot() == before)
    // What is changed once everything was checked is not what runs.
    try fleet.swapBeforeTheRun("infra/files/motd", with: "swapped\n")
    // What was approved ran; what is declared by now asks for something else, and that is told.
    let said = try await fleet.fleet.expect(6, "execute", proposal)
    #expect(said.output.contains("carried out; the drift is not gone"), "\(said.output)")
    #expect(try fleet.fleet.read("infra/files/motd") == "swapped\n")
    #expect(try fleet.fleet.read("hosts/h1/motd") == "hello\n")
  }

  @Test func `a link that leads out of what is sealed is refused with its path`() async throws {
    let fleet = try await MendFleet(.cloud)
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/elsewhere", withIntermediateDirectories: true)
    try fleet.write("#!/bin/sh\n", to: "elsewhere/hook.sh")
    try FileManager.default.createSymbolicLink(
      atPath: "\(fleet.path)/infra/linked", withDestinationPath: "\(fleet.path)/elsewhere")
    try fleet.write("edited\n", to: "cloud/a")
    try await fleet.expect(2, "scan")
    let said = try await fleet.say(["propose", "converge", try await fleet.finding("file.a")], 4)
    #expect(said.errors.contains("infra/linked is a link that leads out of what is sealed"))
    try await fleet.refuse("not-sealable", "propose", "converge", try await fleet.finding("file.a"))
  }
}

/// A fleet of which one thing after another is changed.
protocol SealedFleet {
  var fleet: MendFleet { get }
}

/// Something that is changed after the approval.
struct SealChange: Sendable {
  var name: String
  /// Relative to the fleet's folder.
  var file: String
  /// Nil: the file's mode changes.
  var more: String? = "# changed\n"
}

extension SealedFleet {
  /// The change is refused, leaves the fleet as it is, and is undone.
  func refuses(_ change: SealChange, of proposal: String, sourceLocation: SourceLocation = #_sourceLocation)
    async throws
  {
    let path = "\(fleet.path)/\(change.file)"
    let files = FileManager.default
    let old = files.contents(atPath: path)
    let mode = try? files.attributesOfItem(atPath: path)[.posixPermissions]
    // What is made for it is taken away with it.
    var made = path
    while !files.fileExists(atPath: (made as NSString).deletingLastPathComponent) {
      made = (made as NSString).deletingLastPathComponent
    }
    try files.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    if let more = change.more {
      try ((old ?? Data()) + Data(more.utf8)).write(to: URL(fileURLWithPath: path))
      if let mode { try files.setAttributes([.posixPermissions: mode], ofItemAtPath: path) }
    } else {
      try files.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
    }
    let before = try fleet.snapshot()
    let said = try await fleet.say(["execute", proposal], 4, sourceLocation: sourceLocation)
    #expect(said.errors.contains("(seal-changed)"), "\(change.name): \(said.errors)", sourceLocation: sourceLocation)
    #expect(said.errors.contains(change.file), "\(change.name): \(said.errors)", sourceLocation: sourceLocation)
    #expect(try fleet.snapshot() == before, "\(change.name)", sourceLocation: sourceLocation)
    if let old {
      try old.write(to: URL(fileURLWithPath: path))
      if let mode { try files.setAttributes([.posixPermissions: mode], ofItemAtPath: path) }
    } else {
      try files.removeItem(atPath: made)
    }
  }

  /// An admin changes praxis.yaml.
  func configure(_ edit: (String) -> String) async throws {
    try fleet.write(edit(try fleet.read("state/praxis.yaml")), to: "state/praxis.yaml")
    try await fleet.git(as: "admin", "commit", "--quiet", "-a", "-S", "-m", "Another configuration")
  }

  func program(_ text: String, at file: String) throws {
    try FileManager.default.createDirectory(
      atPath: ("\(fleet.path)/\(file)" as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try fleet.write(text, to: file)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(fleet.path)/\(file)")
  }
}

/// A root module with a program, a provider, variables and a script of its own.
struct SealedCloud: SealedFleet {
  let fleet: MendFleet

  static let changes = [
    SealChange(name: "the tool's program", file: "bin/terraform"),
    SealChange(name: "a file of the root module", file: "infra/main.tf"),
    SealChange(name: "a new file of the root module", file: "infra/more.auto.tfvars"),
    SealChange(name: "a file that is named like a state", file: "infra/hook.tfstate.sh"),
    SealChange(name: "a file below .terraform/modules", file: "infra/.terraform/modules/m/hook.sh"),
    SealChange(name: "a script's mode", file: "infra/hook.sh", more: nil),
    SealChange(name: "the configuration of the command line", file: "provider/cli.tfrc"),
    SealChange(name: "a provider of dev_overrides", file: "provider/terraform-provider-driftfile_v0.1.0"),
    SealChange(name: "a file of variables elsewhere", file: "variables/prod.tfvars"),
    SealChange(name: "a script elsewhere that praxis.yaml names", file: "scripts/hook.sh"),
    SealChange(name: "something in the tool's home", file: "home/tool-home/.terraform.d/checkpoint"),
  ]

  init() async throws {
    fleet = try await MendFleet(.cloud)
    let path = fleet.path
    try FileManager.default.createDirectory(atPath: "\(path)/bin", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: try Tools.terraform(), toPath: "\(path)/bin/terraform")
    let mirror = (try Tools.providerConfiguration() as NSString).deletingLastPathComponent + "/mirror"
    let name = "terraform-provider-driftfile_v0.1.0"
    let walker = FileManager.default.enumerator(atPath: mirror)
    let provider = try #require(
      walker?.compactMap { $0 as? String }.first { $0.hasSuffix("/\(name)") })
    try program(String(contentsOfFile: "\(mirror)/\(provider)", encoding: .utf8), at: "provider/\(name)")
    try fleet.write(
      """
      provider_installation {
        dev_overrides {
          "local.test/drift/driftfile" = "\(path)/provider"
        }
        direct {}
      }

      """, to: "provider/cli.tfrc")
    for folder in ["variables", "scripts"] {
      try FileManager.default.createDirectory(atPath: "\(path)/\(folder)", withIntermediateDirectories: true)
    }
    try fleet.write("# none\n", to: "variables/prod.tfvars")
    for script in ["scripts/hook.sh", "infra/hook.sh", "infra/hook.tfstate.sh"] {
      try fleet.write("true\n", to: script)
    }
    let terraform = try Tools.terraform()
    let configuration = try Tools.providerConfiguration()
    try await configure { text in
      text.replacing("binary: \(terraform)", with: "binary: \(path)/bin/terraform")
        .replacing(configuration, with: "\(path)/provider/cli.tfrc")
        .replacing(
          "    timeout:",
          with: "    var-files: [ \(path)/variables/prod.tfvars ]\n    reads: [ \(path)/scripts ]\n    timeout:")
    }
  }

  func drift() throws { try fleet.write("edited\n", to: "cloud/a") }

  func proposed() async throws -> String {
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "file.a")
    try await fleet.approve(proposal.id, as: "alice")
    return proposal.id
  }
}

/// A playbook with ansible's programs, plugins, roles, variables and an inventory that is a program.
struct SealedSite: SealedFleet {
  let fleet: MendFleet
  private let marker = "praxis-other-answer-\(UUID().uuidString)"

  static let changes = [
    SealChange(name: "ansible's program", file: "bin/ansible-playbook"),
    SealChange(name: "a module of library=", file: "library/copy.py"),
    SealChange(name: "a role of roles_path=", file: "roles/greeting/tasks/main.yml"),
    SealChange(name: "a plugin of filter_plugins=", file: "filters/words.py"),
    SealChange(
      name: "a collection in the tool's home",
      file: "home/tool-home/.ansible/collections/ansible_collections/some/thing/plugins/modules/copy.py"),
    SealChange(name: "ansible.cfg", file: "infra/ansible.cfg"),
    SealChange(name: "the file that a task copies", file: "infra/files/motd"),
    SealChange(name: "variables of a group", file: "infra/group_vars/all.yml"),
    SealChange(name: "variables elsewhere", file: "variables/extra.yml"),
    SealChange(name: "the inventory's program", file: "infra/inventory.ini"),
    SealChange(name: "a file elsewhere that praxis.yaml names", file: "scripts/words.txt"),
  ]

  init() async throws {
    fleet = try await MendFleet(.site)
    let path = fleet.path
    for name in ["ansible-playbook", "ansible-inventory", "ansible-config"] {
      try program("#!/bin/sh\nexec \(try Tools.ansible())/\(name) \"$@\"\n", at: "bin/\(name)")
    }
    for file in [
      "library/other.py", "filters/none.py", "infra/files/motd", "infra/group_vars/all.yml", "variables/extra.yml",
      "scripts/words.txt", "roles/greeting/tasks/main.yml",
    ] { try program("", at: file) }
    try fleet.write("hello\n", to: "infra/files/motd")
    try fleet.write("nothing: here\n", to: "infra/group_vars/all.yml")
    try fleet.write("nothing: there\n", to: "variables/extra.yml")
    try fleet.write(
      """
      [defaults]
      library = \(path)/library
      roles_path = \(path)/roles
      filter_plugins = \(path)/filters

      """, to: "infra/ansible.cfg")
    try fleet.write(
      """
      - ansible.builtin.copy: { src: "{{ playbook_dir }}/files/motd", dest: "{{ root }}/motd", mode: "0644" }
        name: Words
        tags: [motd]

      """, to: "roles/greeting/tasks/main.yml")
    try fleet.write(
      """
      - name: Hosts
        hosts: all
        gather_facts: false
        roles: [greeting]

      """, to: "infra/site.yml")
    try program(
      """
      #!/bin/sh
      root=\(path)/hosts/h1
      if grep -qs \(marker) /proc/[0-9]*/cmdline; then root=\(path)/hosts/h2; fi
      cat <<END
      {"all": {"hosts": ["h1"]},
       "_meta": {"hostvars": {"h1": {"root": "$root", "ansible_connection": "local",
         "ansible_python_interpreter": "{{ ansible_playbook_python }}"}}}}
      END

      """, at: "infra/inventory.ini")
    let ansible = try Tools.ansible()
    try await configure { text in
      text.replacing("binary-directory: \(ansible)", with: "binary-directory: \(path)/bin")
        .replacing(
          "    timeout:",
          with: "    extra-vars-files: [ \(path)/variables/extra.yml ]\n    reads: [ \(path)/scripts ]\n    timeout:")
    }
  }

  func drift() throws { try fleet.write("edited\n", to: "hosts/h1/motd") }

  func proposed() async throws -> String {
    try await fleet.say(["scan"], 2)
    let proposal = try await fleet.propose("converge", "Words")
    try await fleet.approve(proposal.id, as: "alice")
    if proposal.tier == "T3" { try await fleet.approve(proposal.id, as: "bob") }
    return proposal.id
  }

  /// A process whose words make the inventory say another place.
  func otherAnswer() throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "read -r line", marker]
    process.standardInput = Pipe()
    try process.run()
    return process
  }

  /// The hook is asked after everything was checked, and right before the run.
  func swapBeforeTheRun(_ file: String, with text: String) throws {
    try program(
      "#!/bin/sh\nprintf '%s' '\(text)' >'\(fleet.path)/\(file)'\n", at: "home/hooks/pre-execute.d/swap")
  }
}
