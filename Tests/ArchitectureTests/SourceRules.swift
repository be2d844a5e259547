/// What a source file may hold, by the target that it belongs to.
///
/// The table of imports is the architecture: a target earns its place by an import that it forbids.
struct SourceRules {
  /// What each target may import, itself and the standard library's own modules aside.
  static let imports: [String: Set<String>] = [
    "Failures": [],
    "Files": ["Failures", "Glibc"],
    "Git": ["CDeflate", "CLibgit2", "Crypto", "Failures", "Files", "Glibc"],
    "StrictJSON": ["Failures"],
    "Facts": ["Crypto", "Failures", "StrictJSON"],
    "Diff": ["Facts", "Failures", "StrictJSON"],
    "Processes": ["Failures", "Files", "Glibc", "Subprocess", "SystemPackage"],
    "StrictYAML": ["Failures", "Yams"],
    // HPKE takes what it binds as Foundation's Data.
    "Secrets": ["Crypto", "Facts", "FoundationEssentials", "StrictJSON"],
    "Observe": ["Facts", "Failures", "Files", "Glibc", "Processes", "Secrets", "StrictJSON"],
    "OpenTofu": ["Facts", "Failures", "Files", "Glibc", "Observe", "Processes", "Secrets", "StrictJSON"],
    "Ansible": ["Facts", "Failures", "Files", "Glibc", "Observe", "Processes", "Secrets", "StrictJSON"],
    "Snapshots": ["Ansible", "Facts", "Failures", "Files", "Glibc", "Observe", "Processes", "Secrets", "StrictJSON"],
    "StateRepository": ["Diff", "Facts", "Failures", "Files", "Git", "Glibc", "StrictJSON", "StrictYAML"],
    "Index": ["Facts", "Failures", "Foundation", "Git", "Glibc", "GRDB", "StateRepository"],
    "Gate": ["Crypto", "Diff", "Facts", "Failures", "Files", "Git", "Glibc", "Processes", "StrictJSON", "StrictYAML"],
    "Audit": ["Crypto", "Facts", "Failures", "Gate", "Git", "Glibc", "StateRepository", "StrictJSON"],
    "Converge": [
      "Diff", "Facts", "Failures", "Files", "Gate", "Git", "Glibc", "Observe", "Processes", "StateRepository",
      "StrictJSON",
    ],
    "Engine": [
      "Ansible", "Audit", "Converge", "Facts", "Failures", "Files", "Gate", "Git", "Glibc", "Index", "Observe",
      "OpenTofu", "Processes", "Secrets", "Snapshots", "StateRepository", "StrictJSON",
    ],
    "Report": ["Audit", "Engine", "Facts", "Failures", "Gate", "StrictJSON"],
    "Commands": [
      "ArgumentParser", "Audit", "Converge", "Diff", "Engine", "Facts", "Failures", "Files", "Gate", "Git", "Glibc",
      "Index", "Observe", "Processes", "Report", "StateRepository", "StrictJSON",
    ],
    "praxis": ["Commands"],
    "Bench": [
      "Audit", "Crypto", "Diff", "Facts", "Failures", "Files", "Foundation", "Gate", "Git", "Glibc", "Index",
      "StateRepository", "StrictJSON",
    ],
  ]

  /// Modules of the language that reach nothing outside the program.
  static let ofTheLanguage: Set<String> = ["Swift", "Synchronization"]

  /// Targets without Swift in them.
  static let systemLibraries: Set<String> = ["CLibgit2", "CDeflate"]

  /// Where nothing may reach the disk or start a program by Foundation's means.
  static let withoutFileManager: Set<String> = ["Facts", "StrictJSON", "Secrets", "Failures", "Diff", "Files", "Gate"]

  /// The only ones that speak to standard output.
  static let printing: Set<String> = ["Bench", "Commands", "praxis"]

  /// Where authorities are told apart: in their own targets, and where each has its entry. Everywhere else an authority is asked what it
  /// is like.
  static let tellingAuthoritiesApart = [
    "Sources/Ansible/", "Sources/OpenTofu/", "Sources/Snapshots/", "Sources/Facts/Authorities/",
    "Sources/Engine/Authorities.swift", "Sources/Report/AuthorityWords.swift", "Sources/Bench/",
  ]

  static let mostLines = 500

