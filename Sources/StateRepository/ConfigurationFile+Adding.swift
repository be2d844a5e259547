import Facts
import Failures
import StrictYAML

extension ConfigurationFile {
  /// What `praxis init` lays down.
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
    guard before.source(named: source.name) == nil else {
      throw Failure(
        .configuration, source.name.text, "a source of this name is there already",
        hint: "Choose another name, or edit \(Layout.configuration).")
    }
    var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    guard let place = lines.firstIndex(where: { $0.hasPrefix("sources:") }) else {
      throw Failure(.configuration, Layout.configuration, "there is no line that begins with sources:")
    }
    if !before.sources.isEmpty {
      lines.insert(contentsOf: block(source), at: place + 1)
    } else {
      lines.replaceSubrange(place...place, with: ["sources:"] + block(source))
    }
    let result = Array(lines.joined(separator: "\n").utf8)
    let after = try read(result)
    guard after.source(named: source.name) == source, after.sources.count == before.sources.count + 1 else {
      throw Failure(
        .configuration, source.name.text, "the entry would not be read back as it was given",
        hint: "Add the source to \(Layout.configuration) by hand.")
    }
    return result
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
