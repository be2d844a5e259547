import Facts
import Foundation
import Testing

/// Recordings that the real tools made of something else than the source: none of them ends what is live.
@Suite struct RecordingOriginTests {
  private let fleet: SmallFleet

  init() async throws { fleet = try await SmallFleet() }

  private func refused(_ source: String, _ folder: String, _ code: String) async throws -> String {
    let main = try await fleet.git("rev-parse", "main")
    let said = try await fleet.expect(1, "ingest", source, "--from", "\(fleet.path)/\(folder)")
    #expect(said.errors.contains("(\(code))"), "\(said.errors)")
    #expect(try await fleet.git("rev-parse", "main") == main)
    return said.errors
  }

  // MARK: Ansible

  /// Records a check run in `ci`, another checkout of what the source declares.
  private func record(_ words: String..., into folder: String) async throws {
    let ansible = try Tools.ansible()
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/\(folder)", withIntermediateDirectories: true)
    let said = try await execute(
      "\(ansible)/ansible-playbook", words + ["--check", "--diff"],
      environment: [
        "PATH": "\(ansible):/usr/bin:/bin", "HOME": "\(fleet.path)/user", "LC_ALL": "C.UTF-8",
        "ANSIBLE_CALLBACK_PLUGINS": "\(Tools.package)/templates/ansible/callback",
        "ANSIBLE_STDOUT_CALLBACK": "praxis_jsonl",
      ], in: "\(fleet.path)/ci")
    try fleet.write(said.output, to: "\(folder)/events.jsonl")
    try fleet.write("\(said.code)\n", to: "\(folder)/ansible.rc")
    try fleet.write("alpha\n", to: "\(folder)/targets.txt")
  }

  private func write(_ text: String, to name: String) throws {
    for checkout in ["fleet", "ci"] {
      try FileManager.default.createDirectory(atPath: "\(fleet.path)/\(checkout)", withIntermediateDirectories: true)
      try fleet.write(text, to: "\(checkout)/\(name)")
    }
  }

