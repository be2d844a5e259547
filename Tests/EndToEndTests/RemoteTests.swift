import Facts
import Foundation
import Testing

/// git is asked in a closed way: nothing that the state repository's own configuration names runs, or leads elsewhere.
@Suite struct RemoteTests {
  /// A fleet with a proposal, a remote that has it, and a marker that nothing may touch.
  private static func fleet() async throws -> (SmallFleet, id: String, digest: String, marker: String) {
    let fleet = try await SmallFleet()
    try await fleet.expect(3, "scan")
    let (id, digest) = try await fleet.propose("bless", "hosts")
    try await fleet.git("clone", "--quiet", "--bare", "\(fleet.path)/state", "\(fleet.path)/remote.git")
    try await fleet.git("remote", "add", "origin", "\(fleet.path)/remote.git")
    try fleet.write("#!/bin/sh\necho \"$0 $*\" >> \(fleet.path)/marker\nexit 1\n", to: "attack")
    try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(fleet.path)/attack")
    return (fleet, id, digest, "\(fleet.path)/marker")
  }

  private static func touched(_ marker: String) -> String? { try? String(contentsOfFile: marker, encoding: .utf8) }

  @Test func `no setting of the repository's own configuration runs a program or leads elsewhere`() async throws {
    let (fleet, id, digest, marker) = try await Self.fleet()
    let attack = "\(fleet.path)/attack"
    try await fleet.git("init", "--quiet", "--bare", "\(fleet.path)/elsewhere.git")
    try fleet.write("[core]\n\tsshCommand = \(attack)\n\tfsmonitor = \(attack)\n", to: "included")
    for (key, value) in [
      ("core.sshCommand", attack), ("core.gitProxy", attack), ("core.fsmonitor", attack), ("core.askPass", attack),
      ("core.editor", attack), ("core.pager", attack), ("core.hooksPath", fleet.path),
      ("core.alternateRefsCommand", attack),
      ("core.attributesFile", attack), ("credential.helper", "!\(attack)"), ("remote.origin.uploadpack", attack),
      ("remote.origin.receivepack", attack), ("remote.origin.pushurl", "\(fleet.path)/elsewhere.git"),
      ("remote.origin.proxy", attack), ("remote.origin.vcs", "attack"), ("remote.origin.mirror", "true"),
      ("remote.pushDefault", "elsewhere"), ("uploadpack.packObjectsHook", attack),
      ("url.\(fleet.path)/elsewhere.git.insteadOf", "\(fleet.path)/remote.git"),
      ("url.\(fleet.path)/elsewhere.git.pushInsteadOf", "\(fleet.path)/remote.git"),
      ("include.path", "\(fleet.path)/included"), ("includeIf.gitdir:/.path", "\(fleet.path)/included"),
      ("protocol.allow", "always"), ("protocol.ext.allow", "always"), ("protocol.file.allow", "never"),
      ("gpg.program", attack), ("gpg.ssh.program", attack), ("push.gpgSign", "true"),
      ("push.recurseSubmodules", "only"),
      ("diff.external", attack), ("filter.x.smudge", attack), ("filter.x.clean", attack), ("filter.x.process", attack),
      ("merge.x.driver", attack), ("gc.recentObjectsHook", attack), ("fetch.bundleURI", "file://\(attack)"),
      ("alias.fetch", "!\(attack)"), ("alias.push", "!\(attack)"), ("trailer.x.command", attack),
    ] { try await fleet.git("config", key, value) }
    for hook in ["pre-push", "reference-transaction", "post-merge", "pre-auto-gc", "fsmonitor-watchman"] {
      try FileManager.default.copyItem(atPath: attack, toPath: "\(fleet.path)/state/.git/hooks/\(hook)")
      try FileManager.default.copyItem(atPath: attack, toPath: "\(fleet.path)/\(hook)")
    }
    let said = try await fleet.expect(0, "approve", id, "--digest", digest, "--push")
    #expect(said.output.contains("merged onto main"))
    #expect(Self.touched(marker) == nil, "\(Self.touched(marker) ?? "")")
    let main = try String(contentsOfFile: "\(fleet.path)/state/.git/refs/heads/main", encoding: .utf8)
    let theirs = try String(contentsOfFile: "\(fleet.path)/remote.git/refs/heads/main", encoding: .utf8)
    #expect(main == theirs)
    #expect(!FileManager.default.fileExists(atPath: "\(fleet.path)/elsewhere.git/refs/heads/main"))
    // What was made for the calls is gone.
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(fleet.path)/home/git").isEmpty)
  }