  /// What is wrong with one file.
  ///
  /// - Parameter path: from the package's root, `Sources/<Target>/…`.
  static func violations(in text: String, at path: String) -> [String] {
    let folders = path.split(separator: "/")
    guard folders.count >= 3, folders[0] == "Sources" else { return ["\(path): not in a target's folder"] }
    let target = String(folders[1])
    guard let allowed = imports[target] else { return ["\(path): the target \(target) is not in the table"] }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var found: [String] = []
    if lines.count > mostLines + 1 {
      found.append("\(path): \(lines.count - 1) lines, and \(mostLines) are the most")
    }
    for (index, line) in lines.enumerated() {
      let place = "\(path):\(index + 1)"
      let code = withoutComment(line)
      for module in modules(importedBy: code) where !allowed.union(ofTheLanguage).contains(module) {
        found.append("\(place): \(target) must not import \(module)")
      }
      if !printing.contains(target), printsToOutput(code) {
        found.append("\(place): only Commands and praxis print")
      }
      if withoutFileManager.contains(target), code.contains("FileManager") || holdsWord("Process(", in: code) {
        found.append("\(place): \(target) reaches neither the disk nor a process by Foundation")
      }
      if namesAuthority(code), !tellingAuthoritiesApart.contains(where: path.hasPrefix) {
        found.append("\(place): ask the authority what it is like, and not which one it is")
      }
      if let name = declaredType(in: code),
        ["Manager", "Helper", "Helpers", "Utils"].contains(where: name.hasSuffix)
      {
        found.append("\(place): \(name) says nothing; name what it is")
      }
      if isSharedType(line), !isDocumented(lines, before: index) {
        found.append("\(place): a type for other targets without a documentation comment")
      }
      if code.trimmingPrefix(while: \.isWhitespace).hasPrefix("public "), modules(importedBy: code).isEmpty {
        found.append("\(place): nothing is public; what other targets use is package")
      }
    }
    return found
  }

  /// The modules of an import line: `import X`, `public import X`, `@testable import struct X.Y`, and several by `;`.
  static func modules(importedBy code: String) -> [String] {
    let kinds: Set<String> = [
      "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
    ]
    let modifiers: Set<String> = ["public", "package", "internal", "private", "fileprivate"]
    return code.split(separator: ";").compactMap { statement in
      var words = statement.split(whereSeparator: \.isWhitespace).map(String.init)[...]
      while let first = words.first, first.hasPrefix("@") || modifiers.contains(first) {
        words = words.dropFirst()
      }
      guard words.first == "import" else { return nil }
      words = words.dropFirst()
      if let first = words.first, kinds.contains(first) { words = words.dropFirst() }
      return words.first.map { String($0.prefix { $0 != "." }) }
    }
  }

  private static func withoutComment(_ line: String) -> String {
    guard let start = line.firstRange(of: "//")?.lowerBound else { return line }
    // `//` in a text, as of an address, begins no comment.
    let quotes = line[..<start].filter { $0 == "\"" }.count
    return quotes.isMultiple(of: 2) ? String(line[..<start]) : line
  }

  private static func namesAuthority(_ code: String) -> Bool {
    code.contains(#/(?:^|[^"\/])\.(?:tofu|ansible|snapshot)\b|"(?:tofu|ansible|snapshot)"/#)
  }

  private static func printsToOutput(_ code: String) -> Bool {
    holdsWord("print(", in: code) || holdsWord("debugPrint(", in: code) || holdsWord("dump(", in: code)
      || holdsWord("puts(", in: code) || holdsWord("printf(", in: code) || holdsWord("putchar(", in: code)
      || code.contains("FileHandle.standardOutput") || code.contains("STDOUT_FILENO")
      || (code.contains("fputs(") && code.contains("stdout"))
  }

  /// Whether the text stands there with no letter, digit, `_` or `.` of a longer name in front of it.
  private static func holdsWord(_ text: String, in code: String) -> Bool {
    code.ranges(of: text).contains { range in
      guard range.lowerBound > code.startIndex else { return true }
      let before = code[code.index(before: range.lowerBound)]
      return !(before.isLetter || before.isNumber || before == "_" || before == ".")
    }
  }

  private static let declarations = ["struct", "class", "enum", "actor", "protocol", "typealias"]

  private static func declaredType(in code: String) -> String? {
    let words = code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    guard let position = words.firstIndex(where: declarations.contains), position + 1 < words.count else {
      return nil
    }
    return words[position + 1]
  }

  /// A type, or a function, of the file itself that other targets use.
  private static func isSharedType(_ line: String) -> Bool {
    guard line.hasPrefix("package ") else { return false }
    let words = line.split(separator: " ").map(String.init)
    return words.prefix(4).contains { declarations.contains($0) || $0 == "func" }
  }

  private static func isDocumented(_ lines: [String], before index: Int) -> Bool {
    var above = lines[..<index].reversed()[...]
    while let line = above.first, line.hasPrefix("@") { above = above.dropFirst() }
    return above.first?.hasPrefix("///") ?? false
  }
}
