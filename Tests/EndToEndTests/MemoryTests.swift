import Facts
import Foundation
import StrictJSON
import Testing

/// What a host remembers of a history, in however many clones it has it.
@Suite struct MemoryTests {
  private static func memory(of fleet: SmallFleet) throws -> String {
    let folder = "\(fleet.path)/home/seen"
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
    return "\(folder)/\(try #require(names.first))"
  }

  private static func read(_ path: String) throws -> JSON {
    try JSON(parsing: Array(Data(contentsOf: URL(filePath: path))))
  }

  @Test func `two clones of one history work on one host, and the one that is behind says so`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    let clone = "\(fleet.path)/clone"
    try await fleet.git("clone", "--quiet", "\(fleet.path)/state", clone)
    try await fleet.expect(0, "status", "--repo", clone)
    try await fleet.expect(0, "scan")
    let newest = try await fleet.git("rev-parse", "main")
    // What is known there is older than what this host knows.
    let behind = try await fleet.expect(3, "status", "--repo", clone)
    #expect(behind.errors.contains("(behind)") && behind.errors.contains(newest))
    try await fleet.expect(3, "findings", "--repo", clone)
    let audit = try await fleet.expect(4, "audit", "--repo", clone)
    #expect(audit.errors.contains(newest) && audit.errors.contains("(behind)"))
    let adopt = try await fleet.expect(4, "trust", "adopt", "--repo", clone)
    #expect(adopt.errors.contains("(remembered)"))
    // Both take turns, as long as each has what the other recorded.
    for _ in 1...2 {
      try await fleet.git("-C", clone, "pull", "--quiet", "--ff-only")
      try await fleet.expect(0, "scan", "--repo", clone)
      let behind = try await fleet.expect(3, "status")
      #expect(behind.errors.contains("(behind)"))
      try await fleet.git("pull", "--quiet", "--ff-only", clone, "main")
      try await fleet.expect(0, "scan")
    }
    try await fleet.expect(0, "audit")
    // One that went back is another matter, in whichever clone.
    try await fleet.git("-C", clone, "reset", "--quiet", "--hard", "HEAD~1")
    let back = try await fleet.expect(4, "status", "--repo", clone)
    #expect(back.errors.contains("(rewound)"))
  }

  @Test func `every command that takes a time for now raises the clock's floor`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    let path = try Self.memory(of: fleet)
    let commands: [[String]] = [
      ["status"], ["findings"], ["review"], ["history", "*"], ["show", "f-000000000000"], ["audit"], ["doctor"],
      ["source", "check"],
      ["trust", "show"], ["explain", "behind"],
    ]
    for words in commands {
      let before = try #require(Self.read(path)["clockFloor"]?.string)
      _ = try await execute(fleet.program, words, environment: fleet.environment, in: fleet.path)
      let after = try #require(Self.read(path)["clockFloor"]?.string)
      if words[0] == "explain" { #expect(after == before) } else { #expect(after > before, "\(words)") }
    }
    // A clock that is behind what any of them saw is noticed, and the floor stays.
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let floor = try #require(Self.read(path)["clockFloor"]?.string)
    let later = "2999" + floor.dropFirst(4)
    try fleet.write(text.replacing(floor, with: later), to: "home/seen/\(URL(filePath: path).lastPathComponent)")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    for words in [["status"], ["scan"]] {
      let said = try await execute(fleet.program, words, environment: fleet.environment, in: fleet.path)
      #expect(said.code == 4 && said.errors.contains("clock-went-back"), "\(said.errors)")
    }
    #expect(try Self.read(path)["clockFloor"]?.string == later)
  }

  @Test func `a memory that cannot be read closes every answer, and only one that is not there is none`() async throws {
    let fleet = try await SmallFleet()
    try await fleet.bless("web1")
    let path = try Self.memory(of: fleet)
    let good = try Data(contentsOf: URL(filePath: path))
    let manager = FileManager.default
    let damages: [(String, () throws -> Void)] = [
      ("file-is-link", { try manager.createSymbolicLink(atPath: path, withDestinationPath: "\(fleet.path)/nowhere") }),
      ("file-is-special", { try manager.createDirectory(atPath: path, withIntermediateDirectories: false) }),
      ("file-malformed", { try fleet.write("x", to: "home/seen/\(URL(filePath: path).lastPathComponent)") }),
    ]
    for (code, damage) in damages {
      try manager.removeItem(atPath: path)
      try damage()
      if code == "file-malformed" { try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path) }
      for words in [["status"], ["findings"], ["audit"], ["trust", "adopt"]] {
        let said = try await execute(fleet.program, words, environment: fleet.environment, in: fleet.path)
        #expect(said.code == 4 && said.errors.contains("(\(code))"), "\(words): \(said.errors)")
        #expect(!said.output.hasPrefix("in sync"), "\(words): \(said.output)")
      }
      let told = try await fleet.expect(4, "findings", "--json")
      #expect(try JSON(parsing: Array(told.errors.utf8))["code"]?.string == code)
    }
    try manager.removeItem(atPath: path)
    let none = try await fleet.expect(0, "status")
    #expect(none.errors.contains("no rollback protection"))
    try await fleet.expect(0, "audit")
    try good.write(to: URL(filePath: path))
    try manager.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    try await fleet.expect(0, "status")
  }
}
