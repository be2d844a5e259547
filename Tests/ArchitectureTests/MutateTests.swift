import Foundation
import Testing

/// That Tests/mutate finds what it is there for.
@Suite struct MutateTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private struct Place {
    var file: String
    var line: Int
    var text: String
  }

  private static let places = Result { try list() }

  /// What `Tests/mutate --list` says: `FILE:LINE: KIND: TEXT` for each.
  private static func list() throws -> [Place] {
    let process = Process()
    let output = Pipe()
    process.executableURL = root.appending(path: "Tests/mutate")
    process.arguments = ["--list"]
    process.standardOutput = output
    try process.run()
    let told = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return try String(decoding: told, as: UTF8.self).split(separator: "\n").map { line in
      let parts = line.split(separator: ":", maxSplits: 3)
      try #require(parts.count == 4, "\(line)")
      return Place(file: String(parts[0]), line: try #require(Int(parts[1])), text: String(parts[3].dropFirst()))
    }
  }

  private static func lines(of file: String) throws -> [String] {
    try String(contentsOf: root.appending(path: file), encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
  }

  @Test func `Tests/mutate finds refusals in the gate, the audit, the hooks and coverage, each where it says`() throws {
    let places = try Self.places.get()
    for (folder, least) in [
      "Sources/Gate": 450, "Sources/Audit": 120, "Sources/Converge": 60, "Sources/Engine": 150, "Sources/Files": 35,
      "Sources/Diff": 120, "Sources/Observe": 90, "Sources/Ansible": 250, "Sources/OpenTofu": 200,
      "hooks/pre-execute": 250, "hooks/pre-receive": 250,
    ] {
      #expect(places.count { $0.file.hasPrefix(folder) } >= least, "\(folder)")
    }
    for (file, found) in Dictionary(grouping: places, by: \.file) {
      let lines = try Self.lines(of: file)
      for place in found { #expect(lines[place.line - 1].contains(place.text), "\(file):\(place.line)") }
    }
  }

  @Test func `Tests/mutate finds every guard of the gate that throws`() throws {
    let places = Dictionary(grouping: try Self.places.get(), by: \.file)
    let folder = "Sources/Gate"
    var count = 0
    for name in try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path()) {
      let lines = try Self.lines(of: "\(folder)/\(name)")
      for (index, line) in lines.enumerated() where line.drop(while: { $0 == " " }).hasPrefix("throw ") {
        guard index > 0, lines[index - 1].hasSuffix("else {") else { continue }
        count += 1
        let isFound = places["\(folder)/\(name)"]?.contains { (index - 7...index).contains($0.line - 1) } ?? false
        #expect(isFound, "\(folder)/\(name):\(index + 1)")
      }
    }
    #expect(count > 100)
  }
}
