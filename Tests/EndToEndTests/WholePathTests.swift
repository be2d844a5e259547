import Facts
import Foundation
import StrictJSON
import Testing

/// From three machines and a cloud to signed facts in Git and back, with the real tools.
@Suite struct WholePathTests {
  @Test func `drift of every authority is found, what is mended is resolved, and what cannot be asked stays open`()
    async throws
  {
    let fleet = try await DemoFleet()
    try await fleet.converge()
    try await fleet.initialise()

    // Just converged: nothing drifts, twice in a row, and what check mode cannot know is said.
    for _ in 1...2 {
      try await fleet.expect(3, "scan")
      let open = try await fleet.findings()
      #expect(open.allSatisfy { $0["kind"] == "unobserved" })
      #expect(open.contains { $0["source"] == "site" && $0["target"] == "db1" && has("skipped-in-check-mode", $0) })
    }
    let network = try await fleet.expect(0, "status", "network", "--json")
    #expect(try JSON(parsing: Array(network.output.utf8))["verdict"] == "in-sync")

    // A person blesses the facts of the hosts.
    let proposed = try await fleet.expect(0, "propose", "bless", "hosts", "--json")
    let branch = try #require(try JSON(parsing: Array(proposed.output.utf8))["branch"]?.string)
    try await fleet.merge(branch)
    try await fleet.expect(0, "scan", "hosts")

    try await plant(fleet)
    try await fleet.expect(2, "scan")
    try await expectPlanted(fleet)
    let status = try await fleet.expect(2, "status")
    #expect(status.output.contains("db1") && status.output.contains("did not answer"))

    // Mended by those who own it; db1 is still down.
    try await fleet.converge(limit: "web")
    try await fleet.sh("sed -i '/^netcat-openbsd /d' \(fleet.path)/machines/web2/var/lib/dpkg/packages")
    try await fleet.expect(3, "scan")
    let left = try await fleet.findings()
    #expect(left.allSatisfy { $0["kind"] == "unobserved" && $0["target"] == "db1" })
    #expect(Set(left.map { $0["source"]?.string }) == ["site", "hosts"])
    let resolved = try await fleet.findings("--state", "closed", "--kind", "changed")
    #expect(resolved.allSatisfy { $0["ended"]?["reason"] == "resolved" })

    try await expectSoundHistory(fleet)
  }

  private func plant(_ fleet: DemoFleet) async throws {
    let (machines, cloud) = ("\(fleet.path)/machines", "\(fleet.path)/cloud")
    try await fleet.sh(
      """
      sed -i 's/^PermitRootLogin no/PermitRootLogin yes/' \(machines)/web1/etc/ssh/sshd_config
      chmod 644 \(machines)/web2/etc/shadow
      rm \(cloud)/firewall/db.rules
      sed -i 's/443/80/' \(cloud)/load-balancer.conf
      printf 'another-\(fleet.secret)' > \(cloud)/vpn.key
      echo netcat-openbsd 1.219-1 >> \(machines)/web2/var/lib/dpkg/packages
      mv \(machines)/db1 \(machines)/.db1-is-down
      """)
  }

  private func expectPlanted(_ fleet: DemoFleet) async throws {
    let open = try await fleet.findings()
    func only(_ source: String, _ target: String, _ subject: String) throws -> JSON {
      try #require(
        open.first {
          $0["source"]?.string == source && $0["target"]?.string == target && $0["aspect"] == "drift"
            && $0["subject"]?.string?.contains(subject) == true
        }, "\(source) \(target) \(subject) is not among the findings")
    }
    let sshd = try only("site", "web1", "sshd_config")
    #expect(sshd["kind"] == "changed")
    let lines = sshd["delta"]?.array?.first { $0["path"] == "/content" }?["diff"]?.array ?? []
    #expect(lines.contains("-PermitRootLogin no") && lines.contains("+PermitRootLogin yes"))
    let shadow = try only("site", "web2", "shadow")
    #expect(shadow["delta"] == [["path": "/mode", "desired": "0640", "observed": "0644"]])
    #expect(try only("network", "default", "firewall[\"db\"]")["kind"] == "missing")
    let balancer = try only("network", "default", "load_balancer")
    #expect(balancer["kind"] == "changed" && balancer["cause"] == "world")
    #expect(try only("network", "default", "vpn_key")["delta"]?[0]?["observed"]?["redacted"] != nil)
    let package = try only("hosts", "web2", "/packages")
    #expect(package["delta"] == [["path": "/packages/netcat-openbsd", "observed": "1.219-1"]])
    #expect(open.contains { $0["source"] == "site" && $0["target"] == "db1" && has("unreachable", $0) })
    #expect(open.contains { $0["source"] == "hosts" && $0["target"] == "db1" && has("not-reported", $0) })
    #expect(open.count { $0["aspect"] == "drift" } == 6)
    let diff = try await fleet.git("diff", "drift/desired", "drift/observed", "--", "web1")
    #expect(diff.contains("-  PermitRootLogin no") && diff.contains("+  PermitRootLogin yes"))
  }

  /// Whatever happened, it is one sound, signed history without a secret in it.
  private func expectSoundHistory(_ fleet: DemoFleet) async throws {
    #expect(try await fleet.git("fsck", "--strict", "--no-dangling").isEmpty)
    let signatures = try await fleet.git("log", "--format=%G? %GS", "main").split(separator: "\n")
    #expect(signatures.allSatisfy { $0.hasPrefix("G ") }, "\(signatures)")
    #expect(Set(signatures) == ["G engine", "G admin", "G operator"])
    let objects = try await fleet.git("cat-file", "--batch-all-objects", "--batch")
    for secret in [fleet.secret, "correct-horse-battery"] { #expect(!objects.contains(secret)) }
    #expect(try await fleet.git("status", "--porcelain").isEmpty)
    try await fleet.expect(0, "doctor")
  }

  private func has(_ reason: String, _ finding: JSON) -> Bool {
    finding["delta"]?.array?.contains { $0["unobserved"]?.string == reason } == true
  }
}
