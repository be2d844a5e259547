import Facts
import Foundation
import StrictJSON
import Testing

/// The sessions of the guides are run, and say what the guides say that they do.
@Suite struct GuideTests {
  @Test func `the session of the README is one with the demo's fleet`() async throws {
    let fleet = try await DemoFleet()
    try await fleet.converge()
    try await fleet.initialise()
    try await fleet.expect(3, "scan")
    let proposed = try await fleet.expect(0, "propose", "bless", "hosts", "--json")
    try await fleet.merge(try #require(try JSON(parsing: Array(proposed.output.utf8))["branch"]?.string))
    try await fleet.expect(3, "scan")
    for (key, value) in [("gpg.format", "ssh"), ("user.signingkey", "\(fleet.path)/home/keys/operator")] {
      _ = try await fleet.git("config", key, value)
    }
    var guide = try Guide("README.md", environment: try asOperator(fleet.environment), in: fleet.path)
    guide.paths = ["/srv/demo": fleet.path]
    for command in ["sed", "chmod", "rm", "sed", "echo", "mv"] { try await guide.run(command) }
    // Sources are recorded as they come in.
    try await guide.run("praxis scan", ends: 2, inAnyOrder: true)
    let sshd = try #require(
      try await fleet.findings("--source", "site").first { $0["subject"]?.string?.contains("sshd_config") == true })
    try await guide.run("praxis show", with: ["f-nxpsbzj3": try #require(sshd["id"]?.string)])
    try await guide.run("praxis propose converge")
    guide.folder = "\(fleet.path)/state"
    for command in ["git merge", "praxis execute"] { try await guide.run(command) }
    try await guide.run("git log", inAnyOrder: true)
    #expect(guide.steps.isEmpty, "\(guide.steps.map(\.command)) were not run")
  }

  @Test func `an operator who types what the operator's guide says sees what it shows`() async throws {
    let fleet = try await SnapshotFleet(["web1": #"{"os":"12.1","kernel":"6.1"}"#])
    try await fleet.bless()
    let blessed = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    var guide = try Guide(
      "docs/operators-guide.md", environment: try asOperator(fleet.environment), in: "\(fleet.path)/state")
    guide.paths = ["/srv/demo": fleet.path, "~/.ssh/id_ed25519": "\(fleet.path)/home/keys/operator"]

    try fleet.report("web1", #"{"os":"12.2","kernel":"6.1"}"#)
    try await guide.run("praxis scan", ends: 2)
    try await guide.run("praxis findings")
    let times = [
      "2026-11-22": "\(blessed)", "2026-11-23": "\(blessed)",
      "6b1f0c2": String(try await fleet.git("rev-parse", "HEAD").prefix(12)),
    ]
    try await guide.run("praxis findings --valid-at 2026-11-22", with: times)
    try await guide.run("praxis findings --known-at 2026-11-23", with: times)
    try await guide.run("praxis findings --valid-at 2026-11-22 --known-at 2026-11-23", with: times)
    try await guide.run("praxis status --known-at", ends: 2, with: times)
    // What was read before the scan came, and is recorded behind it.
    try await fleet.record("web1", #"{"os":"12.2","kernel":"6.1"}"#, at: blessed)
    try await guide.run("praxis history")

    let dates = ["2027-01-01": "2999-01-01"]
    try await guide.run("praxis propose waive", with: dates)
    try await guide.run("praxis review")
    try await guide.run("praxis approve")
    // The same with git alone is another proposal's.
    let second = try await fleet.proposeWaiver(of: "f-jbzep590ccz3", until: "2999-01-02")
    try await guide.run("git config gpg.format")
    try await guide.run("git config user.signingkey")
    try await guide.run("git merge --no-ff", with: ["p-p7enwy1qxknv": second])
    try await fleet.expect(0, "scan")
    let third = try await fleet.proposeWaiver(of: "f-jbzep590ccz3", until: "2999-01-03")
    try await guide.run("git merge --ff-only", ends: 4, with: ["p-9dd1tfrphkxc": third])
    try await fleet.git("reset", "--quiet", "--hard", "HEAD~1")
    try await fleet.expect(0, "scan")

    try await fleet.addNetwork()
    try await fleet.expect(0, "scan", "network")
    let balancer = "\(fleet.path)/cloud/load-balancer.conf"
    try String(contentsOfFile: balancer, encoding: .utf8).replacing("443", with: "80")
      .write(toFile: balancer, atomically: true, encoding: .utf8)
    try await fleet.expect(2, "scan", "network")
    let proposed = try await guide.run("praxis propose converge")
    let proposal = try #require(proposed.firstMatch(of: /(p-[0-9a-z]{12}): tier T2/)?.output.1)
    let digest = try #require(proposed.firstMatch(of: /--digest (sha256:[0-9a-f]{64})/)?.output.1)
    try await fleet.expect(0, "approve", String(proposal), "--digest", String(digest))
    try await guide.run("praxis execute")
    try await guide.run("praxis trace")
    #expect(guide.steps.isEmpty, "\(guide.steps.map(\.command)) were not run")
  }

  @Test func `an auditor who types what the auditor's guide says sees what it shows`() async throws {
    let fleet = try await SnapshotFleet([:])
    let sound = #""sshd":{"PermitRootLogin":"no"}"#
    let drifted = #""sshd":{"PermitRootLogin":"yes"}"#
    try fleet.report("web1", #"{"os":"12.1","kernel":"6.1.0-25",\#(sound)}"#)
    try fleet.report("web2", #"{"os":"12.1","kernel":"6.1.0-25",\#(sound)}"#)
    try await fleet.expect(3, "scan")
    try await fleet.approve(try await fleet.propose("bless", "hosts"))
    try await fleet.expect(0, "scan")
    try fleet.report("web1", #"{"os":"12.1","kernel":"6.1.0-25",\#(drifted)}"#)
    try await fleet.expect(2, "scan")
    try fleet.report("web1", #"{"os":"12.1","kernel":"6.1.0-26",\#(drifted)}"#)
    try await fleet.expect(2, "scan")
    try await fleet.approve(
      try await fleet.propose("waive", "f-qyat0awn0w3h", "--until", "2999-01-01", "--reason", "until the window"))
    try fleet.report("web1", #"{"os":"12.1","kernel":"6.1.0-25",\#(drifted)}"#)
    try await fleet.expect(0, "scan")

    let clone = "\(fleet.path)/clone"
    try await fleet.git("clone", "--quiet", "\(fleet.path)/state", clone)
    try FileManager.default.copyItem(atPath: "\(fleet.path)/home/trust.json", toPath: "\(clone)/trust.json")
    var environment = try asOperator(fleet.environment)
    environment["PRAXIS_HOME"] = "\(fleet.path)/auditor"
    environment["PRAXIS_REPO"] = nil
    var guide = try Guide("docs/auditors-guide.md", environment: environment, in: clone)
    guide.paths = ["/tmp/allowed_signers": "\(fleet.path)/allowed_signers"]
    for command in [
      "git show main:policy/allowed_signers", "git config gpg.ssh.allowedSignersFile", "git log --first-parent",
      "git log -p -1 685987c", "git log -p -1 4a11162", "git blame", "git log --grep", "git diff", "git show",
      "git cat-file", "sed -n", "sed", "ssh-keygen", "praxis audit",
    ] { try await guide.run(command) }
    // Somebody with an operator's key takes a finding away.
    let tampered = try await execute(
      "/bin/bash",
      [
        "-euc",
        "git rm --quiet findings/open/hosts/web1/sshd-*; git -c gpg.format=ssh -c user.signingkey=$0 commit -q -S -m Tidy",
        "\(fleet.path)/home/keys/operator",
      ], environment: environment, in: clone)
    try #require(tampered.code == 0, "\(tampered.errors)")
    try await guide.run("praxis audit", ends: 4)
    #expect(guide.steps.isEmpty, "\(guide.steps.map(\.command)) were not run")
  }

  private func asOperator(_ environment: [String: String]) throws -> [String: String] {
    let folder = URL(fileURLWithPath: try Tools.praxis()).deletingLastPathComponent().path
    return environment.merging([
      "PATH": "\(folder):\(environment["PATH"] ?? "")", "COLUMNS": "120", "GIT_PAGER": "cat",
      "GIT_MERGE_AUTOEDIT": "no",
      "GIT_AUTHOR_NAME": "operator", "GIT_AUTHOR_EMAIL": "operator@praxis", "GIT_COMMITTER_NAME": "operator",
      "GIT_COMMITTER_EMAIL": "operator@praxis",
    ]) { $1 }
  }
}

extension SnapshotFleet {
  fileprivate func approve(_ proposal: (id: String, digest: String)) async throws {
    try await expect(0, "approve", proposal.id, "--digest", proposal.digest)
  }

  fileprivate func proposeWaiver(of finding: String, until date: String) async throws -> String {
    try await propose("waive", finding, "--until", date, "--reason", "upgrade wave, change 4711").id
  }

  /// Records what was read of a host at an earlier time.
  fileprivate func record(_ host: String, _ facts: String, at time: Timestamp) async throws {
    let folder = "\(path)/recording"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try facts.write(toFile: "\(folder)/\(host).json", atomically: true, encoding: .utf8)
    try await expect(2, "ingest", "hosts", "--from", folder, "--observed-at", "\(time)")
  }

  /// The demo's cloud, made with the real tool, as a source of its own.
  fileprivate func addNetwork() async throws {
    let module = "\(path)/network"
    try FileManager.default.copyItem(atPath: "\(Tools.package)/templates/demo/fleet/network", toPath: module)
    try "cloud = \"\(path)/cloud\"\nvpn_key = \"\(UUID().uuidString)\"\n"
      .write(toFile: "\(module)/terraform.tfvars", atomically: true, encoding: .utf8)
    let terraform = try Tools.terraform()
    let configuration = try Tools.providerConfiguration()
    let variables = ["TF_CLI_CONFIG_FILE": configuration, "CHECKPOINT_DISABLE": "1"]
    for arguments in [["init", "-input=false"], ["apply", "-input=false", "-auto-approve"]] {
      let said = try await execute(
        terraform, arguments, environment: environment.merging(variables) { $1 }, in: module)
      try #require(said.code == 0, "\(said.errors)")
    }
    try await expect(
      0, "source", "add", "network", "--authority", "tofu", "--directory", module, "--binary", terraform,
      "--set-environment", "TF_CLI_CONFIG_FILE=\(configuration)")
  }
}
