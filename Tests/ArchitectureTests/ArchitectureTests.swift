import Foundation
import Testing

/// The rules, held against every source file of the package.
struct ArchitectureTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private func swiftFiles() throws -> [(path: String, text: String)] {
    let sources = Self.root.appending(path: "Sources")
    let walker = try #require(FileManager.default.enumerator(atPath: sources.path()))
    var files: [(String, String)] = []
    for case let path as String in walker where path.hasSuffix(".swift") {
      files.append(
        ("Sources/\(path)", try String(contentsOf: sources.appending(path: path), encoding: .utf8)))
    }
    return files
  }

  @Test func `every source file keeps the rules of its target`() throws {
    let files = try swiftFiles()
    #expect(files.count > 100, "the sources were not found")
    for (path, text) in files {
      for violation in SourceRules.violations(in: text, at: path) { Issue.record("\(violation)") }
    }
  }

  @Test func `every folder of Sources is in the table`() throws {
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appending(path: "Sources").path())
    let known = Set(SourceRules.imports.keys).union(SourceRules.systemLibraries)
    #expect(Set(folders.filter { !$0.hasPrefix(".") }).subtracting(known).isEmpty)
    for library in SourceRules.systemLibraries {
      #expect(try !swiftFiles().contains { $0.path.hasPrefix("Sources/\(library)/") })
    }
  }

  @Test func `no command has a word that would get around the gate`() throws {
    let words = ["force", "skip", "noverify", "nohook", "unsafe", "insecure", "bypass", "trustall", "assume", "yes"]
    let option = #/@(?:Flag|Option)\b[^@]*?var `?([A-Za-z]+)/#
    var count = 0
    for (path, text) in try swiftFiles() where path.hasPrefix("Sources/Commands/") {
      for match in text.matches(of: option) {
        count += 1
        let name = String(match.output.1)
        #expect(!words.contains { name.lowercased().hasPrefix($0) }, "\(path): \(name)")
      }
    }
    #expect(count > 30, "the options were not found")
  }

  @Test func `the table itself holds what the design forbids`() {
    let table = SourceRules.imports
    func importers(of module: String) -> Set<String> { Set(table.filter { $0.value.contains(module) }.keys) }
    #expect(importers(of: "CLibgit2") == ["Git"])
    #expect(importers(of: "CDeflate") == ["Git"])
    #expect(importers(of: "Subprocess") == ["Processes"])
    #expect(importers(of: "Yams") == ["StrictYAML"])
    #expect(importers(of: "Foundation").isSubset(of: ["Bench", "Commands", "Index"]))
    #expect(table["StrictJSON"] == ["Failures"])
    #expect(table["Facts"] == ["Crypto", "Failures", "StrictJSON"])
    #expect(table["Diff"] == ["Facts", "Failures", "StrictJSON"])
    #expect(importers(of: "OpenTofu") == ["Engine"] && importers(of: "Ansible") == ["Engine", "Snapshots"])
    for authority in ["Observe", "OpenTofu", "Ansible", "Snapshots"] {
      #expect(table[authority]?.isDisjoint(with: ["Gate", "Converge", "StateRepository"]) == true)
    }
    #expect(importers(of: "Converge") == ["Commands", "Engine"])
  }
}

/// That each rule fails where it is broken.
struct SourceRulesTests {
  private func found(_ text: String, in target: String = "Observe") -> [String] {
    SourceRules.violations(in: text, at: "Sources/\(target)/Some.swift")
  }

  @Test(arguments: [
    ("Diff", "import Foundation"), ("Facts", "import Foundation"), ("Facts", "import Glibc"),
    ("Observe", "import Gate"),
    ("Observe", "import Converge"), ("Diff", "import StateRepository"), ("Gate", "import Yams"),
    ("Report", "import CLibgit2"), ("Commands", "import Subprocess"), ("praxis", "import Facts"),
    ("Diff", "public import Foundation"), ("Diff", "@testable import Git"),
    ("Diff", "@preconcurrency public import Git"),
    ("Diff", "import struct Foundation.Date"), ("Diff", "import Foundation.NSDate"),
    ("Diff", "  import   Foundation"),
    ("Diff", "import Facts; import Foundation"), ("Diff", "import Foundation // for a reason"),
  ])
  func `an import that the table does not have is found`(target: String, line: String) {
    let text = "import Facts\n\(line)\n"
    let violations = SourceRules.violations(
      in: target == "praxis" ? line : text, at: "Sources/\(target)/A.swift")
    #expect(violations.contains { $0.contains("must not import") })
  }

