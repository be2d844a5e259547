import Facts
import Foundation
import StrictJSON
import Testing

/// A history that goes back, by any way, is noticed; only an admin's signature lets it.
@Suite struct RewindTests {
  private static let drifted = #"{"os":"13.0","kernel":"6.1"}"#

  /// A fleet that is blessed, and whose next look found drift.
  private static func fleet() async throws -> SmallFleet {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    try fleet.observe(drifted)
    try await fleet.expect(2, "scan")
    return fleet
  }

  @Test func `a dropped commit stops recording until an admin accepts it, and what waited is recorded`() async throws {
    let fleet = try await Self.fleet()
    let tip = try await fleet.git("rev-parse", "HEAD")
    let nothing = try await fleet.expect(1, "trust", "accept-rewind", tip)
    #expect(nothing.errors.contains("nothing-to-accept"))
    try await fleet.git("reset", "--quiet", "--hard", "HEAD~1")
    let back = try await fleet.git("rev-parse", "HEAD")
    let refused = try await fleet.expect(4, "scan")
    #expect(refused.errors.contains("rewound") && refused.errors.contains(tip))
    #expect(try fleet.waiting() == 1)

    let elsewhere = try await fleet.expect(1, "trust", "accept-rewind", tip)
    #expect(elsewhere.errors.contains("not-the-tip"))
    let operatorKey = "\(fleet.path)/home/keys/operator"
    let denied = try await fleet.expect(4, "trust", "accept-rewind", back, "--sign-with", operatorKey)
    #expect(denied.errors.contains("role-missing"))
    try await fleet.makeKey("stranger")
    let key = "\(fleet.path)/home/keys/stranger"
    try await fleet.expect(4, "trust", "accept-rewind", back, "--sign-with", key)
    try await fleet.expect(4, "scan")

    let accepted = try await fleet.expect(0, "trust", "accept-rewind", back)
    #expect(
      accepted.output.contains("admin accepts") && accepted.output.contains(back) && accepted.output.contains(tip))
    try await fleet.expect(2, "scan")
    #expect(try fleet.waiting() == 0)
    // The run that was dropped, both that were refused, and the one that went through.
    #expect(try await fleet.git("rev-list", "--count", "\(back)..HEAD") == "4")
    try await fleet.expect(0, "audit")
    let log = try Self.log(of: fleet)
    #expect(log.count == 1 && log[0]["admin"]?.string == "admin")
    #expect(log[0]["from"]?.string == tip && log[0]["to"]?.string == back)
  }

  @Test func `a finding that a rewound main no longer holds is no reason to say that all is well known`() async throws {
    let fleet = try await Self.fleet()
    let id = try await fleet.finding()
    try await fleet.git("reset", "--quiet", "--hard", "HEAD~1")
    for word in ["history", "show"] {
      let said = try await fleet.expect(4, word, id)
      #expect(said.errors.contains("rewound") && said.errors.contains("unknown-finding"), "\(word): \(said.errors)")
    }
  }

  /// The lines beside the seen file; that is this user's alone.
  private static func log(of fleet: SmallFleet) throws -> [JSON] {
    let folder = "\(fleet.path)/home/seen"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".rewinds.jsonl") }
    let path = "\(folder)/\(try #require(names.first))"
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try JSON(parsing: Array($0.utf8))
    }
  }

  @Test func `the log holds a signature that ssh-keygen verifies with the admin's key`() async throws {
    let fleet = try await Self.fleet()
    try await fleet.git("reset", "--quiet", "--hard", "HEAD~1")
    try await fleet.expect(0, "trust", "accept-rewind", fleet.git("rev-parse", "HEAD"))
    let entry = try #require(Self.log(of: fleet).first)
    let armour = try #require(entry["signature"]?.array).compactMap(\.string).joined(separator: "\n")
    try fleet.write(armour + "\n", to: "armour")
    var object = JSONObject()
    for key in ["format", "introduction", "from", "to", "at"] { object[key] = entry[key] }
    try fleet.write(String(decoding: CanonicalJSON.bytes(.object(object)), as: UTF8.self), to: "statement")
    let publicKey = try String(contentsOfFile: "\(fleet.path)/home/keys/admin.pub", encoding: .utf8)
    try fleet.write("admin \(publicKey)", to: "signers")
    let said = try await execute(
      "/bin/sh",
      ["-c", "ssh-keygen -Y verify -f signers -I admin -n praxis-rewind -s armour < statement"],
      environment: ["PATH": "/usr/bin:/bin"], in: fleet.path)
    #expect(said.code == 0, "\(said.output)\(said.errors)")
  }

  @Test func `a policy that was taken back is in force again once an admin has accepted that`() async throws {
    let fleet = try await Self.fleet()
    let good = try await fleet.git("rev-parse", "HEAD")
    let policy = "\(fleet.path)/state/policy/policy.yaml"
    let before = try String(contentsOfFile: policy, encoding: .utf8)
    try await fleet.askForTwo(over: before)
    try await fleet.expect(2, "scan")
    try await fleet.git("reset", "--quiet", "--hard", good)
    try await fleet.expect(4, "scan")
    try await fleet.expect(0, "trust", "accept-rewind", good)
    try await fleet.expect(2, "scan")
  }

  /// A remote beside the fleet that has main, and a work tree of somebody who may push to it.
  private static func publish(_ fleet: SmallFleet) async throws {
    try await fleet.git("init", "--quiet", "--bare", "\(fleet.path)/remote")
    try await fleet.git("remote", "add", "origin", "\(fleet.path)/remote")
    try await fleet.git("push", "--quiet", "origin", "main")
    try await fleet.git("fetch", "--quiet", "origin")
    // From here on it is remembered that others have it.
    try await fleet.expect(2, "scan")
  }

  @Test func `a remote that was rolled back or forced elsewhere is noticed after the next fetch`() async throws {
    let fleet = try await Self.fleet()
    try await Self.publish(fleet)
    let published = try await fleet.git("rev-parse", "origin/main")
    let seen = try FileManager.default.contentsOfDirectory(atPath: "\(fleet.path)/home/seen")
    let file = "\(fleet.path)/home/seen/\(try #require(seen.first))"
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains(#""publishedTip": "\#(published)""#))
    // This host's own newer record is nobody else's yet, and no reason to complain.
    #expect(try await fleet.git("rev-parse", "main") != published)

    let remote = "--git-dir=\(fleet.path)/remote"
    try await fleet.git(remote, "update-ref", "refs/heads/main", "\(published)~1")
    try await fleet.git("fetch", "--quiet", "origin")
    let rolledBack = try await fleet.expect(4, "scan")
    #expect(rolledBack.errors.contains("rewound") && rolledBack.errors.contains("refs/remotes/origin/main"))
    #expect(rolledBack.errors.contains(published))

    let tree = try await fleet.git("rev-parse", "\(published)^{tree}")
    let forced = try await fleet.git("commit-tree", "-S", tree, "-p", "\(published)~1", "-m", "another story")
    try await fleet.git("push", "--quiet", "--force", "origin", "\(forced):refs/heads/main")
    try await fleet.git("fetch", "--quiet", "origin")
    let diverged = try await fleet.expect(4, "scan")
    #expect(diverged.errors.contains("rewound") && diverged.errors.contains(forced))

    try await fleet.git("push", "--quiet", "--force", "origin", "main")
    try await fleet.git("fetch", "--quiet", "origin")
    try await fleet.expect(2, "scan")
    #expect(try fleet.waiting() == 0)
  }

  @Test func `a remote that others have pushed to since is no rewind`() async throws {
    let fleet = try await Self.fleet()
    try await Self.publish(fleet)
    let tree = try await fleet.git("rev-parse", "origin/main^{tree}")
    let ahead = try await fleet.git("commit-tree", "-S", tree, "-p", "origin/main", "-m", "somebody else's")
    try await fleet.git("push", "--quiet", "origin", "\(ahead):refs/heads/main")
    try await fleet.git("fetch", "--quiet", "origin")
    try await fleet.expect(2, "scan")
  }

  @Test func `doctor and the audit name the first bad commit`() async throws {
    let fleet = try await Self.fleet()
    for message in ["first", "second"] {
      try await fleet.git("commit", "--quiet", "--allow-empty", "-m", message)
    }
    let first = try await fleet.git("rev-parse", "HEAD~1")
    let doctor = try await fleet.expect(1, "doctor")
    #expect(doctor.output.contains("refused (unsigned): commit \(first)"))
    let audit = try await fleet.expect(4, "audit", "--json")
    let problems = try #require(try JSON(parsing: Array(audit.output.utf8))["problems"]?.array)
    #expect(problems.first?["commit"]?.string == first && problems.first?["rule"]?.string == "unsigned")
    let second = try await fleet.git("rev-parse", "HEAD")
    #expect(problems.contains { $0["commit"]?.string == second })
  }
}
