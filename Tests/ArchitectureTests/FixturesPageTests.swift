import Foundation
import Testing

/// Tests/Fixtures/README.md says of every recorded run how it was recorded, and of `record` what it can record again.
@Suite struct FixturesPageTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures")

  /// The patterns of the first column with the last one, in their order.
  private static func rows() throws -> [(patterns: [String], again: String)] {
    try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8).split(separator: "\n").compactMap {
      let cells = $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard $0.hasPrefix("| `"), cells.count == 3 else { return nil }
      return (cells[0].matches(of: /`([^`]+)`/).map { String($0.output.1) }, cells[2])
    }
  }

  private static func cases() throws -> [String] {
    let names = try ["ansible", "hostile", "tofu", "snapshot"].flatMap { folder in
      try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path())
        .filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
    }
    return (names + ["first-texts"]).sorted()
  }

  private static func fits(_ name: String, _ pattern: String) -> Bool { fnmatch(pattern, name, 0) == 0 }

  @Test func `how each fixture was recorded is told, and of none that is not there`() throws {
    let patterns = try Self.rows().flatMap(\.patterns)
    let cases = try Self.cases()
    #expect(cases.count > 150)
    for name in cases { #expect(patterns.contains { Self.fits(name, $0) }, "\(name) is not in README.md") }
    for pattern in patterns { #expect(cases.contains { Self.fits($0, pattern) }, "\(pattern) fits no fixture") }
  }

  @Test func `what the page says that record can record is what it knows`() throws {
    let script = try String(contentsOf: Self.root.appending(path: "record"), encoding: .utf8)
    let known = script.matches(of: /(?m)^    "([a-z-]+)": \(/).map { String($0.output.1) }
    let told = try Self.rows().filter { $0.again.hasPrefix("by `record`") }.flatMap(\.patterns)
    #expect(Set(known.map { "ansible/own-2*-\($0)" } + known.map { "tofu/\($0)" }).isSuperset(of: told))
    #expect(known.count == told.count)
  }
}
