import Facts
import Foundation
import StrictJSON
import Testing

/// `praxis audit` as an auditor calls it.
@Suite struct AuditCommandTests {
  /// Runs praxis with no installation but an empty one of the auditor's own.
  private static func audit(
    _ fleet: SmallFleet, _ arguments: String..., home: String = "auditor"
  ) async throws -> Said {
    try await execute(
      Tools.praxis(), ["audit"] + arguments,
      environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PRAXIS_HOME": "\(fleet.path)/\(home)"],
      in: fleet.path)
  }

  @Test func `all that praxis itself records and people decide is clean, on a plain clone with the trust file alone`()
    async throws
  {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    try fleet.observe(#"{"os":"13.0","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    let waived = try await fleet.propose(
      "waive", fleet.finding(), "--until", "2199-01-01T00:00:00Z", "--reason", "known")
    try await fleet.expect(0, "approve", waived.id, "--digest", waived.digest)
    try await fleet.expect(0, "revoke", waived.id)
    let retracted = try await fleet.propose("retract", fleet.finding(), "--reason", "the tool was wrong")
    try await fleet.expect(0, "approve", retracted.id, "--digest", retracted.digest)
    try fleet.observe(#"{"os":"12.1","kernel":"6.1"}"#)
    try await fleet.expect(0, "scan")
    try await fleet.git("clone", "--quiet", "--bare", "\(fleet.path)/state", "\(fleet.path)/clone")

    let said = try await Self.audit(
      fleet, "--repo", "\(fleet.path)/clone", "--trust", "\(fleet.path)/home/trust.json", "--json")
    #expect(said.code == 0, "\(said.output)\(said.errors)")
    let report = try JSON(parsing: Array(said.output.utf8))
    #expect(report["format"]?.string == "praxis.audit/1" && report["clean"] == .bool(true))
    #expect(report["problems"]?.array == [])
    let count = try await fleet.git("rev-list", "--first-parent", "--count", "main")
    #expect(report["commits"] == JSON(try #require(Int(count)) - 1))
    #expect(said.errors.contains("audit: commit"))
  }

  @Test func `a broken rule ends with 4, and its line names rule, commit and file`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    let file = "observations/hosts.json"
    let text = try String(contentsOfFile: "\(fleet.path)/state/\(file)", encoding: .utf8)
    try fleet.write(text.replacing("\"inSync\": 2", with: "\"inSync\":  2"), to: "state/\(file)")
    try await fleet.git(as: "engine", "commit", "--quiet", "-a", "-S", "-m", "tidy")
    let bad = try await fleet.git("rev-parse", "HEAD")
    let said = try await fleet.expect(4, "audit")
    #expect(said.output.contains("violation not-canonical in \(bad) \(file)"))
    let explained = try await fleet.expect(0, "explain", "not-canonical")
    #expect(explained.output.contains("its one form"))
  }

  @Test func `an audit of a repository with a damaged object ends with 4 and names it, and is never clean`()
    async throws
  {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    try await fleet.expect(0, "audit")
    let (tip, middle) = (try await fleet.git("rev-parse", "HEAD"), try await fleet.git("rev-parse", "HEAD~1"))
    let introduction = try await fleet.git("rev-list", "--max-parents=0", "main")
    let objects = "\(fleet.path)/state/.git/objects"
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(objects)/pack") where name.hasSuffix(".pack") {
      try FileManager.default.moveItem(atPath: "\(objects)/pack/\(name)", toPath: "\(fleet.path)/\(name)")
      try FileManager.default.removeItem(atPath: "\(objects)/pack/\(name.dropLast(4))idx")
      let said = try await execute(
        "/bin/sh", ["-c", "git -C state unpack-objects -q < \(name)"], environment: fleet.environment, in: fleet.path)
      try #require(said.code == 0, "\(said.errors)")
    }
    try await fleet.expect(0, "audit")
    for (name, path) in [
      ("\(middle)^{tree}", ""), ("\(tip):observations", " observations"), ("\(introduction)^{tree}", ""),
      ("\(introduction):policy", " policy"), ("\(introduction):policy/policy.yaml", " policy/policy.yaml"),
      (middle, ""),
      (tip, ""),
    ] {
      let hex = try await fleet.git("rev-parse", name)
      let place = "\(objects)/\(hex.prefix(2))/\(hex.dropFirst(2))"
      try FileManager.default.moveItem(atPath: place, toPath: "\(fleet.path)/kept")
      for arguments in [["audit"], ["audit", "--from", introduction]] {
        let said = try await execute(
          fleet.program, arguments, environment: fleet.environment, in: fleet.path)
        #expect(said.code == 4, "\(name)\n\(said.output)\(said.errors)")
        let told = "violation object-damaged in \(name.prefix(40))\(path)\n"
        #expect(said.output.contains(told), "\(name)\n\(said.output)\(said.errors)")
      }
      // The checkpoint vouches for what lies before it, and for no damage.
      let said = try await execute(
        fleet.program, ["audit", "--from", "checkpoint"], environment: fleet.environment, in: fleet.path)
      #expect(said.code == 4 || said.code == 0 && name != middle && name != tip, "\(name)\n\(said.output)")
      try FileManager.default.moveItem(atPath: "\(fleet.path)/kept", toPath: place)
    }
    try await fleet.expect(0, "audit")
  }

  @Test func `an audit goes on from its checkpoint, and from none that another hand wrote`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    let none = try await fleet.expect(1, "audit", "--from", "checkpoint")
    #expect(none.errors.contains("unknown-start"))
    try await fleet.expect(0, "audit")
    let middle = try await fleet.git("rev-parse", "HEAD")
    try fleet.observe(#"{"os":"13.0","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    let more = try await fleet.expect(0, "audit", "--from", "checkpoint")
    #expect(more.output.hasPrefix("1 commits from \(middle)"))
    // From an earlier commit too, that the checkpoint covers.
    let earlier = try await fleet.git("rev-parse", "HEAD~2")
    let again = try await fleet.expect(0, "audit", "--from", earlier)
    #expect(again.output.hasPrefix("2 commits from \(earlier)"))

    let folder = "\(fleet.path)/home/audit"
    let file = "\(folder)/\(try #require(FileManager.default.contentsOfDirectory(atPath: folder).first))"
    let sealed = try String(contentsOfFile: file, encoding: .utf8)
    // Somebody lets it cover a commit that no audit has seen.
    try await fleet.git("commit", "--quiet", "--allow-empty", "-m", "smuggled")
    let tip = try await fleet.git("rev-parse", "HEAD")
    let before = try await fleet.git("rev-parse", "HEAD~1")
    let name = String(file.dropFirst(fleet.path.count + 1))
    try fleet.write(sealed.replacing(before, with: tip), to: name)
    let forged = try await fleet.expect(4, "audit", "--from", "checkpoint")
    #expect(forged.errors.contains("checkpoint-refused"))
    // One of another installation is as foreign.
    try fleet.write(sealed, to: name)
    try FileManager.default.copyItem(atPath: folder, toPath: "\(fleet.path)/auditor-audit")
    try FileManager.default.createDirectory(
      atPath: "\(fleet.path)/auditor/keys", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    try FileManager.default.moveItem(atPath: "\(fleet.path)/auditor-audit", toPath: "\(fleet.path)/auditor/audit")
    try Data(repeating: 7, count: 32).write(to: URL(filePath: "\(fleet.path)/auditor/keys/audit-seal"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o600], ofItemAtPath: "\(fleet.path)/auditor/keys/audit-seal")
    let foreign = try await Self.audit(
      fleet, "--repo", "\(fleet.path)/state", "--trust", "\(fleet.path)/home/trust.json", "--from", "checkpoint")
    #expect(foreign.code == 4 && foreign.errors.contains("checkpoint-refused"))
    // The whole audit finds what was to be skipped.
    let whole = try await fleet.expect(4, "audit")
    #expect(whole.output.contains("violation unsigned in \(tip)"))
  }
}

