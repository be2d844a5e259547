import Foundation
import Testing

/// That docs/traps.md and docs/attacks.md name tests and recorded runs that are there.
@Suite struct TrapsTableTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func testNames() throws -> Set<String> {
    let tests = root.appending(path: "Tests")
    let walker = try #require(FileManager.default.enumerator(atPath: tests.path()))
    var names: Set<String> = []
    for case let path as String in walker where path.hasSuffix("Tests.swift") {
      let text = try String(contentsOf: tests.appending(path: path), encoding: .utf8)
      for match in text.matches(of: /func\s+`([^`]+)`/) { names.insert(String(match.output.1)) }
    }
    return names
  }

  @Test func `every attack of the table has tests, and they are there`() throws {
    let names = try Self.testNames()
    let page = try String(contentsOf: Self.root.appending(path: "docs/attacks.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| T") }
    #expect(rows.count == 38)
    for (index, row) in rows.enumerated() {
      let cells = row.dropFirst(2).dropLast(2).split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count == 4, "\(row)")
      #expect(cells[0] == "T\(index + 1)")
    }
    let all = page.split(separator: "\n").filter { $0.hasPrefix("| ") && !$0.hasSuffix("| tests |") }
    #expect(all.count > rows.count)
    for row in all {
      let cell = try #require(row.dropLast(2).split(separator: "|").last)
      for name in cell.split(separator: ";").map({ $0.trimmingCharacters(in: .whitespaces) }) {
        #expect(names.contains(name), "there is no test: \(name)")
      }
    }
  }

  @Test func `every test and every recorded run that the table of traps names is there`() throws {
    let tests = Self.root.appending(path: "Tests")
    let names = try Self.testNames()
    var cases: Set<String> = []
    for folder in ["tofu", "ansible", "snapshot"] {
      for name in try FileManager.default.contentsOfDirectory(
        atPath: tests.appending(path: "Fixtures/\(folder)").path())
      { cases.insert("\(folder)/\(name)") }
    }
    let page = try String(contentsOf: Self.root.appending(path: "docs/traps.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter {
      $0.hasPrefix("| ") && !$0.hasPrefix("| trap ") && $0.hasSuffix(" |")
    }
    #expect(rows.count > 80)
    for row in rows {
      let cell = try #require(row.dropLast(2).split(separator: "|").last)
      for part in cell.split(separator: ";") {
        let part = part.trimmingCharacters(in: .whitespaces)
        guard part.hasPrefix("`") else {
          #expect(names.contains(part), "there is no test: \(part)")
          continue
        }
        for name in part.split(separator: ",").map({ $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }) {
          let ends = name.split(separator: "*", omittingEmptySubsequences: false)
          let isThere = cases.contains {
            ends.count == 1 ? $0 == name : $0.hasPrefix(ends[0]) && $0.hasSuffix(ends[ends.count - 1])
          }
          #expect(isThere, "there is no recorded run: \(name)")
        }
      }
    }
  }
}