  @Test func `variables of the caller do not reach git either`() async throws {
    let (fleet, id, digest, marker) = try await Self.fleet()
    let attack = "\(fleet.path)/attack"
    var environment = fleet.environment
    for (name, value) in [
      ("GIT_SSH_COMMAND", attack), ("GIT_SSH", attack), ("GIT_PROXY_COMMAND", attack), ("GIT_ASKPASS", attack),
      ("GIT_EXEC_PATH", fleet.path), ("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "core.hooksPath"),
      ("GIT_CONFIG_VALUE_0", fleet.path), ("GIT_DIR", "\(fleet.path)/nowhere"), ("GIT_TRACE", marker),
      ("GIT_CONFIG_GLOBAL", "\(fleet.path)/global"), ("PATH", "\(fleet.path)/bin:/usr/bin:/bin"),
    ] { environment[name] = value }
    try fleet.write("[alias]\n\tfetch = !\(attack)\n[core]\n\tsshCommand = \(attack)\n", to: "global")
    try FileManager.default.createDirectory(atPath: "\(fleet.path)/bin", withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: attack, toPath: "\(fleet.path)/bin/git")
    let said = try await execute(
      fleet.program, ["approve", id, "--digest", digest, "--push"], environment: environment, in: fleet.path)
    #expect(said.code == 0, "\(said.errors)")
    #expect(Self.touched(marker) == nil, "\(Self.touched(marker) ?? "")")
  }

  @Test func `an address that could run a program, or is not authenticated, is refused by name`() async throws {
    let (fleet, id, digest, marker) = try await Self.fleet()
    let attack = "\(fleet.path)/attack"
    for address in [
      "ext::\(attack)", "attack::x", "fd::7", "-oProxyCommand=\(attack)", "http://localhost/x", "git://localhost/x",
      "../remote.git", "\(fleet.path)/remote .git",
    ] {
      try await fleet.git("config", "remote.origin.url", address)
      let said = try await fleet.expect(4, "approve", id, "--digest", digest, "--push")
      #expect(said.errors.contains("(remote-address)"), "\(address): \(said.errors)")
    }
    #expect(Self.touched(marker) == nil)
  }

  @Test func `borrowed objects are no way in`() async throws {
    let (fleet, id, digest, _) = try await Self.fleet()
    try fleet.write("\(fleet.path)/remote.git/objects\n", to: "state/.git/objects/info/alternates")
    let said = try await fleet.expect(4, "approve", id, "--digest", digest, "--push")
    #expect(said.errors.contains("(repository-hazard)"), "\(said.errors)")
  }

  @Test func `what the installation says of the remote counts, and not the repository`() async throws {
    let (fleet, id, digest, _) = try await Self.fleet()
    try await fleet.git("clone", "--quiet", "--bare", "\(fleet.path)/state", "\(fleet.path)/meant.git")
    try fleet.write(
      "{\"format\": \"praxis.remote/1\", \"url\": \"\(fleet.path)/meant.git\"}", to: "home/remote.json")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: "\(fleet.path)/home/remote.json")
    try await fleet.expect(0, "approve", id, "--digest", digest, "--push")
    let main = try await fleet.git("rev-parse", "main")
    #expect(try await fleet.git("--git-dir", "\(fleet.path)/meant.git", "rev-parse", "main") == main)
    #expect(try await fleet.git("--git-dir", "\(fleet.path)/remote.git", "rev-parse", "main") != main)
    for (text, code) in [
      ("{\"format\": \"praxis.remote/1\", \"url\": \"ext::x\"}", "remote-address"),
      ("{\"format\": \"praxis.remote/1\", \"url\": \"/x\", \"sshKey\": \"/k -oProxyCommand=x\"}", "remote-setting"),
      ("{\"format\": \"praxis.remote/1\", \"url\": \"/x\", \"sshCommand\": \"x\"}", "unknown-field"),
    ] {
      try fleet.write(text, to: "home/remote.json")
      let said = try await execute(fleet.program, ["doctor"], environment: fleet.environment, in: fleet.path)
      let push = try await execute(
        fleet.program, ["approve", id, "--push"], environment: fleet.environment, in: fleet.path)
      #expect(said.code != 2 && push.code != 0 && push.errors.contains("(\(code))"), "\(push.errors)")
    }
  }
}
