import Foundation
import Testing

/// What a source's programs are found as, and what stays of what they wrote.
@Suite struct SourceProgramTests {
  @Test func `doctor and source check show the program that a scan runs, and miss the one that a scan misses`()
    async throws
  {
    let fleet = try await SnapshotFleet()
    try await fleet.expect(3, "scan")
    for (folder, word) in [("one", "1"), ("two", "2")] {
      try write(
        "#!/bin/sh\necho '{\"target\":\"box\",\"facts\":{\"from\":\"\(word)\"}}'\n", "\(folder)/collect", 0o755, fleet)
    }
    try write("not to be executed\n", "three/collect", 0o644, fleet)
    let ways: [(name: String, command: String, path: String?, program: String?)] = [
      ("set-path", "collect", "\(fleet.path)/two:/usr/bin:/bin", "two/collect"),
      ("relative", "./one/collect", nil, "one/collect"),
      ("absolute", "\(fleet.path)/two/collect", nil, "two/collect"),
      ("no-program", "three/collect", nil, nil),
      ("not-on-path", "collect", nil, nil),
    ]
    for way in ways {
      let variables = way.path.map { ["--set-environment", "PATH=\($0)"] } ?? []
      let added = try await execute(
        Tools.praxis(),
        ["source", "add", way.name, "--authority", "snapshot", "--directory", fleet.path] + variables
          + ["--command", way.command], environment: fleet.environment, in: fleet.path)
      try #require(added.code == 0, "\(added.errors)")
    }
    let check = try await fleet.expect(1, "source", "check").output.split(separator: "\n")
    let doctor = try await fleet.expect(1, "doctor").output.split(separator: "\n")
    for way in ways {
      for lines in [check, doctor] {
        let line = try #require(lines.first { $0.contains("\(way.name): program") })
        #expect(line.contains(way.program.map { "/\($0)" } ?? "can be executed"), "\(line)")
      }
      let scan = try await execute(
        Tools.praxis(), ["scan", way.name], environment: fleet.environment, in: fleet.path)
      #expect((scan.code == 3) == (way.program != nil), "\(way.name): \(scan.code) \(scan.errors)")
      #expect(scan.errors.contains("can be executed") == (way.program == nil), "\(way.name): \(scan.errors)")
    }
  }

  @Test func `raw output is kept for the engine's user alone, and not at all where the source says so`() async throws {
    let fleet = try await SnapshotFleet()
    let added = try await execute(
      Tools.praxis(),
      [
        "source", "add", "quiet", "--authority", "snapshot", "--directory", fleet.path, "--without-evidence",
        "--command", "/bin/sh", "-c", #"cat "$0"/said"#, fleet.path,
      ], environment: fleet.environment, in: fleet.path)
    try #require(added.code == 0, "\(added.errors)")
    try write(
      #"{"target":"box","facts":{"canary":"c4n4ry-in-clear","api_token":"t0k3n-in-clear"}}"# + "\n", "said", 0o644,
      fleet)
    try await fleet.expect(3, "scan")
    #expect(try files(fleet).count(where: { $0.contains("/hosts/evidence/") }) > 0)
    #expect(!(try files(fleet).contains { $0.contains("/quiet/evidence/") }))
    for file in try files(fleet) {
      let bytes = try Data(contentsOf: URL(filePath: file))
      #expect(bytes.range(of: Data("t0k3n-in-clear".utf8)) == nil, "\(file)")
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
      #expect((mode ?? 0o777) & 0o077 == 0 || !file.contains("/evidence/"), "\(file)")
    }
    try write("no facts, t0k3n-in-clear", "said", 0o644, fleet)
    try await fleet.expect(3, "scan", "quiet")
    #expect(!(try files(fleet).contains { $0.contains("/quiet/evidence/") }))
  }

  @Test func `settings and a spool that cannot be read are not taken for none`() async throws {
    let fleet = try await SnapshotFleet()
    try FileManager.default.createSymbolicLink(atPath: "\(fleet.path)/ansible.cfg", withDestinationPath: "ansible.cfg")
    let added = try await execute(
      Tools.praxis(),
      [
        "source", "add", "site", "--authority", "ansible", "--directory", fleet.path, "--playbook", "site.yml",
        "--inventory", "inventory.ini", "--binary-directory", Tools.ansible(),
      ], environment: fleet.environment, in: fleet.path)
    try #require(added.code == 0, "\(added.errors)")
    let scan = try await fleet.expect(1, "scan", "site")
    #expect(scan.errors.contains("ansible.cfg cannot be read"), "\(scan.errors)")

    try FileManager.default.removeItem(atPath: "\(fleet.path)/home/spool")
    try FileManager.default.createSymbolicLink(
      atPath: "\(fleet.path)/home/spool", withDestinationPath: "\(fleet.path)/home/spool")
    let doctor = try await fleet.expect(1, "doctor").output
    #expect(doctor.contains("FAIL  the spool can be read"), "\(doctor)")
    let status = try await execute(
      Tools.praxis(), ["status"], environment: fleet.environment, in: fleet.path)
    #expect(status.code == 1 && status.errors.contains("spool"), "\(status)")
  }

  /// All that praxis keeps of its own on the engine's host.
  private func files(_ fleet: SnapshotFleet) throws -> [String] {
    let home = "\(fleet.path)/home"
    return try FileManager.default.subpathsOfDirectory(atPath: home).map { "\(home)/\($0)" }.filter {
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: $0, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  private func write(_ text: String, _ name: String, _ mode: Int, _ fleet: SnapshotFleet) throws {
    let url = URL(filePath: "\(fleet.path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: url.path)
  }
}