  @Test func `what is allowed passes`() {
    #expect(found("import Facts\nimport Synchronization\n\n/// What it is.\npackage struct Plan {}\n").isEmpty)
    #expect(found("// import Gate\nlet important = 1\n/// import Foundation\n").isEmpty)
    #expect(found("let address = \"https://example.org/import Gate\"\n").isEmpty)
    #expect(
      SourceRules.violations(in: "import Commands\n\nprint(1)\n", at: "Sources/praxis/main.swift").isEmpty)
  }

  @Test func `a target that the table does not know is found`() {
    #expect(found("import Facts\n", in: "Extras").count == 1)
    #expect(SourceRules.violations(in: "", at: "Elsewhere/A.swift").count == 1)
  }

  @Test(arguments: [
    "print(text)", "  print(\"x\", terminator: \"\")", "debugPrint(x)", "fputs(text, stdout)", "putchar(1)",
    "dump(x)",
    "FileHandle.standardOutput.write(data)", "write(STDOUT_FILENO, p, n)", "Swift.print (x);print(x)",
  ])
  func `printing outside Commands is found`(line: String) {
    #expect(found(line) == ["Sources/Observe/Some.swift:1: only Commands and praxis print"])
    #expect(SourceRules.violations(in: line, at: "Sources/Commands/A.swift").isEmpty)
  }

  @Test func `an authority that is named outside of its own places is found`() throws {
    let table = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/Facts/Authorities/AuthorityConfiguration.swift")
    let kinds = try String(contentsOf: table, encoding: .utf8).prefix { $0 != "}" }
      .matches(of: /\n  case (\w+)/).map(\.output.1)
    #expect(kinds.count > 2)
    for kind in kinds {
      for line in ["case .\(kind): 1", "if a == AuthorityKind.\(kind) {", "guard a.rawValue == \"\(kind)\" else {"] {
        #expect(found(line).count == 1, "\(line)")
        #expect(SourceRules.violations(in: line, at: "Sources/Facts/Authorities/A.swift").isEmpty)
      }
    }
    #expect(found("let folder = \"\\(home)/.ansible/tmp\" // of .ansible").isEmpty)
  }

  @Test func `names that end in print are no printing`() {
    #expect(found("let digest = fingerprint(of: key)\nkey.print(to: page)\nfputs(text, stderr)\n").isEmpty)
  }

  @Test(arguments: ["let f = FileManager.default", "let p = Process()"], ["Facts", "Diff", "Gate"])
  func `the disk and processes are out of reach of Facts, Diff and Gate`(line: String, target: String) {
    #expect(found(line, in: target).count == 1)
    #expect(found("let p = RunProcess()", in: target).isEmpty)
  }

  @Test(arguments: [
    "struct KeyManager {", "final class RunHelper {", "package enum TextUtils {", "actor StateManager {",
  ])
  func `names that say nothing are found`(line: String) {
    #expect(found("/// x\n\(line)\n").count == 1)
    #expect(found("/// x\nstruct Managed {}\n").isEmpty)
  }

  @Test func `a file that is too long is found`() {
    #expect(found(String(repeating: "\n", count: 500)).isEmpty)
    #expect(found(String(repeating: "\n", count: 501)).count == 1)
  }

  @Test(arguments: [
    "package struct A {}", "package final class A {}", "package func a() {}", "@frozen\npackage enum A {}",
    "// not one\npackage struct A {}", "/// too far\n\npackage struct A {}",
  ])
  func `a shared type without documentation is found`(text: String) {
    #expect(found(text).count == 1)
  }

  @Test func `nothing is public, for nothing is used outside of the package`() {
    #expect(found("/// What it is.\npackage struct A {\n  public var b = 1\n}\n").count == 1)
  }

  @Test func `a shared type with documentation passes`() {
    #expect(found("/// What it is.\npackage struct A {\n  package var b = 1\n}\n").isEmpty)
    #expect(found("/// What it is.\n@frozen\npackage struct A {}\n").isEmpty)
    #expect(found("package extension A {}\nstruct B {}\n").isEmpty)
  }
}
