import Foundation
import Testing

/// What ssh-keygen is asked about lies in scratch files for the time of the question.
@Suite struct TemporaryFolderTests {
  @Test
  func
    `scratch files lie where TMPDIR says, are gone afterwards, and are made nowhere that others could exchange them`()
    async throws
  {
    let fleet = try await SmallFleet()
    func scan(in folder: String, mode: Int) async throws -> Said {
      let path = "\(fleet.path)/\(folder)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
      let environment = fleet.environment.merging(["TMPDIR": path]) { _, own in own }
      let said = try await execute(fleet.program, ["scan"], environment: environment, in: fleet.path)
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).isEmpty)
      return said
    }
    #expect(try await scan(in: "own", mode: 0o700).code == 3)
    #expect(try await scan(in: "sticky", mode: 0o1777).code == 3)
    let refused = try await scan(in: "open", mode: 0o777)
    #expect(![0, 2, 3].contains(refused.code) && refused.errors.contains("chmod go-w"), "\(refused.errors)")
  }

  @Test func `what a killed process left is removed, and what another one uses is not`() async throws {
    let fleet = try await SmallFleet()
    let folder = "\(fleet.path)/scratch"
    func make(_ name: String) throws -> String {
      let path = "\(folder)/\(name)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try Data("a key".utf8).write(to: URL(filePath: "\(path)/new"))
      return path
    }
    let left = try make(".praxis-a1B2c3")
    let used = try make(".praxis-d4E5f6")
    let others = try make(".praxis-of-another-kind")
    let elsewhere = try make("elsewhere")
    try FileManager.default.createSymbolicLink(atPath: "\(folder)/.praxis-g7H8i9", withDestinationPath: elsewhere)
    let lock = open(used, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(lock) }
    try #require(flock(lock, LOCK_EX | LOCK_NB) == 0)
    let environment = fleet.environment.merging(["TMPDIR": folder]) { _, own in own }
    #expect(try await execute(fleet.program, ["scan"], environment: environment, in: fleet.path).code == 3)
    #expect(!FileManager.default.fileExists(atPath: left))
    for path in [used, others, elsewhere] { #expect(FileManager.default.fileExists(atPath: "\(path)/new")) }
  }
}
