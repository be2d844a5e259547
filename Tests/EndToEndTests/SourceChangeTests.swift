import Foundation
import StrictJSON
import Testing

/// A source that an admin edits, renames or removes, and what becomes of its findings.
@Suite struct SourceChangeTests {
  @Test func `a removed source stays reported until the engine has ended it, and is no error afterwards`() async throws
  {
    let fleet = try await SnapshotFleet()
    try await fleet.bless()
    try fleet.report("web1", #"{"os":"Debian 13"}"#)
    try await fleet.expect(2, "scan")
    let waits = try await fleet.propose("bless", "hosts", "web1")
    try await fleet.expect(
      0, "source", "add", "more", "--authority", "snapshot", "--directory", fleet.path, "--command", "/bin/echo",
      #"{"target":"box","facts":{"a":"1"}}"#)
    // Only an admin removes, and only praxis.yaml is committed.
    let notes = "\(fleet.repository)/notes"
    try "mine\n".write(toFile: notes, atomically: true, encoding: .utf8)
    let operated = try await fleet.expect(
      4, "source", "remove", "hosts", "--sign-with", "\(fleet.home)/keys/operator")
    #expect(operated.errors.contains("role-missing"))
    let removed = try await fleet.expect(0, "source", "remove", "hosts").output
    #expect(removed.contains("hosts: source removed") && removed.contains("1 finding of hosts will stay reported"))
    #expect(removed.contains("known-good facts and waivers for hosts (1)"))
    #expect(try await fleet.git("show", "--name-only", "--format=%s", "main") == "source: remove hosts\n\npraxis.yaml")
    #expect(try await fleet.git("status", "--porcelain") == "?? notes")

    #expect(try await fleet.expect(2, "status").output.contains("hosts"))
    #expect(try await fleet.expect(0, "findings").output.contains("web1"))
    let refused = try await fleet.expect(4, "approve", waits.id, "--digest", waits.digest)
    #expect(refused.errors.contains("source-removed") && refused.errors.contains("praxis withdraw \(waits.id)"))
    try await fleet.expect(0, "withdraw", waits.id)

    let scan = try await fleet.expect(3, "scan")
    #expect(scan.errors.contains("hosts: removed from praxis.yaml; findings ended as undeclared: 1"))
    #expect(!scan.output.contains("hosts"))
    let decision = try await fleet.git("log", "-1", "--format=%H", "--grep=source: remove hosts", "main")
    let record = try await fleet.git("log", "-1", "--format=%B", "--grep=Praxis-Removed-By", "main")
    #expect(record.contains("Praxis-Removed-By: \(decision)") && record.contains("Praxis-Undeclared: 1"))
    let history = try await fleet.expect(0, "findings", "--source", "hosts", "--state", "closed", "--json").output
    #expect(history.contains("undeclared"))
    #expect(!(try await fleet.expect(0, "findings", "--source", "hosts").output.contains("web1")))
    try await fleet.expect(0, "audit")
    #expect(!(try await fleet.expect(1, 0, arguments: ["doctor"]).output.contains("hosts")))

    // What comes back under the name was not observed, and not in sync.
    try await fleet.expect(
      0, "source", "add", "hosts", "--authority", "snapshot", "--directory", fleet.path, "--command", "/bin/false")
    let back = try JSON(parsing: Array(try await fleet.expect(3, "status", "hosts", "--json").output.utf8))
    #expect(back["verdict"]?.string == "incomplete", "\(back)")
    try await fleet.expect(0, "audit")
  }

  @Test func `the last source can be removed, and what it found is reported and ended all the same`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.expect(3, "scan")
    try await fleet.expect(0, "source", "remove", "hosts")
    #expect(try await fleet.expect(3, "status").output.contains("hosts"))
    #expect(try await fleet.expect(1, "scan").errors.contains("findings ended as undeclared: 1"))
    #expect(try await fleet.expect(1, "status").errors.contains("no-sources"))
    try await fleet.expect(0, "audit")
  }

  @Test func `renaming a source ends what was found under its old name and finds it anew`() async throws {
    let fleet = try await SnapshotFleet()
    try await fleet.expect(3, "scan")
    let said = try await fleet.expect(0, "source", "rename", "hosts", "fleet").output
    #expect(said.contains("hosts: source renamed to fleet") && said.contains("1 finding of hosts will stay reported"))
    let scan = try await fleet.expect(3, "scan")
    #expect(scan.errors.contains("findings ended as undeclared: 1") && scan.output.contains("fleet"))
    #expect(
      try await fleet.git("ls-tree", "--name-only", "main", "findings/open/", "observations/")
        == "findings/open/fleet\nobservations/fleet.json")
    try await fleet.expect(0, "audit")
  }

