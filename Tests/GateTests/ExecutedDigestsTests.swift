import Facts
import Foundation
import Git
import Testing

@testable import Gate

@Suite struct ExecutedDigestsTests {
  private static let introduction = ObjectID(hex: String(repeating: "a", count: 40))!

  @Test func `what was added stays, in a file for its owner alone`() throws {
    let scratch = try Scratch()
    let executed = ExecutedDigests(folder: scratch.path, introduction: Self.introduction)
    #expect(try executed.read().isEmpty)
    try executed.add(Digest(of: [1]))
    try executed.add(Digest(of: [2]))
    try executed.add(Digest(of: [1]))
    #expect(try executed.read() == [Digest(of: [1]), Digest(of: [2])])
    let attributes = try FileManager.default.attributesOfItem(atPath: executed.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["\(Self.introduction).json"])
  }

  @Test func `a list of another history, or one that is not a list, is refused and never extended`() async throws {
    let scratch = try Scratch()
    let executed = ExecutedDigests(folder: scratch.path, introduction: Self.introduction)
    try executed.add(Digest(of: [1]))
    let good = try scratch.text("\(Self.introduction).json")
    let edits: [(String, String)] = [
      ("praxis.executed/1", "praxis.executed/2"), (Self.introduction.hex, String(repeating: "b", count: 40)),
      (Digest(of: [1]).text, "sha256:1"), ("\"format\"", "\"more\": 1, \"format\""),
    ]
    for (old, new) in edits {
      let other = good.replacingOccurrences(of: old, with: new)
      #expect(other != good)
      try scratch.write(other, to: "\(Self.introduction).json")
      await expect(.fileMalformed) { _ = try executed.read() }
      await expect(.fileMalformed) { try executed.add(Digest(of: [2])) }
      #expect(try scratch.text("\(Self.introduction).json") == other)
    }
  }

  @Test func `a list that others can read or write is refused, and not taken for none`() async throws {
    let scratch = try Scratch()
    let executed = ExecutedDigests(folder: scratch.path, introduction: Self.introduction)
    try executed.add(Digest(of: [1]))
    let name = "\(Self.introduction).json"
    try scratch.write(scratch.read(name), to: name, mode: 0o666)
    await expect(.filePermissions) { _ = try executed.read() }
    await expect(.filePermissions) { try executed.add(Digest(of: [2])) }
  }

  @Test func `a list that cannot be written adds nothing, and says so`() async throws {
    let scratch = try Scratch()
    let executed = ExecutedDigests(folder: scratch.file("nowhere"), introduction: Self.introduction)
    await expect(.fileFailed) { try executed.add(Digest(of: [1])) }
  }
}
