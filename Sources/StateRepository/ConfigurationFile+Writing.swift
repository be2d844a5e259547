import Facts
import Failures
import StrictYAML

extension ConfigurationFile {
  /// What `praxis init` writes.
  package static let initial = """
    format: praxis.config/1
    # One entry a source; `praxis source add` writes them. docs/configuration.md tells every key.
    sources: {}
    rules:
      severity: []
      ignore: []
    redact:
      keys: [ \(Configuration.defaultRedactedKeys.map { "\"\($0)\"" }.joined(separator: ", ")) ]

    """

  /// Reads a length of time as praxis.yaml has it: `30m`, `24h`, `90d`.
  package static func seconds(_ text: String) -> Int64? { YAMLFields.seconds(text) }

  /// The file with one more source, everything else byte for byte as it was, comments included.
  ///
  /// - Throws: `configuration` when the source is there already, or the result would not be read back as what was asked for.
  package static func adding(
    _ source: SourceConfiguration, to bytes: [UInt8]
  ) throws(Failure) -> [UInt8] {
    let before = try read(bytes)
    try checkIsFree(source.name, in: before)
    var lines = lines(bytes)
    guard let place = lines.firstIndex(where: { $0.hasPrefix("sources:") }) else {
      throw Failure(.configuration, Layout.configuration, "there is no line that begins with sources:")
    }
    if !before.sources.isEmpty {
      lines.insert(contentsOf: block(source), at: place + 1)
    } else {
      lines.replaceSubrange(place...place, with: ["sources:"] + block(source))
    }
    var after = before
    after.sources.append(source)
    return try joined(lines, as: after, about: source.name)
  }

  /// The file with one entry written anew, under another name, or gone; everything else byte for byte as it was.
  ///
  /// Where only the name is another one, the entry keeps its comments, too.
  ///
  /// - Parameter source: nil for an entry that goes.
  /// - Throws: `unknown-source`, and what ``adding(_:to:)`` throws.
  package static func changing(
    _ name: SourceName, to source: SourceConfiguration?, in bytes: [UInt8]
  ) throws(Failure) -> [UInt8] {
    let before = try read(bytes)
    let old = try LoadedConfiguration(configuration: before, digest: Digest(of: bytes)).source(named: name)
    if let source, source.name != name { try checkIsFree(source.name, in: before) }
    var lines = lines(bytes)
    guard let place = place(of: name, in: bytes, lines) else { throw notWritten(name) }
    var after = before
    after.sources.removeAll { $0.name == name }
    if let source {
      after.sources.append(source)
      var renamed = old
      renamed.name = source.name
      if renamed == source {
        let line = lines[place.lowerBound]
        lines[place.lowerBound] =
          "\(line.prefix { $0 == " " })\(source.name)\(line[(line.firstIndex(of: ":") ?? line.endIndex)...])"
      } else {
        lines.replaceSubrange(place, with: block(source))
      }
    } else {
      lines.removeSubrange(place)
      if after.sources.isEmpty, let key = lines.firstIndex(where: { $0.hasPrefix("sources:") }) {
        lines[key] = "sources: {}\(lines[key].dropFirst("sources:".count))"
      }
    }
    return try joined(lines, as: after, about: name)
  }

  private static func checkIsFree(_ name: SourceName, in configuration: Configuration) throws(Failure) {
    guard configuration.source(named: name) == nil else {
      throw Failure(
        .configuration, name.text, "a source of this name is there already",
        hint: "Choose another name, or change that one: praxis source edit \(name).")
    }
  }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The lines of a source's entry, comments within it included; nil where it does not begin on a line of its own.
  private static func place(of name: SourceName, in bytes: [UInt8], _ lines: [String]) -> Range<Int>? {
    guard let root = try? parseYAML(bytes), case .mapping(let keys) = root.content,
      let sources = keys.first(where: { $0.key == "sources" }), case .mapping(let entries) = sources.value.content,
      let entry = entries.first(where: { $0.key == name.text }), entry.keyLine > sources.keyLine
    else { return nil }
    func indentation(_ line: String) -> Int { line.prefix { $0 == " " }.count }
    let first = entry.keyLine - 1
    var end = (keys + entries).map(\.keyLine).filter { $0 > entry.keyLine }.min().map { $0 - 1 } ?? lines.count
    // What stands before the next entry and is not further in than this one belongs to the next.
    while end > first + 1, case let line = lines[end - 1], case let text = line.drop(while: { $0 == " " }),
      text.isEmpty || text.hasPrefix("#") && indentation(line) <= indentation(lines[first])
    { end -= 1 }
    return first..<end
  }