/// The history that benches are made on.
@Suite struct GeneratedHistoryTests {
  @Test func `a generated history is the same for a seed, and every audit and every git finds it good`() async throws {
    let folder = NSTemporaryDirectory() + "praxis-generated-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let environment = [
      "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PRAXIS_HOME": "\(folder)/home", "HOME": folder,
      "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
    ]
    func run(_ program: String, _ arguments: String...) async throws -> Said {
      let said = try await execute(program, arguments, environment: environment, in: folder)
      try #require(said.code == 0, "\(arguments)\n\(said.output)\(said.errors)")
      return said
    }
    var tips: [String] = []
    for name in ["one", "two", "other"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      let seed = name == "other" ? "2" : "1"
      _ = try await run(
        Tools.praxis() + "-bench", "generate-history", "\(folder)/\(name)", "2000", "80", "3000", seed)
      tips.append(try await run("/usr/bin/git", "-C", "\(name)/state", "rev-parse", "main").output)
    }
    #expect(tips[0] == tips[1] && tips[0] != tips[2])
    let said = try await run(
      Tools.praxis(), "audit", "--repo", "\(folder)/one/state", "--trust", "\(folder)/one/trust.json", "--json")
    let report = try JSON(parsing: Array(said.output.utf8))
    #expect(report["commits"] == 80 && report["violations"] == 0 && report["holes"] == 0)
    // ssh-keygen, under git, takes every signature that was made and checked in-process.
    let signers = try await run("/usr/bin/git", "-C", "one/state", "show", "main:policy/allowed_signers").output
    try signers.write(toFile: "\(folder)/signers", atomically: true, encoding: .utf8)
    let shown = try await run(
      "/usr/bin/git", "-C", "one/state", "-c", "gpg.ssh.allowedSignersFile=\(folder)/signers", "log", "--format=%G?",
      "main")
    #expect(Set(shown.output.split(separator: "\n")) == ["G"])
    #expect(try await run("/usr/bin/git", "-C", "one/state", "fsck", "--strict", "--no-dangling").output.isEmpty)
    // Facts of every sort of end are in it.
    let names = try await run("/usr/bin/git", "-C", "one/state", "grep", "-h", "-o", "\"reason\": \"[a-z]*\"", "main")
      .output
    #expect(["resolved", "superseded"].allSatisfy { names.contains("\"reason\": \"\($0)\"") })
  }

  @Test func `a host that has nothing but the trust file adopts main, and asks about it from then on`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    try fleet.observe(#"{"os":"13.0","kernel":"6.1"}"#)
    try await fleet.expect(2, "scan")
    try await fleet.git("clone", "--quiet", "--bare", "\(fleet.path)/state", "\(fleet.path)/clone")
    let environment = [
      "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PRAXIS_HOME": "\(fleet.path)/desk",
      "PRAXIS_REPO": "\(fleet.path)/clone", "PRAXIS_TRUST": "\(fleet.path)/home/trust.json",
    ]
    func praxis(_ arguments: String...) async throws -> Said {
      try await execute(Tools.praxis(), arguments, environment: environment, in: fleet.path)
    }
    let before = try await praxis("history", fleet.finding())
    #expect(before.code == 0 && before.errors.contains("praxis trust adopt"))
    let adopted = try await praxis("trust", "adopt")
    #expect(adopted.code == 0, "\(adopted.output)\(adopted.errors)")
    let after = try await praxis("history", fleet.finding())
    #expect(after.code == 0 && after.output == before.output && !after.errors.contains("praxis trust adopt"))
  }
}
