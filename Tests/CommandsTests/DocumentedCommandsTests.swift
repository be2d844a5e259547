import ArgumentParser
import Foundation
import Testing

@testable import Commands

/// Every command line of praxis that README, the docs and the ADRs show is taken by the parser of the program.
@Suite struct DocumentedCommandsTests {
  private static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// What the words in capitals stand for.
  private static let placeholders = [
    "SOURCE": "site", "TARGET": "web1", "FINDING": "f-jbzep590ccz3", "ID": "f-jbzep590ccz3",
    "PROPOSAL": "p-p7enwy1qxknv", "$PRAXIS_PROPOSAL": "p-p7enwy1qxknv", "$JOB": "deploy/42", "DATE": "2027-01-01",
    "COMMIT": String(repeating: "0", count: 40),
    "sha256:": "sha256:\(String(repeating: "0", count: 64))",
  ]

  struct Line: CustomStringConvertible {
    var file: String
    var words: [String]
    var description: String { "\(file): praxis \(words.joined(separator: " "))" }
  }

  private static func words(of text: Substring) -> [String] {
    var words: [String] = []
    for match in text.matches(of: /"([^"]*)"|\S+/) {
      let word = match.output.1.map(String.init) ?? String(match.output.0)
      if ["|", ">", "&&", ";"].contains(word) { break }
      let plain = word.trimmingCharacters(in: CharacterSet(charactersIn: "…,"))
      if !plain.isEmpty { words.append(placeholders[plain] ?? plain) }
    }
    return words
  }

  private static func pages() throws -> [String] {
    let pages = try ["docs", "docs/adr"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: package.appending(path: folder).path()).sorted()
        .filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
    }
    return ["README.md", "CONTRIBUTING.md"] + pages
  }

  static func lines() throws -> [Line] {
    try pages().flatMap { file in
      let text = try String(contentsOf: package.appending(path: file), encoding: .utf8)
      var found: [Line] = []
      // In a block, what stands behind two blanks is said about the line; a command can stand behind another one, or be sent elsewhere.
      for match in text.matches(of: /(?m)^(?: {4,}|\$ )(?:\$ )?(?:[^`\n]*(?:&& |- ssh \S+ ))?praxis ((?:\S| (?! ))+)/) {
        found.append(Line(file: file, words: words(of: match.output.1)))
      }
      for match in text.matches(of: /`praxis ([a-z][^`]*)`/) {
        found.append(Line(file: file, words: words(of: match.output.1)))
      }
      return found
    }
  }

  @Test func `every command line in README and docs is one that praxis takes`() async throws {
    let lines = try Self.lines()
    #expect(lines.count > 50)
    for line in lines {
      // A command that is only named has none of its words.
      let isNamed =
        line.words.allSatisfy { $0.first?.isLetter == true && $0 == $0.lowercased() } && line.words.count < 3
      let words = isNamed ? line.words + ["--help"] : GlobalOptions.behindTheCommand(line.words)
      do {
        _ = try await PraxisCommand.asyncParseAsRoot(words)
      } catch {
        let said = PraxisCommand.message(for: error)
        #expect(PraxisCommand.exitCode(for: error) == .success, "\(line): \(said)")
        // The help of the whole is what an unknown command gets.
        #expect(!isNamed || said.contains("praxis \(line.words.joined(separator: " "))"), "\(line): \(said)")
      }
    }
  }

  @Test func `every file of the project that README and docs name is there`() throws {
    var count = 0
    for page in try Self.pages() {
      let text = try String(contentsOf: Self.package.appending(path: page), encoding: .utf8)
      for match in text.matches(of: /(?:Sources|Tests|templates)\/[\w+\/-]+(?:\.\w+)?(?![\w*])/) {
        count += 1
        let path = Self.package.appending(path: String(match.output)).path()
        #expect(FileManager.default.fileExists(atPath: path), "\(page): \(match.output)")
      }
    }
    #expect(count > 10)
  }
}