  /// The file, if it is read back as what it should say.
  private static func joined(
    _ lines: [String], as wanted: Configuration, about name: SourceName
  ) throws(Failure) -> [UInt8] {
    let result = Array(lines.joined(separator: "\n").utf8)
    var wanted = wanted
    wanted.sources.sort { $0.name < $1.name }
    guard (try? read(result)) == wanted else { throw notWritten(name) }
    return result
  }

  private static func notWritten(_ name: SourceName) -> Failure {
    Failure(
      .configuration, name.text, "the entry would not be read back as it was given",
      hint: "Change \(Layout.configuration) by hand, and sign the commit as an admin.")
  }

  private static func block(_ source: SourceConfiguration) -> [String] {
    var lines = ["  \(source.name):", "    authority: \(source.authority.kind.rawValue)"]
    func add(_ key: String, _ text: String?) {
      if let text { lines.append("    \(key): \(quoted(text))") }
    }
    func add(_ key: String, _ list: [String]) {
      if !list.isEmpty { lines.append("    \(key): [ \(list.map(quoted).joined(separator: ", ")) ]") }
    }
    add("directory", source.directory)
    for setting in source.authority.settings {
      switch setting {
      case .text(let key, let text): add(key, text)
      case .list(let key, let list): add(key, list)
      case .length(let key, let seconds): add(key, seconds.map(duration))
      }
    }
    if !source.environment.pass.isEmpty || !source.environment.set.isEmpty {
      lines.append("    environment:")
      if !source.environment.pass.isEmpty {
        lines.append("      pass: [ \(source.environment.pass.map(quoted).joined(separator: ", ")) ]")
      }
      if !source.environment.set.isEmpty {
        lines.append("      set:")
        for (name, value) in source.environment.set.sorted(by: { $0.key < $1.key }) {
          lines.append("        \(name): \(quoted(value))")
        }
      }
    }
    if let age = source.maxAgeSeconds { lines.append("    max-age: \(duration(age))") }
    lines.append("    timeout: \(duration(source.timeoutSeconds))")
    if source.outputLimit != Bounds.output {
      lines.append("    max-output: \(amount(source.outputLimit))")
    }
    if source.findingsLimit != Bounds.findings { lines.append("    max-findings: \(source.findingsLimit)") }
    add("retired", source.retired.map(\.text))
    add("reads", source.reads)
    add("writes", source.writes)
    if !source.keepsEvidence { add("evidence", "none") }
    return lines
  }

  private static func duration(_ seconds: Int64) -> String {
    for (unit, length) in [("d", Int64(86_400)), ("h", 3_600), ("m", 60)] where seconds % length == 0 {
      return "\(seconds / length)\(unit)"
    }
    return "\(seconds)s"
  }

  /// What the file can say is a whole number of units.
  private static func amount(_ bytes: Int) -> String {
    for (unit, length) in [("G", 1 << 30), ("M", 1 << 20)] where bytes % length == 0 {
      return "\(bytes / length)\(unit)"
    }
    return "\(bytes >> 10)K"
  }

  /// Plain where YAML cannot take it for anything else, else in double quotes with YAML's escapes.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0)
          || $0 == 0x2f || $0 == 0x2e || $0 == 0x5f || $0 == 0x2d
      } && text.utf8.first != 0x2d
    if isPlain { return text }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
        let digits = String(scalar.value, radix: 16)
        result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