  @Test func `a recording of another playbook, inventory or set of variables ends no drift, and a run counts once`()
    async throws
  {
    let host = "alpha ansible_connection=local"
    let task = """
      - hosts: all
        gather_facts: false
        tasks:
          - name: Word
            ansible.builtin.copy: {dest: "\(fleet.path)/word", content: "{{ word }}"}

      """
    try write(task, to: "site.yml")
    try write(task, to: "other.yml")
    try write("\(host)\n", to: "hosts")
    try write("\(host)\n", to: "stage.ini")
    try write("word: declared\n", to: "vars.yml")
    try fleet.write("real", to: "word")
    try await fleet.expect(
      0, "source", "add", "site", "--authority", "ansible", "--directory", "\(fleet.path)/fleet", "--playbook",
      "site.yml", "--inventory", "hosts", "--extra-vars-file", "vars.yml")
    let own = ["-i", "hosts", "-e", "@vars.yml"]
    try await record(own[0], own[1], own[2], own[3], "site.yml", into: "own")
    try await fleet.expect(2, "ingest", "site", "--from", "\(fleet.path)/own")
    try await record(own[0], own[1], own[2], own[3], "other.yml", into: "playbook")
    #expect(try await refused("site", "playbook", "other-recording").contains("other.yml"))
    try await record("-i", "stage.ini", own[2], own[3], "site.yml", into: "inventory")
    #expect(try await refused("site", "inventory", "other-recording").contains("stage.ini"))
    try await record(own[0], own[1], own[2], own[3], "-e", #"{"word":"real"}"#, "site.yml", into: "variables")
    #expect(try await refused("site", "variables", "other-recording").contains("some in words"))
    #expect(try await fleet.expect(2, "status", "site").output.contains("drift"))
    // Whatever is done to its times, it is the same run.
    let events = try String(contentsOfFile: "\(fleet.path)/own/events.jsonl", encoding: .utf8)
    let later = try events.replacing(#/"at": "(?<time>[^"]*)"/#) { found in
      let time = try #require(Timestamp(rfc3339: String(found.output.time)))
      return #""at": "\#(time.advanced(bySeconds: 60).rfc3339)""#
    }
    try #require(later != events)
    try fleet.write(later, to: "own/events.jsonl")
    _ = try await refused("site", "own", "seen-before")
    try await record(own[0], own[1], own[2], own[3], "site.yml", into: "again")
    try await fleet.expect(2, "ingest", "site", "--from", "\(fleet.path)/again")
    try fleet.write("declared", to: "word")
    try await record(own[0], own[1], own[2], own[3], "site.yml", into: "mended")
    try await fleet.expect(0, "ingest", "site", "--from", "\(fleet.path)/mended")
    let receipt = try await fleet.git("show", "main:observations/site.json")
    #expect(receipt.contains("toolRun"))
  }

  // MARK: Terraform

  private func terraform(_ words: String..., in folder: String, workspace: String? = "default") async throws -> Said {
    var environment = [
      "PATH": "/usr/bin:/bin", "HOME": "\(fleet.path)/user", "CHECKPOINT_DISABLE": "1", "TF_INPUT": "0",
    ]
    environment["TF_WORKSPACE"] = workspace
    return try await execute(Tools.terraform(), words, environment: environment, in: "\(fleet.path)/\(folder)")
  }

  private func makeModule(_ folder: String, workspaces: [String]) async throws {
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/\(folder)", withIntermediateDirectories: true)
    try fleet.write(#"resource "terraform_data" "word" { input = "declared" }"#, to: "\(folder)/main.tf")
    #expect(try await terraform("init", in: folder).code == 0)
    for name in workspaces {
      if name != "default" {
        #expect(try await terraform("workspace", "new", name, in: folder, workspace: nil).code == 0)
      }
      #expect(try await terraform("apply", "-auto-approve", in: folder, workspace: name).code == 0)
    }
  }

  private func record(_ folder: String, workspace: String = "default", into output: String) async throws {
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/\(output)", withIntermediateDirectories: true)
    func keep(_ said: Said, _ name: String) throws { try fleet.write(said.output, to: "\(output)/\(name)") }
    try keep(try await terraform("show", "-json", in: folder, workspace: workspace), "state.json")
    try keep(try await terraform("state", "pull", in: folder, workspace: workspace), "stored.json")
    for (stem, isRefreshOnly) in [("refresh-only", true), ("plan", false)] {
      let plan = "\(fleet.path)/\(output)/\(stem).tfplan"
      let said = try await terraform(
        "plan", "-json", "-detailed-exitcode", "-out=\(plan)", "-refresh-only=\(isRefreshOnly)", in: folder,
        workspace: workspace)
      try keep(said, "\(stem).jsonl")
      try fleet.write("\(said.code)\n", to: "\(output)/\(stem).rc")
      try keep(try await terraform("show", "-json", plan, in: folder, workspace: workspace), "\(stem).json")
    }
  }

  @Test func `a recording of another workspace or root module is refused until a scan takes the new state`()
    async throws
  {
    try await makeModule("infra", workspaces: ["default", "stage"])
    try await makeModule("another", workspaces: ["default"])
    try await fleet.expect(
      0, "source", "add", "net", "--authority", "tofu", "--directory", "\(fleet.path)/infra", "--binary",
      try Tools.terraform())
    try await record("infra", into: "own")
    try await fleet.expect(0, "ingest", "net", "--from", "\(fleet.path)/own")
    try await record("infra", workspace: "stage", into: "stage")
    #expect(try await refused("net", "stage", "other-recording").contains("praxis scan net"))
    try await record("another", into: "other")
    _ = try await refused("net", "other", "other-recording")
    // Where a lineage is on record, a recording has to tell its own.
    try await record("infra", into: "untold")
    try FileManager.default.removeItem(atPath: "\(fleet.path)/untold/stored.json")
    #expect(try await refused("net", "untold", "other-recording").contains("does not say"))
    try await record("infra", into: "again")
    try await fleet.expect(0, "ingest", "net", "--from", "\(fleet.path)/again")
    // Made anew, it is taken by who looks at it live.
    try FileManager.default.removeItem(atPath: "\(fleet.path)/infra/terraform.tfstate")
    #expect(try await terraform("apply", "-auto-approve", in: "infra").code == 0)
    try await record("infra", into: "anew")
    _ = try await refused("net", "anew", "other-recording")
    try await fleet.expect(0, "scan", "net")
    try await record("infra", into: "after")
    try await fleet.expect(0, "ingest", "net", "--from", "\(fleet.path)/after")
  }

  @Test func `where no recording tells a lineage, one of other objects is refused`() async throws {
    try await makeModule("infra", workspaces: ["default", "stage"])
    try await fleet.expect(
      0, "source", "add", "net", "--authority", "tofu", "--directory", "\(fleet.path)/infra", "--binary",
      try Tools.terraform())
    func record(_ workspace: String, _ output: String) async throws {
      try await self.record("infra", workspace: workspace, into: output)
      try FileManager.default.removeItem(atPath: "\(fleet.path)/\(output)/stored.json")
    }
    try await record("default", "own")
    try await fleet.expect(0, "ingest", "net", "--from", "\(fleet.path)/own")
    try await record("stage", "stage")
    #expect(try await refused("net", "stage", "other-recording").contains("no object in common"))
    try fleet.write(
      #"resource "terraform_data" "word" { input = "declared" }"# + "\n" + #"resource "terraform_data" "more" {}"#,
      to: "infra/main.tf")
    #expect(try await terraform("apply", "-auto-approve", in: "infra").code == 0)
    try await record("default", "grown")
    try await fleet.expect(0, "ingest", "net", "--from", "\(fleet.path)/grown")
    #expect(try await fleet.git("show", "main:observations/net.json").contains("objects"))
  }
}
