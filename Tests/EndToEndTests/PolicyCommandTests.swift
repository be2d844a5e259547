import Foundation
import StrictJSON
import Testing

/// The policy and the engines of a site, by command.
@Suite struct PolicyCommandTests {
  private func key(_ fleet: SnapshotFleet, _ name: String) async throws -> String {
    let path = "\(fleet.path)/\(name)"
    let made = try await execute(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path], environment: fleet.environment,
      in: fleet.path)
    try #require(made.code == 0, "\(made.errors)")
    return path
  }

  @Test func `an admin adds an operator, who approves; taken out, they approve nothing more`() async throws {
    let fleet = try await SnapshotFleet()
    let dana = try await key(fleet, "dana")
    try await fleet.expect(
      0, "policy", "add-person", "dana", "--key", "\(dana).pub", "--approves", "hosts", "--up-to", "T1")
    #expect(try await fleet.expect(0, "policy", "show").output.contains("approve hosts up to T1"))
    try await fleet.expect(3, "scan")
    let first = try await fleet.propose("bless", "hosts")
    let approved = try await fleet.expect(0, "approve", first.id, "--digest", first.digest, "--sign-with", dana)
    #expect(approved.output.contains("approved by dana"))
    try await fleet.expect(0, "policy", "remove-person", "dana")
    try fleet.report("web1", #"{"os":"Debian 13"}"#)
    try await fleet.expect(2, "scan")
    let second = try await fleet.propose("bless", "hosts", "web1")
    let refused = try await fleet.expect(4, "approve", second.id, "--digest", second.digest, "--sign-with", dana)
    #expect(refused.errors.contains("unknown-key"))
    try await fleet.expect(0, "audit")
  }

  @Test func `a change by one of two admins waits on a branch until the other one merges it`() async throws {
    let fleet = try await SnapshotFleet()
    let root = try await key(fleet, "root")
    try await fleet.expect(0, "policy", "add-person", "root", "--key", "\(root).pub", "--is-admin")
    try await fleet.expect(0, "policy", "set", "admin-threshold", "2")
    let main = try await fleet.git("rev-parse", "main")
    let said = try await fleet.expect(0, "policy", "set", "tiers.T1.valid-for", "2d")
    #expect(said.output.contains("git merge --no-ff -S change/policy-4"))
    #expect(try await fleet.git("rev-parse", "main") == main)
    // What others may have signed by now is not replaced.
    let again = try await fleet.expect(1, "policy", "set", "tiers.T1.valid-for", "3d")
    #expect(again.errors.contains("git branch -D change/policy-4"))
    try await fleet.expect(
      0, "source", "add", "more", "--authority", "snapshot", "--directory", fleet.path, "--command", "/bin/true")
    try await fleet.git(
      "-c", "user.signingkey=\(root)", "-c", "user.name=root", "-c", "user.email=root@example.org", "merge", "--quiet",
      "--no-ff", "-S", "-m", "Two days", "change/policy-4")
    #expect(try await fleet.expect(0, "policy", "show").output.contains("2d"))
    try await fleet.expect(3, "scan", "hosts")
    try await fleet.expect(0, "audit")
  }

  @Test func `what two admins changed and undid is not brought back by one of them`() async throws {
    let fleet = try await SnapshotFleet()
    let root = try await key(fleet, "root")
    let asRoot = ["-c", "user.signingkey=\(root)", "-c", "user.name=root", "-c", "user.email=root@example.org"]
    func git(_ words: [String]) async throws -> Said {
      try await execute(
        "/usr/bin/git", ["-C", fleet.repository] + asRoot + words, environment: fleet.environment, in: fleet.path)
    }
    try await fleet.expect(0, "policy", "add-person", "root", "--key", "\(root).pub", "--is-admin")
    try await fleet.expect(0, "policy", "set", "admin-threshold", "2")
    try await fleet.expect(
      0, "source", "add", "more", "--authority", "snapshot", "--directory", fleet.path, "--command", "/bin/true")
    let branch = try await fleet.git("rev-parse", "change/source-more")
    #expect(try await git(["merge", "--quiet", "--no-ff", "-S", "-m", "More", "change/source-more"]).code == 0)
    let tree = try await fleet.git("rev-parse", "main^{tree}")
    let removed = try await fleet.expect(0, "source", "remove", "more").output
    let undo = try #require(removed.firstMatch(of: /change\/[a-z0-9-]+/)).output
    #expect(try await git(["merge", "--quiet", "--no-ff", "-S", "-m", "No more", String(undo)]).code == 0)
    let remote = "\(fleet.path)/remote.git"
    try await fleet.git("clone", "--quiet", "--bare", fleet.repository, remote)
    try FileManager.default.copyItem(
      atPath: "\(Tools.package)/hooks/pre-receive", toPath: "\(remote)/hooks/pre-receive")
    let replayed = try await git(["commit-tree", "-S", "-p", "main", "-p", branch, "-m", "Again", tree])
    let commit = replayed.output.trimmingCharacters(in: .newlines)
    let pushed = try await git(["push", "--quiet", remote, "\(commit):refs/heads/main"])
    #expect(pushed.code != 0 && pushed.errors.contains("main merged its branch before"), "\(pushed.errors)")
    try await fleet.git("reset", "--quiet", "--hard", commit)
    #expect(try await fleet.expect(4, "scan", "hosts").errors.contains("branch-malformed"))
    #expect(try await fleet.expect(4, "audit").output.contains("merged its branch before"))
  }

  @Test func `maintenance takes away the branches that were decided on, and nothing else`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.expect(3, "scan")
    let approved = try await fleet.propose("bless", "hosts")
    try await fleet.expect(0, "approve", approved.id, "--digest", approved.digest)
    try await fleet.expect(0, "scan")
    try fleet.report("web1", #"{"os":"Debian 13"}"#)
    try await fleet.expect(2, "scan")
    let waits = try await fleet.propose("bless", "hosts", "web1")
    try await fleet.git("branch", "change/merged", "main~1")
    try await fleet.git("branch", "change/waits", "proposal/\(waits.id)")
    let main = try await fleet.git("rev-parse", "main")
    let said = try await fleet.expect(0, "maintain")
    #expect(
      said.output.contains("removed  proposal/\(approved.id)\n") && said.output.contains("removed  change/merged\n"))
    #expect(said.output.contains("folded "))
    let branches = try await fleet.git("for-each-ref", "--format=%(refname:short)", "refs/heads")
    #expect(branches.contains("proposal/\(waits.id)") && branches.contains("change/waits"))
    #expect(!branches.contains(approved.id) && !branches.contains("change/merged"))
    #expect(try await fleet.git("rev-parse", "main") == main)
    try await fleet.git("fsck", "--strict")
    #expect(try await fleet.expect(0, "maintain").output == "nothing to do\n")
    try await fleet.expect(2, "status")
    try await fleet.expect(0, "audit")
  }

  @Test func `people approve on the branch, and a merge that a forge made and nobody signed reaches the engine`()
    async throws
  {
    let fleet = try await SnapshotFleet()
    let remote = "\(fleet.path)/remote.git"
    try await fleet.git("init", "--quiet", "--bare", "--initial-branch=main", remote)
    try FileManager.default.copyItem(
      atPath: "\(Tools.package)/hooks/pre-receive", toPath: "\(remote)/hooks/pre-receive")
    try await fleet.git("remote", "add", "origin", remote)
    try await fleet.expect(0, "policy", "set", "forge-merges", "true")
    try await fleet.expect(3, "scan")
    let proposal = try await fleet.propose("bless", "hosts")
    try await fleet.expect(0, "sync")
    let main = try await fleet.git("rev-parse", "main")
    let said = try await fleet.expect(0, "approve", proposal.id, "--digest", proposal.digest, "--on-branch")
    #expect(said.output.contains("operator agreed on its branch") && said.output.contains("it can be merged"))
    #expect(try await fleet.git("rev-parse", "main") == main)
    // The forge has a clone of its own, a name and no key.
    let forge = "\(fleet.path)/forge"
    try await fleet.git("clone", "--quiet", remote, forge)
    try await fleet.git(
      "-C", forge, "-c", "user.name=Forge", "-c", "user.email=noreply@forge.example", "merge", "--quiet", "--no-ff",
      "-m",
      "Merge request 7", "origin/proposal/\(proposal.id)")
    try await fleet.git("-C", forge, "push", "--quiet", "origin", "main")
    try await fleet.expect(0, "sync")
    try await fleet.expect(0, "scan")
    try await fleet.expect(0, "audit")
    // A second one that nobody agreed to is not even taken by the server.
    try fleet.report("web1", #"{"os":"Debian 13"}"#)
    try await fleet.expect(2, "scan")
    let second = try await fleet.propose("bless", "hosts", "web1")
    try await fleet.expect(0, "sync")
    try await fleet.git("-C", forge, "fetch", "--quiet")
    try await fleet.git("-C", forge, "reset", "--quiet", "--hard", "origin/main")
    try await fleet.git(
      "-C", forge, "-c", "user.name=Forge", "-c", "user.email=noreply@forge.example", "merge", "--quiet", "--no-ff",
      "-m",
      "Merge request 8", "origin/proposal/\(second.id)")
    let refused = try await execute(
      "/usr/bin/git", ["-C", forge, "push", "--quiet", "origin", "main"], environment: fleet.environment, in: fleet.path
    )
    #expect(refused.code != 0 && refused.errors.contains("too-few-approvals"), "\(refused.errors)")
  }

  @Test func `whoever is no admin changes nothing, and a wrong word says which there are`() async throws {
    let fleet = try await SnapshotFleet()
    let main = try await fleet.git("rev-parse", "main")
    let words = ["policy", "set", "unsealed", "true", "--sign-with", "\(fleet.home)/keys/operator"]
    #expect(try await fleet.expect(4, arguments: words).errors.contains("role-missing"))
    #expect(try await fleet.expect(1, "policy", "set", "tiers.T5.approvals", "2").errors.contains("admin-threshold"))
    // What is so already makes no new version.
    let same = try await fleet.expect(4, "policy", "set", "unsealed", "false")
    #expect(same.errors.contains("(nothing-changed)") && same.errors.contains("praxis policy show"))
    #expect(try await fleet.expect(1, "policy", "remove-person", "nobody").errors.contains("praxis policy show"))
    #expect(try await fleet.git("rev-parse", "main") == main)
  }

  @Test func `a second engine joins a clone with a key of its own, and records once an admin has signed it in`()
    async throws
  {
    let first = try await SnapshotFleet()
    try await first.expect(3, "scan")
    try await first.git("clone", "--quiet", first.repository, "\(first.path)/second")
    let second = SnapshotFleet(
      beside: first, home: "\(first.path)/second-home", repository: "\(first.path)/second")
    let join = [
      "engine", "join", second.repository, "--name", "engine-2", "--trust-from", "\(first.home)/trust.json",
    ]
    let said = try await second.expect(0, arguments: join)
    #expect(said.output.contains("praxis policy add-person engine-2 --records SOURCE --key KEY"))
    #expect(try await second.expect(1, arguments: join).errors.contains("exists"))
    try FileManager.default.createDirectory(
      atPath: "\(second.home)/keys/redaction", withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    try FileManager.default.copyItem(
      atPath: "\(first.home)/keys/redaction/hosts", toPath: "\(second.home)/keys/redaction/hosts")
    // Until then it reads, and records nothing.
    try await second.expect(3, "status")
    let before = try await second.git("rev-parse", "main")
    #expect(try await second.expect(4, "scan").errors.contains("unknown-key"))
    #expect(try await second.git("rev-parse", "main") == before)
    try await first.expect(
      0, "policy", "add-person", "engine-2", "--records", "hosts", "--key", "\(second.home)/keys/engine-2.pub")
    try await second.git("pull", "--quiet", "--ff-only")
    try await second.expect(3, "scan")
    #expect(try await second.git("log", "-1", "--format=%an") == "engine-2")
    try await second.expect(0, "audit")
    #expect(try await second.expect(0, "doctor").output.contains("engine-2"))
  }

  @Test func `nobody's name but an engine's is joined under`() async throws {
    let first = try await SnapshotFleet()
    try await first.git("clone", "--quiet", first.repository, "\(first.path)/second")
    let second = SnapshotFleet(
      beside: first, home: "\(first.path)/second-home", repository: "\(first.path)/second")
    let said = try await second.expect(
      1, "engine", "join", second.repository, "--name", "operator", "--trust-from", "\(first.home)/trust.json")
    #expect(said.errors.contains("wrong-person") && said.errors.contains("--name"), "\(said.errors)")
    #expect(!FileManager.default.fileExists(atPath: second.home))
  }

  @Test func `an engine that may not join leaves nothing behind`() async throws {
    let first = try await SnapshotFleet()
    try await first.git("clone", "--quiet", first.repository, "\(first.path)/second")
    let second = SnapshotFleet(
      beside: first, home: "\(first.path)/second-home", repository: "\(first.path)/second")
    try await second.git(
      "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "--allow-empty", "-m", "not signed")
    let said = try await second.expect(
      4, "engine", "join", second.repository, "--name", "engine-2", "--trust-from", "\(first.home)/trust.json")
    #expect(said.errors.contains("unsigned"))
    #expect(!FileManager.default.fileExists(atPath: second.home))
  }

  @Test func `an engine signs with its old key until an admin has signed the new one, and then with that`() async throws
  {
    let fleet = try await SnapshotFleet()
    let said = try await fleet.expect(0, "engine", "rotate-key")
    #expect(said.output.contains("praxis policy rotate-key engine --key KEY"))
    try await fleet.expect(3, "scan")
    // The same key is offered until it is taken.
    #expect(try await fleet.expect(0, "engine", "rotate-key").output == said.output)
    let path = try #require(said.output.firstMatch(of: /\/\S+\.pub/)).output
    try await fleet.expect(0, "policy", "rotate-key", "engine", "--key", String(path))
    // What the old key signed would be a commit that nobody accepts.
    let main = try await fleet.git("rev-parse", "main")
    let refused = try await fleet.expect(4, "scan")
    #expect(refused.errors.contains("unknown-key") && refused.errors.contains("praxis engine rotate-key"))
    #expect(try await fleet.git("rev-parse", "main") == main)
    #expect(try await fleet.expect(0, "engine", "rotate-key").output.contains("signs with it"))
    try await fleet.expect(3, "scan")
    #expect(try fleet.waiting() == 0)
    try await fleet.expect(0, "audit")
  }
}
