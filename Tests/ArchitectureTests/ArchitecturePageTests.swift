import Foundation
import Testing

/// That docs/architecture.md speaks of the house as it is.
@Suite struct ArchitecturePageTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func page() throws -> String {
    try String(contentsOf: Self.root.appending(path: "docs/architecture.md"), encoding: .utf8)
  }

  @Test func `the picture has every target, above what it imports`() throws {
    let picture = try page().split(separator: "\n").filter { $0.hasPrefix("    ") }
    let names = picture.compactMap { $0.split(separator: " ").first.map(String.init) }
    #expect(Set(names) == Set(SourceRules.imports.keys).subtracting(["Bench"]) && Set(names).count == names.count)
    for (place, name) in names.enumerated() {
      for imported in SourceRules.imports[name] ?? [] {
        if let other = names.firstIndex(of: imported) { #expect(other > place, "\(name) imports \(imported)") }
      }
    }
  }

  @Test func `every type and function that the page names is there`() throws {
    let sources = Self.root.appending(path: "Sources")
    let walker = try #require(FileManager.default.enumerator(atPath: sources.path()))
    var words: Set<Substring> = []
    for case let path as String in walker where path.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appending(path: path), encoding: .utf8)
      words.formUnion(text.split { !$0.isLetter && !$0.isNumber })
    }
    let page = try page()
    let named = page.matches(of: /`([A-Z]\w+(?:\.\w+)?)`/).map(\.output.1)
    #expect(named.count > 20)
    for name in named {
      for part in name.split(separator: ".") { #expect(words.contains(part), "\(name)") }
    }
  }
}
