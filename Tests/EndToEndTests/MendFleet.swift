import Facts
import Foundation
import StrictJSON
import Testing

/// Three files in a cloud that is a folder, two hosts that are folders, the real tools that own them, and two operators: small
/// enough to be broken and mended in one test.
final class MendFleet: Sendable {
  let path: String
  private let environment: [String: String]
  private let program: String
  private let ansible: AnsibleLiveTests.Version

  /// What the fleet consists of; what a test does not need is not made.
  enum Part { case cloud, site }

  /// - Parameters:
  ///   - provider: variables of the provider's, such as DRIFTFILE_FAIL_WRITE; they reach every run of the tool.
  ///   - handlers: the playbook's handlers, for stories about those that nobody saw.
  ///   - ansible: which one the hosts' source has.
  init(
    _ part: Part, provider: [String: String] = [:], handlers: String = MendFleet.plainHandlers,
    ansible: AnsibleLiveTests.Version = .new
  ) async throws {
    self.ansible = ansible
    path = NSTemporaryDirectory() + "praxis-mend-\(UUID().uuidString)"
    program = try Tools.praxis()
    environment = [
      "PATH": "\(try Tools.ansible(ansible)):/usr/bin:/bin", "HOME": "\(path)/user", "LC_ALL": "C.UTF-8", "TZ": "UTC",
      "PRAXIS_HOME": "\(path)/home", "PRAXIS_REPO": "\(path)/state", "PRAXIS_TEMPLATES": "\(Tools.package)/templates",
      "TF_CLI_CONFIG_FILE": try Tools.providerConfiguration(), "CHECKPOINT_DISABLE": "1",
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "someone",
      "GIT_AUTHOR_EMAIL": "someone@praxis", "GIT_COMMITTER_NAME": "someone", "GIT_COMMITTER_EMAIL": "someone@praxis",
    ]
    for folder in ["user", "infra", "home/keys"] {
      try FileManager.default.createDirectory(
        atPath: "\(path)/\(folder)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    for name in ["engine", "admin", "alice", "bob"] { try await makeKey(name) }
    try await initialise()
    switch part {
    case .cloud: try await makeCloud(provider)
    case .site: try await makeSite(handlers)
    }
    // What its handler alone leaves was not observed.
    try await say(["scan"], part == .site ? 3 : 0)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  // MARK: Making it

  private func initialise() async throws {
    let keys = "\(path)/home/keys"
    try await say(
      [
        "init", "\(path)/state", "--admin", "admin=\(keys)/admin.pub", "--operator", "alice=\(keys)/alice.pub",
        "--operator", "bob=\(keys)/bob.pub", "--engine-key", "\(keys)/engine", "--without-remote",
      ], 0)
  }

  private func makeCloud(_ provider: [String: String]) async throws {
    try declareCloud()
    try await tool(try Tools.terraform(), ["init", "-input=false"], in: "infra")
    try await tool(try Tools.terraform(), ["apply", "-input=false", "-auto-approve"], in: "infra")
    let variables = provider.merging(["TF_CLI_CONFIG_FILE": try Tools.providerConfiguration()]) { $1 }
    try await say(
      ["source", "add", "cloud", "--authority", "tofu", "--directory", "\(path)/infra", "--binary", Tools.terraform()]
        + variables.sorted(by: <).flatMap { ["--set-environment", "\($0)=\($1)"] }, 0)
  }

  /// The root module; `c` may be left out, and the first one's content changed.
  func declareCloud(a: String = "one", withC: Bool = true, more: [String: String] = [:]) throws {
    var text = """
      terraform {
        required_providers { driftfile = { source = "local.test/drift/driftfile", version = "0.1.0" } }
      }

      """
    for (name, content) in [("a", a), ("b", "two"), ("c", "three")] where withC || name != "c" {
      text += """
        resource "driftfile_file" "\(name)" {
          path    = "\(path)/cloud/\(name)"
          content = "\(content)\\n"
          \(more[name] ?? "")
        }

        """
    }
    try write(text, to: "infra/main.tf")
  }

  /// Takes what is there into the tool's state, past every approval.
  func refreshState() async throws {
    try await tool(try Tools.terraform(), ["apply", "-refresh-only", "-input=false", "-auto-approve"], in: "infra")
  }

  static let plainHandlers = """
        - name: reload
          ansible.builtin.copy: { content: "reloaded\\n", dest: "{{ root }}/reloaded", mode: "0644" }
    """

  private func makeSite(_ handlers: String) async throws {
    for host in ["h1", "h2"] {
      try FileManager.default.createDirectory(atPath: "\(path)/hosts/\(host)", withIntermediateDirectories: true)
    }
    try declareHosts(["h1", "h2"])
    try write(
      """
      - name: Hosts
        hosts: all
        gather_facts: false
        tasks:
          - name: Greeting
            ansible.builtin.copy: { content: "hello\\n", dest: "{{ root }}/motd", mode: "0644" }
            tags: [motd]
          - name: Service
            ansible.builtin.copy: { content: "port 1\\n", dest: "{{ root }}/service", mode: "0644" }
            tags: [service]
            notify: reload
        handlers:
      \(handlers)

      """, to: "infra/site.yml")
    try await tool("\(Tools.ansible(ansible))/ansible-playbook", ["-i", "inventory.ini", "site.yml"], in: "infra")
    try await say(
      [
        "source", "add", "site", "--authority", "ansible", "--directory", "\(path)/infra", "--playbook", "site.yml",
        "--inventory", "inventory.ini", "--binary-directory", Tools.ansible(ansible),
      ], 0)
  }

  func declareHosts(_ names: [String]) throws {
    try write(
      """
      [all]
      \(names.joined(separator: "\n"))

      [all:vars]
      root=\(path)/hosts/{{ inventory_hostname }}
      ansible_connection=local
      ansible_python_interpreter={{ ansible_playbook_python }}

      """, to: "infra/inventory.ini")
  }

  // MARK: Using it

  /// Runs praxis and checks its exit code; what it said stands in the failure.
  @discardableResult
  func say(
    _ arguments: [String], _ code: Int32, home: String? = nil, repository: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Said {
    var environment = environment
    if let home { environment["PRAXIS_HOME"] = home }
    if let repository { environment["PRAXIS_REPO"] = repository }
    let said = try await EndToEndTests.execute(program, arguments, environment: environment, in: path)
    try #require(
      said.code == code,
      "praxis \(arguments.joined(separator: " ")) ended with \(said.code)\n\(said.output)\(said.errors)",
      sourceLocation: sourceLocation)
    return said
  }

  @discardableResult
  func expect(
    _ code: Int32, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Said {
    try await say(arguments, code, sourceLocation: sourceLocation)
  }

  /// Refused with this reason.
  func refuse(
    _ reason: String, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let said = try await say(arguments, 4, sourceLocation: sourceLocation)
    #expect(said.errors.contains("(\(reason))"), "\(said.errors)", sourceLocation: sourceLocation)
  }

  /// Starts praxis and comes back while it runs.
  func start(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = environment
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// The open drift whose subject holds a text, of the first target that has one.
  func finding(_ text: String) async throws -> String {
    let said = try await say(["findings", "--json"], 0)
    let findings = try #require(try JSON(parsing: Array(said.output.utf8))["findings"]?.array)
    let found = findings.filter {
      $0["subject"]?.string?.contains(text) == true && $0["aspect"]?.string == "drift"
    }.min { ($0["target"]?.string ?? "") < ($1["target"]?.string ?? "") }
    return try #require(found?["id"]?.string, "no finding about \(text)\n\(said.output)")
  }

  /// Proposes, and gives the proposal's id.
  func propose(
    _ action: String, _ texts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Proposed {
    var words = ["propose", action]
    for text in texts { words.append(try await finding(text)) }
    let said = try await say(words + ["--json"], 0, sourceLocation: sourceLocation)
    let json = try JSON(parsing: Array(said.output.utf8))
    return Proposed(id: try #require(json["id"]?.string), tier: try #require(json["tier"]?.string))
  }

  struct Proposed {
    var id: String
    var tier: String
  }

  /// Approves as operators do, with plain git.
  func merge(_ id: String, as name: String = "alice") async throws {
    try await git(as: name, "merge", "--quiet", "--no-ff", "-S", "-m", "Yes", "proposal/\(id)")
  }

  func approve(_ id: String, as name: String) async throws {
    try await say(try await approval(id, as: name), 0)
  }

  /// The words of an approval after a review.
  func approval(_ id: String, as name: String) async throws -> [String] {
    let review = try JSON(parsing: Array(try await say(["review", id, "--json"], 0).output.utf8))
    let digest = try #require(review["digest"]?.string)
    return ["approve", id, "--digest", digest, "--sign-with", "\(path)/home/keys/\(name)"]
  }

  /// The record of an execution, as main has it.
  func record(_ id: String) async throws -> JSON {
    try JSON(parsing: Array(try await git("show", "main:executions/\(id).json").utf8))
  }

  @discardableResult
  func git(as key: String = "alice", _ arguments: String...) async throws -> String {
    try await run(git: ["-C", "\(path)/state"] + arguments, as: key)
  }

  @discardableResult
  func run(git arguments: [String], as key: String = "alice") async throws -> String {
    let said = try await EndToEndTests.execute(
      "/usr/bin/git",
      ["-c", "gpg.format=ssh", "-c", "user.signingkey=\(path)/home/keys/\(key)", "-c", "advice.detachedHead=false"]
        + arguments, environment: environment, in: path)
    try #require(said.code == 0, "git \(arguments.joined(separator: " "))\n\(said.output)\(said.errors)")
    return said.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func terraform(_ arguments: String...) async throws {
    try await tool(try Tools.terraform(), arguments, in: "infra")
  }

  /// Runs any program, whatever it comes to.
  func run(_ program: String, _ arguments: [String]) async throws -> Said {
    try await EndToEndTests.execute(program, arguments, environment: environment, in: path)
  }

  func tool(_ program: String, _ arguments: [String], in folder: String) async throws {
    let said = try await EndToEndTests.execute(program, arguments, environment: environment, in: "\(path)/\(folder)")
    try #require(said.code == 0, "\(program) \(arguments.joined(separator: " "))\n\(said.output)\(said.errors)")
  }

  func makeKey(_ name: String) async throws {
    try await tool(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", "\(path)/home/keys/\(name)"], in: ".")
  }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(path)/\(name)", atomically: true, encoding: .utf8)
  }

  func read(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

  /// Every file of the fleet with its content, mode and time: what a refusal has to leave as it was.
  func snapshot() throws -> [String: String] {
    var found: [String: String] = [:]
    for folder in ["cloud", "hosts"] {
      guard let walker = FileManager.default.enumerator(atPath: "\(path)/\(folder)") else { continue }
      for case let name as String in walker {
        let place = "\(path)/\(folder)/\(name)"
        let attributes = try FileManager.default.attributesOfItem(atPath: place)
        guard attributes[.type] as? FileAttributeType == .typeRegular else { continue }
        let mode = attributes[.posixPermissions] as? Int ?? 0
        let time = attributes[.modificationDate] as? Date ?? .distantPast
        found["\(folder)/\(name)"] = "\(mode) \(time.timeIntervalSince1970) \(try read("\(folder)/\(name)"))"
      }
    }
    return found
  }
}
