import Facts
import Foundation
import Testing

/// Once means once: what was seen, what was executed and what time it was never go back on a host, whatever becomes of the repository.
@Suite struct OnceTests {
  /// One finding in the cloud, and a proposal that would converge it and is approved.
  private static func approved() async throws -> (MendFleet, id: String) {
    let fleet = try await MendFleet(.cloud)
    try fleet.write("edited\n", to: "cloud/a")
    try await fleet.expect(2, "scan")
    let proposal = try await fleet.propose("converge", "driftfile_file.a")
    try await fleet.merge(proposal.id)
    return (fleet, proposal.id)
  }

  @Test func `what was executed is not executed again after a reset, adopt or rewind, nor in a copy`() async throws {
    let (fleet, id) = try await Self.approved()
    let before = try await fleet.git("rev-parse", "HEAD")
    let copy = "\(fleet.path)/copy"
    try await fleet.tool("/bin/cp", ["-a", "\(fleet.path)/state", copy], in: ".")
    try await fleet.expect(0, "execute", id)
    // The world is as it was before the execution, so that everything but the memory would let it run again.
    func again() throws -> [String: String] {
      try fleet.write("edited\n", to: "cloud/a")
      return try fleet.snapshot()
    }
    var world = try again()
    let inCopy = try await fleet.say(["execute", id], 4, repository: copy)
    #expect(inCopy.errors.contains("(behind)"), "\(inCopy.errors)")
    let adopted = try await fleet.say(["trust", "adopt"], 4, repository: copy)
    #expect(adopted.errors.contains("(remembered)"), "\(adopted.errors)")
    try await fleet.say(["trust", "adopt"], 4)
    #expect(try fleet.snapshot() == world)

    try await fleet.git("reset", "--quiet", "--hard", before)
    let reset = try await fleet.say(["execute", id], 4)
    #expect(reset.errors.contains("(rewound)"), "\(reset.errors)")
    try await fleet.expect(0, "trust", "accept-rewind", before, "--sign-with", "\(fleet.path)/home/keys/admin")
    world = try again()
    let accepted = try await fleet.say(["execute", id], 4)
    #expect(accepted.errors.contains("(executed-before)"), "\(accepted.errors)")
    let late = try await fleet.say(["execute", id], 4, repository: copy)
    #expect(late.errors.contains("(executed-before)"), "\(late.errors)")
    // Also where the memory of main is lost, and adopted anew.
    for name in try FileManager.default.contentsOfDirectory(atPath: "\(fleet.path)/home/seen") {
      try FileManager.default.removeItem(atPath: "\(fleet.path)/home/seen/\(name)")
    }
    try await fleet.expect(0, "trust", "adopt")
    let forgotten = try await fleet.say(["execute", id], 4)
    #expect(forgotten.errors.contains("(executed-before)"), "\(forgotten.errors)")
    #expect(try fleet.snapshot() == world)
  }

  @Test func `a revoked approval does not live on in a copy of the repository from before`() async throws {
    let (fleet, id) = try await Self.approved()
    let copy = "\(fleet.path)/copy"
    try await fleet.tool("/bin/cp", ["-a", "\(fleet.path)/state", copy], in: ".")
    try await fleet.expect(0, "revoke", id, "--sign-with", "\(fleet.path)/home/keys/alice")
    let world = try fleet.snapshot()
    let said = try await fleet.say(["execute", id], 4, repository: copy)
    #expect(said.errors.contains("(behind)"), "\(said.errors)")
    #expect(try fleet.snapshot() == world)
  }

  @Test func `without a remote nothing is executed, unless the policy says that this host alone executes`() async throws
  {
    let (fleet, id) = try await Self.approved()
    let policy = "state/policy/policy.yaml"
    let before = try fleet.read(policy)
    #expect(before.contains("without-remote: true\n"))
    let stricter = before.replacing("version: 1", with: "version: 2").replacing("without-remote: true\n", with: "")
      .replacing("previous: none", with: "previous: \(Digest(of: before.utf8))")
    try fleet.write(stricter, to: policy)
    try await fleet.git(as: "admin", "commit", "--quiet", "-a", "-S", "-m", "There are two engines now")
    let world = try fleet.snapshot()
    let said = try await fleet.say(["execute", id], 4)
    #expect(said.errors.contains("(no-remote)") && said.errors.contains("git remote add origin"), "\(said.errors)")
    #expect(try fleet.snapshot() == world)
    let doctor = try await fleet.say(["doctor"], 1)
    #expect(doctor.output.contains("there is no remote, so nothing is executed"))
    try await fleet.run(git: ["clone", "--quiet", "--bare", "\(fleet.path)/state", "\(fleet.path)/remote.git"])
    try await fleet.git("remote", "add", "origin", "\(fleet.path)/remote.git")
    #expect(try await fleet.say(["doctor"], 0).output.contains("on the remote origin"))
    try await fleet.expect(0, "execute", id)
  }
}