  @Test func `a target that is gone for good is retired, and one that nobody knows is not`() async throws {
    let fleet = try await SnapshotFleet(["web1": #"{"os":"Debian 12"}"#, "web2": #"{"os":"Debian 12"}"#])
    try await fleet.bless()
    try FileManager.default.removeItem(atPath: "\(fleet.path)/facts/web2")
    try await fleet.expect(3, "scan")
    #expect(try await fleet.expect(1, "source", "retire", "hosts", "web3").errors.contains("unknown-target"))
    #expect(try await fleet.expect(0, "source", "retire", "hosts", "web2").output.contains("hosts: 1 retired"))
    try await fleet.expect(0, "scan")
    try await fleet.expect(0, "audit")
  }

  @Test func `editing changes what is given alone, and one of two admins has it wait on a branch`() async throws {
    let fleet = try await SnapshotFleet()
    let before = try await fleet.git("show", "main:praxis.yaml")
    try await fleet.expect(0, "source", "edit", "hosts", "--max-age", "6h", "--include", "/os", "--without-evidence")
    let edited = try await fleet.git("show", "main:praxis.yaml")
    #expect(edited != before && edited.contains("max-age: 6h") && edited.contains("evidence: none"))
    let back = try await fleet.expect(
      0, "source", "edit", "hosts", "--max-age", "24h", "--include", "", "--with-evidence")
    #expect(back.output.contains("hosts: source edited"))
    #expect(try await fleet.git("show", "main:praxis.yaml") == before)
    #expect(try await fleet.expect(4, "source", "edit", "hosts", "--max-age", "24h").errors.contains("nothing-changed"))
    let wrong = try await execute(
      fleet.program, ["source", "edit", "hosts", "--playbook", "site.yml"], environment: fleet.environment,
      in: fleet.path)
    #expect(wrong.code == 64 && wrong.errors.contains("has no setting playbook"), "\(wrong)")

    let root = "\(fleet.path)/root"
    let made = try await execute(
      "/usr/bin/ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", root], environment: fleet.environment,
      in: fleet.path)
    try #require(made.code == 0, "\(made.errors)")
    try await fleet.expect(0, "policy", "add-person", "root", "--key", "\(root).pub", "--is-admin")
    try await fleet.expect(0, "policy", "set", "admin-threshold", "2")
    let main = try await fleet.git("rev-parse", "main")
    let waits = try await fleet.expect(0, "source", "remove", "hosts").output
    #expect(waits.contains("git merge --no-ff -S change/source-hosts"))
    #expect(try await fleet.git("rev-parse", "main") == main)
    #expect(try await fleet.expect(3, "scan").output.contains("hosts"))
    try await fleet.git(
      "-c", "user.signingkey=\(root)", "-c", "user.name=root", "-c", "user.email=root@example.org", "merge", "--quiet",
      "--no-ff", "-S", "-m", "Remove it", "change/source-hosts")
    #expect(try await fleet.expect(1, "scan").errors.contains("findings ended as undeclared: 1"))
    try await fleet.expect(0, "audit")
  }
}
