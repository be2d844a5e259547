import Foundation
import Testing

/// docs/bounds.md against Sources/Failures/Bounds.swift.
@Suite struct BoundsPageTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  /// The value of each name, in bytes, seconds or a count.
  private static func declared() throws -> [String: Int] {
    var found: [String: Int] = [:]
    for match in try text("Sources/Failures/Bounds.swift").matches(
      of: /(\w+)(?:: Int64)? = ([0-9_]+)(?: << ([0-9]+))?/)
    {
      let number = Int(match.2.filter { $0 != "_" })!
      found[String(match.1)] = number << (match.3.flatMap { Int($0) } ?? 0)
    }
    return found
  }

  private static func documented() throws -> [String: Int] {
    var found: [String: Int] = [:]
    let units = ["KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]
    for line in try text("docs/bounds.md").split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      let names = cells[0].split(separator: ", ").map { $0.trimmingCharacters(in: ["`"]) }
      let values = cells[1].split(separator: ", ").map { value in
        let words = value.split(separator: " ")
        return Int(words[0])! * (words.count > 1 ? units[String(words[1])] ?? 1 : 1)
      }
      try #require(names.count == values.count, "\(line)")
      found.merge(zip(names, values)) { $1 }
    }
    return found
  }

  @Test func `the page names each bound with its value, and no other`() throws {
    let declared = try Self.declared()
    #expect(declared.count > 25)
    #expect(try Self.documented() == declared)
  }

  /// A number in place of a name is a bound that the page does not have.
  @Test func `no reader has a bound of its own beside what it knows the size of`() throws {
    let walker = try #require(FileManager.default.enumerator(atPath: Self.root.appending(path: "Sources").path()))
    for case let path as String in walker where path.hasSuffix(".swift") && !path.hasPrefix("Bench/") {
      for match in try Self.text("Sources/\(path)").matches(
        of: /(?:limit|timeLimit|maximumBytes): (?:[0-9_]+ (?:<<|\*) [0-9_]+|\.seconds\([0-9_]+\))/)
      {
        #expect(path == "Processes/Sandbox.swift", "\(path): \(match.0)")
      }
    }
  }
}
